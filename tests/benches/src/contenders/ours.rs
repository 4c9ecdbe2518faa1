//! This project's store.

use std::{
    num::NonZeroUsize,
    sync::atomic::{AtomicU64, Ordering},
};

use aws_sdk_dynamodb::Client;
use event_store::{Aggregates, ClaimKey, DynamoEventStore, Snapshots, create_table_request};

use super::{Answer, Contender, Running, SNAPSHOT_EVERY, words};
use benches::account::{Account, Command, context, notes};

pub(crate) const TABLE: &str = "events";

/// More aggregates than any measurement has.
const CACHE: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not zero");

pub(crate) struct Ours {
    store: DynamoEventStore,
    /// Kept from command to command, as in a process that lives on. Without it, every command is the
    /// first of a new process.
    warm: Option<Aggregates<Account>>,
    /// Every command has an id of its own.
    commands: AtomicU64,
}

/// A store whose table is made, without the stream that [`create_table`](crate::engine::create_table)
/// explains.
pub(crate) async fn store(client: Client) -> DynamoEventStore {
    let request = create_table_request(&client, TABLE).set_stream_specification(None);
    request.send().await.expect("the table can be made");
    DynamoEventStore::new(client, TABLE)
}

/// The accounts of a store as they are measured: with a unique value and with snapshots.
pub(crate) fn aggregates(store: &DynamoEventStore) -> Aggregates<Account> {
    let snapshots = Snapshots::of_state_version(1).every(SNAPSHOT_EVERY);
    store.aggregates().claiming(ClaimKey::new([7; 32]), Account::claims).snapshotting(snapshots)
}

impl Ours {
    pub(super) async fn warm(client: Client) -> Self {
        let cold = Self::cold(client).await;
        Self { warm: Some(aggregates(&cold.store).caching(CACHE)), ..cold }
    }

    pub(super) async fn cold(client: Client) -> Self {
        Self { store: store(client).await, warm: None, commands: AtomicU64::new(0) }
    }

    async fn execute(&self, accounts: &Aggregates<Account>, id: &str, command: Command) -> Answer {
        let command_id = format!("command-{}", self.commands.fetch_add(1, Ordering::Relaxed));
        let context = context(command_id, command.creates());
        let executed = accounts.execute(id, command, &(), &context).await;
        executed.map(|executed| Some(executed.cost)).map_err(|error| words(&error))
    }
}

impl Contender for Ours {
    fn carry_out<'a>(&'a self, id: &'a str, command: Command) -> Running<'a, Answer> {
        Box::pin(async move {
            match &self.warm {
                Some(accounts) => self.execute(accounts, id, command).await,
                None => self.execute(&aggregates(&self.store), id, command).await,
            }
        })
    }

    fn recorded<'a>(&'a self, id: &'a str) -> Running<'a, usize> {
        Box::pin(async move {
            let loaded = aggregates(&self.store).load("acme", id).await;
            loaded.expect("an account can be loaded").state.notes
        })
    }

    fn lengthen<'a>(&'a self, id: &'a str, items: usize) -> Running<'a, ()> {
        Box::pin(async move {
            let passing = aggregates(&self.store).caching(NonZeroUsize::MIN);
            let accounts = self.warm.as_ref().unwrap_or(&passing);
            for _ in 0..items {
                self.execute(accounts, id, notes(1)).await.expect("a note is accepted");
            }
        })
    }
}
