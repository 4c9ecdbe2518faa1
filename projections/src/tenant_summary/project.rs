use domain::user::UserEvent;

use super::{StandingView, TenantSummary};
use crate::{Facts, ReadModel};

impl ReadModel for TenantSummary {
    const NAME: &'static str = "tenant_summary";
    const SOURCE: &'static str = "user";
    type Event = UserEvent;
    type View = StandingView;

    fn project(view: &mut StandingView, event: &UserEvent, _: &Facts<UserEvent>) {
        view.lifecycle.apply(event);
    }

    fn tally(view: &StandingView) -> Option<String> {
        Some(view.lifecycle.status().as_str().into())
    }
}
