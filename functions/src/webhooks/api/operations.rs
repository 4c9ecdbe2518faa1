use axum::http::Method;
use serde_json::{Value, json};

use super::{
    answer::{Answer as Told, Sent},
    change, create,
    plain::Request as Nothing,
};
use crate::{
    command_api::{OF_COMMANDS, VERSIONED},
    http::Kind,
    openapi::{Answer, Operation, Tag, parameter},
};

pub(crate) fn operations() -> Vec<Operation> {
    let disabled =
        "Nothing is sent any more, until somebody enables it. What happens meanwhile is in the feed.";
    vec![
        create(),
        change(),
        delete(),
        plain("/v1/webhooks/{id}/enable", "enableWebhook")
            .says("Enable a webhook", "Sends what happens from some seconds later on."),
        plain("/v1/webhooks/{id}/disable", "disableWebhook").says("Disable a webhook", disabled),
        rotate_secret(),
        test(),
        redeliver(),
    ]
}

const ID: &str = "0191f3a6-4f57-5c3e-8b1d-2f6a9e4c7d10";
const SECRET: &str = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";

fn create() -> Operation {
    let created = Answer::new(201, "The webhook was created. Its secret is told here, and never again.")
        .of::<Told>(with_secret(webhook(1)))
        .with(VERSIONED)
        .leads_to("getWebhook", "id", "$response.body#/id");
    let tried = Answer::new(200, "What it would record. Nothing was recorded.");
    Operation::new(Method::POST, "/v1/webhooks", "createWebhook", Tag::Webhooks)
        .takes([parameter::idempotency_key().required(), parameter::dry_run()])
        .says(
            "Create a webhook",
            "Sends what happens from some seconds later on to an address, as a POST of one event in CloudEvents' \
             notation, signed as Standard Webhooks says. A 2xx within ten seconds takes it; 410 ends it; else it is \
             tried eight times in ten hours. Events arrive at least once, in no promised order. The address must lead \
             to a public one, and redirects are not followed.",
        )
        .body::<create::Request>(json!({ "url": "https://example.com/hook", "types": ["user.created"] }))
        .answers(created)
        .answers(tried.of::<Told>(dry_run_of(webhook(0))).or_dry_run().with(VERSIONED))
        .refuses(OF_COMMANDS)
        .refuses(&[Kind::IDEMPOTENCY_KEY_REQUIRED, Kind::WEBHOOK_LIMIT, Kind::INVALID_VALUE])
}

fn change() -> Operation {
    let parameters = [parameter::idempotency_key(), parameter::must_match(), parameter::dry_run()];
    Operation::new(Method::PATCH, "/v1/webhooks/{id}", "changeWebhook", Tag::Webhooks)
        .takes(parameters)
        .says("Change a webhook", "A merge patch: what is absent stays.")
        .body_if_any::<change::Request>(json!({ "types": [] }))
        .answers(state())
        .refuses(OF_COMMANDS)
        .refuses(&[Kind::PRECONDITION_REQUIRED, Kind::NO_SUCH_WEBHOOK, Kind::INVALID_VALUE])
}

fn delete() -> Operation {
    let tried = Answer::new(200, "What it would record. Nothing was recorded.");
    on_webhook(Method::DELETE, "/v1/webhooks/{id}", "deleteWebhook")
        .says("Delete a webhook", "Nothing is sent any more, and its place is free.")
        .body_if_any::<Nothing>(json!({}))
        .answers(Answer::new(204, "The webhook is deleted.").with(VERSIONED))
        .answers(tried.object().with(VERSIONED))
}

fn rotate_secret() -> Operation {
    let rotated = Answer::new(200, "The new secret, told here and never again; or a dry run.")
        .of::<Told>(with_secret(webhook(2)))
        .or_dry_run()
        .with(VERSIONED);
    on_webhook(Method::POST, "/v1/webhooks/{id}/rotate-secret", "rotateWebhookSecret")
        .says(
            "Rotate the secret",
            "For 24 hours messages have two signatures, by the new secret and by the one before.",
        )
        .body_if_any::<Nothing>(json!({}))
        .answers(rotated)
}

fn test() -> Operation {
    sending("/v1/webhooks/{id}/test", "testWebhook").says(
        "Try a webhook out",
        "Sends an event of the type `rollcall.webhook.test`, once, enabled or not.",
    )
}

fn redeliver() -> Operation {
    sending("/v1/webhooks/{id}/deliveries/{delivery}/redeliver", "redeliver")
        .says("Deliver an event again", "The same event under the same `webhook-id`, with all its tries.")
        .refuses(&[Kind::NO_SUCH_DELIVERY, Kind::WEBHOOK_DISABLED])
}

/// What is handed to the courier.
fn sending(path: &'static str, id: &'static str) -> Operation {
    let delivery = "msg_dXNlci8xLzEvMDE5MWYzYTY";
    Operation::new(Method::POST, path, id, Tag::Webhooks)
        .takes([parameter::idempotency_key()])
        .body_if_any::<Nothing>(json!({}))
        .answers(Answer::new(202, "It will be sent.").of::<Sent>(json!({ "delivery": delivery })))
        .refuses(&[Kind::INVALID_PARAMETER, Kind::INVALID_HEADER, Kind::NO_SUCH_WEBHOOK, Kind::UNAVAILABLE])
}

fn plain(path: &'static str, id: &'static str) -> Operation {
    on_webhook(Method::POST, path, id).body_if_any::<Nothing>(json!({})).answers(state())
}

fn on_webhook(method: Method, path: &'static str, id: &'static str) -> Operation {
    let parameters = [parameter::idempotency_key(), parameter::if_match(), parameter::dry_run()];
    Operation::new(method, path, id, Tag::Webhooks)
        .takes(parameters)
        .refuses(OF_COMMANDS)
        .refuses(&[Kind::NO_SUCH_WEBHOOK])
}

fn state() -> Answer {
    Answer::new(200, "The webhook after the command, or a dry run.")
        .of::<Told>(webhook(2))
        .or_dry_run()
        .with(VERSIONED)
}

fn webhook(version: u64) -> Value {
    json!({
        "id": ID, "version": version, "url": "https://example.com/hook", "types": ["user.created"], "enabled": true,
        "disabledReason": null, "secretVersion": 1, "oldSecretUntil": null,
    })
}

fn with_secret(mut webhook: Value) -> Value {
    webhook["secret"] = SECRET.into();
    webhook
}

fn dry_run_of(mut webhook: Value) -> Value {
    webhook["dryRun"] = true.into();
    webhook["events"] = json!([]);
    webhook
}
