//! A message in the form in which a receiver gets it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    digest,
    error::SqsError,
    handle::Handle,
    message::{Attributes, Message},
    queue::{ACCOUNT, Queue},
    receive::ReceiveMessage,
    store::Call,
};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Delivery {
    message_id: String,
    receipt_handle: String,
    body: String,
    #[serde(rename = "MD5OfBody")]
    md5_of_body: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    message_attributes: Attributes,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_attributes: Option<String>,
}

impl Delivery {
    /// The messages just taken from `queue`, with the attributes that `request` asks for.
    pub(super) fn all(
        call: &Call<'_>,
        queue: &Queue,
        taken: Vec<Message>,
        request: &ReceiveMessage,
    ) -> Result<Vec<Self>, SqsError> {
        let mut names: BTreeMap<i64, String> = BTreeMap::new();
        if taken.iter().any(|message| message.dead_from.is_some()) {
            names.extend(Queue::all(call)?.iter().map(|queue| (queue.id, queue.arn())));
        }
        let source = |message: &Message| message.dead_from.and_then(|id| names.get(&id).cloned());
        let delivery = |message: Message| Self::new(queue, source(&message), message, request, call.now);
        Ok(taken.into_iter().map(delivery).collect())
    }

    fn new(
        queue: &Queue,
        dead_from: Option<String>,
        message: Message,
        request: &ReceiveMessage,
        received_at: i64,
    ) -> Self {
        let attributes = system_attributes(&message, dead_from, request);
        let Message { seq, receive_count, .. } = message;
        let handle = Handle { queue: queue.id, seq, receive_count, received_at };
        let mut message_attributes = message.attributes;
        message_attributes.retain(|name, _| is_wanted(name, &request.message_attribute_names));
        Self {
            message_id: message.id,
            receipt_handle: handle.encode(),
            md5_of_body: digest::of_body(&message.body),
            body: message.body,
            attributes,
            md5_of_attributes: digest::of_attributes(&message_attributes),
            message_attributes,
        }
    }
}

fn system_attributes(
    message: &Message,
    dead_from: Option<String>,
    request: &ReceiveMessage,
) -> BTreeMap<&'static str, String> {
    let mut all = BTreeMap::from([
        ("SenderId", ACCOUNT.to_owned()),
        ("SentTimestamp", message.sent_at.to_string()),
        ("ApproximateReceiveCount", message.receive_count.to_string()),
    ]);
    all.extend(message.first_received_at.map(|at| ("ApproximateFirstReceiveTimestamp", at.to_string())));
    all.extend(dead_from.map(|arn| ("DeadLetterQueueSourceArn", arn)));
    let is_asked_for =
        |names: &[String], name: &str| names.iter().any(|asked| asked == "All" || asked == name);
    all.retain(|name, _| {
        is_asked_for(&request.message_system_attribute_names, name)
            || is_asked_for(&request.attribute_names, name)
    });
    all
}

/// Names may be asked for one by one, by prefix (`order.*`), or all at once (`All`, `.*`).
fn is_wanted(name: &str, asked: &[String]) -> bool {
    asked.iter().any(|asked| match asked.strip_suffix(".*") {
        Some(prefix) => name.starts_with(prefix),
        None => asked == "All" || asked == name,
    })
}
