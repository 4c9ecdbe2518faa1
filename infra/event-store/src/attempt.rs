use cqrs_es::{Aggregate, AggregateError};

use crate::{
    BoxError, StoreError,
    interruption::{Interruption, Setback},
    session::Answer,
};

/// How one attempt at a command ended.
pub(crate) enum Attempt<A: Aggregate> {
    Answered(Answer<A>),
    Rejected(A::Error),
    Again(Setback),
    Failed(StoreError),
}

/// Unpacks what the session sent through the framework, and what it kept.
pub(crate) fn conclude<A: Aggregate>(
    result: Result<(), AggregateError<A::Error>>,
    answer: Option<Answer<A>>,
) -> Attempt<A> {
    match result {
        Ok(()) => answered(answer),
        Err(AggregateError::UserError(rejection)) => Attempt::Rejected(rejection),
        Err(AggregateError::AggregateConflict) => Attempt::Again(Setback::Overtaken),
        Err(
            AggregateError::DatabaseConnectionError(error)
            | AggregateError::DeserializationError(error)
            | AggregateError::UnexpectedError(error),
        ) => interrupted(error, answer),
    }
}

fn interrupted<A: Aggregate>(error: BoxError, answer: Option<Answer<A>>) -> Attempt<A> {
    match error.downcast().map(|interruption| *interruption) {
        Ok(Interruption::Answered) => answered(answer),
        Ok(Interruption::Again(setback)) => Attempt::Again(setback),
        Ok(Interruption::Failed(error)) => Attempt::Failed(error),
        Err(source) => Attempt::Failed(StoreError::Unavailable { source }),
    }
}

fn answered<A: Aggregate>(answer: Option<Answer<A>>) -> Attempt<A> {
    Attempt::Answered(answer.expect("a session that ends well has kept its answer"))
}
