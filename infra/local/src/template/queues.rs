use super::{Template, number};
use crate::host::QueueSettings;

impl Template {
    /// How a queue, by its logical id, is delivered to the function that runs this binary.
    ///
    /// # Panics
    /// When the template says it in a way that is not understood here.
    #[must_use]
    pub fn queue(&self, queue: &str, binary: &str) -> QueueSettings {
        let (queue, mapping) = (self.properties(queue), self.function(binary).event("SQS"));
        let responses = &mapping["FunctionResponseTypes"];
        assert_eq!(responses[0], "ReportBatchItemFailures", "the host reads partial responses");
        QueueSettings {
            batch_size: number(mapping, "BatchSize"),
            visibility_timeout_seconds: number(queue, "VisibilityTimeout"),
            maximum_receive_count: number(&queue["RedrivePolicy"], "maxReceiveCount"),
            maximum_concurrency: number(&mapping["ScalingConfig"], "MaximumConcurrency"),
        }
    }
}
