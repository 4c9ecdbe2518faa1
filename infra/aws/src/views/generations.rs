//! Which generation of a read model is live: one item per read model, and the one place that moves it.
//!
//! | attribute | |
//! |---|---|
//! | `pk` S, `sk` S | `!models`, the read model's name |
//! | `live` N | the generation that queries are answered from |
//! | `beside` N | the generation beside it, if there is one; the projector writes it, too |
//! | `newest` N | the highest number that was ever given |
//! | `switching` BOOL | the pointer is about to move |
//!
//! A read model without an item is in its first generation. The pulses (see [`pulses`]) stand beside them, so that
//! one read brings both.
//!
//! **How a switch is seen by everybody at once.** A reader goes by what it has read for [`FRESH_FOR`], so that a
//! query costs one read. A switch therefore begins with [`ViewStore::prepare_switch`]: from then on whoever looks
//! sees that the pointer is about to move, and looks again for every query. Once all that was read before is
//! forgotten, [`ViewStore::switch`] moves the pointer by one conditional write.

use std::{collections::BTreeMap, sync::PoisonError};

use aws_sdk_dynamodb::types::AttributeValue::{Bool, N, S};
use chrono::{DateTime, TimeDelta, Utc};
use projections::{Generation, Generations, ReadModel};

use super::{Rows, ViewError, ViewStore, condition_failed, pulses, rows::Item, unavailable};

pub(super) const PARTITION: &str = "!models";

/// For so long a reader goes by what it has read of the pointers.
pub const FRESH_FOR: TimeDelta = TimeDelta::seconds(2);

/// What a reader knows, and when it asked.
#[derive(Clone, Debug)]
pub(super) struct Known {
    asked: DateTime<Utc>,
    models: Models,
}

/// The generations of every read model, and how far they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Models {
    generations: BTreeMap<String, Generations>,
    pulses: BTreeMap<u32, DateTime<Utc>>,
}

impl Models {
    #[must_use]
    pub fn of(&self, model: &str) -> Generations {
        self.generations.get(model).copied().unwrap_or_default()
    }

    /// When the oldest of the first so many pulses was written, once all of them have arrived.
    pub(super) fn oldest_pulse(&self, count: u32) -> Option<DateTime<Utc>> {
        let pulses: Option<Vec<_>> = (0..count).map(|number| self.pulses.get(&number).copied()).collect();
        pulses?.into_iter().min()
    }
}

