use chrono::{DateTime, Utc};
use domain::webhook::{DisableReason, Registration, Standing};
use serde::Serialize;
use utoipa::ToSchema;

use super::WebhookView;
use crate::Row;

/// A webhook as clients are shown it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookItem {
    pub id: String,
    /// Number of the last commit in it; the consistency token of this answer.
    pub version: u64,
    #[serde(flatten)]
    pub state: WebhookState,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What a webhook is.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookState {
    pub url: String,
    /// Which types of events it is told of; all of them, if none is named.
    pub types: Vec<String>,
    pub enabled: bool,
    /// Why it is not enabled.
    pub disabled_reason: Option<DisableReason>,
    /// How many secrets it has had.
    pub secret_version: u32,
    /// For so long the secret before this one signs, too.
    pub old_secret_until: Option<DateTime<Utc>>,
}

impl WebhookItem {
    /// The webhook, if it is there.
    #[must_use]
    pub fn of(id: &str, row: Row<WebhookView>) -> Option<Self> {
        let WebhookView { webhook, created_at, updated_at } = row.view;
        let state = WebhookState::of(webhook.registration()?);
        Some(Self { id: id.into(), version: row.version, state, created_at, updated_at })
    }
}

impl WebhookState {
    #[must_use]
    pub fn of(known: &Registration) -> Self {
        let disabled_reason = match known.standing {
            Standing::Enabled => None,
            Standing::Disabled(reason) => Some(reason),
        };
        Self {
            url: known.url.as_str().into(),
            types: known.types.names().map(Into::into).collect(),
            enabled: disabled_reason.is_none(),
            disabled_reason,
            secret_version: known.secret.version,
            old_secret_until: known.old_secret.as_ref().map(|(_, until)| *until),
        }
    }
}
