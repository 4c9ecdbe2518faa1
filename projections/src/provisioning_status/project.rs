use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    RoleName,
    user::{AdminState, Process, Step, UserEvent},
};

use super::{ProvisioningStatus, ProvisioningView, StepState, StepView};
use crate::{Facts, ReadModel};

/// How long an open step may be silent before the watchdog sends it out again.
pub const STUCK_AFTER: TimeDelta = TimeDelta::minutes(15);

impl ReadModel for ProvisioningStatus {
    const NAME: &'static str = "provisioning_status";
    const SOURCE: &'static str = "user";
    type Event = UserEvent;
    type View = ProvisioningView;

    fn project(view: &mut ProvisioningView, event: &UserEvent, facts: &Facts<UserEvent>) {
        let at = facts.committed_at;
        view.lifecycle.apply(event);
        view.updated_at = at;
        match event {
            UserEvent::Created { roles, .. } => view.steps = all_steps(roles, at),
            UserEvent::ProvisioningStarted { attempt, steps, .. } => view.started(*attempt, steps, at),
            UserEvent::StepRequested { step, .. } => view.requested(step, at),
            UserEvent::StepSucceeded { step } => view.ended(step, StepState::Succeeded, None, at),
            UserEvent::StepFailed { step, error, last } => {
                let state = if *last { StepState::Failed } else { StepState::Retrying };
                view.ended(step, state, Some(error), at);
            }
            // After one step failed for good, none of the others is performed.
            UserEvent::ProvisioningStopped { .. } | UserEvent::ProvisioningFailed { .. } => view.stopped(at),
            UserEvent::ConfirmationIssued { expires_at, .. } => {
                view.confirmation_expires_at = Some(*expires_at);
            }
            UserEvent::ConfirmationRevoked { .. }
            | UserEvent::ConfirmationExpired { .. }
            | UserEvent::EmailConfirmed { .. } => view.confirmation_expires_at = None,
            // Told by the steps and the lifecycle; an ignored result changes nothing, here too.
            UserEvent::RoleLinked { .. }
            | UserEvent::Provisioned {}
            | UserEvent::Deactivated { .. }
            | UserEvent::Reactivated { .. }
            | UserEvent::StepResultIgnored { .. }
            | UserEvent::ConfirmationSent { .. }
            | UserEvent::ResendRequested { .. } => {}
        }
    }

    /// A step that went silent, or a confirmation that nobody used.
    fn due(view: &ProvisioningView) -> Option<DateTime<Utc>> {
        let is_waiting = view.lifecycle.process == Process::Provisioned;
        match view.lifecycle.admin_state {
            AdminState::Disabled => None,
            AdminState::Enabled if view.is_working() => Some(view.updated_at + STUCK_AFTER),
            AdminState::Enabled if is_waiting => view.confirmation_expires_at,
            AdminState::Enabled => None,
        }
    }
}

fn all_steps(roles: &[RoleName], at: DateTime<Utc>) -> Vec<StepView> {
    let links = roles.iter().cloned().map(Step::LinkRole);
    links.chain([Step::SendConfirmation(1)]).map(|step| waiting(step, at)).collect()
}

fn waiting(step: Step, at: DateTime<Utc>) -> StepView {
    StepView { step, state: StepState::Waiting, tries: 0, updated_at: at, error: None }
}

impl ProvisioningView {
    fn is_working(&self) -> bool {
        let open = self.steps.iter().any(|step| step.state.is_open());
        open && (self.lifecycle.process.is_running() || self.lifecycle.process == Process::Provisioned)
    }

    /// A new attempt repeats the mail, because its link is new; links that exist stay.
    fn started(&mut self, attempt: u32, steps: &[Step], at: DateTime<Utc>) {
        self.attempt = attempt;
        for step in &mut self.steps {
            if step.state != StepState::Succeeded || matches!(step.step, Step::SendConfirmation(_)) {
                *step = waiting(step.step.clone(), at);
            }
        }
        steps.iter().for_each(|step| self.requested(step, at));
    }

    fn requested(&mut self, step: &Step, at: DateTime<Utc>) {
        if let Some(row) = self.row(step) {
            *row = StepView { state: StepState::Pending, ..waiting(step.clone(), at) };
        }
    }

    fn ended(&mut self, step: &Step, state: StepState, error: Option<&String>, at: DateTime<Utc>) {
        if let Some(row) = self.row(step) {
            *row = StepView {
                step: step.clone(),
                state,
                tries: row.tries + 1,
                updated_at: at,
                error: error.cloned(),
            };
        }
    }

    fn stopped(&mut self, at: DateTime<Utc>) {
        let ended = |row: &StepView| matches!(row.state, StepState::Succeeded | StepState::Failed);
        for row in self.steps.iter_mut().filter(|row| !ended(row)) {
            row.state = StepState::Stopped;
            row.updated_at = at;
        }
    }

    /// The row of a step. All confirmations share one: clients see the mail, not how often it was new.
    fn row(&mut self, step: &Step) -> Option<&mut StepView> {
        self.steps.iter_mut().find(|row| match (&row.step, step) {
            (Step::SendConfirmation(_), Step::SendConfirmation(_)) => true,
            (Step::LinkRole(a), Step::LinkRole(b)) => a == b,
            (Step::LinkRole(_), Step::SendConfirmation(_))
            | (Step::SendConfirmation(_), Step::LinkRole(_)) => false,
        })
    }
}
