//! What happened, beside what the table says of it.

use std::{collections::BTreeMap, ops::RangeInclusive};

use crate::{account::Account, bank::stream};

use super::{
    history::{Execution, History, Written},
    table::{RawCommit, Table, states},
};

pub(crate) struct Tale {
    pub(crate) table: Table,
    pub(crate) history: History,
    states: BTreeMap<String, Vec<Account>>,
}

impl Tale {
    pub(crate) fn of(table: Table, history: History) -> Self {
        let folded = |(stream, commits): (&String, &Vec<RawCommit>)| (stream.clone(), states(commits));
        let states = table.streams.iter().map(folded).collect();
        Self { table, history, states }
    }

    /// The account after so many commits of its stream.
    pub(crate) fn state(&self, stream: &str, commits: u64) -> Account {
        let known = self.states.get(stream).and_then(|states| states.get(commits as usize));
        known.cloned().unwrap_or_default()
    }

    /// How many commits the stream had at an instant.
    pub(crate) fn length(&self, stream: &str, instant: usize) -> u64 {
        let earlier = &self.history.written[..instant];
        earlier.iter().filter(|written| written.stream == stream).count() as u64
    }

    /// How many commits the stream had while the execution ran.
    pub(crate) fn lengths(&self, execution: &Execution) -> RangeInclusive<u64> {
        let stream = execution.stream();
        self.length(&stream, execution.began)..=self.length(&stream, execution.ended)
    }

    pub(crate) fn written_by(&self, execution: &Execution) -> Option<&Written> {
        self.history.written.iter().find(|written| written.execution == execution.number)
    }

    /// Whether the command was to be decided when its stream had so many commits: it was not among them,
    /// and they were as many as it expected.
    pub(crate) fn is_to_be_decided(&self, execution: &Execution, commits: u64) -> bool {
        let earlier = self.table.commits(&execution.stream()).iter().take(commits as usize);
        execution.expected.is_none_or(|expected| expected == commits)
            && !earlier.into_iter().any(|commit| commit.command_id == execution.order.command_id)
    }
}

impl Execution {
    pub(crate) fn stream(&self) -> String {
        stream(self.order.account).to_string()
    }
}
