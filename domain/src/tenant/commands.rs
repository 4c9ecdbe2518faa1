use super::Settings;

/// What can be asked of a tenant.
#[derive(Clone, Debug)]
pub enum TenantCommand {
    /// Replaces all of them.
    ChangeSettings(Settings),
}
