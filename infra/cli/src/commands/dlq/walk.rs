//! Walks over a dead-letter queue and leaves it as it was.

use std::{collections::HashSet, error::Error, time::Duration};

use aws_sdk_sqs::{Client, types::MessageSystemAttributeName};
use infra_aws::{logs::chain, queue::Queue};

use super::letter::Letter;
use crate::Failure;

/// For so long a message is hidden that was read, unless the walk ends before and shows it again. What is read
/// twice because a walk took longer is taken once.
const HIDDEN_SECONDS: i32 = 120;
/// A poll that waits asks every server of SQS; one that does not may miss what is there.
const WAIT_SECONDS: i32 = 1;

pub(super) struct Walk<'a> {
    sqs: &'a Client,
    dead_url: &'a str,
    seen: HashSet<String>,
    /// The receipts of what is to be shown again.
    held: Vec<String>,
}

impl<'a> Walk<'a> {
    pub(super) fn over(sqs: &'a Client, dead_url: &'a str) -> Self {
        Self { sqs, dead_url, seen: HashSet::new(), held: Vec::new() }
    }

    /// The next letters; none at the end of the queue.
    pub(super) async fn next(&mut self) -> Result<Vec<Letter>, Failure> {
        let receive = self.sqs.receive_message().queue_url(self.dead_url).max_number_of_messages(10);
        let receive = receive.visibility_timeout(HIDDEN_SECONDS).wait_time_seconds(WAIT_SECONDS);
        let receive = receive.message_system_attribute_names(MessageSystemAttributeName::All);
        let received = receive.message_attribute_names("All").send().await;
        let received = received.map_err(|error| failed("the dead letters cannot be read", &error))?;
        let messages = received.messages.unwrap_or_default();
        let handles = messages.iter().filter_map(|message| message.receipt_handle().map(str::to_owned));
        self.held.extend(handles);
        let letters = messages.into_iter().map(Letter::of);
        // Only what was read before is read once more when the walk takes longer than messages are hidden.
        Ok(letters.filter(|letter| self.seen.insert(letter.id().to_owned())).collect())
    }

    /// A letter that is gone from the queue need not be shown again.
    pub(super) fn forget(&mut self, letter: &Letter) {
        self.held.retain(|handle| Some(handle.as_str()) != letter.message.receipt_handle());
    }

    /// Shows again what was only read.
    pub(super) async fn end(self) {
        let shown: Vec<_> = self.held.into_iter().map(|handle| (handle, Duration::ZERO)).collect();
        Queue::new(self.sqs.clone(), self.dead_url).put_off(&shown).await;
    }
}

/// All letters of a queue, or the first ones.
pub(super) async fn read(sqs: &Client, dead_url: &str, limit: usize) -> Result<Vec<Letter>, Failure> {
    let mut walk = Walk::over(sqs, dead_url);
    let mut letters = Vec::new();
    let read = loop {
        match walk.next().await {
            Ok(next) if next.is_empty() => break Ok(()),
            Ok(next) => letters.extend(next),
            Err(failure) => break Err(failure),
        }
        if letters.len() >= limit {
            break Ok(());
        }
    };
    walk.end().await;
    letters.truncate(limit);
    read.map(|()| letters)
}

pub(super) fn failed(what: &str, error: &(dyn Error + 'static)) -> Failure {
    format!("{what}: {}", chain(error)).into()
}
