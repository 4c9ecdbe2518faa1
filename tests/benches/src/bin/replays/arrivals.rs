//! The commits of a table in an order in which a stream may bring them.

use std::collections::{HashMap, VecDeque};

use aws_sdk_dynamodb::{Client, error::BoxError, types::AttributeValue};
use event_store::Commit;
use infra_local::stack::EVENTS_TABLE;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// The embedded engine reads all that is left of a table for a page without a limit.
const PAGE: i32 = 1_000;
/// Users that something happens to at a time: so many streams are in one another.
const UNDER_WAY: usize = 50;

/// About so many commits, of whole streams: each stream in its order, many at a time.
pub(crate) async fn arrivals(client: &Client, most: usize) -> Result<Vec<Item>, BoxError> {
    let (mut waiting, mut count) = (VecDeque::<VecDeque<Item>>::new(), 0);
    let mut pages = client.scan().table_name(EVENTS_TABLE).limit(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        for item in page?.items.unwrap_or_default().into_iter().filter(Commit::is_commit) {
            let goes_on = waiting.back().is_some_and(|stream| stream[0]["pk"] == item["pk"]);
            if !goes_on && count >= most {
                return Ok(in_one_another(waiting));
            }
            count += 1;
            match waiting.back_mut().filter(|_| goes_on) {
                Some(stream) => stream.push_back(item),
                None => waiting.push_back([item].into()),
            }
        }
    }
    Ok(in_one_another(waiting))
}

fn in_one_another(mut waiting: VecDeque<VecDeque<Item>>) -> Vec<Item> {
    let (mut under_way, mut arrived) = (VecDeque::new(), Vec::new());
    loop {
        let free = (UNDER_WAY - under_way.len()).min(waiting.len());
        under_way.extend(waiting.drain(..free));
        let Some(mut stream) = under_way.pop_front() else { return arrived };
        arrived.extend(stream.pop_front());
        if !stream.is_empty() {
            under_way.push_back(stream);
        }
    }
}
