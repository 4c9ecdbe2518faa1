use clap::{Subcommand, ValueEnum};

use super::Data;

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Print a new key, as CONFIRMATION_KEY, CURSOR_KEY and WEBHOOK_KEY take it
    ///
    /// On AWS a rotation is three deployments of the secret: "{old},{new}", then "{new},{old}", then, when nothing
    /// of the old key is out any more, "{new}". See infra/runbooks/rotate-the-token-key.md.
    #[command(after_help = "Example: rollcall keys new")]
    New,
    /// Put a new key in the place of one of `rollcall dev`, which is not running; the old one stays good
    ///
    /// Whatever is new is made with the new key. Links, cursors and callers' tokens of the old key work on.
    #[command(after_help = "Example: rollcall keys rotate confirmation")]
    Rotate {
        key: Key,
        #[command(flatten)]
        data: Data,
    },
    /// End a rotation: forget the old key of `rollcall dev`, which is not running
    ///
    /// Cursors and callers' tokens of the old key stop working. Links that were sent work on, because only their hashes are compared; a
    /// mail that was claimed with the old key and is not sent yet fails, and a new link can be sent. A webhook whose secret is of the old key
    /// is disabled with the next event: rotate its secret before.
    #[command(after_help = "Example: rollcall keys drop-previous confirmation")]
    DropPrevious {
        key: Key,
        #[command(flatten)]
        data: Data,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Key {
    /// Derives the tokens in confirmation links
    Confirmation,
    /// Signs the cursors of lists
    Cursor,
    /// Derives the secrets of webhooks
    Webhook,
    /// Signs the tokens of the local issuer
    Issuer,
}
