use aws_sdk_dynamodb::{Client, error::BoxError};
use infra_aws::{documents, feed, limits, views};

/// Holds commits and claims.
pub const EVENTS_TABLE: &str = "rollcall-events";
/// Holds the rows of the read models.
pub const VIEWS_TABLE: &str = "rollcall-views";
/// Holds the buckets of rate limits.
pub const LIMITS_TABLE: &str = "rollcall-limits";

/// Holds imports.
pub const IMPORTS_TABLE: &str = "rollcall-imports";
/// Holds which commits arrived when.
pub const FEED_TABLE: &str = "rollcall-feed";

/// Holds what became of webhooks.
pub const WEBHOOKS_TABLE: &str = "rollcall-webhooks";

/// Creates the tables that are missing; answers the ARN of the event table's stream.
pub(super) async fn create(client: &Client) -> Result<String, BoxError> {
    event_store::create_table(client, EVENTS_TABLE).await?;
    views::create_table(client, VIEWS_TABLE).await?;
    limits::create_table(client, LIMITS_TABLE).await?;
    documents::create_table(client, IMPORTS_TABLE).await?;
    documents::create_table(client, WEBHOOKS_TABLE).await?;
    feed::create_table(client, FEED_TABLE).await?;
    let described = client.describe_table().table_name(EVENTS_TABLE).send().await?;
    let stream = described.table.and_then(|table| table.latest_stream_arn);
    stream.ok_or_else(|| format!("the table {EVENTS_TABLE} has no stream").into())
}
