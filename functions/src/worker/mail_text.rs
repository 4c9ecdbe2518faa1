use chrono::{DateTime, Utc};
use lettre::{
    Address, Message,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType},
    },
};

use super::{MailSettings, send_confirmation::LIFETIME};
use crate::confirmation_token::Named;
use domain::user::Account;

/// The confirmation mail, text and HTML. `None` if the address cannot stand in a mail header.
pub(super) fn confirmation(
    account: &Account,
    named: &Named,
    settings: &MailSettings,
    token: &str,
    now: DateTime<Utc>,
) -> Option<Message> {
    let link = &format!("{}{token}", settings.link);
    let name = account.personal.display_name.as_str();
    let address: Address = account.personal.email.on_the_wire().parse().ok()?;
    Message::builder()
        .from(settings.from.clone())
        .to(Mailbox::new(Some(name.into()), address))
        .date(now.into())
        .subject("Confirm your e-mail address")
        // The same for every try, so that a mailbox can tell a repetition.
        .message_id(Some(format!("<{}.{}@rollcall.invalid>", named.user, named.number)))
        .multipart(
            MultiPart::alternative().singlepart(plain(link)?).singlepart(SinglePart::html(html(name, link))),
        )
        .ok()
}

/// ASCII, and sent as it is: who reads the mail's source finds the link in one piece. A link may be
/// longer than the 76 characters from which on lettre would encode, but not than a line may be.
fn plain(link: &str) -> Option<SinglePart> {
    let text = text(link);
    let fits = text.is_ascii() && text.lines().all(|line| line.len() <= 998);
    let body =
        fits.then(|| Body::dangerous_pre_encoded(text.into_bytes(), ContentTransferEncoding::SevenBit))?;
    Some(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body))
}

fn text(link: &str) -> String {
    let days = LIFETIME.num_days();
    format!(
        "Hello,\r\n\r\nan account was created for you. Confirm your e-mail address to use it:\r\n\r\n{link}\r\n\r\n\
         The link works once, for {days} days. If you did not expect this mail, ignore it.\r\n"
    )
}

fn html(name: &str, link: &str) -> String {
    let (name, link, days) = (escape(name), escape(link), LIFETIME.num_days());
    format!(
        "<!doctype html><html><body><p>Hello {name},</p>\
         <p>an account was created for you. Confirm your e-mail address to use it:</p>\
         <p><a href=\"{link}\">Confirm my e-mail address</a></p>\
         <p>The link works once, for {days} days. If you did not expect this mail, ignore it.</p></body></html>\n"
    )
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
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use cqrs_es::Aggregate as _;
    use domain::{
        DisplayName, Email, TenantId, User, UserId, UserName,
        user::{Personal, UserEvent},
    };
    use infra_aws::environment::SecretKey;

    use super::*;

    fn mail_to(email: Email, name: &str) -> Option<Message> {
        let user_name = UserName::parse("alice").unwrap();
        let personal = Personal { user_name, display_name: DisplayName::parse(name).unwrap(), email };
        let mut user = User::default();
        user.apply(UserEvent::Created { personal, roles: Vec::new() });
        let tenant = TenantId::parse("acme").unwrap();
        let named = Named { user: UserId::derive(&tenant, "k"), tenant, number: 1 };
        let key = SecretKey::new([7; 32]);
        let settings =
            MailSettings::new(key, "https://example.com/?token=".into(), "no-reply@example.com").unwrap();
        confirmation(user.account().unwrap(), &named, &settings, "token", DateTime::UNIX_EPOCH)
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
            let Ok(email) = Email::parse(&address) else { panic!("{address} is not accepted") };
            let mail = mail_to(email, "Alice").unwrap_or_else(|| panic!("no mail to {address}"));
            assert_eq!(mail.envelope().to().len(), 1);
        }
    }

    #[test]
    fn a_name_cannot_write_headers() {
        for name in ["\"Alice\" <x@example.com>, Bob", "a@b.example", "Ali;ce, (x) \\", "Ünï\u{2028}x"] {
            let mail = mail_to(Email::parse("alice@example.com").unwrap(), name).unwrap();
            let to: Vec<String> = mail.envelope().to().iter().map(ToString::to_string).collect();
            assert_eq!(to, ["alice@example.com"], "{name}");
            let text = String::from_utf8(mail.formatted()).unwrap();
            let headers = text.split_once("\r\n\r\n").unwrap().0;
            assert_eq!(headers.lines().filter(|line| line.starts_with("To:")).count(), 1, "{headers}");
        }
    }

    #[test]
    fn a_name_cannot_write_html() {
        let page = html("<img src=x onerror=\"alert('1')\">", "https://example.com/?a=1&b=2");
        assert!(page.contains("Hello &lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;,"));
        assert!(page.contains("href=\"https://example.com/?a=1&amp;b=2\""));
    }
}
