use aws_sdk_dynamodb::error::BoxError;
use chrono::TimeDelta;
use domain::{RoleName, TenantId, UserId, user::UserCommand};
use infra_aws::views::Due;
use projections::{RoleDirectory, UserDirectory, user_directory::UserFilter};

use super::{Round, Watchdog};

/// The read model of users may not know yet who has the role. After so long it does.
const SWEPT_FOR: TimeDelta = TimeDelta::hours(1);
/// Users in one page, and pages in one run; the next run goes on.
const PAGE: usize = 100;
const PAGES: usize = 10;

impl Watchdog {
    /// Takes a retired role from whoever has it, again and again until nobody can get it any more: a worker
    /// that saw the role before it was retired may link it afterwards.
    pub(super) async fn see_to_role(&self, due: &Due, round: &mut Round) -> Result<(), BoxError> {
        let now = self.commands.clock.now();
        let (tenant, role) = (TenantId::parse(&due.tenant)?, RoleName::parse(&due.id)?);
        let roles = self.views.live::<RoleDirectory>().await?;
        let row = roles.load(tenant.as_str(), role.as_str()).await?;
        let Some(retired_at) = row.view.retired_at else { return Ok(()) };
        let swept = self.sweep(&tenant, &role, round).await?;
        if swept && retired_at + SWEPT_FOR <= now {
            roles.settle(due).await?;
        }
        Ok(())
    }

    /// Whether all of them were met.
    async fn sweep(&self, tenant: &TenantId, role: &RoleName, round: &mut Round) -> Result<bool, BoxError> {
        let terms = UserFilter { role: Some(role.clone()), ..UserFilter::default() }.terms();
        let (mut after, mut trouble) = (None, None);
        for _ in 0..PAGES {
            let users = self.views.live::<UserDirectory>().await?;
            let page = users.list(tenant.as_str(), &terms, PAGE, after.as_deref()).await?;
            for (id, _) in &page.rows {
                match self.drop_role(tenant, id.parse()?, role).await {
                    Ok(dropped) => round.unlinked += usize::from(dropped),
                    // The last owner keeps even a retired role; the others must not wait for that.
                    Err(error) => trouble = Some(error),
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        trouble.map_or(Ok(after.is_none()), Err)
    }

    async fn drop_role(&self, tenant: &TenantId, id: UserId, role: &RoleName) -> Result<bool, BoxError> {
        // Each time is a command of its own: who had it taken away may have been given it again meanwhile.
        let now = self.commands.clock.now().timestamp_millis();
        let command = UserCommand::DropRetiredRole { role: role.clone() };
        self.command(tenant, id, &format!("{now}/{role}/retired"), command).await
    }
}
