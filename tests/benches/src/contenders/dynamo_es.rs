//! dynamo-es: the store that cqrs-es itself offers for DynamoDB. One item per event.

use std::convert::Infallible;

use aws_sdk_dynamodb::{Client, types::ScalarAttributeType};
use cqrs_es::{AggregateContext, AggregateError, CqrsFramework, EventStore, persist::PersistedEventStore};
use dynamo_es::{DynamoCqrs, DynamoEventRepository};

use super::{Answer, Contender, Running, SNAPSHOT_EVERY, words};
use crate::engine::create_table;
use benches::account::{Account, Command, notes};

/// The events of one transaction when a stream is prepared; it takes up to 25.
const BATCH: usize = 20;

type Store = PersistedEventStore<DynamoEventRepository, Account>;

pub(crate) struct DynamoEs {
    framework: DynamoCqrs<Account>,
    /// The framework keeps its store to itself, so reading has another.
    store: Store,
}

impl DynamoEs {
    pub(super) async fn events(client: Client) -> Self {
        Self::open(client, Store::new_event_store).await
    }

    /// The states of this one are wrong, because every event of a snapshot is applied twice. What they
    /// cost is measured all the same.
    pub(super) async fn snapshots(client: Client) -> Self {
        let every = SNAPSHOT_EVERY.get() as usize;
        Self::open(client, |repository| Store::new_snapshot_store(repository, every)).await
    }

    /// The tables of its `db/create_tables.sh`.
    async fn open(client: Client, store: impl Fn(DynamoEventRepository) -> Store) -> Self {
        let partition = ("AggregateTypeAndId", ScalarAttributeType::S);
        let sequence = ("AggregateIdSequence", ScalarAttributeType::N);
        create_table(&client, "Events", &[partition.clone(), sequence]).await;
        create_table(&client, "Snapshots", &[partition]).await;
        let another = || store(DynamoEventRepository::new(client.clone()));
        Self { framework: CqrsFramework::new(another(), Vec::new(), ()), store: another() }
    }
}

impl Contender for DynamoEs {
    fn carry_out<'a>(&'a self, id: &'a str, command: Command) -> Running<'a, Answer> {
        Box::pin(async move {
            let done: Result<(), AggregateError<Infallible>> = self.framework.execute(id, command).await;
            done.map(|()| None).map_err(|error| words(&error))
        })
    }

    fn recorded<'a>(&'a self, id: &'a str) -> Running<'a, usize> {
        Box::pin(async move {
            let mut account = self.store.load_aggregate(id).await.expect("an account can be loaded");
            account.aggregate().notes
        })
    }

    /// A stream of events looks the same however many a command recorded.
    fn lengthen<'a>(&'a self, id: &'a str, items: usize) -> Running<'a, ()> {
        Box::pin(async move {
            for start in (0..items).step_by(BATCH) {
                let command = notes(BATCH.min(items - start));
                self.carry_out(id, command).await.expect("notes are accepted");
            }
        })
    }
}
