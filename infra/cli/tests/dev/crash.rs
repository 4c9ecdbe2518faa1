//! `kill -9` in the middle of it all.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use serde_json::Value;

use crate::rollcall::{Backend, Client, Home, Mail, wait_for};

const USERS: usize = 60;
const CLIENTS: usize = 16;
/// One while the clients are at it, one while the mails go out.
const KILLS: usize = 2;

#[test]
fn users_created_through_kill_9_are_provisioned_to_the_end_and_none_of_them_twice() {
    let home = Home::new();
    let backend = Backend::start(&home);
    for role in ["engineer", "oncall", "billing", "support"] {
        home.text(&["role", "create", role]);
    }
    let crowd = Crowd::of(&home, &backend);

    let (ids, backend) = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| crowd.create_users())).collect();
        wait_for("a third of the users", || (crowd.answered() >= USERS / 3).then_some(()));
        let backend = killed_and_started(backend, &home);
        let ids = clients.into_iter().flat_map(|client| client.join().unwrap()).collect::<BTreeSet<_>>();
        (ids, backend)
    });
    wait_for("a sixth of the mails", || (home.mails().len() >= USERS / 6).then_some(()));
    let _backend = killed_and_started(backend, &home);

    assert_eq!(ids.len(), USERS);
    crowd.wait_until_provisioned();
    for id in &ids {
        then_every_step_succeeded(&crowd.client().get(&format!("/v1/users/{id}/provisioning")).unwrap().1);
        then_the_stream_is_whole(&home.events(id));
    }
    then_everyone_has_one_link(&ids, &home.mails());
}

fn killed_and_started(backend: Backend, home: &Home) -> Backend {
    let port = backend.port;
    backend.kill();
    Backend::start_at(port, home)
}

fn then_every_step_succeeded(provisioning: &Value) {
    let states = provisioning["steps"].as_array().unwrap().iter().map(|step| &step["state"]);
    assert_eq!(states.collect::<Vec<_>>(), ["succeeded"; 3], "{provisioning}");
}

/// Events 1 to 11 in commits 1 to 5, as if nothing had happened on the way.
fn then_the_stream_is_whole(events: &[Value]) {
    let numbers = |name: &str| events.iter().map(|event| event[name].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!(numbers("sequence"), (1..=11).collect::<Vec<_>>());
    let mut commits = numbers("commit");
    commits.dedup();
    assert_eq!(commits, [1, 2, 3, 4, 5]);
    let count = |name: &str| events.iter().filter(|event| event["type"] == name).count();
    let once = ["user.created", "provisioning.started", "confirmation.issued", "user.provisioned"];
    assert_eq!(once.map(count), [1; 4]);
    assert_eq!(["user.role_linked", "provisioning.step_succeeded"].map(count), [2, 3]);
}

/// A mail that was sent and not yet recorded when the backend died is sent again, with the same link. One
/// is in flight at a time.
fn then_everyone_has_one_link(ids: &BTreeSet<String>, mails: &[Mail]) {
    let distinct: BTreeSet<&Mail> = mails.iter().collect();
    assert_eq!(&distinct.iter().map(|mail| mail.user.clone()).collect::<BTreeSet<_>>(), ids);
    assert_eq!(distinct.len(), USERS);
    assert!(mails.len() <= USERS + KILLS, "{} mails", mails.len());
}

/// The clients and what they share: the fixture, line by line, each line once.
struct Crowd {
    url: String,
    token: String,
    next: AtomicUsize,
    answered: AtomicUsize,
}

impl Crowd {
    fn of(home: &Home, backend: &Backend) -> Self {
        let token = home.text(&["token", "--role", "owner"]).trim().to_owned();
        Self { url: backend.url(), token, next: AtomicUsize::new(0), answered: AtomicUsize::new(0) }
    }

    fn client(&self) -> Client {
        Client::new(self.url.clone(), &self.token)
    }

    fn answered(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }

    /// One client's share; answers the ids.
    fn create_users(&self) -> Vec<String> {
        let client = self.client();
        let mut ids = Vec::new();
        while let Some((line, body)) = self.next_line() {
            ids.push(create_user(&client, line, body));
            self.answered.fetch_add(1, Ordering::Relaxed);
        }
        ids
    }

    fn next_line(&self) -> Option<(usize, &'static str)> {
        let fixture = include_str!("../../../../tests/fixtures/users.ndjson");
        fixture.lines().enumerate().take(USERS).nth(self.next.fetch_add(1, Ordering::Relaxed))
    }

    fn wait_until_provisioned(&self) {
        let (client, page) = (self.client(), "/v1/users?status=pending_confirmation&limit=200");
        wait_for("everyone to be provisioned", || {
            let (_, users) = client.get(page).unwrap();
            (users["items"].as_array().unwrap().len() == USERS).then_some(())
        });
    }
}

/// Without an answer the same request is sent again, under the same key.
fn create_user(client: &Client, line: usize, body: &str) -> String {
    let key = format!("user-{line}");
    wait_for(&key, || match client.post("/v1/users", &key, body) {
        Ok((202, user)) => Some(user["id"].as_str().unwrap().to_owned()),
        Ok((503, _)) | Err(_) => None,
        Ok((status, problem)) => panic!("{status} {problem}"),
    })
}
