use chrono::{DateTime, Utc};
use domain::role::RoleEvent;

use super::{RoleDirectory, RoleView};
use crate::{Facts, ReadModel};

impl ReadModel for RoleDirectory {
    const NAME: &'static str = "role_directory";
    const SOURCE: &'static str = "role";
    type Event = RoleEvent;
    type View = RoleView;

    fn project(view: &mut RoleView, event: &RoleEvent, facts: &Facts<RoleEvent>) {
        match event {
            RoleEvent::Created { powers, .. } => {
                view.powers = powers.clone();
                view.created_at = facts.committed_at;
            }
            RoleEvent::Retired { at } => view.retired_at = Some(*at),
        }
    }

    /// A retired role is to be taken from whoever has it.
    fn due(view: &RoleView) -> Option<DateTime<Utc>> {
        view.retired_at
    }
}
