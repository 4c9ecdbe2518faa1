use chrono::TimeDelta;
use infra_local::oidc::{ASK_AGAIN_AFTER, Refusal, Unverified};
use jsonwebtoken::Algorithm::{ES256, RS256};
use serde_json::{Value, json};

use crate::{
    scripted::Scripted,
    signing::{jwk, noon, token},
};

#[tokio::test]
async fn a_provider_that_describes_another_or_hides_its_keys_is_not_believed() {
    let provider = Scripted::with(&[jwk(ES256)]).await;
    let (url, token) = (provider.url.clone(), token(ES256, &provider.url));
    let keys = format!("{url}/keys");
    for bad in [
        json!({ "issuer": format!("{url}/"), "jwks_uri": keys }),
        json!({ "issuer": "https://id.example.com", "jwks_uri": keys }),
        json!({ "issuer": url }),
        json!({ "jwks_uri": keys }),
        json!({ "issuer": [url], "jwks_uri": keys }),
        json!({ "issuer": url, "jwks_uri": "http://id.example.com/keys" }),
        json!({ "issuer": url, "jwks_uri": "file:///etc/passwd" }),
        json!({ "issuer": url, "jwks_uri": "/keys" }),
        json!({ "issuer": url, "jwks_uri": "" }),
        json!([]),
        json!("?"),
        Value::Null,
    ] {
        provider.describe(bad.clone());
        let answer = provider.authorizer().verify(&token, noon()).await;
        assert!(matches!(answer, Err(Unverified::Unreachable { .. })), "{bad}: {answer:?}");
    }
    provider.describe(json!({ "issuer": url, "jwks_uri": keys, "more": 1 }));
    provider.authorizer().verify(&token, noon()).await.unwrap();
}

#[tokio::test]
async fn what_is_no_set_of_keys_is_no_answer() {
    let provider = Scripted::with(&[]).await;
    let token = token(ES256, &provider.url);
    for bad in [json!({}), json!([jwk(ES256)]), json!({ "keys": {} }), json!({ "keys": null }), Value::Null] {
        provider.publish_as(bad.clone());
        let answer = provider.authorizer().verify(&token, noon()).await;
        assert!(matches!(answer, Err(Unverified::Unreachable { .. })), "{bad}: {answer:?}");
    }
}

#[tokio::test]
async fn a_bad_document_leaves_the_keys_of_the_last_good_one() {
    let provider = Scripted::with(&[jwk(ES256)]).await;
    let (authorizer, token) = (provider.authorizer(), token(ES256, &provider.url));
    authorizer.verify(&token, noon()).await.unwrap();
    provider.publish_as(json!("?"));
    authorizer.verify(&token, noon() + TimeDelta::minutes(5)).await.unwrap();
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn keys_of_other_kinds_in_a_set_are_left_out() {
    let provider = Scripted::with(&[]).await;
    let mut encrypting = jwk(ES256);
    encrypting["use"] = json!("enc");
    let shared = json!({ "kty": "oct", "kid": "ES256", "k": "c2VjcmV0", "alg": "HS256" });
    let token = token(ES256, &provider.url);
    provider.publish(&[encrypting, shared, json!(1), json!({ "kty": "new" }), Value::Null]);
    let authorizer = provider.authorizer();
    let unknown = Err(Unverified::Refused(Refusal::UnknownKey));
    assert_eq!(authorizer.verify(&token, noon()).await, unknown);
    provider.publish(&[json!({}), jwk(ES256), jwk(RS256)]);
    authorizer.verify(&token, noon() + ASK_AGAIN_AFTER).await.unwrap();
}
