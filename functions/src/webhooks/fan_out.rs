use std::collections::{BTreeMap, BTreeSet};

use domain::TenantId;
use event_store::Commit;
use infra_aws::{
    clock::Clock,
    logs::chain,
    queue::{Outgoing, Queue, SendError},
    views::ViewStore,
};

use super::{
    Delivery,
    message::DeliveryMessage,
    registry::{Enabled, Registry},
};
use crate::{stream::Delivered, trace_context::TraceContext};

/// Tells the courier of what webhooks are to be sent. For the dispatcher.
#[derive(Clone, Debug)]
pub struct FanOut {
    registry: Registry,
    queue: Queue,
}

/// Records that have to be delivered again, by their sequence numbers.
#[derive(Debug, thiserror::Error)]
#[error("webhooks may not be sent what {} records hold: {reason}", records.len())]
pub struct NotFanned {
    pub records: Vec<String>,
    pub reason: String,
}

impl FanOut {
    #[must_use]
    pub fn new(views: ViewStore, queue: Queue, clock: Clock) -> Self {
        Self { registry: Registry::new(views, clock), queue }
    }

    /// Sends a message for each event of a batch and each webhook that takes it. A commit that cannot be read has no
    /// events: the feed tells of it.
    ///
    /// # Errors
    /// Names the records that are not known to be with the courier.
    pub(crate) async fn send(&self, messages: Messages) -> Result<(), NotFanned> {
        let Messages { outgoing, records, failed } = messages;
        let (mut failed, mut reason) = failed;
        if let Err(SendError { places, reason: unsent }) = self.queue.send(&outgoing).await {
            failed.extend(places.into_iter().map(|place| records[place].clone()));
            reason = unsent;
        }
        let records: Vec<String> = failed.into_iter().collect();
        if records.is_empty() { Ok(()) } else { Err(NotFanned { records, reason }) }
    }

    /// What a batch is to be sent as. Asks which webhooks there are.
    pub(crate) async fn messages(&self, delivered: &[Delivered]) -> Messages {
        let mut messages = Messages::default();
        let mut tenants: BTreeMap<TenantId, Vec<(&str, &Commit)>> = BTreeMap::new();
        for Delivered { sequence_number, commit } in delivered {
            if let Ok(commit) = commit
                && let Ok(tenant) = TenantId::parse(commit.stream.tenant())
            {
                tenants.entry(tenant).or_default().push((sequence_number, commit));
            }
        }
        for (tenant, commits) in tenants {
            match self.registry.enabled(&tenant).await {
                Ok(enabled) => {
                    for (record, commit) in commits {
                        messages.add(&tenant, &enabled, record, commit);
                    }
                }
                Err(error) => {
                    messages.failed.0.extend(commits.into_iter().map(|(record, _)| record.to_owned()));
                    messages.failed.1 = chain(&error);
                }
            }
        }
        messages
    }
}

/// Messages, each with the sequence number of its record; and the records of which nobody knows whom to tell, and why.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    outgoing: Vec<Outgoing>,
    records: Vec<String>,
    failed: (BTreeSet<String>, String),
}

impl Messages {
    fn add(&mut self, tenant: &TenantId, enabled: &[Enabled], record: &str, commit: &Commit) {
        for Enabled { webhook, types } in enabled {
            let taken = (1..).zip(&commit.events).filter(|(_, event)| types.take(&event.event_type));
            for (place, _) in taken {
                let delivery = Delivery::of(&commit.stream, commit.number, place);
                let name = ["webhook", &webhook.to_string(), &delivery.to_string()];
                let traceparent = TraceContext::of_commit(commit).map(|parent| parent.child(&name));
                let message =
                    DeliveryMessage { tenant: tenant.clone(), webhook: *webhook, delivery, traceparent };
                self.outgoing.push(message.to_outgoing());
                self.records.push(record.to_owned());
            }
        }
    }
}
