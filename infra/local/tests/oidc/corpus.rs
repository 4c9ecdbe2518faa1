use std::{env, fs, sync::Arc};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use futures_util::future::BoxFuture;
use infra_local::oidc::{Authorizer, Fetch, FetchError, Fetched, Provider, Refusal, Unverified};
use jsonwebtoken::{
    Algorithm::{self, ES256, EdDSA, HS256, PS256, RS256},
    EncodingKey, Header, encode,
};
use serde_json::{Value, json};

use crate::signing::{ALGORITHMS, claims, folder, header, jwk, kid, noon, signed, token};

const ISSUER: &str = "https://id.example.com";

/// What the issuer of the corpus publishes, without a network between.
struct Published;

impl Fetch for Published {
    fn get<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        let keys = || ALGORITHMS.map(|(algorithm, _)| jwk(algorithm));
        let document = match url.strip_prefix(ISSUER).unwrap() {
            "/keys" => json!({ "keys": keys() }),
            _ => json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}/keys") }),
        };
        Box::pin(std::future::ready(Ok(Fetched { body: document.to_string().into_bytes(), max_age: None })))
    }
}

fn authorizer() -> Authorizer {
    let provider = Provider { issuer: ISSUER.into(), audiences: vec!["rollcall".into()] };
    Authorizer::new(provider, Arc::new(Published)).unwrap()
}

/// A token of the corpus: its name, how it was made, and what becomes of it.
struct Kept {
    name: String,
    made: String,
    verdict: Result<(), Refusal>,
}

fn corpus() -> Vec<Kept> {
    let kept = |name: &str, made: String, verdict| Kept { name: name.into(), made, verdict };
    let good = ALGORITHMS.map(|(algorithm, _)| kept(&kid(algorithm), token(algorithm, ISSUER), Ok(())));
    let refused = |(name, made, refusal): (&str, String, Refusal)| kept(name, made, Err(refusal));
    let malformed = |(name, made): (&str, String)| kept(name, made, Err(Refusal::Malformed("")));
    let all =
        good.into_iter().chain(forged().into_iter().map(refused)).chain(untimely().into_iter().map(refused));
    all.chain(misshapen().into_iter().map(malformed)).collect()
}

/// Tokens that somebody made without the key.
fn forged() -> Vec<(&'static str, String, Refusal)> {
    let good = claims(ISSUER);
    let raw = |header: Value, signature: &str| format!("{}.{}.{signature}", part(&header), part(&good));
    let other = EncodingKey::from_ed_der(&other_key());
    let with_other = |header: &Header| encode(header, &good, &other).unwrap();
    let public = BASE64_URL_SAFE_NO_PAD.decode(jwk(RS256)["n"].as_str().unwrap()).unwrap();
    let shared = Header { kid: Some(kid(RS256)), ..Header::new(HS256) };
    let renamed = |algorithm: Algorithm, kid: &str| Header { kid: Some(kid.into()), ..header(algorithm) };
    let bringing = Header { jwk: serde_json::from_value(jwk(EdDSA)).ok(), ..header(EdDSA) };
    let pointing = Header { jku: Some("https://evil.example.com/keys".into()), ..header(EdDSA) };
    let certified = Header { x5u: Some("https://evil.example.com/cert".into()), ..header(EdDSA) };
    vec![
        ("none", raw(json!({ "alg": "none", "kid": "EdDSA" }), ""), Refusal::Algorithm),
        ("none-in-other-letters", raw(json!({ "alg": "nOnE", "kid": "EdDSA" }), ""), Refusal::Algorithm),
        ("no-algorithm", raw(json!({ "kid": "EdDSA" }), "AAAA"), Refusal::Algorithm),
        ("algorithms", raw(json!({ "alg": ["EdDSA"], "kid": "EdDSA" }), "AAAA"), Refusal::Algorithm),
        (
            "public-key-as-secret",
            encode(&shared, &good, &EncodingKey::from_secret(&public)).unwrap(),
            Refusal::Algorithm,
        ),
        ("pss-with-a-key-for-pkcs1", signed(&renamed(PS256, "RS256"), &good), Refusal::Algorithm),
        ("pkcs1-with-a-key-for-pss", signed(&renamed(RS256, "PS256"), &good), Refusal::Algorithm),
        ("another-curve", signed(&renamed(ES256, "ES384"), &good), Refusal::Algorithm),
        ("another-family", signed(&renamed(EdDSA, "RS256"), &good), Refusal::Algorithm),
        ("unknown-key", signed(&renamed(EdDSA, "other"), &good), Refusal::UnknownKey),
        ("name-that-is-a-path", signed(&renamed(EdDSA, "../../etc/passwd"), &good), Refusal::UnknownKey),
        ("another-key", with_other(&header(EdDSA)), Refusal::BadSignature),
        ("key-in-the-header", with_other(&bringing), Refusal::BadSignature),
        ("keys-elsewhere", with_other(&pointing), Refusal::BadSignature),
        ("certificate-elsewhere", with_other(&certified), Refusal::BadSignature),
        ("no-signature", raw(json!({ "alg": "EdDSA", "kid": "EdDSA" }), ""), Refusal::BadSignature),
        (
            "zero-signature",
            raw(json!({ "alg": "ES256", "kid": "ES256" }), &"A".repeat(86)),
            Refusal::BadSignature,
        ),
        ("short-signature", raw(json!({ "alg": "EdDSA", "kid": "EdDSA" }), "AAAA"), Refusal::BadSignature),
        ("no-base64-signature", raw(json!({ "alg": "RS256", "kid": "RS256" }), "?"), Refusal::BadSignature),
    ]
}

