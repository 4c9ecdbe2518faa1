//! An aggregate of realistic size: like a user with roles, a state of about 1.5 KB that is changed by
//! commits of about 0.6 KB.

use std::convert::Infallible;

use cqrs_es::{Aggregate, DomainEvent, event_sink::EventSink};
use serde::{Deserialize, Serialize};

use benches::text::text;

/// As many roles as make 1.5 KB; beyond them the oldest is taken away.
const ROLES: usize = 34;

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) display_name: String,
    pub(crate) roles: Vec<String>,
}

/// Grants the role of this number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grant(pub(crate) usize);

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct RoleGranted {
    role: String,
    instead_of: Option<String>,
    reason: String,
}

impl DomainEvent for RoleGranted {
    fn event_type(&self) -> String {
        "member.role-granted".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for Member {
    const TYPE: &'static str = "Member";
    type Command = Grant;
    type Event = RoleGranted;
    type Error = Infallible;
    type Services = ();

    async fn handle(&mut self, grant: Grant, (): &(), sink: &EventSink<Self>) -> Result<(), Infallible> {
        let oldest = (self.roles.len() == ROLES).then(|| self.roles[0].clone());
        sink.write(RoleGranted::new(grant, oldest), self).await;
        Ok(())
    }

    fn apply(&mut self, granted: RoleGranted) {
        if let Some(oldest) = granted.instead_of {
            self.roles.retain(|role| *role != oldest);
        }
        self.roles.push(granted.role);
    }
}

impl RoleGranted {
    fn new(Grant(number): Grant, instead_of: Option<String>) -> Self {
        Self { role: format!("acme:{}", text(number, 35)), instead_of, reason: text(number, 330) }
    }
}
