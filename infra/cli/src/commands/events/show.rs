use std::{
    io::{self, Write as _},
    path::Path,
};

use domain::{TenantId, UserId};
use event_store::{Commit, DynamoEventStore, StreamId};
use infra_aws::clients;
use infra_local::stack::{Clients, EVENTS_TABLE};
use serde_json::{Value, json};

use crate::{Failure, home::Addresses, show};

pub(super) async fn run(user: &str, folder: &Path, tenant: &TenantId, json: bool) -> Result<(), Failure> {
    let addresses = Addresses::read(folder)?;
    let user: UserId = user.parse().map_err(|_| format!("{user:?} is no user id"))?;
    let stream = StreamId::new(tenant.as_str(), "user", user.to_string())?;
    let clients = Clients::at(&addresses.dynamodb, &addresses.sqs, clients::loopback_http_client());
    let commits = DynamoEventStore::new(clients.dynamodb, EVENTS_TABLE).commits_after(&stream, 0).await?;
    if commits.is_empty() {
        return Err(format!("there is no user {user} in the tenant {tenant}").into());
    }
    if json { lines(&commits) } else { table(&commits) }
}

fn lines(commits: &[Commit]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    for (commit, place, event) in events(commits) {
        let line = json!({
            "sequence": commit.first_sequence + place, "commit": commit.number, "at": commit.at,
            "type": event.event_type, "version": event.event_version, "data": event.payload,
            "actor": commit.metadata.actor, "correlationId": commit.metadata.correlation_id,
            "causationId": commit.metadata.causation_id, "commandId": commit.command_id,
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn table(commits: &[Commit]) -> Result<(), Failure> {
    let row = |(commit, place, event): (&Commit, u64, &event_store::RecordedEvent)| {
        vec![
            (commit.first_sequence + place).to_string(),
            commit.number.to_string(),
            commit.at.format("%Y-%m-%d %H:%M:%S%.3f").to_string(),
            commit.metadata.actor.clone(),
            event.event_type.clone(),
            show::cell(event.payload.get(&event.event_type).unwrap_or(&Value::Null)),
        ]
    };
    let rows: Vec<Vec<String>> = events(commits).map(row).collect();
    show::table(&["EVENT", "COMMIT", "AT (UTC)", "ACTOR", "TYPE", "DATA"], &rows)
}

fn events(commits: &[Commit]) -> impl Iterator<Item = (&Commit, u64, &event_store::RecordedEvent)> {
    commits
        .iter()
        .flat_map(|commit| (0..).zip(&commit.events).map(move |(place, event)| (commit, place, event)))
}
