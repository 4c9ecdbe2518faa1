use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::future::join_all;
use infra_local::oidc::{ASK_AGAIN_AFTER, LONGEST_FRESH, Refusal, SHORTEST_FRESH, Unverified};
use jsonwebtoken::Algorithm::{ES256, ES384, EdDSA, PS256};

use crate::{
    scripted::{Manner, Scripted},
    signing::{ALGORITHMS, claims, header, jwk, noon, signed, token},
};

const UNKNOWN: Unverified = Unverified::Refused(Refusal::UnknownKey);

#[tokio::test]
async fn tokens_of_every_algorithm_are_accepted_and_the_provider_is_asked_once() {
    let provider = Scripted::with(&ALGORITHMS.map(|(algorithm, _)| jwk(algorithm))).await;
    let authorizer = provider.authorizer();
    for (algorithm, _) in ALGORITHMS {
        let claims = authorizer.verify(&token(algorithm, &provider.url), noon()).await.unwrap();
        assert_eq!(claims["sub"], "admin-1", "{algorithm:?}");
    }
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn a_new_key_is_found_with_its_first_token() {
    let provider = Scripted::with(&[jwk(ES256)]).await;
    let authorizer = provider.authorizer();
    let (old, new) = (token(ES256, &provider.url), token(EdDSA, &provider.url));
    authorizer.verify(&old, noon()).await.unwrap();
    provider.publish(&[jwk(EdDSA), jwk(ES256)]);
    let later = noon() + ASK_AGAIN_AFTER;
    authorizer.verify(&new, later).await.unwrap();
    authorizer.verify(&old, later).await.unwrap();
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn a_key_that_was_withdrawn_is_not_accepted_after_the_next_look() {
    let provider = Scripted::with(&[jwk(ES256), jwk(EdDSA)]).await;
    let authorizer = provider.authorizer();
    let old = token(ES256, &provider.url);
    authorizer.verify(&old, noon()).await.unwrap();
    provider.publish(&[jwk(EdDSA)]);
    let fresh = TimeDelta::minutes(5);
    authorizer.verify(&old, noon() + fresh - TimeDelta::seconds(1)).await.unwrap();
    assert_eq!(authorizer.verify(&old, noon() + fresh).await, Err(UNKNOWN));
    authorizer.verify(&token(EdDSA, &provider.url), noon() + fresh).await.unwrap();
}

#[tokio::test]
async fn a_provider_that_withdraws_all_its_keys_is_believed() {
    let provider = Scripted::with(&[jwk(ES256)]).await;
    let authorizer = provider.authorizer();
    let token = token(ES256, &provider.url);
    authorizer.verify(&token, noon()).await.unwrap();
    provider.publish(&[]);
    assert_eq!(authorizer.verify(&token, noon() + TimeDelta::minutes(5)).await, Err(UNKNOWN));
}

#[tokio::test]
async fn a_key_that_replaces_another_under_its_name_is_the_only_one() {
    let provider = Scripted::with(&[jwk(ES256)]).await;
    let authorizer = provider.authorizer();
    let of = |algorithm| {
        let header = jsonwebtoken::Header { kid: Some("one".into()), ..header(algorithm) };
        signed(&header, &claims(&provider.url))
    };
    let named = |algorithm| {
        let mut jwk = jwk(algorithm);
        jwk["kid"] = "one".into();
        jwk
    };
    provider.publish(&[named(ES256)]);
    authorizer.verify(&of(ES256), noon()).await.unwrap();
    assert_eq!(authorizer.verify(&of(EdDSA), noon()).await, Err(Refusal::Algorithm.into()));
    provider.publish(&[named(EdDSA)]);
    let later = noon() + TimeDelta::minutes(5);
    authorizer.verify(&of(EdDSA), later).await.unwrap();
    assert_eq!(authorizer.verify(&of(ES256), later).await, Err(Refusal::Algorithm.into()));
}

#[tokio::test]
async fn a_flood_of_unknown_keys_is_no_flood_of_questions() {
    let provider = Scripted::with(&[jwk(ES256)]).await;
    let authorizer = provider.authorizer();
    authorizer.verify(&token(ES256, &provider.url), noon()).await.unwrap();
    let forged = token(EdDSA, &provider.url);
    let end = noon() + ASK_AGAIN_AFTER;
    for _ in 0..50 {
        assert_eq!(authorizer.verify(&forged, end - TimeDelta::milliseconds(1)).await, Err(UNKNOWN));
    }
    assert_eq!(provider.asked(), 1);
    let flood = join_all((0..50).map(|_| authorizer.verify(&forged, end))).await;
    assert!(flood.into_iter().all(|answer| answer == Err(UNKNOWN)));
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn who_comes_while_the_provider_is_asked_waits_for_the_one_answer() {
    let provider = Scripted::with(&[jwk(ES256)]).await;
    provider.is(Manner::IsHeld);
    let authorizer = provider.authorizer();
    let token = token(ES256, &provider.url);
    let all = join_all((0..20).map(|_| authorizer.verify(&token, noon())));
    let let_go = async {
        provider.wait_until_asked(1).await;
        provider.let_go(2);
    };
    let (answers, ()) = tokio::join!(all, let_go);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn while_one_looks_after_old_keys_the_others_go_on_with_them() {
    let provider = Scripted::with(&[jwk(ES256)]).await;
    let authorizer = Arc::new(provider.authorizer());
    let token = Arc::new(token(ES256, &provider.url));
    authorizer.verify(&token, noon()).await.unwrap();
    provider.is(Manner::IsHeld);
    let later = noon() + TimeDelta::minutes(5);
    let looking = tokio::spawn({
        let (authorizer, token) = (authorizer.clone(), token.clone());
        async move { authorizer.verify(&token, later).await }
    });
    provider.wait_until_asked(2).await;
    authorizer.verify(&token, later).await.unwrap();
    provider.let_go(2);
    looking.await.unwrap().unwrap();
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn a_caller_who_goes_away_takes_nobodys_answer_along() {
    let provider = Scripted::with(&[jwk(ES256)]).await;
    provider.is(Manner::IsHeld);
    let authorizer = Arc::new(provider.authorizer());
    let token = Arc::new(token(ES256, &provider.url));
    let gone = tokio::spawn({
        let (authorizer, token) = (authorizer.clone(), token.clone());
        async move { authorizer.verify(&token, noon()).await }
    });
    provider.wait_until_asked(1).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    provider.let_go(2);
    authorizer.verify(&token, noon()).await.unwrap();
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn keys_are_neither_forgotten_at_once_nor_kept_for_ever() {
    for (said, fresh) in [
        ("max-age=0", SHORTEST_FRESH),
        ("no-store", SHORTEST_FRESH),
        ("max-age=1800", TimeDelta::minutes(30)),
        ("max-age=31536000", LONGEST_FRESH),
        ("max-age=18446744073709551615", LONGEST_FRESH),
        ("private", TimeDelta::minutes(10)),
    ] {
        let provider = Scripted::with(&[jwk(PS256), jwk(ES384)]).await;
        provider.cache_control(said);
        let authorizer = provider.authorizer();
        let mut claims = claims(&provider.url);
        claims["exp"] = (noon() + TimeDelta::hours(12)).timestamp().into();
        let token = signed(&header(ES384), &claims);
        for (after, asked) in [(TimeDelta::zero(), 1), (fresh - TimeDelta::seconds(1), 1), (fresh, 2)] {
            authorizer.verify(&token, noon() + after).await.unwrap();
            assert_eq!(provider.asked(), asked, "{said}, after {after}");
        }
    }
}
