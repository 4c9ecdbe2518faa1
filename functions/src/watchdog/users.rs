use aws_sdk_dynamodb::error::BoxError;
use chrono::{DateTime, Utc};
use domain::{
    TenantId, User, UserId,
    user::{Account, PROCESS_DEADLINE, UserCommand, pending_steps},
};
use infra_aws::{queue::Outgoing, views::Due};

use super::{Round, Watchdog};
use crate::{step_message::StepMessage, trace_context::TraceContext};

impl Watchdog {
    /// The user's own stream says what is to be done: the row that was due may be out of date.
    pub(super) async fn see_to_user(&self, due: &Due, round: &mut Round) -> Result<(), BoxError> {
        let now = self.commands.clock.now();
        let (tenant, id): (TenantId, UserId) = (TenantId::parse(&due.tenant)?, due.id.parse()?);
        let user = self.commands.load_user(&tenant, id).await?;
        let Some(account) = user.account() else { return Ok(()) };
        // The last owner is not shut off; whatever else there is to do for them is done all the same.
        let shut_off = self.shut_off(&tenant, id, account, now).await;
        if let Ok(true) = shut_off {
            round.shut_off += 1;
        } else if let Some(since) = running_for_too_long(account, now) {
            let name = format!("{}/time-out", since.timestamp_millis());
            let command = UserCommand::TimeOutProvisioning;
            round.timed_out += usize::from(self.command(&tenant, id, &name, command).await?);
        } else {
            round.resent += self.send_again(&tenant, id, &user, account, now).await?;
            round.expired += usize::from(self.expire_confirmation(&tenant, id, account).await?);
        }
        shut_off.map(drop)
    }

    /// Shuts off whose last day is over.
    async fn shut_off(
        &self,
        tenant: &TenantId,
        id: UserId,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<bool, BoxError> {
        let Some(at) = account.expires_at.filter(|at| *at <= now) else { return Ok(false) };
        let name = format!("{}/expire-user", at.timestamp_millis());
        self.command(tenant, id, &name, UserCommand::ExpireUser).await
    }

    async fn send_again(
        &self,
        tenant: &TenantId,
        id: UserId,
        user: &User,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<usize, BoxError> {
        let correlation_id = format!("watchdog/{}", now.timestamp());
        let message = |step| StepMessage {
            tenant: tenant.clone(),
            user: id,
            step,
            epoch: account.epoch,
            correlation_id: correlation_id.clone(),
            causation_id: correlation_id.clone(),
            requested_at: None,
            traceparent: Some(TraceContext::begin(&["watchdog", &correlation_id, &id.to_string()])),
        };
        let messages: Vec<StepMessage> = pending_steps(user).into_iter().map(message).collect();
        let outgoing: Vec<Outgoing> = messages.iter().map(StepMessage::to_outgoing).collect();
        self.steps.send(&outgoing).await?;
        for message in &messages {
            let (stream, step) = (message.stream(), &message.step);
            let epoch = account.epoch.get();
            tracing::info!(correlation_id, %tenant, stream, %step, epoch, "step sent again");
        }
        Ok(messages.len())
    }

    async fn expire_confirmation(
        &self,
        tenant: &TenantId,
        id: UserId,
        account: &Account,
    ) -> Result<bool, BoxError> {
        let Some(live) = account.live_confirmation() else { return Ok(false) };
        let command = UserCommand::ExpireConfirmation { confirmation: live.number };
        self.command(tenant, id, &format!("{}/expire", live.number), command).await
    }
}

fn running_for_too_long(account: &Account, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let is_running = account.lifecycle.process.is_running();
    account.running_since.filter(|since| is_running && *since + PROCESS_DEADLINE <= now)
}
