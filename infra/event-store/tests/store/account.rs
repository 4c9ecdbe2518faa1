//! An aggregate to test with. Its services are nothing, its rules few.

use cqrs_es::{Aggregate, DomainEvent, event_sink::EventSink};
use event_store::Claim;
use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) open: bool,
    pub(crate) iban: Option<String>,
    pub(crate) nickname: Option<String>,
    pub(crate) cents: u64,
    pub(crate) notes: usize,
}

#[derive(Clone, Debug)]
pub(crate) enum Command {
    Open {
        iban: Option<String>,
        nickname: Option<String>,
    },
    Rename(String),
    Deposit(u64),
    /// Records one event for each note, and so, perhaps, none.
    Note(Vec<String>),
    Close,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) enum Event {
    Opened { iban: Option<String>, nickname: Option<String> },
    Renamed { nickname: String },
    Deposited { cents: u64 },
    Noted { text: String },
    Closed,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the account is open already")]
    AlreadyOpen,
    #[error("the account is not open")]
    NotOpen,
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        match self {
            Self::Opened { .. } => "account.opened",
            Self::Renamed { .. } => "account.renamed",
            Self::Deposited { .. } => "account.deposited",
            Self::Noted { .. } => "account.noted",
            Self::Closed => "account.closed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

fn decide(account: &Account, command: Command) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Open { .. } if account.open => Err(Refusal::AlreadyOpen),
        Command::Open { iban, nickname } => Ok(vec![Event::Opened { iban, nickname }]),
        Command::Close if !account.open => Ok(vec![]),
        _ if !account.open => Err(Refusal::NotOpen),
        Command::Rename(nickname) => Ok(vec![Event::Renamed { nickname }]),
        Command::Deposit(cents) => Ok(vec![Event::Deposited { cents }]),
        Command::Note(notes) => Ok(notes.into_iter().map(|text| Event::Noted { text }).collect()),
        Command::Close => Ok(vec![Event::Closed]),
    }
}

impl Aggregate for Account {
    const TYPE: &'static str = "Account";
    type Command = Command;
    type Event = Event;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: Command, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in decide(self, command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::Opened { iban, nickname } => {
                *self = Self { open: true, iban, nickname, ..Self::default() }
            }
            Event::Renamed { nickname } => self.nickname = Some(nickname),
            Event::Deposited { cents } => self.cents += cents,
            Event::Noted { .. } => self.notes += 1,
            Event::Closed => *self = Self { cents: self.cents, notes: self.notes, ..Self::default() },
        }
    }
}

impl Account {
    /// Its unique values.
    pub(crate) fn claims(&self) -> Vec<Claim> {
        let claim = |kind, value: &Option<String>| Some(Claim { kind, value: value.clone()? });
        [claim("iban", &self.iban), claim("nickname", &self.nickname)].into_iter().flatten().collect()
    }

    /// Those of the tenant's accounts that it is one of.
    pub(crate) fn rosters(&self) -> Vec<&'static str> {
        let (payable, named) = (self.iban.is_some(), self.nickname.is_some());
        [payable.then_some("payable"), named.then_some("named")].into_iter().flatten().collect()
    }
}

/// Opens an account without claims.
pub(crate) fn open() -> Command {
    Command::Open { iban: None, nickname: None }
}

/// Opens an account with one claim.
pub(crate) fn open_as(nickname: &str) -> Command {
    Command::Open { iban: None, nickname: Some(nickname.to_owned()) }
}

pub(crate) fn rename(nickname: &str) -> Command {
    Command::Rename(nickname.to_owned())
}

/// Records so many short notes.
pub(crate) fn notes(count: usize) -> Command {
    Command::Note((0..count).map(|n| format!("note {n}")).collect())
}

/// Records one note of so many bytes, of which a quarter could be saved and no more.
pub(crate) fn long_note(bytes: usize) -> Command {
    Command::Note(vec![noise(bytes)])
}

/// Letters and digits without a pattern.
pub(crate) fn noise(bytes: usize) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let letter = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(
            b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-"[(state >> 58) as usize],
        )
    };
    (0..bytes).map(letter).collect()
}
