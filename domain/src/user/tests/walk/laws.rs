//! What holds whatever happens, in whatever order.

use std::collections::BTreeSet;

use super::{
    super::super::*,
    outcomes::Answer,
    triggers::{Old, Trigger, When},
};
use crate::{Actor, Instruction, Rejection};

/// A law that was broken, in words.
pub(super) type Broken = &'static str;

pub(super) fn ensure(holds: bool, law: Broken) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(law) }
}

/// What must be unique and is held: the address, the one that it is to be replaced by, and the name.
pub(super) fn claims(user: &User) -> BTreeSet<&str> {
    let Some(account) = user.account().filter(|account| !account.is_deleted()) else {
        return BTreeSet::new();
    };
    // In these walks each value has one spelling.
    let pending = account.pending_email.as_ref().map(|pending| pending.email.as_str());
    let name = account.personal.user_name.as_str();
    [account.personal.email.as_str(), name].into_iter().chain(pending).collect()
}

/// Of a user in any situation.
pub(super) fn judge_state(user: &User) -> Result<(), Broken> {
    let Some(is) = user.account() else { return Ok(()) };
    let (enabled, process) = (is.lifecycle.admin_state == AdminState::Enabled, is.lifecycle.process);
    let (pending, live) = (pending_steps(user), is.live_confirmation());
    let alive = is.confirmations.iter().filter(|c| c.state.is_live()).count();
    let was_used = is.confirmations.iter().any(|c| c.state == ConfirmationState::Used);
    let complete = is.links.values().all(Link::is_linked);

    if is.is_active() {
        ensure(enabled, "active while disabled")?;
        ensure(is.email_verified && was_used, "active and unconfirmed")?;
        ensure(complete, "active without a role")?;
    }
    ensure(is.is_active() || !user.is_effective_owner(), "an owner who is not active")?;
    ensure(alive <= 1 && alive == usize::from(live.is_some()), "two links work at once")?;
    if !enabled {
        ensure(pending.is_empty(), "work is pending for who is shut off")?;
        ensure(live.is_none(), "the link of who is shut off works")?;
        ensure(!process.is_running(), "provisioning runs for who is shut off")?;
    }
    if enabled && process.is_running() {
        ensure(!pending.is_empty(), "provisioning waits for nothing")?;
        ensure(is.running_since.is_some(), "provisioning runs since nobody knows when")?;
    }
    match process {
        Process::Mailing | Process::Provisioned | Process::Confirmed | Process::Expired => {
            ensure(complete, "the mail came before the links")?;
        }
        Process::Accepted | Process::Linking => {
            ensure(!enabled || !complete, "linking, and nothing to link")?;
        }
        Process::Failed | Process::Stopped => {}
    }
    let waits_for_click = process == Process::Provisioned
        || (process == Process::Confirmed && is.pending_email.is_some() && enabled);
    ensure(live.is_some() || !waits_for_click, "a click is waited for, and no link works")?;
    ensure(
        is.pending_email.is_none() || (process == Process::Confirmed && is.email_verified),
        "an address waits beside one that is not confirmed",
    )?;
    ensure((process == Process::Failed) == is.failed_step.is_some(), "failed, and at what")?;
    ensure(process != Process::Confirmed || is.email_verified, "confirmed, and the address is not")?;
    if let Some(token) = live.and_then(|live| live.token.as_ref()) {
        ensure(token.email_version == is.email_to_confirm().1, "a link goes to another address")?;
    }
    for confirmation in &is.confirmations {
        let Confirmation { bad_tries, state, .. } = confirmation;
        ensure(*bad_tries < MAX_BAD_TRIES || !state.is_live(), "a token may be guessed for ever")?;
        ensure(*bad_tries <= MAX_BAD_TRIES, "a dead token is guessed on")?;
    }
    if is.is_deleted() {
        ensure(!is.links.values().any(Link::is_linked), "the deleted hold links")?;
        ensure(is.pending_email.is_none() && is.notices.is_empty(), "the deleted wait for mail")?;
    }
    ensure(is.is_deleted() == is.deleted_at.is_some(), "deleted, and when")
}

/// Of one commit.
pub(super) fn judge_commit(
    before: &User,
    (trigger, asked): (Trigger, &Instruction<UserCommand>),
    events: &[UserEvent],
    after: &User,
) -> Result<(), Broken> {
    let (Some(was), Some(is)) = (before.account(), after.account()) else { return Ok(()) };
    counters_only_rise(was, is, events)?;
    what_is_pending_was_requested(before, events, after)?;
    the_dead_stay_dead(was, is)?;
    the_system_keeps_off_who_is_shut_off(was, asked, events)?;
    who_leaves_takes_their_work_along(was, is)?;
    a_cancelled_attempt_is_undone(was, is, trigger)?;
    who_bounces_is_not_waited_for(is, events)?;
    addresses_are_confirmed(was, is, asked, events)?;
    mail_is_claimed_in_time(before, asked, events)?;
    nobody_unseen_takes_or_gives(before, after, &asked.by)?;
    whatever_is_early_does_nothing(trigger, events)
}

