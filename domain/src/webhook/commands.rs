use super::{DisableReason, EventTypes, KeyName, Slot, WebhookUrl};

/// What can be asked of a webhook.
#[derive(Clone, Debug)]
pub enum WebhookCommand {
    Create {
        url: WebhookUrl,
        types: EventTypes,
        /// Which of the tenant's places it takes.
        slot: Slot,
        /// What its first secret is derived with.
        key: KeyName,
    },
    /// What is not said stays as it is.
    Change {
        url: Option<WebhookUrl>,
        types: Option<EventTypes>,
    },
    /// Nothing is sent any more.
    Disable,
    /// The same, by the system: it makes no sense to go on.
    GiveUp {
        reason: DisableReason,
    },
    Enable,
    /// A new secret; the old one signs beside it for a day.
    RotateSecret {
        key: KeyName,
    },
    Delete,
}
