use acceptance::App;
use aws_lambda_events::dynamodb::EventRecord;
use infra_local::host::delivered_record;

/// Where the stream was read up to.
pub(super) struct Stream(Option<String>);

impl Stream {
    pub(super) async fn of(app: &App) -> Self {
        let (streams, arn) = (&app.backend.stack.clients.streams, &app.backend.stack.stream_arn);
        let described = streams.describe_stream().stream_arn(arn).send().await.unwrap();
        let shard = described.stream_description.unwrap().shards.unwrap().remove(0).shard_id.unwrap();
        let iterator = streams.get_shard_iterator().stream_arn(arn).shard_id(shard);
        let iterator = iterator.shard_iterator_type("TRIM_HORIZON".into()).send().await.unwrap();
        Self(iterator.shard_iterator)
    }

    /// What is new since the last time.
    pub(super) async fn next(&mut self, app: &App) -> Vec<EventRecord> {
        let stack = &app.backend.stack;
        let mut all = Vec::new();
        loop {
            let read = stack.clients.streams.get_records().set_shard_iterator(self.0.take());
            let read = read.send().await.unwrap();
            self.0 = read.next_shard_iterator;
            let records = read.records.unwrap_or_default();
            all.extend(records.iter().map(|record| delivered_record(&stack.stream_arn, record)));
            if records.is_empty() || records.len() < 100 {
                return all;
            }
        }
    }
}
