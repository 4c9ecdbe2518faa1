//! What is deployed is what was tested: the template and the code say the same.

mod alarms;
mod permissions;
mod routes;
mod tables;

use std::collections::BTreeSet;

use acceptance::App;
use infra_local::{host::Delivery, template::Template};

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
    for (queue, binary) in [("Steps", "worker"), ("Replays", "replayer"), ("ImportRows", "importer")] {
        let hidden = u32::try_from(template.queue(queue, binary).visibility_timeout_seconds).unwrap();
        assert!(hidden > template.function(binary).timeout_seconds(), "{queue}");
    }
}

#[tokio::test]
async fn the_filters_hand_on_what_the_readers_want_and_nothing_else() {
    let app = App::start().await;
    let delivered = async || (app.backend.project().await.unwrap(), app.backend.dispatch().await.unwrap());
    app.alice().await;
    let (commit, nothing) = (Delivery::Handled(1), Delivery::Handled(0));
    assert_eq!(delivered().await, (commit, commit), "her claims are nobody's news");
    // The second time, pulses are changes of items.
    for round in 1..=2 {
        app.backend.watch().await.unwrap();
        assert_eq!(delivered().await, (Delivery::Handled(4), nothing), "pulses, round {round}");
    }
}
