//! What a running `rollcall dev` leaves in its folder for the other commands.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use infra_local::{
    issuer::Issuer,
    secrets::{self, Secrets},
};
use serde::{Deserialize, Serialize};

use crate::Failure;

const ADDRESSES: &str = "addresses.json";
const LOCK: &str = "lock";
const LOG: &str = "log.ndjson";
const OLD_LOG: &str = "log.1.ndjson";

/// The files that logs are written to: the older one, which may not be there, and the present one.
pub(crate) fn logs(folder: &Path) -> [PathBuf; 2] {
    [folder.join(OLD_LOG), folder.join(LOG)]
}

/// Where the parts of a running backend are reached.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Addresses {
    pub api: String,
    pub dynamodb: String,
    pub sqs: String,
    /// Whose tokens the backend accepts, if not those of the local issuer.
    #[serde(default)]
    pub provider: Option<String>,
}

impl Addresses {
    pub(crate) fn write(&self, folder: &Path) -> Result<(), Failure> {
        Ok(fs::write(folder.join(ADDRESSES), serde_json::to_vec_pretty(self)?)?)
    }

    pub(crate) fn read(folder: &Path) -> Result<Self, Failure> {
        let missing =
            |_| format!("no backend runs in {}: start it with `rollcall dev --data {0}`", folder.display());
        Ok(serde_json::from_slice(&fs::read(folder.join(ADDRESSES)).map_err(missing)?)?)
    }
}

/// The issuer of the backend that runs in the folder, or ran there last: its name is where that backend is.
pub(crate) fn issuer(folder: &Path) -> Result<Issuer, Failure> {
    let addresses = Addresses::read(folder)?;
    if let Some(provider) = addresses.provider {
        return Err(format!(
            "the backend accepts the tokens of {provider}; ask there for one, and give it with --token or ROLLCALL_TOKEN"
        )
        .into());
    }
    Ok(Issuer::new(&Secrets::in_folder(folder)?.issuer_keys, &addresses.api))
}

/// Held while a backend runs: two backends on one folder would deliver each other's work. The operating
/// system lets go of it when the process ends, however it ends.
pub(crate) fn lock(folder: &Path) -> Result<File, Failure> {
    secrets::make_folder(folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    let file = File::create(folder.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(format!("another `rollcall dev` uses {}; end it or choose another --data", folder.display())
                .into())
        }
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}
