//! Opens an account, renames it, and shows what a refusal, a repetition and a taken name look like.
//!
//! `cargo run -p event-store --example account` runs it on an embedded engine in memory. With
//! `EVENT_STORE_ENDPOINT` it runs on that endpoint, for instance a DynamoDB Local.

use std::num::NonZeroUsize;

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
};
use chrono::DateTime;
use cqrs_es::{Aggregate, DomainEvent, event_sink::EventSink};
use event_store::{
    Claim, ClaimKey, CommandContext, DynamoEventStore, ExecuteError, Metadata, Snapshots, StoreError,
    create_table,
};
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};

#[derive(Clone, Default, Serialize, Deserialize)]
struct Account {
    name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum AccountEvent {
    Opened { name: String },
    Renamed { name: String },
}

impl DomainEvent for AccountEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Opened { .. } => "account.opened".into(),
            Self::Renamed { .. } => "account.renamed".into(),
        }
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}

#[derive(Clone)]
enum Command {
    Open { name: String },
    Rename { name: String },
}

#[derive(Debug, thiserror::Error)]
#[error("the account is not open")]
struct NotOpen;

impl Aggregate for Account {
    const TYPE: &'static str = "Account";
    type Command = Command;
    type Event = AccountEvent;
    type Error = NotOpen;
    type Services = ();

    async fn handle(&mut self, command: Command, (): &(), sink: &EventSink<Self>) -> Result<(), NotOpen> {
        match command {
            Command::Open { name } => sink.write(AccountEvent::Opened { name }, self).await,
            Command::Rename { .. } if self.name.is_none() => return Err(NotOpen),
            Command::Rename { name } => sink.write(AccountEvent::Renamed { name }, self).await,
        }
        Ok(())
    }

    fn apply(&mut self, event: AccountEvent) {
        match event {
            AccountEvent::Opened { name } | AccountEvent::Renamed { name } => self.name = Some(name),
        }
    }
}

/// No two accounts of a tenant have the same name.
fn claims(account: &Account) -> Vec<Claim> {
    account.name.iter().map(|name| Claim { kind: "name", value: name.clone() }).collect()
}

fn command(command_id: &str, assume_new: bool) -> CommandContext {
    CommandContext {
        tenant: "acme".into(),
        command_id: command_id.into(),
        // A hash of the request, so that the same id with another request is noticed.
        fingerprint: [0; 32],
        at: DateTime::UNIX_EPOCH,
        metadata: Metadata { actor: "alice".into(), ..Metadata::default() },
        expected_commit: None,
        assume_new,
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = client().await?;
    create_table(&client, "events").await?;
    let store = DynamoEventStore::new(client, "events");
    let accounts = store
        .aggregates::<Account>()
        .claiming(ClaimKey::new([7; 32]), claims)
        .snapshotting(Snapshots::of_state_version(1))
        .caching(NonZeroUsize::new(1_000).ok_or("a cache has room")?);

    let open = Command::Open { name: "savings".into() };
    let opened = accounts.execute("42", open.clone(), &(), &command("request-1", true)).await?;
    println!("opened   commit {}, {:?}", opened.receipt.commit, opened.cost);

    let rename = Command::Rename { name: "holidays".into() };
    let renamed = accounts.execute("42", rename, &(), &command("request-2", false)).await?;
    println!("renamed  commit {}, {:?}", renamed.receipt.commit, renamed.cost);

    let again = accounts.execute("42", open, &(), &command("request-1", true)).await?;
    println!("again    commit {}, duplicate: {}", again.receipt.commit, again.receipt.duplicate);

    let open = Command::Open { name: "holidays".into() };
    match accounts.execute("43", open, &(), &command("request-3", true)).await {
        Err(ExecuteError::Store(error @ StoreError::ClaimTaken { .. })) => println!("refused  {error}"),
        other => return Err(format!("the name is taken: {:?}", other.map(|ok| ok.receipt)).into()),
    }

    let mut commits = std::pin::pin!(store.commits(&opened.receipt.stream, 0));
    while let Some(commit) = commits.try_next().await? {
        println!("stored   {} by {}: {:?}", commit.number, commit.metadata.actor, commit.events);
    }
    Ok(())
}

async fn client() -> Result<Client, Box<dyn std::error::Error>> {
    let endpoint = match std::env::var("EVENT_STORE_ENDPOINT") {
        Ok(endpoint) => endpoint,
        Err(_) => embedded().await?,
    };
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("example", "example", None, None, "example"))
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Ok(Client::from_conf(config.build()))
}

async fn embedded() -> Result<String, Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory()?));
    Ok(endpoint)
}

/// What the example shows is true: `cargo test` runs it.
#[cfg(test)]
mod tests {
    #[test]
    fn the_example_runs() {
        super::main().unwrap();
    }
}
