//! How many requests clients may send, as operators see it and change it.

use serde_json::json;

use crate::rollcall::{Backend, Client, Home, wait_for};

const BY_DEFAULT: &str = "LIMIT      REQUESTS  SECONDS  SET FOR
commands   1200      60       every tenant
queries    6000      60       every tenant
shut-offs  1200      60       every tenant
";

#[test]
fn limits_are_shown_set_and_reset_and_hold_at_once() {
    let home = Home::new();
    let backend = Backend::start(&home);
    assert_eq!(home.text(&["limits", "show", "demo"]), BY_DEFAULT);
    let set = home.text(&["limits", "set", "demo", "--queries", "10/3600"]);
    assert!(set.contains("queries    10        3600     this tenant\n"), "{set}");
    let set = home.json(&["limits", "set", "demo", "--commands", "20/10"]);
    assert_eq!(set["commands"], json!({ "requests": 20, "seconds": 10, "default": false }));
    assert_eq!((&set["queries"]["requests"], &set["version"]), (&json!(10), &json!(2)));

    let client = Client::new(backend.url(), home.text(&["token", "--role", "owner"]).trim());
    let statuses = (0..11).map(|_| client.get("/v1/users").unwrap().0).collect::<Vec<_>>();
    assert_eq!((statuses[0], statuses[10]), (200, 429), "{statuses:?}");
    let refused = client.get("/v1/users").unwrap().1;
    assert_eq!(refused["code"], "too-many-requests", "{refused}");
    let user = json!({ "userName": "a", "displayName": "A", "email": "a@example.com" });
    assert_eq!(
        client.post("/v1/users", "a", &user.to_string()).unwrap().0,
        202,
        "commands are counted apart"
    );

    assert_eq!(home.text(&["limits", "reset", "demo"]), BY_DEFAULT);
    // Who had used up the longer limit begins with an empty bucket of the shorter one: ten milliseconds.
    wait_for("room", || (client.get("/v1/users").unwrap().0 == 200).then_some(()));
    assert_eq!(home.text(&["limits", "show", "other"]), BY_DEFAULT);
    let said = home.run(&["limits", "set", "demo", "--queries", "9/60"]);
    assert!(said.stderr.contains("requests in seconds"), "{}", said.stderr);
}
