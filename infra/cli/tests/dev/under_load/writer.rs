use std::sync::atomic::Ordering::SeqCst;

use serde_json::json;

use super::{USERS, load::Load};
use crate::rollcall::Client;

impl Load {
    /// One client's share of the commands.
    pub(super) fn write(&self) {
        let client = self.client();
        while self.goes_on() {
            self.command(&client, self.commands.turn());
            self.given.fetch_add(1, SeqCst);
        }
    }

    /// Of a hundred commands four create a user, five shut one off, five let one back in, and the others rename.
    /// Sent twice, a command changes nothing: one that was not answered is simply sent again.
    fn command(&self, client: &Client, turn: usize) {
        if turn % 25 == 24 {
            return self.create(client, &format!("user{turn}"));
        }
        let (round, number) = (turn / USERS, turn % USERS);
        let user = self.users.lock().unwrap()[number].clone();
        let path = format!("/v1/users/{user}");
        let what = if round.is_multiple_of(2) { "deactivate" } else { "reactivate" };
        let done = self.answered(200, || {
            if number.is_multiple_of(10) {
                client.post(&format!("{path}/{what}"), &format!("turn-{turn}"), "{}")
            } else {
                client.patch(&path, &json!({ "displayName": format!("Renamed {round} times") }).to_string())
            }
        });
        debug_assert!(done.is_object());
    }
}
