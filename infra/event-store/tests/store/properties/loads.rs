//! However an account is loaded, it is the same.

use event_store::Aggregates;
use proptest::{prop_assert, prop_assert_eq, test_runner::TestCaseResult};
use sha2::{Digest as _, Sha256};

use crate::account::Account;

use super::{
    plan::{Plan, Snapshotting},
    table::RawCommit,
    tale::Tale,
    world::World,
};

/// Beside those of the plan: a version of which there are no snapshots.
const UNKNOWN: Snapshotting = Snapshotting { state_version: 3, every: 2 };

pub(crate) async fn check(plan: &Plan, world: &World, tale: &Tale) -> TestCaseResult {
    for (stream, commits) in &tale.table.streams {
        for commit in commits {
            has_a_true_snapshot(plan, stream, commit, tale)?;
        }
        let snapshotting = plan.processes.iter().filter_map(|process| process.snapshots);
        let versions =
            snapshotting.chain([UNKNOWN]).map(|each| world.accounts().snapshotting(each.snapshots()));
        for accounts in versions.chain([world.accounts()]) {
            loads(&accounts, stream, commits, tale).await?;
        }
    }
    Ok(())
}

async fn loads(
    accounts: &Aggregates<Account>,
    stream: &str,
    commits: &[RawCommit],
    tale: &Tale,
) -> TestCaseResult {
    let id = stream.rsplit('#').next().unwrap_or_default();
    let loaded = accounts.load("acme", id).await.unwrap();
    let events: usize = commits.iter().map(|commit| commit.events.len()).sum();
    let (commits, events) = (commits.len() as u64, events as u64);
    prop_assert_eq!((loaded.commit, loaded.sequence), (commits, events), "of {}", stream);
    prop_assert_eq!(loaded.state, tale.state(stream, commits), "of {}", stream);
    Ok(())
}

/// A plan has fewer commands than a snapshot remembers: it knows all of them.
fn has_a_true_snapshot(plan: &Plan, stream: &str, commit: &RawCommit, tale: &Tale) -> TestCaseResult {
    let Some(snapshot) = &commit.snapshot else { return Ok(()) };
    let mut processes = plan.processes.iter().filter_map(|process| process.snapshots);
    prop_assert!(processes.any(|each| each.state_version == snapshot.state_version));
    prop_assert_eq!(&snapshot.state, &tale.state(stream, commit.number), "in commit {}", commit.number);
    let earlier = &tale.table.commits(stream)[..commit.number as usize - 1];
    let hash = |id: &str| Sha256::digest(id.as_bytes())[..8].to_vec();
    let commands: Vec<u8> = earlier.iter().flat_map(|commit| hash(&commit.command_id)).collect();
    prop_assert_eq!(&snapshot.commands, &commands, "in commit {}", commit.number);
    Ok(())
}
