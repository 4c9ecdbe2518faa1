//! Issues and verifies the tokens of local callers: what an OIDC provider and the gateway's authorizer
//! do in production.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{CallerRole, TenantId};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey as _};
use functions::http::{ROLE_PREFIX, TOKEN_SCOPES};
use infra_aws::environment::SecretKey;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const ISSUER: &str = "rollcall-local";
const AUDIENCE: &str = "rollcall";
/// Clocks of issuer and verifier may differ by so much.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// Signs with Ed25519.
pub struct Issuer {
    signing: EncodingKey,
    verifying: DecodingKey,
}

/// Whom a token is for.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    pub tenant: TenantId,
    pub subject: String,
    pub roles: Vec<CallerRole>,
    pub lifetime: TimeDelta,
}

#[derive(Deserialize, Serialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    exp: i64,
    tenant: String,
    roles: Vec<String>,
    /// As OAuth has it: a text, with blanks between.
    scope: String,
}

/// The token proves nothing. The reason is for the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    #[error("the token has expired")]
    Expired,
    #[error("the token is not one of this issuer")]
    Forged,
}

impl Issuer {
    #[must_use]
    pub fn new(seed: &SecretKey) -> Self {
        let key = SigningKey::from_bytes(seed.bytes());
        let der = key.to_pkcs8_der().expect("an Ed25519 key has a PKCS#8 form");
        Self {
            signing: EncodingKey::from_ed_der(der.as_bytes()),
            verifying: DecodingKey::from_ed_der(key.verifying_key().as_bytes()),
        }
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
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: request.subject.clone(),
            iat: now.timestamp(),
            exp: (now + request.lifetime).timestamp(),
            tenant: request.tenant.as_str().into(),
            roles: request.roles.iter().map(|role| format!("{ROLE_PREFIX}{role}")).collect(),
            scope: scopes.join(" "),
        };
        encode(&Header::new(Algorithm::EdDSA), &claims, &self.signing)
            .expect("claims of texts and numbers are signed")
    }

    /// The claims of a valid token, written as API Gateway's JWT authorizer writes them: every value a
    /// string, a list as `[a b]`.
    ///
    /// # Errors
    /// [`BadToken`].
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<HashMap<String, String>, BadToken> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // The library would ask the system's clock; ours is handed in.
        validation.validate_exp = false;
        let claims = decode::<serde_json::Map<String, Value>>(token, &self.verifying, &validation)
            .map_err(|_| BadToken::Forged)?
            .claims;
        let expires = claims.get("exp").and_then(Value::as_i64).ok_or(BadToken::Forged)?;
        if (now - LEEWAY).timestamp() >= expires {
            return Err(BadToken::Expired);
        }
        Ok(claims.into_iter().map(|(name, value)| (name, flat(&value))).collect())
    }
}

fn flat(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => format!("[{}]", values.iter().map(flat).collect::<Vec<_>>().join(" ")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-11-21T12:00:00Z".parse().unwrap()
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

    #[test]
    fn a_token_carries_its_claims_as_the_gateway_writes_them() {
        let issuer = Issuer::new(&SecretKey::new([1; 32]));
        let claims = issuer.verify(&token(&issuer), noon()).unwrap();
        assert_eq!((claims["sub"].as_str(), claims["tenant"].as_str()), ("admin-1", "acme"));
        assert_eq!(claims["roles"], "[rollcall:owner rollcall:auditor]");
    }

    #[test]
    fn a_token_ends_with_its_lifetime() {
        let issuer = Issuer::new(&SecretKey::new([1; 32]));
        let late = noon() + TimeDelta::hours(1) + LEEWAY;
        assert!(issuer.verify(&token(&issuer), late - TimeDelta::seconds(1)).is_ok());
        assert_eq!(issuer.verify(&token(&issuer), late), Err(BadToken::Expired));
    }

    #[test]
    fn a_token_of_another_key_or_none_is_forged() {
        let (ours, theirs) = (Issuer::new(&SecretKey::new([1; 32])), Issuer::new(&SecretKey::new([2; 32])));
        assert_eq!(ours.verify(&token(&theirs), noon()), Err(BadToken::Forged));
        let valid = token(&ours);
        let (signed, _) = valid.rsplit_once('.').unwrap();
        let (_, claims) = signed.split_once('.').unwrap();
        // {"alg":"none"} and a changed signature.
        for forged in [
            format!("eyJhbGciOiJub25lIn0.{claims}."),
            format!("{signed}.AAAA"),
            String::new(),
            "a.b.c".into(),
        ] {
            assert_eq!(ours.verify(&forged, noon()), Err(BadToken::Forged), "{forged}");
        }
    }
}
