use std::sync::Arc;

use axum::Router;
use event_store::{ClaimKey, DynamoEventStore};
use functions::{
    callers::Callers,
    command_api,
    commands::Commands,
    dispatcher::Dispatcher,
    feed::{FeedReader, FeedWriter},
    http::{self, Route, Routes},
    imports::{self, ImportStore, Importer, Imports},
    limits::Limiter,
    operator_api::{self, Desk},
    projector::Projector,
    query_api::{self, Cursors, Sources},
    replays::{Replayer, Replays},
    watchdog::Watchdog,
    webhooks::{self, Courier, DeliveryLog, FanOut, Webhooks},
    worker::{MailSettings, Worker},
};
use infra_aws::{
    clock::Clock,
    documents::Documents,
    environment::{KeyRing, SecretKey},
    feed::FeedTable,
    mail::Mailer,
    queue::Queue,
    receivers::{Reach, Receivers},
    views::ViewStore,
};

/// Every function, composed as its binary composes it.
#[derive(Clone)]
pub struct Functions {
    pub commands: Commands,
    /// `command-api`, `query-api` and `operator-api`: the gateway routes by method and path, as the routers do.
    pub api: Router,
    /// The routes of each of the three, by their binaries.
    pub routes: Vec<(&'static str, Vec<Route>)>,
    pub projector: Projector,
    pub dispatcher: Dispatcher,
    pub worker: Worker,
    pub watchdog: Watchdog,
    pub replayer: Replayer,
    pub importer: Importer,
    pub courier: Courier,
}

/// What the functions are composed of.
pub struct Parts {
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub sqs: aws_sdk_sqs::Client,
    pub events_table: String,
    pub views_table: String,
    pub imports_table: String,
    pub feed_table: String,
    pub steps_queue_url: String,
    pub replays_queue_url: String,
    pub imports_queue_url: String,
    pub webhooks_table: String,
    pub deliveries_queue_url: String,
    /// Where webhooks may lead.
    pub webhook_reach: Reach,
    pub webhook_keys: KeyRing,
    pub claim_key: SecretKey,
    pub cursor_keys: KeyRing,
    pub mailer: Arc<dyn Mailer>,
    pub mail: MailSettings,
    /// Of all three HTTP functions, which are one instance here.
    pub limiter: Limiter,
    pub clock: Clock,
}

impl Functions {
    #[must_use]
    pub fn compose(parts: Parts) -> Self {
        let events = DynamoEventStore::new(parts.dynamodb.clone(), parts.events_table);
        let views = ViewStore::new(parts.dynamodb.clone(), &parts.views_table, parts.clock.clone());
        let store = ImportStore::new(parts.dynamodb.clone(), parts.imports_table, &parts.clock);
        let feed = FeedTable::new(parts.dynamodb.clone(), parts.feed_table);
        let log = DeliveryLog::new(parts.dynamodb.clone(), parts.webhooks_table, &parts.clock);
        let documents = Documents::new(parts.dynamodb, parts.views_table);
        let steps = Queue::new(parts.sqs.clone(), parts.steps_queue_url);
        let queue = Queue::new(parts.sqs.clone(), parts.replays_queue_url);
        let rows = Queue::new(parts.sqs.clone(), parts.imports_queue_url);
        let deliveries = Queue::new(parts.sqs, parts.deliveries_queue_url);
        let imports = Imports::new(store.clone(), rows, parts.clock.clone());
        let claim_key = ClaimKey::new(*parts.claim_key.bytes());
        // Each function remembers for itself, as instances do.
        let commands = || Commands::new(&events, &claim_key, parts.clock.clone());
        let cursors = Cursors::new(parts.cursor_keys);
        let reader = FeedReader::new(feed.clone(), events.clone(), parts.clock.clone());
        let sources = Sources {
            views: views.clone(),
            events: events.clone(),
            cursors: cursors.clone(),
            feed: reader,
            deliveries: log.clone(),
        };
        let writer = FeedWriter::on_one_clock(feed, parts.clock.clone());
        let callers = Callers::reading(&events, parts.clock.clone());
        let projector = Projector::new(events.clone(), views.clone(), parts.clock.clone());
        let replays = Replays::new(events.clone(), views.clone(), documents, queue, parts.clock.clone());
        let desk = Desk {
            projector: projector.clone(),
            replays: replays.clone(),
            cursors,
            limits: parts.limiter.tenants.clone(),
        };
        let taking = commands();
        let hooks = webhooks::commands(Webhooks {
            commands: taking.clone(),
            events: events.clone(),
            queue: deliveries.clone(),
            keys: parts.webhook_keys.clone(),
            reach: parts.webhook_reach,
        });
        let fan_out = FanOut::new(views.clone(), deliveries.clone(), parts.clock.clone());
        let receivers = Receivers::new(parts.webhook_reach);
        let courier =
            Courier::new(events.clone(), commands(), deliveries, log, receivers, parts.webhook_keys);
        let importing = imports::commands(imports.clone(), &taking.callers());
        let imported = imports::queries(store, sources.cursors.clone(), &callers);
        let apis = [
            ("command-api", command_api::routes(taking).merge(importing).merge(hooks)),
            ("query-api", query_api::routes(sources, &callers).merge(imported)),
            ("operator-api", operator_api::routes(desk, &callers)),
        ];
        let routes = apis.each_ref().map(|(binary, routes)| (*binary, routes.table().to_vec())).into();
        let all = apis.into_iter().map(|(_, routes)| routes).reduce(Routes::merge).expect("there are three");
        Self {
            api: http::service(all, &parts.limiter, parts.clock.clone()),
            routes,
            projector,
            dispatcher: Dispatcher::new(steps.clone(), writer, fan_out, parts.clock.clone()),
            worker: Worker::new(commands(), steps.clone(), parts.mailer, parts.mail),
            watchdog: Watchdog::new(
                events.clone(),
                commands(),
                views,
                steps,
                replays.clone(),
                imports.clone(),
            ),
            replayer: Replayer::new(replays),
            importer: Importer::new(imports, commands()),
            courier,
            commands: commands(),
        }
    }
}
