use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, Method, StatusCode, Uri},
};
use chrono::TimeDelta;
use infra_aws::clock::Clock;
use infra_local::template::Template;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

const STREAM: &str = "arn:aws:dynamodb:us-east-1:1:table/rollcall-events/stream/2";

/// What AWS answers, by what it is asked.
#[derive(Clone)]
pub(super) struct World(BTreeMap<String, String>);

impl World {
    /// As the template says. Values are the template's, shapes are AWS's.
    pub(super) fn healthy() -> Self {
        let template = Template::deployed();
        let mut world = Self(BTreeMap::new());
        world.set("DescribeStacks", stacks());
        world.set("ListStackResources", resources(template));
        world.set("DescribeAlarms", alarms(template));
        for function in template.functions() {
            let (name, properties) =
                (format!("rollcall-{}", function.binary()), template.properties(function.id));
            world.set(&format!("function {name}"), configuration(template, properties).to_string());
            let events = properties["Events"].as_object().into_iter().flat_map(Map::values);
            for event in events.filter(|event| event["Type"] == "DynamoDB" || event["Type"] == "SQS") {
                world.set(&format!("mapping {name}"), mapping(event).to_string());
            }
        }
        for (id, table) in [
            ("Events", "rollcall-events"),
            ("Views", "rollcall-views"),
            ("Limits", "rollcall-limits"),
            ("Imports", "rollcall-imports"),
            ("Webhooks", "rollcall-webhooks"),
            ("Feed", "rollcall-feed"),
        ] {
            world.set(
                &format!("DescribeTable {table}"),
                self::table(table, template.properties(id)).to_string(),
            );
            let recovery = json!({ "ContinuousBackupsDescription": { "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": { "PointInTimeRecoveryStatus": "ENABLED" } } });
            world.set(&format!("DescribeContinuousBackups {table}"), recovery.to_string());
        }
        for (id, queue) in [
            ("Steps", "rollcall-steps"),
            ("StepsDead", "rollcall-steps-dead"),
            ("Replays", "rollcall-replays"),
            ("ReplaysDead", "rollcall-replays-dead"),
            ("ImportRows", "rollcall-imports"),
            ("ImportRowsDead", "rollcall-imports-dead"),
            ("Deliveries", "rollcall-deliveries"),
            ("DeliveriesDead", "rollcall-deliveries-dead"),
        ] {
            world.set(
                &format!("GetQueueAttributes {queue}"),
                self::queue(queue, template.properties(id)).to_string(),
            );
        }
        world.pulses(Some(TimeDelta::seconds(20)), Some(TimeDelta::seconds(20)));
        world
    }

    pub(super) fn set(&mut self, asked: &str, answer: String) {
        self.0.insert(asked.into(), answer);
    }

    pub(super) fn forget(&mut self, asked: &str) {
        assert!(self.0.remove(asked).is_some(), "{asked}");
    }

    /// Says something else once.
    pub(super) fn change(&mut self, asked: &str, is: &str, instead: &str) {
        let answer = self.0.get_mut(asked).unwrap_or_else(|| panic!("{asked}"));
        assert!(answer.contains(is), "{asked}: {is} is not in {answer}");
        *answer = answer.replacen(is, instead, 1);
    }

    /// The check of an alarm.
    pub(super) fn alarm(&self, name: &str) -> String {
        let template = Template::deployed();
        let mut alarms = template.resources().iter().filter(|(_, it)| it["Type"] == "AWS::CloudWatch::Alarm");
        let (id, _) =
            alarms.find(|(_, it)| named(&it["Properties"]["AlarmName"]) == name).expect("it is there");
        format!("alarm {id}")
    }

    pub(super) fn change_alarm(&mut self, name: &str, is: &str, instead: &str) {
        let alarms = &self.0["DescribeAlarms"];
        let begin = alarms.find(&format!("<AlarmName>{name}<")).expect("it is there");
        let (before, after) = alarms.split_at(begin);
        assert!(after.contains(is));
        let changed = format!("{before}{}", after.replacen(is, instead, 1));
        self.set("DescribeAlarms", changed);
    }

