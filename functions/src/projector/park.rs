use event_store::StreamId;
use infra_aws::views::Rows;
use projections::{Generation, ReadModel};

use super::{ProjectError, Projector};
use crate::stream::Undecodable;

/// Stands for all read models: an item that is no commit cannot be folded into any.
const EVERY_READ_MODEL: &str = "*";

impl Projector {
    /// Sets an aggregate aside for one read model and lets the shard move on. Its later commits meet the
    /// same gap and park it again, which changes nothing, until the reason is gone.
    pub(super) async fn park<R: ReadModel>(
        &self,
        rows: &Rows<R>,
        stream: &StreamId,
        reason: &str,
    ) -> Result<(), ProjectError> {
        tracing::error!(projection = R::NAME, %stream, reason, "the aggregate is parked");
        self.views.park(R::NAME, rows.generation(), &stream.to_string(), reason, self.clock.now()).await?;
        Ok(())
    }

    pub(super) async fn park_item(&self, item: &Undecodable) -> Result<(), ProjectError> {
        let Undecodable { stream, commit, reason } = item;
        tracing::error!(stream, commit, reason, "an unreadable commit is parked");
        let reason = format!("commit {commit}: {reason}");
        self.views.park(EVERY_READ_MODEL, Generation::FIRST, stream, &reason, self.clock.now()).await?;
        Ok(())
    }
}
