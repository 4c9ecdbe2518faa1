use std::{collections::HashMap, fmt, sync::Arc};

use cqrs_es::DomainEvent;
use serde_json::Value;

use crate::{BoxError, RecordedEvent};

/// Turns events as they were once recorded into those that the program knows now, on every read. What is
/// stored stays as it is.
///
/// A rule is for one event type in one version, and answers with any number of events: one (a changed
/// shape or name), several (an event that was split) or none (an event that no longer matters). Rules
/// chain: what comes out is looked up again, so a rule leads to the next version and knows no other.
///
/// ```
/// use event_store::{RecordedEvent, Upcasters};
/// use serde_json::json;
///
/// let upcasters = Upcasters::default()
///     .dropping("account.audited", "1")
///     .replacing("account.opened", "1", |payload| {
///         let nickname = payload["Opened"]["name"].clone();
///         Ok(vec![RecordedEvent {
///             event_type: "account.opened".into(),
///             event_version: "2".into(),
///             payload: json!({ "Opened": { "nickname": nickname } }),
///         }])
///     });
/// ```
#[derive(Clone, Default)]
pub struct Upcasters(HashMap<String, Arc<Rule>>);

type Rule = dyn Fn(Value) -> Result<Vec<RecordedEvent>, BoxError> + Send + Sync;

impl Upcasters {
    /// Replaces events of this type and version. The rule gets the payload; when it fails, the commit
    /// cannot be read. Its error is not shown, since it may quote the payload.
    ///
    /// # Panics
    /// If there is a rule for them already.
    #[must_use]
    pub fn replacing(
        mut self,
        event_type: &str,
        event_version: &str,
        rule: impl Fn(Value) -> Result<Vec<RecordedEvent>, BoxError> + Send + Sync + 'static,
    ) -> Self {
        let known = self.0.insert(format!("{event_type}@{event_version}"), Arc::new(rule));
        assert!(known.is_none(), "there are two rules for {event_type}@{event_version}");
        self
    }

    /// Leaves out events of this type and version. They keep their sequence numbers.
    ///
    /// # Panics
    /// If there is a rule for them already.
    #[must_use]
    pub fn dropping(self, event_type: &str, event_version: &str) -> Self {
        self.replacing(event_type, event_version, |_| Ok(Vec::new()))
    }

    /// Whether there is a rule for what a tag names.
    pub(crate) fn concern(&self, tag: &str) -> bool {
        self.0.contains_key(tag)
    }

    /// What stored events are today. An error says which of them is not known.
    pub(crate) fn decode<E: DomainEvent>(&self, events: &[RecordedEvent]) -> Result<Vec<E>, String> {
        let mut decoded = Vec::with_capacity(events.len());
        for event in events {
            decoded.extend(self.decode_one(event)?);
        }
        Ok(decoded)
    }

    /// Without a rule, which is nearly always, nothing is copied.
    fn decode_one<E: DomainEvent>(&self, event: &RecordedEvent) -> Result<Vec<E>, String> {
        match self.rule(event) {
            None => Ok(vec![known(event)?]),
            Some(_) => self.upcast(event.clone())?.iter().map(known).collect(),
        }
    }

    fn upcast(&self, event: RecordedEvent) -> Result<Vec<RecordedEvent>, String> {
        let (mut pending, mut upcast) = (vec![(event, 0)], Vec::new());
        while let Some((event, steps)) = pending.pop() {
            let tag = event.tag();
            let Some(rule) = self.rule(&event) else {
                upcast.push(event);
                continue;
            };
            // Along a chain, each rule can be of use once.
            if steps == self.0.len() {
                return Err(format!("the upcasters of {tag} go in circles"));
            }
            let events = rule(event.payload).map_err(|_| format!("{tag} could not be upcast"))?;
            pending.extend(events.into_iter().rev().map(|event| (event, steps + 1)));
        }
        Ok(upcast)
    }

    fn rule(&self, event: &RecordedEvent) -> Option<&Arc<Rule>> {
        if self.0.is_empty() { None } else { self.0.get(&event.tag()) }
    }
}

/// The event as the program has it, if it says of itself what the store says of it. A version that the
/// program does not know may look like one that it does.
fn known<E: DomainEvent>(event: &RecordedEvent) -> Result<E, String> {
    let unknown = || format!("{} is not an event that this program knows", event.tag());
    // serde's own words may quote the payload, and a payload may be personal.
    let decoded = E::deserialize(&event.payload).map_err(|_| unknown())?;
    if says_so(&decoded, &event.tag()) { Ok(decoded) } else { Err(unknown()) }
}

/// Whether an event has the type and version that a tag names.
pub(crate) fn says_so(event: &impl DomainEvent, tag: &str) -> bool {
    let version = tag.strip_prefix(event.event_type().as_str()).and_then(|rest| rest.strip_prefix('@'));
    version.is_some_and(|version| version == event.event_version())
}

impl fmt::Debug for Upcasters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
#[path = "upcast_tests.rs"]
mod tests;
