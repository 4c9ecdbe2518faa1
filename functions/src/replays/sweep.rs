use futures_util::{FutureExt as _, future::BoxFuture};
use infra_aws::views::ViewStore;
use projections::Generation;

use super::{Work, WorkError, segment::Counts};

/// Deletes the rows of a generation that was given up.
pub(super) struct Sweep {
    pub(super) views: ViewStore,
    pub(super) model: String,
    pub(super) generation: Generation,
    /// Which one of how many.
    pub(super) segment: (u32, u32),
    pub(super) swept: Option<String>,
}

impl Work for Sweep {
    fn page<'a>(
        &'a mut self,
        after: Option<&'a str>,
        limit: i32,
        counts: &'a mut Counts,
    ) -> BoxFuture<'a, Result<Option<String>, WorkError>> {
        async move {
            let of = (self.model.as_str(), self.generation);
            let swept = self.views.sweep_page(of, self.segment, after, limit).await?;
            counts.items += swept.read as u64;
            counts.rows += swept.deleted as u64;
            self.swept.clone_from(&swept.next);
            Ok(swept.next)
        }
        .boxed()
    }

    fn settle<'a>(&'a mut self, _: &'a mut Counts) -> BoxFuture<'a, Result<(), WorkError>> {
        async { Ok(()) }.boxed()
    }

    fn checkpoint(&self) -> Option<String> {
        self.swept.clone()
    }
}
