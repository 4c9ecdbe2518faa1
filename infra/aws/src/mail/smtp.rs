//! Mail over SMTP.
//!
//! The conversation is our own, on lettre's connection: its transport does not tell whom a 5xx is about,
//! waits for answers without a limit, and takes a connection back into its pool after a send was given up
//! in the middle, so that the next mail would read the answers of the one before.

mod conversation;
mod server;

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use lettre::Message;
use tokio::time::timeout;

use super::{MailError, Mailer, MessageId};
use conversation::Conversation;
use server::Server;

pub use server::BadSmtpUrl;

/// Much shorter than a worker's claim on a mail: who gives up has time to say so.
const PATIENCE: Duration = Duration::from_secs(10);

/// An SMTP server. One connection is kept open from mail to mail; a second mail at the same time opens
/// another. What a mail is called there is its Message-ID: a server's own words may repeat addresses.
pub struct Smtp {
    server: Server,
    patience: Duration,
    idle: Mutex<Option<Conversation>>,
}

impl Smtp {
    /// `smtps://user:password@host` is TLS from the start (port 465);
    /// `smtp://user:password@host?tls=required` is STARTTLS (587), `tls=opportunistic` STARTTLS if offered;
    /// `smtp://host` is no TLS at all (25). `…/name` is said in EHLO. User and password are percent-encoded.
    ///
    /// # Errors
    /// [`BadSmtpUrl`], which does not show the URL.
    pub fn at(url: &str) -> Result<Self, BadSmtpUrl> {
        Ok(Self { server: Server::parse(url)?, patience: PATIENCE, idle: Mutex::default() })
    }

    /// With another time limit for one mail, connecting included.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    async fn deliver(&self, message: &Message) -> Result<MessageId, MailError> {
        let mut conversation = match self.still_open().await {
            Some(open) => open,
            None => Conversation::begin(&self.server, self.patience).await?,
        };
        // After an error, or when its time is up, the conversation is dropped: nobody knows what the server
        // would answer next.
        conversation.send(message).await?;
        *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(conversation);
        let id = message.headers().get_raw("Message-ID").unwrap_or_default();
        Ok(id.trim_matches(['<', '>']).to_owned())
    }

    /// The kept connection, if somebody is at the other end: a function that was frozen wakes up with
    /// connections that are long dead.
    async fn still_open(&self) -> Option<Conversation> {
        let mut kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let alive = timeout(self.patience / 5, kept.is_alive()).await.unwrap_or(false);
        alive.then_some(kept)
    }
}

impl Mailer for Smtp {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<MessageId, MailError>> {
        Box::pin(async move {
            let too_late = |_| MailError::Unavailable("the server takes too long".into());
            timeout(self.patience, self.deliver(message)).await.map_err(too_late)?
        })
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("server", &self.server).finish_non_exhaustive()
    }
}
