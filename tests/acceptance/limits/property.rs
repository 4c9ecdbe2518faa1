//! Instances that die with tokens in hand, whose clocks differ, and that hear nothing of what they wrote.

use acceptance::Limiting;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Caller, CallerRole, TenantId};
use functions::limits::{Limiter, Verdict};
use infra_aws::{
    clients,
    clock::Clock,
    limits::{Limit, Limits, Pace, Policy},
};
use infra_local::{
    backend::limiter,
    clock::ManualClock,
    faults::{Fault, Tap},
    stack::Clients,
};

use crate::{chance::Chance, limits::limited};

const INSTANCES: usize = 6;
const STEPS: usize = 300;

struct Stage {
    clock: ManualClock,
    limits: Limits,
    tap: Tap,
    client: aws_sdk_dynamodb::Client,
}

impl Stage {
    fn instance(&self, ahead: TimeDelta) -> Limiter {
        let clock = self.clock.clone();
        let instance = limiter(&self.client, self.limits, &Clock::from_fn(move || clock.now() + ahead));
        instance.within(Limiting::default().patience)
    }
}

fn stage(app: &acceptance::App, limit: Limit) -> Stage {
    let tap = Tap::around(clients::loopback_http_client());
    let stack = &app.backend.stack;
    let client =
        Clients::at(&stack.dynamodb_url, &stack.sqs_url, SharedHttpClient::new(tap.clone())).dynamodb;
    let clock = ManualClock::new("2026-11-21T12:00:00Z".parse().unwrap());
    let limits = Limits { commands: limit, queries: limit, shut_offs: limit };
    Stage { clock, limits, tap, client }
}

/// Fewer than so many milliseconds.
fn millis(chance: &mut Chance, below: usize) -> TimeDelta {
    TimeDelta::milliseconds(i64::try_from(chance.below(below)).unwrap())
}

fn caller(subject: String) -> Caller {
    Caller { tenant: TenantId::parse("acme").unwrap(), subject, roles: [CallerRole::Owner].into() }
}

/// Between any two of them there are no more than the limit has.
fn assert_bound(passed: &[DateTime<Utc>], limit: Limit, seed: u64) {
    for (first, from) in passed.iter().enumerate() {
        for (last, to) in passed.iter().enumerate().skip(first) {
            let (count, t) = ((last - first + 1) as f64, (*to - *from).num_milliseconds() as f64 / 1e3);
            let (requests, seconds) = (f64::from(limit.requests), f64::from(limit.seconds));
            assert!(count <= requests + requests / seconds * t, "{count} in {t} s of {limit}, seed {seed}");
        }
    }
}

#[tokio::test]
async fn no_more_than_the_limit_is_let_through_whatever_happens_to_the_instances() {
    let (app, _) = limited("commands=10/10,queries=10/10,shut-offs=10/10").await;
    for (seed, limit) in (0..12).zip(["20/10", "60/20", "15/60", "200/10"].into_iter().cycle()) {
        let limit: Limit = limit.parse().unwrap();
        let (stage, mut chance) = (stage(&app, limit), Chance::of(seed));
        let who = caller(format!("client-{seed}"));
        let mut instances: Vec<Limiter> = (0..INSTANCES)
            .map(|_| stage.instance(millis(&mut chance, 2_001) - TimeDelta::seconds(1)))
            .collect();
        let mut passed = Vec::new();
        for _ in 0..STEPS {
            let one = chance.below(INSTANCES);
            match chance.below(40) {
                0 => stage.clock.advance(millis(&mut chance, 15_000)),
                1 => {
                    // It dies with what it holds; another one comes, on another machine.
                    instances[one] = stage.instance(millis(&mut chance, 2_001) - TimeDelta::seconds(1));
                }
                2 => stage.tap.inject("UpdateItem", Fault::ReplyLost),
                3..8 => stage.clock.advance(millis(&mut chance, 700)),
                _ => {
                    // What is let through uncounted after a lost reply is outside of the bound, as the limiter says.
                    if let Verdict::Passed(_) = instances[one].count(&who, Policy::Commands).await {
                        passed.push(stage.clock.now());
                    }
                }
            }
        }
        assert!(passed.len() > 15, "{} passed, seed {seed}", passed.len());
        assert_bound(&passed, limit, seed);
    }
}

#[tokio::test]
async fn many_instances_at_one_instant_let_through_what_is_there_and_no_more() {
    let (app, _) = limited("commands=10/10,queries=10/10,shut-offs=10/10").await;
    let limit: Limit = "50/10".parse().unwrap();
    let stage = stage(&app, limit);
    let instances: Vec<Limiter> = (0..20).map(|_| stage.instance(TimeDelta::zero())).collect();
    let who = caller("client".into());
    let asked = instances.iter().cycle().take(200).map(|one| one.count(&who, Policy::Queries));
    let verdicts = futures_util::future::join_all(asked).await;
    let passed = verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Passed(_))).count();
    let unasked = verdicts.iter().filter(|verdict| **verdict == Verdict::Unasked).count();
    let capacity = Pace::from(limit).capacity() as usize;
    assert!(
        passed <= capacity && (passed == capacity || unasked > 0),
        "{passed} of {capacity}, {unasked} unasked"
    );
}

#[tokio::test]
async fn one_busy_client_gets_nearly_all_that_the_limit_has() {
    let (app, _) = limited("commands=10/10,queries=10/10,shut-offs=10/10").await;
    let limit: Limit = "600/60".parse().unwrap();
    let stage = stage(&app, limit);
    let (one, who, mut passed) = (stage.instance(TimeDelta::zero()), caller("client".into()), 0_u32);
    for _ in 0..3_000 {
        passed += u32::from(matches!(one.count(&who, Policy::Queries).await, Verdict::Passed(_)));
        stage.clock.advance(TimeDelta::milliseconds(20));
    }
    // A minute: 520 that were there, and ten a second.
    assert!((1_060..=1_120).contains(&passed), "{passed}");
}

#[tokio::test]
async fn whoever_was_refused_under_a_longer_limit_waits_for_no_longer_than_the_new_one_takes() {
    let (app, _) = limited("commands=10/10,queries=10/10,shut-offs=10/10").await;
    let long = stage(&app, "10/3600".parse().unwrap());
    let (before, who) = (long.instance(TimeDelta::zero()), caller("client".into()));
    while matches!(before.count(&who, Policy::Queries).await, Verdict::Passed(_)) {}
    let short = stage(&app, "10/10".parse().unwrap());
    let after = short.instance(TimeDelta::zero());
    assert!(matches!(after.count(&who, Policy::Queries).await, Verdict::Passed(_)));
    assert!(matches!(after.count(&who, Policy::Queries).await, Verdict::Refused(_, 1)));
    short.clock.advance(TimeDelta::seconds(1));
    assert!(matches!(after.count(&who, Policy::Queries).await, Verdict::Passed(_)));
}
