//! One plan on a backend: delivers what is to be delivered, and does what the plan says.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use acceptance::{Answer, App, Say, Sent, post};
use aws_lambda_events::{dynamodb::EventRecord, sqs::SqsEvent, sqs::SqsMessage};
use chrono::TimeDelta;
use domain::TenantId;
use functions::watchdog::Round;
use infra_aws::mail::MailError;
use infra_local::{
    faults::{At, Fault},
    host::{delivered_message, delivered_record},
};
use serde_json::json;

use super::{
    laws::{Broken, ensure, judge_answer, judge_mail, judge_table, named},
    plan::{Again, Ask, Mailing, Move, OnTheWay, Plan, What},
    say::Cast,
    tale::Tale,
    tally::Tally,
};
use crate::chance::Chance;

pub(super) struct Stage<'a> {
    pub(super) app: &'a App,
    pub(super) cast: Cast,
    pub(super) tale: Tale,
    pub(super) tally: Tally,
    stream: &'a mut Stream,
    /// So many records were projected, and so many dispatched.
    projected: usize,
    dispatched: usize,
    set_aside: Vec<EventRecord>,
    /// Every message that was ever received, as it was last received.
    received: Vec<SqsMessage>,
    taken: Vec<SqsMessage>,
    names: HashMap<String, String>,
    mails_before: usize,
    /// Which mails were claimed when the table was last looked at, and which of them were to be sent still.
    before: BTreeMap<(String, String), bool>,
    pub(super) mails: Vec<Sent>,
    answers: Answers,
    troubled: bool,
}

type Answers = Arc<Mutex<Vec<(Ask, Answer)>>>;

/// Where the stream was read up to.
pub(super) struct Stream(Option<String>);

impl Stream {
    pub(super) async fn of(app: &App) -> Self {
        let (streams, arn) = (&app.backend.stack.clients.streams, &app.backend.stack.stream_arn);
        let described = streams.describe_stream().stream_arn(arn).send().await.unwrap();
        let shard = described.stream_description.unwrap().shards.unwrap().remove(0).shard_id.unwrap();
        let iterator = streams.get_shard_iterator().stream_arn(arn).shard_id(shard);
        let iterator = iterator.shard_iterator_type("TRIM_HORIZON".into()).send().await.unwrap();
        Self(iterator.shard_iterator)
    }

    async fn next(&mut self, app: &App) -> Vec<EventRecord> {
        let stack = &app.backend.stack;
        let mut all = Vec::new();
        loop {
            let read = stack.clients.streams.get_records().set_shard_iterator(self.0.take());
            let read = read.send().await.unwrap();
            self.0 = read.next_shard_iterator;
            let records = read.records.unwrap_or_default();
            all.extend(records.iter().map(|record| delivered_record(&stack.stream_arn, record)));
            if records.is_empty() || records.len() < 100 {
                return all;
            }
        }
    }
}

impl<'a> Stage<'a> {
    /// A tenant of the plan's own, with its roles.
    pub(super) async fn set(app: &'a App, stream: &'a mut Stream, plan: &Plan) -> Result<Self, Broken> {
        app.tap.reset();
        app.mails.recover();
        let tenant = TenantId::parse(&format!("t{}", plan.seed)).unwrap();
        let mut stage = Self {
            app,
            cast: Cast { tenant, roles: plan.users.clone() },
            tale: Tale::default(),
            tally: Tally::default(),
            stream,
            projected: 0,
            dispatched: 0,
            set_aside: Vec::new(),
            received: Vec::new(),
            taken: Vec::new(),
            names: HashMap::new(),
            mails_before: app.mails.sent().len(),
            before: BTreeMap::new(),
            mails: Vec::new(),
            answers: Answers::default(),
            troubled: false,
        };
        for role in super::plan::ROLES {
            let grants = if role == super::plan::ROLES[0] { json!(["owner"]) } else { json!([]) };
            let say = post("/v1/roles", &json!({ "name": role, "grants": grants }));
            let answer = app.when(say.of_tenant(stage.cast.tenant.as_str())).await;
            ensure(answer.status == 201, || format!("{}", answer.body))?;
        }
        stage.look().await?;
        Ok(stage)
    }

    /// Does what the move says, then judges what is to be seen of it.
    pub(super) async fn make(&mut self, what: &Move) -> Result<(), Broken> {
        self.count_requests();
        self.troubled = matches!(what.on_the_way, Some(OnTheWay::Fails { .. }));
        match what.on_the_way {
            None => {}
            Some(OnTheWay::Asks { before, ask }) => self.asked_before(before, ask),
            Some(OnTheWay::Fails { at, requests, fault }) => {
                (at..at + requests).for_each(|request| self.app.tap.inject(At::Request(request), fault));
            }
        }
        self.carry_out(what.what).await?;
        let wrote = |operation: &String| operation == "PutItem" || operation == "TransactWriteItems";
        let asked = !self.answers.lock().unwrap().is_empty();
        let may_have_written = asked || self.app.tap.log().iter().any(wrote);
        self.count_requests();
        if may_have_written { self.look().await } else { Ok(()) }
    }

