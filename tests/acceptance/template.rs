//! What is deployed is what was tested: the template and the code say the same.

mod permissions;
mod routes;
mod tables;

use std::collections::BTreeSet;

use acceptance::{App, get};
use infra_local::template::Template;

#[test]
fn every_binary_has_a_function_and_every_function_a_binary() {
    let manifest = include_str!("../../functions/Cargo.toml");
    let binaries = manifest.split("[[bin]]\nname = \"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let deployed = Template::deployed().functions().iter().map(|it| it.binary()).collect::<BTreeSet<_>>();
    assert_eq!(deployed, binaries.collect());
}

/// A message that is taken while its first worker is still at it would be worked on twice.
#[test]
fn a_message_stays_hidden_for_longer_than_its_function_may_run() {
    let template = Template::deployed();
    for (queue, binary) in [("Steps", "worker"), ("Replays", "replayer")] {
        let hidden = u32::try_from(template.queue(queue, binary).visibility_timeout_seconds).unwrap();
        assert!(hidden > template.function(binary).timeout_seconds(), "{queue}");
    }
}

#[tokio::test]
async fn the_filters_hand_on_what_the_readers_want() {
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    assert_eq!(app.status(&id).await, "pending_confirmation", "commits arrive");
    app.backend.watch().await.unwrap();
    app.settle().await;
    // The second pulse is a change of an item.
    app.backend.watch().await.unwrap();
    app.settle().await;
    let lag = app.when(get(&format!("/v1/users/{id}"))).await.then(200);
    assert!(lag.headers.contains_key("read-lag"), "pulses arrive");
}
