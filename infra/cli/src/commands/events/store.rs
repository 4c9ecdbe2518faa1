use event_store::{ClaimKey, DynamoEventStore};
use functions::{commands::Commands, setup::Aws};
use infra_aws::{clients, clock::Clock};
use infra_local::{
    secrets::Secrets,
    stack::{Clients, EVENTS_TABLE},
};

use crate::{Failure, arguments::Store, home::Addresses};

/// The event store that the arguments name.
pub(in crate::commands) async fn open(store: &Store) -> Result<DynamoEventStore, Failure> {
    if store.aws {
        return Ok(Box::pin(Aws::from_environment()).await.events()?);
    }
    let addresses = Addresses::read(&store.data.folder)?;
    let clients = Clients::at(&addresses.dynamodb, &addresses.sqs, clients::loopback_http_client());
    Ok(DynamoEventStore::new(clients.dynamodb, EVENTS_TABLE))
}

/// How its streams are written: with the claims keyed as its backend keys them.
pub(super) async fn commands(store: &Store, events: &DynamoEventStore) -> Result<Commands, Failure> {
    if store.aws {
        return Ok(Box::pin(Aws::from_environment()).await.commands()?);
    }
    let claim_key = Secrets::in_folder(&store.data.folder)?.claim_key;
    Ok(Commands::new(events, &ClaimKey::new(*claim_key.bytes()), Clock::system()))
}
