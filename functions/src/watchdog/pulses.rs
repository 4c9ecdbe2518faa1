use event_store::Pulse;
use infra_aws::{logs::chain, views::PULSES};

use super::Watchdog;

impl Watchdog {
    /// Sends pulses through the stream, by which lists tell how far behind they are. One that fails leaves them
    /// older than they had to be.
    pub(super) async fn pulse(&self) {
        for number in 0..PULSES {
            let pulse = Pulse { number, at: self.commands.clock.now() };
            if let Err(error) = self.events.pulse(pulse).await {
                tracing::warn!(number, error = chain(&error), "a pulse is not written");
            }
        }
    }
}
