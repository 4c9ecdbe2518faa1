//! What the mailer does, and what becomes of mails.

use acceptance::{Say, Sent, post};
use infra_aws::mail::MailError;
use infra_local::faults::{At, Fault};
use serde_json::json;

use super::{
    laws::{Broken, ensure, named},
    plan::Mailing,
    stage::Stage,
};

impl Stage<'_> {
    pub(super) fn prepare_mailer(&self, mailing: Mailing) {
        match mailing {
            Mailing::Unavailable => self.app.mails.fail_next(MailError::Unavailable("busy".into())),
            Mailing::Refused => self.app.mails.fail_next(MailError::Refused("550".into())),
            Mailing::WorkerDies => {
                let tap = self.app.tap.clone();
                self.app.mails.during_next(move || {
                    let fail = |_| tap.inject(At::Next("PutItem".into()), Fault::ServerError);
                    (0..3).for_each(fail);
                    Box::pin(async {})
                });
            }
        }
    }

    /// The mail with a link that stands so far from the last one.
    fn mail(&self, back: usize) -> Option<&Sent> {
        self.mails.iter().rev().filter(|mail| !mail.token.is_empty()).nth(back)
    }

    pub(super) async fn follow(&mut self, mail: usize) -> Result<(), Broken> {
        let Some(mail) = self.mail(mail).cloned() else { return Ok(()) };
        self.try_link(&mail).await.map(drop)
    }

    /// Follows the link of a mail; whether it was good. Only the newest one can be, and it is.
    pub(super) async fn try_link(&mut self, mail: &Sent) -> Result<bool, Broken> {
        let (user, name) = named(mail);
        let told = &self.tale.users[&user];
        let live = told.live_link().is_some_and(|live| live.to_string() == name);
        let quiet = self.app.tap.unmet() == 0;
        let answer = self.app.when(follow(&mail.token)).await;
        self.tally.note_answer("confirm_email", &answer);
        ensure(self.troubled || answer.status < 500, || {
            format!("a click: {} {}", answer.status, answer.body)
        })?;
        ensure(live || !quiet || answer.status != 200, || format!("the dead link {name} of {user} worked"))?;
        Ok(answer.status == 200)
    }

    pub(super) async fn forge(&mut self, mail: usize, times: usize) {
        let Some(mail) = self.mail(mail) else { return };
        let (rest, _) = mail.token.rsplit_once('.').unwrap();
        let forged = format!("{rest}.{}", "A".repeat(43));
        for _ in 0..times {
            let answer = self.app.when(follow(&forged)).await;
            self.tally.note_answer("confirm_email, forged", &answer);
        }
    }

    pub(super) async fn report(&self, mail: usize, kind: &str) {
        let Some(mail) = self.mail(mail) else { return };
        let (user, number) = named(mail);
        let tags = json!({ "tenant": [self.cast.tenant.as_str()], "user": [user], "confirmation": [number] });
        let of = json!({ "messageId": format!("ses-{user}-{number}"), "tags": tags });
        let detail = match kind {
            "Complaint" => json!({ "eventType": "Complaint", "mail": of }),
            kind => json!({ "eventType": "Bounce", "bounce": { "bounceType": kind }, "mail": of }),
        };
        let body = json!({ "source": "aws.ses", "detail": detail }).to_string();
        let stack = &self.app.backend.stack;
        let send = stack.clients.sqs.send_message().queue_url(&stack.steps_queue_url);
        send.message_body(body).send().await.unwrap();
    }
}

fn follow(token: &str) -> Say {
    post("/v1/confirmations", &json!({ "token": token })).by_nobody()
}
