//! Finds what went silent, from the read model, and gets it going by commands and messages that are
//! harmless when they come late or twice.

use aws_sdk_dynamodb::error::BoxError;
use chrono::{DateTime, Utc};
use domain::{
    Actor, TenantId, User, UserId,
    user::{Account, Process, UserCommand, pending_steps},
};
use event_store::ExecuteError;
use infra_aws::{
    logs::chain,
    queue::Queue,
    views::{Due, ViewStore},
};
use projections::{ProvisioningStatus, provisioning_status::STUCK_AFTER};

use crate::{
    commands::{Commands, Order, fingerprint},
    step_message::StepMessage,
};

/// Looked at in one run, of each shard of the index; the next run goes on with the others.
const PER_SHARD: i32 = 100;

/// The function.
#[derive(Clone, Debug)]
pub struct Watchdog {
    commands: Commands,
    views: ViewStore,
    steps: Queue,
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Round {
    /// Users that were looked at.
    pub due: usize,
    /// Steps that were sent out again.
    pub resent: usize,
    /// Confirmations that expired.
    pub expired: usize,
    /// Users that could not be dealt with; a later run tries again.
    pub failed: usize,
}

impl Watchdog {
    #[must_use]
    pub fn new(commands: Commands, views: ViewStore, steps: Queue) -> Self {
        Self { commands, views, steps }
    }

    /// One run.
    ///
    /// # Errors
    /// When the read model cannot be asked at all.
    pub async fn handle(&self) -> Result<Round, BoxError> {
        let now = self.commands.clock.now();
        let mut round = Round::default();
        for due in self.views.due::<ProvisioningStatus>(now, PER_SHARD).await? {
            round.due += 1;
            // Put off first: whatever comes of it, the next run begins with others, and a step that is
            // only slow is not sent out every time.
            self.views.put_off::<ProvisioningStatus>(&due, now, now + STUCK_AFTER).await?;
            if let Err(error) = self.see_to(&due, now, &mut round).await {
                tracing::warn!(
                    tenant = due.tenant,
                    user.id = due.id,
                    error = chain(&*error),
                    "left for a later run"
                );
                round.failed += 1;
            }
        }
        tracing::info!(
            due = round.due,
            resent = round.resent,
            expired = round.expired,
            failed = round.failed,
            "watchdog"
        );
        Ok(round)
    }

    async fn see_to(&self, due: &Due, now: DateTime<Utc>, round: &mut Round) -> Result<(), BoxError> {
        let (tenant, id): (TenantId, UserId) = (TenantId::parse(&due.tenant)?, due.id.parse()?);
        let user = self.commands.load_user(&tenant, id).await?;
        let Some(account) = user.account() else {
            return Ok(());
        };
        let messages = messages(&tenant, id, &user, account, now);
        let bodies: Vec<String> = messages.iter().map(StepMessage::to_body).collect();
        if !bodies.is_empty() {
            self.steps.send(&bodies).await?;
            round.resent += bodies.len();
        } else if account.lifecycle.process == Process::Provisioned {
            round.expired += self.expire(tenant, id, account).await?;
        }
        Ok(())
    }

    async fn expire(&self, tenant: TenantId, id: UserId, account: &Account) -> Result<usize, BoxError> {
        let Some(live) = account.live_confirmation() else {
            return Ok(0);
        };
        let command_id = format!("{id}/{}/expire", live.number);
        let order = Order {
            tenant,
            by: Actor::Watchdog,
            fingerprint: fingerprint(&[command_id.as_bytes()]),
            correlation_id: command_id.clone(),
            command_id,
            causation_id: None,
            traceparent: None,
            expected_commit: None,
        };
        match self
            .commands
            .user(id, order, UserCommand::ExpireConfirmation { confirmation: live.number })
            .await
        {
            Ok(executed) => Ok(usize::from(executed.receipt.events > 0 && !executed.receipt.duplicate)),
            Err(ExecuteError::Rejected(rejection)) => Err(rejection.into()),
            Err(ExecuteError::Store(error)) => Err(error.into()),
        }
    }
}

fn messages(
    tenant: &TenantId,
    id: UserId,
    user: &User,
    account: &Account,
    now: DateTime<Utc>,
) -> Vec<StepMessage> {
    let correlation_id = format!("watchdog/{}", now.timestamp());
    let message = |step| StepMessage {
        tenant: tenant.clone(),
        user: id,
        step,
        epoch: account.epoch,
        correlation_id: correlation_id.clone(),
        causation_id: correlation_id.clone(),
        traceparent: None,
    };
    pending_steps(user).into_iter().map(message).collect()
}
