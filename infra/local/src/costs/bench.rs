use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request},
};
use chrono::TimeDelta;
use domain::{CallerRole, TenantId, UserId};
use event_store::{ClaimKey, DynamoEventStore, item_size};
use functions::{
    command_api,
    commands::Commands,
    confirmation_token::{self, Named},
    http, limits,
};
use futures_util::future::BoxFuture;
use infra_aws::{
    clients,
    mail::{MailError, Mailer, MessageId},
    receivers::Reach,
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tower::ServiceExt as _;

use super::{
    At, Counted, Kind, Usage,
    deeds::{Ask, Deed},
    meter::Meter,
};
use crate::{
    backend::{Backend, Settings, limiter},
    clock::ManualClock,
    host::{Delivery, gateway},
    issuer::TokenRequest,
    secrets::Secrets,
    stack::{Clients, EVENTS_TABLE, Home, Ports, VIEWS_TABLE},
    template::Template,
};

const TENANT: &str = "acme";
/// So many deliveries of nothing but one user's work come to an end.
const PATIENCE: usize = 100;
const BETWEEN_CALM_REQUESTS: TimeDelta = TimeDelta::seconds(10);
/// What DynamoDB adds to each item that it stores, in bytes.
const STORED_WITH_EACH: u64 = 100;

/// Bytes in the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    pub events: u64,
    pub views: u64,
}

pub(super) struct Bench {
    backend: Backend,
    clock: ManualClock,
    secrets: Secrets,
    meter: Meter,
    /// What the limiter asks: apart, because it depends on how a client comes.
    limits: Meter,
    mails: Mails,
    bob: UserId,
}

/// A provider that takes every mail.
#[derive(Clone, Default)]
struct Mails(Arc<AtomicU64>);

impl Mailer for Mails {
    fn send<'a>(&'a self, _: &'a lettre::Message) -> BoxFuture<'a, Result<MessageId, MailError>> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { Ok(number.to_string()) })
    }
}

impl Bench {
    /// A tenant with two roles and Bob, who has confirmed.
    pub(super) async fn start() -> Result<Self, BoxError> {
        let clock = ManualClock::new("2026-11-21T12:00:00Z".parse()?);
        let meter = || Meter::around(clients::loopback_http_client());
        let (meter, limits, mails) = (meter(), meter(), Mails::default());
        let secrets = Secrets::drawn()?;
        let backend = Backend::open(Settings {
            home: Home::Memory,
            ports: Ports::default(),
            clock: clock.clock(),
            secrets: secrets.clone(),
            function_client: SharedHttpClient::new(meter.clone()),
            limiter_client: SharedHttpClient::new(limits.clone()),
            limiter_patience: limits::PATIENCE,
            limits: Template::deployed().rate_limits(),
            mailer: Arc::new(mails.clone()),
            webhook_reach: Reach::Public,
            public_url: "http://127.0.0.1".into(),
            provider: None,
        })
        .await?;
        let bob = user("bob")?;
        let bench = Self { backend, clock, secrets, meter, limits, mails, bob };
        for role in ["engineer", "oncall"] {
            bench.ask(&bench.backend.api, Method::POST, "/v1/roles", role, &json!({ "name": role })).await?;
        }
        bench.settle(&mut Counted::of("", Kind::Command)).await?;
        bench.create_and_confirm("bob", &[], &mut Counted::of("", Kind::Command)).await?;
        bench.ask(&bench.backend.api, Method::GET, &format!("/v1/users/{bob}"), "", &Value::Null).await?;
        Ok(bench)
    }

    pub(super) async fn count(&mut self, deed: &Deed) -> Result<Counted, BoxError> {
        let mut counted = Counted::of(deed.name, deed.kind);
        let (before, mails) = (self.stored().await?, self.mails.0.load(Ordering::Relaxed));
        self.meter.take();
        match &deed.ask {
            Ask::CreateAndConfirm => {
                self.create_and_confirm("dave", &["engineer", "oncall"], &mut counted).await?
            }
            Ask::One(method, path, body) => {
                let api = if deed.cold { &self.another_instance()? } else { &self.backend.api };
                let path = path.replace("{id}", &self.bob.to_string());
                self.ask(api, method.clone(), &path, deed.name, &body()).await?;
                let at = if deed.kind == Kind::Query { At::QueryApi } else { At::CommandApi };
                counted.add(at, self.meter.take());
                counted.api_requests += 1;
                self.settle(&mut counted).await?;
            }
            Ask::Watch => {
                self.backend.watch().await?;
                counted.add(At::Watchdog, self.meter.take());
            }
            Ask::Limit => {
                let path = format!("/v1/users/{}", self.bob);
                for _ in 0..2 {
                    // What the instance held for the client is over, and what it knows of the tenant is not.
                    self.clock.advance(BETWEEN_CALM_REQUESTS);
                    self.limits.take();
                    self.ask(&self.backend.api, Method::GET, &path, "", &Value::Null).await?;
                }
                counted.add(At::QueryApi, self.limits.take());
            }
        }
        let after = self.stored().await?;
        counted.stored = Stored {
            events: after.events.saturating_sub(before.events),
            views: after.views.saturating_sub(before.views),
        };
        counted.mails = self.mails.0.load(Ordering::Relaxed) - mails;
        Ok(counted)
    }

