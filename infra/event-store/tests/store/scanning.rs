//! Reading the whole table.

use std::{collections::BTreeMap, num::NonZeroU32};

use aws_sdk_dynamodb::types::AttributeValue;
use event_store::{Commit, Position, ScanPage, Segment, Snapshots, StoreError};
use futures_util::TryStreamExt as _;

use crate::{
    account::{Command, long_note, open_as, rename},
    bank::{Bank, stream},
};

/// Thirty accounts, each with a claim and in a roster, and with three commits, the second with a snapshot.
async fn busy_bank() -> Bank {
    let every = NonZeroU32::new(2).unwrap();
    let bank = Bank::open().await.enrolling();
    let bank = bank.with(|accounts| accounts.snapshotting(Snapshots::of_state_version(1).every(every)));
    for n in 1..=30 {
        let id = n.to_string();
        bank.send(&id, "open", open_as(&format!("account {n}"))).await.unwrap();
        bank.send(&id, "deposit", Command::Deposit(n)).await.unwrap();
        bank.send(&id, "rename", rename(&format!("renamed {n}"))).await.unwrap();
    }
    bank
}

/// The items of a busy bank: commits, claims, and a roster.
const ITEMS: usize = 90 + 30 + 1;

async fn pages(bank: &Bank, segment: Segment, limit: Option<i32>) -> Vec<ScanPage> {
    bank.store.scan(segment, None, limit).try_collect().await.unwrap()
}

fn commits(pages: &[ScanPage]) -> Vec<Commit> {
    pages.iter().flat_map(|page| &page.commits).map(|commit| commit.clone().unwrap()).collect()
}

/// Tells whether the commits of each stream are behind one another and in order.
fn are_in_order(commits: &[Commit]) -> bool {
    let runs = commits.chunk_by(|one, next| one.stream == next.stream);
    let streams: BTreeMap<_, _> = runs.clone().map(|run| (run[0].stream.to_string(), ())).collect();
    streams.len() == runs.clone().count()
        && runs.into_iter().all(|run| run.iter().map(|commit| commit.number).eq(1..=run.len() as u64))
}

#[tokio::test]
async fn the_table_is_read_whole_and_each_stream_in_order() {
    let bank = busy_bank().await;
    let pages = pages(&bank, Segment::WHOLE, None).await;
    let commits = commits(&pages);
    assert_eq!(commits.len(), 90);
    assert!(are_in_order(&commits));
    assert_eq!(pages.iter().map(|page| page.items).sum::<usize>(), ITEMS);
    assert!(pages.iter().all(|page| page.cost.round_trips == 1 && page.cost.read_units > 0.0));
}

#[tokio::test]
async fn a_scanned_commit_is_the_one_that_its_stream_has() {
    let bank = busy_bank().await;
    let commits = commits(&pages(&bank, Segment::WHOLE, None).await);
    let of_one: Vec<_> = commits.into_iter().filter(|commit| commit.stream == stream("7")).collect();
    assert_eq!(of_one, bank.store.commits_after(&stream("7"), 0).await.unwrap());
}

#[tokio::test]
async fn segments_share_the_table_and_no_stream_is_in_two() {
    let bank = busy_bank().await;
    for total in [1, 2, 3, 8] {
        let (mut all, mut items) = (Vec::new(), 0);
        for segment in Segment::all(total).unwrap() {
            let pages = pages(&bank, segment, Some(7)).await;
            all.extend(commits(&pages));
            items += pages.iter().map(|page| page.items).sum::<usize>();
        }
        assert_eq!((all.len(), items), (90, ITEMS), "{total} segments");
        assert!(are_in_order(&all), "{total} segments");
    }
}

#[tokio::test]
async fn a_scan_goes_on_from_the_position_of_any_page() {
    let bank = busy_bank().await;
    let segment = Segment::new(1, 2).unwrap();
    let all = commits(&pages(&bank, segment, None).await);
    let (mut read, mut after) = (Vec::new(), None::<String>);
    loop {
        // Each page is read by somebody who knows the text of the position and nothing else.
        let position = after.map(|text| text.parse::<Position>().unwrap());
        let page = bank.store.scan_page(segment, position.as_ref(), Some(4)).await.unwrap();
        assert!(page.items <= 4);
        read.extend(commits(std::slice::from_ref(&page)));
        match page.next {
            Some(next) => after = Some(next.to_string()),
            None => break,
        }
    }
    assert_eq!(read, all);
}

