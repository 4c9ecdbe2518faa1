//! The HTTP function that answers questions, from the read models. It never appends. Who brings the
//! consistency token of a command sees at least that command: the missing commits are folded on the fly.

mod answer;
mod as_of;
mod confirm_page;
pub(crate) mod cursor;
mod document;
mod fresh;
mod get_provisioning;
mod get_settings;
mod get_summary;
mod get_timeline;
mod get_user;
mod get_webhook;
mod health;
mod list_deliveries;
mod list_events;
mod list_roles;
mod list_users;
mod list_webhooks;
mod long_poll;
mod operations;
pub(crate) mod page;
mod problem_page;
mod read_lag;

use domain::Action;
use event_store::DynamoEventStore;
use infra_aws::views::ViewStore;

pub use cursor::Cursors;
pub(crate) use operations::operations;

use crate::{callers::Callers, console, feed::FeedReader, http::Routes, webhooks::DeliveryLog};

/// What questions are answered from.
#[derive(Clone, Debug)]
pub struct Sources {
    pub views: ViewStore,
    /// For what the views do not have yet.
    pub events: DynamoEventStore,
    pub cursors: Cursors,
    pub feed: FeedReader,
    pub deliveries: DeliveryLog,
}

/// The routes of the function, and what their callers must be allowed to do.
pub fn routes(sources: Sources, callers: &Callers) -> Routes {
    Routes::judged_by(callers)
        .get("/v1/users", Action::ReadUsers, list_users::handle)
        .get("/v1/users/{id}", Action::ReadUsers, get_user::handle)
        .get("/v1/users/{id}/provisioning", Action::ReadUsers, get_provisioning::handle)
        .get("/v1/users/{id}/timeline", Action::ReadUsers, get_timeline::handle)
        .get("/v1/roles", Action::ReadRoles, list_roles::handle)
        .get("/v1/summary", Action::ReadUsers, get_summary::handle)
        .get("/v1/settings", Action::ReadSettings, get_settings::handle)
        .get("/v1/webhooks", Action::ReadWebhooks, list_webhooks::handle)
        .get("/v1/webhooks/{id}", Action::ReadWebhooks, get_webhook::handle)
        .get("/v1/webhooks/{id}/deliveries", Action::ReadWebhooks, list_deliveries::handle)
        .get("/v1/events", Action::ReadEvents, list_events::handle)
        // Whoever waits is judged again before they are answered.
        .with_extension(callers.clone())
        .get("/healthz", None, health::handle)
        .page("/confirm", &["text/html"], confirm_page::handle)
        .get("/v1/openapi.json", None, document::openapi)
        .page("/docs", &["text/html"], document::reference)
        .page("/console", &["text/html"], console::page)
        .page("/console/{file}", console::OFFERED, console::file)
        .page("/problems/{code}", problem_page::OFFERED, problem_page::handle)
        .with_state(sources)
}
