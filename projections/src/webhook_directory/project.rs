use cqrs_es::Aggregate as _;
use domain::webhook::{Webhook, WebhookEvent};

use super::{ENABLED, THERE, WebhookDirectory, WebhookView};
use crate::{Facts, ReadModel};

impl ReadModel for WebhookDirectory {
    const NAME: &'static str = "webhook_directory";
    const SOURCE: &'static str = Webhook::TYPE;
    type Event = WebhookEvent;
    type View = WebhookView;

    fn project(view: &mut WebhookView, event: &WebhookEvent, facts: &Facts<WebhookEvent>) {
        if matches!(event, WebhookEvent::Created { .. }) {
            view.created_at = facts.committed_at;
        }
        view.updated_at = facts.committed_at;
        view.webhook.apply(event.clone());
    }

    fn terms(view: &WebhookView) -> Vec<String> {
        let known = view.webhook.registration();
        let enabled = known.filter(|known| known.is_enabled()).map(|_| ENABLED.to_owned());
        known.map(|_| THERE.to_owned()).into_iter().chain(enabled).collect()
    }
}