    /// When pulses were written, and when the ones were that the projector has met.
    pub(super) fn pulses(&mut self, written: Option<TimeDelta>, met: Option<TimeDelta>) {
        let now = Clock::system().now();
        let at = |ago: TimeDelta| json!({ "N": (now - ago).timestamp_millis().to_string() });
        let answer = |item: Option<Value>| item.map_or(json!({}), |item| json!({ "Item": item })).to_string();
        for number in 0..4 {
            let pulse = format!("!pulse#{number}");
            let sent = written.map(|ago| json!({ "pk": { "S": pulse }, "k": { "S": "p" }, "ts": at(ago) }));
            self.set(&format!("GetItem rollcall-events {pulse}"), answer(sent));
            let noted = met.map(|ago| json!({ "at": at(ago) }));
            self.set(&format!("GetItem rollcall-views pulse#{number}"), answer(noted));
        }
    }

    pub(super) fn park(&mut self, stream: &str) {
        let at = "2026-11-21T12:00:00.000Z";
        let note = json!({ "pk": { "S": "!parked" }, "sk": { "S": format!("user_directory@1#{stream}") },
            "stream": { "S": stream }, "commit": { "N": "2" }, "code": { "S": "event-unreadable" },
            "reason": { "S": "?" }, "since": { "S": at }, "seen": { "S": at }, "times": { "N": "1" } });
        self.set("Query rollcall-views !parked", json!({ "Items": [note], "Count": 1 }).to_string());
    }

    /// A replay that is building, and was heard of so long ago.
    pub(super) fn replay(&mut self, id: &str, ago: TimeDelta) {
        let since = Clock::system().now() - ago;
        let job = json!({ "id": id, "projection": "user_directory", "generation": 2, "replaces": 1,
            "state": "building", "segments": 4, "rateLimit": null, "verifyPercent": 10, "promote": false,
            "startedBy": "op", "startedAt": since, "since": since, "announcedAt": null, "expectedItems": 1,
            "mismatches": 0, "mismatched": [] });
        let item = json!({ "pk": { "S": "!replays" }, "sk": { "S": id }, "r": { "N": "1" },
            "j": { "S": job.to_string() } });
        self.set("Query rollcall-views !replays", json!({ "Items": [item], "Count": 1 }).to_string());
    }

    pub(super) async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let world = Arc::new(self.0.clone());
        let router =
            Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                let world = world.clone();
                async move { answer(&world, &method, &uri, &headers, &body) }
            });
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }
}

fn answer(
    world: &BTreeMap<String, String>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> (StatusCode, String) {
    assert!(headers.contains_key("authorization"), "{uri} is not signed");
    let asked = asked(method, uri, headers, body);
    if let Some(answer) = world.get(&asked) {
        return (StatusCode::OK, answer.clone());
    }
    if asked.starts_with("Query ") {
        return (StatusCode::OK, json!({ "Items": [], "Count": 0 }).to_string());
    }
    if asked.starts_with("function ") {
        let said = json!({ "Type": "User", "Message": "Function not found" });
        return (StatusCode::NOT_FOUND, said.to_string());
    }
    let error = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>{asked}</Message></Error></ErrorResponse>"
    );
    (StatusCode::BAD_REQUEST, error)
}

