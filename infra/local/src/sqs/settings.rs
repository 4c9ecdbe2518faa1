//! What can be set on a queue, by SQS's names, with SQS's limits.

use std::{collections::BTreeMap, ops::RangeInclusive};

use serde::{Deserialize, Deserializer, Serialize};

use super::error::{Code, SqsError};

/// The largest message, and the largest batch, in bytes.
pub(super) const ONE_MEBIBYTE: u32 = 1_048_576;

/// The longest that a message may be hidden, in seconds.
pub(super) const LONGEST_VISIBILITY: u32 = 43_200;
pub(super) const LONGEST_DELAY: u32 = 900;
pub(super) const LONGEST_WAIT: u32 = 20;

/// Times are in seconds, sizes in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) visibility_timeout: u32,
    pub(super) delay: u32,
    pub(super) retention: u32,
    pub(super) wait: u32,
    pub(super) largest: u32,
    pub(super) redrive: Option<RedrivePolicy>,
}

/// After `max_receive_count` receives in vain, a message goes to the dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RedrivePolicy {
    pub(super) dead_letter_target_arn: String,
    #[serde(deserialize_with = "number_or_text")]
    pub(super) max_receive_count: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            visibility_timeout: 30,
            delay: 0,
            retention: 345_600,
            wait: 0,
            largest: ONE_MEBIBYTE,
            redrive: None,
        }
    }
}

impl Settings {
    /// These settings with `attributes` on top.
    pub(super) fn with(&self, attributes: &BTreeMap<String, String>) -> Result<Self, SqsError> {
        let mut changed = self.clone();
        for (name, value) in attributes {
            changed.set(name, value)?;
        }
        Ok(changed)
    }

    /// All of it by SQS's names.
    pub(super) fn attributes(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![
            ("VisibilityTimeout", self.visibility_timeout.to_string()),
            ("DelaySeconds", self.delay.to_string()),
            ("MessageRetentionPeriod", self.retention.to_string()),
            ("ReceiveMessageWaitTimeSeconds", self.wait.to_string()),
            ("MaximumMessageSize", self.largest.to_string()),
        ];
        all.extend(self.redrive.as_ref().map(|policy| ("RedrivePolicy", policy.to_json())));
        all
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), SqsError> {
        if name == "RedrivePolicy" {
            self.redrive = redrive_policy(value)?;
            return Ok(());
        }
        let (setting, allowed) = self.number(name).ok_or_else(|| unknown(name))?;
        let number = value.parse().ok().filter(|number| allowed.contains(number));
        *setting = number.ok_or_else(|| invalid(name))?;
        Ok(())
    }

    fn number(&mut self, name: &str) -> Option<(&mut u32, RangeInclusive<u32>)> {
        match name {
            "VisibilityTimeout" => Some((&mut self.visibility_timeout, 0..=LONGEST_VISIBILITY)),
            "DelaySeconds" => Some((&mut self.delay, 0..=LONGEST_DELAY)),
            "MessageRetentionPeriod" => Some((&mut self.retention, 60..=1_209_600)),
            "ReceiveMessageWaitTimeSeconds" => Some((&mut self.wait, 0..=LONGEST_WAIT)),
            "MaximumMessageSize" => Some((&mut self.largest, 1_024..=ONE_MEBIBYTE)),
            _ => None,
        }
    }
}

impl RedrivePolicy {
    fn to_json(&self) -> String {
        serde_json::json!({
            "deadLetterTargetArn": self.dead_letter_target_arn,
            "maxReceiveCount": self.max_receive_count,
        })
        .to_string()
    }
}

/// An empty policy takes the present one away.
fn redrive_policy(value: &str) -> Result<Option<RedrivePolicy>, SqsError> {
    if value.is_empty() {
        return Ok(None);
    }
    let policy: RedrivePolicy = serde_json::from_str(value).map_err(|_| invalid("RedrivePolicy"))?;
    if !(1..=1_000).contains(&policy.max_receive_count) {
        let reason = "Invalid value for maxReceiveCount: it must be between 1 and 1000.";
        return Err(SqsError::invalid_value(value, "RedrivePolicy", reason));
    }
    Ok(Some(policy))
}

pub(super) fn unknown(name: &str) -> SqsError {
    SqsError::new(Code::InvalidAttributeName, format!("Unknown Attribute {name}."))
}

fn invalid(name: &str) -> SqsError {
    SqsError::new(Code::InvalidAttributeValue, format!("Invalid value for the parameter {name}."))
}

/// AWS takes `5` and `"5"`.
fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u32),
        Text(String),
    }
    match Either::deserialize(deserializer)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}
