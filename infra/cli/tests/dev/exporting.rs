//! `events export`: what it holds, and how it goes on.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use crate::{
    moving::{lived_in, sorted},
    rollcall::{Home, Quiet, rollcall},
};

fn events(export: &str) -> Vec<Value> {
    let lines: Vec<Value> = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (end, events) = lines.split_last().unwrap();
    assert_eq!(end["type"], "rollcall.export.completed");
    assert_eq!(end["data"]["events"], events.len());
    events.to_vec()
}

fn export(home: &Home, filters: &[&str]) -> Vec<Value> {
    events(&home.text(&[&["events", "export"], filters].concat()))
}

fn texts<'a>(events: &'a [Value], name: &str) -> BTreeSet<&'a str> {
    events.iter().map(|event| event[name].as_str().unwrap()).collect()
}

#[test]
fn every_line_is_a_cloud_event_and_streams_are_in_order() {
    let (home, _quiet) = lived_in();
    let all = home.text(&["events", "export"]);
    for line in all.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        for (name, value) in event.as_object().unwrap() {
            let is_name =
                name.len() <= 20 && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
            assert!(is_name, "{name}");
            assert!(name == "data" || value.is_u64() || value.as_str().is_some_and(|text| !text.is_empty()));
        }
        for name in ["id", "source", "type"] {
            assert!(event[name].is_string(), "{line}");
        }
        assert_eq!(event["specversion"], "1.0");
    }
    let events = events(&all);
    let mut ids: Vec<_> =
        events.iter().map(|event| (&event["source"], &event["id"])).map(|id| format!("{id:?}")).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), events.len());
    assert_eq!(texts(&events, "tenant"), ["demo", "globex"].into());
    let mut streams = BTreeSet::new();
    let of = |event: &Value| format!("{} {} {}", event["tenant"], event["aggregate"], event["subject"]);
    for run in events.chunk_by(|one, next| of(one) == of(next)) {
        assert!(streams.insert(of(&run[0])), "a stream is in two places");
        let sequences = run
            .iter()
            .map(|event| event["firstsequence"].as_u64().unwrap() + event["place"].as_u64().unwrap() - 1);
        assert!(sequences.eq(1..=run.len() as u64));
    }
    // As `events show` tells it.
    let id = events.iter().find(|event| event["aggregate"] == "user").unwrap()["subject"].as_str().unwrap();
    let tenant = events.iter().find(|event| event["subject"] == id).unwrap()["tenant"].as_str().unwrap();
    let shown = home.text(&["events", "show", id, "--json", "--tenant", tenant]);
    let of_one = events.iter().filter(|event| event["subject"] == id);
    for (event, shown) in of_one.zip(shown.lines()) {
        let shown: Value = serde_json::from_str(shown).unwrap();
        assert_eq!((&event["type"], &event["data"]), (&shown["type"], &shown["data"]));
        assert_eq!((&event["actor"], &event["commandid"]), (&shown["actor"], &shown["commandId"]));
    }
}

#[test]
fn filters_leave_out_what_was_not_asked_for() {
    let (home, _quiet) = lived_in();
    let all = export(&home, &[]);
    assert_eq!(texts(&export(&home, &["--tenant", "globex"]), "tenant"), ["globex"].into());
    let roles = export(&home, &["--aggregate", "role"]);
    assert_eq!(texts(&roles, "subject"), ["admin", "engineer", "oncall"].into());
    let one = export(&home, &["--tenant", "demo", "--aggregate", "role", "--id", "oncall"]);
    assert_eq!(one.iter().map(|event| &event["type"]).collect::<Vec<_>>(), ["role.created", "role.retired"]);
    let types = export(&home, &["--type", "user.created", "--type", "user.deleted"]);
    assert_eq!(texts(&types, "type"), ["user.created", "user.deleted"].into());
    let middle = all[all.len() / 2]["time"].as_str().unwrap();
    let (since, until) = (export(&home, &["--from", middle]), export(&home, &["--until", middle]));
    assert!(
        texts(&until, "time").last().unwrap() < &middle && texts(&since, "time").first().unwrap() == &middle
    );
    assert_eq!(since.len() + until.len(), all.len());
    assert!(export(&home, &["--tenant", "nobody"]).is_empty());
    assert_eq!(home.run(&["events", "export", "--id", "alice"]).code, Some(2));
    assert_eq!(home.run(&["events", "export", "--resume"]).code, Some(2));
}

