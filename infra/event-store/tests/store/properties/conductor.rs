//! Carries out a plan.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    iter::repeat,
    time::Duration,
};

use event_store::{Aggregates, CommandContext};
use futures_util::future::join_all;
use proptest::test_runner::TestCaseError;

use crate::{account::Account, bank::context};

use super::{
    gate::{EXECUTION, Gate},
    history::{Execution, History},
    plan::{Expecting, Fate, Order, Plan, Step, Writer},
    world::World,
};

/// A plan has three dozen orders at most. With all their repetitions, retries and reads they stay far below.
const MOST_STEPS: usize = 5_000;
/// The longest pause of store and SDK together is much shorter.
const LONGEST_PAUSE_MS: u32 = 10_000;

pub(crate) async fn perform(plan: &Plan, world: &World) -> Result<History, TestCaseError> {
    let stage = Stage::default();
    let processes: Vec<_> = plan.processes.iter().map(|process| world.accounts_in(process)).collect();
    let writers =
        plan.writers.iter().map(|writer| stage.play(writer, &processes[writer.process], &world.gate));
    let everybody = join_all(writers);
    tokio::select! {
        biased;
        failed = conduct(&plan.steps, &stage, &world.gate) => failed?,
        () = async { everybody.await; std::future::pending().await } => {}
    }
    let mut executions = stage.executions.into_inner();
    executions.sort_by_key(|execution| execution.number);
    let (written, disturbed) = (world.gate.written(), world.gate.disturbed());
    Ok(History { executions, written, disturbed })
}

/// Lets through one request at a time, until nobody wants anything any more.
async fn conduct(steps: &[Step], stage: &Stage, gate: &Gate) -> Result<(), TestCaseError> {
    let deliver_the_oldest = Step { pick: 0, fate: Fate::Deliver };
    for step in steps.iter().copied().chain(repeat(deliver_the_oldest)).take(MOST_STEPS) {
        stage.settle(gate).await?;
        if gate.is_empty() {
            return Ok(());
        }
        gate.let_through(step);
    }
    Err(TestCaseError::fail("everything is delivered, and there is no end to it"))
}

#[derive(Default)]
struct Stage {
    begun: Cell<usize>,
    executions: RefCell<Vec<Execution>>,
}

impl Stage {
    /// Waits until everybody waits at the gate.
    async fn settle(&self, gate: &Gate) -> Result<(), TestCaseError> {
        for _ in 0..LONGEST_PAUSE_MS {
            tokio::time::sleep(Duration::from_millis(1)).await;
            if gate.is_still(self.begun.get() - self.executions.borrow().len()) {
                return Ok(());
            }
        }
        Err(TestCaseError::fail("somebody waits, and not for a reply"))
    }

    async fn play(&self, writer: &Writer, accounts: &Aggregates<Account>, gate: &Gate) {
        let mut seen = BTreeMap::new();
        for order in &writer.orders {
            for _ in 0..=order.repeats {
                let execution = self.execute(order, &seen, accounts, gate).await;
                seen.extend(execution.seen().map(|commit| (order.account, commit)));
                let is_over = !execution.may_be_repeated();
                self.executions.borrow_mut().push(execution);
                if is_over {
                    break;
                }
            }
        }
    }

    async fn execute(
        &self,
        order: &Order,
        seen: &BTreeMap<&str, u64>,
        accounts: &Aggregates<Account>,
        gate: &Gate,
    ) -> Execution {
        let number = self.begun.replace(self.begun.get() + 1);
        let expected = match order.expecting {
            Expecting::Anything => None,
            Expecting::Seen => seen.get(order.account).copied(),
            Expecting::Commit(commit) => Some(commit),
        };
        let context = CommandContext {
            fingerprint: [order.fingerprint; 32],
            expected_commit: expected,
            assume_new: order.assume_new,
            ..context(&order.command_id)
        };
        let began = gate.now();
        let executed = accounts.execute(order.account, order.command.clone(), &(), &context);
        let answer = EXECUTION.scope(number, Box::pin(executed)).await;
        Execution { number, order: order.clone(), expected, began, ended: gate.now(), answer }
    }
}
