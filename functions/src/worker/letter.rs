use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    MailKind, TokenHash, User,
    tenant::Settings,
    user::{Account, NoticeState, StepOutcome, UserCommand},
};
use event_store::{ExecuteError, StoreError};
use infra_aws::mail::MailError;
use lettre::Message;

use super::{
    Worker,
    mail_text::{self, Recipient},
};
use crate::{
    confirmation_token::{self, Named},
    step_message::StepMessage,
};

/// How long a worker that claimed a mail is left alone with it. As long as a message stays invisible:
/// when it comes again, the worker before has died.
const CLAIM_HOLDS: TimeDelta = TimeDelta::seconds(60);

/// A mail that is to go out once: claimed by a commit, sent, reported.
pub(super) enum Letter {
    /// The confirmation of this number, with its link.
    Confirmation(Named),
    /// Tells the old address that another was asked for; its number is the version of that one.
    Notice(Named),
}

/// How the sending of a letter went.
pub(super) enum Sending {
    Ended(StepOutcome),
    /// Somebody else is sending it, or died at it.
    HeldFor(Duration),
    /// The step's turn has passed: no mail went out.
    Superseded,
}

impl Worker {
    /// Claims the letter, then sends it. A worker that died after its claim is followed, once the claim has
    /// run out, by one that sends the identical letter.
    pub(super) async fn send(&self, message: &StepMessage, letter: &Letter) -> Result<Sending, StoreError> {
        let settings = self.commands.load_tenant(&message.tenant).await?.settings;
        match self.command(message, "issue", self.claim(message, letter, &settings)).await {
            // Whoever recorded nothing has claimed nothing: somebody else did, or this very command long ago.
            Ok(executed) if executed.receipt.duplicate || executed.receipt.events == 0 => {
                self.send_again(message, letter, &settings).await
            }
            Ok(executed) => Ok(Sending::Ended(self.hand_over(&executed.state, letter, &settings).await)),
            Err(ExecuteError::Rejected(rejection)) => {
                tracing::info!(%rejection, "the mail is not wanted any more");
                Ok(Sending::Superseded)
            }
            Err(ExecuteError::Store(error)) => Err(error),
        }
    }

    fn claim(&self, message: &StepMessage, letter: &Letter, settings: &Settings) -> UserCommand {
        let (step, epoch) = (message.step.clone(), message.epoch);
        match letter {
            Letter::Confirmation(named) => UserCommand::IssueConfirmation {
                step,
                epoch,
                token_hash: TokenHash::of(&confirmation_token::derive(&self.mail.keys.current, named)),
                expires_at: self.commands.clock.now() + settings.confirmation_lifetime.as_duration(),
            },
            Letter::Notice(_) => UserCommand::IssueNotice { step, epoch },
        }
    }

    /// The letter was claimed before. A claim answers with the state as of then, so where the user
    /// stands now is asked anew.
    async fn send_again(
        &self,
        message: &StepMessage,
        letter: &Letter,
        settings: &Settings,
    ) -> Result<Sending, StoreError> {
        let user = self.commands.load_user(&message.tenant, message.user).await?;
        let Some(account) = user.account().filter(|_| super::is_pending(&user, message)) else {
            return Ok(Sending::Superseded);
        };
        let now = self.commands.clock.now();
        let failed_before = account.tries.contains_key(&message.step);
        match letter.times(account) {
            Some((issued_at, _)) if issued_at + CLAIM_HOLDS > now && !failed_before => {
                let holds = issued_at + CLAIM_HOLDS - now;
                Ok(Sending::HeldFor(holds.to_std().unwrap_or_default()))
            }
            // Nobody could use the link. The user says so, and an administrator can have a new one sent.
            Some((_, Some(expires_at))) if expires_at <= now => {
                Ok(Sending::Ended(StepOutcome::Permanent { error: "confirmation-expired".into() }))
            }
            Some(_) | None => Ok(Sending::Ended(self.hand_over(&user, letter, settings).await)),
        }
    }

    async fn hand_over(&self, user: &User, letter: &Letter, settings: &Settings) -> StepOutcome {
        let mail = match user.account().map(|account| self.compose(account, letter, settings)) {
            Some(Ok(mail)) => mail,
            Some(Err(unwritable)) => return unwritable.outcome(),
            None => return Unwritable::Nobody.outcome(),
        };
        match self.mailer.send(&mail).await {
            Ok(message_id) => StepOutcome::Succeeded { message_id: Some(message_id) },
            Err(error) => failed(&error),
        }
    }

    fn compose(
        &self,
        account: &Account,
        letter: &Letter,
        settings: &Settings,
    ) -> Result<Message, Unwritable> {
        let (display_name, now) = (&account.personal.display_name, self.commands.clock.now());
        let mail = match letter {
            Letter::Confirmation(named) => {
                let to = Recipient { display_name, email: account.email_to_confirm().0 };
                let template = settings.template(MailKind::Confirmation);
                // Of the claim, so that every try says the same.
                let issued =
                    account.confirmation(named.number).and_then(|confirmation| confirmation.token.as_ref());
                let issued = issued.ok_or(Unwritable::Nobody)?;
                let token = confirmation_token::derive_again(&self.mail.keys, named, issued.hash);
                let token = token.ok_or(Unwritable::UnknownKey)?;
                let lifetime = issued.expires_at - issued.issued_at;
                mail_text::confirmation(&to, named, &self.mail, &template, &token, lifetime, now)
            }
            Letter::Notice(named) => {
                let notice = account.notice(named.number).ok_or(Unwritable::Nobody)?;
                let to = Recipient { display_name, email: &notice.to };
                let template = settings.template(MailKind::EmailChange);
                mail_text::email_change(&to, &notice.new, named, &self.mail, &template, now)
            }
        };
        mail.ok_or(Unwritable::Nobody)
    }
}

/// Why there is no mail to send.
enum Unwritable {
    /// Nobody can be written to, or not so.
    Nobody,
    /// The link was claimed with a key that this worker does not have.
    UnknownKey,
}

impl Unwritable {
    fn outcome(&self) -> StepOutcome {
        match self {
            Self::Nobody => StepOutcome::Permanent { error: "mail-unwritable".into() },
            // In the middle of a rotation another worker has it. If it was dropped too early, the last try ends
            // the step, and an administrator can have a new link sent.
            Self::UnknownKey => {
                tracing::error!(
                    "a link was claimed with a key that is not in CONFIRMATION_KEY: its mail cannot be repeated"
                );
                StepOutcome::Retryable { error: "confirmation-key-unknown".into() }
            }
        }
    }
}

impl Letter {
    /// When it was claimed, and until when it is of use.
    fn times(&self, account: &Account) -> Option<(DateTime<Utc>, Option<DateTime<Utc>>)> {
        match self {
            Self::Confirmation(named) => {
                let token = account.confirmation(named.number)?.token.as_ref()?;
                Some((token.issued_at, Some(token.expires_at)))
            }
            Self::Notice(named) => match account.notice(named.number)?.state {
                NoticeState::Issued { at } => Some((at, None)),
                NoticeState::Requested | NoticeState::Ended => None,
            },
        }
    }
}

fn failed(error: &MailError) -> StepOutcome {
    tracing::warn!(%error, "the mail was not taken");
    match error {
        MailError::Unavailable(_) => StepOutcome::Retryable { error: "mail-unavailable".into() },
        MailError::Refused(_) => StepOutcome::Permanent { error: "mail-refused".into() },
    }
}
