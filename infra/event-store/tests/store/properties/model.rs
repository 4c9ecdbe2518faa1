//! The account once more, from the payloads as they stand in the table: what the store is held against
//! shares no code with it.

use serde_json::{Value, json};

use crate::account::{Account, Command, Refusal};

/// What a command comes to on an account.
#[derive(Debug, PartialEq)]
pub(crate) enum Ruling {
    Rejected(Refusal),
    Nothing,
    Recorded(Vec<Value>),
}

pub(crate) fn ruling(account: &Account, command: &Command) -> Ruling {
    let events = match (account.open, command) {
        (true, Command::Open { .. }) => return Ruling::Rejected(Refusal::AlreadyOpen),
        (false, Command::Open { iban, nickname }) => {
            vec![json!({ "Opened": { "iban": iban, "nickname": nickname } })]
        }
        (false, Command::Close) => vec![],
        (false, Command::Rename(_) | Command::Deposit(_) | Command::Note(_)) => {
            return Ruling::Rejected(Refusal::NotOpen);
        }
        (true, Command::Rename(nickname)) => vec![json!({ "Renamed": { "nickname": nickname } })],
        (true, Command::Deposit(cents)) => vec![json!({ "Deposited": { "cents": cents } })],
        (true, Command::Note(texts)) => {
            texts.iter().map(|text| json!({ "Noted": { "text": text } })).collect()
        }
        (true, Command::Close) => vec![json!("Closed")],
    };
    if events.is_empty() { Ruling::Nothing } else { Ruling::Recorded(events) }
}

pub(crate) fn after<'a>(account: &Account, events: impl IntoIterator<Item = &'a Value>) -> Account {
    events.into_iter().fold(account.clone(), remember)
}

fn remember(account: Account, event: &Value) -> Account {
    let Some(event) = event.as_object() else {
        assert_eq!(event, "Closed");
        return Account { cents: account.cents, notes: account.notes, ..Account::default() };
    };
    let (name, fields) = event.iter().next().expect("an event has a name");
    let text = |field: &str| fields[field].as_str().map(str::to_owned);
    match name.as_str() {
        "Opened" => {
            Account { open: true, iban: text("iban"), nickname: text("nickname"), cents: 0, notes: 0 }
        }
        "Renamed" => Account { nickname: text("nickname"), ..account },
        "Deposited" => Account { cents: account.cents + fields["cents"].as_u64().unwrap(), ..account },
        "Noted" => Account { notes: account.notes + 1, ..account },
        other => panic!("{other} is no event of an account"),
    }
}

/// The rosters that an account is a member of.
pub(crate) fn enrolled(account: &Account) -> Vec<&'static str> {
    let rosters = [("payable", account.iban.is_some()), ("named", account.nickname.is_some())];
    rosters.into_iter().filter_map(|(roster, is_member)| is_member.then_some(roster)).collect()
}

/// The values that only one account may hold, and of which kind they are.
pub(crate) fn claimed(account: &Account) -> Vec<(&'static str, String)> {
    let values = [("iban", &account.iban), ("nickname", &account.nickname)];
    values.into_iter().filter_map(|(kind, value)| Some((kind, value.clone()?))).collect()
}
