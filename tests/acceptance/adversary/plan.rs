//! What is drawn.

use event_store::StreamId;
use infra_local::faults::Fault;

use super::{history::History, truth};
use crate::chance::Chance;

/// How one history is delivered.
#[derive(Debug)]
pub(super) struct Plan {
    /// For each reader, the records that it delivers in turn, by their place in the history.
    pub(super) lanes: Vec<Lane>,
    pub(super) poisons: Vec<Poison>,
    /// Whether they are cured while half of the records are still to come.
    pub(super) cured_between: bool,
    /// Whether the cured are delivered once more; otherwise an operator retries them.
    pub(super) cured_by_delivery: bool,
    /// The read models that get a generation beside, before anything is delivered and in between.
    pub(super) beside: [Vec<&'static str>; 2],
    /// A row that becomes unreadable in between: where and of which read model.
    pub(super) spoilt: Option<(StreamId, &'static str)>,
}

#[derive(Debug)]
pub(super) struct Lane {
    pub(super) seed: u64,
    pub(super) first: Vec<usize>,
    pub(super) then: Vec<usize>,
}

/// A commit that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Poison {
    pub(super) stream: StreamId,
    pub(super) commit: u64,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    UnknownEvent,
    /// The item is no commit.
    NoEvents,
    NoJson,
}

/// What happens to an invocation at its k-th request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trouble {
    /// So many requests fail, one after the other.
    Fails(usize, usize, Fault),
    /// It is never heard of again.
    Killed(usize),
    /// Another instance is faster, and handles all that is still to come before that request is sent.
    Overtaken(usize),
}

impl Plan {
    /// Nothing is delivered, and nothing is wrong.
    pub(super) fn quiet() -> Self {
        Self {
            lanes: Vec::new(),
            poisons: Vec::new(),
            cured_between: false,
            cured_by_delivery: false,
            beside: [Vec::new(), Vec::new()],
            spoilt: None,
        }
    }

    pub(super) fn draw(seed: u64, history: &History) -> Self {
        let chance = &mut Chance::of(seed);
        let beside = [(); 2].map(|()| {
            let models = truth::models().into_iter().map(|model| model.name);
            models.filter(|_| chance.one_in(3)).collect::<Vec<_>>()
        });
        Self {
            lanes: lanes(chance, history),
            poisons: poisons(chance, history),
            cured_between: chance.one_in(4),
            cured_by_delivery: chance.one_in(2),
            spoilt: chance.one_in(3).then(|| spoilt(chance, history)),
            beside: [beside[0].clone(), without(&beside[1], &beside[0])],
        }
    }
}

fn without(models: &[&'static str], others: &[&'static str]) -> Vec<&'static str> {
    models.iter().copied().filter(|model| !others.contains(model)).collect()
}

/// A record goes to a shard by its partition key, and to one of those who read the shard by its key: two commits
/// of an aggregate are handled at once.
fn lanes(chance: &mut Chance, history: &History) -> Vec<Lane> {
    let (shards, readers) = (1 + chance.below(3), 1 + chance.below(3));
    let salt = chance.below(1_000_000);
    let mut lanes: Vec<Vec<usize>> = vec![Vec::new(); shards * readers];
    for (place, recorded) in history.records.iter().enumerate() {
        let shard = sum(&recorded.stream.to_string(), salt) % shards;
        let reader = sum(&format!("{}/{}", recorded.stream, recorded.commit), salt) % readers;
        lanes[shard * readers + reader].push(place);
    }
    lanes.into_iter().map(|records| lane(chance, records)).collect()
}

fn lane(chance: &mut Chance, mut records: Vec<usize>) -> Lane {
    match chance.below(3) {
        0 => chance.shuffle(&mut records),
        1 => records.chunks_mut(4).for_each(|some| chance.shuffle(some)),
        _ => {}
    }
    let half = records.len() / 2;
    let (mut first, mut late) = (Vec::new(), Vec::new());
    for (place, record) in records.into_iter().enumerate() {
        // Some come long after the others.
        if place < half && !chance.one_in(6) { first.push(record) } else { late.push(record) }
    }
    let mut then = late;
    if chance.one_in(2) {
        chance.shuffle(&mut then);
    }
    // And some twice.
    for record in first.clone() {
        if chance.one_in(5) {
            first.insert(chance.below(first.len()), record);
            then.insert(chance.below(then.len() + 1), record);
        }
    }
    Lane { seed: chance.below(1 << 30) as u64, first, then }
}

/// Of two in one stream only the first is ever met.
fn poisons(chance: &mut Chance, history: &History) -> Vec<Poison> {
    let mut poisons: Vec<Poison> = (0..chance.below(3)).map(|_| poison(chance, history)).collect();
    poisons.dedup_by(|a, b| a.stream == b.stream);
    poisons
}

fn poison(chance: &mut Chance, history: &History) -> Poison {
    let recorded = &history.records[chance.below(history.records.len())];
    let kind = chance.pick(&[Kind::UnknownEvent, Kind::NoEvents, Kind::NoJson]);
    Poison { stream: recorded.stream.clone(), commit: recorded.commit, kind }
}

fn spoilt(chance: &mut Chance, history: &History) -> (StreamId, &'static str) {
    let users: Vec<&StreamId> = history.streams.keys().filter(|stream| stream.kind() == "user").collect();
    let models = truth::models().into_iter().filter(|model| model.source == "user").map(|model| model.name);
    (chance.pick(&users).clone(), chance.pick(&models.collect::<Vec<_>>()))
}

pub(super) fn trouble(chance: &mut Chance) -> Trouble {
    let at = 1 + chance.below(8);
    match chance.below(4) {
        0 => return Trouble::Killed(at),
        1 => return Trouble::Overtaken(at),
        _ => {}
    }
    let fault = chance.pick(&[Fault::ReplyLost, Fault::TimeoutBefore, Fault::Throttled, Fault::ServerError]);
    // One, or as many as the SDK tries.
    Trouble::Fails(at, chance.pick(&[1, 3, 3]), fault)
}

fn sum(text: &str, salt: usize) -> usize {
    text.bytes().fold(salt, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()) % 1_000_003)
}
