//! The feed, as its clients have it.

mod trouble;

use std::collections::BTreeSet;

use acceptance::{Answer, App, Say, alice, command, get, post, put};
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use chrono::TimeDelta;
use functions::feed::{GRACE, KEPT, MARGIN};
use infra_local::{faults::Fault, host::Delivery, stack::EVENTS_TABLE};
use serde_json::{Value, json};

const MOMENT: TimeDelta = TimeDelta::milliseconds(1);

fn events() -> Say {
    get("/v1/events")
}

fn after(cursor: &str) -> Say {
    events().with("after", cursor)
}

fn items(answer: &Answer) -> &[Value] {
    answer.body["items"].as_array().unwrap()
}

fn types(answer: &Answer) -> Vec<&str> {
    items(answer).iter().map(|item| item["type"].as_str().unwrap()).collect()
}

/// Everything, from the oldest on, in pages of this size.
async fn all(app: &App, limit: usize) -> Vec<Value> {
    let (mut all, mut page) = (Vec::new(), events().with("limit", &limit.to_string()));
    loop {
        let answer = app.meanwhile(page).await.then(200);
        all.extend_from_slice(items(&answer));
        if answer.body["more"] == false {
            return all;
        }
        page = after(&answer.text("next")).with("limit", &limit.to_string());
    }
}

/// Alice, whose confirmation is out, so long ago that the feed tells of it.
async fn told() -> (App, String) {
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    app.clock.advance(MARGIN + MOMENT);
    (app, id)
}

#[tokio::test]
async fn what_happened_is_told_in_order_and_read_on_from_the_cursor() {
    let (app, id) = told().await;
    let first = app.when(events()).await.then(200);
    assert_eq!(types(&first)[..2], ["role.created", "role.created"]);
    let hers: Vec<&Value> = items(&first).iter().filter(|item| item["subject"] == id.as_str()).collect();
    let told: Vec<&str> = hers.iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(told, app.event_types(&id).await);
    let created = hers[0];
    assert_eq!(
        (
            &created["specversion"],
            &created["tenant"],
            &created["aggregate"],
            &created["commit"],
            &created["place"]
        ),
        (&json!("1.0"), &json!("acme"), &json!("user"), &json!(1), &json!(1))
    );
    assert_eq!(created["data"]["user.created"]["personal"]["email"], "alice@example.com");
    assert_eq!(first.body["more"], false);

    let nothing = app.when(after(&first.text("next"))).await.then(200);
    assert_eq!((items(&nothing).len(), &nothing.body["more"]), (0, &json!(false)));
    app.command(&id, "deactivate").await.then(200);
    app.settle().await;
    app.clock.advance(MARGIN + MOMENT);
    for cursor in [first.text("next"), nothing.text("next")] {
        let news = app.when(after(&cursor)).await.then(200);
        assert_eq!(types(&news)[0], "user.deactivated");
    }
}

#[tokio::test]
async fn what_has_just_arrived_is_not_told_yet() {
    let (app, id) = told().await;
    let cursor = app.when(events()).await.then(200).text("next");
    app.command(&id, "deactivate").await.then(200);
    app.settle().await;
    app.clock.advance(MARGIN);
    let early = app.when(after(&cursor)).await.then(200);
    assert_eq!(types(&early), [""; 0]);
    app.clock.advance(MOMENT);
    assert!(!items(&app.when(after(&early.text("next"))).await.then(200)).is_empty());
}

#[tokio::test]
async fn pages_of_any_size_tell_the_same_and_hold_whole_commits() {
    let (app, id) = told().await;
    for name in ["deactivate", "reactivate", "deactivate"] {
        app.command(&id, name).await.then(200);
    }
    // One delivery, so one entry of several commits, and then another day.
    app.settle().await;
    app.clock.advance(TimeDelta::hours(30));
    app.accepted("bob", &[]).await;
    app.settle().await;
    app.clock.advance(MARGIN + MOMENT);
    let whole = all(&app, 200).await;
    assert!(whole.iter().any(|item| item["type"] == "user.deactivated"));
    for limit in [1, 2, 3, 5] {
        assert_eq!(all(&app, limit).await, whole, "{limit}");
    }
    let page = app.when(events().with("limit", "3")).await.then(200);
    let commits: BTreeSet<String> = items(&page).iter().map(|item| item["commitid"].to_string()).collect();
    assert_eq!((commits.len(), &page.body["more"]), (3, &json!(true)));
}

