//! The mail adapters, each beside a server that does as it is told.

mod http_server;
mod ses;
mod smtp;
mod smtp_server;

use infra_aws::mail::MailError;
use lettre::{Address, Message, message::Mailbox};

/// A mail to `address`, as its sender made it.
fn mail_to(address: &str) -> Message {
    let to: Address = address.parse().expect("it is an address");
    Message::builder()
        .from("Rollcall <no-reply@example.com>".parse().expect("it is a mailbox"))
        .to(Mailbox::new(Some("Zoë Müller".into()), to))
        .subject("Grüße")
        .message_id(Some("<alice.1@rollcall.invalid>".into()))
        .body("Hello,\r\n\r\nhttps://users.example.com/confirm?token=1.abc.def\r\n".to_owned())
        .expect("it has a sender and a recipient")
}

fn alice() -> Message {
    mail_to("alice@example.com")
}

fn unavailable(reason: &str) -> MailError {
    MailError::Unavailable(reason.into())
}

fn refused(reason: &str) -> MailError {
    MailError::Refused(reason.into())
}
