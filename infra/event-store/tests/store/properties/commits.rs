//! Streams are gapless, and nothing is in them twice, or for another reason than a command.

use std::collections::BTreeSet;

use proptest::{prop_assert, prop_assert_eq, test_runner::TestCaseResult};

use super::{
    history::Written,
    model::{Ruling, ruling},
    table::RawCommit,
    tale::Tale,
};

pub(crate) fn check(tale: &Tale) -> TestCaseResult {
    for (stream, commits) in &tale.table.streams {
        are_gapless(commits)?;
        let ids: BTreeSet<_> = commits.iter().map(|commit| &commit.command_id).collect();
        prop_assert_eq!(ids.len(), commits.len(), "a command was carried out twice on {}", stream);
        for commit in commits {
            is_what_its_command_comes_to(stream, commit, tale)?;
        }
    }
    let held: usize = tale.table.streams.values().map(Vec::len).sum();
    prop_assert_eq!(held, tale.history.written.len(), "the table holds what was written");
    Ok(())
}

fn are_gapless(commits: &[RawCommit]) -> TestCaseResult {
    let mut next = 1;
    for (commit, number) in commits.iter().zip(1..) {
        prop_assert_eq!(commit.number, number, "there is a hole");
        prop_assert_eq!(commit.first_sequence, next, "of commit {}", number);
        prop_assert_eq!(commit.types, commit.events.len(), "of commit {}", number);
        next += commit.events.len() as u64;
    }
    Ok(())
}

fn is_what_its_command_comes_to(stream: &str, commit: &RawCommit, tale: &Tale) -> TestCaseResult {
    let is_it = |written: &&Written| written.stream == stream && written.commit == commit.number;
    let written = tale.history.written.iter().find(is_it).expect("every commit came through the gate");
    let execution = &tale.history.executions[written.execution];
    let order = &execution.order;
    prop_assert_eq!(&commit.command_id, &order.command_id);
    prop_assert_eq!(&commit.fingerprint, &[order.fingerprint; 32]);
    let before = commit.number - 1;
    prop_assert!(
        execution.expected.is_none_or(|expected| expected == before),
        "{} follows commit {}, which was not expected",
        order.command_id,
        before
    );
    let ruling = ruling(&tale.state(stream, before), &order.command);
    let recorded = Ruling::Recorded(commit.events.clone());
    prop_assert_eq!(recorded, ruling, "of commit {} of {}", commit.number, stream);
    Ok(())
}
