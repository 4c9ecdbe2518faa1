//! An account is a member of the rosters that its state says, and none of them ever becomes empty.

use std::collections::BTreeSet;

use proptest::{prop_assert, prop_assert_eq, test_runner::TestCaseResult};

use super::{
    history::Execution,
    model::{Ruling, after, enrolled, ruling},
    tale::Tale,
    world::World,
};

pub(crate) async fn check(world: &World, tale: &Tale) -> TestCaseResult {
    for roster in ["payable", "named"] {
        let instants = 0..=tale.history.written.len();
        let sizes: Vec<_> = instants.map(|instant| members(roster, tale, instant).len()).collect();
        prop_assert!(sizes.windows(2).all(|pair| pair[0] == 0 || pair[1] > 0), "{}: {:?}", roster, sizes);
        let told = world.store.roster("acme", roster).await.unwrap();
        prop_assert_eq!(told, members(roster, tale, tale.history.written.len()), "of {}", roster);
    }
    Ok(())
}

/// Whether at some instant of the execution its command would have left a roster without a member.
pub(crate) fn was_last(roster: &str, execution: &Execution, tale: &Tale) -> bool {
    (execution.began..=execution.ended).any(|instant| {
        let alone = BTreeSet::from([execution.order.account.to_owned()]);
        members(roster, tale, instant) == alone && would_leave(roster, execution, tale, instant)
    })
}

/// Who was in it at this instant, by their states.
fn members(roster: &str, tale: &Tale, instant: usize) -> BTreeSet<String> {
    let is_in =
        |stream: &&String| enrolled(&tale.state(stream, tale.length(stream, instant))).contains(&roster);
    let id = |stream: &String| stream.rsplit('#').next().unwrap_or_default().to_owned();
    tale.table.streams.keys().filter(is_in).map(id).collect()
}

fn would_leave(roster: &str, execution: &Execution, tale: &Tale, instant: usize) -> bool {
    let stream = execution.stream();
    let commits = tale.length(&stream, instant);
    let before = tale.state(&stream, commits);
    tale.is_to_be_decided(execution, commits)
        && matches!(
            ruling(&before, &execution.order.command),
            Ruling::Recorded(events) if !enrolled(&after(&before, &events)).contains(&roster)
        )
}
