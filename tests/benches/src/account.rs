//! The aggregate of nearly all measurements. It has no rules to speak of: what is measured is the store.

use std::convert::Infallible;

use chrono::DateTime;
use cqrs_es::{Aggregate, DomainEvent, event_sink::EventSink};
use event_store::{Claim, CommandContext, Metadata};
use serde::{Deserialize, Serialize};

use crate::text::text;

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Account {
    pub owner: String,
    pub nickname: Option<String>,
    pub notes: usize,
}

#[derive(Clone, Debug)]
pub enum Command {
    Open {
        nickname: Option<String>,
    },
    /// Records one event for each note.
    Note(Vec<String>),
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Event {
    Opened { owner: String, nickname: Option<String> },
    Noted { text: String },
}

/// The payload of every event has this many characters.
const PAYLOAD: usize = 48;

/// Over DynamoDB's limit of 400 KB for an item, compressed or not.
const TOO_LARGE: usize = 800_000;

#[must_use]
pub fn open() -> Command {
    Command::Open { nickname: None }
}

/// Opens an account with a unique value.
#[must_use]
pub fn open_as(nickname: &str) -> Command {
    Command::Open { nickname: Some(nickname.to_owned()) }
}

/// A command of so many events.
#[must_use]
pub fn notes(count: usize) -> Command {
    Command::Note((0..count).map(|number| text(number, PAYLOAD)).collect())
}

/// A command of one event with a payload of so many characters.
#[must_use]
pub fn long_note(characters: usize) -> Command {
    Command::Note(vec![text(0, characters)])
}

/// A command of so many events, the last of which no item can hold.
#[must_use]
pub fn notes_that_do_not_fit(count: usize) -> Command {
    let fitting = (1..count).map(|number| text(number, PAYLOAD));
    Command::Note(fitting.chain([text(0, TOO_LARGE)]).collect())
}

/// The context of one command. As in production there is an actor and a correlation id.
#[must_use]
pub fn context(command_id: String, assume_new: bool) -> CommandContext {
    CommandContext {
        tenant: "acme".into(),
        command_id,
        fingerprint: [1; 32],
        at: DateTime::from_timestamp_millis(1_795_132_800_000).expect("the time is in range"),
        metadata: Metadata {
            actor: "teller".into(),
            correlation_id: "request-1".into(),
            ..Metadata::default()
        },
        expected_commit: None,
        assume_new,
    }
}

impl Command {
    #[must_use]
    pub fn events(self) -> Vec<Event> {
        match self {
            Self::Open { nickname } => vec![Event::Opened { owner: text(0, PAYLOAD), nickname }],
            Self::Note(notes) => notes.into_iter().map(|text| Event::Noted { text }).collect(),
        }
    }

    #[must_use]
    pub const fn creates(&self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        match self {
            Self::Opened { .. } => "account.opened",
            Self::Noted { .. } => "account.noted",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for Account {
    const TYPE: &'static str = "Account";
    type Command = Command;
    type Event = Event;
    type Error = Infallible;
    type Services = ();

    async fn handle(&mut self, command: Command, (): &(), sink: &EventSink<Self>) -> Result<(), Infallible> {
        for event in command.events() {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::Opened { owner, nickname } => *self = Self { owner, nickname, notes: 0 },
            Event::Noted { .. } => self.notes += 1,
        }
    }
}

impl Account {
    /// Its unique value.
    #[must_use]
    pub fn claims(&self) -> Vec<Claim> {
        self.nickname.iter().map(|value| Claim { kind: "nickname", value: value.clone() }).collect()
    }
}
