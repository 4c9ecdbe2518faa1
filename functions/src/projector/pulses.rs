use event_store::Pulse;
use infra_aws::logs::chain;

use super::Projector;

impl Projector {
    /// Notes how far the views are. A pulse that cannot be noted is not worth another delivery of its batch: there
    /// will be a newer one.
    pub(super) async fn note_pulses(&self, pulses: Vec<Pulse>) {
        for Pulse { number, at } in pulses {
            if let Err(error) = self.views.note_pulse(number, at).await {
                tracing::warn!(number, error = chain(&error), "a pulse is not noted");
            }
        }
    }
}
