use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::error::BoxError;
use axum::http::Method;
use futures_util::future::try_join_all;
use serde_json::json;

use crate::{Load, Settings, client::Client, figures::Figures};

/// All clients at once, for so long.
pub(crate) async fn run(settings: &Settings, lasts: Duration) -> Result<Load, BoxError> {
    let began = Instant::now();
    let clients = settings
        .tokens
        .iter()
        .enumerate()
        .map(|(number, token)| work(settings, number, token, began + lasts));
    let mut load: Load = BTreeMap::new();
    for (queries, commands) in try_join_all(clients).await? {
        load.entry("queries").or_default().add(queries, lasts);
        load.entry("commands").or_default().add(commands, lasts);
    }
    Ok(load)
}

/// A client creates a user now and then and looks after the ones it has: renames, deactivates and reactivates them;
/// between two commands it asks four times.
async fn work(
    settings: &Settings,
    number: usize,
    token: &str,
    until: Instant,
) -> Result<(Figures, Figures), BoxError> {
    let mut client = Client::connect(&settings.api, token).await?;
    let (mut queries, mut commands) = (Figures::default(), Figures::default());
    let (mut id, mut round) = (String::new(), 0_usize);
    // Of no earlier run: its users are there still.
    let run = format!("{number}-{}", until_name());
    while Instant::now() < until {
        let began = Instant::now();
        let command = match round % 8 {
            0 => {
                let name = format!("load-{run}-{round}");
                let user =
                    json!({ "userName": name, "displayName": name, "email": format!("{name}@example.com") });
                let created = client.ask(Method::POST, "/v1/users", &name, Some(user), 202).await;
                created.map(|user| user["id"].as_str().unwrap_or_default().clone_into(&mut id))
            }
            turn @ (3 | 6) => {
                let name = if turn == 3 { "deactivate" } else { "reactivate" };
                let path = format!("/v1/users/{id}/{name}");
                client
                    .ask(Method::POST, &path, &format!("{run}-{round}"), Some(json!({})), 200)
                    .await
                    .map(drop)
            }
            _ => {
                let name = json!({ "displayName": format!("Somebody {round}") });
                client
                    .ask(
                        Method::PATCH,
                        &format!("/v1/users/{id}"),
                        &format!("{run}-{round}"),
                        Some(name),
                        200,
                    )
                    .await
                    .map(drop)
            }
        };
        commands.note(began, command);
        let paths = [
            format!("/v1/users/{id}"),
            format!("/v1/users/{id}/provisioning"),
            "/v1/users?limit=10".to_owned(),
            format!("/v1/users/{id}"),
        ];
        for path in paths {
            let began = Instant::now();
            let asked = client.ask(Method::GET, &path, "", None, 200).await;
            queries.note(began, asked.map(drop));
        }
        round += 1;
    }
    Ok((queries, commands))
}

#[expect(clippy::disallowed_methods, reason = "names what one run makes")]
fn until_name() -> u32 {
    chrono::Utc::now().timestamp_subsec_nanos()
}
