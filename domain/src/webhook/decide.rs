use chrono::TimeDelta;

use super::{DisableReason, Registration, Standing, Webhook, WebhookCommand, WebhookEvent};
use crate::{Action, Decision, Instruction, Rejection, policy::permit};

/// For so long a receiver can be told the new secret.
const OLD_SECRET_SIGNS_FOR: TimeDelta = TimeDelta::hours(24);

/// What `instruction` does to `webhook`.
///
/// # Errors
/// The [`Rejection`] that says why it may not.
pub fn decide(webhook: &Webhook, instruction: &Instruction<WebhookCommand>) -> Decision<WebhookEvent> {
    let command = &instruction.command;
    permit(&instruction.by, action(command))?;
    if let WebhookCommand::Create { url, types, slot, key } = command {
        return match webhook {
            Webhook::Unknown => Ok(vec![WebhookEvent::Created {
                url: url.clone(),
                types: types.clone(),
                slot: *slot,
                key: key.clone(),
            }]),
            Webhook::Known(_) | Webhook::Deleted => Err(Rejection::WebhookExists),
        };
    }
    let known = webhook.registration().ok_or(Rejection::WebhookUnknown)?;
    Ok(match command {
        WebhookCommand::Create { .. } => vec![],
        WebhookCommand::Change { url, types } => {
            let (url, types) = (url.as_ref().unwrap_or(&known.url), types.as_ref().unwrap_or(&known.types));
            let is_news = *url != known.url || *types != known.types;
            let changed = || WebhookEvent::Changed { url: url.clone(), types: types.clone() };
            is_news.then(changed).into_iter().collect()
        }
        WebhookCommand::Disable => disabled(known, DisableReason::Asked),
        WebhookCommand::GiveUp { reason } => disabled(known, *reason),
        WebhookCommand::Enable => match known.standing {
            Standing::Enabled => vec![],
            Standing::Disabled(_) => vec![WebhookEvent::Enabled { at: instruction.at }],
        },
        WebhookCommand::RotateSecret { key } => vec![WebhookEvent::SecretRotated {
            version: known.secret.version + 1,
            key: key.clone(),
            old_until: instruction.at + OLD_SECRET_SIGNS_FOR,
        }],
        WebhookCommand::Delete => vec![WebhookEvent::Deleted {}],
    })
}

fn action(command: &WebhookCommand) -> Action {
    match command {
        WebhookCommand::Create { .. }
        | WebhookCommand::Change { .. }
        | WebhookCommand::Disable
        | WebhookCommand::Enable
        | WebhookCommand::RotateSecret { .. }
        | WebhookCommand::Delete => Action::ManageWebhooks,
        WebhookCommand::GiveUp { .. } => Action::GiveUpWebhook,
    }
}

/// The first reason stays.
fn disabled(known: &Registration, reason: DisableReason) -> Vec<WebhookEvent> {
    match known.standing {
        Standing::Enabled => vec![WebhookEvent::Disabled { reason }],
        Standing::Disabled(_) => vec![],
    }
}
