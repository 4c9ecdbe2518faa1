use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::{authorizer::Provider, refusal::Refusal};

/// What a good token says of its bearer.
pub type Claims = Map<String, Value>;

/// The clocks of issuer and verifier may differ by so much.
pub const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// The claims, if they are of this provider, for one of its audiences, and good at `now`.
pub(super) fn check(claims: Claims, provider: &Provider, now: DateTime<Utc>) -> Result<Claims, Refusal> {
    if claims.get("iss").and_then(Value::as_str) != Some(&provider.issuer) {
        return Err(Refusal::WrongIssuer);
    }
    if !is_for_one_of(&claims, &provider.audiences) {
        return Err(Refusal::WrongAudience);
    }
    let end = seconds(&claims, "exp")?.ok_or(Refusal::Malformed("it has no end (exp)"))?;
    if end <= timestamp(now - LEEWAY) {
        return Err(Refusal::Expired);
    }
    for begin in ["nbf", "iat"] {
        if seconds(&claims, begin)?.is_some_and(|begin| begin > timestamp(now + LEEWAY)) {
            return Err(Refusal::NotYetValid);
        }
    }
    Ok(claims)
}

/// `aud` is a text or a list of texts. Where there is none, `client_id` says for whom the token is, as in those
/// of Amazon Cognito.
fn is_for_one_of(claims: &Claims, audiences: &[String]) -> bool {
    let is_one = |value: &Value| {
        value.as_str().is_some_and(|text| !text.is_empty() && audiences.iter().any(|it| it == text))
    };
    match claims.get("aud") {
        Some(Value::Array(list)) => list.iter().any(is_one),
        Some(one) => is_one(one),
        None => claims.get("client_id").is_some_and(is_one),
    }
}

/// Since 1970; whole ones or not (RFC 7519, 2).
fn seconds(claims: &Claims, name: &str) -> Result<Option<f64>, Refusal> {
    let number = |value: &Value| value.as_f64().ok_or(Refusal::Malformed("a time in it is not a number"));
    claims.get(name).map(number).transpose()
}

fn timestamp(instant: DateTime<Utc>) -> f64 {
    instant.timestamp_millis() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Noon, as tokens have it.
    const NOON: i64 = 1_795_262_400;

    fn checked(name: &str, value: Value) -> Result<(), Refusal> {
        let mut claims =
            json!({ "iss": "https://id", "aud": "api", "exp": NOON + 300, "iat": NOON, "nbf": NOON });
        let all = claims.as_object_mut().unwrap();
        if value.is_null() {
            all.remove(name)
        } else {
            all.insert(name.into(), value)
        };
        let provider = Provider { issuer: "https://id".into(), audiences: vec!["api".into(), "cli".into()] };
        let claims = claims.as_object().unwrap().clone();
        check(claims, &provider, DateTime::from_timestamp(NOON, 0).unwrap()).map(drop)
    }

    #[test]
    fn the_issuer_is_this_one_to_the_letter() {
        for other in [json!("https://id/"), json!("https://ID"), json!(["https://id"]), json!(1), Value::Null]
        {
            assert_eq!(checked("iss", other.clone()), Err(Refusal::WrongIssuer), "{other}");
        }
    }

    #[test]
    fn one_of_the_audiences_is_enough() {
        for good in [json!("cli"), json!(["other", "api"]), json!([1, "api"])] {
            assert_eq!(checked("aud", good.clone()), Ok(()), "{good}");
        }
        for bad in [json!("other"), json!(""), json!([]), json!([["api"]]), json!({ "api": 1 }), Value::Null]
        {
            assert_eq!(checked("aud", bad.clone()), Err(Refusal::WrongAudience), "{bad}");
        }
    }

    #[test]
    fn without_an_audience_the_client_says_for_whom_the_token_is() {
        let of = |claims: Value| is_for_one_of(claims.as_object().unwrap(), &["api".into()]);
        assert!(of(json!({ "client_id": "api" })));
        assert!(!of(json!({ "client_id": "other" })));
        assert!(!of(json!({ "client_id": "api", "aud": "other" })), "aud goes first");
    }

    #[test]
    fn a_token_ends_a_minute_after_its_end_and_begins_a_minute_before_its_begin() {
        assert_eq!(checked("exp", json!(NOON - 59)), Ok(()));
        assert_eq!(checked("exp", json!(NOON - 60)), Err(Refusal::Expired));
        assert_eq!(checked("exp", json!(-1)), Err(Refusal::Expired));
        for begin in ["nbf", "iat"] {
            assert_eq!(checked(begin, json!(NOON + 60)), Ok(()));
            assert_eq!(checked(begin, json!(NOON + 61)), Err(Refusal::NotYetValid));
            assert_eq!(checked(begin, json!(1e300)), Err(Refusal::NotYetValid));
            assert_eq!(checked(begin, Value::Null), Ok(()));
        }
    }

    #[test]
    fn a_time_is_a_number_and_an_end_there_must_be() {
        assert!(matches!(checked("exp", Value::Null), Err(Refusal::Malformed(_))));
        for name in ["exp", "nbf", "iat"] {
            for bad in [json!("1795262400"), json!([NOON]), json!(true)] {
                assert!(matches!(checked(name, bad.clone()), Err(Refusal::Malformed(_))), "{name} {bad}");
            }
        }
        assert_eq!(checked("exp", json!(NOON as f64 + 0.5)), Ok(()));
    }
}
