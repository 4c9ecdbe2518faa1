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
            RoleEvent::Created { .. } => view.created_at = facts.committed_at,
        }
    }
}
