use std::collections::HashMap;

use serde_json::Value;

use super::load::Load;
use crate::rollcall::Client;

/// A client that remembers what it has seen.
struct Reader<'a> {
    load: &'a Load,
    client: Client,
    /// Everybody it has seen in a list.
    known: Vec<String>,
    /// The newest version of each that it has seen, of the user and of their provisioning.
    users: HashMap<String, u64>,
    provisioning: HashMap<String, u64>,
}

impl Load {
    /// One client's share of the queries; answers how many. None of them says what the client has seen before.
    pub(super) fn read(&self) -> usize {
        let (users, provisioning) = (HashMap::new(), HashMap::new());
        let mut reader = Reader { load: self, client: self.client(), known: Vec::new(), users, provisioning };
        let mut read = reader.list();
        while self.goes_on() {
            let turn = self.queries.turn();
            read += match turn % 50 {
                0 => reader.list(),
                1..=10 => reader.provisioning(turn),
                _ => reader.user(turn),
            };
        }
        read + reader.list()
    }
}

impl Reader<'_> {
    /// Everybody; nobody whom the client knows is missing, for nobody is deleted.
    fn list(&mut self) -> usize {
        let listed = self.load.listed(&self.client);
        let versions: HashMap<String, u64> = listed.iter().map(|user| (text(user), version(user))).collect();
        for known in &self.known {
            if !versions.contains_key(known) {
                self.load.violated(format!("{known} was listed, and is not any more"));
            }
        }
        self.known = versions.keys().cloned().collect();
        for (id, version) in versions {
            see(self.load, "list", &mut self.users, id, version);
        }
        listed.len().div_ceil(100)
    }

    fn user(&mut self, turn: usize) -> usize {
        let id = self.known[turn % self.known.len()].clone();
        let user = self.load.answered(200, || self.client.get(&format!("/v1/users/{id}")));
        see(self.load, "user", &mut self.users, id, version(&user));
        1
    }

    fn provisioning(&mut self, turn: usize) -> usize {
        let id = self.known[turn % self.known.len()].clone();
        let path = format!("/v1/users/{id}/provisioning");
        let provisioning = self.load.answered(200, || self.client.get(&path));
        see(self.load, "provisioning", &mut self.provisioning, id, version(&provisioning));
        1
    }
}

fn see(load: &Load, what: &str, seen: &mut HashMap<String, u64>, id: String, version: u64) {
    let newest = seen.entry(id.clone()).or_default();
    if version < *newest {
        load.violated(format!("{what} {id} went back from version {newest} to {version}"));
    }
    *newest = version.max(*newest);
}

fn text(user: &Value) -> String {
    user["id"].as_str().unwrap().to_owned()
}

fn version(answer: &Value) -> u64 {
    answer["version"].as_u64().unwrap_or_default()
}
