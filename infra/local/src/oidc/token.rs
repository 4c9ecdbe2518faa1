use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, crypto};
use serde_json::{Map, Value};

use super::{key::Key, refusal::Refusal};

/// In bytes. More than API Gateway takes in all headers is none of a caller's.
pub const LONGEST_TOKEN: usize = 8 * 1024;
const LONGEST_KID: usize = 256;

/// A token in three parts whose header was understood. Its claims prove nothing before its signature is verified.
pub(super) struct Token<'a> {
    /// Header and claims, as they were signed.
    signed: &'a str,
    claims: &'a str,
    signature: &'a str,
    pub(super) algorithm: Algorithm,
    pub(super) kid: String,
}

impl<'a> Token<'a> {
    /// Of the header, only `alg`, `kid`, `typ` and `crit` are looked at. A key that the token itself brings or
    /// points to (`jwk`, `jku`, `x5c`, `x5u`) proves nothing.
    pub(super) fn parse(token: &'a str) -> Result<Self, Refusal> {
        if token.len() > LONGEST_TOKEN {
            return Err(Refusal::Malformed("it is too long"));
        }
        let in_three = Refusal::Malformed("it is not three parts with dots between");
        let (signed, signature) = token.rsplit_once('.').ok_or(in_three.clone())?;
        let (header, claims) = signed.split_once('.').ok_or(in_three.clone())?;
        if claims.contains('.') {
            return Err(in_three);
        }
        let header = object(header).ok_or(Refusal::Malformed("its header cannot be read"))?;
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        if header.contains_key("crit") {
            return Err(Refusal::Malformed("its header demands what is not known here"));
        }
        if header.contains_key("typ") && !text("typ").is_some_and(is_type_of_tokens) {
            return Err(Refusal::Malformed("it is of another type"));
        }
        let algorithm = text("alg").and_then(accepted).ok_or(Refusal::Algorithm)?;
        let kid = text("kid").filter(|kid| (1..=LONGEST_KID).contains(&kid.len()));
        let kid = kid.ok_or(Refusal::Malformed("its header does not name a key"))?.to_owned();
        Ok(Self { signed, claims, signature, algorithm, kid })
    }

    pub(super) fn is_signed_by(&self, key: &Key) -> bool {
        // An error is a key or a signature that is none.
        crypto::verify(self.signature, self.signed.as_bytes(), &key.public, self.algorithm).unwrap_or(false)
    }

    pub(super) fn claims(&self) -> Result<Map<String, Value>, Refusal> {
        object(self.claims).ok_or(Refusal::Malformed("its claims cannot be read"))
    }
}

/// Only signatures that a secret key makes and a public key verifies.
fn accepted(name: &str) -> Option<Algorithm> {
    Some(match name {
        "RS256" => Algorithm::RS256,
        "RS384" => Algorithm::RS384,
        "RS512" => Algorithm::RS512,
        "PS256" => Algorithm::PS256,
        "PS384" => Algorithm::PS384,
        "PS512" => Algorithm::PS512,
        "ES256" => Algorithm::ES256,
        "ES384" => Algorithm::ES384,
        "EdDSA" => Algorithm::EdDSA,
        _ => return None,
    })
}

/// A JWT, or an access token as RFC 9068 has it.
fn is_type_of_tokens(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "at+jwt")
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
