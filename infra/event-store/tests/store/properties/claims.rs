//! A value is held by the account that has it, and by no other.

use event_store::{Claim, ClaimKey};
use proptest::{prop_assert_eq, test_runner::TestCaseResult};

use crate::bank::SECRET;

use super::{
    history::Execution,
    model::{Ruling, after, claimed, ruling},
    tale::Tale,
    world::World,
};

pub(crate) async fn check(world: &World, tale: &Tale) -> TestCaseResult {
    let mut owners = Vec::new();
    for (stream, commits) in &tale.table.streams {
        for (kind, value) in claimed(&tale.state(stream, commits.len() as u64)) {
            let claim = Claim { kind, value };
            let holder = world.store.holder(&ClaimKey::new(SECRET), "acme", &claim).await.unwrap();
            prop_assert_eq!(holder.map(|holder| holder.to_string()), Some(stream.clone()), "of {:?}", claim);
            owners.push(stream.clone());
        }
    }
    let mut told = tale.table.owners.clone();
    told.sort();
    prop_assert_eq!(told, owners, "there are claims of which no account knows");
    Ok(())
}

/// Whether at some instant of the execution its command would have taken a value that another account
/// held.
pub(crate) fn was_taken(kind: &str, execution: &Execution, tale: &Tale) -> bool {
    (execution.began..=execution.ended).any(|instant| {
        wanted(kind, execution, tale, instant).is_some_and(|value| {
            let mut others = tale.table.streams.keys().filter(|stream| **stream != execution.stream());
            others.any(|other| {
                let holder = tale.state(other, tale.length(other, instant));
                claimed(&holder).iter().any(|(held, by)| *held == kind && *by == value)
            })
        })
    })
}

/// The value that the command would have taken at this instant.
fn wanted(kind: &str, execution: &Execution, tale: &Tale, instant: usize) -> Option<String> {
    let stream = execution.stream();
    let commits = tale.length(&stream, instant);
    let before = tale.state(&stream, commits);
    if !tale.is_to_be_decided(execution, commits) {
        return None;
    }
    let Ruling::Recorded(events) = ruling(&before, &execution.order.command) else { return None };
    let held = claimed(&before);
    let taken = claimed(&after(&before, &events)).into_iter().find(|claim| claim.0 == kind)?;
    (!held.contains(&taken)).then_some(taken.1)
}
