use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use event_store::StreamId;
use infra_aws::feed::FeedItem;

use super::{GRACE, KEPT, position::stamp};
use crate::stream::Delivered;

/// DynamoDB takes no longer keys.
const LONGEST_PARTITION: usize = 2048;
const LONGEST_SORT: usize = 1024;

/// Commits of one stream that follow each other, out of one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) stream: StreamId,
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// The sequence numbers of their records.
    pub(crate) records: Vec<String>,
}

/// What a delivery tells the feed. A commit that cannot be read has its place in it, too, if it has a name. Numbers that
/// do not follow each other make entries of their own.
pub(crate) fn entries<'a>(delivered: impl IntoIterator<Item = &'a Delivered>) -> Vec<Entry> {
    let mut streams: BTreeMap<StreamId, BTreeMap<u64, Vec<String>>> = BTreeMap::new();
    for delivered in delivered {
        if let Some((stream, number)) = named(delivered) {
            let commits = streams.entry(stream).or_default();
            commits.entry(number).or_default().push(delivered.sequence_number.clone());
        }
    }
    let mut entries: Vec<Entry> = Vec::new();
    for (stream, commits) in streams {
        for (number, records) in commits {
            match entries.last_mut() {
                Some(entry) if entry.stream == stream && entry.last + 1 == number => {
                    entry.last = number;
                    entry.records.extend(records);
                }
                Some(_) | None => {
                    entries.push(Entry { stream: stream.clone(), first: number, last: number, records });
                }
            }
        }
    }
    entries
}

/// Items of the table that no stream wrote have no place in the feed.
fn named(delivered: &Delivered) -> Option<(StreamId, u64)> {
    let (stream, number) = match &delivered.commit {
        Ok(commit) => (commit.stream.clone(), commit.number),
        Err(corrupt) => (StreamId::parse(&corrupt.stream).ok()?, corrupt.commit),
    };
    let item = Entry { stream: stream.clone(), first: number, last: number, records: Vec::new() };
    let item = item.at(DateTime::UNIX_EPOCH);
    let fits = item.partition.len() <= LONGEST_PARTITION && item.sort.len() <= LONGEST_SORT;
    if !fits {
        tracing::error!(kind = stream.kind(), commit = number, "a stream's name is too long for the feed");
    }
    (fits && number > 0).then_some((stream, number))
}

impl Entry {
    pub(super) fn at(&self, now: DateTime<Utc>) -> FeedItem {
        FeedItem {
            partition: partition(self.stream.tenant(), now),
            sort: sort_key(now, &self.stream, (self.first, self.last)),
            expires_at: now + KEPT + GRACE,
        }
    }

    /// The entry that a sort key of the tenant's feed stands for.
    pub(super) fn of_sort_key(tenant: &str, sort: &str) -> Option<Self> {
        let mut parts = sort.split('#').skip(1);
        let (kind, id, range) = (parts.next()?, parts.next()?, parts.next()?);
        let (first, last) = range.split_once('-')?;
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        let stream = StreamId::new(tenant, kind, id).ok()?;
        (first > 0 && first <= last).then_some(Self { stream, first, last, records: Vec::new() })
    }
}

pub(super) fn partition(tenant: &str, at: DateTime<Utc>) -> String {
    format!("{tenant}#{}", at.format("%Y-%m-%d"))
}

fn sort_key(at: DateTime<Utc>, stream: &StreamId, (first, last): (u64, u64)) -> String {
    format!("{}#{}#{}#{first:012}-{last:012}", stamp(at), stream.kind(), stream.id())
}

#[cfg(test)]
mod tests {
    use event_store::CorruptCommit;

    use super::*;

    fn unreadable(stream: &str, commit: u64) -> Delivered {
        let corrupt = CorruptCommit { stream: stream.into(), commit, reason: "it is a test".into() };
        Delivered { sequence_number: format!("{commit}00"), commit: Err(corrupt) }
    }

    fn ranges(delivered: &[Delivered]) -> Vec<(String, u64, u64)> {
        let entries = entries(delivered).into_iter();
        entries.map(|entry| (entry.stream.to_string(), entry.first, entry.last)).collect()
    }

    #[test]
    fn a_streams_commits_of_a_delivery_are_one_entry() {
        let (a, b) = ("acme#user#a", "acme#user#b");
        let batch =
            [unreadable(a, 2), unreadable(b, 7), unreadable(a, 3), unreadable(a, 3), unreadable(a, 5)];
        assert_eq!(ranges(&batch), [(a.into(), 2, 3), (a.into(), 5, 5), (b.into(), 7, 7)]);
        assert_eq!(entries(&batch)[0].records, ["200", "300", "300"]);
    }

    #[test]
    fn what_has_no_name_or_too_long_a_one_has_no_place() {
        let long = format!("acme#user#{}", "x".repeat(1_000));
        let batch = [
            unreadable("", 1),
            unreadable("acme!email#00", 1),
            unreadable("acme#user#a", 0),
            unreadable(&long, 1),
        ];
        assert_eq!(ranges(&batch), []);
    }

    #[test]
    fn an_entry_survives_its_key_and_nothing_else_is_one() {
        let entry = entries(&[unreadable("acme#user#a", 41), unreadable("acme#user#a", 42)]).remove(0);
        let item = entry.at("2026-11-22T12:00:00.5Z".parse().unwrap());
        assert_eq!(item.partition, "acme#2026-11-22");
        assert_eq!(item.sort, "1795348800500#user#a#000000000041-000000000042");
        let read = Entry::of_sort_key("acme", &item.sort).unwrap();
        assert_eq!((read.stream, read.first, read.last), (entry.stream, 41, 42));
        for text in
            ["", "1", "1#user", "1#user#a", "1#user#a#1", "1#user#a#0-1", "1#user#a#2-1", "1##a#1-1", "#####"]
        {
            assert_eq!(Entry::of_sort_key("acme", text), None, "{text}");
        }
    }
}
