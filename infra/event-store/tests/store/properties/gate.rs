//! Between the store and the engine: every request of an execution waits here for its fate.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::sync::oneshot;

use super::{
    history::Written,
    plan::{Fate, Step},
    road::Road,
};

tokio::task_local! {
    /// Whose requests these are. Those of nobody pass freely.
    pub(crate) static EXECUTION: usize;
}

#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) road: Road,
    hall: Arc<Mutex<Hall>>,
}

#[derive(Default)]
struct Hall {
    waiting: Vec<Waiting>,
    /// How many were let through and are under way still.
    moving: usize,
    written: Vec<Written>,
    disturbed: BTreeMap<usize, Vec<Fate>>,
}

struct Waiting {
    /// Nobody waits for a late one any more.
    is_late: bool,
    turn: oneshot::Sender<Turn>,
}

impl Gate {
    pub(crate) fn before(road: Road) -> Self {
        Self { road, hall: Arc::default() }
    }

    /// Whether all of these many executions wait here, so that nothing happens until somebody is let through.
    pub(crate) fn is_still(&self, executions: usize) -> bool {
        let hall = self.hall();
        hall.moving == 0 && hall.waiting.iter().filter(|waiting| !waiting.is_late).count() == executions
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.hall().waiting.is_empty()
    }

    pub(crate) fn let_through(&self, step: Step) {
        let mut hall = self.hall();
        let picked = step.pick % hall.waiting.len();
        let waiting = hall.waiting.remove(picked);
        hall.moving += 1;
        drop(hall);
        let turn = Turn { fate: step.fate, hall: self.hall.clone() };
        assert!(waiting.turn.send(turn).is_ok(), "an execution went away from the gate");
    }

    /// The time, in commits written.
    pub(crate) fn now(&self) -> usize {
        self.hall().written.len()
    }

    pub(crate) fn written(&self) -> Vec<Written> {
        self.hall().written.clone()
    }

    /// What happened on the way, to the executions that something happened to.
    pub(crate) fn disturbed(&self) -> BTreeMap<usize, Vec<Fate>> {
        self.hall().disturbed.clone()
    }

    pub(crate) fn note_disturbed(&self, execution: usize, by: Fate) {
        self.hall().disturbed.entry(execution).or_default().push(by);
    }

    /// A transaction that is repeated under its token succeeds again, and is noted once.
    pub(crate) fn note_written(&self, written: Written) {
        let mut hall = self.hall();
        if !hall.written.contains(&written) {
            hall.written.push(written);
        }
    }

    /// Waits for a request's turn. It queues at once, before anything is awaited.
    pub(crate) fn turn(&self, is_late: bool) -> impl Future<Output = Turn> + use<> {
        let (turn, its_turn) = oneshot::channel();
        self.hall().waiting.push(Waiting { is_late, turn });
        async { its_turn.await.expect("everybody gets a turn, or is dropped") }
    }

    fn hall(&self) -> MutexGuard<'_, Hall> {
        self.hall.lock().unwrap()
    }
}

/// Its request is under way as long as this lives.
pub(crate) struct Turn {
    pub(crate) fate: Fate,
    hall: Arc<Mutex<Hall>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.hall.lock().unwrap().moving -= 1;
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}
