use aws_sdk_sqs::{Client, error::BoxError, types::QueueAttributeName};

use crate::{host::QueueSettings, sqs::queue_arn};

/// Creates a queue and its dead-letter queue; answers the URL of the former.
pub(super) async fn create(client: &Client, name: &str, settings: QueueSettings) -> Result<String, BoxError> {
    let dead_name = format!("{name}-dead");
    let dead = client.create_queue().queue_name(&dead_name);
    dead.attributes(QueueAttributeName::MessageRetentionPeriod, (14 * 24 * 3600).to_string()).send().await?;
    let redrive = serde_json::json!({
        "deadLetterTargetArn": queue_arn(&dead_name),
        "maxReceiveCount": settings.maximum_receive_count,
    });
    let queue = client
        .create_queue()
        .queue_name(name)
        .attributes(QueueAttributeName::VisibilityTimeout, settings.visibility_timeout_seconds.to_string())
        .attributes(QueueAttributeName::RedrivePolicy, redrive.to_string())
        .send()
        .await?;
    queue.queue_url.ok_or_else(|| "SQS created a queue and did not say where".into())
}
