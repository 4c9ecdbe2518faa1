//! How a plan ends: nothing fails any more, everything is delivered, and time passes until all is settled.

use acceptance::get;
use chrono::TimeDelta;
use domain::user::{Status, UserEvent, pending_steps};
use event_store::{Claim, Upcasters};
use functions::watchdog::Round;
use infra_aws::views::ViewStore;
use infra_local::stack::VIEWS_TABLE;
use projections::{Facts, Generation, ProvisioningStatus, ReadModel, Row, UserDirectory};

use super::{
    laws::{Broken, ensure, values},
    plan::Plan,
    say::Cast,
    stage::Stage,
    tale::Told,
};

/// Rounds of a minute or more after which everything has come to rest.
const PATIENCE: usize = 40;

impl Stage<'_> {
    /// Brings everything to rest and judges it; whether the watchdog has nothing left to look after.
    pub(super) async fn come_to_rest(&mut self, plan: &Plan) -> Result<bool, Broken> {
        self.lift_faults();
        self.settle_with_what_was_set_aside().await?;
        self.nobody_waits(&[Status::Provisioning])?;
        // Every link and every value takes a request.
        let thoroughly = plan.seed.is_multiple_of(4);
        if plan.tries_links {
            self.try_every_link().await?;
            self.settle().await?;
        }
        self.app.clock.advance(TimeDelta::days(31));
        let mut round = Round::default();
        for _ in 0..5 {
            let before = self.tale.records.len();
            // What was put off a moment ago is due again.
            self.app.clock.advance(TimeDelta::minutes(6));
            round = self.watch().await.ok_or("the watchdog cannot look")?;
            self.settle().await?;
            if before == self.tale.records.len() {
                break;
            }
        }
        self.nobody_waits(&[Status::Provisioning, Status::PendingConfirmation])?;
        self.views_are_true().await?;
        if thoroughly {
            self.answers_are_true().await?;
            self.values_are_held().await?;
        }
        self.count_requests();
        for told in self.tale.users.values() {
            self.tally.note(format!("ends {}", told.status().as_str()));
        }
        Ok(round == Round::default())
    }

    /// The watchdog looks at rows, so it finds nobody who has none yet.
    async fn settle_with_what_was_set_aside(&mut self) -> Result<(), Broken> {
        self.deliver_all().await?;
        self.project_what_was_set_aside().await?;
        self.settle().await
    }

    async fn settle(&mut self) -> Result<(), Broken> {
        for number in 1..=PATIENCE {
            self.deliver_all().await?;
            let pending = self.tale.users.values().any(|told| !pending_steps(&told.state).is_empty());
            let waiting = self.waiting().await;
            if !pending && waiting == 0 {
                return self.nothing_is_dead().await;
            }
            self.app.clock.advance(TimeDelta::seconds(130));
            // A message that was lost is missed after five minutes.
            if waiting == 0 && number > 2 {
                self.watch().await.ok_or("the watchdog cannot look")?;
            }
        }
        Err("the system never comes to rest".into())
    }

    async fn deliver_all(&mut self) -> Result<(), Broken> {
        loop {
            self.look().await?;
            self.project(1_000).await?;
            self.dispatch(1_000).await?;
            let depth = self.app.backend.stack.sqs.depth("rollcall-steps").await.unwrap();
            if depth.visible == 0 && self.has_delivered_all() {
                return Ok(());
            }
            self.work(10).await;
        }
    }

    async fn nothing_is_dead(&self) -> Result<(), Broken> {
        let depth = self.app.backend.stack.sqs.depth("rollcall-steps-dead").await.unwrap();
        ensure(depth.visible == 0, || format!("{} dead letters", depth.visible))
    }

    fn nobody_waits(&self, statuses: &[Status]) -> Result<(), Broken> {
        let waits = self.tale.users.iter().find(|(_, told)| statuses.contains(&told.status()));
        ensure(waits.is_none(), || waits.map(|(id, told)| format!("{id} is {:?}", told.status())).unwrap())
    }

    /// Of all links that were ever mailed to a user one at most is good.
    async fn try_every_link(&mut self) -> Result<(), Broken> {
        let mut good = Vec::new();
        for mail in self.mails.clone().into_iter().rev().filter(|mail| !mail.token.is_empty()) {
            let works = self.try_link(&mail).await?;
            self.look().await?;
            let (user, _) = super::laws::named(&mail);
            ensure(!works || !good.contains(&user), || format!("two links of {user} are good"))?;
            good.extend(works.then_some(user));
        }
        Ok(())
    }

    async fn views_are_true(&self) -> Result<(), Broken> {
        let clients = &self.app.backend.stack.clients;
        let views = ViewStore::new(clients.dynamodb.clone(), VIEWS_TABLE, self.app.clock.clock());
        let tenant = self.cast.tenant.as_str();
        for (id, told) in &self.tale.users {
            row_is_true::<UserDirectory>(&views, tenant, id, told).await?;
            row_is_true::<ProvisioningStatus>(&views, tenant, id, told).await?;
        }
        Ok(())
    }

    async fn answers_are_true(&self) -> Result<(), Broken> {
        let tenant = self.cast.tenant.as_str();
        for (id, told) in &self.tale.users {
            let shown = self.app.meanwhile(get(format!("/v1/users/{id}")).of_tenant(tenant)).await;
            let is = shown.body["status"].as_str();
            let due = (told.status() != Status::Deleted).then(|| told.status().as_str());
            ensure(is == due || (due.is_none() && shown.status == 404), || {
                format!("{id} is shown as {}, and is {due:?}", shown.body)
            })?;
        }
        Ok(())
    }

    /// Every value of the plan is held by who has it, and by nobody else.
    async fn values_are_held(&self) -> Result<(), Broken> {
        let emails = (0..5).map(|number| ("email", Cast::email(number)));
        let names = (0..4).map(|number| ("user_name", Cast::name(number)));
        for (kind, value) in emails.chain(names) {
            let holder =
                self.app.holder(self.cast.tenant.as_str(), &Claim { kind, value: value.clone() }).await;
            let holder = holder.map(|stream| stream.id().to_owned());
            let has = |told: &Told| values(&told.state).contains(&(kind, value.clone()));
            let due = self.tale.users.iter().find(|(_, told)| has(told)).map(|(id, _)| id.clone());
            ensure(holder == due, || format!("{value} is held by {holder:?}, and {due:?} has it"))?;
        }
        let listed = self.app.events().roster(self.cast.tenant.as_str(), "owners").await.unwrap();
        let told = self.tale.roster.clone().unwrap_or_default();
        ensure(listed == told, || format!("the roster has {listed:?}, and {told:?} was told"))
    }
}

async fn row_is_true<R: ReadModel<Event = UserEvent>>(
    views: &ViewStore,
    tenant: &str,
    id: &str,
    told: &Told,
) -> Result<(), Broken> {
    let row = views.rows::<R>(Generation::FIRST).load(tenant, id).await.map_err(|error| error.to_string())?;
    let mut fresh = Row::<R::View>::default();
    for commit in &told.commits {
        let events = commit.decode(&Upcasters::default()).map_err(|error| error.to_string())?;
        fresh.apply::<R>(&Facts { id: id.into(), commit: commit.number, committed_at: commit.at, events });
    }
    let (row, fresh) = ((row.version, json(&row.view)), (fresh.version, json(&fresh.view)));
    ensure(row == fresh, || format!("the row {} of {id} is {row:?} and not {fresh:?}", R::NAME))
}

fn json(view: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(view).unwrap()
}
