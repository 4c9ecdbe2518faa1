//! What the binaries compose: each part from the environment and the AWS clients.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_sdk_dynamodb::{Client as DynamoDb, error::BoxError, types::AttributeValue};
use event_store::{ClaimKey, DynamoEventStore};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, join_all},
};
use infra_aws::{
    clients::{self, RetryConfig, SdkConfig},
    clock::Clock,
    documents::Documents,
    environment::{self, BadSetting, KeyRing},
    feed::FeedTable,
    limits::Buckets,
    logs,
    mail::{self, Mailer},
    metrics,
    queue::Queue,
    receivers::{Reach, Receivers},
    views::ViewStore,
};

use crate::{
    commands::Commands,
    feed::{FeedReader, FeedWriter},
    imports::{ImportStore, Imports},
    limits::{Limiter, TenantLimits},
    query_api::{Cursors, Sources},
    replays::Replays,
    webhooks::{Courier, DeliveryLog, FanOut, Webhooks},
};

/// What connections may keep a start waiting for, altogether; Lambda ends a start after ten seconds.
const LONGEST_WARM_UP: Duration = Duration::from_secs(1);

/// Where a function's first request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// DynamoDB, asked for an item of the event table.
    Events,
    /// DynamoDB, asked for an item of the table of views.
    Views,
    /// DynamoDB, sent an empty batch of items to write.
    Feed,
    /// SQS, sent an empty batch for the queue of steps.
    Steps,
    /// SQS, sent an empty batch for the queue of replays.
    Replays,
    /// SQS, sent an empty batch for the queue of imports.
    Imports,
    /// SQS, sent an empty batch for the queue of deliveries.
    Deliveries,
}

/// What a binary does first: logs and metrics go to standard output and, in a build with the feature `otel`, spans to
/// the collector that the environment names.
///
/// # Errors
/// When the collector's address cannot be used.
pub fn begin_telemetry() -> Result<(), BoxError> {
    logs::to_stdout();
    metrics::to_stdout();
    #[cfg(feature = "otel")]
    crate::spans::export_from_environment()?;
    Ok(())
}

/// AWS clients, made once per process.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
    dynamodb: DynamoDb,
    sqs: aws_sdk_sqs::Client,
}

impl Aws {
    pub async fn from_environment() -> Self {
        let config = clients::from_environment().await;
        Self { dynamodb: DynamoDb::new(&config), sqs: aws_sdk_sqs::Client::new(&config), config }
    }

    /// Opens connections while the function starts: then it has a whole processor, and nobody waits for the
    /// roots to be read, for TLS and for the credentials. The requests are ones that the function's role
    /// permits and that change nothing. What goes wrong is left to the first request, which can say so.
    pub async fn warm_up(&self, connections: &[Connection]) {
        let opened = join_all(connections.iter().map(|connection| self.open(*connection)));
        match tokio::time::timeout(LONGEST_WARM_UP, opened).await {
            Ok(opened) => drop(opened),
            Err(_) => tracing::warn!(?connections, "not open yet"),
        }
    }

