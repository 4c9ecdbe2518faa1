use std::borrow::Cow;

use chrono::TimeDelta;
use leon::Template;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{DisplayName, Email, InvalidValue};

/// What a mail says. Placeholders stand in braces, `Hello {display_name}`; a brace that is meant is written
/// `\{` or `\}`, a backslash `\\`. There is nothing else to the language, so a template runs no longer than
/// it is, and whatever a placeholder stands for is text, never a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailTemplate {
    subject: String,
    text: String,
}

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// Holds the link that confirms an address.
    Confirmation,
    /// Tells the old address that another was asked for. Holds no link.
    EmailChange,
}

/// What the placeholders of a mail stand for. Not shown by `Debug`: there is a token in the link.
#[derive(Clone, Copy)]
pub enum MailFacts<'a> {
    Confirmation { display_name: &'a DisplayName, link: &'a str, lifetime: TimeDelta },
    EmailChange { display_name: &'a DisplayName, new_email: &'a Email },
}

/// A template with its placeholders filled in; lines end in `\n`.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
}

type Values<'a> = Vec<(&'static str, Cow<'a, str>)>;

const DISPLAY_NAME: &str = "display_name";
const LINK: &str = "link";
const EXPIRES_IN: &str = "expires_in";
const EXPIRES_IN_HOURS: &str = "expires_in_hours";
const NEW_EMAIL_MASKED: &str = "new_email_masked";

impl MailKind {
    pub const ALL: [Self; 2] = [Self::Confirmation, Self::EmailChange];

    /// As it stands in settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmation => "confirmation",
            Self::EmailChange => "email_change",
        }
    }

    /// The placeholders that a subject may hold. Subjects are shown where links do not belong.
    #[must_use]
    pub fn subject_placeholders(self) -> &'static [&'static str] {
        match self {
            Self::Confirmation => &[DISPLAY_NAME, EXPIRES_IN, EXPIRES_IN_HOURS],
            Self::EmailChange => &[DISPLAY_NAME, NEW_EMAIL_MASKED],
        }
    }

    /// The placeholders that a text may hold.
    #[must_use]
    pub fn text_placeholders(self) -> &'static [&'static str] {
        match self {
            Self::Confirmation => &[DISPLAY_NAME, LINK, EXPIRES_IN, EXPIRES_IN_HOURS],
            Self::EmailChange => &[DISPLAY_NAME, NEW_EMAIL_MASKED],
        }
    }
}

impl MailTemplate {
    pub const MAX_SUBJECT_CHARS: usize = 200;
    pub const MAX_TEXT_CHARS: usize = 10_000;
    /// With its placeholders filled in.
    pub const MAX_RENDERED_SUBJECT_CHARS: usize = 500;

    /// What this accepts can be rendered with any facts of its kind.
    ///
    /// # Errors
    /// `template-too-long` over 200 characters of subject or 10,000 of text, or when the longest name makes
    /// more than 500 characters of a subject; `template-link-missing` when the text of a confirmation holds
    /// no `{link}` with white space or angle brackets around it; `template-invalid` for anything that is not
    /// a template, a placeholder that there is not, an empty subject or text, and control characters.
    pub fn parse(kind: MailKind, subject: &str, text: &str) -> Result<Self, InvalidValue> {
        let subject = subject.trim_matches(' ').to_owned();
        let text = format!("{}\n", text.replace("\r\n", "\n").trim_end());
        check_length("subject", &subject, Self::MAX_SUBJECT_CHARS)?;
        check_length("text", &text, Self::MAX_TEXT_CHARS)?;
        if subject.contains(char::is_control) {
            return Err(invalid("the subject has line breaks or control characters"));
        }
        if text.contains(|c: char| c.is_control() && !"\n\t".contains(c)) {
            return Err(invalid("the text has control characters"));
        }
        check_placeholders("subject", &subject, kind.subject_placeholders())?;
        check_placeholders("text", &text, kind.text_placeholders())?;
        let template = Self { subject, text };
        let rendered = template.fill_in(&longest(kind))?;
        if rendered.text.trim().is_empty() {
            return Err(invalid("the text is empty"));
        }
        match kind {
            MailKind::Confirmation if !has_word(&rendered.text, SOME_LINK) => {
                let message = "the text needs {link}, with white space or < > around it";
                Err(InvalidValue::new("template-link-missing", message))
            }
            MailKind::Confirmation | MailKind::EmailChange => Ok(template),
        }
    }

    /// What is said where nobody has said otherwise.
    #[must_use]
    pub fn default_for(kind: MailKind) -> Self {
        let (subject, text) = match kind {
            // Without the name: in plain ASCII, the link can be read from the mail's source.
            MailKind::Confirmation => (
                "Confirm your e-mail address",
                "Hello,\n\nan account was created for you. Confirm your e-mail address to use it:\n\n{link}\n\n\
                 The link works once, for {expires_in}. If you did not expect this mail, ignore it.\n",
            ),
            MailKind::EmailChange => (
                "Your e-mail address is to be changed",
                "Hello {display_name},\n\nthe e-mail address of your account is to be changed to \
                 {new_email_masked}. That happens as soon as it is confirmed there.\n\n\
                 If you did not expect this mail, tell your administrator at once.\n",
            ),
        };
        Self { subject: subject.into(), text: text.into() }
    }

