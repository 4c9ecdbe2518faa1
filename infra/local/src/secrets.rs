//! The local stack's own secrets: made at the first start, kept beside the data.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use hmac::{Hmac, KeyInit as _, Mac as _};
use infra_aws::environment::{KeyRing, SecretKey};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

const FILE: &str = "secrets.json";

/// What the functions have in their environment, and the gateway's issuer.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// Keys the hashes of claimed values. Must not change while the data lives.
    pub claim_key: SecretKey,
    /// Derive the tokens in confirmation links.
    pub confirmation_keys: KeyRing,
    /// Sign the cursors of lists. Not kept until they are rotated: the first follows from the first confirmation
    /// key.
    pub cursor_keys: KeyRing,
    /// Derive the secrets of webhooks.
    pub webhook_keys: KeyRing,
    /// Seeds of the keys that sign the callers' tokens (Ed25519).
    pub issuer_keys: KeyRing,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    claim_key: String,
    confirmation_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    webhook_key: Option<String>,
    /// Named as when there was but one.
    issuer_seed: String,
}

/// The keys that can be rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    Confirmation,
    Cursor,
    Webhook,
    Issuer,
}

/// Why a rotation takes no further step.
#[derive(Debug, thiserror::Error)]
pub enum NotRotated {
    #[error(
        "a rotation is under way: what was made with the other key would stop working; drop that key first"
    )]
    UnderWay,
    #[error("no rotation is under way: there is only one key")]
    NoOther,
    #[error("the secrets cannot be changed: {0}")]
    Io(#[from] io::Error),
}

