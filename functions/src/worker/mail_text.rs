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
    let address: Address = account.personal.email.as_str().parse().ok()?;
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
    use super::*;

    #[test]
    fn a_name_cannot_write_html() {
        let page = html("<img src=x onerror=\"alert('1')\">", "https://example.com/?a=1&b=2");
        assert!(page.contains("Hello &lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;,"));
        assert!(page.contains("href=\"https://example.com/?a=1&amp;b=2\""));
    }
}
