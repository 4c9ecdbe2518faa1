use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use domain::{
    TenantId,
    webhook::{EventTypes, Loopback, Slot, Webhook, WebhookCommand, WebhookId, WebhookUrl},
};
use event_store::{ExecuteError, Executed, StoreError};
use infra_aws::receivers::Reach;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{Array, ArrayBuilder, ObjectBuilder, Type};

use super::{Webhooks, answer::Answer};
use crate::{
    command_api::{
        answer::{carried_out, previewed},
        order::{Asked, order},
    },
    commands::Order,
    feed::EVENT_TYPES,
    http::{Authenticated, Body, DryRun, IdempotencyKey, Kind, ParseAll, Problem},
    webhooks::secret,
};

const ROUTE: &str = "create_webhook";

/// `POST /v1/webhooks`
#[derive(Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateWebhook)]
pub(super) struct Request {
    /// Where to: `https`, to an address that is reachable from the Internet.
    #[schema(format = "uri", max_length = 2048)]
    url: String,
    /// Which types of events it is told of; all of them, if none is named.
    #[serde(default)]
    #[schema(schema_with = event_types)]
    types: Vec<String>,
}

pub(super) fn event_types() -> Array {
    let one = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(EVENT_TYPES.iter().copied()));
    let text = "Which types of events it is told of; all of them, if none is named.";
    ArrayBuilder::new().items(one).description(Some(text)).build()
}

/// Sends what happens from now on to an address.
pub(super) async fn handle(
    State(webhooks): State<Webhooks>,
    caller: Authenticated,
    IdempotencyKey(key): IdempotencyKey,
    DryRun(dry_run): DryRun,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let mut all = ParseAll::default();
    let url = parse_url(&mut all, &request.url, webhooks.reach);
    let types = parse_types(&mut all, &request.types);
    all.finish()?;
    let (Some(url), Some(types)) = (url, types) else {
        return Err(Problem::new(Kind::INVALID_VALUE, Kind::INVALID_VALUE.advice));
    };
    let said = serde_json::to_vec(&request).unwrap_or_default();
    let tenant = caller.0.tenant.clone();
    let order = order(tenant.clone(), caller.actor(), Asked { route: ROUTE, key, body: &said });
    // The id follows from the command's: a repeated create meets itself.
    let id = WebhookId::derive(&tenant, &order.command_id);
    let key = secret::name_of(&webhooks.keys.current);
    let in_slot =
        |slot| WebhookCommand::Create { url: url.clone(), types: types.clone(), slot, key: key.clone() };
    if dry_run {
        let first = Slot::all().next().map(in_slot).ok_or_else(full)?;
        let preview = webhooks.commands.preview_webhook(id, order, first).await?;
        let then = Answer::of(id, preview.commit, &preview.state);
        return Ok(previewed(preview, then));
    }
    let created = take_a_slot(&webhooks, id, &order, in_slot).await?;
    Ok(answer(&webhooks, &tenant, id, &created))
}

/// Tries one place after the other: which of them are free, only the claims say.
async fn take_a_slot(
    webhooks: &Webhooks,
    id: WebhookId,
    order: &Order,
    in_slot: impl Fn(Slot) -> WebhookCommand,
) -> Result<Executed<Webhook>, Problem> {
    for slot in Slot::all() {
        match webhooks.commands.webhook(id, order.clone(), in_slot(slot)).await {
            Err(ExecuteError::Store(StoreError::ClaimTaken { .. })) => {}
            created => return Ok(created?),
        }
    }
    Err(full())
}

fn full() -> Problem {
    Problem::new(Kind::WEBHOOK_LIMIT, Kind::WEBHOOK_LIMIT.advice)
}

fn answer(webhooks: &Webhooks, tenant: &TenantId, id: WebhookId, created: &Executed<Webhook>) -> Response {
    let answer = Answer::of(id, created.receipt.commit, &created.state);
    let answer = answer.with_secret(webhooks.secret(tenant, id, &created.state));
    let mut response = carried_out(StatusCode::CREATED, &created.receipt, answer);
    let location = HeaderValue::from_str(&format!("/v1/webhooks/{id}"));
    response.headers_mut().extend(location.ok().map(|location| (header::LOCATION, location)));
    response
}

pub(super) fn parse_url(all: &mut ParseAll, url: &str, reach: Reach) -> Option<WebhookUrl> {
    let loopback = match reach {
        Reach::Public => Loopback::Refused,
        Reach::PublicAndLoopback => Loopback::Allowed,
    };
    let url = all.parse("/url", WebhookUrl::parse(url, loopback))?;
    if reach.judge(url.as_str()).is_err() {
        let message = "nothing is sent to this address: name one that is reachable from the Internet";
        all.refuse("/url", "webhook-url-not-public", message);
        return None;
    }
    Some(url)
}

pub(super) fn parse_types(all: &mut ParseAll, types: &[String]) -> Option<EventTypes> {
    let mut known = Vec::new();
    for (place, name) in types.iter().enumerate() {
        match EVENT_TYPES.iter().find(|known| *known == name) {
            Some(name) => known.push(*name),
            None => all.refuse(
                format!("/types/{place}"),
                "event-type-unknown",
                "there is no such type of event; GET /v1/openapi.json lists them",
            ),
        }
    }
    (known.len() == types.len()).then(|| EventTypes::of(known))
}