/// Tokens of the issuer that are for another time or for somebody else.
fn untimely() -> Vec<(&'static str, String, Refusal)> {
    let with = |name: &str, value: Value| {
        let mut claims = claims(ISSUER);
        claims[name] = value;
        signed(&header(EdDSA), &claims)
    };
    let now = noon().timestamp();
    vec![
        ("expired", with("exp", json!(now - 60)), Refusal::Expired),
        ("expired-long-ago", with("exp", json!(-1e300)), Refusal::Expired),
        ("not-yet", with("nbf", json!(now + 61)), Refusal::NotYetValid),
        ("issued-tomorrow", with("iat", json!(now + 86_400)), Refusal::NotYetValid),
        ("another-issuer", with("iss", json!("https://evil.example.com")), Refusal::WrongIssuer),
        ("issuer-with-a-slash", with("iss", json!("https://id.example.com/")), Refusal::WrongIssuer),
        ("issuers", with("iss", json!([ISSUER])), Refusal::WrongIssuer),
        ("another-audience", with("aud", json!(["other", "rollcal"])), Refusal::WrongAudience),
        ("no-audience", with("aud", json!([])), Refusal::WrongAudience),
    ]
}

/// What is no token as this API takes one.
fn misshapen() -> Vec<(&'static str, String)> {
    let good = claims(ISSUER);
    let header_with = |name: &str, value: Value| {
        let mut header = json!({ "alg": "EdDSA", "kid": "EdDSA", "typ": "JWT" });
        header[name] = value;
        format!("{}.{}.AAAA", part(&header), part(&good))
    };
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        signed(&header(EdDSA), &claims)
    };
    let nameless = Header { kid: None, ..header(EdDSA) };
    let critical = Header { crit: Some(vec!["b64".into()]), ..header(EdDSA) };
    let of_type = |typ: &str| signed(&Header { typ: Some(typ.into()), ..header(EdDSA) }, &good);
    let encode_bytes = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    vec![
        ("empty", String::new()),
        ("dots", "..".into()),
        ("many-dots", ".".repeat(500)),
        ("a-b-c", "a.b.c".into()),
        ("one-part", part(&good)),
        ("encrypted", format!("{}.a.b.c.d", part(&json!({ "alg": "RSA-OAEP", "enc": "A256GCM" })))),
        ("too-long", format!("{}.{}", token(EdDSA, ISSUER), "A".repeat(8192))),
        ("padded", format!("{}=.{}.AAAA", part(&json!({ "alg": "EdDSA" })), part(&good))),
        ("header-of-a-list", format!("{}.{}.AAAA", part(&json!(["EdDSA"])), part(&good))),
        ("header-of-no-text", format!("{}.{}.AAAA", encode_bytes(&[0xff, 0xfe, b'{']), part(&good))),
        ("header-without-end", format!("{}.{}.AAAA", encode_bytes("[".repeat(4000).as_bytes()), part(&good))),
        ("key-without-a-name", signed(&nameless, &good)),
        ("key-with-an-empty-name", header_with("kid", json!(""))),
        ("key-with-a-number", header_with("kid", json!(1))),
        ("key-with-a-long-name", header_with("kid", json!("k".repeat(257)))),
        ("critical", signed(&critical, &good)),
        ("nothing-critical", header_with("crit", Value::Null)),
        ("of-another-type", of_type("logout+jwt")),
        ("of-no-type", header_with("typ", json!(1))),
        ("without-an-end", without("exp")),
        ("claims-of-a-list", signed(&header(EdDSA), &json!(["rollcall"]))),
        ("claims-of-a-text", signed(&header(EdDSA), &json!("rollcall"))),
    ]
}

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

