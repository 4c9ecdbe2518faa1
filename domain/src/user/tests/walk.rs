//! Walks every order of triggers from the creation and judges each situation it meets. Situations that
//! were met before are not entered again, so the walk ends although the orders do not.

use std::collections::{BTreeSet, VecDeque};

use chrono::TimeDelta;
use cqrs_es::Aggregate as _;

use super::{super::*, grammar::*};
use crate::Instruction;

const DEPTH: usize = 8;

/// Everything that can arrive, late and doubled results of older epochs included.
fn triggers() -> Vec<Instruction<UserCommand>> {
    let mut all: Vec<Said> = vec![deactivate(), reactivate(), expire(1).after(TimeDelta::hours(80))];
    all.push(resend().after(TimeDelta::hours(1)));
    for epoch in 1..=3 {
        for role in ["engineer", "oncall"] {
            all.push(linked(role, epoch));
            all.push(result(
                &format!("link_role:{role}"),
                epoch,
                StepOutcome::Permanent { error: "x".into() },
            ));
        }
        for number in 1..=2 {
            all.extend([issue(number, epoch), sent(number, epoch)]);
            let refused = StepOutcome::Permanent { error: "x".into() };
            all.push(result(&format!("send_confirmation:{number}"), epoch, refused));
        }
    }
    all.extend([confirm("token-1"), confirm("token-2"), confirm("forged")]);
    all.into_iter().map(Into::into).collect()
}

#[test]
fn no_order_of_triggers_breaks_an_invariant() {
    let (mut seen, mut queue) = (BTreeSet::new(), VecDeque::from([(accepted().user(), 0)]));
    while let Some((user, depth)) = queue.pop_front() {
        let json = serde_json::to_string(&user).unwrap();
        assert_eq!(serde_json::from_str::<User>(&json).unwrap(), user, "a snapshot revives the state");
        if !seen.insert(json) || depth == DEPTH {
            continue;
        }
        for trigger in triggers() {
            let Ok(events) = decide(&user, &trigger) else {
                continue;
            };
            let mut next = user.clone();
            events.iter().cloned().for_each(|event| next.apply(event));
            judge(&user, &events, &next);
            queue.push_back((next, depth + 1));
        }
    }
    println!("{} situations within {DEPTH} triggers of the creation", seen.len());
    assert!(seen.len() > 200, "the walk met only {} situations", seen.len());
}

fn judge(before: &User, events: &[UserEvent], after: &User) {
    let (was, is) = (before.account().unwrap(), after.account().unwrap());
    let live = is.confirmations.iter().filter(|c| c.state.is_live()).count();
    let said = || format!("{events:?} made of {was:?} {is:?}");

    assert!(live <= 1, "two links work at once: {}", said());
    assert!(is.epoch >= was.epoch, "the epoch fell: {}", said());
    if is.lifecycle.admin_state == AdminState::Disabled {
        assert!(pending_steps(after).is_empty(), "work is pending for a disabled user: {}", said());
        assert_eq!(live, 0, "a disabled user's link works: {}", said());
    }
    if was.lifecycle.admin_state == AdminState::Disabled && is.lifecycle.admin_state == AdminState::Disabled {
        assert_eq!(is.links, was.links, "a role was linked to a disabled user: {}", said());
    }
    if is.lifecycle.status() == Status::Active {
        assert!(is.links.values().all(|link| *link == Link::Linked), "active without a role: {}", said());
        assert!(
            is.confirmations.iter().any(|c| c.state == ConfirmationState::Used),
            "unconfirmed: {}",
            said()
        );
    }
    if is.lifecycle.process.is_running() && is.lifecycle.admin_state == AdminState::Enabled {
        assert!(!pending_steps(after).is_empty(), "provisioning waits for nothing: {}", said());
    }
    assert_newly_pending_is_requested(before, events, after);
}

/// The dispatcher reads steps from events alone, so a step that becomes pending must be in one.
fn assert_newly_pending_is_requested(before: &User, events: &[UserEvent], after: &User) {
    let old = pending_steps(before);
    let requested: Vec<&Step> =
        events.iter().filter_map(UserEvent::requested_steps).flat_map(|(_, steps)| steps).collect();
    for step in pending_steps(after).iter().filter(|step| !old.contains(step)) {
        assert!(requested.contains(&step), "{step} is pending and nobody asked for it: {events:?}");
    }
}
