//! One engine, one table, and a gate before it.

use std::num::{NonZeroU32, NonZeroUsize};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{
        BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig,
        retry::{RetryConfig, RetryPartition, TokenBucket},
    },
};
use event_store::{Aggregates, ClaimKey, DynamoEventStore, Snapshots, create_table};

use crate::{
    account::Account,
    bank::SECRET,
    engine::{Engine, unique_table_name},
};

use super::{
    gate::Gate,
    plan::{Process, Snapshotting},
    road::Road,
};

pub(crate) struct World {
    pub(crate) gate: Gate,
    pub(crate) client: Client,
    pub(crate) table: String,
    pub(crate) store: DynamoEventStore,
    enrolling: bool,
}

impl World {
    pub(crate) async fn open(tries: u32, enrolling: bool) -> Self {
        let (engine, table) = (Engine::chosen(), unique_table_name());
        let gate = Gate::before(Road::to(&engine));
        let client = Client::from_conf(config(&engine, &gate, &table, tries));
        create_table(&client, &table).await.unwrap();
        let store = DynamoEventStore::new(client.clone(), &*table);
        Self { gate, client, table, store, enrolling }
    }

    /// The accounts as a process sees them that remembers nothing and knows no snapshots.
    pub(crate) fn accounts(&self) -> Aggregates<Account> {
        let accounts = self.store.aggregates().claiming(ClaimKey::new(SECRET), Account::claims);
        if self.enrolling { accounts.enrolling(Account::rosters) } else { accounts }
    }

    pub(crate) fn accounts_in(&self, process: &Process) -> Aggregates<Account> {
        let accounts = match process.snapshots {
            Some(snapshotting) => self.accounts().snapshotting(snapshotting.snapshots()),
            None => self.accounts(),
        };
        match process.cache.and_then(NonZeroUsize::new) {
            Some(capacity) => accounts.caching(capacity),
            None => accounts,
        }
    }
}

impl Snapshotting {
    pub(crate) fn snapshots(self) -> Snapshots {
        Snapshots::of_state_version(self.state_version).every(NonZeroU32::new(self.every).unwrap())
    }
}

fn config(engine: &Engine, gate: &Gate, table: &str, tries: u32) -> Config {
    let retries = RetryConfig::standard()
        .with_initial_backoff(std::time::Duration::from_millis(1))
        .with_max_attempts(tries);
    // The SDK stops trying again where too much goes wrong, and counts it for the whole program: what
    // happens in one plan would depend on those before it.
    let patience = RetryPartition::custom(table.to_owned()).token_bucket(TokenBucket::unlimited()).build();
    let config = match engine {
        // Nobody looks at signatures, and without optimisation they take nearly half of the time.
        Engine::Embedded => Config::builder().endpoint_url("http://called.invalid").allow_no_auth(),
        Engine::DynamoDbLocal(endpoint) => Config::builder()
            .endpoint_url(endpoint)
            .credentials_provider(Credentials::new("test", "test", None, None, "test")),
    };
    config
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .retry_config(retries)
        .retry_partition(patience)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(gate.clone())
        .build()
}
