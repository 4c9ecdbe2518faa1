//! One user and everything that can happen to them.

use std::{
    collections::HashSet,
    hash::{Hash as _, Hasher as _},
    mem::discriminant,
};

use cqrs_es::Aggregate as _;

use super::{
    super::super::*,
    arising::triggers,
    key::{Mixer, Mixing, key},
    laws::{Broken, ensure, judge_answer, judge_commit, judge_state},
    outcomes::{Answer, Outcomes},
    triggers::Trigger,
};
use crate::Instruction;

/// So often a trigger that repeats is given at most.
const ENOUGH: u32 = 2 * MAX_BAD_TRIES;

/// Something that made another user of the user.
pub(super) struct Happened {
    pub(super) trigger: Trigger,
    pub(super) key: u64,
    /// Whether the mail that a worker has claimed is the same one as before.
    pub(super) keeps_the_mail: bool,
    /// Whom nobody has met before.
    pub(super) new: Option<Box<User>>,
}

/// A law that was broken, by what, and between which users.
pub(super) struct Breach {
    pub(super) law: Broken,
    pub(super) trigger: Trigger,
    pub(super) between: String,
}

/// What one thread sees and remembers.
#[derive(Default)]
pub(super) struct Watcher {
    pub(super) outcomes: Outcomes,
    pub(super) breaches: Vec<(u32, Breach)>,
    pub(super) decisions: usize,
    /// Users of whom it is known that the system brings them to rest.
    restful: HashSet<u64, Mixing>,
}

impl Watcher {
    /// Everything that can happen to the user and makes a difference.
    pub(super) fn expand<'a>(
        &mut self,
        id: u32,
        user: &User,
        known: impl Fn(u64) -> Option<&'a User>,
    ) -> Vec<Happened> {
        let Some(account) = user.account() else { return Vec::new() };
        let own = key(user);
        let mut fresh = HashSet::<u64, Mixing>::default();
        let mut all = Vec::new();
        for trigger in triggers(user) {
            let asked = trigger.instruction(account);
            let answer = decide(user, &asked);
            self.decisions += 1;
            let judged = judge_answer(user, trigger, &answer);
            self.note(id, trigger, judged, || format!("{answer:?} of {user:?}"));
            let Some((events, next)) = carried_out(user, trigger, &asked, &answer) else {
                self.outcomes.saw(account, trigger, answer.as_deref());
                continue;
            };
            self.outcomes.saw(account, trigger, Ok(&events));
            let judged = judge_commit(user, (trigger, &asked), &events, &next)
                .and_then(|()| judge_state(&next))
                .and_then(|()| judge_repeated(&next, trigger, &asked));
            self.note(id, trigger, judged, || format!("{user:?} and {events:?} made {next:?}"));
            let new = key(&next);
            if new == own {
                continue;
            }
            let known = known(new);
            let is_new = known.is_none() && fresh.insert(new);
            let judged = match known {
                Some(known) => are_alike(&next, known, own ^ new),
                None if is_new => self.comes_to_rest(&next).and_then(|()| revives(&next, new)),
                None => Ok(()),
            };
            self.note(id, trigger, judged, || format!("{next:?} and {known:?}"));
            let keeps_the_mail = claimed(user).is_some() && claimed(user) == claimed(&next);
            let new_user = is_new.then(|| Box::new(next));
            all.push(Happened { trigger, key: new, keeps_the_mail, new: new_user });
        }
        all
    }

    fn note(
        &mut self,
        id: u32,
        trigger: Trigger,
        judged: Result<(), Broken>,
        between: impl FnOnce() -> String,
    ) {
        if let Err(law) = judged {
            let breach = Breach { law, trigger, between: between() };
            self.breaches.push((id, breach));
        }
    }

    /// Without another word from anybody the workers do what is pending, and then the timers fire.
    fn comes_to_rest(&mut self, user: &User) -> Result<(), Broken> {
        /// Steps that a user may wait for, claims and reports counted.
        const PATIENCE: usize = 12;
        let mut user = user.clone();
        let mut passed = Vec::new();
        for _ in 0..PATIENCE {
            let own = key(&user);
            if self.restful.contains(&own) {
                self.restful.extend(passed);
                return Ok(());
            }
            passed.push(own);
            let Some(account) = user.account() else { return Ok(()) };
            let Some(step) = pending_steps(&user).into_iter().next() else {
                ensure(account.lifecycle.status() != Status::Provisioning, "at rest, and provisioning")?;
                timers_end_it(&user)?;
                self.restful.extend(passed);
                return Ok(());
            };
            for trigger in Trigger::that_perform(&step) {
                let Some(account) = user.account() else { return Ok(()) };
                let events = decide(&user, &trigger.instruction(account));
                let events = events.map_err(|_| "what is pending was refused")?;
                events.into_iter().for_each(|event| user.apply(event));
            }
        }
        Err("the system never comes to rest")
    }
}

