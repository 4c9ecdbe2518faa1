//! Every read model, without its types: what the projector, replays and operators do with each of them.

use std::{marker::PhantomData, sync::LazyLock};

use event_store::StreamId;
use futures_util::{FutureExt as _, future::BoxFuture};
use projections::{Generations, ReadModel, Visitor, visit_all};

use crate::{
    projector::{ProjectError, Projector},
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
    ) -> BoxFuture<'a, Result<(), ProjectError>>;
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
    ) -> BoxFuture<'a, Result<(), ProjectError>> {
        projector.project::<R>(stream, group, generations).boxed()
    }
}
