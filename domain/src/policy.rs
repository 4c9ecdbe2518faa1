//! Who may do what. The one table that authorises; rules and queries ask it, nobody else decides.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Rejection, TenantId, UserId, role::Powers};

/// Who gives an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person or a client with a token.
    Caller(Caller),
    /// A worker reporting what became of a provisioning step, or of a mail.
    Worker,
    /// The scheduled watchdog.
    Watchdog,
    /// Whoever holds a confirmation link.
    LinkHolder,
    /// The courier of webhooks, reporting that it makes no sense to go on.
    Courier,
}

/// An authenticated caller. The tenant comes from the token, never from the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub tenant: TenantId,
    /// The token's subject; an opaque id, recorded as the actor of what the caller does. A subject that is
    /// the id of one of the tenant's users is that user.
    pub subject: String,
    pub roles: BTreeSet<CallerRole>,
}

/// What a caller is to the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallerRole {
    Owner,
    UserAdmin,
    Helpdesk,
    Auditor,
    ReplayOperator,
}

/// What someone wants to do, as the policy sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    CreateUser,
    ChangeProfile,
    ChangeEmail,
    ChangeRoles,
    ScheduleExpiry,
    DeactivateUser,
    ReactivateUser,
    DeleteUser,
    RestoreUser,
    ResendConfirmation,
    RetryProvisioning,
    CancelProvisioning,
    ConfirmEmail,
    /// What a worker tells: claims, results of steps, bounces.
    ReportStep,
    /// What the watchdog tells: that a time has come.
    KeepTime,
    /// What the watchdog tells: that a role was retired.
    DropRetiredRole,
    CreateRole,
    RetireRole,
    ChangeSettings,
    ReadUsers,
    ReadRoles,
    ReadSettings,
    /// Everything that happened to everybody, with what was recorded.
    ReadEvents,
    /// Says where events are sent, by themselves.
    ManageWebhooks,
    ReadWebhooks,
    /// What the courier tells: that a webhook leads nowhere.
    GiveUpWebhook,
    /// Rebuilds read models and repairs them, those of all tenants.
    OperateViews,
}

impl Action {
    /// The caller roles that may do this; empty for what only the system does.
    #[must_use]
    pub fn allowed_roles(self) -> &'static [CallerRole] {
        use CallerRole::{Auditor, Helpdesk, Owner, ReplayOperator, UserAdmin};
        match self {
            Self::CreateUser
            | Self::ChangeProfile
            | Self::ChangeEmail
            | Self::ChangeRoles
            | Self::ScheduleExpiry
            | Self::DeactivateUser
            | Self::ReactivateUser
            | Self::DeleteUser
            | Self::RestoreUser
            | Self::CancelProvisioning
            | Self::CreateRole
            | Self::RetireRole => &[Owner, UserAdmin],
            Self::ResendConfirmation | Self::RetryProvisioning => &[Owner, UserAdmin, Helpdesk],
            // A webhook is a copy of everybody's data for whoever receives it.
            Self::ChangeSettings | Self::ManageWebhooks => &[Owner],
            // A copy of everybody's data, the deleted ones' too: helpdesk and administrators look at one user at a time.
            Self::ReadEvents | Self::ReadWebhooks => &[Owner, Auditor],
            // Who rebuilds views does so without seeing the people in them.
            Self::OperateViews => &[ReplayOperator],
            Self::ReadUsers | Self::ReadRoles | Self::ReadSettings => &[Owner, UserAdmin, Helpdesk, Auditor],
            Self::ConfirmEmail
            | Self::ReportStep
            | Self::KeepTime
            | Self::DropRetiredRole
            | Self::GiveUpWebhook => &[],
        }
    }
}

/// Refuses unless `by` may do `action`.
///
/// # Errors
/// [`Rejection::Forbidden`].
pub fn permit(by: &Actor, action: Action) -> Result<(), Rejection> {
    let allowed = match by {
        Actor::Caller(caller) => action.allowed_roles().iter().any(|role| caller.roles.contains(role)),
        Actor::Worker => action == Action::ReportStep,
        Actor::Watchdog => matches!(action, Action::KeepTime | Action::DropRetiredRole),
        Actor::LinkHolder => action == Action::ConfirmEmail,
        Actor::Courier => action == Action::GiveUpWebhook,
    };
    if allowed { Ok(()) } else { Err(Rejection::Forbidden(action)) }
}