    fn asked_before(&self, request: usize, ask: Ask) {
        let (door, say) = (self.app.door(), self.cast.say(ask, self.app.clock.now()));
        let answers = self.answers.clone();
        self.app.tap.before_request(request, move || {
            Box::pin(async move {
                let answer = door.send(say).await;
                answers.lock().unwrap().push((ask, answer));
            })
        });
    }

    async fn carry_out(&mut self, what: What) -> Result<(), Broken> {
        match what {
            What::Ask(ask) => {
                let answer = self.app.when(self.cast.say(ask, self.app.clock.now())).await;
                self.answers.lock().unwrap().push((ask, answer));
            }
            What::Project(count) => self.project(count).await?,
            What::Dispatch(count) => self.dispatch(count).await?,
            What::ProjectAgain(again) => self.project_again(again).await,
            What::DispatchAgain(again) => self.dispatch_again(again).await,
            What::SetAside(count) => {
                let batch = next(&self.tale.records, self.projected, count);
                self.projected += batch.len();
                self.set_aside.extend_from_slice(batch);
            }
            What::Work(count) => {
                self.work(count).await;
            }
            What::Take(count) => self.taken = self.receive(count).await,
            What::WorkOnTaken => {
                let taken = std::mem::take(&mut self.taken);
                self.work_on(taken).await;
            }
            What::WorkAgain(back) => {
                let place = self.received.len().checked_sub(back + 1);
                let message = place.map(|place| self.received[place].clone());
                self.work_on(message.into_iter().collect()).await;
            }
            What::LoseMessages => self.app.lose_all_steps().await,
            What::NextMail(mailing) => self.prepare_mailer(mailing),
            What::Follow(mail) => self.follow(mail).await?,
            What::Forge { mail, times } => self.forge(mail, times).await,
            What::Report { mail, kind } => self.report(mail, kind).await,
            What::Watch => drop(self.watch().await),
            What::WaitSeconds(seconds) => self.app.clock.advance(TimeDelta::seconds(seconds)),
        }
        Ok(())
    }

    /// Reads what the table's stream has since, and judges it.
    pub(super) async fn look(&mut self) -> Result<(), Broken> {
        let records = self.stream.next(self.app).await;
        let is_new = !records.is_empty();
        self.tale.hear(records)?;
        if is_new {
            judge_table(&self.tale)?;
        }
        let mails = self.app.mails.sent_after(self.mails_before + self.mails.len());
        for mail in mails {
            judge_mail(&self.tale, &self.before, &mail)?;
            self.tally.note("a mail is taken");
            self.mails.push(mail);
        }
        let answers = std::mem::take(&mut *self.answers.lock().unwrap());
        for (ask, answer) in answers {
            self.tally.note_answer(ask.route(), &answer);
            let id = self.cast.user(ask.user).to_string();
            judge_answer(&self.tale, (ask, &id), &answer, self.troubled)?;
        }
        self.before = self.tale.mails();
        Ok(())
    }

    /// Delivers the next records to the projector. What failed comes again, with all that follows it.
    pub(super) async fn project(&mut self, count: usize) -> Result<(), Broken> {
        let batch = next(&self.tale.records, self.projected, count);
        if batch.is_empty() {
            return Ok(());
        }
        let response = self.app.backend.functions.projector.handle(Tale::batch(batch)).await;
        let failed = response.batch_item_failures.first().and_then(|failed| failed.item_identifier.clone());
        let done = done(batch, failed.as_deref());
        ensure(self.troubled || done == batch.len(), || "a record could not be projected".into())?;
        self.projected += done;
        Ok(())
    }

    pub(super) async fn dispatch(&mut self, count: usize) -> Result<(), Broken> {
        let batch = next(&self.tale.records, self.dispatched, count);
        if batch.is_empty() {
            return Ok(());
        }
        let before = self.waiting().await;
        let response = self.app.backend.functions.dispatcher.handle(Tale::batch(batch)).await;
        let failed = response.batch_item_failures.first().and_then(|failed| failed.item_identifier.clone());
        let done = done(batch, failed.as_deref());
        ensure(self.troubled || done == batch.len(), || "a record could not be dispatched".into())?;
        let (steps, sent) = (Tale::steps_of(&batch[..done]) as u64, self.waiting().await - before);
        ensure(sent >= steps, || format!("{steps} steps were dispatched, and {sent} messages are there"))?;
        self.dispatched += done;
        Ok(())
    }

    /// How many messages there are on the queue, whether they can be received now or not.
    pub(super) async fn waiting(&self) -> u64 {
        let depth = self.app.backend.stack.sqs.depth("rollcall-steps").await.unwrap();
        depth.visible + depth.in_flight + depth.delayed
    }

