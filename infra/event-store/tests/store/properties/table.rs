//! The table as it is, item by item.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;

use crate::account::Account;

use super::{model, world::World};

type Item = HashMap<String, AttributeValue>;

pub(crate) struct Table {
    pub(crate) streams: BTreeMap<String, Vec<RawCommit>>,
    /// The stream that holds it, for each claim.
    pub(crate) owners: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct RawCommit {
    pub(crate) number: u64,
    pub(crate) first_sequence: u64,
    pub(crate) events: Vec<Value>,
    pub(crate) types: usize,
    pub(crate) command_id: String,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) snapshot: Option<RawSnapshot>,
}

#[derive(Debug)]
pub(crate) struct RawSnapshot {
    pub(crate) state_version: u32,
    pub(crate) state: Account,
    pub(crate) commands: Vec<u8>,
}

impl Table {
    pub(crate) async fn read(world: &World) -> Self {
        let pages = world.client.scan().table_name(&world.table).consistent_read(true).into_paginator();
        let items: Vec<Item> = pages.items().send().try_collect().await.unwrap();
        let mut table = Self { streams: BTreeMap::new(), owners: Vec::new() };
        for item in items {
            match text(&item["k"]).as_str() {
                "r" => {}
                "q" => table.owners.push(text(&item["o"])),
                _ => table.streams.entry(text(&item["pk"])).or_default().push(commit(&item)),
            }
        }
        table.streams.values_mut().for_each(|commits| commits.sort_by_key(|commit| commit.number));
        table
    }

    pub(crate) fn commits(&self, stream: &str) -> &[RawCommit] {
        self.streams.get(stream).map_or(&[], Vec::as_slice)
    }
}

/// The account before the first commit and after each.
pub(crate) fn states(commits: &[RawCommit]) -> Vec<Account> {
    let mut states = vec![Account::default()];
    for commit in commits {
        states.push(model::after(&states[states.len() - 1], &commit.events));
    }
    states
}

fn commit(item: &Item) -> RawCommit {
    let command = item["c"].as_m().unwrap();
    RawCommit {
        number: number(&item["sk"]),
        first_sequence: number(&item["s"]),
        events: serde_json::from_str(&text(&item["e"])).unwrap(),
        types: item["t"].as_l().unwrap().len(),
        command_id: text(&command["i"]),
        fingerprint: bytes(&command["h"]),
        snapshot: item.get("z").map(|snapshot| self::snapshot(snapshot.as_m().unwrap())),
    }
}

fn snapshot(fields: &Item) -> RawSnapshot {
    RawSnapshot {
        state_version: number(&fields["v"]) as u32,
        state: serde_json::from_str(&text(&fields["s"])).unwrap(),
        commands: bytes(&fields["w"]),
    }
}

/// It may be compressed.
fn text(value: &AttributeValue) -> String {
    match value.as_b() {
        Ok(packed) => String::from_utf8(zstd::bulk::decompress(packed.as_ref(), 1 << 20).unwrap()).unwrap(),
        Err(value) => value.as_s().unwrap().clone(),
    }
}

fn number(value: &AttributeValue) -> u64 {
    value.as_n().unwrap().parse().unwrap()
}

fn bytes(value: &AttributeValue) -> Vec<u8> {
    value.as_b().unwrap().as_ref().to_vec()
}
