//! A tenant that had an owner has one for ever.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use acceptance::{Answer, App, Say, command, delete, patch, post, put};
use chrono::TimeDelta;
use serde_json::json;

/// Ann and Ben, owners both.
async fn two_owners() -> (App, String, String) {
    let app = App::start().await;
    let (ann, ben) = (app.owner("ann").await, app.owner("ben").await);
    assert_eq!(app.owners().await, [ann.clone(), ben.clone()].into());
    app.tap.reset();
    (app, ann, ben)
}

fn shut_off(id: &str) -> Say {
    command(id, "deactivate")
}

fn remove(id: &str) -> Say {
    delete(format!("/v1/users/{id}"))
}

fn dethrone(id: &str) -> Say {
    delete(format!("/v1/users/{id}/roles/owners"))
}

/// One of them won; the other was told why not.
fn then_one_won(answers: [&Answer; 2], who: &str) {
    let lost: Vec<&Answer> = answers.into_iter().filter(|answer| answer.status >= 300).collect();
    let [lost] = lost.as_slice() else { panic!("{who}: {:?}", answers.map(|answer| answer.status)) };
    let code = lost.text("code");
    let told =
        matches!((lost.status, code.as_str()), (409, "last-owner") | (403, "caller-inactive" | "forbidden"));
    assert!(told, "{who}: {} {code}", lost.status);
}

/// Ann does this to Ben, who does that to Ann before the `k`-th request that her command makes. With warm
/// instances both are known as owners from before. `false` when there are fewer requests.
async fn duel(theirs: fn(&str) -> Say, ours: fn(&str) -> Say, k: usize, warm: bool) -> bool {
    let (app, ann, ben) = two_owners().await;
    let door = app.door();
    if warm {
        for id in [&ann, &ben] {
            let nothing = patch(format!("/v1/users/{id}"), &json!({})).by_user(id);
            door.send(nothing.clone()).await.then(200);
            app.when(nothing).await.then(200);
        }
    }
    app.tap.reset();
    let (answered, say): (Arc<Mutex<Option<Answer>>>, _) = (Arc::default(), ours(&ann).by_user(&ben));
    let keep = answered.clone();
    app.tap.before_request(k, move || {
        Box::pin(async move {
            let answer = door.send(say).await;
            *keep.lock().unwrap() = Some(answer);
        })
    });
    let anns = app.when(theirs(&ben).by_user(&ann)).await;
    let Some(bens) = answered.lock().unwrap().take() else { return false };
    then_one_won([&anns, &bens], &format!("request {k}, warm {warm}"));
    let left = app.owners().await;
    assert_eq!(left, [if anns.status < 300 { ann } else { ben }].into(), "request {k}, warm {warm}");
    app.settle().await;
    app.then_nothing_is_left().await;
    true
}

async fn duels(theirs: fn(&str) -> Say, ours: fn(&str) -> Say) {
    for warm in [false, true] {
        let mut k = 1;
        while Box::pin(duel(theirs, ours, k, warm)).await {
            k += 1;
        }
        assert!(k > 1, "no request was met");
    }
}

#[tokio::test]
async fn of_two_owners_who_shut_each_other_off_one_stays() {
    duels(shut_off, shut_off).await;
}

#[tokio::test]
async fn of_two_owners_who_delete_each_other_one_stays() {
    duels(remove, remove).await;
}

#[tokio::test]
async fn of_two_owners_who_take_the_role_from_each_other_one_stays() {
    duels(dethrone, dethrone).await;
}

#[tokio::test]
async fn of_two_owners_with_different_means_one_stays() {
    duels(shut_off, remove).await;
    duels(dethrone, shut_off).await;
}

#[tokio::test]
async fn of_two_owners_at_the_very_same_time_one_stays() {
    for _ in 0..5 {
        let (app, ann, ben) = two_owners().await;
        let door = app.door();
        let (a, b) =
            tokio::join!(app.when(shut_off(&ben).by_user(&ann)), door.send(shut_off(&ann).by_user(&ben)),);
        then_one_won([&a, &b], "at once");
        assert_eq!(app.owners().await.len(), 1);
    }
}

#[tokio::test]
async fn no_administrator_removes_the_last_owner_by_any_means() {
    let app = App::start().await;
    let ann = app.owner("ann").await;
    let stored = app.stored().await.len();
    for say in [shut_off(&ann), remove(&ann), dethrone(&ann)] {
        app.when(say).await.then_problem(409, "last-owner");
    }
    app.when(command(&ann, "cancel-provisioning")).await.then_problem(409, "nothing-to-cancel");
    assert_eq!(app.stored().await.len(), stored);
    assert_eq!(app.owners().await, [ann].into());
}

