use uuid::Uuid;

use crate::{CommandContext, Commit};

/// How a stored commit relates to the command in hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Relation {
    /// Another command's.
    Foreign,
    /// Written by this very execution: a try whose answer was lost had landed.
    Ours,
    /// Written by an earlier execution of the same command.
    Repeated,
    /// Another command's, under the same id.
    Reused,
}

impl Relation {
    pub(crate) fn of(commit: &Commit, commit_id: Uuid, context: &CommandContext) -> Self {
        if commit.id == commit_id {
            Self::Ours
        } else if commit.command_id != context.command_id {
            Self::Foreign
        } else if commit.fingerprint == context.fingerprint {
            Self::Repeated
        } else {
            Self::Reused
        }
    }
}