    async fn create_and_confirm(
        &self,
        name: &str,
        roles: &[&str],
        counted: &mut Counted,
    ) -> Result<(), BoxError> {
        let body = json!({ "userName": name, "displayName": format!("{name} Example"), "roles": roles,
                           "email": format!("{name}@example.com") });
        self.ask(&self.backend.api, Method::POST, "/v1/users", name, &body).await?;
        counted.add(At::CommandApi, self.meter.take());
        self.settle(counted).await?;
        let named = Named { tenant: TenantId::parse(TENANT)?, user: user(name)?, number: 1 };
        let token = confirmation_token::derive(&self.secrets.confirmation_keys.current, &named);
        self.ask(&self.backend.api, Method::POST, "/v1/confirmations", name, &json!({ "token": token }))
            .await?;
        counted.add(At::CommandApi, self.meter.take());
        counted.api_requests += 2;
        self.settle(counted).await
    }

    /// Delivers commit by commit and message by message, until nothing is left.
    async fn settle(&self, counted: &mut Counted) -> Result<(), BoxError> {
        for _ in 0..PATIENCE {
            let projected = Box::pin(self.backend.project()).await?;
            counted.add(At::Projector, self.meter.take());
            let dispatched = Box::pin(self.backend.dispatch()).await?;
            counted.add(At::Dispatcher, self.meter.take());
            let worked = Box::pin(self.backend.work(10)).await?;
            counted.add(At::Worker, self.meter.take());
            counted.messages += worked as u64;
            match dispatched {
                Delivery::Handled(records) => counted.records += records as u64,
                Delivery::Idle => {}
                Delivery::SetAside | Delivery::Failed => return Err("a record cannot be delivered".into()),
            }
            if (projected, worked) == (Delivery::Idle, 0) && dispatched == Delivery::Idle {
                return Ok(());
            }
        }
        Err("deliveries do not come to an end".into())
    }

    /// The API of an instance of `command-api` that remembers nothing.
    fn another_instance(&self) -> Result<Router, BoxError> {
        let stack = &self.backend.stack;
        let http = SharedHttpClient::new(self.meter.clone());
        let clients = Clients::at(&stack.dynamodb_url, &stack.sqs_url, http);
        let events = DynamoEventStore::new(clients.dynamodb, EVENTS_TABLE);
        let claim_key = ClaimKey::new(*self.secrets.claim_key.bytes());
        let routes = command_api::routes(Commands::new(&events, &claim_key, self.clock.clock()));
        let limits = Template::deployed().rate_limits();
        let limiter = limiter(&stack.clients.dynamodb, limits, &self.clock.clock());
        let api = http::service(routes, &limiter, self.clock.clock());
        Ok(gateway(api, self.backend.authorizer.clone(), self.clock.clock(), Arc::new(Notify::new())))
    }

    /// Sends a request that is not refused.
    async fn ask(
        &self,
        api: &Router,
        method: Method,
        path: &str,
        key: &str,
        body: &Value,
    ) -> Result<(), BoxError> {
        let request = TokenRequest {
            tenant: TenantId::parse(TENANT)?,
            subject: "an-administrator".into(),
            roles: vec![CallerRole::Owner],
            lifetime: TimeDelta::hours(1),
        };
        let token = self.backend.issuer.issue(&request, self.clock.now());
        let said = format!("{method} {path}");
        let request =
            Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        let request = if body.is_null() {
            request.body(Body::empty())?
        } else {
            let request = request
                .header("content-type", "application/json")
                .header("idempotency-key", key)
                .header("if-match", "*");
            request.body(Body::from(body.to_string()))?
        };
        let (parts, body) = api.clone().oneshot(request).await?.into_parts();
        if parts.status.is_success() {
            return Ok(());
        }
        let body = String::from_utf8_lossy(&to_bytes(body, usize::MAX).await?).into_owned();
        Err(format!("{said} is refused: {} {body}", parts.status).into())
    }

    async fn stored(&self) -> Result<Stored, BoxError> {
        Ok(Stored { events: self.bytes_of(EVENTS_TABLE).await?, views: self.bytes_of(VIEWS_TABLE).await? })
    }

    async fn bytes_of(&self, table: &str) -> Result<u64, BoxError> {
        let scan = self.backend.stack.clients.dynamodb.scan().table_name(table).into_paginator().items();
        let items: Vec<_> = scan.send().collect::<Result<_, _>>().await?;
        Ok(items.iter().map(|item| STORED_WITH_EACH + item_size(item) as u64).sum())
    }
}

impl Counted {
    fn of(name: &'static str, kind: Kind) -> Self {
        let (used, stored) = (BTreeMap::new(), Stored::default());
        Self { name, kind, used, api_requests: 0, records: 0, messages: 0, mails: 0, stored }
    }

    fn add(&mut self, at: At, used: Usage) {
        if used != Usage::default() {
            let sum = self.used.entry(at).or_default();
            *sum = *sum + used;
        }
    }
}

/// As the API derives it from the key.
fn user(key: &str) -> Result<UserId, BoxError> {
    Ok(UserId::derive(&TenantId::parse(TENANT)?, key))
}
