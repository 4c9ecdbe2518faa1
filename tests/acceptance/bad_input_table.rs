//! Every kind of bad input with the answer it gets, written down in `functions/BAD_INPUT.md` by the test that sends it.

mod rows;
mod world;

use std::{collections::BTreeSet, env, fmt::Write as _, fs, path::PathBuf};

use acceptance::Say;
use futures_util::FutureExt as _;
use infra_local::faults::{At, Fault};
use serde_json::json;

use self::{rows::rows, world::World};

/// A request that is refused.
struct Row {
    what: &'static str,
    say: Say,
    status: u16,
    code: &'static str,
    weather: Weather,
}

/// What the system has to cope with meanwhile.
enum Weather {
    Fair,
    /// The event table does not answer.
    Down,
    /// Somebody else is always faster.
    Busy,
}

const HEAD: &str = "# Bad input

What the API answers to what it cannot accept. Each line was sent by `tests/acceptance/bad_input_table.rs`, which wrote
this file (`ROLLCALL_WRITE_FIXTURES=1 cargo test --workspace --test acceptance bad_input_table`) and fails when it is not
true any more. None of these requests leaves anything in the event table. Every answer is a problem (RFC 9457)
whose `type` leads to a page about it.
";

#[tokio::test]
async fn every_bad_input_is_refused_as_the_table_says() {
    let world = World::made().await;
    let app = &world.app;
    let stored = app.stored().await.len();
    let (mut table, mut statuses, mut others) = (HEAD.to_owned(), BTreeSet::new(), Vec::new());
    for (title, rows) in rows(&world) {
        let _ = write!(table, "\n## {title}\n\n| input | status | code | again? |\n|---|---|---|---|\n");
        for Row { what, say, status, code, weather } in rows {
            weather.set_in(&world);
            let answer = app.when(say).await;
            app.tap.reset();
            if (answer.status, &answer.body["code"]) != (status, &json!(code)) {
                others.push(format!("{what}: {} {}", answer.status, answer.body));
                continue;
            }
            let answer = answer.then_problem(status, code);
            let again = match answer.headers.get("retry-after") {
                Some(seconds) => format!("after {} s", seconds.to_str().unwrap()),
                None => String::new(),
            };
            assert_eq!(answer.body["retryable"], json!(!again.is_empty()), "{what}");
            let must_have = match status {
                401 => Some("www-authenticate"),
                405 => Some("allow"),
                429 | 503 => Some("retry-after"),
                _ => None,
            };
            assert!(
                must_have.is_none_or(|name| answer.headers.contains_key(name)),
                "{what}: {:?}",
                answer.headers
            );
            let _ = writeln!(table, "| {what} | {status} | [`{code}`](/problems/{code}) | {again} |");
            statuses.insert(status);
        }
    }
    assert!(others.is_empty(), "otherwise answered:\n{}", others.join("\n"));
    let busy = world.meanwhile.lock().unwrap().len();
    assert_eq!(app.stored().await.len(), stored + busy, "nothing is stored but what somebody else did");
    let expected = [400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 428, 429, 503];
    assert_eq!(statuses, expected.into());

    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../functions/BAD_INPUT.md");
    if env::var_os("ROLLCALL_WRITE_FIXTURES").is_some() {
        fs::write(&file, &table).unwrap();
    }
    let stale = "BAD_INPUT.md is stale: ROLLCALL_WRITE_FIXTURES=1 cargo test --workspace --test acceptance bad_input_table";
    assert!(fs::read_to_string(&file).unwrap_or_default() == table, "{stale}");
}

impl Weather {
    fn set_in(&self, world: &World) {
        let tap = &world.app.tap;
        tap.reset();
        match self {
            Self::Fair => {}
            Self::Down => {
                // As often as the SDK tries.
                for _ in 0..3 {
                    tap.inject("PutItem", Fault::ServerError);
                }
            }
            Self::Busy => {
                for number in 0..20 {
                    let (door, say, done) =
                        (world.app.door(), world.renaming(number), world.meanwhile.clone());
                    tap.before_request(At::Next("PutItem".into()), move || {
                        async move {
                            let answer = door.send(say).await.then(200);
                            done.lock().unwrap().push(answer.text("id"));
                        }
                        .boxed()
                    });
                }
            }
        }
    }
}
