//! The least that an HTTP function on DynamoDB can be: one client, made as ours are, and one item a request.
//! What our functions take longer than this to start is theirs.

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use infra_aws::{
    clients,
    environment::{self, EVENTS_TABLE},
};
use lambda_http::{Body, Error, Request, Response, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (client, table) =
        (&Client::new(&clients::from_environment().await), &environment::text(EVENTS_TABLE)?);
    let handle = |_: Request| async move {
        let item = client.get_item().table_name(table).key("pk", AttributeValue::S("1".into()));
        let found = item.key("sk", AttributeValue::N("1".into())).send().await?.item.is_some();
        Ok::<_, Error>(Response::new(Body::from(format!("{found}"))))
    };
    lambda_http::run(service_fn(handle)).await
}
