use std::time::Duration;

use chrono::TimeDelta;
use domain::{
    TokenHash, User,
    user::{StepOutcome, UserCommand},
};
use event_store::{ExecuteError, StoreError};
use infra_aws::mail::MailError;

use super::{Worker, mail_text};
use crate::{
    confirmation_token::{self, Named},
    step_message::StepMessage,
};

/// How long a confirmation link works.
pub(super) const LIFETIME: TimeDelta = TimeDelta::days(3);
/// How long a worker that claimed a mail is left alone with it. As long as a message stays invisible:
/// when it comes again, the worker before has died.
const CLAIM_HOLDS: TimeDelta = TimeDelta::seconds(60);

/// How the sending of a confirmation went.
pub(super) enum Sending {
    Ended(StepOutcome),
    /// Somebody else is sending it, or died at it.
    HeldFor(Duration),
    /// The step's turn has passed: no mail went out.
    Superseded,
}

impl Worker {
    /// Claims the confirmation, then sends it. A worker that died after its claim is followed, once the
    /// claim has run out, by one that sends the identical link.
    pub(super) async fn send_confirmation(
        &self,
        message: &StepMessage,
        number: u32,
    ) -> Result<Sending, StoreError> {
        let named = Named { tenant: message.tenant.clone(), user: message.user, number };
        let token = confirmation_token::derive(&self.mail.key, &named);
        let now = self.commands.clock.now();
        let command = UserCommand::IssueConfirmation {
            step: message.step.clone(),
            epoch: message.epoch,
            token_hash: TokenHash::of(&token),
            expires_at: now + LIFETIME,
        };
        match self.command(message, "issue", command).await {
            Ok(executed) if executed.receipt.duplicate => self.send_again(message, &named, &token).await,
            Ok(executed) => Ok(Sending::Ended(self.send(&executed.state, &named, &token).await)),
            Err(ExecuteError::Rejected(rejection)) => {
                tracing::info!(%rejection, user.id = %message.user, "the confirmation is not wanted any more");
                Ok(Sending::Superseded)
            }
            Err(ExecuteError::Store(error)) => Err(error),
        }
    }

    /// The confirmation was claimed before. A claim answers with the state as of then, so where the user
    /// stands now is asked anew.
    async fn send_again(
        &self,
        message: &StepMessage,
        named: &Named,
        token: &str,
    ) -> Result<Sending, StoreError> {
        let user = self.commands.load_user(&message.tenant, message.user).await?;
        let Some(account) = user.account().filter(|_| super::is_pending(&user, message)) else {
            return Ok(Sending::Superseded);
        };
        let now = self.commands.clock.now();
        let issued = account.confirmation(named.number).and_then(|confirmation| confirmation.token.as_ref());
        let failed_before = account.tries.contains_key(&message.step);
        match issued.map(|token| (token.issued_at + CLAIM_HOLDS - now, token.expires_at)) {
            Some((holds, _)) if holds > TimeDelta::zero() && !failed_before => {
                Ok(Sending::HeldFor(holds.to_std().unwrap_or_default()))
            }
            // Nobody could use the link. The user says so, and an administrator can have a new one sent.
            Some((_, expires_at)) if expires_at <= now => {
                Ok(Sending::Ended(StepOutcome::Permanent { error: "confirmation-expired".into() }))
            }
            Some(_) | None => Ok(Sending::Ended(self.send(&user, named, token).await)),
        }
    }

    async fn send(&self, user: &User, named: &Named, token: &str) -> StepOutcome {
        let now = self.commands.clock.now();
        let account = user.account();
        let mail =
            account.and_then(|account| mail_text::confirmation(account, named, &self.mail, token, now));
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
