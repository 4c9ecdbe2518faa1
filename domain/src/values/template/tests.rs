use proptest::prelude::*;

use super::{
    MailKind::{Confirmation, EmailChange},
    *,
};

const LINK_SENT: &str = "https://users.example.com/confirm?token=1.abc.def";

fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).unwrap()
}

fn rendered(template: &MailTemplate, facts: &MailFacts<'_>) -> (String, String) {
    let Rendered { subject, text } = template.render(facts).unwrap();
    (subject, text)
}

/// A confirmation to `display_name`, as `subject` and `text` have it.
fn confirmation(subject: &str, text: &str, display_name: &str) -> (String, String) {
    let facts = MailFacts::Confirmation {
        display_name: &name(display_name),
        link: LINK_SENT,
        lifetime: TimeDelta::days(3),
    };
    rendered(&MailTemplate::parse(Confirmation, subject, text).unwrap(), &facts)
}

fn refused(kind: MailKind, subject: &str, text: &str) -> InvalidValue {
    MailTemplate::parse(kind, subject, text).unwrap_err()
}

#[test]
fn placeholders_are_filled_in() {
    assert_eq!(
        confirmation(
            "Willkommen, {display_name}",
            "Hallo { display_name }!\r\n\r\n{link}\r\n({expires_in})",
            "Zoë"
        ),
        ("Willkommen, Zoë".into(), format!("Hallo Zoë!\n\n{LINK_SENT}\n(3 days)\n"))
    );
}

#[test]
fn a_change_of_address_names_the_new_one_and_does_not_give_it_away() {
    let facts = MailFacts::EmailChange {
        display_name: &name("Zoë"),
        new_email: &Email::parse("alice@example.com").unwrap(),
    };
    let (_, text) = rendered(&MailTemplate::default_for(EmailChange), &facts);
    assert!(text.contains("changed to a…@example.com."), "{text}");
}

#[test]
fn the_lifetime_is_told_in_words_and_never_too_long() {
    for (minutes, words) in [
        (60, "1 hour"),
        (119, "1 hour"),
        (24 * 60, "24 hours"),
        (36 * 60, "36 hours"),
        (48 * 60, "2 days"),
        (71 * 60, "2 days"),
        (72 * 60, "3 days"),
        (30 * 24 * 60, "30 days"),
    ] {
        assert_eq!(for_people(TimeDelta::minutes(minutes)), words);
    }
}

#[test]
fn what_is_said_by_default_is_a_template() {
    for kind in [Confirmation, EmailChange] {
        let MailTemplate { subject, text } = MailTemplate::default_for(kind);
        assert_eq!(MailTemplate::parse(kind, &subject, &text), Ok(MailTemplate::default_for(kind)));
    }
}

#[test]
fn names_are_text_and_never_a_template() {
    let (subject, text) = confirmation("For {display_name}", "{display_name}\n{link}", "{link} {{7*7}} \\{");
    assert_eq!(subject, "For {link} {{7*7}} \\{");
    assert_eq!(text, format!("{{link}} {{{{7*7}}}} \\{{\n{LINK_SENT}\n"));
}

