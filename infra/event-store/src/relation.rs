use uuid::Uuid;

use crate::{CommandContext, StoreError, head::Head};

/// How a stored commit relates to the command in hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Relation {
    /// Another command's.
    Foreign,
    /// Written by this very execution: a try whose answer was lost had landed.
    Ours,
    /// Written by an earlier execution of the same command.
    Repeated,
}

impl Relation {
    /// # Errors
    /// [`StoreError::CommandReused`] when it is another command's, under the same id.
    pub(crate) fn of(head: &Head, commit_id: Uuid, context: &CommandContext) -> Result<Self, StoreError> {
        if head.id == commit_id {
            Ok(Self::Ours)
        } else if head.command_id != context.command_id {
            Ok(Self::Foreign)
        } else if head.fingerprint == context.fingerprint {
            Ok(Self::Repeated)
        } else {
            Err(StoreError::CommandReused { command_id: context.command_id.clone() })
        }
    }
}
