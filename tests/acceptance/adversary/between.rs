//! What happens to rows beside the deliveries, and what they are judged by.

use std::collections::BTreeMap;

use acceptance::{get, post};
use aws_sdk_dynamodb::types::AttributeValue::S;
use domain::CallerRole;
use event_store::{Commit, StreamId};
use infra_local::stack::VIEWS_TABLE;
use projections::Generation;
use serde_json::{Value, json};

use super::{
    history::Item,
    host::Host,
    plan::Kind,
    truth::{Model, models, told},
};

/// One generation of a read model.
struct Kept {
    model: Model,
    generation: Generation,
    /// It began when half of the records were delivered, and nothing was replayed.
    late: bool,
}

impl Host<'_> {
    /// While nothing is delivered: a row becomes unreadable, generations begin, a new release knows all events.
    pub(super) async fn between(&mut self) {
        self.begin(&self.plan.beside[1]).await;
        if let Some((stream, model)) = &self.plan.spoilt {
            self.spoil(stream, model).await;
        }
        if self.plan.cured_between {
            self.history.cure(&self.plan.poisons).await;
            self.cured = true;
        }
    }

    async fn spoil(&mut self, stream: &StreamId, model: &str) {
        let (pk, sk) = (format!("{}#{model}@1", stream.tenant()), stream.id().to_owned());
        let update = self.history.app.backend.stack.clients.dynamodb.update_item().table_name(VIEWS_TABLE);
        let update = update.key("pk", S(pk.clone())).key("sk", S(sk.clone()));
        let update = update.update_expression("SET d = :d").condition_expression("attribute_exists(pk)");
        let spoilt = update.expression_attribute_values(":d", S("?".into())).send().await;
        self.spoilt = spoilt.is_ok().then_some((pk, sk));
    }

    /// Everything was delivered: each row has what comes before the commit that cannot be read, and a note says
    /// which that is; the other rows have everything.
    pub(super) async fn then_rows_stand_before_what_cannot_be_read(&self) {
        let (rows, notes) = (self.rows().await, self.notes().await);
        for (stream, commits) in &self.history.streams {
            let of_stream = self.plan.poisons.iter().find(|poison| poison.stream == *stream);
            let poison = of_stream.filter(|_| !self.cured);
            let readable = poison.map_or(commits.len(), |poison| at(poison.commit) - 1);
            for kept in self.kept().filter(|kept| kept.model.source == stream.kind()) {
                let key = (
                    format!("{}#{}@{}", stream.tenant(), kept.model.name, kept.generation),
                    stream.id().into(),
                );
                let row = rows.get(&key);
                if Some(&key) == self.spoilt.as_ref() {
                    assert_eq!(row.unwrap()["d"], S("?".into()), "nobody writes {key:?}");
                    continue;
                }
                let note = notes.get(&format!("{}@{}#{stream}", kept.model.name, kept.generation));
                let stands_before = of_stream.map(|poison| poison.commit - 1);
                let stands = row.map_or(Some(0), version);
                if self.cured && note.is_some() && stands_before.is_some() && stands >= stands_before {
                    // Nothing has come since that would lead on: nothing at all, or the very commit that could
                    // not be read. What came before was taken for parked, and the note leads there.
                    self.then_row_is_true(&Kept { late: true, ..kept }, &commits[..readable], row);
                    continue;
                }
                self.then_row_is_true(&kept, &commits[..readable], row);
                match poison {
                    Some(poison) if !kept.late => {
                        let note = note.unwrap_or_else(|| panic!("{stream} is not parked in {key:?}"));
                        let code = match poison.kind {
                            Kind::UnknownEvent => "event-unknown",
                            Kind::NoEvents | Kind::NoJson => "commit-unreadable",
                        };
                        assert_eq!(note["commit"].as_n().unwrap(), &poison.commit.to_string());
                        assert_eq!(note["code"], S(code.into()));
                    }
                    // A note outlives its reason until the next gap, or a retry.
                    Some(_) => {}
                    None => assert!(note.is_none() || of_stream.is_some(), "{stream} is parked: {note:?}"),
                }
            }
        }
    }

    /// A new release knows all events; what was parked is folded on.
    pub(super) async fn heal(&mut self) {
        self.history.cure(&self.plan.poisons).await;
        self.cured = true;
        if self.plan.cured_by_delivery {
            for poison in &self.plan.poisons {
                let commits = &self.history.streams[&poison.stream];
                if commits.len() > at(poison.commit) {
                    let later = self.history.recorded(&poison.stream, poison.commit + 1);
                    self.deliver_again(later.record.clone()).await;
                }
            }
        }
        if !self.plan.cured_by_delivery
            || self.plan.cured_between
            || self.spoilt.is_some()
            || self.ends_parked()
        {
            self.retry_all().await;
        }
    }

    /// Nothing follows the commit that could not be read, so nothing leads to it.
    fn ends_parked(&self) -> bool {
        let last = |stream: &StreamId| self.history.streams[stream].len();
        self.plan.poisons.iter().any(|poison| last(&poison.stream) == at(poison.commit))
    }

    async fn retry_all(&self) {
        let app = &self.history.app;
        if let Some((stream, model)) = &self.plan.spoilt {
            // A row that nobody met since has no note.
            let path = format!("/v1/parked/{model}/{}/user/{}/retry", stream.tenant(), stream.id());
            app.meanwhile(post(path, &json!({})).by(CallerRole::ReplayOperator)).await.then(200);
        }
        for model in models() {
            let mut cursor: Option<String> = None;
            loop {
                let say = post(format!("/v1/parked/{}/retry?limit=1", model.name), &json!({}));
                let say = cursor.iter().fold(say, |say, cursor| say.with("cursor", cursor));
                let page = app.meanwhile(say.by(CallerRole::ReplayOperator)).await.then(200).body;
                cursor = page["next"].as_str().map(Into::into);
                if cursor.is_none() {
                    break;
                }
            }
        }
    }

    pub(super) async fn then_rows_are_true(&self) {
        let rows = self.rows().await;
        for (stream, commits) in &self.history.streams {
            for kept in self.kept().filter(|kept| kept.model.source == stream.kind()) {
                let pk = format!("{}#{}@{}", stream.tenant(), kept.model.name, kept.generation);
                self.then_row_is_true(&kept, commits, rows.get(&(pk, stream.id().into())));
            }
        }
        let parked = self.history.app.meanwhile(get("/v1/parked").by(CallerRole::ReplayOperator)).await;
        assert_eq!(parked.then(200).body, json!({ "items": [], "next": Value::Null }));
        assert_eq!(*self.ahead.lock().unwrap(), Vec::<String>::new());
    }

    /// A generation that began late, without a replay, has at least no untrue row.
    fn then_row_is_true(&self, kept: &Kept, commits: &[Commit], row: Option<&Item>) {
        let row = row.map(|row| told(row).unwrap_or_else(|| panic!("{row:?} cannot be read")));
        let due = match &row {
            Some(row) if kept.late && at(row.version) <= commits.len() => &commits[..at(row.version)],
            None if kept.late => return,
            Some(_) | None => commits,
        };
        let fresh = (!due.is_empty()).then(|| (kept.model.fold)(due));
        assert_eq!(row, fresh, "{}@{} of {:?}", kept.model.name, kept.generation, commits.first());
    }

    /// How far the rows of a stream are, by their partition.
    pub(super) async fn versions_of(&self, stream: &StreamId) -> BTreeMap<String, u64> {
        let of_stream = |((pk, sk), row): ((String, String), Item)| {
            Some((pk, version(&row)?)).filter(|_| sk == stream.id())
        };
        self.rows().await.into_iter().filter_map(of_stream).collect()
    }

    fn kept(&self) -> impl Iterator<Item = Kept> {
        let generations = self.generations.lock().unwrap().clone();
        models().into_iter().flat_map(move |model| {
            let generations = generations.get(model.name).copied().unwrap_or_default();
            let late = self.plan.beside[1].contains(&model.name);
            generations.written().map(move |generation| Kept {
                model,
                generation,
                late: late && generation != generations.live,
            })
        })
    }

    async fn rows(&self) -> BTreeMap<(String, String), Item> {
        let key = |row: &Item, name: &str| row[name].as_s().unwrap().clone();
        let rows = self.history.app.rows().await.into_iter().filter(|row| row.contains_key("v"));
        rows.map(|row| ((key(&row, "pk"), key(&row, "sk")), row)).collect()
    }

    async fn notes(&self) -> BTreeMap<String, Item> {
        let items = self.history.app.rows().await.into_iter();
        let notes = items.filter(|item| item["pk"] == S("!parked".into()));
        notes.map(|note| (note["sk"].as_s().unwrap().clone(), note)).collect()
    }
}

fn version(row: &Item) -> Option<u64> {
    row["v"].as_n().unwrap().parse().ok()
}

fn at(commit: u64) -> usize {
    commit.try_into().unwrap()
}
