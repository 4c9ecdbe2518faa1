//! What rows should be: a fresh fold of the events, by the registry.

use event_store::{Commit, Upcasters};
use projections::{Facts, ReadModel, Row, Visitor, visit_all};
use serde_json::Value;

use super::history::Item;

/// A read model, without its types.
#[derive(Clone, Copy)]
pub(super) struct Model {
    pub(super) name: &'static str,
    pub(super) source: &'static str,
    /// Folds commits into nothing.
    pub(super) fold: fn(&[Commit]) -> Told,
}

/// A row as it is stored: the number of its last commit, its view, its terms.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) version: u64,
    view: Value,
    terms: Vec<String>,
}

struct All(Vec<Model>);

impl Visitor for All {
    fn visit<R: ReadModel>(&mut self) {
        self.0.push(Model { name: R::NAME, source: R::SOURCE, fold: fold::<R> });
    }
}

pub(super) fn models() -> Vec<Model> {
    let mut all = All(Vec::new());
    visit_all(&mut all);
    all.0
}

fn fold<R: ReadModel>(commits: &[Commit]) -> Told {
    let mut row = Row::<R::View>::default();
    for commit in commits {
        let events = commit.decode(&Upcasters::default()).unwrap();
        let id = commit.stream.id().into();
        row.apply::<R>(&Facts { id, commit: commit.number, committed_at: commit.at, events });
    }
    let mut terms = R::terms(&row.view);
    terms.sort();
    Told { version: row.version, view: serde_json::to_value(&row.view).unwrap(), terms }
}

/// What a row of the table says; none if it cannot be read.
pub(super) fn told(item: &Item) -> Option<Told> {
    let mut terms = item.get("f").map_or_else(Vec::new, |terms| terms.as_ss().unwrap().clone());
    terms.sort();
    let view = serde_json::from_str(item["d"].as_s().unwrap()).ok()?;
    Some(Told { version: item["v"].as_n().unwrap().parse().unwrap(), view, terms })
}
