//! Mail, through one port: production has more than one provider.

mod outbox;

use futures_util::future::BoxFuture;
use lettre::Message;

pub use outbox::Outbox;

/// Hands mails to a provider.
///
/// A promise to callers: after `Ok` the provider has taken the mail; after [`MailError::Refused`] it
/// never will; after [`MailError::Unavailable`] it may or may not have. Sending the same message twice
/// may deliver it twice.
pub trait Mailer: Send + Sync {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<MessageId, MailError>>;
}

/// What the provider calls the message.
pub type MessageId = String;

/// A mail was not taken. The reasons hold no addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Worth trying again.
    #[error("the mail provider is unavailable: {0}")]
    Unavailable(String),
    /// No use trying again: the provider refuses this mail or its recipient.
    #[error("the mail provider refuses the mail: {0}")]
    Refused(String),
}
