//! What operators do to the queue of steps, and what others put on it.

use infra_local::sqs::queue_arn;

use crate::App;

impl App {
    /// Puts a message on the queue of steps, as EventBridge does.
    pub async fn tell(&self, body: impl Into<String>) {
        let stack = &self.backend.stack;
        let send = stack.clients.sqs.send_message().queue_url(&stack.steps_queue_url).message_body(body);
        send.send().await.unwrap();
    }

    /// How many messages wait on a queue.
    pub async fn waiting(&self, queue: &str) -> usize {
        self.backend.stack.sqs.depth(queue).await.unwrap().visible.try_into().unwrap()
    }

    /// Brings all dead letters back to the queue they came from.
    pub async fn redrive(&self) {
        let task = self.backend.stack.clients.sqs.start_message_move_task();
        task.source_arn(queue_arn("rollcall-steps-dead")).send().await.unwrap();
    }
}
