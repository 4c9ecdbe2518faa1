//! Users as they come to be: what a seed and a number make of each of them, decided by the domain's own rules.

use std::collections::BTreeMap;

use benches::text::scatter;
use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::Aggregate as _;
use domain::{
    Actor, Caller, CallerRole, DisplayName, Email, Epoch, Instruction, RoleName, TenantId, TokenHash, User,
    UserId, UserName,
    role::Powers,
    user::{CreateUser, Personal, Step, StepOutcome, UserCommand, decide},
};
use event_store::{Commit, Metadata, RecordedEvent, StreamId};
use uuid::Uuid;

/// The first has half of all users, the second a quarter, and so on.
const TENANTS: [&str; 6] = ["acme", "globex", "initech", "umbrella", "hooli", "wonka"];
const ROLES: [&str; 4] = ["engineer", "support", "analyst", "designer"];
const FIRST_NAMES: [&str; 8] = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Katherine", "Leslie"];
const LAST_NAMES: [&str; 8] =
    ["Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Johnson", "Lamport"];
/// 2026-01-01, in seconds. All is long over when it is replayed.
const EPOCH: i64 = 1_767_225_600;

/// The streams of the users of a seed, one after the other: so many commits in all, the last stream may be cut off.
pub(crate) fn people(seed: u64, commits: u64) -> impl Iterator<Item = (StreamId, Vec<Commit>)> {
    let mut left = usize::try_from(commits).expect("as many commits as there is memory for");
    let people = (0_u64..).map(move |number| Person::new(seed, number).grown_up());
    people.map_while(move |mut person| {
        person.commits.truncate(left);
        left -= person.commits.len();
        (!person.commits.is_empty()).then_some((person.stream, person.commits))
    })
}

struct Person {
    number: u64,
    draws: Draws,
    tenant: TenantId,
    id: UserId,
    stream: StreamId,
    role: RoleName,
    user: User,
    at: DateTime<Utc>,
    commits: Vec<Commit>,
}

impl Person {
    fn new(seed: u64, number: u64) -> Self {
        let mut draws = Draws { key: scatter(seed ^ scatter(number)), drawn: 0 };
        let tenant = TENANTS[(draws.next().trailing_zeros() as usize).min(TENANTS.len() - 1)];
        let tenant = TenantId::parse(tenant).expect("a tenant");
        let id = UserId::derive(&tenant, &format!("create-{number}"));
        let stream = StreamId::new(tenant.as_str(), User::TYPE, id.to_string()).expect("a stream");
        let role = RoleName::parse(draws.one_of(&ROLES)).expect("a role");
        let seconds = i64::try_from(number).expect("fewer users than seconds");
        let at = DateTime::from_timestamp(EPOCH + seconds, 0).expect("a time");
        Self { number, draws, tenant, id, stream, role, user: User::default(), at, commits: Vec::new() }
    }

    /// One in five was only just created, one in a hundred has a hundred commits, the others are provisioned
    /// and have confirmed their address, in five.
    fn grown_up(mut self) -> Self {
        let length = match self.draws.next() % 100 {
            0 => 100,
            1..=20 => 1,
            _ => 5,
        };
        while self.commits.len() < length {
            let (by, command) = self.next_command();
            self.give(by, command);
        }
        self
    }

    fn next_command(&mut self) -> (Actor, UserCommand) {
        let epoch = Epoch::FIRST;
        let token_hash = TokenHash::of(&format!("token-{}", self.number));
        let succeeded = |step, message_id| {
            let outcome = StepOutcome::Succeeded { message_id };
            (Actor::Worker, UserCommand::RecordStepResult { step, epoch, outcome })
        };
        let step = Step::SendConfirmation(1);
        match self.commits.len() {
            0 => (self.owner(), UserCommand::Create(self.create())),
            1 => succeeded(Step::LinkRole(self.role.clone()), None),
            2 => {
                let expires_at = self.at + TimeDelta::hours(72);
                (Actor::Worker, UserCommand::IssueConfirmation { step, epoch, token_hash, expires_at })
            }
            3 => succeeded(step, Some(self.draws.uuid().to_string())),
            4 => (Actor::LinkHolder, UserCommand::ConfirmEmail { confirmation: 1, token_hash }),
            later => {
                let display_name = Some(self.display_name(&format!(" {later}")));
                (self.owner(), UserCommand::ChangeProfile { user_name: None, display_name })
            }
        }
    }

    fn give(&mut self, by: Actor, command: UserCommand) {
        self.at +=
            TimeDelta::milliseconds(i64::try_from(200 + self.draws.next() % 3_000).expect("a few seconds"));
        let actor = by.recorded_as();
        let instruction = Instruction { on: self.id.to_string(), by, at: self.at, command };
        let events = decide(&self.user, &instruction).expect("what was chosen can be done");
        let first_sequence = self.commits.last().map_or(1, |last| last.last_sequence() + 1);
        let recorded = events.iter().map(|event| RecordedEvent::of(event).expect("an event is JSON"));
        let request = self.draws.uuid().to_string();
        self.commits.push(Commit {
            stream: self.stream.clone(),
            number: self.commits.len() as u64 + 1,
            first_sequence,
            at: self.at,
            events: recorded.collect(),
            metadata: Metadata {
                actor,
                correlation_id: request.clone(),
                causation_id: self.commits.last().map(|last| last.command_id.clone()),
                traceparent: None,
            },
            command_id: request,
            fingerprint: self.draws.bytes(),
            id: self.draws.uuid(),
        });
        events.into_iter().for_each(|event| self.user.apply(event));
    }

    fn owner(&self) -> Actor {
        let roles = [CallerRole::Owner].into();
        Actor::Caller(Caller { tenant: self.tenant.clone(), subject: "admin-1".into(), roles })
    }

    fn create(&mut self) -> CreateUser {
        let number = self.number;
        CreateUser {
            personal: Personal {
                user_name: UserName::parse(&format!("user{number}")).expect("a user name"),
                display_name: self.display_name(""),
                email: Email::parse(&format!("user{number}@example.com")).expect("an address"),
            },
            roles: BTreeMap::from([(self.role.clone(), Powers::default())]),
        }
    }

    fn display_name(&mut self, suffix: &str) -> DisplayName {
        let (first, last) = (self.draws.one_of(&FIRST_NAMES), self.draws.one_of(&LAST_NAMES));
        DisplayName::parse(&format!("{first} {last}{suffix}")).expect("a display name")
    }
}

/// Numbers that look random, the same for the same key.
struct Draws {
    key: u64,
    drawn: u64,
}

impl Draws {
    fn next(&mut self) -> u64 {
        self.drawn += 1;
        scatter(self.key.wrapping_add(self.drawn))
    }

    fn one_of(&mut self, texts: &[&'static str]) -> &'static str {
        texts[usize::try_from(self.next() % texts.len() as u64).expect("less than there are")]
    }

    fn uuid(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.next(), self.next())
    }

    fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.chunks_exact_mut(8).for_each(|chunk| chunk.copy_from_slice(&self.next().to_be_bytes()));
        bytes
    }
}
