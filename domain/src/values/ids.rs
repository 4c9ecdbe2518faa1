use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de::Error as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;
use uuid::Uuid;

use super::TenantId;

/// A user, for ever: never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(Uuid);

impl UserId {
    const NAMESPACE: Uuid = Uuid::from_u128(0x7d3c_1f5e_2a94_4c0b_9a61_52f0_6b8e_43d7);

    /// The id of the user that `command_id` creates in `tenant`: the same command always creates the
    /// same user, so a repeated create meets itself.
    #[must_use]
    pub fn derive(tenant: &TenantId, command_id: &str) -> Self {
        Self(Uuid::new_v5(&Self::NAMESPACE, format!("{tenant}\0{command_id}").as_bytes()))
    }
}

impl FromStr for UserId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Rises when older work on a user must no longer take effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Epoch(u32);

impl Epoch {
    pub const FIRST: Self = Self(1);

    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

/// SHA-256 of a confirmation token; all that is ever stored of one. Written as hex.
#[derive(Clone, Copy, Debug)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

// Constant-time, so that an answer's timing says nothing about how much of a guess was right.
impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenHash {}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for TokenHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let hex = String::deserialize(deserializer)?;
        let byte = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(byte).collect();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| D::Error::custom("a token hash is 64 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_command_in_one_tenant_makes_one_user() {
        let (acme, globex) = (TenantId::parse("acme").unwrap(), TenantId::parse("globex").unwrap());
        assert_eq!(UserId::derive(&acme, "k1"), UserId::derive(&acme, "k1"));
        assert_ne!(UserId::derive(&acme, "k1"), UserId::derive(&acme, "k2"));
        assert_ne!(UserId::derive(&acme, "k1"), UserId::derive(&globex, "k1"));
    }

    #[test]
    fn a_token_hash_survives_storage() {
        let hash = TokenHash::of("token");
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(serde_json::from_str::<TokenHash>(&json).unwrap(), hash);
        assert_ne!(hash, TokenHash::of("other"));
        assert!(serde_json::from_str::<TokenHash>("\"abc\"").is_err());
    }
}