fn counters_only_rise(was: &Account, is: &Account, events: &[UserEvent]) -> Result<(), Broken> {
    ensure(is.epoch >= was.epoch, "the epoch fell")?;
    ensure(is.attempt >= was.attempt, "the attempt fell")?;
    ensure(is.last_email_version >= was.last_email_version, "a version of an address fell")?;
    for event in events {
        let (UserEvent::EmailChanged { email_version, .. }
        | UserEvent::EmailChangeRequested { email_version, .. }) = event
        else {
            continue;
        };
        ensure(*email_version > was.last_email_version, "a version of an address was used again")?;
    }
    Ok(())
}

/// The dispatcher reads steps from events alone, so a step that becomes pending must be in one, and a step
/// that is pending in a new epoch must be in one of that epoch.
fn what_is_pending_was_requested(before: &User, events: &[UserEvent], after: &User) -> Result<(), Broken> {
    let (epoch, same) = match (before.account(), after.account()) {
        (Some(was), Some(is)) => (is.epoch, was.epoch == is.epoch),
        _ => return Ok(()),
    };
    let (old, new) = (pending_steps(before), pending_steps(after));
    let requests = || events.iter().filter_map(UserEvent::requested_steps);
    for step in new.iter().filter(|step| !same || !old.contains(step)) {
        let asked = requests().any(|(of, steps)| of == epoch && steps.contains(step));
        ensure(asked, "a step is pending and nobody asked for it")?;
    }
    let wanted = requests().all(|(_, steps)| steps.iter().all(|step| new.contains(step)));
    ensure(wanted, "a step was asked for that is not pending")
}

fn the_dead_stay_dead(was: &Account, is: &Account) -> Result<(), Broken> {
    ensure(was.confirmations.len() <= is.confirmations.len(), "a confirmation was forgotten")?;
    for (old, new) in was.confirmations.iter().zip(&is.confirmations) {
        ensure(old.number == new.number, "the number of a confirmation was used again")?;
        ensure(old.state.is_live() || old.state == new.state, "a dead link came alive")?;
        ensure(old.token.is_none() || old.token == new.token, "a mail that is out lost its link")?;
    }
    Ok(())
}

/// A late success never resurrects.
fn the_system_keeps_off_who_is_shut_off(
    was: &Account,
    asked: &Instruction<UserCommand>,
    events: &[UserEvent],
) -> Result<(), Broken> {
    if was.lifecycle.admin_state == AdminState::Enabled || !matches!(asked.by, Actor::Worker) {
        return Ok(());
    }
    let note = |event: &UserEvent| {
        matches!(event, UserEvent::StepResultIgnored { .. } | UserEvent::EmailFlagged { .. })
    };
    ensure(events.iter().all(note), "a worker moved who is shut off")
}

fn who_leaves_takes_their_work_along(was: &Account, is: &Account) -> Result<(), Broken> {
    let (was_in, is_in) = (was.lifecycle.admin_state, is.lifecycle.admin_state);
    ensure(was_in == is_in || is.epoch > was.epoch, "old work takes effect in a new epoch")?;
    ensure(is.attempt == was.attempt || is.epoch > was.epoch, "an attempt shares its epoch")
}

fn a_cancelled_attempt_is_undone(was: &Account, is: &Account, trigger: Trigger) -> Result<(), Broken> {
    let remains =
        |link: &Link| matches!(link.state, LinkState::Linked { attempt, .. } if attempt == was.attempt);
    ensure(trigger != Trigger::Cancel || !is.links.values().any(remains), "a cancelled attempt left a link")
}

fn who_bounces_is_not_waited_for(is: &Account, events: &[UserEvent]) -> Result<(), Broken> {
    let bounced = events.iter().any(|event| {
        let live = is.live_confirmation().map(|live| live.number);
        matches!(event, UserEvent::EmailFlagged { confirmation, flag: MailFlag::Bounce, .. } if Some(*confirmation) == live)
    });
    ensure(!bounced, "a click is waited for where no mail arrives")
}

