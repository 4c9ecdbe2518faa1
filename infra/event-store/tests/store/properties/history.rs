//! What happened.

use std::{collections::BTreeMap, fmt};

use event_store::{ExecuteError, StoreError};
use proptest::test_runner::TestCaseError;

use crate::bank::Answer;

use super::plan::{Fate, Order};

/// Time is counted in commits written: an instant is what the table held then.
pub(crate) struct History {
    pub(crate) executions: Vec<Execution>,
    /// In their order, over all streams.
    pub(crate) written: Vec<Written>,
    /// What happened on the way, to the executions that something happened to.
    pub(crate) disturbed: BTreeMap<usize, Vec<Fate>>,
}

/// One call of `Aggregates::execute`.
#[derive(Debug)]
pub(crate) struct Execution {
    pub(crate) number: usize,
    pub(crate) order: Order,
    pub(crate) expected: Option<u64>,
    pub(crate) began: usize,
    pub(crate) ended: usize,
    pub(crate) answer: Answer,
}

/// A commit that the engine took.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Written {
    pub(crate) stream: String,
    pub(crate) commit: u64,
    pub(crate) execution: usize,
}

impl Execution {
    pub(crate) fn may_be_repeated(&self) -> bool {
        matches!(&self.answer, Err(ExecuteError::Store(error)) if error.is_retryable())
    }

    /// The commit at which its answer says that the stream is.
    pub(crate) fn seen(&self) -> Option<u64> {
        match &self.answer {
            Ok(executed) => Some(executed.receipt.commit),
            Err(ExecuteError::Store(StoreError::VersionMismatch { actual, .. })) => Some(*actual),
            Err(_) => None,
        }
    }
}

impl History {
    /// Whether a request of this execution arrived after the store had given up on it.
    pub(crate) fn is_late(&self, execution: &Execution) -> bool {
        self.disturbed.get(&execution.number).is_some_and(|fates| fates.contains(&Fate::ArriveLate))
    }

    /// Adds what happened to what was found wrong about it.
    pub(crate) fn explain(&self, error: TestCaseError) -> TestCaseError {
        match error {
            TestCaseError::Fail(reason) => TestCaseError::fail(format!("{reason}\n{self}")),
            TestCaseError::Reject(_) => error,
        }
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Execution { number, order, expected, began, ended, answer } in &self.executions {
            let Order { account, command_id, fingerprint, command, .. } = order;
            writeln!(
                f,
                "execution {number} on {account}, instants {began} to {ended}: {command_id} ({fingerprint}) {command:?}, expecting {expected:?}"
            )?;
            match answer {
                Ok(executed) => writeln!(f, "    {:?} {:?}", executed.receipt, executed.state)?,
                Err(error) => writeln!(f, "    {error:?}")?,
            }
        }
        for Written { stream, commit, execution } in &self.written {
            writeln!(f, "execution {execution} wrote {stream} {commit}")?;
        }
        writeln!(f, "disturbed: {:?}", self.disturbed)
    }
}
