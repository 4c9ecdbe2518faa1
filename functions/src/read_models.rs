//! Every read model, without its types: what the projector, replays and operators do with each of them.

use std::{marker::PhantomData, sync::LazyLock};

use chrono::{DateTime, Utc};
use event_store::{Segment, StreamId};
use futures_util::{FutureExt as _, future::BoxFuture};
use projections::{Generation, Generations, ReadModel, Visitor, visit_all};

use crate::{
    projector::{ProjectError, Projector, Retried, Tally},
    replays::{Build, Replays, Verify, Work},
    stream::Group,
};

/// One read model.
pub(crate) trait AnyModel: Send + Sync {
    fn name(&self) -> &'static str;

    /// The aggregate type whose events it folds.
    fn source(&self) -> &'static str;

    /// Folds one aggregate's commits of a batch into every generation that is kept.
    fn project<'a>(
        &self,
        projector: &'a Projector,
        stream: &'a StreamId,
        group: &'a Group,
        generations: Generations,
        tally: &'a mut Tally,
    ) -> BoxFuture<'a, Result<(), ProjectError>>;

    /// Builds a segment of a generation.
    fn build(&self, replays: &Replays, generation: Generation, segment: Segment) -> Box<dyn Work>;

    /// Compares a segment of a generation, begun then, with the events: that many rows of a hundred.
    fn verify(
        &self,
        replays: &Replays,
        generations: (Generation, Generation),
        segment: Segment,
        percent: u8,
        begun: DateTime<Utc>,
    ) -> Box<dyn Work>;

    /// Folds an aggregate on from where each generation of it stands.
    fn retry<'a>(
        &self,
        projector: &'a Projector,
        stream: &'a StreamId,
        generations: Generations,
    ) -> BoxFuture<'a, Result<Vec<Retried>, ProjectError>>;
}

/// Their names.
pub(crate) fn names() -> Vec<&'static str> {
    all().iter().map(|model| model.name()).collect()
}

/// The one of this name.
pub(crate) fn of_name(name: &str) -> Option<&'static dyn AnyModel> {
    all().iter().find(|model| model.name() == name).map(Box::as_ref)
}

/// All of them, in the order of the registry.
pub(crate) fn all() -> &'static [Box<dyn AnyModel>] {
    static ALL: LazyLock<Vec<Box<dyn AnyModel>>> = LazyLock::new(|| {
        let mut all = All(Vec::new());
        visit_all(&mut all);
        all.0
    });
    &ALL
}

/// Those that fold this aggregate type.
pub(crate) fn of(source: &str) -> impl Iterator<Item = &'static dyn AnyModel> {
    all().iter().map(AsRef::as_ref).filter(move |model| model.source() == source)
}

struct All(Vec<Box<dyn AnyModel>>);

impl Visitor for All {
    fn visit<R: ReadModel>(&mut self) {
        self.0.push(Box::new(Typed::<R>(PhantomData)));
    }
}

struct Typed<R>(PhantomData<fn() -> R>);

impl<R: ReadModel> AnyModel for Typed<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn source(&self) -> &'static str {
        R::SOURCE
    }

    fn project<'a>(
        &self,
        projector: &'a Projector,
        stream: &'a StreamId,
        group: &'a Group,
        generations: Generations,
        tally: &'a mut Tally,
    ) -> BoxFuture<'a, Result<(), ProjectError>> {
        projector.project::<R>(stream, group, generations, tally).boxed()
    }

    fn build(&self, replays: &Replays, generation: Generation, segment: Segment) -> Box<dyn Work> {
        let Replays { events, views, clock, .. } = replays.clone();
        let rows = views.rows(generation);
        Box::new(Build::<R>::new(Projector::new(events, views, clock), rows, segment))
    }

    fn verify(
        &self,
        replays: &Replays,
        (generation, live): (Generation, Generation),
        segment: Segment,
        percent: u8,
        begun: DateTime<Utc>,
    ) -> Box<dyn Work> {
        let Replays { events, views, .. } = replays.clone();
        let rows = (views.rows(generation), views.rows(live));
        Box::new(Verify::<R>::new(events, rows, segment, percent, begun))
    }

    fn retry<'a>(
        &self,
        projector: &'a Projector,
        stream: &'a StreamId,
        generations: Generations,
    ) -> BoxFuture<'a, Result<Vec<Retried>, ProjectError>> {
        projector.retry::<R>(stream, generations).boxed()
    }
}
