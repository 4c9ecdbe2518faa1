//! The event store of a data folder, with nobody at work on it.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
};

use aws_sdk_dynamodb::types::AttributeValue;
use infra_aws::clock::Clock;
use infra_local::stack::{EVENTS_TABLE, Home as Kept, Ports, Stack};
use serde_json::json;
use tokio::runtime::Runtime;

use super::{Backend, Home};

/// Endpoints on a data folder: what is written to the store stays as it is. They stop when this is dropped.
pub(crate) struct Quiet {
    stack: Option<Stack>,
    runtime: Runtime,
}

impl Quiet {
    pub(crate) fn on(home: &Home) -> Self {
        let runtime = Runtime::new().unwrap();
        let kept = Kept::Folder(home.folder().to_owned());
        let stack = runtime.block_on(Stack::start(&kept, Ports::default(), Clock::system())).unwrap();
        let addresses =
            json!({ "api": "http://127.0.0.1:1", "dynamodb": stack.dynamodb_url, "sqs": stack.sqs_url });
        fs::write(home.folder().join("addresses.json"), addresses.to_string()).unwrap();
        Self { stack: Some(stack), runtime }
    }

    /// In place of a backend, once it has finished what it was doing.
    pub(crate) fn after(backend: Backend, home: &Home) -> Self {
        assert_eq!(backend.terminate().0.code(), Some(0));
        Self::on(home)
    }

    pub(crate) fn url(&self) -> &str {
        &self.stack().dynamodb_url
    }

    /// Every item of the event table, commits with their snapshots, claims and rosters.
    pub(crate) fn items(&self) -> Items {
        let scan = self.stack().clients.dynamodb.scan().table_name(EVENTS_TABLE).into_paginator().items();
        let items = self.runtime.block_on(scan.send().collect::<Result<Vec<_>, _>>()).unwrap();
        // Pulses tell the time, and nothing of what has happened.
        let items = items.into_iter().filter(|item| item["k"] != AttributeValue::S("p".into()));
        Items(items.map(|item| (format!("{:?} {:?}", item["pk"], item["sk"]), item)).collect())
    }

    fn stack(&self) -> &Stack {
        self.stack.as_ref().unwrap()
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        self.runtime.block_on(self.stack.take().unwrap().stop());
    }
}

/// A whole table, by key.
#[derive(PartialEq)]
pub(crate) struct Items(pub(crate) BTreeMap<String, HashMap<String, AttributeValue>>);

impl Items {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many are commits that carry a snapshot.
    pub(crate) fn snapshots(&self) -> usize {
        self.0.values().filter(|item| item.contains_key("z")).count()
    }

    pub(crate) fn must_equal(&self, other: &Self) {
        assert!(self.0.keys().eq(other.0.keys()), "{:?}\n{:?}", self.0.keys(), other.0.keys());
        for (key, item) in &self.0 {
            assert_eq!(Some(item), other.0.get(key));
        }
    }
}
