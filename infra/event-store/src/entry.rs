use aws_sdk_dynamodb::types::AttributeValue;
use cqrs_es::DomainEvent;

use crate::{
    Upcasters,
    fields::Fields,
    head::Head,
    item::{self, EVENTS, Item, SNAPSHOT},
    upcast::says_so,
};

/// A commit as far as a fold needs it: without its metadata and its time, which are half of what there is to
/// transfer and to parse.
pub(crate) struct Entry {
    pub(crate) head: Head,
    tags: Vec<String>,
    payloads: AttributeValue,
    /// Not looked at yet: it may be another version's, or spoilt, and the commit is readable all the same.
    pub(crate) snapshot: Option<AttributeValue>,
}

impl Entry {
    /// The attributes that are read.
    pub(crate) const PROJECTION: &str = "sk, s, t, e, u, c, z";

    /// # Errors
    /// What is wrong with which attribute.
    pub(crate) fn from_item(mut item: Item) -> Result<Self, String> {
        let snapshot = item.remove(SNAPSHOT);
        let tags: Vec<_> = Fields(&item).texts(item::TYPES)?.into_iter().map(str::to_owned).collect();
        let head = item::read_head(Fields(&item), tags.len())?;
        let payloads = item.remove(EVENTS).ok_or_else(|| format!("attribute {EVENTS} is missing"))?;
        Ok(Self { head, tags, payloads, snapshot })
    }

    /// The events as the program knows them today.
    ///
    /// # Errors
    /// Which event is not one that it knows.
    pub(crate) fn events<E: DomainEvent>(&self, upcasters: &Upcasters) -> Result<Vec<E>, String> {
        let payloads = item::payload_text(&self.payloads)?;
        if let Some(events) = self.unchanged(&payloads, upcasters) {
            return Ok(events);
        }
        let events = item::read_events(self.tags.iter().map(String::as_str), &payloads)?;
        upcasters.decode(&events)
    }

    /// The events, read in one go, if no rule is about them, and if they are as they should be; what is
    /// wrong with them otherwise is found out in another way.
    fn unchanged<E: DomainEvent>(&self, payloads: &str, upcasters: &Upcasters) -> Option<Vec<E>> {
        if self.tags.is_empty() || self.tags.iter().any(|tag| upcasters.concern(tag)) {
            return None;
        }
        let events: Vec<E> = serde_json::from_str(payloads).ok()?;
        let as_tagged = events.len() == self.tags.len()
            && events.iter().zip(&self.tags).all(|(event, tag)| says_so(event, tag));
        as_tagged.then_some(events)
    }
}
