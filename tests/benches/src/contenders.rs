//! The stores that are measured, behind one face.

mod adapter;
mod dynamo_es;
mod floor;
mod ours;

use std::{error::Error, num::NonZeroU32, pin::Pin};

use aws_sdk_dynamodb::Client;
use event_store::{Cost, Snapshots};

use benches::account::{Command, notes};

pub(crate) use ours::{TABLE, aggregates, store};

/// A snapshot stands at every so many commits, in every store that has snapshots.
pub(crate) const SNAPSHOT_EVERY: NonZeroU32 = Snapshots::DEFAULT_INTERVAL;

/// A future that a trait object can return.
pub(crate) type Running<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What the store itself says the command cost, if it says so; or why it was refused.
pub(crate) type Answer = Result<Option<Cost>, String>;

pub(crate) trait Contender: Send + Sync {
    /// Carries out a command on the account with this id.
    fn carry_out<'a>(&'a self, id: &'a str, command: Command) -> Running<'a, Answer>;

    /// How much of this account is stored: notes, or items for a store that does not know notes.
    fn recorded<'a>(&'a self, id: &'a str) -> Running<'a, usize>;

    /// Appends so many items to an account that exists, in whatever way is fastest.
    fn lengthen<'a>(&'a self, id: &'a str, items: usize) -> Running<'a, ()> {
        Box::pin(async move {
            for _ in 0..items {
                self.carry_out(id, notes(1)).await.expect("a note is accepted");
            }
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    FloorPut,
    FloorQueryPut,
    /// The same with items like ours.
    FloorPutOurs,
    FloorQueryPutOurs,
    OursWarm,
    OursCold,
    DynamoEs,
    DynamoEsSnapshot,
    Adapter,
}

impl Kind {
    pub(crate) const ALL: [Self; 9] = [
        Self::FloorPut,
        Self::FloorQueryPut,
        Self::FloorPutOurs,
        Self::FloorQueryPutOurs,
        Self::OursWarm,
        Self::OursCold,
        Self::DynamoEs,
        Self::DynamoEsSnapshot,
        Self::Adapter,
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Self::FloorPut => "floor: PutItem".to_owned(),
            Self::FloorQueryPut => "floor: Query + PutItem".to_owned(),
            Self::FloorPutOurs => "floor: PutItem, our items".to_owned(),
            Self::FloorQueryPutOurs => "floor: Query + PutItem, our items".to_owned(),
            Self::OursWarm => "event-store, warm".to_owned(),
            Self::OursCold => "event-store, cold".to_owned(),
            Self::DynamoEs => "dynamo-es 0.5, events".to_owned(),
            Self::DynamoEsSnapshot => format!("dynamo-es 0.5, snapshot every {SNAPSHOT_EVERY}"),
            Self::Adapter => "event-store-adapter-rs 5.2".to_owned(),
        }
    }

    /// Unique values are offered by our store alone.
    pub(crate) const fn has_unique_values(self) -> bool {
        matches!(self, Self::OursWarm | Self::OursCold)
    }

    /// Whether its update costs the same on a stream of any length, so that a very long one can be
    /// measured in a short time.
    pub(crate) const fn takes_very_long_streams(self) -> bool {
        match self {
            Self::FloorPut
            | Self::FloorQueryPut
            | Self::FloorPutOurs
            | Self::FloorQueryPutOurs
            | Self::OursWarm
            | Self::OursCold => true,
            Self::DynamoEs | Self::DynamoEsSnapshot | Self::Adapter => false,
        }
    }

    /// The least that a store of this kind could do: whoever reads before writing is compared with
    /// the floor that does so, too.
    pub(crate) const fn floor(self) -> Self {
        match self {
            Self::FloorPut | Self::FloorPutOurs | Self::OursWarm => Self::FloorPut,
            Self::FloorQueryPut
            | Self::FloorQueryPutOurs
            | Self::OursCold
            | Self::DynamoEs
            | Self::DynamoEsSnapshot
            | Self::Adapter => Self::FloorQueryPut,
        }
    }

    /// The same floor, whose items are those of this store.
    pub(crate) const fn floor_with_its_items(self) -> Option<Self> {
        match self {
            Self::FloorPutOurs | Self::OursWarm => Some(Self::FloorPutOurs),
            Self::FloorQueryPutOurs | Self::OursCold => Some(Self::FloorQueryPutOurs),
            Self::FloorPut
            | Self::FloorQueryPut
            | Self::DynamoEs
            | Self::DynamoEsSnapshot
            | Self::Adapter => None,
        }
    }

    /// The store, with its tables made.
    pub(crate) async fn open(self, client: Client) -> Box<dyn Contender> {
        match self {
            Self::FloorPut => Box::new(floor::Floor::writing(client).await),
            Self::FloorQueryPut => Box::new(floor::Floor::reading(client).await),
            Self::FloorPutOurs => Box::new(floor::Floor::writing(client).await.with_our_items()),
            Self::FloorQueryPutOurs => Box::new(floor::Floor::reading(client).await.with_our_items()),
            Self::OursWarm => Box::new(ours::Ours::warm(client).await),
            Self::OursCold => Box::new(ours::Ours::cold(client).await),
            Self::DynamoEs => Box::new(dynamo_es::DynamoEs::events(client).await),
            Self::DynamoEsSnapshot => Box::new(dynamo_es::DynamoEs::snapshots(client).await),
            Self::Adapter => Box::new(adapter::Adapter::open(client).await),
        }
    }
}

/// An error with all its causes, because the SDK's own words are only "service error".
fn words(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", words(cause)),
        None => error.to_string(),
    }
}
