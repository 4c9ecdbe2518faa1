use aws_sdk_sqs::{Client, error::BoxError, types::QueueAttributeName};

use crate::{host::QueueSettings, sqs::queue_arn};

const STEPS: &str = "rollcall-steps";
const DEAD_STEPS: &str = "rollcall-steps-dead";

/// Creates the queue of steps and its dead-letter queue; answers the URL of the former.
pub(super) async fn create(client: &Client) -> Result<String, BoxError> {
    let dead = client.create_queue().queue_name(DEAD_STEPS);
    dead.attributes(QueueAttributeName::MessageRetentionPeriod, (14 * 24 * 3600).to_string()).send().await?;
    let QueueSettings { visibility_timeout_seconds, maximum_receive_count, .. } = QueueSettings::STEPS;
    let redrive = serde_json::json!({
        "deadLetterTargetArn": queue_arn(DEAD_STEPS),
        "maxReceiveCount": maximum_receive_count,
    });
    let steps = client
        .create_queue()
        .queue_name(STEPS)
        .attributes(QueueAttributeName::VisibilityTimeout, visibility_timeout_seconds.to_string())
        .attributes(QueueAttributeName::RedrivePolicy, redrive.to_string())
        .send()
        .await?;
    steps.queue_url.ok_or_else(|| "SQS created a queue and did not say where".into())
}
