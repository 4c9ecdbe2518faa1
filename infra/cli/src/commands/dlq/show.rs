use serde_json::{Value, json};

use super::{places::Places, walk};
use crate::{
    Failure,
    arguments::Look,
    show::{self, Columns},
};

pub(super) const COLUMNS: &Columns = &[
    ("MESSAGE", "id"),
    ("QUEUE", "queue"),
    ("WORTH", "worth"),
    ("RECEIVES", "receives"),
    ("SENT", "sentAt"),
    ("FIRST RECEIVED", "firstReceivedAt"),
    ("FOR", "for"),
];
const FACTS: [&str; 11] = [
    "id",
    "queue",
    "kind",
    "for",
    "worth",
    "tenant",
    "receives",
    "sentAt",
    "firstReceivedAt",
    "correlationId",
    "causationId",
];

pub(super) async fn run(id: Option<&str>, look: &Look) -> Result<(), Failure> {
    let places = Places::of(&look.on).await?;
    let mut shown = Vec::new();
    for place in &places.queues {
        for letter in walk::read(&places.sqs, &place.dead_url, look.limit).await? {
            if id.is_none_or(|id| id == letter.id()) {
                let worth = letter.worth(places.appraiser.as_ref()).await;
                shown.push(letter.shown(&place.name, worth));
            }
        }
    }
    match (id, shown.as_slice()) {
        (Some(id), []) => {
            Err(format!("there is no dead letter {id}, or it is being looked at right now").into())
        }
        (Some(_), [letter, ..]) => one(letter, look.on.json),
        (None, letters) if look.on.json => show::json(&json!({ "items": letters })),
        (None, letters) => show::fields(COLUMNS, letters),
    }
}

fn one(letter: &Value, json: bool) -> Result<(), Failure> {
    if json {
        return show::json(letter);
    }
    let rows: Vec<Vec<String>> =
        FACTS.iter().map(|name| vec![(*name).into(), show::cell(&letter[*name])]).collect();
    show::table(&["DEAD LETTER", ""], &rows)
}