fn asked(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> String {
    if method == Method::GET {
        let name = uri
            .path()
            .strip_prefix("/2015-03-31/functions/")
            .and_then(|path| path.strip_suffix("/configuration"));
        return match name {
            Some(name) => format!("function {name}"),
            None => {
                let name = uri.query().unwrap_or_default().trim_start_matches("FunctionName=");
                format!("mapping {}", name.trim_end_matches("%3Alive"))
            }
        };
    }
    let Some(target) = headers.get("x-amz-target") else {
        let form = String::from_utf8_lossy(body).into_owned();
        return form.trim_start_matches("Action=").split('&').next().unwrap_or_default().to_owned();
    };
    let operation = target.to_str().unwrap().rsplit('.').next().unwrap().to_owned();
    let body: Value = serde_json::from_slice(body).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let table = body["TableName"].as_str().map(str::to_owned);
    let of =
        table.unwrap_or_else(|| text(&body["QueueUrl"]).rsplit('/').next().unwrap_or_default().to_owned());
    let key = match operation.as_str() {
        "GetItem" if of == "rollcall-events" => text(&body["Key"]["pk"]["S"]),
        "GetItem" => text(&body["Key"]["sk"]["S"]),
        "Query" => text(&body["ExpressionAttributeValues"][":pk"]["S"]),
        _ => String::new(),
    };
    format!("{operation} {of} {key}").trim_end().to_owned()
}

/// The name of a resource, with the stack's in it.
fn named(name: &Value) -> String {
    let text = name["Fn::Sub"].as_str().or(name.as_str()).unwrap_or_default();
    text.replace("${AWS::StackName}", "rollcall")
}

fn members(list: &str, members: impl Iterator<Item = String>) -> String {
    let members: String = members.map(|member| format!("<member>{member}</member>")).collect();
    format!("<{list}>{members}</{list}>")
}

fn response(action: &str, result: &str) -> String {
    format!(
        "<{action}Response xmlns=\"http://x.amazonaws.com/doc/\"><{action}Result>{result}</{action}Result>\
         <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
    )
}

fn stacks() -> String {
    let outputs = [
        ("EventsTable", "rollcall-events"),
        ("ViewsTable", "rollcall-views"),
        ("LimitsTable", "rollcall-limits"),
        ("FeedTable", "rollcall-feed"),
        ("StepsQueueUrl", "https://sqs/1/rollcall-steps"),
        ("StepsDeadQueueUrl", "https://sqs/1/rollcall-steps-dead"),
        ("ReplaysQueueUrl", "https://sqs/1/rollcall-replays"),
        ("ReplaysDeadQueueUrl", "https://sqs/1/rollcall-replays-dead"),
        ("ImportsTable", "rollcall-imports"),
        ("ImportsQueueUrl", "https://sqs/1/rollcall-imports"),
        ("ImportsDeadQueueUrl", "https://sqs/1/rollcall-imports-dead"),
        ("WebhooksTable", "rollcall-webhooks"),
        ("DeliveriesQueueUrl", "https://sqs/1/rollcall-deliveries"),
        ("DeliveriesDeadQueueUrl", "https://sqs/1/rollcall-deliveries-dead"),
    ];
    let outputs =
        outputs.map(|(key, value)| format!("<OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue>"));
    let parameters = [("Architecture", "arm64"), ("AlarmsOn", "true")].map(|(key, value)| {
        format!("<ParameterKey>{key}</ParameterKey><ParameterValue>{value}</ParameterValue>")
    });
    let stack = format!(
        "<StackName>rollcall</StackName><StackStatus>UPDATE_COMPLETE</StackStatus>{}{}",
        members("Outputs", outputs.into_iter()),
        members("Parameters", parameters.into_iter())
    );
    response("DescribeStacks", &members("Stacks", [stack].into_iter()))
}

fn resources(template: &Template) -> String {
    let physical = |id: &str, resource: &Value| {
        let names = ["FunctionName", "AlarmName", "QueueName", "TableName"];
        let name =
            names.iter().map(|name| named(&resource["Properties"][*name])).find(|name| !name.is_empty());
        match (name, resource["Type"] == "AWS::SQS::Queue") {
            (Some(name), true) => format!("https://sqs/1/{name}"),
            (Some(name), false) => name,
            (None, _) => id.to_owned(),
        }
    };
    let summaries = template.resources().iter().map(|(id, resource)| {
        let physical = physical(id, resource);
        format!(
            "<LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId>"
        )
    });
    response("ListStackResources", &members("StackResourceSummaries", summaries))
}

fn alarms(template: &Template) -> String {
    let alarms = template.resources().iter().filter(|(_, it)| it["Type"] == "AWS::CloudWatch::Alarm");
    let alarms = alarms.map(|(_, alarm)| {
        let name = named(&alarm["Properties"]["AlarmName"]);
        format!(
            "<AlarmName>{name}</AlarmName><ActionsEnabled>true</ActionsEnabled><StateValue>OK</StateValue>\
             <AlarmActions><member>arn:aws:sns:us-east-1:1:alarms</member></AlarmActions>"
        )
    });
    response("DescribeAlarms", &members("MetricAlarms", alarms))
}

fn configuration(template: &Template, properties: &Value) -> Value {
    let globals = &template.json()["Globals"]["Function"];
    let names = properties["Environment"]["Variables"].as_object().into_iter().flatten();
    let variables: Map<String, Value> = names.map(|(name, _)| (name.clone(), "a-secret".into())).collect();
    json!({
        "FunctionName": named(&properties["FunctionName"]), "Runtime": globals["Runtime"],
        "Architectures": ["arm64"], "Timeout": properties["Timeout"], "MemorySize": properties["MemorySize"],
        "State": "Active", "LastUpdateStatus": "Successful", "Environment": { "Variables": variables },
    })
}

fn mapping(event: &Value) -> Value {
    let wanted = &event["Properties"];
    let source = match wanted["Queue"]["Fn::GetAtt"][0].as_str() {
        Some(queue) => {
            let name = named(&Template::deployed().properties(queue)["QueueName"]);
            format!("arn:aws:sqs:us-east-1:1:{name}")
        }
        None => STREAM.into(),
    };
    let mut mapping = wanted.clone();
    mapping["State"] = "Enabled".into();
    mapping["LastProcessingResult"] = "OK".into();
    mapping["EventSourceArn"] = source.into();
    if wanted["DestinationConfig"].is_object() {
        mapping["DestinationConfig"] = json!({ "OnFailure": { "Destination": "arn:aws:s3:::set-aside" } });
    }
    json!({ "EventSourceMappings": [mapping] })
}

fn table(name: &str, wanted: &Value) -> Value {
    let mut table = json!({
        "TableName": name, "TableStatus": "ACTIVE", "KeySchema": wanted["KeySchema"],
        "BillingModeSummary": { "BillingMode": "PAY_PER_REQUEST" }, "DeletionProtectionEnabled": true,
        "GlobalSecondaryIndexes": wanted["GlobalSecondaryIndexes"].as_array().into_iter().flatten().map(|index| {
            json!({ "IndexName": index["IndexName"], "KeySchema": index["KeySchema"], "IndexStatus": "ACTIVE" })
        }).collect::<Vec<_>>(),
    });
    if wanted["StreamSpecification"].is_object() {
        table["StreamSpecification"] = json!({ "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" });
        table["LatestStreamArn"] = STREAM.into();
    }
    json!({ "Table": table })
}

fn queue(name: &str, wanted: &Value) -> Value {
    let arn = |name: &str| format!("arn:aws:sqs:us-east-1:1:{name}");
    let text = |property: &str| wanted[property].as_u64().map_or("30".into(), |number| number.to_string());
    let mut attributes = json!({
        "QueueArn": arn(name), "VisibilityTimeout": text("VisibilityTimeout"),
        "MessageRetentionPeriod": text("MessageRetentionPeriod"), "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
    });
    let most = &wanted["RedrivePolicy"]["maxReceiveCount"];
    if !most.is_null() {
        let policy = json!({ "deadLetterTargetArn": arn(&format!("{name}-dead")), "maxReceiveCount": most });
        attributes["RedrivePolicy"] = policy.to_string().into();
    }
    json!({ "Attributes": attributes })
}
