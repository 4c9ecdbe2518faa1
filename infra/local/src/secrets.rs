//! The local stack's own secrets: made at the first start, kept beside the data.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use hmac::{Hmac, KeyInit as _, Mac as _};
use infra_aws::environment::SecretKey;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

const FILE: &str = "secrets.json";

/// Keys that must not change while the data lives.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// Keys the hashes of claimed values.
    pub claim_key: SecretKey,
    /// Derives the tokens in confirmation links.
    pub confirmation_key: SecretKey,
    /// Signs the cursors of lists. Not kept: it follows from the confirmation key, also where that is older.
    pub cursor_key: SecretKey,
    /// Seed of the key that signs the callers' tokens (Ed25519).
    pub issuer_seed: SecretKey,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    claim_key: String,
    confirmation_key: String,
    issuer_seed: String,
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
        let key = |text: &str| {
            let broken =
                || io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", file.display()));
            SecretKey::parse(text).ok_or_else(broken)
        };
        let confirmation_key = key(&kept.confirmation_key)?;
        Ok(Self {
            claim_key: key(&kept.claim_key)?,
            cursor_key: cursor_key(&confirmation_key),
            confirmation_key,
            issuer_seed: key(&kept.issuer_seed)?,
        })
    }

    /// New ones, from the operating system's randomness.
    ///
    /// # Errors
    /// When it has none to give.
    pub fn drawn() -> io::Result<Self> {
        let confirmation_key = draw()?;
        let cursor_key = cursor_key(&confirmation_key);
        Ok(Self { claim_key: draw()?, confirmation_key, cursor_key, issuer_seed: draw()? })
    }

    /// Whole or not at all, and never over another process's: the first one to link its file wins.
    fn keep(&self, folder: &Path) -> io::Result<()> {
        let kept = Kept {
            claim_key: self.claim_key.to_base64(),
            confirmation_key: self.confirmation_key.to_base64(),
            issuer_seed: self.issuer_seed.to_base64(),
        };
        let part = folder.join(format!("{FILE}.{}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        file.write_all(&serde_json::to_vec_pretty(&kept)?)?;
        file.sync_all()?;
        let linked = fs::hard_link(&part, folder.join(FILE));
        fs::remove_file(&part)?;
        match linked {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    }
}

fn cursor_key(confirmation_key: &SecretKey) -> SecretKey {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(confirmation_key.bytes()).expect("HMAC takes keys of any length");
    mac.update(b"cursor key");
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
        assert_eq!(first.issuer_seed, again.issuer_seed);
        assert_ne!(first.claim_key, first.confirmation_key);
        assert_eq!(first.cursor_key, again.cursor_key);
        assert_ne!(first.cursor_key, first.confirmation_key);
        assert_eq!(fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
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
