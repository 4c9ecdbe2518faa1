use std::{collections::BTreeMap, slice};

use acceptance::{App, command, get, patch, post};
use serde_json::{Value, json};

use crate::chance::Chance;

/// Reads a list page by page and lets `meanwhile` happen between the pages; how often each user was met.
async fn met(app: &App, query: &str, meanwhile: impl AsyncFn(usize)) -> BTreeMap<String, usize> {
    let (mut met, mut cursor) = (BTreeMap::new(), String::new());
    for page in 0.. {
        assert!(page < 100, "the list does not end");
        let said = app.when(get(format!("/v1/users?limit=4&{query}{cursor}"))).await.then(200).body;
        for item in said["items"].as_array().unwrap() {
            *met.entry(item["userName"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        let Value::String(next) = &said["next"] else { break };
        cursor = format!("&cursor={next}");
        meanwhile(page).await;
    }
    met
}

#[tokio::test]
async fn who_is_there_all_along_is_met_once_whoever_comes_or_changes_between_the_pages() {
    for (round, query) in
        ["sort=userName", "sort=-userName", "sort=createdAt", "sort=-email", ""].into_iter().enumerate()
    {
        let app = App::start().await;
        let mut ids = Vec::new();
        for number in 0..16 {
            ids.push(app.accepted(&format!("m{number:02}"), &[]).await);
        }
        app.settle().await;
        let met = met(&app, query, async |page| {
            let mut chance = Chance::of(page as u64 + 31 * round as u64);
            // Before, between and after those who are there.
            app.accepted(&format!("{}{page}", chance.pick(&["a", "m1x", "z"])), &[]).await;
            let id = &ids[chance.below(ids.len())];
            app.when(patch(format!("/v1/users/{id}"), &json!({ "displayName": format!("Later {page}") })))
                .await
                .then(200);
            let standing = chance.pick(&["deactivate", "reactivate"]);
            app.when(command(&ids[chance.below(ids.len())], standing)).await;
            app.settle().await;
        })
        .await;
        for number in 0..16 {
            assert_eq!(met.get(&format!("m{number:02}")), Some(&1), "{query}: {met:?}");
        }
        assert!(met.values().all(|times| *times == 1), "{query}: {met:?}");
    }
}

#[tokio::test]
async fn a_pending_address_is_found_and_the_address_that_is_left_is_not() {
    let app = App::start().await;
    let id = app.active("alice", &[]).await;
    let found = async |email: &str| {
        let said = app.when(get(format!("/v1/users?email={email}"))).await.then(200).body;
        said["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    app.when(post(format!("/v1/users/{id}/email"), &json!({ "email": "new@example.com" }))).await.then(202);
    app.settle().await;
    assert_eq!(found("ALICE@example.com").await, slice::from_ref(&id));
    assert_eq!(found("New@Example.com").await, slice::from_ref(&id));
    app.confirm(&app.mails.sent().iter().rev().find(|mail| !mail.token.is_empty()).unwrap().token)
        .await
        .then(200);
    app.settle().await;
    assert_eq!(found("new@example.com").await, [id]);
    assert!(found("alice@example.com").await.is_empty());
}
