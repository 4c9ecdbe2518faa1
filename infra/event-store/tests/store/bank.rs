//! A bank for one test: an engine of its own in memory, and a store on it.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    types::AttributeValue,
};
use chrono::DateTime;
use dynoxide::Database;
use event_store::{
    ClaimKey, CommandContext, DynamoEventStore, ExecuteError, Executed, Loaded, Metadata, StoreError,
    StreamId, create_table,
};
use tokio::net::TcpListener;

use crate::{
    account::{Account, Command, Refusal},
    faults::Faults,
};

pub(crate) type Answer = Result<Executed<Account>, ExecuteError<Refusal>>;

const TABLE: &str = "events";

#[derive(Clone)]
pub(crate) struct Bank {
    pub(crate) store: DynamoEventStore,
    pub(crate) client: Client,
    /// What happens to the store's requests on their way.
    pub(crate) faults: Faults,
}

impl Bank {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(dynoxide::server::serve_on(listener, Database::memory().unwrap()));
        let faults = Faults::default();
        let client = Client::from_conf(config(&endpoint, &faults));
        create_table(&client, TABLE).await.unwrap();
        let store = DynamoEventStore::new(client.clone(), TABLE);
        Self { store, client, faults }
    }

    /// Sends a command of its own id.
    pub(crate) async fn send(&self, id: &str, command_id: &str, command: Command) -> Answer {
        self.send_in(id, command, &context(command_id)).await
    }

    pub(crate) async fn send_in(&self, id: &str, command: Command, context: &CommandContext) -> Answer {
        let accounts = self.store.aggregates().claiming(ClaimKey::new([7; 32]), Account::claims);
        accounts.execute(id, command, &(), context).await
    }

    pub(crate) async fn load(&self, id: &str) -> Loaded<Account> {
        self.store.load(&stream(id)).await.unwrap()
    }

    /// Every item of the table, commits and claims.
    pub(crate) async fn items(&self) -> Vec<HashMap<String, AttributeValue>> {
        let pages = self.client.scan().table_name(TABLE).consistent_read(true).into_paginator();
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
        let request = self.client.delete_item().table_name(TABLE);
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
