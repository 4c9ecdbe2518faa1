//! A bank for one test: a table of its own, and a store on it.

use std::{collections::HashMap, num::NonZeroUsize};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    types::AttributeValue,
};
use chrono::DateTime;
use event_store::{
    Aggregates, ClaimKey, CommandContext, DynamoEventStore, ExecuteError, Executed, Loaded, Metadata,
    StoreError, StreamId, create_table,
};

use crate::{
    account::{Account, Command, Refusal},
    engine::{Engine, unique_table_name},
    faults::Faults,
};

pub(crate) const SECRET: [u8; 32] = [7; 32];

pub(crate) type Answer = Result<Executed<Account>, ExecuteError<Refusal>>;

#[derive(Clone)]
pub(crate) struct Bank {
    pub(crate) engine: Engine,
    pub(crate) store: DynamoEventStore,
    pub(crate) accounts: Aggregates<Account>,
    pub(crate) client: Client,
    pub(crate) table: String,
    /// What happens to the store's requests on their way.
    pub(crate) faults: Faults,
}

impl Bank {
    pub(crate) async fn open() -> Self {
        let (engine, table, faults) = (Engine::chosen(), unique_table_name(), Faults::default());
        let client = Client::from_conf(config(&engine.endpoint().await, &faults));
        create_table(&client, &table).await.unwrap();
        let store = DynamoEventStore::new(client.clone(), &*table);
        let accounts = store.aggregates().claiming(ClaimKey::new(SECRET), Account::claims);
        Self { engine, store, accounts, client, table, faults }
    }

    /// The same bank, whose accounts are kept in another way: that of another process, perhaps.
    pub(crate) fn with(&self, change: impl FnOnce(Aggregates<Account>) -> Aggregates<Account>) -> Self {
        Self { accounts: change(self.accounts.clone()), ..self.clone() }
    }

    /// The same bank in a process that remembers so many accounts.
    pub(crate) fn remembering(&self, accounts: usize) -> Self {
        self.with(|all| all.caching(NonZeroUsize::new(accounts).unwrap()))
    }

    /// The same bank, which never closes its last named account, nor its last payable one.
    pub(crate) fn enrolling(&self) -> Self {
        self.with(|all| all.enrolling(Account::rosters))
    }

    /// Sends a command of its own id.
    pub(crate) async fn send(&self, id: &str, command_id: &str, command: Command) -> Answer {
        self.send_in(id, command, &context(command_id)).await
    }

    pub(crate) async fn send_in(&self, id: &str, command: Command, context: &CommandContext) -> Answer {
        self.accounts.execute(id, command, &(), context).await
    }

    pub(crate) async fn load(&self, id: &str) -> Loaded<Account> {
        self.accounts.load("acme", id).await.unwrap()
    }

    /// Every item of the table: commits, claims and rosters.
    pub(crate) async fn items(&self) -> Vec<HashMap<String, AttributeValue>> {
        let pages = self.client.scan().table_name(&self.table).consistent_read(true).into_paginator();
        pages.items().send().try_collect().await.unwrap()
    }

    /// The owners of all claims, sorted.
    pub(crate) async fn owners(&self) -> Vec<String> {
        let items = self.items().await;
        let mut owners: Vec<_> =
            items.iter().filter_map(|item| item.get("o")?.as_s().ok().cloned()).collect();
        owners.sort();
        owners
    }

    /// Loses a commit, which the store itself never does.
    pub(crate) async fn lose(&self, id: &str, commit: u64) {
        let request = self.client.delete_item().table_name(&self.table);
        let request = request.key("pk", AttributeValue::S(stream(id).to_string()));
        request.key("sk", AttributeValue::N(commit.to_string())).send().await.unwrap();
    }
}

fn config(endpoint: &str, faults: &Faults) -> Config {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(RetryConfig::standard().with_initial_backoff(std::time::Duration::from_millis(1)))
        .http_client(faults.clone())
        .build()
}

pub(crate) fn stream(id: &str) -> StreamId {
    StreamId::of::<Account>("acme", id).unwrap()
}

pub(crate) fn context(command_id: &str) -> CommandContext {
    CommandContext {
        tenant: "acme".into(),
        command_id: command_id.into(),
        fingerprint: [1; 32],
        at: DateTime::from_timestamp_millis(1_795_132_800_000).unwrap(),
        metadata: Metadata {
            actor: "teller".into(),
            correlation_id: "request-1".into(),
            ..Metadata::default()
        },
        expected_commit: None,
        assume_new: false,
    }
}

/// For a command that creates its account.
pub(crate) fn creating(command_id: &str) -> CommandContext {
    CommandContext { assume_new: true, ..context(command_id) }
}

/// For a command that is meant for the stream as of this commit.
pub(crate) fn expecting(commit: u64, command_id: &str) -> CommandContext {
    CommandContext { expected_commit: Some(commit), ..context(command_id) }
}

/// The store's error, when the store is to blame.
pub(crate) fn store_error(answer: Answer) -> StoreError {
    match answer {
        Err(ExecuteError::Store(error)) => error,
        other => panic!("not an error of the store: {other:?}"),
    }
}
