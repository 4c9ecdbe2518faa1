//! Every answer was true at an instant between the call and its return.

use event_store::{ExecuteError, Executed, StoreError};
use proptest::{prop_assert, prop_assert_eq, test_runner::TestCaseResult};

use crate::account::{Account, Refusal};

use super::{
    claims::was_taken,
    history::Execution,
    model::{Ruling, ruling},
    rosters::was_last,
    tale::Tale,
};

pub(crate) fn check(execution: &Execution, tale: &Tale) -> TestCaseResult {
    left_what_it_says(execution, tale)?;
    match &execution.answer {
        Ok(executed) if executed.receipt.events > 0 => is_in_the_table(execution, executed, tale),
        Ok(executed) => had_nothing_to_record(execution, executed, tale),
        Err(ExecuteError::Rejected(refusal)) => was_to_be_rejected(execution, *refusal, tale),
        Err(ExecuteError::Store(error)) => was_to_fail(execution, error, tale),
    }
}

/// Only who is told that it has written, or that it may have, has written.
fn left_what_it_says(execution: &Execution, tale: &Tale) -> TestCaseResult {
    // A value that was taken at the second try may be free again when the first one arrives after all, and
    // a roster may have another member.
    let is_overtaken_by_itself = is_changeable(execution) && tale.history.is_late(execution);
    if execution.may_be_repeated() || is_overtaken_by_itself {
        return Ok(());
    }
    let told = match &execution.answer {
        Ok(executed) if executed.receipt.events > 0 && !executed.receipt.duplicate => {
            Some(executed.receipt.commit)
        }
        Ok(_) | Err(_) => None,
    };
    let written = tale.written_by(execution).map(|written| written.commit);
    prop_assert_eq!(told, written, "by execution {}", execution.number);
    Ok(())
}

/// Whether it was refused for what other streams had.
fn is_changeable(execution: &Execution) -> bool {
    matches!(
        execution.answer,
        Err(ExecuteError::Store(StoreError::ClaimTaken { .. } | StoreError::LastMember { .. }))
    )
}

fn is_in_the_table(execution: &Execution, executed: &Executed<Account>, tale: &Tale) -> TestCaseResult {
    let Executed { state, receipt, .. } = executed;
    let (stream, number) = (execution.stream(), execution.number);
    let lengths = tale.lengths(execution);
    prop_assert!(receipt.commit <= *lengths.end(), "execution {} saw what was not there", number);
    prop_assert!(receipt.duplicate || receipt.commit > *lengths.start(), "of execution {}", number);
    let commit = &tale.table.commits(&stream)[receipt.commit as usize - 1];
    prop_assert_eq!(&commit.command_id, &execution.order.command_id, "of execution {}", number);
    prop_assert_eq!(&commit.fingerprint, &[execution.order.fingerprint; 32], "of execution {}", number);
    let told = (receipt.stream.to_string(), receipt.first_sequence, receipt.events);
    prop_assert_eq!(told, (stream.clone(), commit.first_sequence, commit.events.len()));
    prop_assert_eq!(state, &tale.state(&stream, receipt.commit), "of execution {}", number);
    Ok(())
}

fn had_nothing_to_record(execution: &Execution, executed: &Executed<Account>, tale: &Tale) -> TestCaseResult {
    let Executed { state, receipt, .. } = executed;
    let (stream, number) = (execution.stream(), execution.number);
    let then = tale.state(&stream, receipt.commit);
    prop_assert!(was(execution, tale, |commits| commits == receipt.commit), "of execution {}", number);
    prop_assert_eq!(ruling(&then, &execution.order.command), Ruling::Nothing, "of execution {}", number);
    prop_assert_eq!(state, &then, "of execution {}", number);
    let recorded: usize =
        tale.table.commits(&stream)[..receipt.commit as usize].iter().map(|commit| commit.events.len()).sum();
    let told = (receipt.stream.to_string(), receipt.first_sequence, receipt.duplicate);
    prop_assert_eq!(told, (stream, recorded as u64 + 1, false), "of execution {}", number);
    Ok(())
}

fn was_to_be_rejected(execution: &Execution, refusal: Refusal, tale: &Tale) -> TestCaseResult {
    let rejects = |commits| {
        let then = tale.state(&execution.stream(), commits);
        ruling(&then, &execution.order.command) == Ruling::Rejected(refusal)
    };
    prop_assert!(was(execution, tale, rejects), "execution {} was rejected on no state", execution.number);
    Ok(())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "whatever else the store can say would be wrong")]
fn was_to_fail(execution: &Execution, error: &StoreError, tale: &Tale) -> TestCaseResult {
    let (stream, lengths) = (execution.stream(), tale.lengths(execution));
    let is_true = match error {
        StoreError::ClaimTaken { kind } => was_taken(kind, execution, tale),
        StoreError::LastMember { roster } => was_last(roster, execution, tale),
        StoreError::CommandReused { command_id } => {
            let until_then = &tale.table.commits(&stream)[..*lengths.end() as usize];
            until_then.iter().any(|commit| {
                commit.command_id == *command_id && commit.fingerprint != [execution.order.fingerprint; 32]
            })
        }
        StoreError::VersionMismatch { expected, actual } => {
            execution.expected == Some(*expected) && actual != expected && lengths.contains(actual)
        }
        StoreError::Contention { attempts } => u64::from(*attempts) <= lengths.end() - lengths.start(),
        error => error.is_retryable() && tale.history.disturbed.contains_key(&execution.number),
    };
    prop_assert!(is_true, "execution {} ended in {:?}", execution.number, error);
    Ok(())
}

/// Whether the command was to be decided at a time of which `holds` is true.
fn was(execution: &Execution, tale: &Tale, holds: impl Fn(u64) -> bool) -> bool {
    tale.lengths(execution).any(|commits| tale.is_to_be_decided(execution, commits) && holds(commits))
}
