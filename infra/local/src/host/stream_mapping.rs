use std::{fs, io, panic::AssertUnwindSafe, path::PathBuf, sync::Arc};

use aws_lambda_events::{
    dynamodb::{Event, EventRecord, StreamRecord},
    streams::DynamoDbEventResponse,
};
use aws_sdk_dynamodbstreams::{
    Client,
    error::BoxError,
    types::{Record, ShardIteratorType},
};
use futures_util::{FutureExt as _, future::BoxFuture};
use infra_aws::logs::chain;

use super::Checkpoints;
use crate::template::{Pattern, Template};

/// The function behind a mapping.
pub type StreamHandler = Arc<dyn Fn(Event) -> BoxFuture<'static, DynamoDbEventResponse> + Send + Sync>;

/// How a mapping delivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSettings {
    pub batch_size: i32,
    /// How often a batch that failed is delivered again before it is set aside.
    pub maximum_retry_attempts: u32,
    /// What is handed on: what one of them takes.
    pub filters: Vec<Pattern>,
}

impl StreamSettings {
    fn take(&self, record: &Record) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| filter.takes(record))
    }
}

/// Where records go that failed too often: the on-failure destination.
#[derive(Clone, Debug)]
pub enum OnFailure {
    Folder(PathBuf),
    Forget,
}

/// What one delivery came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// There was nothing to deliver.
    Idle,
    /// So many records were handled.
    Handled(usize),
    /// A record failed; it comes again, with everything after it.
    Failed,
    /// A record failed too often and was set aside.
    SetAside,
}

/// An event source mapping from the stream to one function: in order, at least once, from
/// `TRIM_HORIZON` on, with partial batch responses, bisecting on failure.
pub struct StreamMapping {
    reader: &'static str,
    client: Client,
    stream_arn: String,
    handler: StreamHandler,
    checkpoints: Arc<Checkpoints>,
    settings: StreamSettings,
    on_failure: OnFailure,
    /// Of the batch at the checkpoint.
    attempts: u32,
    /// Smaller than the batch size while a poison record is being closed in on.
    limit: i32,
}

impl StreamMapping {
    /// `reader` is the function's binary; the template says how it is delivered to.
    #[must_use]
    pub fn new(
        reader: &'static str,
        client: Client,
        stream_arn: String,
        handler: StreamHandler,
        checkpoints: Arc<Checkpoints>,
        on_failure: OnFailure,
    ) -> Self {
        let settings = Template::deployed().stream(reader);
        let limit = settings.batch_size;
        Self { reader, client, stream_arn, handler, checkpoints, settings, on_failure, attempts: 0, limit }
    }

    /// How often the batch at the checkpoint has failed.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Delivers the next batch.
    ///
    /// # Errors
    /// When the stream cannot be read, or progress cannot be kept.
    pub async fn deliver(&mut self) -> Result<Delivery, BoxError> {
        let records = self.next_records().await?;
        let Some(last) = records.last().and_then(sequence_number) else { return Ok(Delivery::Idle) };
        let records: Vec<Record> = records.into_iter().filter(|record| self.settings.take(record)).collect();
        if records.is_empty() {
            // Nobody was asked: what has failed before is still to come.
            self.checkpoints.reach(self.reader, &last)?;
            return Ok(Delivery::Handled(0));
        }
        let event = event(&self.stream_arn, &records);
        // A function that panics has failed the batch whole; the host goes on, as Lambda does.
        let response = AssertUnwindSafe((self.handler)(event)).catch_unwind().await;
        let failed = response.map_or(Some(0), |response| failed_at(&response, &records));
        match failed {
            None => {
                self.reach(&last)?;
                Ok(Delivery::Handled(records.len()))
            }
            Some(place) => self.failed(&records, place),
        }
    }

    fn reach(&mut self, sequence_number: &str) -> io::Result<()> {
        (self.attempts, self.limit) = (0, self.settings.batch_size);
        self.checkpoints.reach(self.reader, sequence_number)
    }

