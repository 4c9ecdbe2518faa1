//! What the walk saw, as a table: `domain/OUTCOMES.md`.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    hash::{Hash as _, Hasher as _},
    mem::discriminant,
};

use super::{
    super::super::*,
    key::{Mixer, Mixing},
    triggers::{Known, Old, Report, Trigger, When},
};
use crate::Rejection;

/// What a user answered.
pub(super) type Answer = Result<Vec<UserEvent>, Rejection>;

/// What one trigger came to, once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Outcome {
    /// The names of the events. An event that is repeated stands once.
    Events(Vec<&'static str>),
    Refused(String),
    /// By the store: what the commit takes is not free.
    RefusedByStore(&'static str),
}

impl Outcome {
    fn of(answer: Result<&[UserEvent], &Rejection>) -> Self {
        match answer {
            Ok(events) => {
                let mut names: Vec<&'static str> = Vec::with_capacity(events.len());
                for name in events.iter().map(UserEvent::name) {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                Self::Events(names)
            }
            Err(rejection) => Self::Refused(variant(rejection)),
        }
    }
}

/// Where a user stands, as a column of the table.
const COLUMNS: [&str; 8] =
    ["linking", "mailing", "provisioned", "confirmed", "failed", "expired", "disabled", "deleted"];

type Column = usize;

fn column(account: &Account) -> Column {
    match (account.lifecycle.admin_state, account.lifecycle.process) {
        (AdminState::Deleted, _) => 7,
        (AdminState::Disabled, _) => 6,
        (AdminState::Enabled, Process::Accepted | Process::Linking) => 0,
        (AdminState::Enabled, Process::Mailing) => 1,
        (AdminState::Enabled, Process::Provisioned) => 2,
        (AdminState::Enabled, Process::Confirmed) => 3,
        (AdminState::Enabled, Process::Failed) => 4,
        (AdminState::Enabled, Process::Expired | Process::Stopped) => 5,
    }
}

/// Who is shut off is in a new epoch, in which nothing was asked for. The walk tells them of such steps all the
/// same; what the table shows is what can be: that all that workers tell them is old.
fn as_seen(account: &Account, trigger: Trigger) -> [Option<Trigger>; 2] {
    if account.lifecycle.admin_state == AdminState::Enabled {
        return [Some(trigger), None];
    }
    if let Trigger::Old(known, old) = trigger {
        return [Some(trigger), known.told(old)];
    }
    let is_new = matches!(
        trigger,
        Trigger::Link(..)
            | Trigger::ClaimMail(_)
            | Trigger::Mail(..)
            | Trigger::ClaimNotice(_)
            | Trigger::Notice(..)
    );
    [(!is_new).then_some(trigger), None]
}

/// The row that a trigger belongs to, in the order of the table.
fn row(account: &Account, trigger: Trigger) -> (u8, &'static str) {
    use Report::*;
    let live = |number: u32| account.live_confirmation().is_some_and(|live| live.number == number);
    match trigger {
        Trigger::Link(_, Succeeded) => (0, "Link made"),
        Trigger::Link(_, RoleRetired) => (1, "Link refused: the role is retired"),
        Trigger::Link(_, FailedOnce) => (2, "Link failed, to be tried again"),
        Trigger::Link(_, FailedOften) => (3, "Link failed until no try is left"),
        Trigger::Link(_, FailedForGood) => (4, "Link failed for good"),
        Trigger::ClaimMail(_) => (10, "Worker claims the confirmation"),
        Trigger::Mail(_, Succeeded | RoleRetired) => (12, "Provider took the confirmation"),
        Trigger::Mail(_, FailedOnce) => (13, "Confirmation failed, to be tried again"),
        Trigger::Mail(_, FailedOften) => (14, "Confirmation failed until no try is left"),
        Trigger::Mail(_, FailedForGood) => (15, "Confirmation failed for good"),
        Trigger::ClaimNotice(_) => (16, "Worker claims the notice"),
        Trigger::Notice(_, Succeeded | RoleRetired) => (17, "Provider took the notice"),
        Trigger::Notice(_, FailedOnce) => (18, "Notice failed, to be tried again"),
        Trigger::Notice(_, FailedOften) => (19, "Notice failed until no try is left"),
        Trigger::Notice(_, FailedForGood) => (20, "Notice failed for good"),
        Trigger::Old(Known::Link(_) | Known::Mail(_) | Known::Notice(_), Old::Claim) => {
            (21, "Claim of an older epoch")
        }
        Trigger::Old(_, Old::Succeeded | Old::Failed) => (22, "Result of an older epoch"),
        Trigger::Bounce(number) if live(number) => (23, "Bounce"),
        Trigger::Bounce(_) => (24, "Bounce of an older confirmation"),
        Trigger::Complaint(_) => (25, "Complaint"),
        Trigger::Deactivate => (30, "Deactivate"),
        Trigger::Reactivate(When::Early) => (31, "Reactivate"),
        Trigger::Reactivate(When::Late) => (32, "Reactivate, days later"),
        Trigger::Delete => (33, "Delete"),
        Trigger::Restore(When::Early) => (34, "Restore"),
        Trigger::Restore(When::Late) => (35, "Restore, after 40 days"),
        Trigger::ChangeProfile(_) => (36, "Change profile"),
        Trigger::ChangeEmail(_) => (37, "Change e-mail"),
        Trigger::AddRole(_) => (38, "Add role"),
        Trigger::RemoveRole(_) => (39, "Remove role"),
        Trigger::Resend(When::Early) => (40, "Resend"),
        Trigger::Resend(When::Late) => (41, "Resend, days later"),
        Trigger::Retry => (42, "Retry provisioning"),
        Trigger::Cancel => (43, "Cancel provisioning"),
        Trigger::ScheduleExpiry => (44, "Schedule expiry"),
        Trigger::UnscheduleExpiry => (45, "Unschedule expiry"),
        Trigger::Confirm(number, When::Early) if live(number) => (50, "Confirm"),
        Trigger::Confirm(number, When::Late) if live(number) => (51, "Confirm, past the link's time"),
        Trigger::Confirm(..) => (52, "Confirm, with a dead link"),
        Trigger::Forged(_) => (53, "Confirm, with a forged link"),
        Trigger::ForgedOften(_) => (54, "Confirm, with forged links, often"),
        Trigger::ExpireConfirmation(_, When::Early) => (60, "Expire confirmation, too soon"),
        Trigger::ExpireConfirmation(_, When::Late) => (61, "Expire confirmation"),
        Trigger::TimeOut(When::Early) => (62, "Time out provisioning, too soon"),
        Trigger::TimeOut(When::Late) => (63, "Time out provisioning"),
        Trigger::ExpireUser(When::Early) => (64, "Expire user, too soon"),
        Trigger::ExpireUser(When::Late) => (65, "Expire user"),
        Trigger::DropRetired(_) => (66, "Role retired"),
    }
}

/// Everything that was seen.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    cells: BTreeMap<(u8, &'static str), [BTreeSet<Outcome>; COLUMNS.len()]>,
    refusals: BTreeMap<String, String>,
    /// Hashes of what is written down already: most of what is seen was seen before.
    known: HashSet<u64, Mixing>,
}

impl Outcomes {
    pub(super) fn saw(
        &mut self,
        account: &Account,
        trigger: Trigger,
        answer: Result<&[UserEvent], &Rejection>,
    ) {
        let column = column(account);
        for trigger in as_seen(account, trigger).into_iter().flatten() {
            let row = row(account, trigger);
            let mut hash = Mixer::default();
            (row.0, column).hash(&mut hash);
            match answer {
                Ok(events) => events.iter().for_each(|event| discriminant(event).hash(&mut hash)),
                Err(rejection) => discriminant(rejection).hash(&mut hash),
            }
            if self.known.insert(hash.finish()) {
                self.cells.entry(row).or_default()[column].insert(Outcome::of(answer));
                answer.err().into_iter().for_each(|rejection| self.heard(rejection));
            }
        }
    }

    /// The store refuses what the rules allowed.
    pub(super) fn saw_refused(&mut self, account: &Account, trigger: Trigger, reason: &'static str) {
        let cells = self.cells.entry(row(account, trigger)).or_default();
        cells[column(account)].insert(Outcome::RefusedByStore(reason));
    }

    fn heard(&mut self, rejection: &Rejection) {
        // How long it is depends on when it is asked.
        let sentence = if matches!(rejection, Rejection::ResendLimit { .. }) {
            Rejection::ResendLimit { retry_after_seconds: 60 }.to_string()
        } else {
            rejection.to_string()
        };
        let said = self.refusals.entry(variant(rejection)).or_insert_with(|| sentence.clone());
        // Of several, always the same one, whatever came first.
        if sentence < *said {
            *said = sentence;
        }
    }

    pub(super) fn extend(&mut self, others: Self) {
        for (row, columns) in others.cells {
            let cells = self.cells.entry(row).or_default();
            cells.iter_mut().zip(columns).for_each(|(cell, others)| cell.extend(others));
        }
        for (variant, sentence) in others.refusals {
            let said = self.refusals.entry(variant).or_insert_with(|| sentence.clone());
            if sentence < *said {
                *said = sentence;
            }
        }
    }

    /// The file.
    pub(super) fn to_markdown(&self) -> String {
        let mut text = HEADER.to_owned();
        text += &format!("| Trigger | {} |\n|---{}|\n", COLUMNS.join(" | "), "|---".repeat(COLUMNS.len()));
        for ((_, row), columns) in &self.cells {
            let mut cells: Vec<String> = columns.iter().map(cell).collect();
            for at in (1..cells.len()).rev() {
                if cells[at] == cells[at - 1] && cells[at] != NEVER {
                    cells[at] = SAME.into();
                }
            }
            text += &format!("| **{row}** | {} |\n", cells.join(" | "));
        }
        text += "\n## The refusals\n\n| Refusal | What the caller is told |\n|---|---|\n";
        for (variant, sentence) in &self.refusals {
            text += &format!("| ✗ {variant} | {sentence} |\n");
        }
        text + "| ✗ LastOwner | by the store: the tenant would be left without an owner |\n\
                | ✗ Taken | by the store: another user has the address or the name |\n"
    }
}

const NEVER: &str = "—";
const SAME: &str = "〃";

const HEADER: &str = "\
# What every trigger does in every state

Generated from what the exhaustive walk over the rules observed (`src/user/tests/walk`); do not edit.
`ROLLCALL_WRITE_FIXTURES=1 cargo test -p domain` writes it anew, and a test fails while it is stale.

Events stand without their prefixes (`user.`, `provisioning.`, `confirmation.`), in the order of the commit;
those in [brackets] are there only sometimes. Variants are separated by ·, ✗ is a refusal, *nothing* is an
answer without an event, 〃 is as the cell to the left, — was never seen. *Linking* is accepted, too, and
*disabled* is anybody who is, however far they had come. Who is disabled or deleted is in a new epoch, so
whatever workers tell of them is of an older one.

";

fn cell(seen: &BTreeSet<Outcome>) -> String {
    if seen.is_empty() {
        return NEVER.into();
    }
    let mut variants: Vec<String> = Vec::new();
    let mut by_first: BTreeMap<&str, Vec<&[&'static str]>> = BTreeMap::new();
    for outcome in seen {
        match outcome {
            Outcome::Events(names) => match main(names) {
                Some(first) => by_first.entry(first).or_default().push(names),
                None => variants.push("*nothing*".into()),
            },
            Outcome::Refused(_) | Outcome::RefusedByStore(_) => {}
        }
    }
    variants.splice(0..0, by_first.values().map(|all| merged(all)));
    for outcome in seen {
        match outcome {
            Outcome::Events(_) => {}
            Outcome::Refused(variant) => variants.push(format!("✗ {variant}")),
            Outcome::RefusedByStore(reason) => variants.push(format!("✗ {reason}")),
        }
    }
    variants.join(" · ")
}

/// What an outcome is known by: its first event that is more than a preparation.
fn main(names: &[&'static str]) -> Option<&'static str> {
    let prepares = |name: &str| matches!(name, "confirmation.revoked" | "user.role_unlinked");
    names.iter().copied().find(|name| !prepares(name)).or(names.first().copied())
}

/// Several lists of events as one: what stands in all of them, and in brackets what does not.
fn merged(all: &[&[&'static str]]) -> String {
    let mut order: Vec<&'static str> = Vec::new();
    let mut longest_first = all.to_vec();
    longest_first.sort_by_key(|names| std::cmp::Reverse(names.len()));
    for names in longest_first {
        let mut at = 0;
        for name in names {
            match order.iter().position(|known| known == name) {
                Some(place) => at = place + 1,
                None => {
                    order.insert(at, name);
                    at += 1;
                }
            }
        }
    }
    let said = |name: &&'static str| {
        let short = name.split_once('.').map_or(*name, |(_, short)| short);
        if all.iter().all(|names| names.contains(name)) { short.into() } else { format!("[{short}]") }
    };
    order.iter().map(said).collect::<Vec<String>>().join(", ")
}

/// The name of the refusal, without what it says in particular.
fn variant(rejection: &Rejection) -> String {
    let debug = format!("{rejection:?}");
    debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().into()
}