#[tokio::test]
async fn who_is_not_active_yet_is_no_owner() {
    let app = App::start().await;
    let ann = app.owner("ann").await;
    let ben = app.provisioned("ben", &["owners"]).await;
    assert_eq!(app.owners().await, [ann.clone()].into());
    app.when(shut_off(&ann)).await.then_problem(409, "last-owner");
    app.confirm(&app.mails.last().token).await.then(200);
    assert_eq!(app.owners().await, [ann.clone(), ben.clone()].into());
    app.when(shut_off(&ann)).await.then(200);
    assert_eq!(app.owners().await, [ben.clone()].into());
    app.command(&ann, "reactivate").await.then(200);
    assert_eq!(app.owners().await, [ann, ben].into());
    app.settle().await;
    app.then_nothing_is_left().await;
}

async fn both_expire(app: &App, ids: [&String; 2]) {
    let at = json!({ "expiresAt": app.clock.now() + TimeDelta::hours(1) });
    for id in ids {
        app.when(put(format!("/v1/users/{id}/expiry"), &at)).await.then(200);
    }
    app.settle().await;
    app.clock.advance(TimeDelta::hours(2));
}

#[tokio::test]
async fn the_last_owner_is_not_shut_off_by_their_expiry_either() {
    let (app, ann, ben) = two_owners().await;
    both_expire(&app, [&ann, &ben]).await;
    let round = app.backend.watch().await.unwrap();
    assert_eq!((round.shut_off, round.failed), (1, 1));
    let left = app.owners().await;
    assert_eq!(left.len(), 1);

    // Once there is another owner, the next run goes through with it.
    let cleo = app.owner("cleo").await;
    app.clock.advance(TimeDelta::minutes(6));
    let round = app.backend.watch().await.unwrap();
    assert_eq!((round.shut_off, round.failed), (1, 0));
    assert_eq!(app.owners().await, [cleo].into());
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn of_an_expiry_and_a_deactivation_at_the_same_instant_one_comes_through() {
    let (app, ann, ben) = two_owners().await;
    let at = json!({ "expiresAt": app.clock.now() + TimeDelta::hours(1) });
    app.when(put(format!("/v1/users/{ann}/expiry"), &at)).await.then(200);
    app.settle().await;
    app.clock.advance(TimeDelta::hours(2));

    let (door, say) = (app.door(), shut_off(&ben));
    app.tap.reset();
    app.tap.before_request("TransactWriteItems", move || {
        Box::pin(async move { drop(door.send(say).await.then(200)) })
    });
    let round = app.backend.watch().await.unwrap();
    assert_eq!((app.tap.unmet(), round.shut_off, round.failed), (0, 0, 1));
    assert_eq!(app.owners().await, [ann].into());
}

#[tokio::test]
async fn of_a_retirement_and_a_deactivation_at_the_same_instant_one_comes_through() {
    let (app, ann, ben) = two_owners().await;
    // Ben is an owner in two ways, so that the role can be taken from him alone.
    app.role("directors", json!(["owner"])).await;
    app.when(put(format!("/v1/users/{ben}/roles/directors"), &json!({}))).await.then(204);
    app.when(post("/v1/roles/owners/retire", &json!({}))).await.then(200);
    app.settle().await;
    app.clock.advance(TimeDelta::seconds(1));

    let (door, say) = (app.door(), shut_off(&ben));
    app.tap.reset();
    app.tap.before_request("TransactWriteItems", move || {
        Box::pin(async move { drop(door.send(say).await.then(200)) })
    });
    let round = app.backend.watch().await.unwrap();
    assert_eq!((app.tap.unmet(), round.failed), (0, 1), "{round:?}");
    assert_eq!(app.owners().await, [ann].into());
}

#[tokio::test]
async fn a_crowd_of_owners_who_all_shut_off_the_next_one_leaves_one_at_least() {
    let app = App::start().await;
    let mut all = Vec::new();
    for name in ["a", "b", "c", "d"] {
        all.push(app.owner(name).await);
    }
    let doors = [app.door(), app.door(), app.door(), app.door()];
    let says = (0..4).map(|n| shut_off(&all[(n + 1) % 4]).by_user(&all[n]));
    let sent = doors.iter().zip(says).map(|(door, say)| door.send(say));
    let answers = futures_util::future::join_all(sent).await;
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    let left: BTreeSet<String> = app.owners().await;
    assert_eq!(left.len(), 4 - done);
    assert!(!left.is_empty());
}