    /// # Errors
    /// Only where the template was parsed as one of another kind, or under other rules.
    pub fn render(&self, facts: &MailFacts<'_>) -> Result<Rendered, InvalidValue> {
        self.fill_in(&values(facts))
    }

    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    fn fill_in(&self, values: &Values<'_>) -> Result<Rendered, InvalidValue> {
        let fill_in = |part, source| {
            let template = read(part, source)?;
            template.render(values).map_err(|error| invalid(&format!("the {part}: {error}")))
        };
        let subject = fill_in("subject", &self.subject)?.trim().to_owned();
        match subject.chars().count() {
            0 => Err(invalid("the subject is empty")),
            1..=Self::MAX_RENDERED_SUBJECT_CHARS => {
                Ok(Rendered { subject, text: fill_in("text", &self.text)? })
            }
            _ => Err(InvalidValue::new(
                "template-too-long",
                "with a long name in it, the subject has more than 500 characters",
            )),
        }
    }
}

fn values<'a>(facts: &MailFacts<'a>) -> Values<'a> {
    match *facts {
        MailFacts::Confirmation { display_name, link, lifetime } => vec![
            (DISPLAY_NAME, on_one_line(display_name.as_str())),
            (LINK, on_one_line(link)),
            (EXPIRES_IN, for_people(lifetime).into()),
            (EXPIRES_IN_HOURS, lifetime.num_hours().max(1).to_string().into()),
        ],
        MailFacts::EmailChange { display_name, new_email } => vec![
            (DISPLAY_NAME, on_one_line(display_name.as_str())),
            (NEW_EMAIL_MASKED, masked(new_email).into()),
        ],
    }
}

/// A link without any text of a template's in it.
const SOME_LINK: &str = "https://link.invalid/\u{1F517}";

/// The longest that placeholders can stand for; the length of a link has no limit, but it is in no subject.
fn longest(kind: MailKind) -> Values<'static> {
    let name = "W".repeat(DisplayName::MAX_CHARS);
    match kind {
        MailKind::Confirmation => vec![
            (DISPLAY_NAME, name.into()),
            (LINK, SOME_LINK.into()),
            (EXPIRES_IN, "30 days".into()),
            (EXPIRES_IN_HOURS, "720".into()),
        ],
        // An address has at most 254 octets.
        MailKind::EmailChange => {
            vec![(DISPLAY_NAME, name.into()), (NEW_EMAIL_MASKED, "w".repeat(254).into())]
        }
    }
}

fn read<'a>(part: &str, source: &'a str) -> Result<Template<'a>, InvalidValue> {
    Template::parse(source).map_err(|error| {
        // It ends with the whole template, which whoever wrote it has.
        let error = error.to_string();
        let what = error.strip_suffix(source).unwrap_or(&error).trim_end_matches([' ', ':']);
        invalid(&format!("the {part} cannot be read: {what}"))
    })
}

fn check_placeholders(part: &str, source: &str, known: &[&str]) -> Result<(), InvalidValue> {
    let template = read(part, source)?;
    let Some(unknown) = template.keys().find(|key| !known.contains(*key)) else {
        return Ok(());
    };
    let unknown: String = unknown.chars().take(40).collect();
    let known: Vec<String> = known.iter().map(|name| format!("{{{name}}}")).collect();
    Err(invalid(&format!("the {part} of this mail has no {{{unknown}}}; there is {}", known.join(", "))))
}

fn check_length(part: &str, source: &str, most: usize) -> Result<(), InvalidValue> {
    if source.chars().count() <= most {
        return Ok(());
    }
    Err(InvalidValue::new("template-too-long", format!("the {part} has more than {most} characters")))
}

/// Whether `word` stands in `text` in one piece, so that a mail program recognises it.
fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || "<>".contains(c)).any(|other| other == word)
}

/// What is stored was judged by the rules of its day; a subject must not become two headers.
fn on_one_line(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_control) { text.replace(char::is_control, " ").into() } else { text.into() }
}

/// Never longer than it is: `1 hour`, `36 hours`, `3 days`.
fn for_people(lifetime: TimeDelta) -> String {
    match lifetime.num_hours() {
        ..=1 => "1 hour".into(),
        hours @ 2..48 => format!("{hours} hours"),
        hours => format!("{} days", hours / 24),
    }
}

/// Enough for its owner to recognise it: `a…@example.com`.
fn masked(email: &Email) -> String {
    let (local, domain) = email.as_str().rsplit_once('@').unwrap_or((email.as_str(), ""));
    let masked: String = local.chars().take(1).chain("…@".chars()).chain(domain.chars()).collect();
    on_one_line(&masked).into_owned()
}

fn invalid(message: &str) -> InvalidValue {
    InvalidValue::new("template-invalid", message)
}

#[cfg(test)]
mod tests;
