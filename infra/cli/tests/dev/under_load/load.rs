use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::WRITERS;
use crate::rollcall::{Client, Home, wait_for};

/// What all clients share.
pub(super) struct Load {
    url: String,
    token: String,
    /// Everybody who was created.
    pub(super) users: Mutex<Vec<String>>,
    pub(super) commands: Pace,
    pub(super) queries: Pace,
    pub(super) given: AtomicUsize,
    /// Changes when the backend goes down, and again when it is up.
    outages: AtomicUsize,
    is_down: AtomicBool,
    is_over: AtomicBool,
    violations: Mutex<Vec<String>>,
}

/// Whoever is free takes the next turn, when it is due. What was not done in an outage is not made up for.
pub(super) struct Pace {
    every: Duration,
    turns: AtomicUsize,
    due: Mutex<Option<Instant>>,
}

impl Pace {
    fn a_second(count: u32) -> Self {
        Self { every: Duration::from_secs(1) / count, turns: AtomicUsize::new(0), due: Mutex::new(None) }
    }

    /// The number of the next turn.
    pub(super) fn turn(&self) -> usize {
        let turn = self.turns.fetch_add(1, SeqCst);
        let mut next = self.due.lock().unwrap();
        let due = next.map_or_else(Instant::now, |due| due.max(Instant::now()));
        *next = Some(due + self.every);
        drop(next);
        crate::rollcall::sleep_until(due);
        turn
    }
}

/// Lets clients end, however the test does.
pub(super) struct Stopped<'a>(&'a Load);

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Load {
    pub(super) fn of(home: &Home, url: String) -> Self {
        Self {
            url,
            token: home.text(&["token", "--role", "owner"]).trim().to_owned(),
            users: Mutex::default(),
            commands: Pace::a_second(50),
            queries: Pace::a_second(50),
            given: AtomicUsize::new(0),
            outages: AtomicUsize::new(0),
            is_down: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            violations: Mutex::default(),
        }
    }

    pub(super) fn client(&self) -> Client {
        Client::new(self.url.clone(), &self.token)
    }

    /// Creates so many users, and waits until all of them are provisioned and listed.
    pub(super) fn create_users(&self, count: usize) {
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..WRITERS {
                scope.spawn(|| {
                    let client = self.client();
                    while let number = next.fetch_add(1, SeqCst)
                        && number < count
                    {
                        self.create(&client, &format!("seed{number}"));
                    }
                });
            }
        });
        let client = self.client();
        wait_for("everybody to be provisioned", || {
            let users = self.listed(&client);
            let done = users.iter().filter(|user| user["status"] == "pending_confirmation").count();
            (done == count).then_some(())
        });
    }

    pub(super) fn create(&self, client: &Client, name: &str) {
        let user = json!({ "userName": name, "displayName": name, "email": format!("{name}@example.com") });
        let user = self.answered(202, || client.post("/v1/users", name, &user.to_string()));
        self.users.lock().unwrap().push(user["id"].as_str().unwrap().into());
    }

    /// All users, page by page.
    pub(super) fn listed(&self, client: &Client) -> Vec<Value> {
        let (mut users, mut next) = (Vec::new(), String::new());
        loop {
            let mut page = self.answered(200, || client.get(&format!("/v1/users?limit=100{next}")));
            users.append(page["items"].as_array_mut().unwrap());
            let Some(cursor) = page["next"].as_str() else { return users };
            next = format!("&cursor={cursor}");
        }
    }

    /// Asks until there is an answer. That there is none is no violation while the backend is down; any other
    /// answer than the one expected always is.
    pub(super) fn answered(
        &self,
        expected: u16,
        ask: impl Fn() -> Result<(u16, Value), ureq::Error>,
    ) -> Value {
        wait_for("an answer", || {
            let outages = self.outages.load(SeqCst);
            match ask() {
                Ok((status, answer)) => {
                    if status != expected {
                        self.violated(format!("{status} instead of {expected}: {answer}"));
                    }
                    Some(answer)
                }
                Err(error) => {
                    if !self.is_down.load(SeqCst) && self.outages.load(SeqCst) == outages {
                        self.violated(format!("no answer from a backend that was up: {error}"));
                    }
                    None
                }
            }
        })
    }

    pub(super) fn goes_down(&self) {
        self.is_down.store(true, SeqCst);
        self.outages.fetch_add(1, SeqCst);
    }

    pub(super) fn is_up(&self) {
        self.outages.fetch_add(1, SeqCst);
        self.is_down.store(false, SeqCst);
    }

    pub(super) fn stopped_at_the_end(&self) -> Stopped<'_> {
        Stopped(self)
    }

    pub(super) fn stop(&self) {
        self.is_over.store(true, SeqCst);
    }

    pub(super) fn goes_on(&self) -> bool {
        !self.is_over.load(SeqCst)
    }

    pub(super) fn violated(&self, what: String) {
        println!("VIOLATION {what}");
        self.violations.lock().unwrap().push(what);
    }

    pub(super) fn violations(&self) -> Vec<String> {
        self.violations.lock().unwrap().clone()
    }

    pub(super) fn users(&self) -> Vec<String> {
        self.users.lock().unwrap().clone()
    }

    /// Commands that were carried out.
    pub(super) fn given(&self) -> usize {
        self.given.load(SeqCst)
    }
}
