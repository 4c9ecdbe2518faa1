use infra_aws::environment::KeyRing;
use lettre::message::Mailbox;

/// What confirmation mails are made with.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// Derive the tokens in links.
    pub(super) keys: KeyRing,
    /// Where links lead; the token is appended.
    pub(super) link: String,
    pub(super) from: Mailbox,
}

/// A setting that no mail could be made with. Found at the start, not at the first user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMailSettings {
    #[error("mails cannot come from {0:?}; write it as Name <name@example.com>")]
    From(String),
    #[error(
        "links cannot begin with {0:?}; write an http or https address in ASCII, of at most 500 characters"
    )]
    Link(String),
}

impl MailSettings {
    /// # Errors
    /// [`BadMailSettings`].
    pub fn new(keys: impl Into<KeyRing>, link: String, from: &str) -> Result<Self, BadMailSettings> {
        let is_http = link.starts_with("https://") || link.starts_with("http://");
        if !is_http || link.len() > 500 || !link.chars().all(|c| c.is_ascii_graphic()) {
            return Err(BadMailSettings::Link(link));
        }
        let from = from.parse().map_err(|_| BadMailSettings::From(from.into()))?;
        Ok(Self { keys: keys.into(), link, from })
    }
}

#[cfg(test)]
mod tests {
    use infra_aws::environment::SecretKey;

    use super::*;

    fn settings(link: &str, from: &str) -> Result<MailSettings, BadMailSettings> {
        MailSettings::new(SecretKey::new([7; 32]), link.into(), from)
    }

    #[test]
    fn what_no_mail_could_be_made_with_is_refused_at_once() {
        assert!(settings("https://example.com/confirm?token=", "Rollcall <a@example.com>").is_ok());
        for link in ["", "example.com/", "https://example.com/a b", "https://bücher.example/"] {
            assert_eq!(settings(link, "a@example.com").unwrap_err(), BadMailSettings::Link(link.into()));
        }
        assert_eq!(settings("https://e.com/", "nobody").unwrap_err(), BadMailSettings::From("nobody".into()));
    }
}
