use std::{error::Error as _, time::Duration};

use lettre::{
    Message,
    transport::smtp::{
        Error,
        authentication::DEFAULT_MECHANISMS,
        client::{AsyncSmtpConnection, Tls},
        commands::{Data, Mail, Noop, Rcpt},
        extension::{Extension, MailBodyParameter, MailParameter},
    },
};

use super::{MailError, server::Server};

/// A server that has greeted us, and lets us hand in mails.
pub(super) struct Conversation(AsyncSmtpConnection);

/// What was being talked about when the server said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// Us: connecting, greeting, signing in, the sender.
    Us,
    /// The recipient, or what the mail says.
    TheMail,
}

impl Conversation {
    pub(super) async fn begin(server: &Server, patience: Duration) -> Result<Self, MailError> {
        let about_us = |error| sort(About::Us, &error);
        let from_the_start = match &server.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            Tls::None | Tls::Opportunistic(_) | Tls::Required(_) => None,
        };
        let address = (server.host.as_str(), server.port);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(address, Some(patience), &server.hello, from_the_start, None);
        let mut connection = connecting.await.map_err(about_us)?;
        let starttls = match &server.tls {
            Tls::Required(parameters) => Some(parameters),
            Tls::Opportunistic(parameters) => connection.can_starttls().then_some(parameters),
            Tls::None | Tls::Wrapper(_) => None,
        };
        if let Some(parameters) = starttls {
            connection.starttls(parameters.clone(), &server.hello).await.map_err(about_us)?;
        }
        if let Some(credentials) = &server.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(about_us)?;
        }
        Ok(Self(connection))
    }

    pub(super) async fn is_alive(&mut self) -> bool {
        self.0.command(Noop).await.is_ok()
    }

    pub(super) async fn send(&mut self, message: &Message) -> Result<(), MailError> {
        let (envelope, content) = (message.envelope(), message.formatted());
        let sender = Mail::new(envelope.from().cloned(), self.parameters(message, &content)?);
        self.0.command(sender).await.map_err(|error| sort(About::Us, &error))?;
        let about_the_mail = |error| sort(About::TheMail, &error);
        for recipient in envelope.to() {
            self.0.command(Rcpt::new(recipient.clone(), Vec::new())).await.map_err(about_the_mail)?;
        }
        self.0.command(Data).await.map_err(about_the_mail)?;
        self.0.message(&content).await.map_err(about_the_mail)?;
        Ok(())
    }

    /// What is said about the mail beforehand, as far as the server can take it.
    fn parameters(&self, message: &Message, content: &[u8]) -> Result<Vec<MailParameter>, MailError> {
        let offers = |extension| self.0.server_info().supports_feature(extension);
        let mut parameters = Vec::new();
        if !message.envelope().to().iter().all(|address| AsRef::<str>::as_ref(address).is_ascii()) {
            if !offers(Extension::SmtpUtfEight) {
                let reason = "the address needs SMTPUTF8, which the server does not offer";
                return Err(MailError::Refused(reason.into()));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        // Whoever offers SMTPUTF8 takes eight bits (RFC 6531 §3.1), and some do not say so.
        if !content.is_ascii() && offers(Extension::EightBitMime) {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        Ok(parameters)
    }
}

/// A 5xx about the mail is for good; so are none about us or our rights, and none that ask to sign in, whenever
/// they come
/// (530, 534, 535, 538: RFC 4954). Codes only: servers like to repeat the address.
fn sort(about: About, error: &Error) -> MailError {
    let Some(code) = error.status() else {
        // lettre's own words, the system's or TLS's; what the server said is in those about its answers.
        let reason = if error.is_response() {
            "the connection ended, or the answer cannot be read".into()
        } else {
            error.to_string()
        };
        return MailError::Unavailable(reason);
    };
    let reason = match enhanced_code(error) {
        Some(enhanced) => format!("{code} {enhanced}"),
        None => code.to_string(),
    };
    let asks_to_sign_in = matches!(u16::from(code), 530 | 534 | 535 | 538);
    // 5.7.x is about what we may do (RFC 3463 §3.8), such as sending by this server at all.
    let is_policy = enhanced_code(error).is_some_and(|enhanced| enhanced.starts_with("5.7."));
    if about == About::TheMail && error.is_permanent() && !asks_to_sign_in && !is_policy {
        MailError::Refused(reason)
    } else {
        MailError::Unavailable(reason)
    }
}

/// `5.1.1` and the like (RFC 3463), where the text of an answer begins with it.
fn enhanced_code(error: &Error) -> Option<String> {
    let text = error.source()?.to_string();
    let code = text.split_whitespace().next()?;
    let is_number = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    (code.split('.').count() == 3 && code.split('.').all(is_number)).then(|| code.to_owned())
}