#[tokio::test]
async fn a_page_ends_before_it_is_too_large_for_an_answer() {
    let app = App::start().await;
    for number in 0..40 {
        let text = format!("{number} {{{{confirmationLink}}}} {}", "x".repeat(60_000));
        let body = json!({ "templates": { "confirmation": { "subject": "Hello", "text": text } } });
        let changed = app.when(put("/v1/settings", &body)).await;
        if changed.status != 200 {
            // Templates are smaller than that: nothing can be too large.
            changed.then_problem(422, "invalid-value");
            return;
        }
    }
    app.settle().await;
    app.clock.advance(MARGIN + MOMENT);
    let page = app.when(events().with("limit", "200")).await.then(200);
    assert!(page.body.to_string().len() < 3 << 20);
    assert_eq!(page.body["more"], true);
    assert_eq!(all(&app, 200).await.len(), 42);
}

#[tokio::test]
async fn only_the_types_that_are_asked_for_are_told_and_the_cursor_is_theirs() {
    let (app, id) = told().await;
    app.command(&id, "deactivate").await.then(200);
    app.settle().await;
    app.clock.advance(MARGIN + MOMENT);
    let wanted = || events().with("type", "user.deactivated,user.created");
    let told = app.when(wanted()).await.then(200);
    assert_eq!(types(&told), ["user.created", "user.deactivated"]);
    let cursor = told.text("next");
    app.when(after(&cursor).with("type", "user.created,user.deactivated")).await.then(200);
    app.when(after(&cursor)).await.then_problem(400, "invalid-parameter");
    app.when(after(&cursor).with("type", "user.created")).await.then_problem(400, "invalid-parameter");
}

#[tokio::test]
async fn bad_questions_are_refused() {
    let (app, _) = told().await;
    let theirs = app.when(events().of_tenant("globex")).await.then(200);
    assert_eq!(items(&theirs).len(), 0, "each tenant has a feed of its own");
    let lists = app.when(get("/v1/users").with("limit", "1")).await;
    for (name, value) in [
        ("after", "x"),
        ("after", &theirs.text("next")),
        ("after", lists.body["next"].as_str().unwrap_or("1.AA.AA")),
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "many"),
        ("type", "user.exploded"),
        ("type", ","),
        ("wait", "21"),
        ("wait", "-1"),
        ("wait", "x"),
        ("before", "x"),
    ] {
        app.when(events().with(name, value)).await.then_problem(400, "invalid-parameter");
    }
}

#[tokio::test]
async fn a_cursor_that_is_too_old_is_gone_and_a_fresh_one_of_the_oldest_page_is_not() {
    let (app, id) = told().await;
    let first = app.when(events().with("limit", "1")).await.then(200).text("next");
    app.clock.advance(KEPT - MARGIN);
    app.command(&id, "deactivate").await.then(200);
    app.settle().await;
    app.clock.advance(MARGIN + MOMENT);
    app.when(after(&first)).await.then(200);
    assert_eq!(types(&app.when(events()).await.then(200))[0], "user.deactivated", "the rest is too old");
    app.clock.advance(GRACE);
    app.when(after(&first)).await.then_problem(410, "cursor-expired");
}

#[tokio::test]
async fn what_cannot_be_read_or_was_erased_does_not_stop_the_feed() {
    let (app, id) = told().await;
    let client = &app.backend.stack.clients.dynamodb;
    let key = S(format!("acme#user#{id}"));
    let update =
        client.update_item().table_name(EVENTS_TABLE).key("pk", key.clone()).key("sk", N("2".into()));
    let spoil = update.update_expression("SET e = :e").expression_attribute_values(":e", S("[{".into()));
    spoil.send().await.unwrap();
    client
        .delete_item()
        .table_name(EVENTS_TABLE)
        .key("pk", key)
        .key("sk", N("3".into()))
        .send()
        .await
        .unwrap();
    let page = app.when(events().with("type", "user.created,confirmation.sent")).await.then(200);
    assert_eq!(types(&page), ["user.created", "rollcall.commit.unreadable", "confirmation.sent"]);
    let unreadable = &items(&page)[1];
    assert_eq!((&unreadable["subject"], &unreadable["commit"]), (&json!(id), &json!(2)));
    assert_eq!(unreadable["specversion"], "1.0");
}