#[test]
fn a_table_is_reached_as_the_environment_says() {
    let (home, quiet) = lived_in();
    let output = rollcall()
        .args(["events", "export", "--aws"])
        .envs([
            ("AWS_ENDPOINT_URL", quiet.url()),
            ("AWS_REGION", "us-east-1"),
            ("EVENTS_TABLE", "rollcall-events"),
        ])
        .envs([("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local")])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), home.text(&["events", "export"]));
}

fn mode(file: &str) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

#[test]
fn an_export_that_was_cut_off_anywhere_goes_on_and_ends_as_if_nothing_had_happened() {
    let (home, quiet) = lived_in();
    let (whole, file) = (home.text(&["events", "export"]), home.file("export.ndjson"));
    let beside = format!("{file}.unfinished");

    // The store is gone before the first event.
    drop(quiet);
    assert_eq!(home.run(&["events", "export", "--out", &file]).code, Some(1));
    assert_eq!((mode(&file), mode(&beside)), (0o600, 0o600));
    home.refused(&["events", "export", "--out", &file], &format!("rollcall: {file} is an unfinished export"));
    let about = fs::read(&beside).unwrap();

    let _quiet = Quiet::on(&home);
    let resume = ["events", "export", "--out", &file, "--resume"];
    let line = whole.find('\n').unwrap() + 1;
    let places = (0..8).map(|part| whole.len() * part / 8);
    // Within a line, between two of one commit, at the end of one, in the last line, and at the very end.
    for cut in places.chain([1, line - 1, line, line + 1, whole.len() - 1, whole.len()]) {
        fs::write(&file, &whole.as_bytes()[..cut]).unwrap();
        fs::write(&beside, &about).unwrap();
        home.text(&resume);
        assert_eq!(fs::read_to_string(&file).unwrap(), whole, "cut at byte {cut}");
        assert!(!Path::new(&beside).exists(), "cut at byte {cut}");
    }
    // What is complete stays as it is, with whatever filters.
    home.text(&[&resume[..], &["--tenant", "demo"]].concat());
    assert_eq!(fs::read_to_string(&file).unwrap(), whole);
    home.refused(&["events", "export", "--out", &file], &format!("rollcall: {file} is there already"));
}

#[test]
fn one_stream_and_some_types_go_on_as_well() {
    let (home, _quiet) = lived_in();
    let file = home.file("export.ndjson");
    let one = ["--tenant", "demo", "--aggregate", "tenant", "--id", "tenant"];
    for filters in [&one[..], &["--type", "user.created", "--type", "user.role_linked"]] {
        // The last of several pages that there is not: the filters are written before the first line.
        let whole = home.text(&[&["events", "export"], filters].concat());
        let about = about(filters);
        for cut in (0..whole.len()).step_by(whole.len() / 7) {
            fs::write(&file, &whole.as_bytes()[..cut]).unwrap();
            fs::write(format!("{file}.unfinished"), &about).unwrap();
            home.text(&[&["events", "export", "--out", &file, "--resume"], filters].concat());
            assert_eq!(sorted(&fs::read_to_string(&file).unwrap()), sorted(&whole), "cut at byte {cut}");
        }
    }
}

/// What an export with these filters keeps beside its file while it is under way.
fn about(filters: &[&str]) -> Vec<u8> {
    let nowhere = Home::new();
    fs::write(
        nowhere.file("addresses.json"),
        r#"{"api":"","dynamodb":"http://127.0.0.1:1","sqs":"http://127.0.0.1:1"}"#,
    )
    .unwrap();
    let file = nowhere.file("export.ndjson");
    assert_eq!(nowhere.run(&[&["events", "export", "--out", &file], filters].concat()).code, Some(1));
    fs::read(format!("{file}.unfinished")).unwrap()
}

#[test]
fn what_is_no_unfinished_export_is_not_gone_on_with() {
    let (home, _quiet) = lived_in();
    let (whole, file) = (home.text(&["events", "export"]), home.file("export.ndjson"));
    let resume = ["events", "export", "--out", &file, "--resume"];
    let half = &whole[..whole.len() / 2];
    fs::write(&file, half).unwrap();
    home.refused(&resume, &format!("rollcall: {file} was begun with other filters"));
    fs::write(format!("{file}.unfinished"), about(&["--tenant", "demo"])).unwrap();
    home.refused(&resume, &format!("rollcall: {file} was begun with other filters"));
    fs::write(&file, format!("{{}}\n{half}")).unwrap();
    home.refused(&resume, &format!("rollcall: {file}: line 1: it is no event of an export: missing field"));
    assert!(fs::read_to_string(&file).unwrap().ends_with(half), "it is left as it was");
}
