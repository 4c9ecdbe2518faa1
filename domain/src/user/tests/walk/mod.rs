//! An exhaustive walk over the rules: every order of whatever can happen, from several starts. Messages come
//! late, twice and out of order, workers and the dispatcher die after every write: to the rules that is all
//! the same, a message that comes at some time, or again, or never. So any step that the user knows of may be
//! reported at any time, a mail that was claimed may go out at any time, and what the mail makes possible
//! (a click, a bounce, a receipt) can happen from then on.
//!
//! Left out is what no rule can tell apart: see [`key::key`], which the walk checks as it goes. And where many
//! tries only count, the first one and all the others up to the last stand for the ones between.

mod arising;
mod expand;
mod key;
mod laws;
mod map;
mod outcomes;
mod pair;
mod triggers;

use std::{
    env, fs,
    path::PathBuf,
    sync::LazyLock,
    time::{Duration, Instant},
};

use chrono::TimeDelta;

use super::{super::*, grammar::*};
use map::{Map, Reached};
use outcomes::Outcomes;
use pair::Shared;

struct Walk {
    reached: Vec<Reached>,
    users: usize,
    decisions: usize,
    outcomes: Outcomes,
    breaches: Vec<String>,
    took: Duration,
}

static WALK: LazyLock<Walk> = LazyLock::new(|| {
    let began = Instant::now();
    let (mut map, mut outcomes) = (Map::default(), Outcomes::default());
    let mut reached: Vec<Reached> =
        starts().into_iter().map(|(name, user, depth)| map.walk(name, &user, depth)).collect();
    for (start, user, shared) in pairs() {
        reached.push(pair::walk(&mut map, &mut outcomes, start, &user, shared));
    }
    outcomes.extend(map.outcomes());
    let (users, decisions) = (map.users(), map.decisions());
    Walk { reached, users, decisions, outcomes, breaches: map.breaches, took: began.elapsed() }
});

/// Where the walk begins, and how many triggers it goes from there.
fn starts() -> Vec<(&'static str, User, usize)> {
    let changing = confirmed().then_decided(change_email("alice@new.example.com"));
    let expired = provisioned().then_decided(expire(1).after(TimeDelta::hours(80)));
    let minutes = |count: i32| TimeDelta::minutes(2) * count;
    let resent = (1..=5).fold(provisioned(), |all, count| all.then_decided(resend().after(minutes(count))));
    vec![
        ("created", accepted().user(), 7),
        ("created without roles", given([]).then_decided(create([])).user(), 5),
        ("mailing", mail_requested().user(), 5),
        ("provisioned", provisioned().user(), 5),
        ("confirmed", confirmed().user(), 5),
        ("confirmed, with another address to confirm", changing.user(), 5),
        ("failed at a link", failed_at_link().user(), 5),
        ("failed at the mail", failed_at_mail().user(), 5),
        ("expired", expired.user(), 5),
        ("confirmed, then disabled", confirmed().then_decided(deactivate()).user(), 5),
        ("stopped while linking", accepted().then_decided(deactivate()).user(), 5),
        ("confirmed, then deleted", confirmed().then_decided(delete()).user(), 5),
        ("an owner", owner(), 5),
        ("resent as often as allowed", resent.user(), 3),
    ]
}

fn owner() -> User {
    let owner = given([])
        .then_decided(create(["admins"]))
        .then_decided(linked("admins", 1))
        .then_decided(issue(1, 1))
        .then_decided(sent(1, 1))
        .then_decided(confirm("token-1"));
    owner.user()
}

/// Where two users begin who share something.
fn pairs() -> [((&'static str, usize), User, Shared); 3] {
    [
        (("two owners", 8), owner(), Shared::Roster),
        (("two users, provisioned", 5), provisioned().user(), Shared::Claims),
        (("two users, confirmed", 5), confirmed().user(), Shared::Claims),
    ]
}

#[test]
fn no_order_of_triggers_breaks_a_law() {
    for Reached { start, depth, situations, transitions } in &WALK.reached {
        println!("{start}, {depth} triggers on: {situations} situations, {transitions} transitions");
    }
    let Walk { users, decisions, took, .. } = &*WALK;
    println!("{users} users, {decisions} decisions, {:.1} s", took.as_secs_f32());
    assert!(WALK.breaches.is_empty(), "{}", WALK.breaches.join("\n\n"));
}

#[test]
fn the_table_of_outcomes_is_what_the_walk_observed() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("OUTCOMES.md");
    let observed = WALK.outcomes.to_markdown();
    if env::var_os("ROLLCALL_WRITE_FIXTURES").is_some() {
        fs::write(&file, &observed).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert!(written == observed, "OUTCOMES.md is stale: ROLLCALL_WRITE_FIXTURES=1 cargo test -p domain");
}
