use chrono::{DateTime, TimeDelta, Utc};
use domain::{DisplayName, Email, MailFacts, MailTemplate, Rendered};
use lettre::{
    Address, Message,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

use super::MailSettings;
use crate::confirmation_token::Named;

/// Whom a mail is written to.
#[derive(Clone, Copy)]
pub(super) struct Recipient<'a> {
    pub(super) display_name: &'a DisplayName,
    pub(super) email: &'a Email,
}

/// The mail with the link that confirms an address. `None` if it cannot be written: the address cannot
/// stand in a header, or the template is none for this mail.
pub(super) fn confirmation(
    to: &Recipient<'_>,
    named: &Named,
    settings: &MailSettings,
    template: &MailTemplate,
    token: &str,
    lifetime: TimeDelta,
    now: DateTime<Utc>,
) -> Option<Message> {
    let link = format!("{}{token}", settings.link);
    let facts = MailFacts::Confirmation { display_name: to.display_name, link: &link, lifetime };
    let head = Head { to, settings, id: format!("{}.{}", named.user, named.number), now };
    let tag = format!("confirmation={}", named.number);
    head.message(&template.render(&facts).ok()?, Some(&link), &tags(named, &tag))
}

/// The mail that tells the old address of the one that confirmation `named` is about. `None` as above.
pub(super) fn email_change(
    to: &Recipient<'_>,
    new_email: &Email,
    named: &Named,
    settings: &MailSettings,
    template: &MailTemplate,
    now: DateTime<Utc>,
) -> Option<Message> {
    let facts = MailFacts::EmailChange { display_name: to.display_name, new_email };
    let head = Head { to, settings, id: format!("{}.{}.notice", named.user, named.number), now };
    // Not tagged as the confirmation: when the old mailbox bounces, that says nothing about the new one.
    let tag = format!("notice={}", named.number);
    head.message(&template.render(&facts).ok()?, None, &tags(named, &tag))
}

/// What SES puts into its events about this mail, so that a bounce finds its user.
fn tags(named: &Named, tag: &str) -> String {
    format!("tenant={}, user={}, {tag}", named.tenant, named.user)
}

struct Head<'a> {
    to: &'a Recipient<'a>,
    settings: &'a MailSettings,
    /// The same for every try, so that a mailbox can tell a repetition.
    id: String,
    now: DateTime<Utc>,
}

impl Head<'_> {
    fn message(self, rendered: &Rendered, link: Option<&str>, tags: &str) -> Option<Message> {
        let address: Address = self.to.email.on_the_wire().parse().ok()?;
        let body = MultiPart::alternative()
            .singlepart(plain(&rendered.text))
            .singlepart(SinglePart::html(html(&rendered.text, link)));
        let mut message = Message::builder()
            .from(self.settings.from.clone())
            .to(Mailbox::new(Some(self.to.display_name.as_str().into()), address))
            .date(self.now.into())
            .subject(&rendered.subject)
            .message_id(Some(format!("<{}@rollcall.invalid>", self.id)))
            .multipart(body)
            .ok()?;
        // On one line, as SES documents it: ids are short, and ASCII.
        let name = HeaderName::new_from_ascii_str("X-SES-MESSAGE-TAGS");
        message.headers_mut().insert_raw(HeaderValue::dangerous_new_pre_encoded(
            name,
            tags.to_owned(),
            tags.to_owned(),
        ));
        Some(message)
    }
}

/// What is ASCII is sent as it is: who reads the mail's source finds the link in one piece. A link may be
/// longer than the 76 characters from which on lettre would encode, but not than a line may be.
fn plain(text: &str) -> SinglePart {
    let text = text.replace('\n', "\r\n");
    let as_it_is = text.is_ascii() && text.lines().all(|line| line.len() <= 998);
    let body = if as_it_is {
        Body::dangerous_pre_encoded(text.into_bytes(), ContentTransferEncoding::SevenBit)
    } else {
        Body::new(text)
    };
    SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body)
}

/// The text once more: blank lines end paragraphs, and the link can be clicked. Nothing else can.
fn html(text: &str, link: Option<&str>) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| paragraph.trim_matches('\n'));
    let paragraphs = paragraphs.filter(|paragraph| !paragraph.is_empty());
    let paragraphs: String = paragraphs.map(|text| format!("<p>{}</p>", in_html(text, link))).collect();
    format!("<!doctype html><html><body>{paragraphs}</body></html>\n")
}

