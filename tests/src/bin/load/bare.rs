use std::{collections::BTreeMap, time::Instant};

use aws_sdk_dynamodb::{
    Client,
    error::BoxError,
    types::AttributeValue::{N, S},
};
use futures_util::future::try_join_all;
use infra_aws::clients;

use crate::{Load, Settings, figures::Figures};

const TABLE: &str = "load-bare";
/// As large as a small commit.
const TEXT: usize = 600;

/// The same number of clients at the engine itself: a conditional put for a command, a strong read for a query.
pub(crate) async fn run(settings: &Settings) -> Result<Load, BoxError> {
    let config = clients::for_endpoint(&settings.dynamodb_url, clients::loopback_http_client());
    let client = Client::new(&config);
    event_store::create_table_request(&client, TABLE).set_stream_specification(None).send().await?;
    let until = Instant::now() + settings.bare_lasts;
    let all = (0..settings.tokens.len()).map(|number| work(&client, number, until));
    let mut load: Load = BTreeMap::new();
    for (queries, commands) in try_join_all(all).await? {
        load.entry("queries").or_default().add(queries, settings.bare_lasts);
        load.entry("commands").or_default().add(commands, settings.bare_lasts);
    }
    client.delete_table().table_name(TABLE).send().await?;
    Ok(load)
}

async fn work(client: &Client, number: usize, until: Instant) -> Result<(Figures, Figures), BoxError> {
    let (mut queries, mut commands) = (Figures::default(), Figures::default());
    let pk = S(format!("client-{number}"));
    for sort in 1_u64.. {
        let began = Instant::now();
        if began > until {
            break;
        }
        let put = client.put_item().table_name(TABLE).item("pk", pk.clone()).item("sk", N(sort.to_string()));
        let put =
            put.item("e", S("x".repeat(TEXT))).condition_expression("attribute_not_exists(pk)").send().await;
        commands.note(began, put.map(drop).map_err(|error| format!("PutItem: {error:?}")));
        for _ in 0..4 {
            let began = Instant::now();
            let get = client.get_item().table_name(TABLE).consistent_read(true);
            let got = get.key("pk", pk.clone()).key("sk", N(sort.to_string())).send().await;
            queries.note(began, got.map(drop).map_err(|error| format!("GetItem: {error:?}")));
        }
    }
    Ok((queries, commands))
}
