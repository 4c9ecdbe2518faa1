//! event-store-adapter-rs: a journal, a head and a snapshot item, and one event per call.

use aws_sdk_dynamodb::{Client, types::ScalarAttributeType};
use chrono::DateTime;
use cqrs_es::Aggregate;
use event_store_adapter_rs::{
    AggregateId, DynamoDbOptions, DynamoDbTables, EventEnvelope, EventStoreError, EventStoreForDynamoDB,
    SnapshotEnvelope,
};

use super::{Answer, Contender, Running, SNAPSHOT_EVERY, words};
use crate::engine::create_table;
use benches::account::{Account, Command, Event};

#[derive(Clone, Debug)]
struct AccountId(String);

impl AggregateId for AccountId {
    fn type_name(&self) -> String {
        Account::TYPE.to_owned()
    }

    fn value(&self) -> String {
        self.0.clone()
    }
}

pub(crate) struct Adapter(EventStoreForDynamoDB<AccountId, Account, Event>);

impl Adapter {
    /// The tables of its schema, without the index that only a history of snapshots needs.
    pub(super) async fn open(client: Client) -> Self {
        let partition = ("aid", ScalarAttributeType::S);
        create_table(&client, "journal", &[partition.clone(), ("seq_nr", ScalarAttributeType::N)]).await;
        create_table(&client, "snapshot", &[partition.clone(), ("skey", ScalarAttributeType::N)]).await;
        create_table(&client, "head", &[partition]).await;
        let tables = DynamoDbTables {
            journal_table_name: "journal".into(),
            snapshot_table_name: "snapshot".into(),
            head_table_name: "head".into(),
            snapshot_history_index_name: "history".into(),
        };
        let store = EventStoreForDynamoDB::open(client, tables, DynamoDbOptions::default()).await;
        Self(store.expect("the store opens on its empty tables"))
    }

    /// As its own example does it: the snapshot, then the events behind it.
    async fn load(&self, id: &AccountId) -> Result<(Account, u64), EventStoreError> {
        let Some(read) = self.0.get_latest_snapshot_by_id(id).await? else {
            return Ok((Account::default(), 0));
        };
        let (snapshot, head) = read.into_parts();
        let seen = snapshot.as_ref().map_or(0, SnapshotEnvelope::seq_nr);
        let mut account = snapshot.map(SnapshotEnvelope::into_aggregate).unwrap_or_default();
        for event in self.0.get_events_by_id_since_seq_nr(id, seen + 1).await? {
            account.apply(event.into_payload());
        }
        Ok((account, head))
    }

    async fn carry_out(&self, id: AccountId, command: Command) -> Result<(), EventStoreError> {
        let (mut account, mut number) =
            if command.creates() { (Account::default(), 0) } else { self.load(&id).await? };
        for event in command.events() {
            number += 1;
            account.apply(event.clone());
            self.append(&id, number, event, &account).await?;
        }
        Ok(())
    }

    async fn append(
        &self,
        id: &AccountId,
        number: u64,
        event: Event,
        account: &Account,
    ) -> Result<(), EventStoreError> {
        let at = DateTime::from_timestamp_millis(1_795_132_800_000).expect("the time is in range");
        let event = EventEnvelope::new(id.clone(), number, at, event);
        if !number.is_multiple_of(SNAPSHOT_EVERY.get().into()) {
            return self.0.persist_event(event).await;
        }
        let snapshot = SnapshotEnvelope::new(account.clone(), number);
        self.0.persist_event_and_snapshot(event, snapshot).await
    }
}

impl Contender for Adapter {
    fn carry_out<'a>(&'a self, id: &'a str, command: Command) -> Running<'a, Answer> {
        Box::pin(async move {
            let done = self.carry_out(AccountId(id.to_owned()), command).await;
            done.map(|()| None).map_err(|error| words(&error))
        })
    }

    fn recorded<'a>(&'a self, id: &'a str) -> Running<'a, usize> {
        Box::pin(async move {
            let (account, _) = self.load(&AccountId(id.to_owned())).await.expect("an account can be loaded");
            account.notes
        })
    }
}
