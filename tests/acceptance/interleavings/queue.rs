//! The queue of steps, and the worker.

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use infra_local::host::delivered_message;

use super::stage::Stage;

impl Stage<'_> {
    /// How many messages there are on the queue, whether they can be received now or not.
    pub(super) async fn waiting(&self) -> u64 {
        let depth = self.app.backend.stack.sqs.depth("rollcall-steps").await.unwrap();
        depth.visible + depth.in_flight + depth.delayed
    }

    /// Works on what there is; answers how many messages that was.
    pub(super) async fn work(&mut self, count: i32) -> usize {
        let messages = self.receive(count).await;
        let number = messages.len();
        self.work_on(messages).await;
        number
    }

    /// Messages get ids that are the same in every run: pauses depend on them.
    pub(super) async fn receive(&mut self, count: i32) -> Vec<SqsMessage> {
        let stack = &self.app.backend.stack;
        let receive = stack.clients.sqs.receive_message().queue_url(&stack.steps_queue_url);
        let receive = receive.max_number_of_messages(count).visibility_timeout(60);
        let receive = receive.message_system_attribute_names("All".into());
        let messages = receive.send().await.unwrap().messages.unwrap_or_default();
        let messages: Vec<_> = messages.into_iter().map(delivered_message).map(|m| self.renamed(m)).collect();
        self.received.extend(messages.iter().cloned());
        messages
    }

    fn renamed(&mut self, mut message: SqsMessage) -> SqsMessage {
        let number = self.names.len() + 1;
        let name = self.names.entry(message.message_id.take().unwrap());
        message.message_id = Some(name.or_insert_with(|| format!("m-{number}")).clone());
        message
    }

    pub(super) async fn work_on(&self, messages: Vec<SqsMessage>) {
        if messages.is_empty() {
            return;
        }
        let mut event = SqsEvent::default();
        event.records.clone_from(&messages);
        let response = self.app.backend.functions.worker.handle(event, None).await;
        let stack = &self.app.backend.stack;
        for message in messages {
            let id = message.message_id.as_deref();
            if !response.batch_item_failures.iter().any(|failed| Some(&*failed.item_identifier) == id) {
                let delete = stack.clients.sqs.delete_message().queue_url(&stack.steps_queue_url);
                // The receipt of who works late is not good any more.
                drop(delete.set_receipt_handle(message.receipt_handle).send().await);
            }
        }
    }
}
