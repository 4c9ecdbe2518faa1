use chrono::TimeDelta;
use infra_aws::{queue::SendError, views::ViewError};

use super::{Imports, Job, State, message::ImportMessage, store::Listed};

/// Before the watchdog takes an import for lost.
const SILENT_FOR: TimeDelta = TimeDelta::seconds(60);
/// No upload takes so long. What is listed of one that died is forgotten then.
const DEAD_AFTER: TimeDelta = TimeDelta::hours(1);

/// Imports could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum CannotNudge {
    #[error(transparent)]
    Store(#[from] ViewError),
    #[error(transparent)]
    Queue(#[from] SendError),
}

impl Imports {
    /// Sends out again what went silent. Answers how many messages that took. For the watchdog: messages are harmless
    /// when they come twice.
    ///
    /// # Errors
    /// [`CannotNudge`].
    pub async fn nudge(&self) -> Result<usize, CannotNudge> {
        let mut messages = Vec::new();
        for listed in self.store.active().await? {
            let job = self.store.job(&listed.tenant, &listed.id).await?.map(|job| job.content);
            let job = job.filter(|job| job.attempt == listed.attempt);
            match job.map_or(Need::Forget, |job| self.need(&job)) {
                Need::Message => messages.push(message(&listed).to_outgoing()),
                Need::Forget => self.store.forget_active(&listed).await?,
                Need::Nothing => {}
            }
        }
        self.queue.send(&messages).await?;
        Ok(messages.len())
    }

    fn need(&self, job: &Job) -> Need {
        let now = self.now();
        let silent_for = |time| !job.is_taken(now) && job.updated_at + time <= now;
        match job.state {
            State::Uploading if silent_for(DEAD_AFTER) => Need::Forget,
            State::Uploading => Need::Nothing,
            // Who ended it died before it was off the list.
            State::Running | State::Cancelling | State::Done | State::Cancelled | State::Stopped => {
                if silent_for(SILENT_FOR) {
                    Need::Message
                } else {
                    Need::Nothing
                }
            }
        }
    }
}

enum Need {
    Message,
    Forget,
    Nothing,
}

fn message(listed: &Listed) -> ImportMessage {
    ImportMessage { tenant: listed.tenant.clone(), import: listed.id.clone() }
}
