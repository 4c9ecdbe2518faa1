use std::num::NonZeroU32;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use cqrs_es::Aggregate;

use crate::{
    StreamId,
    fields::Fields,
    head::Head,
    item::{map, number, text},
    pack,
    position::Position,
    window::Window,
};

/// A snapshot remembers so many commands at least, besides its commit's own.
const REMEMBERED_COMMANDS: usize = 64;

const STATE_VERSION: &str = "v";
const STATE: &str = "s";
const COMMANDS: &str = "w";

/// How often a commit carries a snapshot, and which snapshots can be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Snapshots {
    state_version: u32,
    every: NonZeroU32,
}

impl Snapshots {
    /// The interval that [`of_state_version`](Self::of_state_version) sets. It was measured, with commits of
    /// 0.6 KB and a state of 1.5 KB: it costs least when no aggregate is remembered, and 1 % more than the
    /// cheapest when every other one is.
    pub const DEFAULT_INTERVAL: NonZeroU32 = NonZeroU32::new(8).expect("it is not zero");

    /// Uses snapshots of this version of the aggregate's state. They hold what serde makes of it: a field
    /// that serde skips is lost.
    ///
    /// Give the state another version whenever its JSON form changes, and whenever the same events lead to
    /// another state: an `apply` that counts differently, a new upcaster. Snapshots of other versions are
    /// ignored, and the next commit carries a new one, so that no migration is needed.
    #[must_use]
    pub const fn of_state_version(state_version: u32) -> Self {
        Self { state_version, every: Self::DEFAULT_INTERVAL }
    }

    /// Lets a commit carry a snapshot when `commits - 1` have passed since the last one that can be used. A
    /// load asks for as many commits at once, and goes on only if there is no such snapshot among them.
    #[must_use]
    pub const fn every(self, commits: NonZeroU32) -> Self {
        Self { every: commits, ..self }
    }

    pub(crate) fn interval(self) -> u32 {
        self.every.get()
    }

    /// Whether this commit should carry a snapshot, when `last` was the last one to hold a usable one.
    /// Counted from there, and not from zero: what was left out or cannot be used is made up for at once.
    pub(crate) fn is_due(self, commit: u64, last: u64) -> bool {
        commit - last >= u64::from(self.interval())
    }

    /// The snapshot of a state, and of the commands before the commit that carries it; none if the state
    /// has no JSON form, or one that would be too long to read it again.
    pub(crate) fn take<A: Aggregate>(self, state: &A, commands: &Window) -> Option<AttributeValue> {
        let state = serde_json::to_string(state).ok().filter(|text| text.len() <= pack::TEXT_LIMIT)?;
        let commands = Blob::new(commands.to_bytes(REMEMBERED_COMMANDS));
        Some(AttributeValue::M(map([
            (STATE_VERSION, number(self.state_version)),
            (STATE, text(state)),
            (COMMANDS, AttributeValue::B(commands)),
        ])))
    }

    /// The position that a commit's snapshot holds, if it is one that we can use.
    pub(crate) fn revive<A: Aggregate>(
        self,
        stream: &StreamId,
        head: &Head,
        snapshot: &AttributeValue,
    ) -> Option<Position<A>> {
        let fields = Fields(snapshot.as_m().ok()?);
        if fields.number::<u32>(STATE_VERSION).ok()? != self.state_version {
            return None;
        }
        let position = read(fields, head);
        if position.is_none() {
            let (commit, state_version) = (head.number, self.state_version);
            tracing::warn!(%stream, commit, state_version, "a snapshot of this version cannot be read");
        }
        position
    }
}

fn read<A: Aggregate>(fields: Fields<'_>, head: &Head) -> Option<Position<A>> {
    let state = pack::text_of(fields.get(STATE).ok()?).ok()?;
    let commands = fields.get(COMMANDS).ok()?.as_b().ok()?;
    let mut window = Window::from_bytes(commands.as_ref(), head.number - 1)?;
    window.remember(&head.command_id);
    let state = serde_json::from_str(&state).ok()?;
    Some(Position { state, head: head.clone(), snapshot: head.number, window })
}

/// How many commands a position has to remember so many commits after its snapshot: those since then, the
/// snapshot's own, and those that the snapshot remembers.
pub(crate) fn remembered_with(since: u64) -> usize {
    usize::try_from(since).unwrap_or(usize::MAX).saturating_add(1 + REMEMBERED_COMMANDS)
}

/// The compressible part of a snapshot.
pub(crate) fn state_of(snapshot: &mut AttributeValue) -> Option<&mut AttributeValue> {
    if let AttributeValue::M(fields) = snapshot { fields.get_mut(STATE) } else { None }
}
