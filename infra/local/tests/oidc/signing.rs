use std::{collections::BTreeMap, fs, path::PathBuf, sync::LazyLock};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Deserialize;
use serde_json::{Value, json};

/// Keys that are no secret and sign nothing but tests.
#[derive(Deserialize)]
struct Known {
    /// PKCS#1 for RSA, PKCS#8 for the others; DER in base64.
    secret: String,
    jwk: Value,
}

static KNOWN: LazyLock<BTreeMap<String, Known>> =
    LazyLock::new(|| serde_json::from_slice(&fs::read(folder().join("keys.json")).unwrap()).unwrap());

/// Every algorithm that is accepted. Each has a key of its own name.
pub(crate) const ALGORITHMS: [(Algorithm, &str); 9] = [
    (Algorithm::RS256, "rsa"),
    (Algorithm::RS384, "rsa"),
    (Algorithm::RS512, "rsa"),
    (Algorithm::PS256, "rsa"),
    (Algorithm::PS384, "rsa"),
    (Algorithm::PS512, "rsa"),
    (Algorithm::ES256, "p256"),
    (Algorithm::ES384, "p384"),
    (Algorithm::EdDSA, "ed25519"),
];

/// The tokens that are kept, and the keys that signed them.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/tokens")
}

pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub(crate) fn kid(algorithm: Algorithm) -> String {
    format!("{algorithm:?}")
}

/// The key of an algorithm, as a provider publishes it.
pub(crate) fn jwk(algorithm: Algorithm) -> Value {
    let mut jwk = KNOWN[name(algorithm)].jwk.clone();
    (jwk["kid"], jwk["alg"], jwk["use"]) = (json!(kid(algorithm)), json!(kid(algorithm)), json!("sig"));
    jwk
}

/// What a good token of this issuer says at noon.
pub(crate) fn claims(issuer: &str) -> Value {
    let now = noon().timestamp();
    json!({ "iss": issuer, "aud": "rollcall", "sub": "admin-1", "tenant": "acme", "iat": now, "exp": now + 3600,
            "roles": ["rollcall:owner"], "scope": "rollcall/users.read" })
}

pub(crate) fn header(algorithm: Algorithm) -> Header {
    Header { kid: Some(kid(algorithm)), ..Header::new(algorithm) }
}

pub(crate) fn signed(header: &Header, claims: &Value) -> String {
    encode(header, claims, &secret(header.alg)).unwrap()
}

pub(crate) fn token(algorithm: Algorithm, issuer: &str) -> String {
    signed(&header(algorithm), &claims(issuer))
}

pub(crate) fn secret(algorithm: Algorithm) -> EncodingKey {
    let name = name(algorithm);
    let der = BASE64_STANDARD.decode(&KNOWN[name].secret).unwrap();
    match name {
        "rsa" => EncodingKey::from_rsa_der(&der),
        "ed25519" => EncodingKey::from_ed_der(&der),
        _ => EncodingKey::from_ec_der(&der),
    }
}

fn name(algorithm: Algorithm) -> &'static str {
    ALGORITHMS.iter().find(|(known, _)| *known == algorithm).unwrap().1
}