/// The confirmation that a worker is sending, as far as the user knows.
pub(super) fn claimed(user: &User) -> Option<u32> {
    let live = user.account()?.live_confirmation()?;
    (live.state == ConfirmationState::Issued).then_some(live.number)
}

/// A user who waits for nothing but a click does not wait for ever.
fn timers_end_it(user: &User) -> Result<(), Broken> {
    let Some(account) = user.account() else { return Ok(()) };
    if account.lifecycle.status() != Status::PendingConfirmation && account.pending_email.is_none() {
        return Ok(());
    }
    if account.lifecycle.admin_state != AdminState::Enabled {
        return Ok(());
    }
    let live = account.live_confirmation().ok_or("a click is waited for, and no link works")?;
    let mut user = user.clone();
    let expire = Trigger::that_expires(live.number).instruction(account);
    let events = decide(&user, &expire).map_err(|_| "a timer was refused")?;
    events.into_iter().for_each(|event| user.apply(event));
    let after = user.account().ok_or("a timer took the user along")?;
    let waits = after.lifecycle.status() == Status::PendingConfirmation || after.pending_email.is_some();
    ensure(!waits, "a click is waited for for ever")
}

/// The user after the trigger and what they went through; nobody, if nothing was recorded about them.
fn carried_out(
    user: &User,
    trigger: Trigger,
    asked: &Instruction<UserCommand>,
    answer: &Answer,
) -> Option<(Vec<UserEvent>, User)> {
    let matters = |events: &Vec<UserEvent>| {
        events.iter().any(|event| !matches!(event, UserEvent::StepResultIgnored { .. }))
    };
    let mut events = answer.as_ref().ok().filter(|events| matters(events))?.clone();
    let mut next = user.clone();
    events.iter().cloned().for_each(|event| next.apply(event));
    for _ in 0..if trigger.repeats() { ENOUGH } else { 0 } {
        match decide(&next, asked).ok().filter(matters) {
            None => break,
            Some(more) => {
                more.iter().cloned().for_each(|event| next.apply(event));
                events.extend(more);
            }
        }
    }
    Some((events, next))
}

/// Deliveries repeat, and so do callers: what comes twice is one.
fn judge_repeated(user: &User, trigger: Trigger, asked: &Instruction<UserCommand>) -> Result<(), Broken> {
    if trigger.counts() {
        return Ok(());
    }
    let ignored = |event: &UserEvent| matches!(event, UserEvent::StepResultIgnored { .. });
    let again = decide(user, asked);
    ensure(again.iter().flatten().all(ignored), "what came twice counted twice")
}

/// A snapshot is the user. Of every few, because it takes its time.
fn revives(user: &User, key: u64) -> Result<(), Broken> {
    const ONE_IN: u64 = 16;
    if !key.is_multiple_of(ONE_IN) {
        return Ok(());
    }
    let json = serde_json::to_string(user).map_err(|_| "no snapshot can be taken")?;
    let revived = serde_json::from_str::<User>(&json).map_err(|_| "a snapshot cannot be read")?;
    ensure(revived == *user, "a snapshot revives another state")
}

/// The walk does not enter whom it takes for somebody it knows, so they had better be alike. Of every few.
fn are_alike(one: &User, other: &User, chance: u64) -> Result<(), Broken> {
    const ONE_IN: u64 = 128;
    let alike = !chance.is_multiple_of(ONE_IN) || *one == *other || prospects(one) == prospects(other);
    ensure(alike, "the walk took one user for another")
}

/// What all that can happen would make of the user.
fn prospects(user: &User) -> u64 {
    let Some(account) = user.account() else { return 0 };
    let of_one = |trigger: Trigger| {
        let mut hash = Mixer::default();
        match decide(user, &trigger.instruction(account)) {
            Ok(events) => {
                let mut next = user.clone();
                events.into_iter().for_each(|event| next.apply(event));
                key(&next).hash(&mut hash);
            }
            Err(rejection) => discriminant(&rejection).hash(&mut hash),
        }
        hash.finish()
    };
    // In whatever order.
    triggers(user).into_iter().map(of_one).fold(0, u64::wrapping_add)
}

/// What was ignored leaves no trace; the walk relies on it.
pub(super) fn ignoring_changes_nothing(user: &User) -> bool {
    let (step, epoch) = (Step::SendConfirmation(1), crate::Epoch::FIRST);
    let mut after = user.clone();
    after.apply(UserEvent::StepResultIgnored { step, epoch, outcome: OutcomeKind::Succeeded });
    after == *user
}