#[test]
fn a_name_that_was_stored_with_a_line_break_cannot_write_headers() {
    let display_name: DisplayName = serde_json::from_str(r#""Zoë\r\nBcc: x@example.com""#).unwrap();
    let template = MailTemplate::parse(Confirmation, "For {display_name}", "{link}").unwrap();
    let facts = MailFacts::Confirmation {
        display_name: &display_name,
        link: LINK_SENT,
        lifetime: TimeDelta::days(3),
    };
    assert_eq!(rendered(&template, &facts).0, "For Zoë  Bcc: x@example.com");
}

#[test]
fn a_confirmation_holds_its_link_in_one_piece() {
    for text in ["{link}", "Click <{link}>.", "a\n\t{link}\nb", "x{link} and {link}"] {
        assert!(MailTemplate::parse(Confirmation, "s", text).is_ok(), "{text}");
    }
    for text in
        ["Hello", "x{link}", "{link}.", "{link}{link}", "{link}{display_name}", "\"{link}\"", r"\{link\}"]
    {
        assert_eq!(refused(Confirmation, "s", text).code, "template-link-missing", "{text}");
    }
}

#[test]
fn a_placeholder_that_there_is_not_is_refused_by_its_name() {
    let message = |kind, subject, text| refused(kind, subject, text).message;
    assert_eq!(
        message(Confirmation, "For {displayname}", "{link}"),
        "the subject of this mail has no {displayname}; there is {display_name}, {expires_in}, {expires_in_hours}"
    );
    assert!(message(Confirmation, "{link}", "{link}").starts_with("the subject of this mail has no {link};"));
    assert!(message(EmailChange, "s", "{link}").starts_with("the text of this mail has no {link};"));
    assert!(message(EmailChange, "s", "{DISPLAY_NAME}").contains("has no {DISPLAY_NAME};"));
    assert!(message(EmailChange, "s", &format!("{{{}}}", "x".repeat(9_000))).len() < 200);
}

#[test]
fn what_is_no_template_is_refused_with_the_place() {
    for (text, place) in [("a { b", 2), ("a } b", 2), (r"a \n b", 2), ("a {} b", 2), (r"a {b\} c", 2)] {
        let error = refused(EmailChange, "s", text);
        assert_eq!(error.code, "template-invalid");
        assert!(error.message.contains(&format!("at span start = {place}")), "{}", error.message);
    }
    let long = format!("{}{{", "x".repeat(9_000));
    assert!(refused(EmailChange, "s", &long).message.len() < 250);
}

#[test]
fn what_is_empty_or_too_long_or_holds_control_characters_is_refused() {
    for (subject, text, code) in [
        ("", "x", "template-invalid"),
        ("  ", "x", "template-invalid"),
        ("s", " \r\n\t", "template-invalid"),
        ("s\nBcc: x@example.com", "x", "template-invalid"),
        ("s\r", "x", "template-invalid"),
        ("s", "x\u{0}", "template-invalid"),
        ("s", "x\ry", "template-invalid"),
        (&"s".repeat(201), "x", "template-too-long"),
        ("s", &"x".repeat(10_001), "template-too-long"),
        (&"{display_name} ".repeat(2), "x", "template-too-long"),
    ] {
        assert_eq!(refused(EmailChange, subject, text).code, code, "{subject:?} {text:?}");
    }
    assert!(MailTemplate::parse(EmailChange, &"ü".repeat(200), &"ü".repeat(9_999)).is_ok());
}

#[test]
fn a_template_is_stored_as_subject_and_text() {
    let template = MailTemplate::parse(Confirmation, "s", "{link}").unwrap();
    let json = r#"{"subject":"s","text":"{link}\n"}"#;
    assert_eq!(serde_json::to_string(&template).unwrap(), json);
    assert_eq!(serde_json::from_str::<MailTemplate>(json).unwrap(), template);
}

proptest! {
    #[test]
    fn what_is_accepted_can_be_rendered_for_anybody(
        subject in "[a{} ]{0,3}(\\{(display_name|expires_in|link)\\}){0,2}.{0,3}",
        text in "(.|\\{(display_name|expires_in|link)\\}|\\n| ){0,8}",
        display_name in ".{1,256}",
        hours in 1_i64..720,
    ) {
        let Ok(template) = MailTemplate::parse(Confirmation, &subject, &text) else { return Ok(()) };
        let Ok(display_name) = DisplayName::parse(&display_name) else { return Ok(()) };
        let lifetime = TimeDelta::hours(hours);
        let facts = MailFacts::Confirmation { display_name: &display_name, link: LINK_SENT, lifetime };
        let (subject, text) = rendered(&template, &facts);
        prop_assert!(!subject.contains(char::is_control) && !subject.is_empty());
        prop_assert!(has_word(&text, LINK_SENT));
    }
}
