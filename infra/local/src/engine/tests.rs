//! These guard the work-round for what dynoxide lacks. One of them failing after an upgrade of dynoxide
//! means that its private schema or its questions have changed, and `engine.rs` with them.

use std::time::Instant;

use serde_json::json;

use super::*;

/// The question that dynoxide asks at every write to a table with a stream.
const ASKED_AT_EVERY_WRITE: &str = "EXPLAIN QUERY PLAN
    SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = 'x'";

#[test]
fn the_question_asked_at_every_write_is_answered_from_our_index() {
    let engine = Engine::open(&Kept::InMemory).expect("an engine");
    let upkeep = engine.upkeep.lock().expect("no one else");
    let plan: String = upkeep.query_row(ASKED_AT_EVERY_WRITE, [], |row| row.get("detail")).expect("a plan");
    assert_eq!(plan, "SEARCH _stream_records USING COVERING INDEX rollcall_stream_order (table_name=?)");
}

/// Without the index, the last writes take about five times as long as the first.
#[test]
fn a_write_costs_the_same_after_ten_thousand_others() {
    const WRITES: usize = 10_000;
    const WINDOW: usize = 500;
    let engine = Engine::open(&Kept::InMemory).expect("an engine");
    create_table(&engine.database);
    let took: Vec<Duration> = (0..WRITES).map(|n| put(&engine.database, n)).collect();
    let (first, last) = (median(&took[..WINDOW]), median(&took[WRITES - WINDOW..]));
    assert!(last < first * 5 / 2, "a write took {first:?} at first, and {last:?} in the end");
}

/// The question that dynoxide asks for a page of a segment.
const ASKED_AT_EVERY_PAGE: &str = "EXPLAIN QUERY PLAN SELECT pk, sk, item_json FROM \"with-stream\"
    WHERE (hash_prefix, pk, sk) > ('400', 'a', 'b')
    AND substr(hash_prefix, 1, 3) >= '400' AND substr(hash_prefix, 1, 3) <= '7ff'
    ORDER BY hash_prefix ASC, pk ASC, sk ASC LIMIT 1000";

#[test]
fn a_page_of_a_segment_is_found_in_our_index_and_nothing_is_sorted() {
    let engine = Engine::open(&Kept::InMemory).expect("an engine");
    create_table(&engine.database);
    engine.index_segments("with-stream").expect("indexed");
    engine.index_segments("with-stream").expect("indexed as before");
    let upkeep = engine.upkeep.lock().expect("no one else");
    let mut plan = upkeep.prepare(ASKED_AT_EVERY_PAGE).expect("a question");
    let plan: Result<Vec<String>, _> = plan.query_map([], |row| row.get("detail")).expect("a plan").collect();
    let index = "USING INDEX rollcall_segment_order with-stream";
    assert_eq!(plan.expect("a plan"), [format!("SEARCH with-stream {index} ((hash_prefix,pk,sk)>(?,?,?))")]);
}

#[test]
fn a_table_that_is_missing_is_not_indexed() {
    let engine = Engine::open(&Kept::InMemory).expect("an engine");
    let refused = engine.index_segments("nothing").expect_err("there is no such table");
    assert!(refused.to_string().contains("no such table"), "{refused}");
}

/// Two connections write to one database here; neither may answer that it is busy.
#[test]
fn trimming_and_writing_do_not_disturb_each_other() {
    const WRITES: usize = 1_000;
    let path = std::env::temp_dir().join(format!("rollcall-trim-{}.sqlite", std::process::id()));
    for kept in [Kept::InMemory, Kept::InFile(path.clone())] {
        let engine = Engine::open(&kept).expect("an engine");
        create_table(&engine.database);
        let far_ahead = (SEQUENCE_NUMBER_OFFSET + i64::MAX as u128).to_string();
        let mut trimmed = 0;
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for n in 0..WRITES {
                    put(&engine.database, n);
                }
            });
            while !writer.is_finished() {
                trimmed += engine.trim_stream("with-stream", &far_ahead).expect("trimmed");
            }
        });
        trimmed += engine.trim_stream("with-stream", &far_ahead).expect("trimmed");
        assert_eq!(trimmed, WRITES - 1, "{kept:?}");
    }
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
}

/// One engine per test is only pleasant while opening one is next to free.
#[test]
fn an_engine_in_memory_opens_in_milliseconds() {
    const ENGINES: u32 = 50;
    let started = Instant::now();
    for _ in 0..ENGINES {
        Engine::open(&Kept::InMemory).expect("an engine");
    }
    let each = started.elapsed() / ENGINES;
    assert!(each < Duration::from_millis(20), "opening an engine took {each:?}");
}

fn create_table(database: &Database) {
    let table = json!({
        "TableName": "with-stream",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
    });
    database.create_table(serde_json::from_value(table).expect("a request")).expect("a table");
}

fn put(database: &Database, n: usize) -> Duration {
    let item = json!({ "TableName": "with-stream", "Item": { "pk": { "S": n.to_string() } } });
    let request = serde_json::from_value(item).expect("a request");
    let started = Instant::now();
    database.put_item(request).expect("written");
    started.elapsed()
}

/// Of the middle write, which no pause of the machine has touched.
fn median(window: &[Duration]) -> Duration {
    let mut sorted = window.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2]
}
