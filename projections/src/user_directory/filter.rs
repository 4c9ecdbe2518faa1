use domain::{
    Email, RoleName, fold_for_search,
    user::{PendingEmail, Personal, Status},
};

use super::UserView;

/// Which users a list shows: those that all of it is true of. All but the deleted by default; the deleted are
/// there for who asks for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    pub status: Option<Status>,
    pub role: Option<RoleName>,
    /// Their address, or the one that is to replace it; in any spelling.
    pub email: Option<Email>,
    /// What their user name, an address of theirs, or a word of their display name begins with. It may go on
    /// into the words that follow.
    pub search: Option<String>,
}

impl UserFilter {
    /// The row terms that a user must have, all of them.
    #[must_use]
    pub fn terms(&self) -> Vec<String> {
        self.status
            .map(Self::status_term)
            .into_iter()
            .chain(self.role.as_ref().map(Self::role_term))
            .collect()
    }

    /// Whether most users are expected not to be shown.
    #[must_use]
    pub fn is_selective(&self) -> bool {
        *self != Self::default()
    }

    /// Judges one row after the other.
    pub fn judge(&self) -> impl Fn(&UserView) -> bool + Send + Sync + use<> {
        let (status, role) = (self.status, self.role.clone());
        let email = self.email.as_ref().map(Email::canonical);
        let search = self.search.as_deref().map(fold_for_search);
        move |user| {
            let stands = user.lifecycle.status();
            status.map_or(stands != Status::Deleted, |status| status == stands)
                && role.as_ref().is_none_or(|role| user.roles.contains(role))
                && email.as_ref().is_none_or(|email| has_address(user, email))
                && search.as_ref().is_none_or(|search| is_found(user, search))
        }
    }

    pub(super) fn status_term(status: Status) -> String {
        format!("status={status}")
    }

    pub(super) fn role_term(role: &RoleName) -> String {
        format!("role={role}")
    }
}

fn addresses(user: &UserView) -> impl Iterator<Item = &Email> {
    let present = user.personal.as_ref().map(|Personal { email, .. }| email);
    let pending = user.pending_email.as_ref().map(|PendingEmail { email, .. }| email);
    present.into_iter().chain(pending)
}

fn has_address(user: &UserView, canonical: &str) -> bool {
    addresses(user).any(|email| email.canonical() == canonical)
}

fn is_found(user: &UserView, search: &str) -> bool {
    let Some(Personal { user_name, display_name, .. }) = &user.personal else { return false };
    let begins = |text: &str| fold_for_search(text).starts_with(search);
    let shown = fold_for_search(display_name.as_str());
    begins(user_name.as_str())
        || addresses(user).any(|email| begins(email.as_str()))
        || shown.starts_with(search)
        || shown.contains(&format!(" {search}"))
}
