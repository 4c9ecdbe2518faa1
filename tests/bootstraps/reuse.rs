//! A process that is warm answers again, and knows what it has read.

use serde_json::json;

use crate::{
    events::post,
    gate::Gate,
    stage::{Stage, call, create_alice},
};

#[tokio::test]
#[ignore = "needs the bootstraps and servers: tests/bootstraps.sh"]
async fn the_second_command_on_a_stream_finds_it_in_memory() {
    let stage = Stage::set("reuse").await;
    let path = create_alice(&*stage.function("command-api").await).await;
    let gate = Gate::before(&stage.dynamodb_url).await;
    let endpoint = ("AWS_ENDPOINT_URL_DYNAMODB", gate.url.clone());
    let commands = stage.function_with("command-api", std::time::Duration::from_secs(30), &[endpoint]).await;

    let (status, ..) = call(&commands, post(&format!("{path}/deactivate"), &json!({}))).await;
    assert_eq!(status, 200);
    let process = commands.instance().expect("it runs");
    assert_eq!(of_the_store(&gate), ["Query", "Query", "PutItem"], "warm-up, stream, commit");
    let (status, ..) = call(&commands, post(&format!("{path}/reactivate"), &json!({}))).await;
    assert_eq!(status, 200);
    assert_eq!(of_the_store(&gate), ["PutItem"], "the commit");
    assert_eq!(commands.instance(), Some(process));
}

/// Without what counts the requests (`GetItem`, `UpdateItem`), which a limiter gives up that has to wait for it.
fn of_the_store(gate: &Gate) -> Vec<String> {
    let operation = |passed: String| passed.rsplit('.').next().map(str::to_owned);
    let passed = gate.take_passed().into_iter().filter_map(operation);
    passed.filter(|name| !matches!(name.as_str(), "GetItem" | "UpdateItem")).collect()
}
