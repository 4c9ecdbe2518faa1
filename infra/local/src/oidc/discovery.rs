use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use super::{
    fetch::{Fetch, FetchError},
    key::Key,
};

/// Where a provider describes itself, below its issuer (OpenID Connect Discovery 1.0, 4).
pub const CONFIGURATION_PATH: &str = "/.well-known/openid-configuration";

/// The way to a provider's keys.
pub(super) struct Discovery {
    pub(super) issuer: String,
    pub(super) fetch: Arc<dyn Fetch>,
}

/// The keys of a provider: those with which this program can verify.
pub(super) struct Found {
    pub(super) keys: Vec<Key>,
    pub(super) max_age: Option<Duration>,
}

/// Why the provider's keys were not found.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotFound {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("{0} is not the JSON that it should be")]
    Unreadable(String, #[source] serde_json::Error),
    #[error("the provider at {expected} says that it is {said}")]
    OtherIssuer { expected: String, said: String },
    #[error("the provider's keys are at {0}, which is neither https nor on this machine")]
    Unsafe(String),
}

#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl Discovery {
    /// Reads where the keys are and then the keys: they may have moved since the last time.
    pub(super) async fn keys(&self) -> Result<Found, NotFound> {
        let url = format!("{}{CONFIGURATION_PATH}", self.issuer.trim_end_matches('/'));
        let document = self.fetch.get(&url).await?;
        let configuration: Configuration =
            serde_json::from_slice(&document.body).map_err(|error| NotFound::Unreadable(url, error))?;
        // Or a provider could speak for another one.
        if configuration.issuer != self.issuer {
            return Err(NotFound::OtherIssuer { expected: self.issuer.clone(), said: configuration.issuer });
        }
        let url = configuration.jwks_uri;
        if !is_safe(&url) {
            return Err(NotFound::Unsafe(url));
        }
        let document = self.fetch.get(&url).await?;
        let set: KeySet =
            serde_json::from_slice(&document.body).map_err(|error| NotFound::Unreadable(url, error))?;
        // What is for something else, or of a kind that is not known here, is left out.
        Ok(Found { keys: set.keys.iter().filter_map(Key::of_jwk).collect(), max_age: document.max_age })
    }
}

/// Whether nobody on the way can change what this URL answers.
pub(super) fn is_safe(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let is_plain = url.username().is_empty() && url.password().is_none();
    is_plain && (url.scheme() == "https" || (url.scheme() == "http" && is_local))
}
