//! What commands are called in logs and traces: as they are named in the code.

use domain::{role::RoleCommand, tenant::TenantCommand, user::UserCommand, webhook::WebhookCommand};

pub(super) const fn of_user(command: &UserCommand) -> &'static str {
    match command {
        UserCommand::Create(_) => "create_user",
        UserCommand::ChangeProfile { .. } => "change_profile",
        UserCommand::ChangeEmail { .. } => "change_email",
        UserCommand::ChangeRoles(_) => "change_roles",
        UserCommand::ScheduleExpiry { .. } => "schedule_expiry",
        UserCommand::Deactivate { .. } => "deactivate_user",
        UserCommand::Reactivate => "reactivate_user",
        UserCommand::Delete => "delete_user",
        UserCommand::Restore => "restore_user",
        UserCommand::ResendConfirmation => "resend_confirmation",
        UserCommand::RetryProvisioning => "retry_provisioning",
        UserCommand::CancelProvisioning => "cancel_provisioning",
        UserCommand::IssueConfirmation { .. } => "issue_confirmation",
        UserCommand::IssueNotice { .. } => "issue_notice",
        UserCommand::RecordStepResult { .. } => "record_step_result",
        UserCommand::FlagEmail { .. } => "flag_email",
        UserCommand::ConfirmEmail { .. } => "confirm_email",
        UserCommand::ExpireConfirmation { .. } => "expire_confirmation",
        UserCommand::TimeOutProvisioning => "time_out_provisioning",
        UserCommand::ExpireUser => "expire_user",
        UserCommand::DropRetiredRole { .. } => "drop_retired_role",
    }
}

pub(super) const fn of_role(command: &RoleCommand) -> &'static str {
    match command {
        RoleCommand::Create { .. } => "create_role",
        RoleCommand::Retire => "retire_role",
    }
}

pub(super) const fn of_webhook(command: &WebhookCommand) -> &'static str {
    match command {
        WebhookCommand::Create { .. } => "create_webhook",
        WebhookCommand::Change { .. } => "change_webhook",
        WebhookCommand::Disable => "disable_webhook",
        WebhookCommand::GiveUp { .. } => "give_up_webhook",
        WebhookCommand::Enable => "enable_webhook",
        WebhookCommand::RotateSecret { .. } => "rotate_webhook_secret",
        WebhookCommand::Delete => "delete_webhook",
    }
}

pub(super) const fn of_tenant(command: &TenantCommand) -> &'static str {
    match command {
        TenantCommand::ChangeSettings(_) => "change_settings",
    }
}