/// Whether `by` stands high enough to give a role with these powers, to take it away, or to say where the mail
/// of someone who has it goes. Nobody gives what they lack, and privileged roles are for owners to give.
#[must_use]
pub fn may_give(by: &Actor, powers: &Powers) -> bool {
    let Actor::Caller(caller) = by else { return false };
    caller.roles.contains(&CallerRole::Owner)
        || (!powers.privileged && powers.grants.iter().all(|granted| gives(&caller.roles, *granted)))
}

/// Of what an owner has, an administrator of users has their own powers and those of the helpdesk.
fn gives(roles: &BTreeSet<CallerRole>, granted: CallerRole) -> bool {
    match granted {
        CallerRole::UserAdmin | CallerRole::Helpdesk => roles.contains(&CallerRole::UserAdmin),
        CallerRole::Owner | CallerRole::Auditor | CallerRole::ReplayOperator => false,
    }
}

impl Caller {
    /// The user that the caller is, if their subject names one.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.subject.parse().ok()
    }
}

impl CallerRole {
    pub const ALL: [Self; 5] =
        [Self::Owner, Self::UserAdmin, Self::Helpdesk, Self::Auditor, Self::ReplayOperator];

    /// As it stands in a token's `roles` claim.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::UserAdmin => "user_admin",
            Self::Helpdesk => "helpdesk",
            Self::Auditor => "auditor",
            Self::ReplayOperator => "replay_operator",
        }
    }
}

impl FromStr for CallerRole {
    type Err = UnknownCallerRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownCallerRole(text.into()))
    }
}

/// A role name that a token carries and this system does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a caller role; use owner, user_admin, helpdesk, auditor or replay_operator")]
pub struct UnknownCallerRole(String);