    /// What came before the failed record is done. The rest comes again, in ever smaller batches, until
    /// the record stands alone and has had its tries.
    fn failed(&mut self, records: &[Record], place: usize) -> Result<Delivery, BoxError> {
        if let Some(done) = place.checked_sub(1).and_then(|before| sequence_number(&records[before])) {
            self.reach(&done)?;
            self.attempts = 1;
            return Ok(Delivery::Failed);
        }
        self.attempts += 1;
        // Only a record that stands alone is known to be the one that fails.
        if self.attempts <= self.settings.maximum_retry_attempts || self.limit > 1 {
            self.limit = (self.limit / 2).max(1);
            return Ok(Delivery::Failed);
        }
        self.set_aside(&records[0])?;
        self.reach(&sequence_number(&records[0]).unwrap_or_default())?;
        Ok(Delivery::SetAside)
    }

    fn set_aside(&self, record: &Record) -> io::Result<()> {
        let name = format!("{}-{}.json", self.reader, sequence_number(record).unwrap_or_default());
        tracing::error!(reader = self.reader, record = name, "a record failed too often and is set aside");
        let OnFailure::Folder(folder) = &self.on_failure else { return Ok(()) };
        fs::create_dir_all(folder)?;
        fs::write(
            folder.join(name),
            serde_json::to_vec_pretty(&event(&self.stream_arn, std::slice::from_ref(record)))?,
        )
    }

    async fn next_records(&self) -> Result<Vec<Record>, BoxError> {
        let Some(shard) = self.shard().await? else { return Ok(Vec::new()) };
        let request = self.client.get_shard_iterator().stream_arn(&self.stream_arn).shard_id(shard);
        let request = match self.checkpoints.of(self.reader) {
            Some(after) => {
                request.shard_iterator_type(ShardIteratorType::AfterSequenceNumber).sequence_number(after)
            }
            None => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
        };
        let iterator = request.send().await.map_err(in_context)?.shard_iterator;
        let Some(iterator) = iterator else { return Ok(Vec::new()) };
        let output = self.client.get_records().shard_iterator(iterator).limit(self.limit).send().await;
        Ok(output.map_err(in_context)?.records.unwrap_or_default())
    }

    /// The engine keeps one shard.
    async fn shard(&self) -> Result<Option<String>, BoxError> {
        let output =
            self.client.describe_stream().stream_arn(&self.stream_arn).send().await.map_err(in_context)?;
        let shards = output.stream_description.and_then(|description| description.shards).unwrap_or_default();
        Ok(shards.into_iter().next().and_then(|shard| shard.shard_id))
    }
}

fn in_context(error: impl std::error::Error + Send + Sync + 'static) -> BoxError {
    chain(&error).into()
}

fn sequence_number(record: &Record) -> Option<String> {
    record.dynamodb()?.sequence_number().map(Into::into)
}

/// Where in the batch delivery has to begin again. A response that names no record of the batch fails
/// the batch whole, as Lambda has it.
fn failed_at(response: &DynamoDbEventResponse, records: &[Record]) -> Option<usize> {
    let place = |id: &Option<String>| records.iter().position(|record| sequence_number(record) == *id);
    let failures = response.batch_item_failures.iter();
    failures.map(|failure| place(&failure.item_identifier).unwrap_or_default()).min()
}

fn event(stream_arn: &str, records: &[Record]) -> Event {
    let mut event = Event::default();
    event.records = records.iter().map(|record| delivered_record(stream_arn, record)).collect();
    event
}

/// A record of the stream as a function is handed it.
#[must_use]
pub fn delivered_record(stream_arn: &str, record: &Record) -> EventRecord {
    let mut delivered = EventRecord::default();
    delivered.aws_region = record.aws_region().unwrap_or_default().into();
    delivered.event_id = record.event_id().unwrap_or_default().into();
    delivered.event_name = record.event_name().map_or_else(String::new, |name| name.as_str().into());
    delivered.event_source = Some("aws:dynamodb".into());
    delivered.event_source_arn = Some(stream_arn.into());
    delivered.change = record.dynamodb().map(change).unwrap_or_default();
    delivered
}

fn change(from: &aws_sdk_dynamodbstreams::types::StreamRecord) -> StreamRecord {
    let mut change = StreamRecord::default();
    change.keys = from.keys().cloned().unwrap_or_default().into();
    change.new_image = from.new_image().cloned().unwrap_or_default().into();
    change.sequence_number = from.sequence_number().map(Into::into);
    change.size_bytes = from.size_bytes().unwrap_or_default();
    change
}
