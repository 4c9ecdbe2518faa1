use chrono::TimeDelta;
use domain::{
    Rejection, TokenHash, User,
    user::{StepOutcome, UserCommand},
};
use event_store::{ExecuteError, StoreError};
use infra_aws::mail::MailError;

use super::{Named, Worker, mail_text, token};
use crate::step_message::StepMessage;

/// How long a confirmation link works.
const LIFETIME: TimeDelta = TimeDelta::hours(72);

impl Worker {
    /// Claims the confirmation, then sends it. `None` when the step's turn has passed: then no mail
    /// goes out. A worker that died after its claim is followed by one that sends the identical link.
    pub(super) async fn send_confirmation(
        &self,
        message: &StepMessage,
        number: u32,
    ) -> Result<Option<StepOutcome>, StoreError> {
        let named = Named { tenant: message.tenant.clone(), user: message.user, number };
        let token = token::derive(&self.mail.key, &named);
        match self.claim(message, &token).await {
            Ok(Some(user)) => Ok(Some(self.send(&user, &named, &token).await)),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The claim is refused once the user's epoch has moved on.
    async fn claim(&self, message: &StepMessage, token: &str) -> Result<Option<User>, StoreError> {
        let command = UserCommand::IssueConfirmation {
            step: message.step.clone(),
            epoch: message.epoch,
            token_hash: TokenHash::of(token),
            expires_at: self.commands.clock.now() + LIFETIME,
        };
        let id = format!("{}/issue", message.step_id());
        match self.command(message, id, command).await {
            // A repeated claim answers with the state as of the first: ask again where the user stands.
            Ok(executed) if executed.receipt.duplicate => self.still_pending(message).await,
            Ok(executed) => Ok(Some(executed.state)),
            Err(ExecuteError::Rejected(Rejection::StepNotPending | Rejection::UserUnknown)) => Ok(None),
            Err(ExecuteError::Rejected(rejection)) => {
                tracing::error!(%rejection, user.id = %message.user, "a confirmation could not be claimed");
                Ok(None)
            }
            Err(ExecuteError::Store(error)) => Err(error),
        }
    }

    async fn still_pending(&self, message: &StepMessage) -> Result<Option<User>, StoreError> {
        let user = self.commands.load_user(&message.tenant, message.user).await?;
        Ok(super::is_pending(&user, message).then_some(user))
    }

    async fn send(&self, user: &User, named: &Named, token: &str) -> StepOutcome {
        let link = format!("{}{token}", self.mail.link);
        let now = self.commands.clock.now();
        let account = user.account();
        let mail =
            account.and_then(|account| mail_text::confirmation(account, named, &self.mail.from, &link, now));
        let Some(mail) = mail else {
            return StepOutcome::Permanent { error: "mail-unwritable".into() };
        };
        match self.mailer.send(&mail).await {
            Ok(message_id) => StepOutcome::Succeeded { message_id: Some(message_id) },
            Err(error) => failed(&error),
        }
    }
}

fn failed(error: &MailError) -> StepOutcome {
    tracing::warn!(%error, "the confirmation was not taken");
    match error {
        MailError::Unavailable(_) => StepOutcome::Retryable { error: "mail-unavailable".into() },
        MailError::Refused(_) => StepOutcome::Permanent { error: "mail-refused".into() },
    }
}