impl Secrets {
    /// The secrets below `folder`; made now if there are none.
    ///
    /// # Errors
    /// When the folder cannot be written, or the file is not what this program wrote.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        make_folder(folder)?;
        let file = folder.join(FILE);
        if !file.exists() {
            Self::drawn()?.keep(folder)?;
        }
        let kept: Kept = serde_json::from_slice(&fs::read(&file)?)?;
        kept.read().ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", file.display()))
        })
    }

    /// New ones, from the operating system's randomness.
    ///
    /// # Errors
    /// When it has none to give.
    pub fn drawn() -> io::Result<Self> {
        let confirmation_key = draw()?;
        let cursor_keys = derived(&confirmation_key, CURSOR).into();
        let webhook_keys = draw()?.into();
        let confirmation_keys = confirmation_key.into();
        let issuer_keys = draw()?.into();
        Ok(Self { claim_key: draw()?, confirmation_keys, cursor_keys, webhook_keys, issuer_keys })
    }

    /// Puts a new key before the one that is there; what was made with that one stays good. Running functions know
    /// of it when they are started anew.
    ///
    /// # Errors
    /// [`NotRotated`]: a third key, for one.
    pub fn rotate(folder: &Path, which: Rotated) -> Result<(), NotRotated> {
        let mut secrets = Self::in_folder(folder)?;
        let ring = secrets.ring(which);
        if ring.other.is_some() {
            return Err(NotRotated::UnderWay);
        }
        ring.other = Some(std::mem::replace(&mut ring.current, draw()?));
        Ok(secrets.replace(folder)?)
    }

    /// Ends a rotation: what was made with the older key stops working.
    ///
    /// # Errors
    /// [`NotRotated`]: there is but one key, for one.
    pub fn drop_other(folder: &Path, which: Rotated) -> Result<(), NotRotated> {
        let mut secrets = Self::in_folder(folder)?;
        secrets.ring(which).other.take().ok_or(NotRotated::NoOther)?;
        Ok(secrets.replace(folder)?)
    }

    fn ring(&mut self, which: Rotated) -> &mut KeyRing {
        match which {
            Rotated::Confirmation => &mut self.confirmation_keys,
            Rotated::Cursor => &mut self.cursor_keys,
            Rotated::Webhook => &mut self.webhook_keys,
            Rotated::Issuer => &mut self.issuer_keys,
        }
    }

    /// Whole or not at all, and never over another process's: the first one to link its file wins.
    fn keep(&self, folder: &Path) -> io::Result<()> {
        let part = self.write(folder)?;
        let linked = fs::hard_link(&part, folder.join(FILE));
        fs::remove_file(&part)?;
        match linked {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    }

    /// Whole or not at all, in the place of what is there.
    fn replace(&self, folder: &Path) -> io::Result<()> {
        fs::rename(self.write(folder)?, folder.join(FILE))
    }

    fn write(&self, folder: &Path) -> io::Result<PathBuf> {
        let part = folder.join(format!("{FILE}.{}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        file.write_all(&serde_json::to_vec_pretty(&Kept::of(self))?)?;
        file.sync_all()?;
        Ok(part)
    }
}

impl Kept {
    fn of(secrets: &Secrets) -> Self {
        let first = KeyRing::from(derived(&secrets.confirmation_keys.current, CURSOR));
        let cursor_keys = &secrets.cursor_keys;
        Self {
            claim_key: secrets.claim_key.to_base64(),
            confirmation_key: secrets.confirmation_keys.to_text(),
            cursor_key: (*cursor_keys != first).then(|| cursor_keys.to_text()),
            webhook_key: Some(secrets.webhook_keys.to_text()),
            issuer_seed: secrets.issuer_keys.to_text(),
        }
    }

    fn read(&self) -> Option<Secrets> {
        let confirmation_keys = KeyRing::parse(&self.confirmation_key)?;
        let cursor_keys = match &self.cursor_key {
            Some(text) => KeyRing::parse(text)?,
            None => derived(&confirmation_keys.current, CURSOR).into(),
        };
        let webhook_keys = match &self.webhook_key {
            Some(text) => KeyRing::parse(text)?,
            // Of an earlier release. The claim key stays what it is, and so does what follows from it.
            None => derived(&SecretKey::parse(&self.claim_key)?, WEBHOOK).into(),
        };
        Some(Secrets {
            claim_key: SecretKey::parse(&self.claim_key)?,
            confirmation_keys,
            cursor_keys,
            webhook_keys,
            issuer_keys: KeyRing::parse(&self.issuer_seed)?,
        })
    }
}

/// What keys that were not drawn are for.
const CURSOR: &[u8] = b"cursor key";
const WEBHOOK: &[u8] = b"webhook key";

fn derived(key: &SecretKey, purpose: &[u8]) -> SecretKey {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).expect("HMAC takes keys of any length");
    mac.update(purpose);
    SecretKey::new(mac.finalize().into_bytes().into())
}

/// Makes a folder that only its owner can look into: mails, logs and data of people lie in it.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// 32 bytes of the operating system's randomness.
///
/// # Errors
/// When it has none to give.
pub fn draw() -> io::Result<SecretKey> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(SecretKey::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_made_once_and_for_the_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let first = Secrets::in_folder(folder.path()).unwrap();
        let again = Secrets::in_folder(folder.path()).unwrap();
        assert_eq!(first.issuer_keys, again.issuer_keys);
        assert_ne!(first.claim_key, first.confirmation_keys.current);
        assert_eq!(first.cursor_keys, again.cursor_keys);
        assert_ne!(first.cursor_keys, first.confirmation_keys);
        assert_eq!(first.webhook_keys, again.webhook_keys);
        assert_eq!(fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_rotation_keeps_the_old_key_until_it_is_dropped_and_touches_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let first = Secrets::in_folder(folder.path()).unwrap();
        Secrets::rotate(folder.path(), Rotated::Confirmation).unwrap();
        let turned = Secrets::in_folder(folder.path()).unwrap();
        assert_eq!(turned.confirmation_keys.other, Some(first.confirmation_keys.current.clone()));
        assert_ne!(turned.confirmation_keys.current, first.confirmation_keys.current);
        assert_eq!((&turned.claim_key, &turned.cursor_keys), (&first.claim_key, &first.cursor_keys));
        let again = Secrets::rotate(folder.path(), Rotated::Confirmation);
        assert!(matches!(again, Err(NotRotated::UnderWay)));

        Secrets::rotate(folder.path(), Rotated::Cursor).unwrap();
        Secrets::rotate(folder.path(), Rotated::Issuer).unwrap();
        let issuer_keys = Secrets::in_folder(folder.path()).unwrap().issuer_keys;
        assert_eq!(issuer_keys.other, Some(first.issuer_keys.current.clone()));
        Secrets::rotate(folder.path(), Rotated::Webhook).unwrap();
        for which in [Rotated::Confirmation, Rotated::Cursor, Rotated::Issuer, Rotated::Webhook] {
            Secrets::drop_other(folder.path(), which).unwrap();
            assert!(matches!(Secrets::drop_other(folder.path(), which), Err(NotRotated::NoOther)));
        }
        let last = Secrets::in_folder(folder.path()).unwrap();
        assert_eq!(last.confirmation_keys, turned.confirmation_keys.current.into());
        assert_ne!(last.cursor_keys, first.cursor_keys);
        assert_ne!(last.webhook_keys, first.webhook_keys);
        assert_eq!(last.issuer_keys, issuer_keys.current.into());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_file_is_an_error_and_not_a_new_key() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), r#"{"claimKey":"","confirmationKey":"","issuerSeed":""}"#)
            .unwrap();
        assert_eq!(Secrets::in_folder(folder.path()).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
