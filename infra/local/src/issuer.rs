//! A small OpenID Connect provider for local callers: it signs tokens and publishes the keys that verify them.
//! People do not log in to it; `rollcall token` asks it.

use std::sync::Arc;

use axum::{Json, Router, http::header, response::IntoResponse, routing::get};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{CallerRole, TenantId};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey as _};
use functions::http::{ROLE_PREFIX, TOKEN_SCOPES};
use futures_util::future::BoxFuture;
use infra_aws::environment::{KeyRing, SecretKey};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::oidc::{Authorizer, CONFIGURATION_PATH, Fetch, FetchError, Fetched, Provider};

const AUDIENCE: &str = "rollcall";
const KEYS_PATH: &str = "/.well-known/jwks.json";
/// For so long, verifiers may go on without a look at the keys.
const KEYS_ARE_FRESH: &str = "public, max-age=300";

/// Signs with Ed25519.
pub struct Issuer {
    url: String,
    signing: EncodingKey,
    kid: String,
    /// What is published at [`CONFIGURATION_PATH`].
    configuration: Value,
    /// What is published at `/.well-known/jwks.json`: the key that signs, and the other one of a rotation.
    keys: Value,
}

/// Whom a token is for.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    pub tenant: TenantId,
    pub subject: String,
    pub roles: Vec<CallerRole>,
    pub lifetime: TimeDelta,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: String,
    iat: i64,
    exp: i64,
    tenant: String,
    roles: Vec<String>,
    /// As OAuth has it: a text, with blanks between.
    scope: String,
}

impl Issuer {
    /// The issuer whose documents are found below `url`, which is its name, too.
    #[must_use]
    pub fn new(keys: &KeyRing, url: &str) -> Self {
        let signing = signing_key(&keys.current);
        let der = signing.to_pkcs8_der().expect("an Ed25519 key has a PKCS#8 form");
        let published: Vec<Value> = keys.all().map(|seed| jwk(&signing_key(seed))).collect();
        Self {
            url: url.into(),
            signing: EncodingKey::from_ed_der(der.as_bytes()),
            kid: kid(&signing),
            configuration: json!({
                "issuer": url,
                "jwks_uri": format!("{url}{KEYS_PATH}"),
                "id_token_signing_alg_values_supported": ["EdDSA"],
                "subject_types_supported": ["public"],
                "response_types_supported": [],
                "scopes_supported": TOKEN_SCOPES,
            }),
            keys: json!({ "keys": published }),
        }
    }

    /// As an authorizer has to know it.
    #[must_use]
    pub fn provider(&self) -> Provider {
        Provider { issuer: self.url.clone(), audiences: vec![AUDIENCE.into()] }
    }

    /// Verifies this issuer's tokens, and finds its keys without a network between.
    ///
    /// # Panics
    /// If the issuer's URL is neither https nor on this machine.
    #[must_use]
    pub fn authorizer(self: &Arc<Self>) -> Authorizer {
        Authorizer::new(self.provider(), self.clone()).expect("the local issuer is on this machine")
    }

    /// What a provider publishes: its configuration and its keys.
    pub fn routes(&self) -> Router {
        let published = |document: &Value| {
            let document = Json(document.clone());
            get(|| async move { ([(header::CACHE_CONTROL, KEYS_ARE_FRESH)], document).into_response() })
        };
        Router::new()
            .route(CONFIGURATION_PATH, published(&self.configuration))
            .route(KEYS_PATH, published(&self.keys))
    }

    /// A signed token, good from `now` on, of a client that was let into everything.
    #[must_use]
    pub fn issue(&self, request: &TokenRequest, now: DateTime<Utc>) -> String {
        self.issue_with_scopes(request, &TOKEN_SCOPES, now)
    }