fn addresses_are_confirmed(
    was: &Account,
    is: &Account,
    asked: &Instruction<UserCommand>,
    events: &[UserEvent],
) -> Result<(), Broken> {
    let clicked = asked.by == Actor::LinkHolder;
    let confirms = |event: &UserEvent| matches!(event, UserEvent::EmailConfirmed { email_version, .. } if *email_version == is.email_version);
    let confirmed = clicked && events.iter().any(confirms);
    ensure(!is.email_verified || was.email_verified || confirmed, "an address was confirmed by nobody")?;
    ensure(!is.is_active() || was.email_verified || confirmed, "active by nobody's click")?;
    let swapped = is.personal.email != was.personal.email;
    if swapped && was.lifecycle.process == Process::Confirmed {
        let new = was.pending_email.as_ref().map(|new| (&new.email, new.version));
        let good = new == Some((&is.personal.email, is.email_version));
        ensure(good && confirmed, "a confirmed address was replaced by one that is not")?;
    }
    let asks = events.iter().any(|event| matches!(event, UserEvent::EmailChangeRequested { .. }));
    let told = is.notices.last().is_some_and(|notice| notice.to == was.personal.email);
    ensure(told || !asks, "the old address is not told")?;
    let unsent = was.notices.iter().filter(|notice| notice.state != NoticeState::Ended);
    let kept = |old: &&Notice| is.notices.iter().any(|new| new.to == old.to);
    let mut forgotten = unsent.filter(|old| !kept(old));
    ensure(forgotten.next().is_none() || is.is_deleted(), "an address is never told that it was replaced")?;
    ensure(!swapped || confirmed || !is.email_verified, "an address took over another one's click")?;
    ensure(was.email_verified == is.email_verified || swapped || confirmed, "a click was forgotten")
}

/// No claim of a mail is ever granted after the commit that stopped it.
fn mail_is_claimed_in_time(
    before: &User,
    asked: &Instruction<UserCommand>,
    events: &[UserEvent],
) -> Result<(), Broken> {
    let is_claim = |event: &UserEvent| {
        matches!(event, UserEvent::ConfirmationIssued { .. } | UserEvent::NoticeIssued { .. })
    };
    if !events.iter().any(is_claim) {
        return Ok(());
    }
    let (UserCommand::IssueConfirmation { step, epoch, .. } | UserCommand::IssueNotice { step, epoch }) =
        &asked.command
    else {
        return Err("a mail was claimed by nobody");
    };
    let is_live = |was: &Account| was.lifecycle.admin_state == AdminState::Enabled && was.epoch == *epoch;
    let timely = before.account().is_some_and(is_live) && pending_steps(before).contains(step);
    ensure(timely, "a mail was claimed that is not to be sent")
}

/// A commit that takes a unique value can be refused by the store, and one that takes an owner away, too. A
/// person who asks hears of it; a worker, a timer or a click could only ask again for ever.
fn nobody_unseen_takes_or_gives(before: &User, after: &User, by: &Actor) -> Result<(), Broken> {
    if matches!(by, Actor::Caller(_)) {
        return Ok(());
    }
    ensure(claims(after).is_subset(&claims(before)), "a value was claimed behind everybody's back")?;
    let left = before.is_effective_owner() && !after.is_effective_owner();
    ensure(!left || matches!(by, Actor::Watchdog), "an owner vanished without anybody's doing")
}

fn whatever_is_early_does_nothing(trigger: Trigger, events: &[UserEvent]) -> Result<(), Broken> {
    let early = matches!(
        trigger,
        Trigger::ExpireUser(When::Early)
            | Trigger::ExpireConfirmation(_, When::Early)
            | Trigger::TimeOut(When::Early)
    );
    ensure(!early || events.is_empty(), "a timer fired too soon")
}

/// Of whatever was refused, or changed nothing.
pub(super) fn judge_answer(user: &User, trigger: Trigger, answer: &Answer) -> Result<(), Broken> {
    let Some(is) = user.account() else { return Ok(()) };
    let ignored = |events: &[UserEvent]| {
        events.iter().all(|event| matches!(event, UserEvent::StepResultIgnored { .. }))
    };
    match (trigger, answer) {
        (Trigger::Old(_, Old::Claim), answer) => ensure(answer.is_err(), "an old claim was granted"),
        (Trigger::Old(..), Ok(events)) => {
            ensure(ignored(events) && !events.is_empty(), "a result of an old epoch counted")
        }
        (Trigger::Link(..) | Trigger::Mail(..) | Trigger::Notice(..), Err(_)) => {
            Err("a worker's result was refused")
        }
        (Trigger::Confirm(number, _), Ok(_)) => {
            let live = is.live_confirmation().is_some_and(|live| live.number == number);
            let enabled = is.lifecycle.admin_state == AdminState::Enabled;
            ensure(live && enabled, "a dead link was let through")
        }
        (Trigger::Confirm(number, When::Early), Err(_)) => {
            let live = is.live_confirmation().is_some_and(|live| live.number == number);
            ensure(!live, "a link that works was refused")
        }
        (Trigger::Deactivate | Trigger::Delete, Err(rejection)) => {
            ensure(is.is_deleted() && *rejection == Rejection::UserUnknown, "a shut-off was refused")
        }
        _ => Ok(()),
    }
}
