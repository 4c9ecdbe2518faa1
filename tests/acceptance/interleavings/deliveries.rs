//! What the table's stream delivers to the projector and to the dispatcher.

use aws_lambda_events::dynamodb::EventRecord;

use super::{
    laws::{Broken, ensure},
    plan::Again,
    stage::Stage,
    tale::Tale,
};
use crate::chance::Chance;

impl Stage<'_> {
    /// Delivers the next records to the projector. What failed comes again, with all that follows it.
    pub(super) async fn project(&mut self, count: usize) -> Result<(), Broken> {
        let batch = next(&self.tale.records, self.projected, count);
        if batch.is_empty() {
            return Ok(());
        }
        let response = self.app.backend.functions.projector.handle(Tale::batch(batch)).await;
        let failed = response.batch_item_failures.first().and_then(|failed| failed.item_identifier.clone());
        let done = done(batch, failed.as_deref());
        ensure(self.troubled || done == batch.len(), || "a record could not be projected".into())?;
        self.projected += done;
        Ok(())
    }

    pub(super) async fn dispatch(&mut self, count: usize) -> Result<(), Broken> {
        let batch = next(&self.tale.records, self.dispatched, count);
        if batch.is_empty() {
            return Ok(());
        }
        let before = self.waiting().await;
        let response = self.app.backend.functions.dispatcher.handle(Tale::batch(batch)).await;
        let failed = response.batch_item_failures.first().and_then(|failed| failed.item_identifier.clone());
        let done = done(batch, failed.as_deref());
        ensure(self.troubled || done == batch.len(), || "a record could not be dispatched".into())?;
        let (steps, sent) = (Tale::steps_of(&batch[..done]) as u64, self.waiting().await - before);
        ensure(sent >= steps, || format!("{steps} steps were dispatched, and {sent} messages are there"))?;
        self.dispatched += done;
        Ok(())
    }

    /// Delivers what was set aside, after everything that came later.
    pub(super) async fn project_what_was_set_aside(&mut self) -> Result<(), Broken> {
        let records = std::mem::take(&mut self.set_aside);
        let response = self.app.backend.functions.projector.handle(Tale::batch(&records)).await;
        ensure(response.batch_item_failures.is_empty(), || "a record could not be projected".into())
    }

    pub(super) async fn project_again(&self, again: Again) {
        let batch = self.once_more(again, self.projected);
        drop(self.app.backend.functions.projector.handle(Tale::batch(&batch)).await);
    }

    pub(super) async fn dispatch_again(&self, again: Again) {
        let batch = self.once_more(again, self.dispatched);
        drop(self.app.backend.functions.dispatcher.handle(Tale::batch(&batch)).await);
    }

    fn once_more(&self, again: Again, delivered: usize) -> Vec<EventRecord> {
        let until = delivered.saturating_sub(again.back);
        let mut batch = self.tale.records[until.saturating_sub(again.count)..until].to_vec();
        Chance::of(again.order).shuffle(&mut batch);
        batch
    }

    /// Keeps the next records from the projector, until the end.
    pub(super) fn set_aside(&mut self, count: usize) {
        let batch = next(&self.tale.records, self.projected, count);
        self.projected += batch.len();
        self.set_aside.extend_from_slice(batch);
    }

    pub(super) fn has_delivered_all(&self) -> bool {
        self.projected == self.tale.records.len() && self.dispatched == self.tale.records.len()
    }
}

fn next(records: &[EventRecord], from: usize, count: usize) -> &[EventRecord] {
    &records[from..records.len().min(from + count)]
}

/// How many records of the batch need not come again.
fn done(batch: &[EventRecord], failed: Option<&str>) -> usize {
    let Some(failed) = failed else { return batch.len() };
    let is_it = |record: &EventRecord| record.change.sequence_number.as_deref() == Some(failed);
    batch.iter().position(is_it).unwrap_or_default()
}
