use axum::http::Method;
use projections::webhook_directory::WebhookItem;
use serde_json::{Value, json};

use super::{NOT_MODIFIED, VERSIONED};
use crate::{
    http::Kind,
    openapi::{Answer, Header, Operation, Tag, parameter},
    query_api::list_deliveries,
};

pub(super) fn operations() -> Vec<Operation> {
    vec![list(), get(), deliveries()]
}

const AT: &str = "2026-11-22T12:00:00Z";

fn list() -> Operation {
    let page = Answer::new(200, "A page of webhooks.")
        .page_of::<WebhookItem>(json!({ "items": [webhook()], "next": null }));
    Operation::new(Method::GET, "/v1/webhooks", "listWebhooks", Tag::Webhooks)
        .takes([parameter::limit(), parameter::cursor()])
        .says("List webhooks", "The tenant's webhooks by id.")
        .answers(page.with(&[Header::ReadLag]).leads_to("getWebhook", "id", "$response.body#/items/0/id"))
}

fn get() -> Operation {
    Operation::new(Method::GET, "/v1/webhooks/{id}", "getWebhook", Tag::Webhooks)
        .takes([parameter::consistency_token(), parameter::if_none_match()])
        .says("Get a webhook", "Where it leads, what it takes, and whether it is enabled; not its secret.")
        .answers(Answer::new(200, "The webhook.").of::<WebhookItem>(webhook()).with(VERSIONED))
        .answers(Answer::new(304, NOT_MODIFIED).with(VERSIONED))
        .refuses(&[Kind::INVALID_PARAMETER, Kind::NO_SUCH_WEBHOOK])
}

fn deliveries() -> Operation {
    let tried = json!({
        "delivery": "msg_dXNlci8xLzEvMDE5MWYzYTY", "eventType": "user.created", "number": 1, "at": AT,
        "durationMs": 120, "arrived": false, "status": 503, "error": null, "againAt": AT,
    });
    let page = Answer::new(200, "A page of tries.")
        .page_of::<list_deliveries::Item>(json!({ "items": [tried], "next": null }));
    Operation::new(Method::GET, "/v1/webhooks/{id}/deliveries", "listDeliveries", Tag::Webhooks)
        .takes([parameter::limit(), parameter::cursor()])
        .says("List deliveries", "The tries of the last seven days, the newest first.")
        .answers(page)
        .refuses(&[Kind::NO_SUCH_WEBHOOK])
}

fn webhook() -> Value {
    json!({
        "id": "0191f3a6-4f57-5c3e-8b1d-2f6a9e4c7d10", "version": 1, "url": "https://example.com/hook",
        "types": ["user.created"], "enabled": true, "disabledReason": null, "secretVersion": 1,
        "oldSecretUntil": null, "createdAt": AT, "updatedAt": AT,
    })
}
