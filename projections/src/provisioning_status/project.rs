use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    RoleName,
    role::PlannedRole,
    user::{AdminState, PROCESS_DEADLINE, Process, Step, UnlinkReason, UserEvent},
};

use super::{ProvisioningStatus, ProvisioningView, StepState, StepView};
use crate::{Facts, ReadModel};

/// How long an open step may be silent before the watchdog sends it out again.
pub const STUCK_AFTER: TimeDelta = TimeDelta::minutes(5);

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
            UserEvent::Created { roles, .. } => {
                view.steps = all_steps(roles, at);
                view.email_version = 1;
            }
            UserEvent::ProvisioningStarted { attempt, steps, .. } => view.started(*attempt, steps, at),
            UserEvent::StepRequested { step, .. } => view.requested(step, at),
            UserEvent::StepSucceeded { step } => view.ended(step, StepState::Succeeded, None, at),
            UserEvent::StepFailed { step, error, last } => {
                let state = if *last { StepState::Failed } else { StepState::Retrying };
                view.ended(step, state, Some(error), at);
            }
            // After one step failed for good, none of the others is performed.
            UserEvent::ProvisioningFailed { step, error } => {
                view.failed(step, error, at);
                view.stopped(at);
            }
            UserEvent::ProvisioningStopped { .. } => view.stopped(at),
            UserEvent::RolesChanged { added, removed } => view.change_roles(added, removed, at),
            UserEvent::RoleLinked { role } => view.turn(role, StepState::Succeeded, at),
            UserEvent::LinkSkipped { role } => view.turn(role, StepState::Skipped, at),
            UserEvent::RoleUnlinked { role, reason } => match reason {
                UnlinkReason::Removed | UnlinkReason::Retired => view.forget(role),
                UnlinkReason::Compensated | UnlinkReason::Deleted => view.turn(role, StepState::Stopped, at),
            },
            UserEvent::EmailChanged { email_version, .. } => {
                view.email_version = *email_version;
                view.email_verified = false;
                view.running_since = Some(at);
                view.wait_for_mail(at);
            }
            UserEvent::ResendRequested { .. } => view.running_since = Some(at),
            UserEvent::ConfirmationIssued { expires_at, .. } => {
                view.confirmation_expires_at = Some(*expires_at);
            }
            // One notice is enough for an address that was not told yet, and it tells of the last change.
            UserEvent::EmailChangeRequested { .. } => view.forget_notices(),
            UserEvent::ConfirmationRevoked { .. } => view.confirmation_expires_at = None,
            UserEvent::EmailConfirmed { email_version, .. } => {
                view.confirmation_expires_at = None;
                view.email_verified = true;
                view.email_version = *email_version;
            }
            // Its mail may not have gone out yet, and will not.
            UserEvent::ConfirmationExpired { .. }
            | UserEvent::ConfirmationBurned { .. }
            | UserEvent::EmailChangeDropped { .. } => {
                view.confirmation_expires_at = None;
                view.stop(at, |row| row.state.is_open() && matches!(row.step, Step::SendConfirmation(_)));
            }
            UserEvent::ExpiryScheduled { expires_at } => view.expires_at = *expires_at,
            UserEvent::Deactivated { .. } | UserEvent::Deleted { .. } => view.stop_mails(at),
            // Told by the steps and the lifecycle; an ignored result changes nothing, here too.
            UserEvent::ProfileChanged { .. }
            | UserEvent::EmailFlagged { .. }
            | UserEvent::Provisioned {}
            | UserEvent::Activated {}
            | UserEvent::Reactivated { .. }
            | UserEvent::Restored { .. }
            | UserEvent::StepResultIgnored { .. }
            | UserEvent::ProvisioningCompensated { .. }
            | UserEvent::ConfirmationSent { .. }
            | UserEvent::ConfirmationAttemptFailed { .. }
            | UserEvent::NoticeIssued { .. } => {}
        }
    }

    /// What comes first: a step that went silent, provisioning that takes too long, a confirmation that nobody
    /// used, the user's last day.
    fn due(view: &ProvisioningView) -> Option<DateTime<Utc>> {
        if view.lifecycle.admin_state != AdminState::Enabled {
            return None;
        }
        let stuck = view.is_working().then(|| view.updated_at + STUCK_AFTER);
        let is_running = view.lifecycle.process.is_running();
        let overdue = view.running_since.filter(|_| is_running).map(|since| since + PROCESS_DEADLINE);
        let is_waiting = matches!(view.lifecycle.process, Process::Provisioned | Process::Confirmed);
        let unused = view.confirmation_expires_at.filter(|_| is_waiting);
        [stuck, overdue, unused, view.expires_at].into_iter().flatten().min()
    }
}

