use crate::StoreError;

/// Why an attempt has to be repeated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Setback {
    /// Another command's commit took the number.
    Overtaken,
    /// A running transaction is in the way.
    Busy,
    /// A part of the transaction was throttled.
    Throttled { code: String },
}

impl Setback {
    /// What the caller is told when there were too many.
    pub(crate) fn after(self, attempts: u32) -> StoreError {
        match self {
            Self::Overtaken => StoreError::Contention { attempts },
            Self::Busy => StoreError::TransactionConflict { attempts },
            Self::Throttled { code } => StoreError::Throttled { code },
        }
    }
}
