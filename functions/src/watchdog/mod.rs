//! Sends pulses through the stream. Finds what went silent and what time has overtaken, from the read models, and gets it going by commands and
//! messages that are harmless when they come late or twice.

mod pulses;
mod roles;
mod users;

use aws_sdk_dynamodb::error::BoxError;
use domain::{Actor, TenantId, UserId, user::UserCommand};
use event_store::{DynamoEventStore, ExecuteError};
use infra_aws::{
    logs::chain,
    metrics::{self, Metric},
    queue::Queue,
    views::{Due, ViewStore},
};
use projections::{ProvisioningStatus, ReadModel, RoleDirectory, provisioning_status::STUCK_AFTER};

use crate::{
    commands::{Commands, Order},
    imports::Imports,
    replays::Replays,
    spans,
};

/// One page: so many of each shard of the index.
const PER_SHARD: i32 = 50;
/// Pages in one run; the next run goes on with the others.
const PAGES: usize = 10;

/// The function.
#[derive(Clone, Debug)]
pub struct Watchdog {
    events: DynamoEventStore,
    commands: Commands,
    views: ViewStore,
    steps: Queue,
    replays: Replays,
    imports: Imports,
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Round {
    /// Users and roles that were looked at.
    pub due: usize,
    /// Steps that were sent out again.
    pub resent: usize,
    /// Confirmations that expired.
    pub expired: usize,
    /// Provisioning that took too long.
    pub timed_out: usize,
    /// Users whose last day was over.
    pub shut_off: usize,
    /// Links to roles that were retired.
    pub unlinked: usize,
    /// Users and roles that could not be dealt with; a later run tries again.
    pub failed: usize,
    /// Segments of replays, and switches, that went silent.
    pub nudged: usize,
    /// Imports that went silent.
    pub imports_nudged: usize,
}

impl Watchdog {
    #[must_use]
    pub fn new(
        events: DynamoEventStore,
        commands: Commands,
        views: ViewStore,
        steps: Queue,
        replays: Replays,
        imports: Imports,
    ) -> Self {
        Self { events, commands, views, steps, replays, imports }
    }

    /// One run.
    ///
    /// # Errors
    /// When the read model cannot be asked at all.
    pub async fn handle(&self) -> Result<Round, BoxError> {
        self.pulse().await;
        let mut round = Round::default();
        for _ in 0..PAGES {
            let (users, more_users) = self.take::<ProvisioningStatus>().await?;
            for due in &users {
                let seen = self.see_to_user(due, &mut round).await;
                round.note(due, seen);
            }
            let (roles, more_roles) = self.take::<RoleDirectory>().await?;
            for due in &roles {
                let seen = self.see_to_role(due, &mut round).await;
                round.note(due, seen);
            }
            if !more_users && !more_roles {
                break;
            }
        }
        match self.replays.nudge().await {
            Ok(nudged) => round.nudged = nudged,
            Err(error) => {
                tracing::error!(error = chain(&error), "replays are looked at by a later run");
                round.failed += 1;
            }
        }
        match self.imports.nudge().await {
            Ok(nudged) => round.imports_nudged = nudged,
            Err(error) => {
                tracing::error!(error = chain(&error), "imports are looked at by a later run");
                round.failed += 1;
            }
        }
        tracing::info!(
            due = round.due,
            resent = round.resent,
            expired = round.expired,
            timed_out = round.timed_out,
            shut_off = round.shut_off,
            unlinked = round.unlinked,
            failed = round.failed,
            nudged = round.nudged,
            imports_nudged = round.imports_nudged,
            "watchdog"
        );
        let nudged = Metric::count("StepsNudged", count(round.resent));
        let timed_out = Metric::count("ProvisioningTimeouts", count(round.timed_out));
        metrics::write(&[], &[nudged, timed_out], self.commands.clock.now());
        spans::flush().await;
        Ok(round)
    }

    /// A page of what is due. Put off first: whatever comes of it, the next page begins with others, a step
    /// that is only slow is not sent out every time, and of two watchdogs one looks at it. Also tells whether
    /// another page may follow: the index may still list what was put off.
    async fn take<R: ReadModel>(&self) -> Result<(Vec<Due>, bool), BoxError> {
        let now = self.commands.clock.now();
        let rows = self.views.live::<R>().await?;
        let listed = rows.due(now, PER_SHARD).await?;
        let (more, mut taken) = (!listed.is_empty(), Vec::new());
        for due in listed {
            if rows.put_off(&due, now, now + STUCK_AFTER).await? {
                taken.push(due);
            }
        }
        Ok((taken, more))
    }

    /// Carries a command out; whether it recorded anything. `name` tells it from the user's other commands.
    async fn command(
        &self,
        tenant: &TenantId,
        id: UserId,
        name: &str,
        command: UserCommand,
    ) -> Result<bool, BoxError> {
        let order = Order::of_the_system(tenant.clone(), Actor::Watchdog, format!("{id}/{name}"));
        match self.commands.user(id, order, command).await {
            Ok(executed) => Ok(executed.receipt.events > 0 && !executed.receipt.duplicate),
            Err(ExecuteError::Rejected(rejection)) => Err(rejection.into()),
            Err(ExecuteError::Store(error)) => Err(error.into()),
        }
    }
}

fn count(things: usize) -> u64 {
    things.try_into().unwrap_or(u64::MAX)
}

impl Round {
    fn note(&mut self, due: &Due, seen: Result<(), BoxError>) {
        self.due += 1;
        if let Err(error) = seen {
            let (tenant, id) = (&due.tenant, &due.id);
            tracing::error!(tenant, id, error = chain(&*error), "left for a later run");
            self.failed += 1;
        }
    }
}