impl fmt::Display for CallerRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Actor {
    /// How the actor is recorded in a commit's metadata: `user:{subject}` or the part of the system.
    #[must_use]
    pub fn recorded_as(&self) -> String {
        match self {
            Self::Caller(caller) => format!("user:{}", caller.subject),
            Self::Worker => "system:worker".into(),
            Self::Watchdog => "system:watchdog".into(),
            Self::LinkHolder => "link".into(),
            Self::Courier => "system:courier".into(),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CreateUser => "create users",
            Self::ChangeProfile => "change profiles",
            Self::ChangeEmail => "change e-mail addresses",
            Self::ChangeRoles => "change roles of users",
            Self::ScheduleExpiry => "schedule the expiry of users",
            Self::DeactivateUser => "deactivate users",
            Self::ReactivateUser => "reactivate users",
            Self::DeleteUser => "delete users",
            Self::RestoreUser => "restore users",
            Self::ResendConfirmation => "resend confirmations",
            Self::RetryProvisioning => "retry provisioning",
            Self::CancelProvisioning => "cancel provisioning",
            Self::ConfirmEmail => "confirm e-mail addresses",
            Self::ReportStep => "report provisioning steps",
            Self::KeepTime => "tell that a time has come",
            Self::DropRetiredRole => "drop retired roles",
            Self::CreateRole => "create roles",
            Self::RetireRole => "retire roles",
            Self::ChangeSettings => "change settings",
            Self::ReadUsers => "read users",
            Self::ReadRoles => "read roles",
            Self::ReadSettings => "read settings",
            Self::ReadEvents => "read all events",
            Self::ManageWebhooks => "manage webhooks",
            Self::ReadWebhooks => "read webhooks",
            Self::GiveUpWebhook => "give webhooks up",
            Self::OperateViews => "operate read models",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(role: CallerRole) -> Actor {
        Actor::Caller(Caller {
            tenant: TenantId::parse("acme").unwrap(),
            subject: "admin-1".into(),
            roles: BTreeSet::from([role]),
        })
    }

    fn who_may(action: Action) -> Vec<&'static str> {
        let may = |role: &CallerRole| permit(&caller(*role), action).is_ok();
        CallerRole::ALL.into_iter().filter(may).map(CallerRole::as_str).collect()
    }

    #[test]
    fn only_owners_and_user_admins_change_users() {
        for action in [
            Action::CreateUser,
            Action::ChangeProfile,
            Action::ChangeEmail,
            Action::ChangeRoles,
            Action::ScheduleExpiry,
            Action::DeactivateUser,
            Action::ReactivateUser,
            Action::DeleteUser,
            Action::RestoreUser,
            Action::CancelProvisioning,
            Action::CreateRole,
            Action::RetireRole,
        ] {
            assert_eq!(who_may(action), ["owner", "user_admin"], "{action}");
        }
    }

    #[test]
    fn helpdesk_may_send_again_retry_and_read() {
        for action in [Action::ResendConfirmation, Action::RetryProvisioning] {
            assert_eq!(who_may(action), ["owner", "user_admin", "helpdesk"], "{action}");
        }
        assert_eq!(who_may(Action::ReadUsers), ["owner", "user_admin", "helpdesk", "auditor"]);
    }

    #[test]
    fn only_owners_change_settings_and_webhooks() {
        assert_eq!(who_may(Action::ChangeSettings), ["owner"]);
        assert_eq!(who_may(Action::ManageWebhooks), ["owner"]);
    }

    #[test]
    fn only_owners_and_auditors_read_all_events() {
        assert_eq!(who_may(Action::ReadEvents), ["owner", "auditor"]);
        assert_eq!(who_may(Action::ReadWebhooks), ["owner", "auditor"]);
    }

    #[test]
    fn no_caller_reports_steps_or_confirms_for_someone_else() {
        for action in [
            Action::ReportStep,
            Action::ConfirmEmail,
            Action::KeepTime,
            Action::DropRetiredRole,
            Action::GiveUpWebhook,
        ] {
            assert!(who_may(action).is_empty(), "{action}");
        }
    }

    #[test]
    fn each_part_of_the_system_does_only_its_own_work() {
        assert!(permit(&Actor::Worker, Action::ReportStep).is_ok());
        assert!(permit(&Actor::Worker, Action::DeactivateUser).is_err());
        assert!(permit(&Actor::LinkHolder, Action::ConfirmEmail).is_ok());
        assert!(permit(&Actor::LinkHolder, Action::ReadUsers).is_err());
        assert!(permit(&Actor::Watchdog, Action::KeepTime).is_ok());
        assert!(permit(&Actor::Watchdog, Action::CreateUser).is_err());
        assert!(permit(&Actor::Courier, Action::GiveUpWebhook).is_ok());
        assert!(permit(&Actor::Courier, Action::ManageWebhooks).is_err());
    }

    fn given_by(giver: CallerRole, privileged: bool) -> Vec<&'static str> {
        let may = |granted: &CallerRole| {
            may_give(&caller(giver), &Powers { grants: [*granted].into(), privileged })
        };
        CallerRole::ALL.into_iter().filter(may).map(CallerRole::as_str).collect()
    }

    #[test]
    fn nobody_gives_what_they_lack() {
        let all = ["owner", "user_admin", "helpdesk", "auditor", "replay_operator"];
        assert_eq!(given_by(CallerRole::Owner, false), all);
        assert_eq!(given_by(CallerRole::Owner, true), all);
        assert_eq!(given_by(CallerRole::UserAdmin, false), ["user_admin", "helpdesk"]);
        assert!(given_by(CallerRole::UserAdmin, true).is_empty());
        assert!(given_by(CallerRole::Helpdesk, false).is_empty());
        assert!(!may_give(&Actor::Worker, &Powers::default()));
    }

    #[test]
    fn a_caller_is_a_user_when_their_subject_is_an_id() {
        let Actor::Caller(mut caller) = caller(CallerRole::Owner) else { unreachable!() };
        assert_eq!(caller.user(), None);
        let id = UserId::derive(&caller.tenant, "k");
        caller.subject = id.to_string().to_uppercase();
        assert_eq!(caller.user(), Some(id), "however it is written");
    }
}
