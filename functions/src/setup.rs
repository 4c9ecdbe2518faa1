//! What the binaries compose: each part from the environment and the AWS clients.

use std::sync::Arc;

use aws_sdk_dynamodb::Client as DynamoDb;
use event_store::{ClaimKey, DynamoEventStore};
use infra_aws::{
    clients::{self, SdkConfig},
    clock::Clock,
    documents::Documents,
    environment::{self, BadSetting},
    mail::{self, Mailer},
    queue::Queue,
    views::ViewStore,
};

use crate::{
    commands::Commands,
    query_api::{Cursors, Sources},
    replays::Replays,
};

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
        Ok(Sources { views: self.views()?, events: self.events()?, cursors: self.cursors()? })
    }

    /// # Errors
    /// A missing or unusable setting.
    pub fn cursors(&self) -> Result<Cursors, BadSetting> {
        Ok(Cursors::new(environment::keys(environment::CURSOR_KEY)?))
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
    /// A missing or unusable setting.
    pub fn mailer(&self) -> Result<Arc<dyn Mailer>, BadSetting> {
        mail::from_environment(&self.config, Clock::system())
    }
}
