//! Images as no release has written them, and as chance has them: the stream's readers go on. They are kept in
//! `tests/corpus/stream-images`; whoever finds another one that hurts adds it there.

use std::{collections::BTreeMap, fs, path::Path};

use acceptance::{App, get};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use chrono::TimeDelta;
use functions::feed::MARGIN;
use serde_json::{Value, json};

use crate::chance::Chance;

/// The kept images, by their names.
fn corpus() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/stream-images");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let read = |file: std::path::PathBuf| {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_slice(&fs::read(&file).unwrap()).unwrap())
    };
    files.map(read).collect()
}

/// As the runtime hands them over; `None` if the runtime itself refuses them.
fn event(records: &[Value]) -> Option<Event> {
    let records = records.iter().map(|record| serde_json::from_value::<EventRecord>(record.clone()));
    let mut event = Event::default();
    event.records = records.collect::<Result<_, _>>().ok()?;
    Some(event)
}

/// Neither reader ends; and the dispatcher, which only takes down what it understands, is not held up either.
async fn deliver(app: &App, name: &str, records: &[Value]) -> bool {
    let Some(event) = event(records) else { return false };
    let functions = &app.backend.functions;
    let response = functions.dispatcher.handle(event.clone()).await;
    assert_eq!(response.batch_item_failures.len(), 0, "{name}");
    Box::pin(functions.projector.handle(event)).await;
    true
}

#[tokio::test]
async fn no_image_ends_a_reader_or_holds_the_dispatcher_up() {
    let app = App::empty().await;
    let corpus = corpus();
    let mut delivered = 0;
    for (name, record) in &corpus {
        delivered += usize::from(deliver(&app, name, std::slice::from_ref(record)).await);
    }
    assert!(delivered * 10 > corpus.len() * 9, "{delivered} of {}", corpus.len());
    let is_handed_over = |record: &&Value| event(std::slice::from_ref(record)).is_some();
    let together: Vec<Value> = corpus.values().filter(is_handed_over).cloned().collect();
    assert!(deliver(&app, "all of them", &together).await);

    // What got into the feed does not stop it.
    app.clock.advance(MARGIN + TimeDelta::milliseconds(1));
    let page = app.when(get("/v1/events").with("limit", "200")).await.then(200);
    assert_eq!(page.body["more"], false);
}

#[tokio::test]
async fn whatever_chance_makes_of_an_image_no_reader_ends() {
    let app = App::empty().await;
    let seeds: Vec<Value> = corpus().into_values().collect();
    let mut delivered = 0;
    for seed in 0..400 {
        let chance = &mut Chance::of(seed);
        let mut record = seeds[chance.below(seeds.len())].clone();
        for _ in 0..=chance.below(3) {
            spoil(chance, &mut record["dynamodb"]["NewImage"]);
        }
        delivered += usize::from(deliver(&app, &format!("seed {seed}: {record}"), &[record.clone()]).await);
    }
    assert!(delivered > 100, "{delivered} of 400");
}

/// Changes something, somewhere.
fn spoil(chance: &mut Chance, value: &mut Value) {
    let deeper = !chance.one_in(4);
    match value {
        Value::Object(fields) if deeper && !fields.is_empty() => {
            let name = fields.keys().nth(chance.below(fields.len())).cloned().unwrap_or_default();
            match chance.below(8) {
                0 => drop(fields.remove(&name)),
                1 => {
                    let moved = fields.remove(&name).unwrap_or_default();
                    fields
                        .insert(chance.pick(&["S", "N", "B", "M", "L", "SS", "k", "pk", "e"]).into(), moved);
                }
                _ => spoil(chance, &mut fields[&name]),
            }
        }
        Value::Array(items) if deeper && !items.is_empty() => {
            let place = chance.below(items.len());
            match chance.below(4) {
                0 => drop(items.remove(place)),
                1 => items.push(items[place].clone()),
                _ => spoil(chance, &mut items[place]),
            }
        }
        Value::String(text) if deeper => *text = spoilt(chance, text),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            let others = [
                json!({ "S": "x" }),
                json!({ "N": "7" }),
                json!({ "L": [] }),
                json!({ "M": {} }),
                json!("9"),
                json!(null),
            ];
            *value = others[chance.below(others.len())].clone();
        }
    }
}

fn spoilt(chance: &mut Chance, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let place = chance.below(letters.len() + 1);
    match chance.below(5) {
        0 => letters.truncate(place),
        1 => letters.insert(place, chance.pick(&['#', '!', '\0', '"', '[', '9', 'é', '\u{202e}', '@', '-'])),
        2 if place < letters.len() => letters[place] = chance.pick(&['0', '}', '{', 'z', '/', '=']),
        3 => letters.extend_from_within(..place),
        _ => letters.reverse(),
    }
    letters.into_iter().collect()
}