fn all_steps(roles: &[PlannedRole], at: DateTime<Utc>) -> Vec<StepView> {
    let links = roles.iter().map(|planned| Step::LinkRole(planned.role.clone()));
    links.chain([Step::SendConfirmation(1)]).map(|step| waiting(step, at)).collect()
}

fn waiting(step: Step, at: DateTime<Utc>) -> StepView {
    StepView { step, state: StepState::Waiting, tries: 0, updated_at: at, error: None }
}

impl ProvisioningView {
    fn is_working(&self) -> bool {
        self.steps.iter().any(|step| step.state.is_open())
    }

    /// A new attempt repeats the mail, because its link is new; links that exist stay.
    fn started(&mut self, attempt: u32, steps: &[Step], at: DateTime<Utc>) {
        self.attempt = attempt;
        self.running_since = Some(at);
        let is_verified = self.email_verified;
        let is_done = |row: &StepView| match row.step {
            Step::LinkRole(_) => matches!(row.state, StepState::Succeeded | StepState::Skipped),
            Step::SendConfirmation(_) => is_verified,
            Step::NotifyEmailChange(_) => true,
        };
        for row in self.steps.iter_mut().filter(|row| !is_done(row)) {
            *row = waiting(row.step.clone(), at);
        }
        steps.iter().for_each(|step| self.requested(step, at));
    }

    fn requested(&mut self, step: &Step, at: DateTime<Utc>) {
        let pending = StepView { state: StepState::Pending, ..waiting(step.clone(), at) };
        match self.row(step) {
            Some(row) => *row = pending,
            None => self.steps.push(pending),
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

    /// Provisioning failed at this step, perhaps without a try that did: its time was over, or its mail came
    /// back.
    fn failed(&mut self, step: &Step, error: &str, at: DateTime<Utc>) {
        if let Some(row) = self.row(step).filter(|row| row.state != StepState::Skipped) {
            row.state = StepState::Failed;
            row.error = Some(error.into());
            row.updated_at = at;
        }
    }

    fn stopped(&mut self, at: DateTime<Utc>) {
        self.stop(at, |_| true);
    }

    /// Mails on their way when a user is shut off who is not being provisioned any more.
    fn stop_mails(&mut self, at: DateTime<Utc>) {
        self.stop(at, |row| row.state.is_open());
    }

    fn stop(&mut self, at: DateTime<Utc>, which: impl Fn(&StepView) -> bool) {
        let ended = |row: &StepView| {
            matches!(row.state, StepState::Succeeded | StepState::Failed | StepState::Skipped)
        };
        for row in self.steps.iter_mut().filter(|row| !ended(row) && which(row)) {
            row.state = StepState::Stopped;
            row.updated_at = at;
        }
    }

    fn change_roles(&mut self, added: &[PlannedRole], removed: &[RoleName], at: DateTime<Utc>) {
        removed.iter().for_each(|role| self.forget(role));
        for planned in added {
            self.forget(&planned.role);
            self.steps.push(waiting(Step::LinkRole(planned.role.clone()), at));
        }
        self.steps.sort_by(|a, b| a.step.cmp(&b.step));
    }

    fn turn(&mut self, role: &RoleName, state: StepState, at: DateTime<Utc>) {
        if let Some(row) = self.row(&Step::LinkRole(role.clone())) {
            row.state = state;
            row.updated_at = at;
        }
    }

    fn forget(&mut self, role: &RoleName) {
        self.steps.retain(|row| row.step != Step::LinkRole(role.clone()));
    }

    /// Those to the present address, which are replaced, and those that have had their turn.
    fn forget_notices(&mut self) {
        let present = self.email_version;
        self.steps.retain(|row| match row.step {
            Step::NotifyEmailChange(version) => version <= present && row.state.is_open(),
            Step::LinkRole(_) | Step::SendConfirmation(_) => true,
        });
    }

    fn wait_for_mail(&mut self, at: DateTime<Utc>) {
        if let Some(row) = self.steps.iter_mut().find(|row| matches!(row.step, Step::SendConfirmation(_))) {
            *row = waiting(row.step.clone(), at);
        }
    }

    /// The row of a step. All confirmations share one: clients see the mail, not how often it was new.
    fn row(&mut self, step: &Step) -> Option<&mut StepView> {
        self.steps.iter_mut().find(|row| match (&row.step, step) {
            (Step::SendConfirmation(_), Step::SendConfirmation(_)) => true,
            (Step::NotifyEmailChange(a), Step::NotifyEmailChange(b)) => a == b,
            (Step::LinkRole(a), Step::LinkRole(b)) => a == b,
            (Step::LinkRole(_) | Step::SendConfirmation(_) | Step::NotifyEmailChange(_), _) => false,
        })
    }
}
