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
    assert_eq!(gate.take_passed(), operations(&["Query", "Query", "PutItem"]), "warm-up, stream, commit");
    let (status, ..) = call(&commands, post(&format!("{path}/reactivate"), &json!({}))).await;
    assert_eq!(status, 200);
    assert_eq!(gate.take_passed(), operations(&["PutItem"]), "the commit");
    assert_eq!(commands.instance(), Some(process));
}

fn operations(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("DynamoDB_20120810.{name}")).collect()
}
