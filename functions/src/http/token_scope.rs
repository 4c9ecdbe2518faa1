use domain::Action;

/// The scope of which the gateway asks a token before it lets a request through to what does `action`; `None` for what
/// no caller does. Scopes say what a client was let into; what its user may do there, roles say.
#[must_use]
pub fn token_scope(action: Action) -> Option<&'static str> {
    Some(match action {
        Action::ReadUsers => "rollcall/users.read",
        Action::CreateUser
        | Action::ChangeProfile
        | Action::ChangeEmail
        | Action::ChangeRoles
        | Action::ScheduleExpiry
        | Action::DeactivateUser
        | Action::ReactivateUser
        | Action::DeleteUser
        | Action::RestoreUser
        | Action::ResendConfirmation
        | Action::RetryProvisioning
        | Action::CancelProvisioning => "rollcall/users.write",
        Action::ReadRoles => "rollcall/roles.read",
        Action::CreateRole | Action::RetireRole => "rollcall/roles.write",
        Action::ReadSettings => "rollcall/settings.read",
        Action::ChangeSettings => "rollcall/settings.write",
        Action::ReadEvents => "rollcall/events.read",
        Action::ReadWebhooks => "rollcall/webhooks.read",
        Action::ManageWebhooks => "rollcall/webhooks.write",
        Action::OperateViews => "rollcall/operate",
        Action::ConfirmEmail
        | Action::ReportStep
        | Action::KeepTime
        | Action::DropRetiredRole
        | Action::GiveUpWebhook => {
            return None;
        }
    })
}

/// All of them.
pub const TOKEN_SCOPES: [&str; 10] = [
    "rollcall/users.read",
    "rollcall/users.write",
    "rollcall/roles.read",
    "rollcall/roles.write",
    "rollcall/settings.read",
    "rollcall/settings.write",
    "rollcall/events.read",
    "rollcall/webhooks.read",
    "rollcall/webhooks.write",
    "rollcall/operate",
];
