use std::collections::BTreeMap;

use aws_sdk_sqs::{
    Client,
    types::QueueAttributeName::{
        ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed,
        ApproximateNumberOfMessagesNotVisible,
    },
};
use infra_aws::clock::Clock;
use serde_json::{Value, json};

use super::{
    letter::for_people,
    places::{Place, Places},
    walk,
};
use crate::{Failure, arguments::Look, show};

pub(super) async fn run(look: &Look) -> Result<(), Failure> {
    let places = Places::of(&look.on).await?;
    let mut queues = Vec::new();
    for place in &places.queues {
        queues.push(counted(&places, place, look.limit).await?);
    }
    if look.on.json { show::json(&json!({ "queues": queues })) } else { for_reading(&queues) }
}

async fn counted(places: &Places, place: &Place, limit: usize) -> Result<Value, Failure> {
    let messages = depth(&places.sqs, &place.dead_url).await?;
    // An empty queue is not polled.
    let letters =
        if messages == 0 { Vec::new() } else { walk::read(&places.sqs, &place.dead_url, limit).await? };
    let now = Clock::system().now();
    let oldest = letters.iter().map(|letter| letter.age(now)).max();
    let mut kinds: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for letter in &letters {
        *kinds.entry((letter.kind(), letter.worth(places.appraiser.as_ref()).await)).or_default() += 1;
    }
    let kinds = kinds
        .into_iter()
        .map(|((kind, worth), messages)| json!({ "kind": kind, "worth": worth, "messages": messages }));
    Ok(json!({
        "queue": place.name, "messages": messages.max(letters.len() as u64), "read": letters.len(),
        "oldestAgeSeconds": oldest.map(|age| age.as_secs()), "kinds": kinds.collect::<Vec<_>>(),
    }))
}

/// As far as SQS knows.
pub(super) async fn depth(sqs: &Client, url: &str) -> Result<u64, Failure> {
    let names = [
        ApproximateNumberOfMessages,
        ApproximateNumberOfMessagesNotVisible,
        ApproximateNumberOfMessagesDelayed,
    ];
    let asked = sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
    let told = asked.send().await.map_err(|error| walk::failed("the queue cannot be asked", &error))?;
    let told = told.attributes.unwrap_or_default();
    Ok(names.iter().filter_map(|name| told.get(name)?.parse::<u64>().ok()).sum())
}

fn for_reading(queues: &[Value]) -> Result<(), Failure> {
    let age = |queue: &Value| {
        let seconds = queue["oldestAgeSeconds"].as_u64();
        seconds.map_or("-".into(), |seconds| for_people(std::time::Duration::from_secs(seconds)))
    };
    let row = |queue: &Value| vec![show::cell(&queue["queue"]), show::cell(&queue["messages"]), age(queue)];
    show::table(&["QUEUE", "DEAD LETTERS", "OLDEST"], &queues.iter().map(row).collect::<Vec<_>>())?;
    let rows: Vec<Vec<String>> = queues
        .iter()
        .flat_map(|queue| show::list(&queue["kinds"]).iter().map(|kind| (&queue["queue"], kind)))
        .map(|(queue, kind)| [queue, &kind["kind"], &kind["worth"], &kind["messages"]].map(show::cell).into())
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    show::line("")?;
    show::table(&["QUEUE", "FOR", "WORTH", "MESSAGES"], &rows)?;
    for queue in queues.iter().filter(|queue| queue["read"].as_u64() < queue["messages"].as_u64()) {
        let [name, read, all] = ["queue", "read", "messages"].map(|field| show::cell(&queue[field]));
        show::line(&format!("\nOf {all} messages of {name}, {read} were read: see --limit."))?;
    }
    Ok(())
}
