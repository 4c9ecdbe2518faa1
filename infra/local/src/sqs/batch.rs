//! What all batches have in common: their rules, and answers entry by entry.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::error::{Code, SqsError};

const MOST_ENTRIES: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Batch<T> {
    pub(super) queue_url: String,
    pub(super) entries: Vec<Entry<T>>,
}

/// One entry, or the answer to one, under the id that the caller gave it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Entry<T> {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) content: T,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Outcome<T> {
    successful: Vec<Entry<T>>,
    failed: Vec<Entry<Failure>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failure {
    sender_fault: bool,
    code: &'static str,
    message: String,
}

/// Lets each entry succeed or fail for itself. `work` must refuse before it changes anything: all that
/// the batch has done is committed together.
///
/// # Errors
///
/// The batch breaks a rule, or we failed: then nothing of it is done.
pub(super) fn each<T, A>(
    entries: &[Entry<T>],
    mut work: impl FnMut(&T) -> Result<A, SqsError>,
) -> Result<Outcome<A>, SqsError> {
    check(entries)?;
    let mut outcome = Outcome { successful: Vec::new(), failed: Vec::new() };
    for Entry { id, content } in entries {
        let id = id.clone();
        match work(content) {
            Ok(content) => outcome.successful.push(Entry { id, content }),
            Err(ours) if ours.code.is_our_fault() => return Err(ours),
            Err(refusal) => outcome.failed.push(Entry { id, content: refusal.into() }),
        }
    }
    Ok(outcome)
}

fn check<T>(entries: &[Entry<T>]) -> Result<(), SqsError> {
    let refuse = |code, message: &str| Err(SqsError::new(code, message));
    if entries.is_empty() {
        return refuse(Code::EmptyBatchRequest, "There should be at least one entry in the request.");
    }
    if entries.len() > MOST_ENTRIES {
        let message =
            format!("Maximum number of entries per request are 10. You have sent {}.", entries.len());
        return refuse(Code::TooManyEntriesInBatchRequest, &message);
    }
    if !entries.iter().all(|entry| is_id(&entry.id)) {
        let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. \
                       It can be at most 80 letters long.";
        return refuse(Code::InvalidBatchEntryId, message);
    }
    let distinct: BTreeSet<_> = entries.iter().map(|entry| &entry.id).collect();
    if distinct.len() < entries.len() {
        return refuse(Code::BatchEntryIdsNotDistinct, "Two or more batch entries have the same id.");
    }
    Ok(())
}

fn is_id(id: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=80).contains(&id.len()) && id.chars().all(is_allowed)
}

impl From<SqsError> for Failure {
    fn from(refusal: SqsError) -> Self {
        Self { sender_fault: true, code: refusal.code.names().1, message: refusal.message }
    }
}