    fn open(&self, connection: Connection) -> BoxFuture<'_, Result<(), BoxError>> {
        match connection {
            Connection::Events => self.ask_dynamodb(environment::EVENTS_TABLE).boxed(),
            Connection::Views => self.ask_dynamodb(environment::VIEWS_TABLE).boxed(),
            Connection::Feed => self.write_nothing().boxed(),
            Connection::Steps => self.ask_sqs(environment::STEPS_QUEUE_URL).boxed(),
            Connection::Replays => self.ask_sqs(environment::REPLAYS_QUEUE_URL).boxed(),
            Connection::Imports => self.ask_sqs(environment::IMPORTS_QUEUE_URL).boxed(),
            Connection::Deliveries => self.ask_sqs(environment::DELIVERIES_QUEUE_URL).boxed(),
        }
    }

    /// Half a read unit, for a partition that nothing is in.
    async fn ask_dynamodb(&self, table: &'static str) -> Result<(), BoxError> {
        let query = self.dynamodb.query().table_name(environment::text(table)?).limit(1);
        let query = query.key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", AttributeValue::S("!warm-up".into()));
        let once = aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled());
        query.customize().config_override(once).send().await?;
        Ok(())
    }

    /// DynamoDB refuses a batch without items; the connection stays open.
    async fn write_nothing(&self) -> Result<(), BoxError> {
        let once = aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled());
        let nothing = self.dynamodb.batch_write_item().set_request_items(Some(HashMap::new()));
        nothing.customize().config_override(once).send().await?;
        Ok(())
    }

    /// SQS refuses a batch without messages; the connection stays open.
    async fn ask_sqs(&self, queue_url: &'static str) -> Result<(), BoxError> {
        let nothing = self.sqs.send_message_batch().queue_url(environment::text(queue_url)?);
        let once = aws_sdk_sqs::config::Builder::new().retry_config(RetryConfig::disabled());
        nothing.set_entries(Some(Vec::new())).customize().config_override(once).send().await?;
        Ok(())
    }

    /// # Errors
    /// A missing setting.
    pub fn events(&self) -> Result<DynamoEventStore, BadSetting> {
        Ok(DynamoEventStore::new(self.dynamodb.clone(), environment::text(environment::EVENTS_TABLE)?))
    }

    /// # Errors
    /// A missing setting.
    pub fn views(&self) -> Result<ViewStore, BadSetting> {
        let table = environment::text(environment::VIEWS_TABLE)?;
        Ok(ViewStore::new(self.dynamodb.clone(), table, Clock::system()))
    }

    /// # Errors
    /// A missing setting.
    pub fn commands(&self) -> Result<Commands, BadSetting> {
        let claim_key = environment::key(environment::CLAIM_KEY)?;
        Ok(Commands::new(&self.events()?, &ClaimKey::new(*claim_key.bytes()), Clock::system()))
    }

    /// # Errors
    /// A missing setting.
    pub fn sources(&self) -> Result<Sources, BadSetting> {
        let feed = FeedReader::new(self.feed()?, self.events()?, Clock::system());
        let (views, events, deliveries) = (self.views()?, self.events()?, self.deliveries()?);
        Ok(Sources { views, events, cursors: self.cursors()?, feed, deliveries })
    }

    /// # Errors
    /// A missing setting.
    pub fn feed_writer(&self) -> Result<FeedWriter, BadSetting> {
        Ok(FeedWriter::new(self.feed()?, Clock::system()))
    }

    fn feed(&self) -> Result<FeedTable, BadSetting> {
        Ok(FeedTable::new(self.dynamodb.clone(), environment::text(environment::FEED_TABLE)?))
    }

    /// # Errors
    /// A missing or unusable setting.
    pub fn cursors(&self) -> Result<Cursors, BadSetting> {
        Ok(Cursors::new(environment::keys(environment::CURSOR_KEY)?))
    }

    /// # Errors
    /// A missing or unusable setting.
    pub fn limiter(&self) -> Result<Limiter, BadSetting> {
        let table = environment::text(environment::LIMITS_TABLE)?;
        let documents = Documents::new(self.dynamodb.clone(), &table);
        let defaults = environment::limits(environment::RATE_LIMITS)?;
        let tenants = TenantLimits::new(documents, defaults, Clock::system());
        Ok(Limiter::new(Buckets::new(&self.dynamodb, table), tenants, Clock::system()))
    }

    /// # Errors
    /// A missing setting.
    pub fn steps(&self) -> Result<Queue, BadSetting> {
        Ok(Queue::new(self.sqs.clone(), environment::text(environment::STEPS_QUEUE_URL)?))
    }

    /// # Errors
    /// A missing setting.
    pub fn replays(&self) -> Result<Replays, BadSetting> {
        let queue = Queue::new(self.sqs.clone(), environment::text(environment::REPLAYS_QUEUE_URL)?);
        let documents = Documents::new(self.dynamodb.clone(), environment::text(environment::VIEWS_TABLE)?);
        Ok(Replays::new(self.events()?, self.views()?, documents, queue, Clock::system()))
    }

    /// # Errors
    /// A missing setting.
    pub fn import_store(&self) -> Result<ImportStore, BadSetting> {
        let table = environment::text(environment::IMPORTS_TABLE)?;
        Ok(ImportStore::new(self.dynamodb.clone(), table, &Clock::system()))
    }

    /// # Errors
    /// A missing setting.
    pub fn imports(&self) -> Result<Imports, BadSetting> {
        let queue = Queue::new(self.sqs.clone(), environment::text(environment::IMPORTS_QUEUE_URL)?);
        Ok(Imports::new(self.import_store()?, queue, Clock::system()))
    }

    /// # Errors
    /// A missing or unusable setting.
    pub fn webhooks(&self, commands: Commands) -> Result<Webhooks, BadSetting> {
        let (events, queue, keys) = (self.events()?, self.deliveries_queue()?, self.webhook_keys()?);
        Ok(Webhooks { commands, events, queue, keys, reach: Reach::Public })
    }

    /// # Errors
    /// A missing setting.
    pub fn fan_out(&self) -> Result<FanOut, BadSetting> {
        Ok(FanOut::new(self.views()?, self.deliveries_queue()?, Clock::system()))
    }

    /// # Errors
    /// A missing or unusable setting.
    pub fn courier(&self) -> Result<Courier, BadSetting> {
        let (queue, log) = (self.deliveries_queue()?, self.deliveries()?);
        let receivers = Receivers::new(Reach::Public);
        Ok(Courier::new(self.events()?, self.commands()?, queue, log, receivers, self.webhook_keys()?))
    }

    fn deliveries(&self) -> Result<DeliveryLog, BadSetting> {
        let table = environment::text(environment::WEBHOOKS_TABLE)?;
        Ok(DeliveryLog::new(self.dynamodb.clone(), table, &Clock::system()))
    }

    fn deliveries_queue(&self) -> Result<Queue, BadSetting> {
        Ok(Queue::new(self.sqs.clone(), environment::text(environment::DELIVERIES_QUEUE_URL)?))
    }

    fn webhook_keys(&self) -> Result<KeyRing, BadSetting> {
        environment::keys(environment::WEBHOOK_KEY)
    }

    /// # Errors
    /// A missing or unusable setting.
    pub fn mailer(&self) -> Result<Arc<dyn Mailer>, BadSetting> {
        mail::from_environment(&self.config, Clock::system())
    }
}
