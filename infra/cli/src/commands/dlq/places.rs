//! Where the queues are.

use aws_sdk_sqs::Client;
use event_store::DynamoEventStore;
use functions::{imports::ImportStore, queued::Appraiser};
use infra_aws::{
    clients::{self, SdkConfig},
    clock::Clock,
    documents::Documents,
    environment,
};
use infra_local::stack::{Clients, EVENTS_TABLE, IMPORTS_TABLE, VIEWS_TABLE};

use crate::{
    Failure,
    arguments::{QueueName, Queues},
    aws::Stack,
    home::Addresses,
};

/// The dead-letter queues to look at, and whoever knows what a message is worth.
pub(super) struct Places {
    pub sqs: Client,
    pub queues: Vec<Place>,
    pub appraiser: Option<Appraiser>,
}

/// A queue with its dead letters.
pub(super) struct Place {
    /// As people call it.
    pub name: String,
    pub url: String,
    pub dead_url: String,
}

impl Places {
    pub(super) async fn of(queues: &Queues) -> Result<Self, Failure> {
        let named = |name: &QueueName| queues.queue.is_none_or(|only| only == *name);
        let names: Vec<QueueName> = QueueName::ALL.into_iter().filter(named).collect();
        if let (Some(url), Some(dead_url)) = (&queues.queue_url, &queues.dead_queue_url) {
            let name = url.rsplit('/').next().unwrap_or(url).to_owned();
            let place = Place { name, url: url.clone(), dead_url: dead_url.clone() };
            let config = Box::pin(clients::from_environment()).await;
            let tables = [environment::EVENTS_TABLE, environment::VIEWS_TABLE, environment::IMPORTS_TABLE];
            let appraiser = match tables.map(environment::text) {
                [Ok(events), Ok(views), Ok(imports)] => {
                    Some(appraiser(dynamodb(&config), &events, &views, &imports))
                }
                [_, _, _] => None,
            };
            return Ok(Self { sqs: Client::new(&config), queues: vec![place], appraiser });
        }
        match &queues.stack {
            Some(stack) => Self::of_stack(stack, &names).await,
            None => Self::local(&Addresses::read(&queues.data.folder)?, &names).await,
        }
    }

    async fn of_stack(name: &str, names: &[QueueName]) -> Result<Self, Failure> {
        let config = Box::pin(clients::from_environment()).await;
        let stack = Stack::described(&config, name).await?;
        let place = |queue: &QueueName| {
            let (url, dead_url) = match queue {
                QueueName::Steps => ("StepsQueueUrl", "StepsDeadQueueUrl"),
                QueueName::Replays => ("ReplaysQueueUrl", "ReplaysDeadQueueUrl"),
                QueueName::Imports => ("ImportsQueueUrl", "ImportsDeadQueueUrl"),
                QueueName::Deliveries => ("DeliveriesQueueUrl", "DeliveriesDeadQueueUrl"),
            };
            let (url, dead_url) = (stack.output(url)?.to_owned(), stack.output(dead_url)?.to_owned());
            Ok(Place { name: queue.as_str().into(), url, dead_url })
        };
        let queues = names.iter().map(place).collect::<Result<_, Failure>>()?;
        let tables =
            [stack.output("EventsTable")?, stack.output("ViewsTable")?, stack.output("ImportsTable")?];
        let appraiser = appraiser(dynamodb(&config), tables[0], tables[1], tables[2]);
        Ok(Self { sqs: Client::new(&config), queues, appraiser: Some(appraiser) })
    }

    async fn local(addresses: &Addresses, names: &[QueueName]) -> Result<Self, Failure> {
        let clients = Clients::at(&addresses.dynamodb, &addresses.sqs, clients::loopback_http_client());
        let mut queues = Vec::new();
        for name in names {
            let name = name.as_str();
            let url = url(&clients.sqs, &format!("rollcall-{name}")).await?;
            let dead_url = self::url(&clients.sqs, &format!("rollcall-{name}-dead")).await?;
            queues.push(Place { name: name.into(), url, dead_url });
        }
        let appraiser = appraiser(clients.dynamodb, EVENTS_TABLE, VIEWS_TABLE, IMPORTS_TABLE);
        Ok(Self { sqs: clients.sqs, queues, appraiser: Some(appraiser) })
    }
}

fn dynamodb(config: &SdkConfig) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::new(config)
}

fn appraiser(dynamodb: aws_sdk_dynamodb::Client, events: &str, views: &str, imports: &str) -> Appraiser {
    let events = DynamoEventStore::new(dynamodb.clone(), events);
    let imports = ImportStore::new(dynamodb.clone(), imports, &Clock::system());
    Appraiser::new(&events, Documents::new(dynamodb, views), imports)
}

async fn url(sqs: &Client, name: &str) -> Result<String, Failure> {
    let found = sqs.get_queue_url().queue_name(name).send().await;
    let found = found.map_err(|error| super::walk::failed("the queue cannot be found", &error))?;
    found.queue_url.ok_or_else(|| format!("the queue {name} has no address").into())
}