impl ViewStore {
    /// The rows that queries are answered from. Costs nothing more than every two seconds, unless the pointer is
    /// about to move.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn live<R: ReadModel>(&self) -> Result<Rows<R>, ViewError> {
        let models = self.recent(|models| !models.of(R::NAME).switching).await?;
        Ok(self.rows(models.of(R::NAME).live))
    }

    /// What is known, if it is fresh and good enough; otherwise what is read now.
    pub(super) async fn recent(&self, is_good: impl FnOnce(&Models) -> bool) -> Result<Models, ViewError> {
        let now = self.clock.now();
        if let Some(known) = self.known(now).filter(is_good) {
            return Ok(known);
        }
        let models = self.models().await?;
        let known = Known { asked: now, models: models.clone() };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(models)
    }

    /// What is known and fresh. Not so if the clock was set back since.
    fn known(&self, now: DateTime<Utc>) -> Option<Models> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = known.as_ref().filter(|known| (known.asked..known.asked + FRESH_FOR).contains(&now));
        fresh.map(|known| known.models.clone())
    }

    /// The generations of every read model, as they are now: one strongly consistent read.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn models(&self) -> Result<Models, ViewError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query.key_condition_expression("pk = :pk");
        let output = query.expression_attribute_values(":pk", S(PARTITION.into())).send().await;
        let items = output.map_err(|error| unavailable(&error))?.items.unwrap_or_default();
        let mut models = Models::default();
        for item in &items {
            if let Some((number, at)) = pulses::read(item) {
                models.pulses.insert(number, at);
            } else {
                let (model, generations) = read(item)?;
                models.generations.insert(model, generations);
            }
        }
        Ok(models)
    }

    /// Gives the next number to a generation beside the live one. From now on the projector writes it.
    ///
    /// # Errors
    /// [`ViewError::Changed`] when `from` is not how things are, or there is one beside it already;
    /// [`ViewError::Unavailable`].
    pub async fn begin_generation(&self, model: &str, from: Generations) -> Result<Generations, ViewError> {
        let next = from.newest.next();
        let begun = Generations { beside: Some(next), newest: next, ..from };
        if from.beside.is_some() {
            return Err(ViewError::Changed);
        }
        self.replace(model, from, begun).await
    }

    /// Tells every reader that the pointer is about to move. It may move after [`FRESH_FOR`].
    ///
    /// # Errors
    /// As for [`begin_generation`](Self::begin_generation).
    pub async fn prepare_switch(&self, model: &str, from: Generations) -> Result<Generations, ViewError> {
        self.replace(model, from, Generations { switching: true, ..from }).await
    }

    /// Takes [`prepare_switch`](Self::prepare_switch) back.
    ///
    /// # Errors
    /// As for [`begin_generation`](Self::begin_generation).
    pub async fn stay(&self, model: &str, from: Generations) -> Result<Generations, ViewError> {
        self.replace(model, from, Generations { switching: false, ..from }).await
    }

    /// Moves the pointer to the generation beside the live one, which takes its place.
    ///
    /// # Errors
    /// [`ViewError::Changed`] when `from` is not how things are, when no switch was prepared, or when there is
    /// no generation to move to; [`ViewError::Unavailable`].
    pub async fn switch(&self, model: &str, from: Generations) -> Result<Generations, ViewError> {
        let (Some(other), true) = (from.beside, from.switching) else { return Err(ViewError::Changed) };
        let switched = Generations { live: other, beside: Some(from.live), switching: false, ..from };
        self.replace(model, from, switched).await
    }

    /// Gives up the generation beside the live one. The projector does not write it any more; its rows stay.
    ///
    /// # Errors
    /// As for [`begin_generation`](Self::begin_generation).
    pub async fn give_up_generation(&self, model: &str, from: Generations) -> Result<Generations, ViewError> {
        self.replace(model, from, Generations { beside: None, switching: false, ..from }).await
    }

    async fn replace(
        &self,
        model: &str,
        from: Generations,
        to: Generations,
    ) -> Result<Generations, ViewError> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(write(model, to)));
        let is_from = "live = :live AND newest = :newest AND beside = :beside AND switching = :switching";
        let untouched = if from == Generations::default() { "attribute_not_exists(pk) OR " } else { "" };
        let put = put.condition_expression(format!("{untouched}({is_from})"));
        let put = values_of(from)
            .into_iter()
            .fold(put, |put, (name, value)| put.expression_attribute_values(format!(":{name}"), value));
        match put.send().await {
            Ok(_) => Ok(to),
            Err(error) if condition_failed(&error) => Err(ViewError::Changed),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

/// 0 stands for no generation.
fn values_of(generations: Generations) -> [(&'static str, aws_sdk_dynamodb::types::AttributeValue); 4] {
    let Generations { live, beside, newest, switching } = generations;
    [
        ("live", N(live.to_string())),
        ("beside", N(beside.map_or(0, |beside| beside.0).to_string())),
        ("newest", N(newest.to_string())),
        ("switching", Bool(switching)),
    ]
}

fn write(model: &str, generations: Generations) -> Item {
    let key = [("pk", S(PARTITION.into())), ("sk", S(model.into()))];
    key.into_iter().chain(values_of(generations)).map(|(name, value)| (name.into(), value)).collect()
}

fn read(item: &Item) -> Result<(String, Generations), ViewError> {
    let number = |name: &str| item.get(name)?.as_n().ok()?.parse().ok();
    let generations = || {
        Some(Generations {
            live: Generation(number("live")?),
            beside: Some(number("beside")?).filter(|number| *number > 0).map(Generation),
            newest: Generation(number("newest")?),
            switching: *item.get("switching")?.as_bool().ok()?,
        })
    };
    let model = item.get("sk").and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default();
    let reason = "an attribute is missing".to_owned();
    let read =
        generations().ok_or_else(|| ViewError::Unreadable { key: format!("{PARTITION}/{model}"), reason })?;
    Ok((model, read))
}
