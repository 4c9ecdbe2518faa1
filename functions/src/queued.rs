//! What a message on a queue is for, as operators are told it: ids, and nothing that a person wrote.

use domain::{
    TenantId, UserId,
    user::{Standing, standing},
    webhook::WebhookId,
};
use event_store::{Aggregates, DynamoEventStore, StoreError};
use futures_util::FutureExt as _;
use infra_aws::{documents::Documents, views::ViewError};

use crate::{
    commands::{users, webhooks as webhooks_of},
    imports::{self, ImportStore},
    replays,
    step_message::StepMessage,
    webhooks::{self, Delivery},
    worker::{Flagged, MailReport},
};

/// What a message is for, on whichever of the queues it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    Step(StepMessage),
    /// The mail provider says that the mail of a confirmation came back, or was not wanted.
    MailReport {
        tenant: TenantId,
        user: UserId,
        confirmation: u32,
    },
    /// A mail report of no consequence.
    OtherReport,
    /// A segment of a replay; without one, the job itself.
    Replay {
        job: String,
        segment: Option<u32>,
    },
    /// The rows of an import.
    Import {
        tenant: TenantId,
        import: String,
    },
    /// An event for a webhook.
    Webhook {
        tenant: TenantId,
        webhook: WebhookId,
        delivery: Delivery,
    },
    /// Nothing that a function here would understand.
    Unreadable,
}

impl Subject {
    /// Reads the body of a message as the functions do that take it off its queue.
    #[must_use]
    pub fn of(body: &str) -> Self {
        if let Ok(step) = serde_json::from_str(body) {
            return Self::Step(step);
        }
        if let Some((job, segment)) = replays::named(body) {
            return Self::Replay { job, segment };
        }
        if let Some((tenant, import)) = imports::named(body) {
            return Self::Import { tenant, import };
        }
        if let Some((tenant, webhook, delivery)) = webhooks::named(body) {
            return Self::Webhook { tenant, webhook, delivery };
        }
        match MailReport::read(body) {
            Some(MailReport::Flagged(Flagged { tenant, user, confirmation, .. })) => {
                Self::MailReport { tenant, user, confirmation }
            }
            Some(MailReport::Other) => Self::OtherReport,
            None => Self::Unreadable,
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::Step(step) => Some(step.user),
            Self::MailReport { user, .. } => Some(*user),
            Self::OtherReport
            | Self::Replay { .. }
            | Self::Import { .. }
            | Self::Webhook { .. }
            | Self::Unreadable => None,
        }
    }
}

/// What a message would still come to, if it was delivered now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// There is something to do.
    Pending,
    /// It was done, and that is recorded.
    Done,
    /// Its turn has passed: delivered, it changes nothing.
    Late,
    /// Nobody can tell beforehand.
    Unknown,
}

impl Worth {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Late => "late",
            Self::Unknown => "unknown",
        }
    }
}

/// Tells what messages are worth, from the streams of users and webhooks, the replay jobs and the imports. Only reads.
#[derive(Clone)]
pub struct Appraiser {
    users: Aggregates<domain::User>,
    jobs: Documents,
    imports: ImportStore,
    webhooks: Aggregates<domain::Webhook>,
}

/// The world cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum CannotAppraise {
    #[error(transparent)]
    Events(#[from] StoreError),
    #[error(transparent)]
    Jobs(#[from] ViewError),
}

impl Appraiser {
    #[must_use]
    pub fn new(events: &DynamoEventStore, jobs: Documents, imports: ImportStore) -> Self {
        Self { users: users(events), jobs, imports, webhooks: webhooks_of(events) }
    }

    /// # Errors
    /// [`CannotAppraise`].
    pub async fn worth(&self, subject: &Subject) -> Result<Worth, CannotAppraise> {
        Ok(match subject {
            Subject::Step(message) => {
                let user = message.user.to_string();
                let loaded = self.users.load(message.tenant.as_str(), &user).boxed().await?;
                match standing(&loaded.state, &message.step, message.epoch) {
                    Standing::Pending => Worth::Pending,
                    Standing::Done => Worth::Done,
                    Standing::Late => Worth::Late,
                }
            }
            Subject::Replay { job, .. } => match replays::state_of(&self.jobs, job).await? {
                Some(state) if state.phase().is_some() => Worth::Pending,
                Some(_) | None => Worth::Late,
            },
            Subject::Import { tenant, import } => {
                match imports::state_of(&self.imports, tenant, import).await? {
                    Some(state) if !state.is_over() => Worth::Pending,
                    Some(_) | None => Worth::Late,
                }
            }
            Subject::Webhook { tenant, webhook, .. } => {
                let id = webhook.to_string();
                let loaded = self.webhooks.load(tenant.as_str(), &id).boxed().await?;
                // Whether it has arrived before, the receiver tells by its id.
                match loaded.state.registration() {
                    Some(known) if known.is_enabled() => Worth::Pending,
                    Some(_) | None => Worth::Late,
                }
            }
            Subject::MailReport { .. } | Subject::OtherReport | Subject::Unreadable => Worth::Unknown,
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::{Epoch, user::Step};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_is_read_as_the_function_reads_it_that_takes_it() {
        let tenant = TenantId::parse("acme").unwrap();
        let user = UserId::derive(&tenant, "k");
        let step = StepMessage {
            tenant,
            user,
            step: Step::SendConfirmation(1),
            epoch: Epoch::FIRST,
            correlation_id: "c".into(),
            causation_id: "acme#user#1@1".into(),
            traceparent: None,
            requested_at: None,
        };
        assert_eq!(Subject::of(&step.to_body()), Subject::Step(step));
        let segment = json!({ "job": "user_directory-2", "segment": 3 }).to_string();
        let replay = Subject::Replay { job: "user_directory-2".into(), segment: Some(3) };
        assert_eq!((Subject::of(&segment), replay.user()), (replay, None));
        let import = json!({ "tenant": "acme", "import": "0f" }).to_string();
        let acme = TenantId::parse("acme").unwrap();
        assert_eq!(Subject::of(&import), Subject::Import { tenant: acme, import: "0f".into() });
        let delivery = Delivery::Test { id: "1".into() };
        let webhook = WebhookId::derive(&TenantId::parse("acme").unwrap(), "k");
        let sent = json!({ "tenant": "acme", "webhook": webhook, "delivery": delivery }).to_string();
        let acme = TenantId::parse("acme").unwrap();
        assert_eq!(Subject::of(&sent), Subject::Webhook { tenant: acme, webhook, delivery });
        let report = json!({ "source": "aws.ses", "detail": { "eventType": "Complaint", "mail": {
            "messageId": "1", "destination": ["alice@example.com"],
            "tags": { "tenant": ["acme"], "user": [user.to_string()], "confirmation": ["2"] } } } });
        let report = Subject::of(&report.to_string());
        assert_eq!(report.user(), Some(user));
        assert!(!format!("{report:?}").contains("alice"));
        for foreign in ["", "{}", "hello", r#"{"job":1}"#] {
            assert_eq!(Subject::of(foreign), Subject::Unreadable);
        }
    }
}
