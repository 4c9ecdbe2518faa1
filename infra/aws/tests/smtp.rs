//! The SMTP adapter against a real server, GreenMail: what is handed in over SMTP is read back over POP3.

use std::sync::atomic::{AtomicU32, Ordering};

use infra_aws::mail::{Mailer as _, Smtp};
use lettre::{
    Address, Message,
    message::{Mailbox, MultiPart, SinglePart},
};
use mail_parser::MessageParser;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

const LINK: &str =
    "https://users.example.com/confirm?token=1.YWNtZS9hbGljZS8x.0123456789abcdefghijklmnopqrstuvwxyz";

fn endpoint(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("set {name}; tests/conformance.sh does"))
}

fn smtp() -> Smtp {
    Smtp::at(&endpoint("SMTP_ENDPOINT")).expect("SMTP_ENDPOINT is a URL like smtp://127.0.0.1:3025")
}

/// An address that nobody has written to yet: the server may serve several runs.
fn fresh(local: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{local}-{}-{number}@example.com", std::process::id())
}

/// Like a confirmation mail, with a name and a subject that ASCII cannot write.
fn mail_to(address: &str) -> Message {
    let to: Address = address.parse().unwrap();
    Message::builder()
        .from("Rollcall <no-reply@example.com>".parse().unwrap())
        .to(Mailbox::new(Some("Zoë Müller".into()), to))
        .subject("Bestätigen Sie Ihre Adresse, Zoë")
        .message_id(Some(format!("<{address}.1@rollcall.invalid>")))
        .multipart(
            MultiPart::alternative()
                .singlepart(SinglePart::plain(format!("Hallo Zoë,\r\n\r\n{LINK}\r\n\r\n.\r\nGrüße\r\n")))
                .singlepart(SinglePart::html(format!("<p>Hallo Zoë,</p><a href=\"{LINK}\">{LINK}</a>"))),
        )
        .unwrap()
}

/// All that is in a mailbox, as it was received.
async fn received(mailbox: &str) -> Vec<Vec<u8>> {
    let stream = TcpStream::connect(endpoint("POP3_ENDPOINT")).await.expect("POP3_ENDPOINT is served");
    let mut pop3 = Pop3(BufReader::new(stream));
    pop3.answer().await;
    pop3.ask(&format!("USER {mailbox}")).await;
    pop3.ask("PASS secret").await;
    let count: usize = pop3.ask("STAT").await.split(' ').nth(1).unwrap().parse().unwrap();
    let mut mails = Vec::new();
    for number in 1..=count {
        pop3.ask(&format!("RETR {number}")).await;
        mails.push(pop3.lines().await);
    }
    pop3.ask("QUIT").await;
    mails
}

struct Pop3(BufReader<TcpStream>);

impl Pop3 {
    async fn ask(&mut self, command: &str) -> String {
        self.0.write_all(format!("{command}\r\n").as_bytes()).await.unwrap();
        self.answer().await
    }

    async fn answer(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        assert!(line.starts_with("+OK"), "{line}");
        line
    }

    /// Up to the line with a single dot; a dot that begins a line is doubled (RFC 1939 §3).
    async fn lines(&mut self) -> Vec<u8> {
        let mut lines = Vec::new();
        loop {
            let mut line = Vec::new();
            self.0.read_until(b'\n', &mut line).await.unwrap();
            match line.strip_prefix(b".") {
                Some(b"\r\n") => return lines,
                Some(stuffed) => lines.extend_from_slice(stuffed),
                None => lines.extend_from_slice(&line),
            }
        }
    }
}

#[tokio::test]
#[ignore = "needs SMTP_ENDPOINT; tests/conformance.sh runs it"]
async fn a_mail_arrives_as_it_was_made() {
    let address = fresh("alice");
    let id = smtp().send(&mail_to(&address)).await.unwrap();

    let [mail] = received(&address).await.try_into().expect("there is one mail");
    let mail = MessageParser::new().parse(&mail).unwrap();
    let to = mail.to().and_then(|to| to.first()).unwrap();
    assert_eq!((to.name(), to.address()), (Some("Zoë Müller"), Some(address.as_str())));
    assert_eq!(mail.from().and_then(|from| from.first()).unwrap().address(), Some("no-reply@example.com"));
    assert_eq!(mail.subject(), Some("Bestätigen Sie Ihre Adresse, Zoë"));
    assert_eq!(mail.message_id(), Some(id.as_str()));
    let text = mail.body_text(0).unwrap().replace("\r\n", "\n");
    assert_eq!(text.trim_end(), format!("Hallo Zoë,\n\n{LINK}\n\n.\nGrüße"));
    assert!(mail.body_html(0).unwrap().contains(&format!("<a href=\"{LINK}\">")));
}

#[tokio::test]
#[ignore = "needs SMTP_ENDPOINT; tests/conformance.sh runs it"]
async fn a_mail_arrives_at_an_address_in_unicode() {
    let address = fresh("zoë");
    smtp().send(&mail_to(&address)).await.unwrap();

    let [mail] = received(&address).await.try_into().expect("there is one mail");
    let mail = MessageParser::new().parse(&mail).unwrap();
    assert_eq!(mail.to().and_then(|to| to.first()).unwrap().address(), Some(address.as_str()));
    assert!(mail.body_text(0).unwrap().contains(LINK));
}

#[tokio::test]
#[ignore = "needs SMTP_ENDPOINT; tests/conformance.sh runs it"]
async fn two_mails_go_over_one_connection() {
    let (smtp, addresses) = (smtp(), [fresh("alice"), fresh("bob")]);
    for address in &addresses {
        smtp.send(&mail_to(address)).await.unwrap();
    }
    for address in &addresses {
        let [mail] = received(address).await.try_into().expect("there is one mail");
        let mail = MessageParser::new().parse(&mail).unwrap();
        assert_eq!(mail.to().and_then(|to| to.first()).unwrap().address(), Some(address.as_str()));
    }
}