#[tokio::test]
async fn a_scan_goes_on_right_behind_a_commit() {
    let bank = busy_bank().await;
    let all = commits(&pages(&bank, Segment::WHOLE, None).await);
    for (place, commit) in all.iter().enumerate().step_by(8) {
        let behind = Position::of(&commit.stream, commit.number);
        let rest: Vec<_> = bank.store.scan(Segment::WHOLE, Some(behind), None).try_collect().await.unwrap();
        assert_eq!(commits(&rest), all[place + 1..]);
    }
}

#[tokio::test]
async fn a_position_is_good_when_its_item_is_gone() {
    let bank = busy_bank().await;
    let all = commits(&pages(&bank, Segment::WHOLE, None).await);
    bank.lose(all[40].stream.id(), all[40].number).await;
    let behind = Position::of(&all[40].stream, all[40].number);
    let rest: Vec<_> = bank.store.scan(Segment::WHOLE, Some(behind), None).try_collect().await.unwrap();
    assert_eq!(commits(&rest), all[41..]);
}

#[tokio::test]
async fn a_position_never_leads_out_of_the_segment_that_is_asked_for() {
    let bank = busy_bank().await;
    let [one, other] = [0, 1].map(|index| Segment::new(index, 2).unwrap());
    let (of_one, of_other) =
        (commits(&pages(&bank, one, None).await), commits(&pages(&bank, other, None).await));
    for commit in of_one.iter().step_by(9) {
        let stray = Position::of(&commit.stream, commit.number);
        match bank.store.scan_page(other, Some(&stray), None).await {
            Ok(page) => assert!(commits(&[page]).iter().all(|commit| of_other.contains(commit))),
            Err(StoreError::Refused { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn a_table_of_several_megabytes_is_read_page_by_page() {
    let bank = Bank::open().await.remembering(9);
    for n in 0..9 {
        bank.send(&n.to_string(), "open", open_as(&format!("account {n}"))).await.unwrap();
        bank.send(&n.to_string(), "note", long_note(380_000)).await.unwrap();
    }
    let pages = pages(&bank, Segment::WHOLE, None).await;
    assert!(pages.len() > 2, "{} pages", pages.len());
    let commits = commits(&pages);
    assert_eq!(commits.len(), 18);
    assert!(are_in_order(&commits));
}

#[tokio::test]
async fn a_corrupt_commit_stands_in_its_place_and_the_scan_goes_on() {
    let bank = busy_bank().await;
    let request = bank.client.update_item().table_name(&bank.table).update_expression("REMOVE t");
    let request = request.key("pk", AttributeValue::S(stream("7").to_string()));
    request.key("sk", AttributeValue::N("2".into())).send().await.unwrap();
    let pages = pages(&bank, Segment::WHOLE, Some(10)).await;
    let read: Vec<_> = pages.into_iter().flat_map(|page| page.commits).collect();
    assert_eq!(read.len(), 90);
    let place = read.iter().position(Result::is_err).unwrap();
    let corrupt = read[place].as_ref().unwrap_err();
    assert_eq!((corrupt.stream.as_str(), corrupt.commit), ("acme#Account#7", 2));
    assert_eq!(read[place + 1].as_ref().unwrap().number, 3);
    assert_eq!(read.iter().filter(|commit| commit.is_err()).count(), 1);
}

#[tokio::test]
async fn an_empty_table_is_one_empty_page() {
    let bank = Bank::open().await;
    let page = bank.store.scan_page(Segment::WHOLE, None, None).await.unwrap();
    assert_eq!((page.commits.len(), page.next, page.items), (0, None, 0));
}

#[tokio::test]
async fn a_limit_of_nothing_is_refused() {
    let bank = Bank::open().await;
    let refused = bank.store.scan_page(Segment::WHOLE, None, Some(0)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");
}
