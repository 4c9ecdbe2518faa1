//! One plan on a backend: does what the plan says, and looks at what comes of it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use acceptance::{Answer, App, Sent, post};
use aws_lambda_events::{dynamodb::EventRecord, sqs::SqsMessage};
use chrono::TimeDelta;
use domain::TenantId;
use functions::watchdog::Round;
use infra_local::faults::At;
use serde_json::json;

use super::{
    laws::{Broken, ensure, judge_answer, judge_mail, judge_table},
    plan::{Ask, Move, OnTheWay, Plan, What},
    say::Cast,
    stream::Stream,
    tale::Tale,
    tally::Tally,
};

pub(super) struct Stage<'a> {
    pub(super) app: &'a App,
    pub(super) cast: Cast,
    pub(super) tale: Tale,
    pub(super) tally: Tally,
    stream: &'a mut Stream,
    /// So many records were projected, and so many dispatched.
    pub(super) projected: usize,
    pub(super) dispatched: usize,
    pub(super) set_aside: Vec<EventRecord>,
    /// Every message that was ever received, as it was last received.
    pub(super) received: Vec<SqsMessage>,
    taken: Vec<SqsMessage>,
    pub(super) names: HashMap<String, String>,
    mails_before: usize,
    /// Which mails were claimed when the table was last looked at, and which of them were to be sent still.
    before: BTreeMap<(String, String), bool>,
    pub(super) mails: Vec<Sent>,
    answers: Answers,
    /// Whether something fails on purpose.
    pub(super) troubled: bool,
}

type Answers = Arc<Mutex<Vec<(Ask, Answer)>>>;

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
            What::SetAside(count) => self.set_aside(count),
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
}
