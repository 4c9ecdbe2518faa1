//! What the table's own log of changes tells: every stream folded afresh, and the claims and the roster as
//! they are in the table.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_sdk_dynamodb::types::AttributeValue;
use cqrs_es::{Aggregate as _, DomainEvent as _};
use domain::{
    User,
    user::{ConfirmationState, Status, Step, UserEvent, pending_steps},
};
use event_store::{Commit, Upcasters};

use super::laws::{Broken, ensure, judge_state};

#[derive(Default)]
pub(super) struct Tale {
    /// Every record, in the order of the stream.
    pub(super) records: Vec<EventRecord>,
    pub(super) users: BTreeMap<String, Told>,
    /// Who holds a value, by the claim's key.
    pub(super) claims: BTreeMap<String, String>,
    pub(super) roster: Option<BTreeSet<String>>,
    /// The number of the last commit of every stream.
    heads: BTreeMap<String, u64>,
    /// How often an event was met, by its type.
    pub(super) met: BTreeMap<String, usize>,
}

/// What is told of one user.
#[derive(Default)]
pub(super) struct Told {
    pub(super) state: User,
    pub(super) commits: Vec<Commit>,
    /// The status after each commit.
    pub(super) statuses: Vec<Status>,
    pub(super) types: Vec<String>,
    /// The mails that were claimed: `{number}`, or `{version}.notice`.
    pub(super) claimed: BTreeSet<String>,
}

impl Tale {
    pub(super) fn hear(&mut self, records: Vec<EventRecord>) -> Result<(), Broken> {
        for record in records {
            let image: HashMap<String, AttributeValue> = record.change.new_image.clone().into();
            let keys: HashMap<String, AttributeValue> = record.change.keys.clone().into();
            let key = keys["pk"].as_s().unwrap().clone();
            if key.contains("!!") {
                self.roster(&image)?;
            } else if key.contains('!') {
                self.claim(key, &image);
            } else {
                ensure(record.event_name == "INSERT", || "a commit was changed".into())?;
                let commit = Commit::from_item(&image).map_err(|error| error.to_string())?;
                self.commit(commit)?;
            }
            self.records.push(record);
        }
        Ok(())
    }

    fn roster(&mut self, image: &HashMap<String, AttributeValue>) -> Result<(), Broken> {
        let members = image.get("m").and_then(|members| members.as_ss().ok());
        let members = members.ok_or("the roster lost its last member")?;
        self.roster = Some(members.iter().map(|member| last_part(member)).collect());
        Ok(())
    }

    fn claim(&mut self, key: String, image: &HashMap<String, AttributeValue>) {
        match image.get("o") {
            Some(owner) => self.claims.insert(key, last_part(owner.as_s().unwrap())),
            None => self.claims.remove(&key),
        };
    }

    fn commit(&mut self, commit: Commit) -> Result<(), Broken> {
        let stream = commit.stream.to_string();
        let head = self.heads.entry(stream.clone()).or_default();
        ensure(commit.number == *head + 1, || {
            format!("{stream} has a gap or a double before {}", commit.number)
        })?;
        *head = commit.number;
        if commit.stream.kind() == "user" {
            for event in &commit.events {
                *self.met.entry(event.event_type.clone()).or_default() += 1;
            }
            self.users.entry(commit.stream.id().into()).or_default().hear(commit)?;
        }
        Ok(())
    }

    /// Every mail that was claimed, and whether it is to be sent still.
    pub(super) fn mails(&self) -> BTreeMap<(String, String), bool> {
        let of_user = |(id, told): (&String, &Told)| {
            let open: Vec<String> = pending_steps(&told.state).iter().filter_map(mail_of).collect();
            let mail = |name: &String| ((id.clone(), name.clone()), open.contains(name));
            told.claimed.iter().map(mail).collect::<Vec<_>>()
        };
        self.users.iter().flat_map(of_user).collect()
    }

    /// How many steps the records ask for.
    pub(super) fn steps_of(records: &[EventRecord]) -> usize {
        let commits =
            functions::stream::commits(Self::batch(records)).into_iter().filter_map(|d| d.commit.ok());
        let of_users = commits.filter(|commit| commit.stream.kind() == "user");
        let events = of_users.flat_map(|commit| commit.decode::<UserEvent>(&Upcasters::default()).unwrap());
        events.map(|event| event.requested_steps().map_or(0, |(_, steps)| steps.len())).sum()
    }

    /// The messages of a batch of records.
    pub(super) fn batch(records: &[EventRecord]) -> Event {
        let mut event = Event::default();
        event.records = records.to_vec();
        event
    }
}

impl Told {
    fn hear(&mut self, commit: Commit) -> Result<(), Broken> {
        let events: Vec<UserEvent> =
            commit.decode(&Upcasters::default()).map_err(|error| error.to_string())?;
        ensure(self.commits.iter().all(|known| known.command_id != commit.command_id), || {
            format!("the command of commit {} is in the stream twice", commit.number)
        })?;
        for event in events {
            self.mail_is_claimed_in_time(&event)?;
            self.types.push(event.event_type());
            self.state.apply(event);
        }
        self.statuses
            .push(self.state.account().map_or(Status::Deleted, |account| account.lifecycle.status()));
        self.commits.push(commit);
        judge_state(&self.state)
    }

    /// No claim of a mail is granted after the commit that stopped it.
    fn mail_is_claimed_in_time(&mut self, event: &UserEvent) -> Result<(), Broken> {
        let step = if let UserEvent::ConfirmationIssued { confirmation, .. } = event {
            Step::SendConfirmation(*confirmation)
        } else if let UserEvent::NoticeIssued { email_version, .. } = event {
            Step::NotifyEmailChange(*email_version)
        } else {
            return Ok(());
        };
        let name = mail_of(&step).unwrap_or_default();
        ensure(pending_steps(&self.state).contains(&step), || {
            format!("the mail {name} was claimed when it was not to be sent")
        })?;
        self.claimed.insert(name);
        Ok(())
    }

    pub(super) fn status(&self) -> Status {
        *self.statuses.last().expect("who is told of has a commit")
    }

    /// The number of the confirmation whose link can be followed.
    pub(super) fn live_link(&self) -> Option<u32> {
        let live = self.state.account()?.live_confirmation()?;
        (live.state != ConfirmationState::Requested).then_some(live.number)
    }
}

/// A mail's name in its own headers.
fn mail_of(step: &Step) -> Option<String> {
    match step {
        Step::LinkRole(_) => None,
        Step::SendConfirmation(number) => Some(number.to_string()),
        Step::NotifyEmailChange(version) => Some(format!("{version}.notice")),
    }
}

fn last_part(stream: &str) -> String {
    stream.rsplit('#').next().unwrap_or_default().into()
}
