//! What earlier releases have left behind.

use aws_sdk_dynamodb::types::AttributeValue;
use event_store::StreamId;
use infra_local::stack::EVENTS_TABLE;
use serde_json::Value;

use crate::App;

impl App {
    /// Makes the first commit of a user of `acme` one of an earlier release: `change` is handed the
    /// `{type}@{version}` of its events, and their payloads.
    pub async fn rewrite_first_commit(
        &self,
        id: &str,
        change: impl FnOnce(&mut Vec<String>, &mut Vec<Value>),
    ) {
        let client = &self.backend.stack.clients.dynamodb;
        let (stream, first) = (StreamId::new("acme", "user", id).unwrap(), AttributeValue::N("1".into()));
        let key = AttributeValue::S(stream.to_string());
        let item = client.get_item().table_name(EVENTS_TABLE).key("pk", key).key("sk", first);
        let mut item = item.send().await.unwrap().item.unwrap();
        let tags = item["t"].as_l().unwrap().iter().map(|tag| tag.as_s().unwrap().clone());
        let (mut tags, mut events) =
            (tags.collect::<Vec<_>>(), serde_json::from_str(item["e"].as_s().unwrap()).unwrap());
        change(&mut tags, &mut events);
        item.insert("t".into(), AttributeValue::L(tags.into_iter().map(AttributeValue::S).collect()));
        item.insert("e".into(), AttributeValue::S(Value::from(events).to_string()));
        client.put_item().table_name(EVENTS_TABLE).set_item(Some(item)).send().await.unwrap();
    }
}
