use chrono::TimeDelta;
use infra_local::oidc::{ASK_AGAIN_AFTER, Authorizer, GRACE, Refusal, Unverified};
use jsonwebtoken::Algorithm::{ES256, EdDSA};

use crate::{
    scripted::{Manner, Scripted},
    signing::{claims, header, jwk, noon, signed, token},
};

const FRESH: TimeDelta = TimeDelta::minutes(5);

fn long_token(provider: &Scripted) -> String {
    let mut claims = claims(&provider.url);
    claims["exp"] = (noon() + TimeDelta::hours(12)).timestamp().into();
    signed(&header(ES256), &claims)
}

async fn is_unreachable(authorizer: &Authorizer, token: &str, after: TimeDelta) -> u64 {
    match authorizer.verify(token, noon() + after).await {
        Err(Unverified::Unreachable { retry_after }) => retry_after,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn while_the_provider_is_down_nobody_knows_whether_a_token_is_good() {
    let provider = Scripted::with(&[jwk(ES256)]).await;
    provider.is(Manner::Fails);
    let (authorizer, token) = (provider.authorizer(), token(ES256, &provider.url));
    assert_eq!(is_unreachable(&authorizer, &token, TimeDelta::zero()).await, 10);
    assert_eq!(is_unreachable(&authorizer, &token, TimeDelta::seconds(7)).await, 3);
    assert_eq!(provider.asked(), 1, "who is down is not asked for each request");
    provider.is(Manner::Answers);
    authorizer.verify(&token, noon() + ASK_AGAIN_AFTER).await.unwrap();
}

#[tokio::test]
async fn what_is_no_token_is_refused_though_the_provider_is_down() {
    let provider = Scripted::with(&[]).await;
    provider.is(Manner::Fails);
    let refused = provider.authorizer().verify("a.b.c", noon()).await;
    assert!(matches!(refused, Err(Unverified::Refused(Refusal::Malformed(_)))), "{refused:?}");
    assert_eq!(provider.asked(), 0);
}

#[tokio::test]
async fn the_last_good_keys_work_on_for_a_bounded_time() {
    let provider = Scripted::with(&[jwk(ES256)]).await;
    let (authorizer, token) = (provider.authorizer(), long_token(&provider));
    authorizer.verify(&token, noon()).await.unwrap();
    provider.vanish().await;
    for after in [FRESH, FRESH + TimeDelta::seconds(1), FRESH + GRACE - TimeDelta::seconds(1)] {
        authorizer.verify(&token, noon() + after).await.unwrap();
    }
    is_unreachable(&authorizer, &token, FRESH + GRACE).await;
}

#[tokio::test]
async fn a_key_that_is_unknown_during_an_outage_may_be_a_new_one() {
    let provider = Scripted::with(&[jwk(ES256)]).await;
    let (authorizer, old, new) = (provider.authorizer(), long_token(&provider), token(EdDSA, &provider.url));
    authorizer.verify(&old, noon()).await.unwrap();
    provider.publish(&[jwk(EdDSA), jwk(ES256)]);
    provider.is(Manner::Fails);
    is_unreachable(&authorizer, &new, ASK_AGAIN_AFTER).await;
    authorizer.verify(&old, noon() + ASK_AGAIN_AFTER).await.unwrap();
    provider.is(Manner::Answers);
    authorizer.verify(&new, noon() + ASK_AGAIN_AFTER * 2).await.unwrap();
}

#[tokio::test]
async fn an_answer_without_end_is_no_answer() {
    for manner in [Manner::Floods, Manner::Stalls, Manner::IsHeld] {
        let provider = Scripted::with(&[jwk(ES256)]).await;
        provider.is(manner);
        let (authorizer, token) = (provider.hasty_authorizer(), token(ES256, &provider.url));
        is_unreachable(&authorizer, &token, TimeDelta::zero()).await;
        assert_eq!(provider.asked(), 1, "{manner:?}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let provider = Scripted::with(&[jwk(ES256)]).await;
    provider.is(Manner::Redirects);
    let (authorizer, token) = (provider.authorizer(), token(ES256, &provider.url));
    is_unreachable(&authorizer, &token, TimeDelta::zero()).await;
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_stop_the_asking() {
    let provider = Scripted::with(&[jwk(ES256)]).await;
    let (authorizer, token) = (provider.authorizer(), token(ES256, &provider.url));
    provider.is(Manner::Fails);
    is_unreachable(&authorizer, &token, TimeDelta::hours(5)).await;
    provider.is(Manner::Answers);
    authorizer.verify(&token, noon()).await.unwrap();
}
