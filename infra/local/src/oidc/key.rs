use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::VerifyingKey;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// A key that verifies signatures.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) kid: String,
    /// Those that the key is for. Never a symmetric one: there is no shared secret.
    pub(super) algorithms: &'static [Algorithm],
    pub(super) public: DecodingKey,
}

/// A key as it is published (RFC 7517, 4), as far as it matters.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// RFC 7518, 3.3.
const SHORTEST_MODULUS: usize = 2048 / 8;
/// What the library works with.
const LONGEST_MODULUS: usize = 4096 / 8;

impl Key {
    /// None if it is for something else than signatures, of a kind that is not known here, or not sound.
    pub(super) fn of_jwk(jwk: &Value) -> Option<Self> {
        let jwk = Jwk::deserialize(jwk).ok()?;
        if jwk.kid.is_empty() || !jwk.verifies() {
            return None;
        }
        let (algorithms, public) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", None) => (jwk.of_rsa()?, jwk.rsa()?),
            ("EC", Some("P-256")) => (jwk.only("ES256", &[Algorithm::ES256])?, jwk.point(32)?),
            ("EC", Some("P-384")) => (jwk.only("ES384", &[Algorithm::ES384])?, jwk.point(48)?),
            ("OKP", Some("Ed25519")) => (jwk.only("EdDSA", &[Algorithm::EdDSA])?, jwk.ed25519()?),
            _ => return None,
        };
        Some(Self { kid: jwk.kid, algorithms, public })
    }
}

impl Jwk {
    fn verifies(&self) -> bool {
        self.usage.as_ref().is_none_or(|usage| usage == "sig")
            && self.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|it| it == "verify"))
    }

    /// One key, one algorithm: a key that does not say which has the one that every provider has.
    fn of_rsa(&self) -> Option<&'static [Algorithm]> {
        Some(match self.alg.as_deref() {
            None | Some("RS256") => &[Algorithm::RS256],
            Some("RS384") => &[Algorithm::RS384],
            Some("RS512") => &[Algorithm::RS512],
            Some("PS256") => &[Algorithm::PS256],
            Some("PS384") => &[Algorithm::PS384],
            Some("PS512") => &[Algorithm::PS512],
            Some(_) => return None,
        })
    }

    fn only(&self, name: &str, algorithms: &'static [Algorithm]) -> Option<&'static [Algorithm]> {
        self.alg.as_ref().is_none_or(|said| said == name).then_some(algorithms)
    }

    fn rsa(&self) -> Option<DecodingKey> {
        let (modulus, exponent) = (bytes(self.n.as_ref())?, bytes(self.e.as_ref())?);
        let is_sound = modulus[0] != 0
            && (SHORTEST_MODULUS..=LONGEST_MODULUS).contains(&modulus.len())
            && exponent.len() <= 4;
        is_sound.then(|| DecodingKey::from_rsa_raw_components(&modulus, &exponent))
    }

    /// A point as SEC 1 writes it, which is what the library takes.
    fn point(&self, coordinate: usize) -> Option<DecodingKey> {
        let (x, y) = (bytes(self.x.as_ref())?, bytes(self.y.as_ref())?);
        let point = [&[4][..], &x, &y].concat();
        (x.len() == coordinate && y.len() == coordinate).then(|| DecodingKey::from_ec_der(&point))
    }

    /// Its length is looked at here because the library takes it on trust.
    fn ed25519(&self) -> Option<DecodingKey> {
        let x: [u8; 32] = bytes(self.x.as_ref())?.try_into().ok()?;
        let key = VerifyingKey::from_bytes(&x).ok().filter(|key| !key.is_weak())?;
        Some(DecodingKey::from_ed_der(key.as_bytes()))
    }
}

/// At least one.
fn bytes(text: Option<&String>) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text?).ok().filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(part: &str, value: Value) -> Option<Key> {
        let x =
            BASE64_URL_SAFE_NO_PAD.encode(ed25519_dalek::SigningKey::from_bytes(&[1; 32]).verifying_key());
        let mut jwk =
            json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x, "use": "sig", "alg": "EdDSA" });
        jwk[part] = value;
        Key::of_jwk(&jwk)
    }

    #[test]
    fn a_key_is_taken_for_signatures_of_its_own_algorithm_only() {
        assert_eq!(with("note", json!("of no matter")).unwrap().algorithms, [Algorithm::EdDSA]);
        assert!(with("key_ops", json!(["verify"])).is_some());
        for (part, value) in [
            ("use", json!("enc")),
            ("key_ops", json!(["sign"])),
            ("alg", json!("HS256")),
            ("alg", json!("ES256")),
            ("alg", json!(1)),
            ("kty", json!("oct")),
            ("kty", json!("RSA")),
            ("crv", json!("Ed448")),
            ("crv", Value::Null),
            ("kid", json!("")),
            ("kid", Value::Null),
        ] {
            assert!(with(part, value.clone()).is_none(), "{part} {value}");
        }
    }

    #[test]
    fn a_key_that_is_not_sound_is_left_out() {
        let of = |bytes: &[u8]| json!(BASE64_URL_SAFE_NO_PAD.encode(bytes));
        // Too short, too long, of small order, none at all.
        for x in [of(&[7; 31]), of(&[7; 33]), of(&[0; 32]), json!(""), json!("?"), Value::Null] {
            assert!(with("x", x.clone()).is_none(), "{x}");
        }
        let rsa =
            |length: usize| json!({ "kty": "RSA", "kid": "k", "e": "AQAB", "n": of(&vec![255; length]) });
        assert!(Key::of_jwk(&rsa(256)).is_some());
        for length in [0, 128, 255, 513] {
            assert!(Key::of_jwk(&rsa(length)).is_none(), "{length} bytes");
        }
    }

    #[test]
    fn an_rsa_key_that_does_not_say_its_algorithm_has_the_usual_one() {
        let n = BASE64_URL_SAFE_NO_PAD.encode([255; 256]);
        let of =
            |alg: Value| Key::of_jwk(&json!({ "kty": "RSA", "kid": "k", "e": "AQAB", "n": n, "alg": alg }));
        assert_eq!(of(Value::Null).unwrap().algorithms, [Algorithm::RS256]);
        assert_eq!(of(json!("PS512")).unwrap().algorithms, [Algorithm::PS512]);
        for other in ["RSA-OAEP", "HS256", "none", "EdDSA"] {
            assert!(of(json!(other)).is_none(), "{other}");
        }
    }
}
