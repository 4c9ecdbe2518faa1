//! Whatever writers do at once, and whatever happens to their requests on the way, the store keeps what
//! it promises.
//!
//! A plan is drawn: processes, the writers in them, their commands, and the fate of each request. The gate
//! holds every request until the plan lets it through, so that a plan is one interleaving, the same each
//! time. Afterwards the table is read raw, and every answer is held against it and against a reference
//! model. The plans are the same in each run; with `PROPTEST_CASES=4000`, so many new ones are drawn.

mod answers;
mod claims;
mod commits;
mod conductor;
mod gate;
mod history;
mod loads;
mod model;
mod passage;
mod plan;
mod road;
mod rosters;
mod strategy;
mod table;
mod tale;
mod trouble;
mod world;

use proptest::{
    prelude::ProptestConfig,
    proptest,
    test_runner::{FailurePersistence, FileFailurePersistence, RngSeed, TestCaseResult},
};

use crate::engine::Engine;

use self::{conductor::perform, plan::Plan, strategy::plans, table::Table, tale::Tale, world::World};

/// Plans that failed once are tried first ever after.
const FAILED_ONCE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/store/properties/proptest-regressions.txt");

fn config() -> ProptestConfig {
    let cases = match Engine::chosen() {
        Engine::Embedded => 200,
        // Its requests are real, and so are the pauses.
        Engine::DynamoDbLocal(_) => 20,
    };
    let drawn = ProptestConfig::default();
    let failure_persistence: Option<Box<dyn FailurePersistence>> =
        Some(Box::new(FileFailurePersistence::Direct(FAILED_ONCE)));
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return ProptestConfig { failure_persistence, ..drawn };
    }
    // The same plans each time: a failure is the fault of the change that it comes with.
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(0x0ca5_e500), failure_persistence, ..drawn }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_happens_on_the_way_streams_are_whole_and_answers_true(plan in plans()) {
        keeps_its_promises(&plan)?;
    }
}

fn keeps_its_promises(plan: &Plan) -> TestCaseResult {
    runtime().block_on(async {
        let world = World::open(plan.tries, plan.enrolling).await;
        let history = perform(plan, &world).await?;
        let tale = Tale::of(Table::read(&world).await, history);
        judge(plan, &world, &tale).await.map_err(|error| tale.history.explain(error))
    })
}

/// On the embedded engine time stands still until nobody has anything to do, so that no pause is waited for.
fn runtime() -> tokio::runtime::Runtime {
    let is_embedded = Engine::chosen() == Engine::Embedded;
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(is_embedded).build().unwrap()
}

async fn judge(plan: &Plan, world: &World, tale: &Tale) -> TestCaseResult {
    commits::check(tale)?;
    for execution in &tale.history.executions {
        answers::check(execution, tale)?;
    }
    claims::check(world, tale).await?;
    if plan.enrolling {
        rosters::check(world, tale).await?;
    }
    loads::check(plan, world, tale).await
}
