use std::collections::BTreeSet;

/// Every type of event that a tenant's streams can hold.
pub const EVENT_TYPES: &[&str] = &[
    "confirmation.attempt_failed",
    "confirmation.burned",
    "confirmation.expired",
    "confirmation.issued",
    "confirmation.resend_requested",
    "confirmation.revoked",
    "confirmation.sent",
    "notice.issued",
    "provisioning.compensated",
    "provisioning.failed",
    "provisioning.started",
    "provisioning.step_failed",
    "provisioning.step_requested",
    "provisioning.step_result_ignored",
    "provisioning.step_succeeded",
    "provisioning.stopped",
    "role.created",
    "role.retired",
    "tenant.settings_changed",
    "user.activated",
    "user.created",
    "user.deactivated",
    "user.deleted",
    "user.email_change_dropped",
    "user.email_change_requested",
    "user.email_changed",
    "user.email_confirmed",
    "user.email_flagged",
    "user.expiry_scheduled",
    "user.link_skipped",
    "user.profile_changed",
    "user.provisioned",
    "user.reactivated",
    "user.restored",
    "user.role_linked",
    "user.role_unlinked",
    "user.roles_changed",
    "webhook.changed",
    "webhook.created",
    "webhook.deleted",
    "webhook.disabled",
    "webhook.enabled",
    "webhook.secret_rotated",
];

/// Which types somebody wants to be told of; all of them, if none is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Types(BTreeSet<&'static str>);

impl Types {
    /// Reads `user.created,user.deleted`.
    ///
    /// # Errors
    /// What is no type.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let known = |name: &str| EVENT_TYPES.iter().find(|known| **known == name.trim()).copied();
        let types = text.split(',').map(|name| known(name).ok_or_else(|| name.trim().to_owned()));
        types.collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn takes(&self, event_type: &str) -> bool {
        self.0.is_empty() || self.0.contains(event_type)
    }

    /// The same text for the same types.
    pub(crate) fn to_text(&self) -> String {
        self.0.iter().copied().collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_event_that_was_ever_recorded_has_its_type_in_the_list() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/fixtures");
        let names =
            fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let types: BTreeSet<String> = names
            .filter_map(|name| Some(name.strip_suffix(".json")?.split_once('@')?.0.to_owned()))
            .collect();
        assert_eq!(types, EVENT_TYPES.iter().map(ToString::to_string).collect());
    }

    #[test]
    fn types_are_told_by_their_names() {
        let types = Types::parse("user.deleted, user.created,user.created").unwrap();
        assert_eq!(types.to_text(), "user.created,user.deleted");
        assert!(types.takes("user.created") && !types.takes("user.activated"));
        assert!(Types::default().takes("user.activated"));
        for (text, wrong) in
            [("", ""), ("user.created,", ""), ("user.*", "user.*"), ("User.created", "User.created")]
        {
            assert_eq!(Types::parse(text), Err(wrong.into()), "{text}");
        }
    }
}
