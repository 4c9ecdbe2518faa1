use aws_sdk_dynamodb::{
    operation::scan::builders::ScanFluentBuilder,
    types::{AttributeValue, ReturnConsumedCapacity, TableDescription},
};
use futures_util::stream::{Stream, try_unfold};

use crate::{
    Commit, CorruptCommit, Cost, DynamoEventStore, Position, Segment, StoreError,
    item::{COMMIT, Item},
    sdk_error::classify,
};

/// A page of the whole table.
#[derive(Clone, PartialEq, Debug)]
pub struct ScanPage {
    /// Those of its items that are commits, in the order in which they were read. One that cannot be read
    /// stands in its place; what follows it is there.
    pub commits: Vec<Result<Commit, CorruptCommit>>,
    /// Where to go on; none at the end of the segment. A page without commits may have a next one.
    pub next: Option<Position>,
    /// What reading it cost: all items count, whole, although claims, rosters and snapshots are left out.
    pub cost: Cost,
    /// How many items were read, claims and rosters too.
    pub items: usize,
}

/// How large a table is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TableSize {
    /// Commits, claims and rosters.
    pub items: u64,
    /// Of all of them, with their names.
    pub bytes: u64,
}

/// All of a commit but its snapshot. No name among them is one that DynamoDB reserves.
const PROJECTION: &str = "pk, sk, t, e, s, ts, m, u, c";

impl DynamoEventStore {
    /// A page of a segment of the table, behind `after`: at most `limit` items (claims and rosters count), or
    /// one megabyte, whichever is less. Strongly consistent.
    ///
    /// All commits of a stream are in one segment, one behind the other, in order: DynamoDB keeps the items of
    /// a partition key together, sorted. The order of the streams is none that means anything, but it stays
    /// the same, so that a scan can go on from a position at any time. It reads the present: a commit written
    /// while the scan is under way is in it if the scan has not passed that place. So is whatever comes after
    /// in the same stream: a stream is never read with a hole.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when DynamoDB names an end of the page that is no key of the table; otherwise
    /// the errors of talking to DynamoDB, [`StoreError::Refused`] when `after` is not in the segment.
    pub async fn scan_page(
        &self,
        segment: Segment,
        after: Option<&Position>,
        limit: Option<i32>,
    ) -> Result<ScanPage, StoreError> {
        let request = self.scan_request(segment).set_limit(limit);
        let start = after.map(Position::to_key);
        let page = request.set_exclusive_start_key(start).send().await.map_err(classify)?;
        Ok(ScanPage {
            cost: Cost::of_read(page.consumed_capacity()),
            items: usize::try_from(page.scanned_count).unwrap_or_default(),
            next: page.last_evaluated_key.as_ref().map(next).transpose()?,
            commits: page.items().iter().map(Commit::from_item).collect(),
        })
    }

    /// The pages of a segment behind `after`, one by one, each read when it is asked for, so that a table of
    /// any size takes the memory of one page. After an error there is nothing more.
    ///
    /// # Errors
    /// As for [`scan_page`](Self::scan_page).
    pub fn scan(
        &self,
        segment: Segment,
        after: Option<Position>,
        limit: Option<i32>,
    ) -> impl Stream<Item = Result<ScanPage, StoreError>> + Send + use<> {
        let store = self.clone();
        try_unfold(Cursor::Behind(after), move |cursor| {
            let store = store.clone();
            async move {
                let Cursor::Behind(after) = cursor else { return Ok(None) };
                let page = store.scan_page(segment, after.as_ref(), limit).await?;
                let cursor = page.next.clone().map_or(Cursor::End, |next| Cursor::Behind(Some(next)));
                Ok(Some((page, cursor)))
            }
        })
    }

    /// How large the table is, as DynamoDB last counted it, which it does about every six hours: for estimates.
    ///
    /// # Errors
    /// The errors of talking to DynamoDB.
    pub async fn table_size(&self) -> Result<TableSize, StoreError> {
        let described =
            self.client.describe_table().table_name(&*self.table).send().await.map_err(classify)?;
        let table = described.table.unwrap_or_else(|| TableDescription::builder().build());
        let count = |number: Option<i64>| number.and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
        Ok(TableSize { items: count(table.item_count), bytes: count(table.table_size_bytes) })
    }

    fn scan_request(&self, segment: Segment) -> ScanFluentBuilder {
        let of = |number: u32| i32::try_from(number).expect("there are a million segments at most");
        self.client
            .scan()
            .table_name(&*self.table)
            .segment(of(segment.index()))
            .total_segments(of(segment.total()))
            .filter_expression("k = :commit")
            .expression_attribute_values(":commit", AttributeValue::S(COMMIT.into()))
            .projection_expression(PROJECTION)
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }
}

enum Cursor {
    /// `None`: before the first item.
    Behind(Option<Position>),
    End,
}

fn next(key: &Item) -> Result<Position, StoreError> {
    Position::from_key(key).map_err(|reason| {
        let (stream, commit) = (String::new(), 0);
        StoreError::Corrupt { stream, commit, reason }
    })
}
