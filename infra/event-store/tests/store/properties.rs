//! Whatever writers do at once, and whatever happens to their requests on the way, the store keeps what
//! it promises.
//!
//! A plan is drawn: processes, the writers in them, their commands, and the fate of each request. The gate
//! holds every request until the plan lets it through, so that a plan is one interleaving, the same each
//! time. Afterwards the table is read raw, and every answer is held against it and against a reference
//! model. `PROPTEST_CASES` sets how many plans are drawn.

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
mod strategy;
mod table;
mod tale;
mod trouble;
mod world;

use proptest::{
    prelude::ProptestConfig, proptest, test_runner::FileFailurePersistence, test_runner::TestCaseResult,
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
    // The environment goes before what is written here, other than proptest itself would have it.
    let is_set = std::env::var_os("PROPTEST_CASES").is_some();
    let drawn = ProptestConfig::default();
    ProptestConfig {
        cases: if is_set { drawn.cases } else { cases },
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(FAILED_ONCE))),
        ..drawn
    }
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
        let world = World::open(plan.tries).await;
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
    loads::check(plan, world, tale).await
}
