//! A read model is rebuilt while commands and queries go on, through two `kill -9`.

mod backend;
mod load;
mod reader;
mod writer;

use std::{fs, thread, time::Instant};

use serde_json::Value;

use crate::rollcall::{Client, Home, wait_for};
use backend::Unsteady;
use load::Load;

const USERS: usize = 250;
const WRITERS: usize = 12;
const READERS: usize = 4;
/// A time at which everything that was ever done has been done.
const AT_LAST: &str = "at=2999-01-01T00:00:00Z";

#[test]
#[ignore = "takes two minutes and needs the machine for itself: tests/rebuild-under-load.sh"]
fn queries_neither_fail_nor_go_back_in_time_while_a_read_model_is_rebuilt() {
    let home = Home::new();
    let mut backend = Unsteady::start(&home);
    // What a single client may ask for is not what is looked at here.
    home.text(&["limits", "set", "demo", "--commands", "1000000/60", "--queries", "1000000/60"]);
    let load = Load::of(&home, backend.url());
    load.create_users(USERS);
    println!("{USERS} users are created and provisioned");

    let began = Instant::now();
    let (replay, read) = thread::scope(|scope| {
        let _stopped = load.stopped_at_the_end();
        for _ in 0..WRITERS {
            scope.spawn(|| load.write());
        }
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(|| load.read())).collect();
        let replay = rebuild(&mut backend, &home, &load);
        load.stop();
        (replay, readers.into_iter().map(|reader| reader.join().unwrap()).sum::<usize>())
    });
    let took = began.elapsed().as_secs_f64();

    figures(&replay, &load, (read, took), backend.kills());
    assert_eq!(load.violations(), Vec::<String>::new());

    let ended = Instant::now();
    let users = then_everything_is_as_the_events_say(&load);
    let caught_up = ended.elapsed().as_secs_f64();
    println!("as the events say      {users} users of {users}, asked for and listed, {caught_up:.1} s later");
    assert_eq!((&replay["mismatches"], &replay["progress"]["parked"]), (&0.into(), &0.into()), "{replay}");
    let log = fs::read_to_string(home.folder().join("log.ndjson")).unwrap();
    let errors: Vec<&str> = log.lines().filter(|line| line.contains("\"level\":\"ERROR\"")).collect();
    assert_eq!(errors, Vec::<&str>::new());
}

/// Rebuilds the directory of users, slowly, and kills the backend while it is built and while it is verified.
fn rebuild(backend: &mut Unsteady, home: &Home, load: &Load) -> Value {
    let operator = home.text(&["token", "--role", "replay_operator"]);
    let operator = Client::new(backend.url(), operator.trim());
    let start = r#"{"projection":"user_directory","rateLimit":250,"verifyPercent":100,"promote":true}"#;
    let (status, started) = operator.post("/v1/replays", "rebuild", start).unwrap();
    assert_eq!(status, 202, "{started}");
    let path = format!("/v1/replays/{}", started["id"].as_str().unwrap());
    let replay = || operator.get(&path).unwrap().1;
    let items = |replay: &Value| replay["progress"]["items"].as_u64().unwrap();
    let limit = |limit: &str| assert_eq!(operator.patch(&path, limit).unwrap().0, 200);

    for state in ["building", "verifying"] {
        let met = wait_for(state, || Some(replay()).filter(|met| met["state"] == state && items(met) > 0));
        backend.kill(load);
        println!(
            "killed while {state}, with {} of {} items read",
            items(&met),
            met["progress"]["expectedItems"]
        );
        backend.start_again(load);
        // What is left of a phase may be done at once; the next one must not be over before its kill.
        limit(r#"{"rateLimit":1000}"#);
    }
    limit(r#"{"rateLimit":null}"#);
    wait_for("the promotion", || {
        let replay = replay();
        assert_ne!(replay["state"], "mismatched", "{replay}");
        (replay["state"] == "promoted").then_some(replay)
    })
}

/// Every user, asked for and listed, against a fresh fold of their events; answers how many there are.
fn then_everything_is_as_the_events_say(load: &Load) -> usize {
    let client = load.client();
    let mut folded: Vec<Value> = load.users().iter().map(|id| folded(&client, id)).collect();
    let mut listed = load.listed(&client);
    for users in [&mut listed, &mut folded] {
        users.sort_by_key(|user| user["id"].to_string());
    }
    assert_eq!(listed, folded);
    folded.len()
}

/// A user as their events say they are, which is what the row says as soon as it is as new.
fn folded(client: &Client, id: &str) -> Value {
    let get = |path: &str| {
        let (status, answer) = client.get(path).unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    };
    let path = format!("/v1/users/{id}");
    wait_for("the projector", || {
        let (row, fold) = (get(&path), get(&format!("{path}?{AT_LAST}")));
        (row["version"] == fold["version"]).then(|| {
            assert_eq!(row, fold);
            fold
        })
    })
}

fn figures(replay: &Value, load: &Load, (read, took): (usize, f64), kills: usize) {
    let of = |phase: &str, what: &str| {
        let segments = replay["segmentsOf"].as_array().unwrap().iter();
        segments.filter(|one| one["phase"] == phase).map(|one| one[what].as_u64().unwrap()).sum::<u64>()
    };
    let a_second = |count: usize| count as f64 / took;
    println!();
    println!("load                   {took:.1} s, from the start of the replay to its promotion");
    println!("commands               {}, {:.0} a second", load.given(), a_second(load.given()));
    println!("queries                {read}, {:.0} a second", a_second(read));
    println!("kill -9                {kills}");
    println!("items read             {} to build, {} to verify", of("build", "items"), of("verify", "items"));
    println!("rows written           {}", of("build", "rows"));
    println!("rows that were ahead   {}", of("build", "ahead"));
    println!("rows compared          {}, mismatches {}", of("verify", "compared"), replay["mismatches"]);
    println!("violations             {}", load.violations().len());
}