#[tokio::test]
async fn what_is_delivered_again_is_told_again_under_the_same_ids() {
    let app = App::start().await;
    let id = app.alice().await;
    for _ in 0..3 {
        app.tap.inject("SendMessageBatch", Fault::ServerError);
    }
    assert_eq!(app.backend.dispatch().await.unwrap(), Delivery::Failed);
    app.clock.advance(MOMENT);
    app.settle().await;
    app.clock.advance(MARGIN + MOMENT);
    let page = all(&app, 50).await;
    let created: Vec<&Value> = page.iter().filter(|item| item["type"] == "user.created").collect();
    assert_eq!(created.len(), 2);
    assert_eq!((created[0], created[0]["subject"].as_str()), (created[1], Some(id.as_str())));
}

#[tokio::test]
async fn a_table_that_is_away_holds_the_delivery_up_and_nothing_is_lost() {
    for fault in [Fault::Throttled, Fault::ServerError, Fault::TimeoutBefore, Fault::ReplyLost] {
        let app = App::start().await;
        app.alice().await;
        for _ in 0..3 {
            app.tap.inject("BatchWriteItem", fault);
        }
        assert_eq!(app.backend.dispatch().await.unwrap(), Delivery::Failed, "{fault:?}");
        app.settle().await;
        app.clock.advance(MARGIN + MOMENT);
        let told = all(&app, 50).await;
        assert!(told.iter().any(|item| item["type"] == "user.created"), "{fault:?}");
        app.then_nothing_is_left().await;
    }
}

/// Resolves when so many requests were made.
async fn looked(app: &App, times: usize) {
    while app.tap.log().len() < times {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn news_end_the_wait_and_without_any_it_ends_with_a_cursor() {
    let (app, id) = told().await;
    let cursor = app.when(events()).await.then(200).text("next");
    app.command(&id, "deactivate").await.then(200);
    app.settle().await;
    app.clock.advance(MOMENT);
    app.tap.reset();
    let come = async {
        looked(&app, 1).await;
        app.clock.advance(MARGIN + MOMENT);
    };
    let (news, ()) = tokio::join!(app.when(after(&cursor).with("wait", "20")), come);
    let news = news.then(200);
    assert_eq!(types(&news)[0], "user.deactivated");
    let nothing = app.when(after(&news.text("next")).with("wait", "1")).await.then(200);
    assert_eq!(items(&nothing).len(), 0);
    app.when(after(&nothing.text("next"))).await.then(200);
}

#[tokio::test]
async fn who_is_shut_off_while_they_wait_is_told_so() {
    let app = App::start().await;
    let ann = app.owner("ann").await;
    app.owner("ben").await;
    app.clock.advance(MARGIN + MOMENT);
    let cursor = app.when(events().by_user(&ann).with("limit", "200")).await.then(200).text("next");
    app.clock.advance(MOMENT);
    app.tap.reset();
    let shut_off = async {
        looked(&app, 1).await;
        app.meanwhile(command(&ann, "deactivate")).await.then(200);
        app.backend.dispatch().await.unwrap();
        app.clock.advance(TimeDelta::seconds(5));
    };
    let (answer, ()) = tokio::join!(app.when(after(&cursor).by_user(&ann).with("wait", "20")), shut_off);
    answer.then_problem(403, "caller-inactive");
}

#[tokio::test]
async fn the_feed_outlives_a_rotation_of_the_key_of_cursors() {
    let app = App::start().await;
    app.when(post("/v1/users", &alice()).key("alice")).await.then(202);
    let cursor = app.when(events()).await.then(200).text("next");
    let other = app.deployed_with(|secrets| {
        let new = infra_aws::environment::SecretKey::new([9; 32]);
        secrets.cursor_keys.other = Some(std::mem::replace(&mut secrets.cursor_keys.current, new));
    });
    app.door_to(&other).send(after(&cursor)).await.then(200);
}
