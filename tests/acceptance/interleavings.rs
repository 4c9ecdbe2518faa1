//! The invariants of the domain's walk, over the whole backend: commands, deliveries, workers, mails, clicks
//! and timers in any order, with duplicates, losses and faults.
//!
//! A plan is drawn from a seed and happens to a tenant of its own. After every move the table's own log of
//! changes is folded afresh and judged; in the end nothing fails any more, time passes, and everything must
//! have come to rest. The plans are the same in each run. `INTERLEAVINGS_SEED=7 INTERLEAVINGS=1` tries one
//! plan alone, `INTERLEAVINGS_SEED=random` others.

mod deliveries;
mod laws;
mod mails;
mod plan;
mod queue;
mod rest;
mod say;
mod stage;
mod stream;
mod tale;
mod tally;

use std::{
    collections::BTreeMap,
    env,
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use acceptance::App;
use futures_util::FutureExt as _;

use self::{plan::Plan, stage::Stage, stream::Stream, tally::Tally};

const SEED: u64 = 20_261_121;
/// Without optimisation a plan takes a third of a second.
const PLANS: u64 = if cfg!(debug_assertions) { 200 } else { 2_000 };
/// So many tenants share a backend, one after the other.
const PLANS_TO_A_BACKEND: u64 = 40;
const THREADS: usize = 2;

/// What a plan came to: the types of all events, stream by stream.
type Told = BTreeMap<String, Vec<String>>;

#[test]
fn whatever_happens_in_whatever_order_the_invariants_hold() {
    let (seed, plans) = (seed(), number("INTERLEAVINGS", PLANS));
    println!("INTERLEAVINGS_SEED={seed} INTERLEAVINGS={plans}");
    let next = AtomicU64::new(0);
    let tally = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(|| act(seed, plans, &next))).collect();
        let mut all = Tally::default();
        threads.into_iter().for_each(|thread| {
            all.add(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        all
    });
    println!("{tally}");
    if plans >= PLANS {
        for met in INTERESTING {
            assert!(tally.has_met(met), "no plan came to {met}");
        }
    }
}

#[test]
fn a_seed_is_a_plan_and_a_plan_has_one_result() {
    let run = || alone(Box::pin(perform_all(SEED..SEED + 12))).1;
    let (first, second) = (run(), run());
    assert_eq!(first, second);
    assert!(first.iter().all(|told| !told.is_empty()));
}

/// Where the plans must have come, or they have shown nothing.
const INTERESTING: [&str; 10] = [
    "ends active",
    "ends inactive",
    "ends provisioning_failed",
    "ends expired",
    "ends deleted",
    "change_email: email-taken",
    "provisioning.step_result_ignored",
    "provisioning.step_failed",
    "user.link_skipped",
    "watchdog: expired",
];

fn act(seed: u64, plans: u64, next: &AtomicU64) -> Tally {
    let mut tally = Tally::default();
    loop {
        let first = next.fetch_add(PLANS_TO_A_BACKEND, Ordering::Relaxed);
        if first >= plans {
            return tally;
        }
        let some = seed + first..seed + plans.min(first + PLANS_TO_A_BACKEND);
        tally.add(alone(Box::pin(perform_all(some))).0);
    }
}

fn alone<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

async fn perform_all(seeds: std::ops::Range<u64>) -> (Tally, Vec<Told>) {
    let (mut tally, mut all, mut backend) = (Tally::default(), Vec::new(), None);
    for seed in seeds {
        let (app, mut stream) = match backend.take() {
            Some(rested) => rested,
            None => {
                let app = App::empty().await;
                let stream = Stream::of(&app).await;
                (app, stream)
            }
        };
        let (of_plan, told, rests) = perform(&app, &mut stream, &Plan::draw(seed)).await;
        tally.add(of_plan);
        all.push(told);
        // What the watchdog still looks after would be in the way of the next plan.
        backend = rests.then_some((app, stream));
    }
    (tally, all)
}

async fn perform(app: &App, stream: &mut Stream, plan: &Plan) -> (Tally, Told, bool) {
    let made = AtomicU64::new(0);
    let run = async {
        let mut stage = Stage::set(app, stream, plan).await?;
        for what in &plan.moves {
            made.fetch_add(1, Ordering::Relaxed);
            stage.make(what).await?;
        }
        made.fetch_add(1, Ordering::Relaxed);
        let rests = stage.come_to_rest(plan).await?;
        let Stage { tale, mut tally, .. } = stage;
        tally.plans += 1;
        tally.moves += plan.moves.len();
        tale.met.into_iter().for_each(|(event, times)| tally.note_times(event, times));
        let told = tale.users.into_iter().map(|(id, told)| (id, told.types)).collect();
        Ok::<_, laws::Broken>((tally, told, rests))
    };
    match AssertUnwindSafe(run).catch_unwind().await {
        Ok(Ok(done)) => done,
        Ok(Err(broken)) => panic!("{broken}{}", in_words(plan, made.into_inner())),
        Err(_) => panic!("a panic{}", in_words(plan, made.into_inner())),
    }
}

/// The moves up to the one that broke a law, and how to try them again.
fn in_words(plan: &Plan, made: u64) -> String {
    let made = usize::try_from(made).unwrap();
    let moves: String = plan.moves.iter().take(made).map(|made| format!("\n  {made}")).collect();
    let end = if made > plan.moves.len() { "\n  and in the end" } else { "" };
    let Plan { seed, users, .. } = plan;
    format!(
        "\nafter the moves of plan {seed}, users with the roles {users:?}:{moves}{end}\n\
         INTERLEAVINGS_SEED={seed} INTERLEAVINGS=1 cargo test -p acceptance interleavings"
    )
}

fn seed() -> u64 {
    if env::var("INTERLEAVINGS_SEED").is_ok_and(|seed| seed == "random") {
        let key = infra_local::secrets::draw().unwrap();
        return u64::from(u32::from_le_bytes(key.bytes()[..4].try_into().unwrap()));
    }
    number("INTERLEAVINGS_SEED", SEED)
}

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}
