//! Mail, through one port: production has more than one provider.

mod outbox;
mod select;
mod ses;
mod smtp;

use futures_util::future::BoxFuture;
use lettre::Message;

pub use outbox::Outbox;
pub use select::from_environment;
pub use ses::Ses;
pub use smtp::{BadSmtpUrl, Smtp};

/// Hands mails to a provider.
///
/// A promise to callers: after `Ok` the provider has taken the mail; after [`MailError::Refused`] it
/// never will; after [`MailError::Unavailable`] it may or may not have. Sending the same message twice
/// may deliver it twice.
pub trait Mailer: Send + Sync {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<MessageId, MailError>>;
}

/// What the message is called at the provider: there, a bounce can be traced back to it.
pub type MessageId = String;

/// A mail was not taken. The reasons hold no addresses and no credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Worth trying again: the provider cannot be reached, is busy, or does not accept *us*. What is wrong
    /// with an account, a sender or a setting is no fault of the recipient's.
    #[error("the mail provider is unavailable: {0}")]
    Unavailable(String),
    /// No use trying again: the provider refuses this mail or its recipient.
    #[error("the mail provider refuses the mail: {0}")]
    Refused(String),
}
