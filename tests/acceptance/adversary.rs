//! The projector under a host that does whatever Lambda and DynamoDB Streams may do: several shards, each read by
//! invocations that run at once; records late, doubled and out of order; requests that fail, or are carried out and
//! fail all the same; functions that are killed on their way; commits that nobody can read, until somebody can. In
//! the end every record was delivered at least once, and every row is what a fresh fold of the events is.
//!
//! Everything follows from a seed. `ADVERSARY_SEED=7 ADVERSARY=1` tries one plan alone.

mod between;
mod gap;
mod history;
mod host;
mod plan;
mod truth;

use std::{env, panic::AssertUnwindSafe, thread};

use futures_util::FutureExt as _;

use self::{history::History, host::Host, plan::Plan};

const SEED: u64 = 1_121;
/// Without optimisation a plan takes a second.
const PLANS: u64 = if cfg!(debug_assertions) { 40 } else { 1_000 };
/// So many plans are tried on one history.
const PLANS_TO_A_HISTORY: u64 = 10;
const THREADS: u64 = 2;

#[test]
fn whatever_a_stream_does_every_row_is_a_fresh_fold_of_the_events() {
    let (seed, plans) = (number("ADVERSARY_SEED", SEED), number("ADVERSARY", PLANS));
    println!("ADVERSARY_SEED={seed} ADVERSARY={plans}");
    let tries = |thread: u64| {
        let histories = (seed / PLANS_TO_A_HISTORY..=(seed + plans - 1) / PLANS_TO_A_HISTORY)
            .filter(move |history| history % THREADS == thread);
        for history in histories {
            let (first, end) = (history * PLANS_TO_A_HISTORY, (history + 1) * PLANS_TO_A_HISTORY);
            alone(Box::pin(try_all(history, first.max(seed)..end.min(seed + plans))));
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || tries(thread))).collect();
        for thread in threads {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
}

async fn try_all(history: u64, seeds: std::ops::Range<u64>) {
    let history = History::happen(history).await;
    for seed in seeds {
        history.forget_views().await;
        let plan = Plan::draw(seed, &history);
        let tried = AssertUnwindSafe(Box::pin(perform(&history, &plan))).catch_unwind().await;
        if tried.is_err() {
            panic!("plan {plan:#?}\nADVERSARY_SEED={seed} ADVERSARY=1 cargo test -p acceptance adversary");
        }
    }
}

async fn perform(history: &History, plan: &Plan) {
    let mut host = Host::of(history, plan).await;
    history.poison(&plan.poisons).await;
    host.deliver_first_half().await;
    host.between().await;
    host.deliver_the_rest().await;
    host.then_rows_stand_before_what_cannot_be_read().await;
    host.heal().await;
    host.then_rows_are_true().await;
}

fn alone<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// How many read models fold this aggregate type.
pub(crate) fn read_models_of(source: &str) -> usize {
    truth::models().iter().filter(|model| model.source == source).count()
}