fn in_html(text: &str, link: Option<&str>) -> String {
    let Some(link) = link else {
        return escape(text);
    };
    let anchor = format!("<a href=\"{0}\">{0}</a>", escape(link));
    text.split(link).map(escape).collect::<Vec<_>>().join(&anchor)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push_str("<br>"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use domain::{
        MailKind::{Confirmation, EmailChange},
        TenantId, UserId,
    };
    use infra_aws::environment::SecretKey;
    use mail_parser::MessageParser;

    use super::*;

    const LINK: &str = "https://example.com/?a=1&token=token";

    fn email(address: &str) -> Email {
        Email::parse(address).unwrap_or_else(|_| panic!("{address} is not accepted"))
    }

    fn settings() -> MailSettings {
        let key = SecretKey::new([7; 32]);
        MailSettings::new(key, "https://example.com/?a=1&token=".into(), "no-reply@example.com").unwrap()
    }

    fn named() -> Named {
        let tenant = TenantId::parse("acme").unwrap();
        Named { user: UserId::derive(&tenant, "k"), tenant, number: 2 }
    }

    fn written(address: &str, name: &str, template: &MailTemplate) -> Message {
        let (display_name, email) = (&DisplayName::parse(name).unwrap(), &email(address));
        let to = Recipient { display_name, email };
        let lifetime = TimeDelta::days(3);
        confirmation(&to, &named(), &settings(), template, "token", lifetime, DateTime::UNIX_EPOCH)
            .unwrap_or_else(|| panic!("no mail to {address}"))
    }

    fn confirmation_to(address: &str, name: &str) -> Message {
        written(address, name, &MailTemplate::default_for(Confirmation))
    }

    fn notice() -> Message {
        let (display_name, email) = (&DisplayName::parse("Zoë").unwrap(), &email("old@example.com"));
        let (to, new) = (Recipient { display_name, email }, self::email("new@example.com"));
        let template = MailTemplate::default_for(EmailChange);
        email_change(&to, &new, &named(), &settings(), &template, DateTime::UNIX_EPOCH).unwrap()
    }

    fn source(message: &Message) -> String {
        String::from_utf8(message.formatted()).unwrap()
    }

    /// Text and HTML, as a mail program shows them.
    fn shown(message: &Message) -> (String, String) {
        let source = message.formatted();
        let mail = MessageParser::new().parse(&source).unwrap();
        (mail.body_text(0).unwrap().replace("\r\n", "\n"), mail.body_html(0).unwrap().into_owned())
    }

    #[test]
    fn every_address_that_is_accepted_can_be_written_to() {
        let local = "!#$%&'*+/=?^_`{|}~-";
        let long = "a".repeat(64);
        for address in [
            "zoë@example.com".to_owned(),
            "Zoe+Work@Bücher.example".to_owned(),
            "李@例え.jp".to_owned(),
            "o'brien@example.co.uk".to_owned(),
            format!("{local}@example.com"),
            format!("{long}@example.com"),
            "a@xn--bcher-kva.example".to_owned(),
            "a@उदाहरण.परीक्षा".to_owned(),
            format!("a@{}.example", "ü".repeat(40)),
        ] {
            let mail = confirmation_to(&address, "Alice");
            assert_eq!(mail.envelope().to().len(), 1);
        }
    }

    #[test]
    fn a_name_cannot_write_headers() {
        let template = MailTemplate::parse(Confirmation, "For {display_name}", "{link}").unwrap();
        for name in ["\"Alice\" <x@example.com>, Bob", "a@b.example", "Ali;ce, (x) \\", "Ünï\u{2028}x"] {
            let mail = written("alice@example.com", name, &template);
            let to: Vec<String> = mail.envelope().to().iter().map(ToString::to_string).collect();
            assert_eq!(to, ["alice@example.com"], "{name}");
            let text = source(&mail);
            let headers = text.split_once("\r\n\r\n").unwrap().0;
            for header in ["To:", "Subject:"] {
                let count = headers.lines().filter(|line| line.starts_with(header)).count();
                assert_eq!(count, 1, "{headers}");
            }
        }
    }

    #[test]
    fn a_name_cannot_write_html() {
        let text = "Hello {display_name},\n\n{link}";
        let template = MailTemplate::parse(Confirmation, "s", text).unwrap();
        let mail =
            written("alice@example.com", "<img src=x onerror=\"alert('1')\"> http://x.example", &template);
        let page = "<!doctype html><html><body>\
            <p>Hello &lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; http://x.example,</p>\
            <p><a href=\"https://example.com/?a=1&amp;token=token\">https://example.com/?a=1&amp;token=token</a></p>\
            </body></html>";
        assert_eq!(shown(&mail).1.trim_end(), page);
    }

    #[test]
    fn a_template_says_what_the_mail_says() {
        let text = "Grüß dich, {display_name}.\n.\n<{link}>\n\n\n{expires_in}\n";
        let template = MailTemplate::parse(Confirmation, "Für {display_name}", text).unwrap();
        let mail = written("alice@example.com", "Zoë", &template);
        let source = mail.formatted();
        assert_eq!(MessageParser::new().parse(&source).unwrap().subject(), Some("Für Zoë"));
        let (text, page) = shown(&mail);
        assert_eq!(text, format!("Grüß dich, Zoë.\n.\n<{LINK}>\n\n\n3 days\n"));
        assert!(page.contains("<p>Grüß dich, Zoë.<br>.<br>&lt;<a href="), "{page}");
        assert!(page.contains("</a>&gt;</p><p>3 days</p>"), "{page}");
    }

    #[test]
    fn by_default_the_source_of_a_mail_holds_the_link_in_one_piece_whatever_the_name() {
        for name in ["Alice", "Zoë 李"] {
            let source = source(&confirmation_to("alice@example.com", name));
            assert!(source.contains(&format!("\r\n{LINK}\r\n")), "{source}");
        }
    }

    #[test]
    fn lines_that_are_too_long_for_a_mail_are_encoded() {
        let template =
            MailTemplate::parse(Confirmation, "s", &format!("{} {{link}}", "x".repeat(2_000))).unwrap();
        let mail = written("alice@example.com", "Alice", &template);
        assert!(source(&mail).lines().all(|line| line.len() <= 998));
        assert_eq!(shown(&mail).0, format!("{} {LINK}\n", "x".repeat(2_000)));
    }

    #[test]
    fn the_headers_say_whose_mail_it_is_and_every_try_says_the_same() {
        let (mail, again) =
            (confirmation_to("alice@example.com", "Alice"), confirmation_to("alice@example.com", "Alice"));
        let Named { user, .. } = named();
        let text = source(&mail);
        assert!(text.contains(&format!("Message-ID: <{user}.2@rollcall.invalid>\r\n")), "{text}");
        let tags = format!("X-SES-MESSAGE-TAGS: tenant=acme, user={user}, confirmation=2\r\n");
        assert!(text.contains(&tags), "{text}");
        let headers = |mail: &Message| source(mail).split_once("Content-Type").unwrap().0.to_owned();
        assert_eq!(headers(&mail), headers(&again));
    }

    #[test]
    fn a_notice_of_a_change_goes_to_the_old_address_and_holds_no_link() {
        let mail = notice();
        assert_eq!(mail.envelope().to()[0].to_string(), "old@example.com");
        let (text, page) = shown(&mail);
        assert!(text.starts_with("Hello Zoë,") && text.contains(" n…@example.com."), "{text}");
        assert!(!text.contains("http") && !page.contains("href"), "{page}");
    }

    #[test]
    fn a_bounce_of_a_notice_is_not_taken_for_one_of_the_confirmation() {
        let (Named { user, .. }, text) = (named(), source(&notice()));
        assert!(text.contains(&format!("Message-ID: <{user}.2.notice@rollcall.invalid>\r\n")), "{text}");
        assert!(
            text.contains(&format!("X-SES-MESSAGE-TAGS: tenant=acme, user={user}, notice=2\r\n")),
            "{text}"
        );
    }

    #[test]
    fn a_template_of_another_mail_writes_none() {
        let display_name = &DisplayName::parse("Alice").unwrap();
        let to = Recipient { display_name, email: &email("alice@example.com") };
        let (template, lifetime) = (MailTemplate::default_for(EmailChange), TimeDelta::days(3));
        let mail =
            confirmation(&to, &named(), &settings(), &template, "token", lifetime, DateTime::UNIX_EPOCH);
        assert!(mail.is_none());
    }
}
