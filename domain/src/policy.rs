//! Who may do what. The one table that authorises; rules and queries ask it, nobody else decides.

use std::{collections::BTreeSet, fmt, str::FromStr};

use crate::{Decision, Rejection, TenantId};

/// Who gives an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person or a client with a token.
    Caller(Caller),
    /// A worker reporting the result of a provisioning step.
    Worker,
    /// The scheduled watchdog.
    Watchdog,
    /// Whoever holds a confirmation link.
    LinkHolder,
}

/// An authenticated caller. The tenant comes from the token, never from the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub tenant: TenantId,
    /// The token's subject; an opaque id, recorded as the actor of what the caller does.
    pub subject: String,
    pub roles: BTreeSet<CallerRole>,
}

/// What a caller is to the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallerRole {
    Owner,
    UserAdmin,
    Helpdesk,
    Auditor,
    ReplayOperator,
}

/// What someone wants to do, as the policy sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    CreateUser,
    DeactivateUser,
    ReactivateUser,
    ResendConfirmation,
    ConfirmEmail,
    ReportStep,
    ExpireConfirmation,
    CreateRole,
    ReadUsers,
    ReadRoles,
}

impl Action {
    /// The caller roles that may do this; empty for what only the system does.
    #[must_use]
    pub fn allowed_roles(self) -> &'static [CallerRole] {
        use CallerRole::{Auditor, Helpdesk, Owner, UserAdmin};
        match self {
            Self::CreateUser | Self::DeactivateUser | Self::ReactivateUser | Self::CreateRole => {
                &[Owner, UserAdmin]
            }
            Self::ResendConfirmation => &[Owner, UserAdmin, Helpdesk],
            // A replay operator rebuilds views without seeing the people in them.
            Self::ReadUsers | Self::ReadRoles => &[Owner, UserAdmin, Helpdesk, Auditor],
            Self::ConfirmEmail | Self::ReportStep | Self::ExpireConfirmation => &[],
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
        Actor::Watchdog => action == Action::ExpireConfirmation,
        Actor::LinkHolder => action == Action::ConfirmEmail,
    };
    if allowed { Ok(()) } else { Err(Rejection::Forbidden(action)) }
}

/// [`permit`], then what the rule itself says.
pub(crate) fn permitted<E>(by: &Actor, action: Action, rule: impl FnOnce() -> Decision<E>) -> Decision<E> {
    permit(by, action).and_then(|()| rule())
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
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CreateUser => "create users",
            Self::DeactivateUser => "deactivate users",
            Self::ReactivateUser => "reactivate users",
            Self::ResendConfirmation => "resend confirmations",
            Self::ConfirmEmail => "confirm e-mail addresses",
            Self::ReportStep => "report provisioning steps",
            Self::ExpireConfirmation => "expire confirmations",
            Self::CreateRole => "create roles",
            Self::ReadUsers => "read users",
            Self::ReadRoles => "read roles",
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
        for action in [Action::CreateUser, Action::DeactivateUser, Action::ReactivateUser, Action::CreateRole]
        {
            assert_eq!(who_may(action), ["owner", "user_admin"], "{action}");
        }
    }

    #[test]
    fn helpdesk_may_resend_and_read() {
        assert_eq!(who_may(Action::ResendConfirmation), ["owner", "user_admin", "helpdesk"]);
        assert_eq!(who_may(Action::ReadUsers), ["owner", "user_admin", "helpdesk", "auditor"]);
    }

    #[test]
    fn no_caller_reports_steps_or_confirms_for_someone_else() {
        for action in [Action::ReportStep, Action::ConfirmEmail, Action::ExpireConfirmation] {
            assert!(who_may(action).is_empty(), "{action}");
        }
    }

    #[test]
    fn each_part_of_the_system_does_only_its_own_work() {
        assert!(permit(&Actor::Worker, Action::ReportStep).is_ok());
        assert!(permit(&Actor::Worker, Action::DeactivateUser).is_err());
        assert!(permit(&Actor::LinkHolder, Action::ConfirmEmail).is_ok());
        assert!(permit(&Actor::LinkHolder, Action::ReadUsers).is_err());
        assert!(permit(&Actor::Watchdog, Action::ExpireConfirmation).is_ok());
        assert!(permit(&Actor::Watchdog, Action::CreateUser).is_err());
    }
}
