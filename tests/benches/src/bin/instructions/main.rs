//! Does one thing so many times, for `instructions.sh` to count the instructions.

mod canned;

use std::num::{NonZeroU32, NonZeroUsize};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    types::AttributeValue,
};
use benches::account::{Account, Command, context, notes, open};
use canned::Canned;
use event_store::{Aggregates, ClaimKey, DynamoEventStore, Snapshots};

const SNAPSHOT_EVERY: NonZeroU32 = Snapshots::DEFAULT_INTERVAL;

/// A load finds the snapshot in the middle of its page, as it does on average.
const RECORDED: usize = 20;

/// What the store reads of its commits.
const PROJECTION: &str = "sk, s, t, e, u, c, z";

const ID: &str = "account1";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(what), Some(count)) = (arguments.next(), arguments.next()) else {
        panic!("usage: instructions append-warm|append-cold|load|sdk-put|sdk-query COUNT");
    };
    let count = count.parse().expect("the count is a number");
    let bench = Bench::record().await;
    match what.as_str() {
        "append-warm" => bench.append_warm(count).await,
        "append-cold" => bench.append_cold(count).await,
        "load" => bench.load(count).await,
        "sdk-put" => bench.sdk_put(count).await,
        "sdk-query" => bench.sdk_query(count).await,
        unknown => panic!("{unknown} is not counted"),
    }
}

struct Bench {
    client: Client,
    store: DynamoEventStore,
}

impl Bench {
    /// Lets the store itself write the page that its loads will find.
    async fn record() -> Self {
        let canned = Canned::recording(SNAPSHOT_EVERY.get() as usize);
        let client = Client::from_conf(config(&canned));
        let bench = Self { store: DynamoEventStore::new(client.clone(), "events"), client };
        let accounts = bench.accounts().caching(NonZeroUsize::MIN);
        append(&accounts, 0, open()).await;
        for number in 1..RECORDED {
            append(&accounts, number, notes(1)).await;
        }
        canned.freeze();
        bench
    }

    fn accounts(&self) -> Aggregates<Account> {
        let snapshots = Snapshots::of_state_version(1).every(SNAPSHOT_EVERY);
        self.store.aggregates().claiming(ClaimKey::new([7; 32]), Account::claims).snapshotting(snapshots)
    }

    async fn append_warm(&self, count: usize) {
        let accounts = self.accounts().caching(NonZeroUsize::MIN);
        for number in 0..count {
            append(&accounts, RECORDED + number, notes(1)).await;
        }
    }

    async fn append_cold(&self, count: usize) {
        for number in 0..count {
            append(&self.accounts(), RECORDED + number, notes(1)).await;
        }
    }

    async fn load(&self, count: usize) {
        for _ in 0..count {
            let loaded = self.accounts().load("acme", ID).await.expect("the account can be loaded");
            assert_eq!(loaded.state.notes, RECORDED - 1, "the recorded page was not understood");
        }
    }

    /// The floor of a warm append: a request of the SDK alone.
    async fn sdk_put(&self, count: usize) {
        let events = serde_json::to_string(&notes(1).events()).expect("events have a JSON form");
        for number in 0..count {
            let request = self.client.put_item().table_name("events");
            let request = request.item("pk", AttributeValue::S(ID.to_owned()));
            let request = request.item("sk", AttributeValue::N(number.to_string()));
            let request = request.item("e", AttributeValue::S(events.clone()));
            let request = request.condition_expression("attribute_not_exists(pk)");
            request.send().await.expect("the item is accepted");
        }
    }

    /// The floor of a load: the page as the SDK hands it out, not looked at.
    async fn sdk_query(&self, count: usize) {
        for _ in 0..count {
            let request = self.client.query().table_name("events").key_condition_expression("pk = :stream");
            let request = request.expression_attribute_values(":stream", AttributeValue::S(ID.to_owned()));
            let request = request.scan_index_forward(false).consistent_read(true);
            let request = request.projection_expression(PROJECTION);
            let page = request.limit(SNAPSHOT_EVERY.get().cast_signed()).send().await;
            assert_eq!(page.expect("the page is found").count(), SNAPSHOT_EVERY.get().cast_signed());
        }
    }
}

async fn append(accounts: &Aggregates<Account>, number: usize, command: Command) {
    let context = context(format!("command-{number}"), command.creates());
    accounts.execute(ID, command, &(), &context).await.expect("the command is accepted");
}

fn config(canned: &Canned) -> Config {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url("http://localhost")
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .http_client(canned.clone())
        .build()
}
