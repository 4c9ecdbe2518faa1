//! A gap that two workers meet at once.

use futures_util::FutureExt as _;

use super::{
    alone,
    history::History,
    host::{Host, event},
    plan::Plan,
};

/// Of both the first one is held before it writes its first row, which the second one writes meanwhile, but less far.
/// The first one finds no gap any more, and nobody delivers what comes behind.
#[test]
fn whoever_meets_a_gap_fills_it_to_the_end_although_somebody_else_writes_the_row() {
    alone(Box::pin(async {
        let history = History::happen(0).await;
        let (stream, commits) = history
            .streams
            .iter()
            .find(|(stream, commits)| stream.kind() == "user" && commits.len() >= 4)
            .unwrap();
        let record = |commit| history.recorded(stream, commit).record.clone();
        history.forget_views().await;
        let quiet = Plan::quiet();
        let host = Host::of(&history, &quiet).await;
        host.deliver_again(record(1)).await;
        let (held, faster) = (host.reader(0, 0), host.reader(0, 0));
        let both = event(&[record(2), record(3)]);
        held.tap.before_request("PutItem", move || {
            async move { drop(faster.projector.handle(both).await) }.boxed()
        });
        held.projector.handle(event(&[record(3)])).await;
        assert_eq!(held.tap.unmet(), 0);
        let reached = host.versions_of(stream).await;
        assert!(reached.values().all(|version| *version >= 3), "{reached:?}");
        let last = u64::try_from(commits.len()).unwrap();
        assert!(reached.values().any(|version| *version == last), "{reached:?} of {last}");
    }));
}
