//! `rollcall doctor` and `rollcall cost`, as operators ask them.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::{Value, json};

use crate::{
    dead_letters::add_dead_letter,
    rollcall::{Backend, Home, rollcall, wait_for},
};

/// The checks that are not OK, and how the command ended.
fn ill(home: &Home) -> (Vec<(String, String)>, Option<i32>) {
    let said = home.run(&["doctor", "--json"]);
    let findings: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{}", said.stderr));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let ill = findings["checks"].as_array().unwrap().iter().filter(|check| check["verdict"] != "OK");
    (ill.map(|check| (text(&check["check"]), text(&check["verdict"]))).collect(), said.code)
}

#[test]
fn the_doctor_finds_nothing_where_all_is_well_and_each_illness_where_it_is() {
    let home = Home::new();
    let backend = Backend::start(&home);
    // The first round of the watchdog is at the start; its pulses take a moment.
    wait_for("a healthy backend", || (ill(&home) == (vec![], Some(0))).then_some(()));
    let told = home.text(&["doctor"]);
    assert!(told.contains("\nOK  queue steps") && told.contains("OK  watchdog"), "{told}");

    let letter = add_dead_letter(&home, "not ours");
    assert_eq!(ill(&home), (vec![("dead letters of steps".into(), "FAIL".into())], Some(1)));
    let told = home.run(&["doctor"]);
    assert!(told.stdout.contains("; see infra/runbooks/drain-the-dead-letters.md"), "{}", told.stdout);
    assert_eq!(told.stderr, "rollcall: 1 check has failed\n");
    home.text(&["dlq", "redrive", "--message", &letter]);
    wait_for("the letter to be gone", || (ill(&home).1 == Some(0)).then_some(()));

    let secrets = home.folder().join("secrets.json");
    fs::set_permissions(&secrets, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(ill(&home), (vec![("keys".into(), "FAIL".into())], Some(1)));
    fs::set_permissions(&secrets, fs::Permissions::from_mode(0o600)).unwrap();
    backend.kill();
    assert_eq!(ill(&home), (vec![("backend".into(), "FAIL".into())], Some(1)));
}

#[test]
fn without_a_backend_the_doctor_says_how_to_start_one() {
    Home::new().refused(&["doctor"], "rollcall: no backend runs in ");
}

#[test]
fn costs_are_counted_priced_and_shown_by_the_month() {
    let run = |arguments: &[&str]| rollcall().arg("cost").args(arguments).output().unwrap();
    let said = run(&["--json", "--commands-per-month", "2000000", "--queries-per-command", "0"]);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let cost: Value = serde_json::from_slice(&said.stdout).unwrap();
    let of = |list: &str, name: &str| {
        cost[list].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone()
    };
    assert_eq!(of("counted", "create-user")["used"]["command-api"]["writeUnits"], 6.0);
    let (single, month) = (of("perMillion", "change-profile"), &cost["perMonth"]);
    let close = |value: &Value, expected: f64| assert!((value.as_f64().unwrap() - expected).abs() < 1e-6);
    close(&month["commands"]["total"], 2.0 * single["total"].as_f64().unwrap());
    assert_eq!(month["queries"]["total"], 0.0);
    let limit = of("perMillion", "limit-of-a-request");
    assert_eq!((&limit["total"], &limit["api"]), (&limit["writes"], &json!(0.0)), "a write, and no more");
    close(&month["limits"]["total"], 2.0 * limit["total"].as_f64().unwrap());
    assert_eq!(cost["prices"]["region"], "us-east-1");

    let told = String::from_utf8(run(&[]).stdout).unwrap();
    assert!(told.contains("A MILLION OF") && told.contains("total, the twelfth month"), "{told}");
    assert!(told.contains("limits, if no client is busy"), "{told}");
    let prices = String::from_utf8(run(&["--show-prices"]).stdout).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&prices).unwrap()["currency"], json!("USD"));
    let refused = run(&["--command", "fly"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("choose one of create-user, "));
}
