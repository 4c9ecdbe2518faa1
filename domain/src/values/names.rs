use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use super::{InvalidValue, fold::fold_case};

/// The name a user signs in with; unique in its tenant by [`UserName::canonical`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserName(String);

/// What people call the user. Free text, shown and never parsed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DisplayName(String);

/// A role that can be linked to users, unique in its tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoleName(String);

/// Whose users these are. Part of every key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantId(String);

impl UserName {
    pub const MAX_CHARS: usize = 128;

    /// # Errors
    /// `user-name-empty`, `user-name-too-long` (128 characters), `user-name-invalid` for white space,
    /// control and invisible characters.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let text: String = text.nfc().collect();
        match text.chars().count() {
            0 => {
                return Err(InvalidValue::new("user-name-empty", "a user name has at least one character"));
            }
            1..=Self::MAX_CHARS => {}
            _ => {
                return Err(InvalidValue::new(
                    "user-name-too-long",
                    "a user name has at most 128 characters",
                ));
            }
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control() || is_invisible(c)) {
            let message = "a user name has no white space, control or invisible characters";
            return Err(InvalidValue::new("user-name-invalid", message));
        }
        Ok(Self(text))
    }

    /// The form in which two spellings of one name are equal: NFKC (full-width and ligature forms fold)
    /// and one letter case, after the UsernameCaseMapped profile of RFC 8265.
    #[must_use]
    pub fn canonical(&self) -> String {
        fold_case(&self.0.nfkc().collect::<String>()).nfkc().collect()
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl DisplayName {
    pub const MAX_CHARS: usize = 256;

    /// # Errors
    /// `display-name-empty`, `display-name-too-long` (256 characters), `display-name-invalid` for
    /// control characters and for those that turn the direction of the text around them.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let text: String = text.trim().nfc().collect();
        match text.chars().count() {
            0 => {
                return Err(InvalidValue::new("display-name-empty", "a display name is not blank"));
            }
            1..=Self::MAX_CHARS => {}
            _ => {
                let message = "a display name has at most 256 characters";
                return Err(InvalidValue::new("display-name-too-long", message));
            }
        }
        if text.chars().any(|c| c.is_control() || is_bidi_override(c)) {
            let message = "a display name has no control or direction-changing characters";
            return Err(InvalidValue::new("display-name-invalid", message));
        }
        Ok(Self(text))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RoleName {
    pub const MAX_CHARS: usize = 64;

    /// # Errors
    /// `role-name-invalid` unless it is 1 to 64 of `a-z 0-9 _ . -`, beginning with a letter.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let starts_with_letter = text.starts_with(|c: char| c.is_ascii_lowercase());
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(c);
        if starts_with_letter && text.len() <= Self::MAX_CHARS && text.chars().all(allowed) {
            return Ok(Self(text.into()));
        }
        let message = "a role name is 1 to 64 of a-z, 0-9, '_', '.', '-', and begins with a letter";
        Err(InvalidValue::new("role-name-invalid", message))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TenantId {
    pub const MAX_CHARS: usize = 63;

    /// # Errors
    /// `tenant-invalid` unless it is 1 to 63 of `a-z 0-9 -`, beginning with a letter or digit.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if (1..=Self::MAX_CHARS).contains(&text.len()) && !text.starts_with('-') && text.chars().all(allowed)
        {
            return Ok(Self(text.into()));
        }
        Err(InvalidValue::new("tenant-invalid", "a tenant is 1 to 63 of a-z, 0-9 and '-'"))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Zero-width and direction characters: two names that look the same would not be the same.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
        || is_bidi_override(c)
}

fn is_bidi_override(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserName(…)")
    }
}

impl fmt::Debug for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DisplayName(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_of_any_script_are_names() {
        for text in ["alice", "zoë.müller", "李小龙", "आरव", "o'brien+test", "a@example.com"] {
            assert_eq!(UserName::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn letter_case_width_and_composition_do_not_make_another_user_name() {
        let canonical = |text| UserName::parse(text).unwrap().canonical();
        assert_eq!(canonical("Alice"), "alice");
        assert_eq!(canonical("ＡＬＩＣＥ"), "alice");
        assert_eq!(canonical("Zoe\u{308}"), canonical("zoë"));
    }

    #[test]
    fn user_names_that_hide_something_are_refused() {
        let code = |text: &str| UserName::parse(text).unwrap_err().code;
        assert_eq!(code(""), "user-name-empty");
        assert_eq!(code(&"a".repeat(10_000)), "user-name-too-long");
        for text in ["a b", "a\u{200B}b", "a\nb", "a\u{202E}b", " a"] {
            assert_eq!(code(text), "user-name-invalid", "{text:?}");
        }
    }

    #[test]
    fn display_names_are_trimmed_free_text() {
        assert_eq!(DisplayName::parse("  Zoë  O'Brien-李 👩🏽‍🚀 ").unwrap().as_str(), "Zoë  O'Brien-李 👩🏽‍🚀");
        let code = |text: &str| DisplayName::parse(text).unwrap_err().code;
        assert_eq!(code(" \t "), "display-name-empty");
        assert_eq!(code(&"é".repeat(10_000)), "display-name-too-long");
        assert_eq!(code("a\u{0}b"), "display-name-invalid");
        assert_eq!(DisplayName::parse(&"é".repeat(256)).unwrap().as_str().len(), 512);
    }

    #[test]
    fn role_and_tenant_names_are_plain() {
        assert!(RoleName::parse("billing.read-only_2").is_ok());
        for text in ["", "Engineer", "1st", "a b", "a#b", "a!b"] {
            assert_eq!(RoleName::parse(text).unwrap_err().code, "role-name-invalid", "{text}");
        }
        assert!(TenantId::parse("acme-2").is_ok());
        for text in ["", "-acme", "Acme", "a#b", "a_b"] {
            assert_eq!(TenantId::parse(text).unwrap_err().code, "tenant-invalid", "{text}");
        }
    }
}
