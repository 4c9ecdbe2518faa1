//! Who may what, as it was observed, for people to read. Whatever changes it shows up in a file that somebody reviews.

use std::{collections::BTreeMap, env, fmt::Write as _, fs, path::PathBuf};

use acceptance::{App, Say};
use chrono::TimeDelta;
use domain::CallerRole;
use functions::http::TOKEN_SCOPES;

use super::{OPEN, Route, routes};

const INTRODUCTION: &str = "\
# Who may what

What the API answers to a caller, asked of the whole backend by `tests/acceptance/authorization/document.rs`, which
fails while this file is stale: `ROLLCALL_WRITE_FIXTURES=1 cargo test --workspace --test acceptance authorization`
writes it anew. A role is what the token's claim `roles` has behind `rollcall:`; a scope is what its claim `scope` (or
`scp`) has. A route takes both.

Without a token, or with one that is expired, not yet valid, of another issuer or for another audience: 401. Without the
scope, or without a role: 403. A caller who is a user and is shut off: 403 `caller-inactive`. A user of another tenant:
404. An identity provider that does not answer: 503.

";

/// What was observed of a route.
#[derive(Default)]
struct Observed {
    scopes: Vec<&'static str>,
    roles: Vec<CallerRole>,
}

/// Whether the request got past the gateway and past the policy.
fn is_let_in(status: u16) -> bool {
    ![401, 403].contains(&status)
}

/// Fills in the names that a request writes out.
pub(super) fn general(line: &str, id: &str) -> String {
    [
        (id, "{id}"),
        ("/oncall", "/{role}"),
        ("/pilot", "/{role}"),
        ("/user_directory-2", "/{id}"),
        ("/user_directory", "/{projection}"),
        ("/acme/user/u-1", "/{tenant}/{aggregate}/{id}"),
        ("/limits/acme", "/limits/{tenant}"),
        ("/imports/0f", "/imports/{id}"),
        ("/webhooks/0191f3a6-4f57-5c3e-8b1d-2f6a9e4c7d10", "/webhooks/{id}"),
        ("/deliveries/msg_1", "/deliveries/{delivery}"),
    ]
    .iter()
    .fold(line.to_owned(), |line, (name, place)| line.replace(name, place))
}

async fn observe_roles(observed: &mut BTreeMap<String, Observed>) {
    for role in CallerRole::ALL {
        let app = App::start().await;
        let id = app.alice().await;
        for Route { say, .. } in routes(&id) {
            let line = general(&say.line(), &id);
            if is_let_in(app.when(say.by(role)).await.status) {
                observed.entry(line).or_default().roles.push(role);
            }
        }
    }
}

/// Each scope alone, with a role that is allowed; a token with all the others is refused.
async fn observe_scopes(observed: &mut BTreeMap<String, Observed>) {
    let app = App::start().await;
    let id = app.alice().await;
    for Route { say, allowed } in routes(&id) {
        let line = general(&say.line(), &id);
        let ask = |scopes: Vec<&'static str>| {
            let say: Say = say.clone().by(allowed[0]).scoped(&scopes);
            app.when(say)
        };
        for scope in TOKEN_SCOPES {
            let lets_in = is_let_in(ask(vec![scope]).await.status);
            let others = ask(TOKEN_SCOPES.into_iter().filter(|other| *other != scope).collect()).await;
            assert_eq!(lets_in, !is_let_in(others.status), "{line} with and without {scope}");
            if lets_in {
                observed.entry(line.clone()).or_default().scopes.push(scope);
            } else {
                assert!(is_let_in(others.status), "{line} without {scope}");
            }
        }
        let none = ask(vec![]).await.then(403);
        assert!(none.header("www-authenticate").contains("insufficient_scope"), "{line}");
    }
}

/// What is the same for every route, so that the introduction may say it once.
async fn check_introduction() {
    let app = App::start().await;
    let id = app.alice().await;
    for Route { say, .. } in routes(&id) {
        let expired = say.clone().expired(TimeDelta::hours(1));
        assert_eq!([app.when(say.by_nobody()).await.status, app.when(expired).await.status], [401, 401]);
    }
}

fn written(observed: &BTreeMap<String, Observed>) -> String {
    let mut text = format!("{INTRODUCTION}| route | scope |");
    CallerRole::ALL.iter().for_each(|role| write!(text, " {role} |").unwrap());
    text += "\n|---|---|";
    CallerRole::ALL.iter().for_each(|_| text += ":-:|");
    text += "\n";
    for (line, Observed { scopes, roles }) in observed {
        write!(text, "| `{line}` | `{}` |", scopes.join("` `")).unwrap();
        for role in CallerRole::ALL {
            text += if roles.contains(&role) { " yes |" } else { " |" };
        }
        text += "\n";
    }
    let open = OPEN.map(|line| format!("`{line}`")).join(", ");
    writeln!(text, "\nOpen to everybody: {open}.").unwrap();
    text
}

#[tokio::test]
async fn the_document_says_who_may_what() {
    check_introduction().await;
    let mut observed = BTreeMap::new();
    observe_roles(&mut observed).await;
    observe_scopes(&mut observed).await;
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../functions/AUTHORIZATION.md");
    let observed = written(&observed);
    if env::var_os("ROLLCALL_WRITE_FIXTURES").is_some() {
        fs::write(&file, &observed).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == observed,
        "AUTHORIZATION.md is stale; look at what changed, it is who may what:\n{observed}"
    );
}