    /// Delivers what was set aside, after everything that came later.
    pub(super) async fn project_what_was_set_aside(&mut self) -> Result<(), Broken> {
        let records = std::mem::take(&mut self.set_aside);
        let response = self.app.backend.functions.projector.handle(Tale::batch(&records)).await;
        ensure(response.batch_item_failures.is_empty(), || "a record could not be projected".into())
    }

    async fn project_again(&self, again: Again) {
        let batch = self.once_more(again, self.projected);
        drop(self.app.backend.functions.projector.handle(Tale::batch(&batch)).await);
    }

    async fn dispatch_again(&self, again: Again) {
        let batch = self.once_more(again, self.dispatched);
        drop(self.app.backend.functions.dispatcher.handle(Tale::batch(&batch)).await);
    }

    fn once_more(&self, again: Again, delivered: usize) -> Vec<EventRecord> {
        let until = delivered.saturating_sub(again.back);
        let mut batch = self.tale.records[until.saturating_sub(again.count)..until].to_vec();
        Chance::of(again.order).shuffle(&mut batch);
        batch
    }

    /// Works on what there is; answers how many messages that was.
    pub(super) async fn work(&mut self, count: i32) -> usize {
        let messages = self.receive(count).await;
        let number = messages.len();
        self.work_on(messages).await;
        number
    }

    /// Messages get ids that are the same in every run: pauses depend on them.
    async fn receive(&mut self, count: i32) -> Vec<SqsMessage> {
        let stack = &self.app.backend.stack;
        let receive = stack.clients.sqs.receive_message().queue_url(&stack.steps_queue_url);
        let receive = receive.max_number_of_messages(count).visibility_timeout(60);
        let receive = receive.message_system_attribute_names("All".into());
        let messages = receive.send().await.unwrap().messages.unwrap_or_default();
        let messages: Vec<_> = messages.into_iter().map(delivered_message).map(|m| self.renamed(m)).collect();
        self.received.extend(messages.iter().cloned());
        messages
    }

    fn renamed(&mut self, mut message: SqsMessage) -> SqsMessage {
        let number = self.names.len() + 1;
        let name = self.names.entry(message.message_id.take().unwrap());
        message.message_id = Some(name.or_insert_with(|| format!("m-{number}")).clone());
        message
    }

    async fn work_on(&self, messages: Vec<SqsMessage>) {
        if messages.is_empty() {
            return;
        }
        let mut event = SqsEvent::default();
        event.records.clone_from(&messages);
        let response = self.app.backend.functions.worker.handle(event, None).await;
        let stack = &self.app.backend.stack;
        for message in messages {
            let id = message.message_id.as_deref();
            if !response.batch_item_failures.iter().any(|failed| Some(&*failed.item_identifier) == id) {
                let delete = stack.clients.sqs.delete_message().queue_url(&stack.steps_queue_url);
                // The receipt of who works late is not good any more.
                drop(delete.set_receipt_handle(message.receipt_handle).send().await);
            }
        }
    }

    fn prepare_mailer(&self, mailing: Mailing) {
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

    async fn follow(&mut self, mail: usize) -> Result<(), Broken> {
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

    async fn forge(&mut self, mail: usize, times: usize) {
        let Some(mail) = self.mail(mail) else { return };
        let (rest, _) = mail.token.rsplit_once('.').unwrap();
        let forged = format!("{rest}.{}", "A".repeat(43));
        for _ in 0..times {
            let answer = self.app.when(follow(&forged)).await;
            self.tally.note_answer("confirm_email, forged", &answer);
        }
    }

    async fn report(&self, mail: usize, kind: &str) {
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

    pub(super) async fn watch(&mut self) -> Option<Round> {
        let round = self.app.backend.watch().await.ok()?;
        self.tally.note_round(&round);
        Some(round)
    }

    pub(super) fn count_requests(&mut self) {
        self.tally.requests += self.app.tap.log().len();
        self.app.tap.reset();
    }

    /// From here on nothing fails.
    pub(super) fn lift_faults(&mut self) {
        self.count_requests();
        self.app.mails.recover();
        self.troubled = false;
        self.taken.clear();
    }

    pub(super) fn has_delivered_all(&self) -> bool {
        self.projected == self.tale.records.len() && self.dispatched == self.tale.records.len()
    }
}

fn follow(token: &str) -> Say {
    post("/v1/confirmations", &json!({ "token": token })).by_nobody()
}

fn next(records: &[EventRecord], from: usize, count: usize) -> &[EventRecord] {
    &records[from..records.len().min(from + count)]
}

/// How many records of the batch need not come again.
fn done(batch: &[EventRecord], failed: Option<&str>) -> usize {
    let Some(failed) = failed else { return batch.len() };
    let is_it = |record: &EventRecord| record.change.sequence_number.as_deref() == Some(failed);
    batch.iter().position(is_it).unwrap_or_default()
}
