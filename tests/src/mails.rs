use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use futures_util::future::BoxFuture;
use infra_aws::mail::{MailError, Mailer, MessageId};
use lettre::Message;

/// A mail provider in memory: keeps what it takes, and refuses when it was told to.
#[derive(Clone, Default)]
pub struct Mails(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    sent: Vec<Sent>,
    refusals: VecDeque<MailError>,
    before: Option<Hook>,
}

type Hook = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// A mail that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub to: String,
    /// The token in its link; empty without one.
    pub token: String,
    pub subject: String,
    /// All of it, as it went out.
    pub text: String,
}

impl Mails {
    /// The mail that was taken last.
    #[must_use]
    pub fn last(&self) -> Sent {
        self.sent().pop().expect("a mail was sent")
    }

    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.0.lock().unwrap().sent.clone()
    }

    /// Those that were taken after the first so many.
    #[must_use]
    pub fn sent_after(&self, place: usize) -> Vec<Sent> {
        self.0.lock().unwrap().sent[place..].to_vec()
    }

    /// Takes every mail from now on, whatever was said before.
    pub fn recover(&self) {
        let mut state = self.0.lock().unwrap();
        state.refusals.clear();
        state.before = None;
    }

    /// The next mail is not taken.
    pub fn fail_next(&self, error: MailError) {
        self.0.lock().unwrap().refusals.push_back(error);
    }

    /// Runs `hook` while the next mail is on its way: claimed, not yet taken.
    pub fn during_next(&self, hook: impl FnOnce() -> BoxFuture<'static, ()> + Send + 'static) {
        self.0.lock().unwrap().before = Some(Box::new(hook));
    }
}

impl Mailer for Mails {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<MessageId, MailError>> {
        Box::pin(async move {
            let hook = self.0.lock().unwrap().before.take();
            if let Some(hook) = hook {
                hook().await;
            }
            let mut state = self.0.lock().unwrap();
            if let Some(error) = state.refusals.pop_front() {
                return Err(error);
            }
            let text = String::from_utf8(message.formatted()).unwrap();
            let to = message.envelope().to().iter().map(ToString::to_string).collect();
            state.sent.push(Sent { to, token: token_in(&text), subject: subject_of(&text), text });
            Ok(format!("m-{}", state.sent.len()))
        })
    }
}

fn token_in(text: &str) -> String {
    let rest = text.split_once("/confirm?token=").map_or("", |(_, rest)| rest);
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect()
}

fn subject_of(text: &str) -> String {
    let mut lines = text.lines();
    lines.find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default().into()
}
