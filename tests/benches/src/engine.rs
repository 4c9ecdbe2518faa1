//! One DynamoDB for one measurement: embedded, in memory, behind a loopback connection.

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Builder, Credentials, Region},
    operation::create_table::builders::CreateTableFluentBuilder,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use aws_smithy_async::rt::sleep::TokioSleep;
use dynoxide::Database;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::meter::Meter;

pub(crate) struct Engine {
    endpoint: String,
    server: JoinHandle<()>,
}

impl Engine {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let endpoint = format!("http://{}", listener.local_addr().expect("the listener is bound"));
        let database = Database::memory().expect("SQLite opens a database in memory");
        Self { endpoint, server: tokio::spawn(dynoxide::server::serve_on(listener, database)) }
    }

    pub(crate) fn client(&self) -> Client {
        Client::from_conf(self.config().build())
    }

    /// A client whose requests the meter counts.
    pub(crate) fn metered_client(&self, meter: &Meter) -> Client {
        Client::from_conf(self.config().interceptor(meter.clone()).build())
    }

    fn config(&self) -> Builder {
        Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.endpoint)
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            // event-store-adapter-rs insists on one.
            .sleep_impl(TokioSleep::new())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A table with these keys, the partition's first.
///
/// No table of this benchmark has a stream: with one, the embedded engine looks through all former
/// writes at every write, and the order of the measurements would decide the result.
pub(crate) async fn create_table(client: &Client, name: &str, keys: &[(&str, ScalarAttributeType)]) {
    let request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    let roles = [KeyType::Hash, KeyType::Range];
    let request = keys.iter().zip(roles).fold(request, |request, ((attribute, scalar), role)| {
        with_key(request, attribute, scalar.clone(), role)
    });
    request.send().await.expect("the table can be made");
}

fn with_key(
    request: CreateTableFluentBuilder,
    attribute: &str,
    scalar: ScalarAttributeType,
    role: KeyType,
) -> CreateTableFluentBuilder {
    let definition = AttributeDefinition::builder().attribute_name(attribute).attribute_type(scalar);
    let key = KeySchemaElement::builder().attribute_name(attribute).key_type(role);
    request
        .attribute_definitions(definition.build().expect("a definition has a name and a type"))
        .key_schema(key.build().expect("a key has a name and a role"))
}
