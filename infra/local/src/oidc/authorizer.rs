use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    claims::{self, Claims},
    discovery::{Discovery, is_safe},
    fetch::Fetch,
    keys::Keys,
    refusal::{Refusal, Unverified},
    token::Token,
};

/// Whose tokens are accepted, and for whom they must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// The issuer's URL, to the letter as it stands in its tokens: https, or http to this machine.
    pub issuer: String,
    /// Of which a token must have one. At least one.
    pub audiences: Vec<String>,
}

/// Lets in whoever has a token of the provider.
pub struct Authorizer {
    provider: Provider,
    keys: Keys,
}

/// Why nobody could ever be let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProvider {
    #[error("the issuer {0} is not an https URL without query and fragment (http only for this machine)")]
    Issuer(String),
    #[error("there is no audience that a token could be for")]
    NoAudience,
}

impl Authorizer {
    /// Nothing is fetched before the first token comes.
    ///
    /// # Errors
    /// [`BadProvider`].
    pub fn new(provider: Provider, fetch: Arc<dyn Fetch>) -> Result<Self, BadProvider> {
        if !is_safe(&provider.issuer) || provider.issuer.contains(['?', '#']) {
            return Err(BadProvider::Issuer(provider.issuer));
        }
        if provider.audiences.iter().all(String::is_empty) {
            return Err(BadProvider::NoAudience);
        }
        let keys = Keys::of(Discovery { issuer: provider.issuer.clone(), fetch });
        Ok(Self { provider, keys })
    }

    /// The claims of a token that is good at `now`.
    ///
    /// # Errors
    /// [`Unverified::Refused`] if the token is not good; [`Unverified::Unreachable`] if the provider's keys
    /// cannot be had, so that nobody knows.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Unverified> {
        let token = Token::parse(token)?;
        let keys = self.keys.named(&token.kid, now).await?;
        let mut fitting = keys.iter().filter(|key| key.algorithms.contains(&token.algorithm)).peekable();
        if fitting.peek().is_none() {
            return Err(Refusal::Algorithm.into());
        }
        if !fitting.any(|key| token.is_signed_by(key)) {
            return Err(Refusal::BadSignature.into());
        }
        Ok(claims::check(token.claims()?, &self.provider, now)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::Http;

    fn of(issuer: &str, audiences: &[&str]) -> Result<Authorizer, BadProvider> {
        let audiences = audiences.iter().map(ToString::to_string).collect();
        Authorizer::new(Provider { issuer: issuer.into(), audiences }, Arc::new(Http::new()))
    }

    #[test]
    fn an_issuer_is_https_or_on_this_machine() {
        for good in [
            "https://id.example.com",
            "https://id.example.com/realms/a",
            "http://127.0.0.1:1",
            "http://[::1]:1/",
        ] {
            assert!(of(good, &["api"]).is_ok(), "{good}");
        }
        for bad in [
            "",
            "id.example.com",
            "http://id.example.com",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1@example.com",
            "https://id.example.com?a=b",
            "https://id.example.com#a",
            "file:///etc/passwd",
        ] {
            assert_eq!(of(bad, &["api"]).err(), Some(BadProvider::Issuer(bad.into())), "{bad}");
        }
    }

    #[test]
    fn without_an_audience_nobody_could_be_let_in() {
        for audiences in [&[][..], &[""]] {
            assert_eq!(of("https://id.example.com", audiences).err(), Some(BadProvider::NoAudience));
        }
    }
}