    /// A signed token, good from `now` on, of a client that was let into so much.
    #[must_use]
    pub fn issue_with_scopes(&self, request: &TokenRequest, scopes: &[&str], now: DateTime<Utc>) -> String {
        let claims = Claims {
            iss: &self.url,
            aud: AUDIENCE,
            sub: request.subject.clone(),
            iat: now.timestamp(),
            exp: (now + request.lifetime).timestamp(),
            tenant: request.tenant.as_str().into(),
            roles: request.roles.iter().map(|role| format!("{ROLE_PREFIX}{role}")).collect(),
            scope: scopes.join(" "),
        };
        let header = Header {
            typ: Some("at+jwt".into()),
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        encode(&header, &claims, &self.signing).expect("claims of texts and numbers are signed")
    }
}

impl Fetch for Issuer {
    fn get<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        let document = match url.strip_prefix(&self.url) {
            Some(CONFIGURATION_PATH) => Ok(&self.configuration),
            Some(KEYS_PATH) => Ok(&self.keys),
            _ => Err(FetchError::Status { url: url.into(), status: 404 }),
        };
        let fetched = document.map(|it| Fetched { body: it.to_string().into_bytes(), max_age: None });
        Box::pin(std::future::ready(fetched))
    }
}

fn signing_key(seed: &SecretKey) -> SigningKey {
    SigningKey::from_bytes(seed.bytes())
}

fn x(key: &SigningKey) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(key.verifying_key())
}

/// The key's thumbprint (RFC 7638), so that the same key always has the same name.
fn kid(key: &SigningKey) -> String {
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, x(key));
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(members))
}

fn jwk(key: &SigningKey) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid(key), "x": x(key) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::{LEEWAY, Refusal, Unverified};

    const URL: &str = "http://127.0.0.1:8080";

    fn noon() -> DateTime<Utc> {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn of(seeds: &[u8]) -> Arc<Issuer> {
        let seed = |byte: &u8| SecretKey::new([*byte; 32]);
        let ring = KeyRing { current: seed(&seeds[0]), other: seeds.get(1).map(seed) };
        Arc::new(Issuer::new(&ring, URL))
    }

    fn token(issuer: &Issuer) -> String {
        let request = TokenRequest {
            tenant: TenantId::parse("acme").unwrap(),
            subject: "admin-1".into(),
            roles: vec![CallerRole::Owner, CallerRole::Auditor],
            lifetime: TimeDelta::hours(1),
        };
        issuer.issue(&request, noon())
    }

    #[tokio::test]
    async fn a_token_carries_its_claims() {
        let issuer = of(&[1]);
        let claims = issuer.authorizer().verify(&token(&issuer), noon()).await.unwrap();
        assert_eq!((&claims["sub"], &claims["tenant"]), (&json!("admin-1"), &json!("acme")));
        assert_eq!(claims["roles"], json!(["rollcall:owner", "rollcall:auditor"]));
    }

    #[tokio::test]
    async fn a_token_ends_with_its_lifetime() {
        let issuer = of(&[1]);
        let (token, authorizer) = (token(&issuer), issuer.authorizer());
        let late = noon() + TimeDelta::hours(1) + LEEWAY;
        assert!(authorizer.verify(&token, late - TimeDelta::seconds(1)).await.is_ok());
        assert_eq!(authorizer.verify(&token, late).await, Err(Unverified::Refused(Refusal::Expired)));
    }

    #[tokio::test]
    async fn a_token_of_another_key_is_refused_and_one_of_the_key_before_is_not_until_it_is_dropped() {
        let (old, rotated, dropped) = (of(&[1]), of(&[2, 1]), of(&[2]));
        assert!(rotated.authorizer().verify(&token(&old), noon()).await.is_ok());
        assert!(dropped.authorizer().verify(&token(&rotated), noon()).await.is_ok());
        let unknown = Err(Unverified::Refused(Refusal::UnknownKey));
        assert_eq!(dropped.authorizer().verify(&token(&old), noon()).await, unknown);
    }

    #[test]
    fn a_key_is_named_by_its_thumbprint() {
        // RFC 8037, A.3.
        let seed = BASE64_URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let key = SigningKey::from_bytes(&seed.try_into().unwrap());
        assert_eq!(kid(&key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
