//! What holds after every move.

use std::collections::{BTreeMap, BTreeSet};

use acceptance::{Answer, Sent};
use domain::{
    User,
    user::{Account, AdminState, pending_steps},
};

use super::{
    plan::{Ask, Command},
    tale::{Tale, Told},
};

/// A law that was broken, in words.
pub(super) type Broken = String;

pub(super) fn ensure(holds: bool, law: impl FnOnce() -> Broken) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(law()) }
}

/// Of a user after any commit.
pub(super) fn judge_state(user: &User) -> Result<(), Broken> {
    let Some(is) = user.account() else { return Err("the stream begins without a creation".into()) };
    let enabled = is.lifecycle.admin_state == AdminState::Enabled;
    let alive = is.confirmations.iter().filter(|confirmation| confirmation.state.is_live()).count();
    let law = |holds: bool, law: &str| ensure(holds, || law.into());
    law(!is.is_active() || enabled, "active while disabled")?;
    law(!is.is_active() || is.email_verified, "active and unconfirmed")?;
    law(is.is_active() || !user.is_effective_owner(), "an owner who is not active")?;
    law(alive <= 1, "two links work at once")?;
    law(enabled || alive == 0, "the link of who is shut off works")?;
    law(enabled || pending_steps(user).is_empty(), "work is pending for who is shut off")?;
    law(enabled || !is.lifecycle.process.is_running(), "provisioning runs for who is shut off")?;
    law(
        !enabled || !is.lifecycle.process.is_running() || !pending_steps(user).is_empty(),
        "provisioning waits for nothing",
    )
}

/// Of the table as a whole.
pub(super) fn judge_table(tale: &Tale) -> Result<(), Broken> {
    let owners: BTreeSet<String> = ids_of(tale, |told| told.state.is_effective_owner());
    let listed = tale.roster.clone().unwrap_or_default();
    ensure(owners == listed, || format!("the roster has {listed:?}, and the owners are {owners:?}"))?;
    ensure(tale.roster.is_none() || !owners.is_empty(), || "the tenant lost its last owner".into())?;
    let mut held: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for (key, owner) in &tale.claims {
        let kind = if key.contains("!email#") { "email" } else { "user_name" };
        *held.entry((owner.clone(), kind)).or_default() += 1;
    }
    let mut due = BTreeMap::new();
    for (id, told) in &tale.users {
        for (kind, _) in values(&told.state) {
            *due.entry((id.clone(), kind)).or_default() += 1;
        }
    }
    ensure(held == due, || format!("held are {held:?}, and to be held are {due:?}"))
}

fn ids_of(tale: &Tale, is: impl Fn(&Told) -> bool) -> BTreeSet<String> {
    tale.users.iter().filter(|(_, told)| is(told)).map(|(id, _)| id.clone()).collect()
}

/// What a user is to hold.
pub(super) fn values(user: &User) -> BTreeSet<(&'static str, String)> {
    let held = |account: &Account| {
        let pending = account.pending_email.as_ref().map(|pending| pending.email.canonical());
        let emails = [account.personal.email.canonical()].into_iter().chain(pending);
        let name = ("user_name", account.personal.user_name.canonical());
        emails.map(|email| ("email", email)).chain([name]).collect()
    };
    user.account().filter(|account| !account.is_deleted()).map(held).unwrap_or_default()
}

/// Of every mail: somebody had claimed it,
/// and if that was before, it was to be sent still.
pub(super) fn judge_mail(
    tale: &Tale,
    before: &BTreeMap<(String, String), bool>,
    mail: &Sent,
) -> Result<(), Broken> {
    let (user, name) = named(mail);
    let was_stopped = before.get(&(user.clone(), name.clone())) == Some(&false);
    ensure(!was_stopped, || format!("the mail {name} of {user} went out although it was stopped"))?;
    let claimed = tale.users.get(&user).is_some_and(|told| told.claimed.contains(&name));
    ensure(claimed, || format!("the mail {name} to {} went out unclaimed", mail.to))
}

/// Whose mail it is and which: `{number}`, or `{version}.notice`.
pub(super) fn named(mail: &Sent) -> (String, String) {
    let id = mail.text.lines().find_map(|line| line.strip_prefix("Message-ID: <")).unwrap_or_default();
    let (id, _) = id.split_once('@').unwrap_or_default();
    let (user, name) = id.split_once('.').unwrap_or_default();
    (user.into(), name.into())
}

/// Of the answer to a command.
pub(super) fn judge_answer(
    tale: &Tale,
    (ask, id): (Ask, &str),
    answer: &Answer,
    troubled: bool,
) -> Result<(), Broken> {
    ensure(troubled || answer.status < 500, || format!("{ask:?}: {} {}", answer.status, answer.body))?;
    if !ask.is_to_a_user() || answer.status >= 300 {
        return Ok(());
    }
    let told = tale.users.get(id).ok_or("a command to nobody was carried out")?;
    let version = version(answer).ok_or("an answer without a version")?;
    let at = usize::try_from(version).unwrap().wrapping_sub(1);
    let status = told.statuses.get(at).ok_or_else(|| format!("{ask:?} was told of commit {version}"))?;
    if let Some(shown) = answer.body["status"].as_str() {
        ensure(shown == status.as_str(), || format!("{ask:?} was told {shown} of {status:?}"))?;
    }
    is_carried_out(told, ask, version)
}

/// A command that was answered well is in the stream, unless there was nothing to record. That no command is
/// in it twice is judged with every commit.
fn is_carried_out(told: &Told, ask: Ask, version: u64) -> Result<(), Broken> {
    let account = told.state.account().ok_or("nobody")?;
    let Some(id) = ask.command_id() else { return Ok(()) };
    let commit = told.commits.iter().find(|commit| commit.command_id == id);
    if let Some(commit) = commit {
        // The key of a command that had nothing to record is not spent.
        return ensure(commit.number <= version, || format!("{ask:?} was told of another commit"));
    }
    let is_latest = version == told.commits.len() as u64;
    let left_nothing = match ask.command {
        Command::Create => false,
        Command::Deactivate | Command::Cancel => {
            !is_latest || account.lifecycle.admin_state == AdminState::Disabled
        }
        Command::Reactivate => !is_latest || account.lifecycle.admin_state == AdminState::Enabled,
        Command::Delete | Command::Restore | Command::Resend | Command::Retry => false,
        Command::Rename(_)
        | Command::ChangeEmail(_)
        | Command::Give(_)
        | Command::Take(_)
        | Command::ExpireInHours(_)
        | Command::NeverExpire
        | Command::Retire(_)
        | Command::LinksWorkForHours(_) => true,
    };
    ensure(left_nothing, || format!("{ask:?} was answered well and is not in the stream"))
}

fn version(answer: &Answer) -> Option<u64> {
    let etag = answer.headers.get("etag")?.to_str().ok()?;
    etag.trim_matches('"').parse().ok()
}
