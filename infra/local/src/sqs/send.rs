//! Sending.

use serde::{Deserialize, Serialize};

use super::{
    batch::{Batch, Entry, Outcome, each},
    digest,
    error::{Code, SqsError},
    message::{self, Attribute, Attributes},
    queue::Queue,
    settings::{LONGEST_DELAY, ONE_MEBIBYTE},
    store::Call,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessage {
    queue_url: String,
    #[serde(flatten)]
    message: Outgoing,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Outgoing {
    message_body: String,
    #[serde(default)]
    message_attributes: Attributes,
    delay_seconds: Option<u32>,
    /// Only here to be refused: dropping a trace header silently would be a riddle to whoever sent it.
    #[serde(default)]
    message_system_attributes: Attributes,
}

#[derive(Serialize)]
pub(super) struct Sent {
    #[serde(rename = "MessageId")]
    id: String,
    #[serde(rename = "MD5OfMessageBody")]
    md5_of_body: String,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_attributes: Option<String>,
}

pub(super) fn one(call: &Call<'_>, request: &SendMessage) -> Result<Sent, SqsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    send(call, &queue, &request.message)
}

pub(super) fn batch(call: &Call<'_>, request: &Batch<Outgoing>) -> Result<Outcome<Sent>, SqsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    check_total(&request.entries)?;
    each(&request.entries, |message| send(call, &queue, message))
}

fn send(call: &Call<'_>, queue: &Queue, message: &Outgoing) -> Result<Sent, SqsError> {
    check(queue, message)?;
    let delay = message.delay_seconds.unwrap_or(queue.settings.delay);
    let id = message::insert(call, queue, &message.message_body, &message.message_attributes, delay)?;
    Ok(Sent {
        id,
        md5_of_body: digest::of_body(&message.message_body),
        md5_of_attributes: digest::of_attributes(&message.message_attributes),
    })
}

fn check(queue: &Queue, message: &Outgoing) -> Result<(), SqsError> {
    if !message.message_system_attributes.is_empty() {
        let text = "Message system attributes (the X-Ray trace header) are not kept by this endpoint.";
        return Err(SqsError::new(Code::UnsupportedOperation, text));
    }
    if let Some(delay) = message.delay_seconds.filter(|delay| *delay > LONGEST_DELAY) {
        return Err(SqsError::invalid_value(delay, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900."));
    }
    check_body(&message.message_body)?;
    check_attributes(&message.message_attributes)?;
    let largest = queue.settings.largest;
    if message.size() > largest as usize {
        let text = format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {largest} bytes."
        );
        return Err(SqsError::new(Code::InvalidParameterValue, text));
    }
    Ok(())
}

fn check_body(body: &str) -> Result<(), SqsError> {
    if body.is_empty() {
        let text = "The request must contain the parameter MessageBody.";
        return Err(SqsError::new(Code::MissingParameter, text));
    }
    if !body.chars().all(is_allowed) {
        let text = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | \
                    #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.";
        return Err(SqsError::new(Code::InvalidMessageContents, text));
    }
    Ok(())
}

fn check_total(entries: &[Entry<Outgoing>]) -> Result<(), SqsError> {
    let total: usize = entries.iter().map(|entry| entry.content.size()).sum();
    if total <= ONE_MEBIBYTE as usize {
        return Ok(());
    }
    let message =
        format!("Batch requests cannot be longer than {ONE_MEBIBYTE} bytes. You have sent {total} bytes.");
    Err(SqsError::new(Code::BatchRequestTooLong, message))
}

fn check_attributes(attributes: &Attributes) -> Result<(), SqsError> {
    if attributes.len() > 10 {
        let reason = "The number of message attributes exceeds the limit of 10.";
        return Err(SqsError::invalid_value(attributes.len(), "MessageAttributes", reason));
    }
    match attributes.iter().find(|(_, attribute)| !attribute.is_complete()) {
        None => Ok(()),
        Some((name, _)) => {
            let reason = "It needs a data type (String, Number or Binary) and a value of that type.";
            Err(SqsError::invalid_value(name, "MessageAttributes", reason))
        }
    }
}

/// What XML 1.0 can hold, because SQS once spoke XML.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..)
}

impl Outgoing {
    /// In bytes, as SQS bills and limits it: attributes count too.
    fn size(&self) -> usize {
        let attribute = |(name, attribute): (&String, &Attribute)| {
            name.len() + attribute.data_type.len() + attribute.transported().1.len()
        };
        self.message_body.len() + self.message_attributes.iter().map(attribute).sum::<usize>()
    }
}

impl Attribute {
    fn is_complete(&self) -> bool {
        // A label after the type ("Number.int") is the sender's own affair.
        match self.data_type.split('.').next() {
            Some("String" | "Number") => self.transported().0 == 1 && !self.transported().1.is_empty(),
            Some("Binary") => self.transported().0 == 2 && !self.transported().1.is_empty(),
            _ => false,
        }
    }
}
