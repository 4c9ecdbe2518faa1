//! Two users and what they share: the roster of owners, and the values that only one of them can have. The
//! store sees to both in the transaction of the commit, so a commit here is refused as it is there.

use std::collections::{HashMap, HashSet};

use super::{
    super::super::*,
    key::Mixing,
    laws::claims,
    map::{Map, Reached},
    outcomes::Outcomes,
    triggers::{OWNERS, Report, Trigger, When},
};

/// What the two share.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shared {
    Roster,
    Claims,
}

/// What one of them has of it.
#[derive(Clone, Debug)]
struct Share {
    is_owner: bool,
    /// The address and the name that they begin with stand for two, of each their own.
    values: Vec<String>,
}

#[derive(Default)]
struct Shares(HashMap<u32, Share, Mixing>);

impl Shares {
    fn of(&mut self, map: &Map, user: u32) -> Share {
        let find = || {
            let user = map.user(user);
            let own = |value: &&str| !matches!(*value, "Alice@Example.com" | "alice");
            let values = claims(user).into_iter().filter(own).map(Into::into).collect();
            Share { is_owner: user.is_effective_owner(), values }
        };
        self.0.entry(user).or_insert_with(find).clone()
    }
}

impl Share {
    /// Why the store refuses the commit that makes `self` of `before`, beside the other one.
    fn is_refused(&self, before: &Self, other: &Self) -> Option<&'static str> {
        let taken = |value: &String| !before.values.contains(value) && other.values.contains(value);
        if before.is_owner && !self.is_owner && !other.is_owner {
            return Some("LastOwner");
        }
        self.values.iter().any(taken).then_some("Taken")
    }
}

/// Walks from two users who are alike, in every order of what happens to either.
pub(super) fn walk(
    map: &mut Map,
    outcomes: &mut Outcomes,
    (start, depth): (&'static str, usize),
    user: &User,
    shared: Shared,
) -> Reached {
    let user = map.enter(start, user);
    let mut shares = Shares::default();
    let (mut seen, mut rim) = (HashSet::<_, Mixing>::from_iter([(user, user)]), vec![(user, user)]);
    let mut transitions = 0;
    for _ in 0..depth {
        map.expand(rim.iter().flat_map(|(one, other)| [*one, *other]));
        let mut next = Vec::new();
        for (one, other) in rim.into_iter().flat_map(|(one, other)| [(one, other), (other, one)]) {
            for edge in map.edges(one).iter().filter(|edge| shared.concerns(edge.trigger)) {
                let (before, after) = (shares.of(map, one), shares.of(map, edge.to));
                let beside = shares.of(map, other);
                transitions += 1;
                if let Some(reason) = after.is_refused(&before, &beside) {
                    map.user(one).account().into_iter().for_each(|account| {
                        outcomes.saw_refused(account, edge.trigger, reason);
                    });
                    continue;
                }
                // Who is who makes no difference.
                let pair = (edge.to.min(other), edge.to.max(other));
                if seen.insert(pair) {
                    assert!(shared.is_sound(&after, &beside), "{:?} broke what is shared", edge.trigger);
                    next.push(pair);
                }
            }
        }
        rim = next;
    }
    Reached { start, depth, situations: seen.len(), transitions }
}

impl Shared {
    fn is_sound(self, one: &Share, other: &Share) -> bool {
        match self {
            Self::Roster => one.is_owner || other.is_owner,
            Self::Claims => !one.values.iter().any(|value| other.values.contains(value)),
        }
    }

    /// What is of no consequence for it is left out, so that the walk comes far.
    fn concerns(self, trigger: Trigger) -> bool {
        use Trigger::*;
        match self {
            Self::Roster => matches!(
                trigger,
                AddRole(OWNERS)
                    | RemoveRole(OWNERS)
                    | DropRetired(OWNERS)
                    | Link(OWNERS, _)
                    | Deactivate
                    | Delete
                    | Cancel
                    | Retry
                    | ScheduleExpiry
                    | ExpireUser(When::Late)
                    | Reactivate(When::Early)
                    | Restore(When::Early)
            ),
            Self::Claims => matches!(
                trigger,
                ChangeProfile(_)
                    | ChangeEmail(_)
                    | Deactivate
                    | Delete
                    | Cancel
                    | Reactivate(When::Early)
                    | Restore(When::Early)
                    | ClaimMail(_)
                    | Mail(_, Report::Succeeded)
                    | Bounce(_)
                    | Confirm(_, When::Early)
                    | ForgedOften(_)
                    | ExpireConfirmation(_, When::Late)
            ),
        }
    }
}
