//! One trace, from the request over commits and messages to whatever they cause.

use std::collections::BTreeSet;

use acceptance::{App, alice, post};
use functions::trace_context::TraceContext;
use serde_json::Value;

use crate::recording::Recording;

const CALLERS: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn traces_of_commits(app: &App, id: &str) -> Vec<TraceContext> {
    let commits = app.commits(id).await.into_iter();
    commits.map(|commit| commit.metadata.traceparent.unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn all_that_follows_from_a_request_is_in_its_trace_and_each_hop_has_an_id_of_its_own() {
    let _recording = Recording::start().await;
    let app = App::start().await;
    let create = post("/v1/users", &alice()).key("alice").header("traceparent", CALLERS);
    let id = app.when(create).await.then(202).text("id");
    app.backend.dispatch().await.unwrap();

    let sqs = &app.backend.stack.clients.sqs;
    let received = sqs.receive_message().queue_url(&app.backend.stack.steps_queue_url).visibility_timeout(0);
    let received = received.message_attribute_names("All").send().await.unwrap().messages.unwrap();
    let attributes = received[0].message_attributes.as_ref().unwrap();
    let body: Value = serde_json::from_str(received[0].body.as_ref().unwrap()).unwrap();
    assert_eq!(attributes["traceparent"].string_value.as_deref(), body["traceparent"].as_str());
    let sent: TraceContext = body["traceparent"].as_str().unwrap().parse().unwrap();

    app.settle().await;
    let mut hops = traces_of_commits(&app, &id).await;
    assert_eq!(hops.len(), 5);
    hops.extend([sent, CALLERS.parse().unwrap()]);
    assert!(hops.iter().all(|hop| hop.trace() == "4bf92f3577b34da6a3ce929d0e0e4736" && hop.sampled));
    let ids: BTreeSet<_> = hops.iter().map(|hop| hop.span_id).collect();
    assert_eq!(ids.len(), hops.len());
}

#[tokio::test]
async fn without_a_trace_or_with_one_that_cannot_be_read_one_begins() {
    let _recording = Recording::start().await;
    let app = App::start().await;
    let mut met = BTreeSet::new();
    for (name, sent) in [("ann", None), ("bob", Some("00-0-0-01")), ("cid", Some(&*CALLERS.to_uppercase()))] {
        let body = serde_json::json!({ "userName": name, "displayName": name, "email": format!("{name}@example.com") });
        let create = post("/v1/users", &body).key(name);
        let create = sent.map_or(create.clone(), |sent| create.header("traceparent", sent));
        let id = app.when(create).await.then(202).text("id");
        app.settle().await;
        let traces = traces_of_commits(&app, &id).await;
        assert!(traces.len() > 1 && traces.iter().all(|trace| trace.trace_id == traces[0].trace_id));
        met.insert(traces[0].trace());
    }
    assert_eq!(met.len(), 3, "each has its own: {met:?}");
    assert!(!met.contains("4bf92f3577b34da6a3ce929d0e0e4736"));
}
