use std::{
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use futures_util::future::BoxFuture;
use lettre::Message;
use tokio::{fs, io::AsyncWriteExt as _};

use super::{MailError, Mailer, MessageId};
use crate::clock::Clock;

/// Keeps mails as `.eml` files in a folder, which any mail program opens. One file for each mail that
/// was sent, so that a mail that went out twice is there twice.
#[derive(Debug)]
pub struct Outbox {
    folder: PathBuf,
    clock: Clock,
    /// Tells apart mails of the same instant.
    sent: AtomicU64,
}

impl Outbox {
    /// # Errors
    /// When the folder cannot be made.
    pub fn in_folder(folder: impl Into<PathBuf>, clock: Clock) -> io::Result<Self> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder, clock, sent: AtomicU64::new(0) })
    }

    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    async fn keep(&self, message: &Message) -> io::Result<MessageId> {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let name =
            format!("{}-{}-{number}", self.clock.now().format("%Y%m%dT%H%M%S%.3f"), std::process::id());
        let (part, whole) =
            (self.folder.join(format!("{name}.part")), self.folder.join(format!("{name}.eml")));
        let mut file = fs::File::create(&part).await?;
        file.write_all(&message.formatted()).await?;
        file.sync_all().await?;
        // A reader never sees half a mail, and a mail that was acknowledged survives a crash.
        fs::rename(&part, &whole).await?;
        Ok(name)
    }
}

impl Mailer for Outbox {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<MessageId, MailError>> {
        Box::pin(async move {
            self.keep(message).await.map_err(|error| MailError::Unavailable(error.kind().to_string()))
        })
    }
}
