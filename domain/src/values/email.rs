use std::fmt;

use email_address::{EmailAddress, Options};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use super::{InvalidValue, fold::fold_case};

/// An e-mail address as its owner writes it (trimmed, NFC). Two spellings of one address are told by
/// [`Email::canonical`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

/// Counts a user's addresses: 1 for the first, one more with every change.
pub type EmailVersion = u32;

impl Email {
    /// RFC 5321 §4.5.3.1.3: a path holds 256 octets, two of them the angle brackets.
    pub const MAX_OCTETS: usize = 254;

    /// Judges the syntax only: whether the mailbox exists is what the confirmation is for.
    ///
    /// # Errors
    /// `email-too-long` over 254 octets, `email-invalid` for anything that is not `local@domain.tld`.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let text: String = text.trim().nfc().collect();
        if text.len() > Self::MAX_OCTETS {
            return Err(too_long());
        }
        // The domain is judged as it goes over the wire: what a script may write in it, idna knows.
        let (local, domain) = text.rsplit_once('@').ok_or_else(invalid)?;
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| invalid())?;
        let wire = format!("{local}@{domain}");
        if wire.len() > Self::MAX_OCTETS {
            return Err(too_long());
        }
        let syntax = Options::default().without_display_text().without_domain_literal().with_required_tld();
        let address = EmailAddress::parse_with_options(&wire, syntax);
        // `"alice"@…` is the mailbox alice@… in other clothes, and hardly anybody takes it.
        if address.map_err(|_| invalid())?.local_part().starts_with('"') {
            return Err(invalid());
        }
        // No top-level domain is a number: that is an IP address, or a mistake.
        if domain.rsplit('.').next().is_none_or(|top| top.bytes().all(|b| b.is_ascii_digit())) {
            return Err(invalid());
        }
        Ok(Self(text))
    }

    /// The form in which two spellings of one address are equal: the domain by UTS-46, everything in
    /// lower case. Dots and plus tags are kept: they are different mailboxes at most providers.
    #[must_use]
    pub fn canonical(&self) -> String {
        let (local, domain) = self.parts();
        format!("{}@{domain}", fold_case(local))
    }

    /// The address as it goes over the wire: its domain in ASCII, its local part as it was written.
    #[must_use]
    pub fn on_the_wire(&self) -> String {
        let (local, domain) = self.parts();
        format!("{local}@{domain}")
    }

    /// The local part as it was written, and the domain in ASCII.
    fn parts(&self) -> (&str, String) {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        (local, idna::domain_to_ascii(domain).unwrap_or_else(|_| fold_case(domain)))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn too_long() -> InvalidValue {
    InvalidValue::new("email-too-long", "an e-mail address has at most 254 octets")
}

fn invalid() -> InvalidValue {
    InvalidValue::new("email-invalid", "this is not an e-mail address; write it as name@example.com")
}

impl fmt::Debug for Email {
    // Addresses end up in logs through Debug; this one does not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        Email::parse(text).unwrap().canonical()
    }

    #[test]
    fn letter_case_and_spelling_of_the_domain_do_not_make_another_address() {
        assert_eq!(canonical("Alice@Example.COM"), "alice@example.com");
        assert_eq!(canonical(" bob@bücher.example "), canonical("bob@xn--bcher-kva.example"));
        assert_eq!(canonical("Zoe\u{308}@example.com"), canonical("zoë@example.com"));
    }

    #[test]
    fn plus_tags_and_dots_make_another_address() {
        assert_ne!(canonical("a.b@example.com"), canonical("ab@example.com"));
        assert_ne!(canonical("a+x@example.com"), canonical("a@example.com"));
    }

    #[test]
    fn the_address_is_kept_as_it_was_written() {
        assert_eq!(Email::parse("Alice+Work@Example.com").unwrap().as_str(), "Alice+Work@Example.com");
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in [
            "",
            "alice",
            "@example.com",
            "alice@",
            "alice@localhost",
            "a b@example.com",
            "\"alice\"@example.com",
            "a@ex!ample.com",
            "a@exa_mple.com",
            "a@a/b.com",
            "a@1.2.3.4",
            "a@example.123",
            "\"a b\"@example.com",
            "Alice <alice@example.com>",
            "alice@[127.0.0.1]",
            "a@b@example.com",
            "alice@exa mple.com",
        ] {
            assert_eq!(Email::parse(text).unwrap_err().code, "email-invalid", "{text}");
        }
        let long = format!("{}@example.com", "a".repeat(10_000));
        assert_eq!(Email::parse(&long).unwrap_err().code, "email-too-long");
        let long_on_the_wire = format!("{}@{}example", "a".repeat(64), "üöä.".repeat(17));
        assert_eq!(Email::parse(&long_on_the_wire).unwrap_err().code, "email-too-long");
    }

    #[test]
    fn a_domain_may_be_written_in_any_script() {
        let long = format!("a@{}.example", "ü".repeat(40));
        for text in ["a@उदाहरण.परीक्षा", "a@ตัวอย่าง.example", "a@مثال.إختبار", "a@例え.テスト", &long]
        {
            assert!(canonical(text).contains("xn--"), "{text}");
        }
    }

    #[test]
    fn a_mail_goes_to_the_domain_in_ascii_and_to_the_mailbox_as_it_was_written() {
        assert_eq!(Email::parse("Bob@Bücher.example").unwrap().on_the_wire(), "Bob@xn--bcher-kva.example");
    }

    #[test]
    fn debug_does_not_show_the_address() {
        assert_eq!(format!("{:?}", Email::parse("alice@example.com").unwrap()), "Email(…)");
    }
}
