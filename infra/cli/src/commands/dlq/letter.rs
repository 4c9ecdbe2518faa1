//! A dead letter, as far as it may be shown.

use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::user::Step;
use functions::queued::{Appraiser, Subject, Worth};
use serde_json::{Value, json};

use crate::arguments::Redrive;

pub(super) struct Letter {
    pub message: Message,
    pub subject: Subject,
    pub sent_at: Option<DateTime<Utc>>,
}

impl Letter {
    pub(super) fn of(message: Message) -> Self {
        let subject = Subject::of(message.body().unwrap_or_default());
        let sent_at = time(&message, &MessageSystemAttributeName::SentTimestamp);
        Self { message, subject, sent_at }
    }

    pub(super) fn id(&self) -> &str {
        self.message.message_id().unwrap_or_default()
    }

    pub(super) fn age(&self, now: DateTime<Utc>) -> Duration {
        self.sent_at.and_then(|at| (now - at).to_std().ok()).unwrap_or_default()
    }

    /// What kind of message it is, as it is counted.
    pub(super) fn kind(&self) -> &'static str {
        match &self.subject {
            Subject::Step(step) => match step.step {
                Step::LinkRole(_) => "link_role",
                Step::SendConfirmation(_) => "send_confirmation",
                Step::NotifyEmailChange(_) => "notify_email_change",
            },
            Subject::MailReport { .. } | Subject::OtherReport => "mail_report",
            Subject::Replay { .. } => "replay",
            Subject::Import { .. } => "import",
            Subject::Webhook { .. } => "webhook",
            Subject::Unreadable => "unreadable",
        }
    }

    pub(super) fn is_selected(&self, by: &Redrive, now: DateTime<Utc>) -> bool {
        (by.messages.is_empty() || by.messages.iter().any(|id| id == self.id()))
            && by.user.is_none_or(|user| self.subject.user() == Some(user))
            && by.older_than.is_none_or(|age| self.age(now) > age)
    }

    pub(super) async fn worth(&self, appraiser: Option<&Appraiser>) -> &'static str {
        let Some(appraiser) = appraiser else { return Worth::Unknown.as_str() };
        // Who looks at dead letters does so because something is down.
        appraiser.worth(&self.subject).await.map_or("store unreachable", Worth::as_str)
    }

    /// Ids and numbers. The role in a step is named by an administrator, and is no personal data.
    pub(super) fn shown(&self, queue: &str, worth: &str) -> Value {
        let first = time(&self.message, &MessageSystemAttributeName::ApproximateFirstReceiveTimestamp);
        let [sent_at, first] = [self.sent_at, first].map(|at| at.map(text));
        let mut shown = json!({
            "id": self.id(), "queue": queue, "kind": self.kind(), "worth": worth, "sentAt": sent_at,
            "firstReceivedAt": first, "receives": self.receives(), "for": self.purpose(),
            "user": self.subject.user(),
        });
        if let Subject::Step(step) = &self.subject {
            shown["tenant"] = json!(step.tenant);
            shown["correlationId"] = json!(step.correlation_id);
            shown["causationId"] = json!(step.causation_id);
        }
        shown
    }

    fn purpose(&self) -> String {
        match &self.subject {
            Subject::Step(step) => format!("{} of {}#{}", step.step, step.tenant, step.user),
            Subject::MailReport { tenant, user, confirmation } => {
                format!("the mail of confirmation {confirmation} of {tenant}#{user} came back")
            }
            Subject::OtherReport => "a mail report of no consequence".into(),
            Subject::Replay { job, segment: Some(segment) } => format!("segment {segment} of {job}"),
            Subject::Replay { job, segment: None } => job.clone(),
            Subject::Import { import, .. } => format!("import {import}"),
            Subject::Webhook { tenant, webhook, delivery } => {
                format!("{delivery} for {tenant}#{webhook}")
            }
            Subject::Unreadable => {
                format!(
                    "{} bytes that no function understands",
                    self.message.body().unwrap_or_default().len()
                )
            }
        }
    }

    fn receives(&self) -> Option<u32> {
        attribute(&self.message, &MessageSystemAttributeName::ApproximateReceiveCount)?.parse().ok()
    }
}

fn attribute<'a>(message: &'a Message, name: &MessageSystemAttributeName) -> Option<&'a str> {
    message.attributes()?.get(name).map(String::as_str)
}

fn time(message: &Message, name: &MessageSystemAttributeName) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(attribute(message, name)?.parse().ok()?)
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The two largest units: `3 d 2 h`.
pub(super) fn for_people(age: Duration) -> String {
    let seconds = age.as_secs();
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let first = parts.iter().position(|(number, _)| *number > 0).unwrap_or(parts.len() - 1);
    let shown =
        parts.iter().skip(first).take(2).filter(|(number, _)| *number > 0 || first == parts.len() - 1);
    shown.map(|(number, unit)| format!("{number} {unit}")).collect::<Vec<_>>().join(" ")
}