/// PKCS#8 around the seed of a key that the issuer does not have.
fn other_key() -> Vec<u8> {
    let prefix =
        [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    [&prefix[..], &[9; 32]].concat()
}

/// Signatures draw on chance: what is kept is judged, not what would be made today.
fn kept(corpus: &[Kept]) -> Vec<String> {
    let read = |kept: &Kept| {
        let file = folder().join(format!("{}.jwt", kept.name));
        if env::var_os("ROLLCALL_WRITE_FIXTURES").is_some() && !file.exists() {
            fs::write(&file, &kept.made).unwrap();
        }
        let missing = |_| panic!("{} is missing; ROLLCALL_WRITE_FIXTURES=1 writes it", file.display());
        fs::read_to_string(&file).unwrap_or_else(missing)
    };
    corpus.iter().map(read).collect()
}

#[tokio::test]
async fn every_token_of_the_corpus_has_its_verdict_and_every_file_is_one() {
    let (authorizer, corpus) = (authorizer(), corpus());
    for (kept, token) in corpus.iter().zip(kept(&corpus)) {
        let verdict = authorizer.verify(&token, noon()).await.map(drop);
        match (&verdict, &kept.verdict) {
            (Err(Unverified::Refused(Refusal::Malformed(_))), Err(Refusal::Malformed(_))) => {}
            _ => assert_eq!(verdict, kept.verdict.clone().map_err(Unverified::from), "{}", kept.name),
        }
    }
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let tokens = files.filter(|file| file.extension().is_some_and(|it| it == "jwt")).count();
    assert_eq!(tokens, corpus.len());
}

#[tokio::test]
async fn whatever_is_changed_in_a_token_it_is_refused() {
    let (authorizer, corpus) = (authorizer(), corpus());
    let tokens = kept(&corpus);
    let mut chance = Chance(0x5eed);
    for _ in 0..6_000 {
        let token = &tokens[chance.below(tokens.len())];
        let other = &tokens[chance.below(tokens.len())];
        let changed = chance.changed(token, other);
        let verdict = authorizer.verify(&changed, noon()).await;
        let is_good = tokens[..ALGORITHMS.len()].contains(&changed);
        assert!(is_good || matches!(verdict, Err(Unverified::Refused(_))), "{changed}: {verdict:?}");
    }
}

/// The same draws in every run (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }

    /// One to three changes: a character, a cut, a doubling, or a part of another token.
    fn changed(&mut self, token: &str, other: &str) -> String {
        let mut text: Vec<char> = token.chars().collect();
        for _ in 0..=self.below(3) {
            let (from, to) = (self.below(text.len()), self.below(text.len()));
            let span = from.min(to)..from.max(to).min(from.min(to) + 40);
            let alphabet = ['A', 'b', '9', '-', '_', '.', '=', ' ', '{', '"', '\u{0}', 'é', '\u{10ffff}'];
            match self.below(5) {
                0 if !text.is_empty() => text[from] = alphabet[self.below(alphabet.len())],
                0 | 1 => text.insert(from, alphabet[self.below(alphabet.len())]),
                2 => drop(text.drain(span)),
                3 => {
                    let doubled = text[span].to_vec();
                    text.splice(from..from, doubled).for_each(drop);
                }
                _ => text = self.grafted(&text.into_iter().collect::<String>(), other),
            }
        }
        text.into_iter().collect()
    }

    fn grafted(&mut self, token: &str, other: &str) -> Vec<char> {
        let mut parts: Vec<&str> = token.split('.').collect();
        let place = self.below(parts.len());
        parts[place] = other.split('.').nth(place).unwrap_or_default();
        parts.join(".").chars().collect()
    }
}
