use aws_config::retry::RetryConfig;
use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::update_item::{UpdateItemError, UpdateItemOutput, builders::UpdateItemFluentBuilder},
    types::{
        AttributeValue::{self, N, S},
        ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure,
    },
};

use super::{Pace, Policy};
use crate::logs::chain;

/// Others take, too; whoever is overtaken so often gives up.
const TRIES: u32 = 4;

/// The buckets of all clients.
#[derive(Clone, Debug)]
pub struct Buckets {
    client: Client,
    table: String,
}

/// What came of asking for tokens. Of `tat` see [`Pace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// As many as were asked for, or as were left; one at least.
    Some {
        tokens: u32,
        tat: i64,
    },
    None {
        tat: i64,
    },
}

/// The table could not be asked, or nothing is known of what came of it: tokens may be gone.
#[derive(Debug, thiserror::Error)]
#[error("the table of limits cannot be asked: {0}")]
pub struct Unasked(String);

impl Unasked {
    pub(super) fn of(error: &dyn std::error::Error) -> Self {
        Self(chain(error))
    }
}

/// Whose bucket.
struct Owner<'a> {
    tenant: &'a str,
    subject: &'a str,
    policy: Policy,
}

/// What a write goes by: whether the bucket is full, `tat` being past.
enum Guess {
    Full,
    InUse,
}

impl Buckets {
    #[must_use]
    pub fn new(client: &Client, table: impl Into<String>) -> Self {
        // What fails is not asked again: whoever waits is let through.
        let config = client.config().to_builder().retry_config(RetryConfig::disabled());
        Self { client: Client::from_conf(config.build()), table: table.into() }
    }

    /// Takes up to so many tokens out of the bucket of `(tenant, subject)`. One write if what was last seen of the
    /// bucket still tells whether it is full; one more if it does not. A refusal is a write, too.
    ///
    /// # Errors
    /// [`Unasked`].
    pub async fn take(
        &self,
        (tenant, subject, policy): (&str, &str, Policy),
        pace: &Pace,
        mut tokens: u32,
        now: i64,
        last_seen: Option<i64>,
    ) -> Result<Taken, Unasked> {
        let owner = Owner { tenant, subject, policy };
        let mut guess = if last_seen.is_some_and(|tat| tat > now) { Guess::InUse } else { Guess::Full };
        for _ in 0..TRIES {
            let asked = i64::from(tokens) * pace.cost;
            let update = self.update(&owner, pace, now);
            let sent = match guess {
                Guess::Full => from_full(update, now, asked).send().await,
                Guess::InUse => from_what_is_left(update, now, asked, pace).send().await,
            };
            let tat = match sent {
                Ok(output) => return written(&output).map(|tat| Taken::Some { tokens, tat }),
                Err(error) => seen(error)?,
            };
            let Some(tat) = tat.filter(|tat| *tat > now) else {
                guess = Guess::Full;
                continue;
            };
            if tat > now + pace.whole {
                // A longer limit held until now, or somebody's clock was far ahead.
                return self.empty(&owner, pace, now, tat).await;
            }
            match pace.left(now, tat) {
                0 => return Ok(Taken::None { tat }),
                left => tokens = tokens.min(left),
            }
            guess = Guess::InUse;
        }
        Err(Unasked("others were faster each time".into()))
    }

    /// One token, and an empty bucket: nobody waits for longer than this limit takes.
    async fn empty(&self, owner: &Owner<'_>, pace: &Pace, now: i64, seen: i64) -> Result<Taken, Unasked> {
        let tat = now + pace.window;
        let update = self.update(owner, pace, now).update_expression("SET tat = :tat, #ttl = :ttl");
        let update =
            update.condition_expression("tat = :seen").expression_attribute_values(":seen", micros(seen));
        match update.expression_attribute_values(":tat", micros(tat)).send().await {
            Ok(_) => Ok(Taken::Some { tokens: 1, tat }),
            Err(error) => {
                self::seen(error).map(|now_there| Taken::None { tat: now_there.unwrap_or(tat).min(tat) })
            }
        }
    }

    fn update(&self, owner: &Owner<'_>, pace: &Pace, now: i64) -> UpdateItemFluentBuilder {
        let until = (now + 2 * pace.whole) / 1_000_000;
        self.client
            .update_item()
            .table_name(&self.table)
            .key("pk", S(format!("{}#{}", owner.tenant, owner.subject)))
            .key("sk", S(owner.policy.as_str().into()))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", N(until.to_string()))
            .return_values(ReturnValue::UpdatedNew)
            .return_values_on_condition_check_failure(OnFailure::AllOld)
    }
}

fn from_full(update: UpdateItemFluentBuilder, now: i64, asked: i64) -> UpdateItemFluentBuilder {
    update
        .condition_expression("attribute_not_exists(tat) OR tat <= :now")
        .update_expression("SET tat = :tat, #ttl = :ttl")
        .expression_attribute_values(":now", micros(now))
        .expression_attribute_values(":tat", micros(now + asked))
}

fn from_what_is_left(
    update: UpdateItemFluentBuilder,
    now: i64,
    asked: i64,
    pace: &Pace,
) -> UpdateItemFluentBuilder {
    update
        .condition_expression("tat > :now AND tat <= :room")
        .update_expression("SET tat = tat + :asked, #ttl = :ttl")
        .expression_attribute_values(":now", micros(now))
        .expression_attribute_values(":room", micros(now + pace.window - asked))
        .expression_attribute_values(":asked", micros(asked))
}

fn micros(time: i64) -> AttributeValue {
    N(time.to_string())
}

fn tat(value: Option<&AttributeValue>) -> Option<i64> {
    value?.as_n().ok()?.parse().ok()
}

fn written(output: &UpdateItemOutput) -> Result<i64, Unasked> {
    let tat = tat(output.attributes().and_then(|item| item.get("tat")));
    tat.ok_or_else(|| Unasked("it does not say what it wrote".into()))
}

/// What is there instead of what was expected.
fn seen<R: std::fmt::Debug + Send + Sync + 'static>(
    error: SdkError<UpdateItemError, R>,
) -> Result<Option<i64>, Unasked> {
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
            Ok(tat(failed.item().and_then(|item| item.get("tat"))))
        }
        _ => Err(Unasked::of(&error)),
    }
}
