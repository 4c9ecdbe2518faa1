//! A deployed stack beside the template.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::TableDescription;
use infra_aws::clients::SdkConfig;
use infra_local::template::Template;

use super::{
    alarms,
    finding::Finding,
    flow::{self, Tables},
    functions::{self, Deployed},
    queues::{self, Queue},
    tables,
};
use crate::{
    Failure,
    aws::{Signed, Stack},
};

pub(super) async fn examine(config: &SdkConfig, aws: &Signed, name: &str) -> Vec<Finding> {
    match Stack::read(aws, name) {
        Ok(stack) => Box::pin(of_stack(config, aws, &stack)).await,
        Err(failure) => vec![Finding::fail("stack", failure.to_string(), None)],
    }
}

async fn of_stack(config: &SdkConfig, aws: &Signed, stack: &Stack) -> Vec<Finding> {
    let mut findings = vec![status(stack)];
    let asked = async { Ok::<_, Failure>((Outputs::of(stack)?, resources(aws, stack)?)) };
    let (outputs, resources) = match asked.await {
        Ok(asked) => asked,
        Err(failure) => {
            findings.push(Finding::fail("resources", failure.to_string(), None));
            return findings;
        }
    };
    let (template, dynamodb) = (Template::deployed(), aws_sdk_dynamodb::Client::new(config));
    let sqs = aws_sdk_sqs::Client::new(config);
    let mut stream_arn = None;
    let tables = [
        ("Events", outputs.events),
        ("Views", outputs.views),
        ("Limits", outputs.limits),
        ("Imports", outputs.imports_table),
        ("Webhooks", outputs.webhooks),
        ("Feed", outputs.feed),
    ];
    for (id, table) in tables {
        let found = async {
            let (described, mut differences) =
                tables::examine(&dynamodb, table, template.properties(id)).await?;
            differences.extend(tables::safety(&dynamodb, &described).await?);
            Ok::<_, Failure>((described, differences))
        };
        let found = found.await.map(|(described, differences): (TableDescription, _)| {
            stream_arn = stream_arn.take().or(described.latest_stream_arn);
            differences
        });
        findings.push(Finding::of_differences(
            format!("table {id}"),
            found,
            "as in the template",
            "restore-the-table",
        ));
    }
    for (name, queue, dead, [url, dead_url]) in [
        ("steps", "Steps", "StepsDead", outputs.steps),
        ("replays", "Replays", "ReplaysDead", outputs.replays),
        ("imports", "ImportRows", "ImportRowsDead", outputs.imports),
        ("deliveries", "Deliveries", "DeliveriesDead", outputs.deliveries),
    ] {
        let (wanted, dead_wanted) = (template.properties(queue), template.properties(dead));
        findings.extend(queues::examine(&sqs, &Queue { name, url, dead_url, wanted, dead_wanted }).await);
    }
    let deployed = Deployed { aws, stack, resources: &resources, stream_arn: stream_arn.as_deref() };
    findings.extend(functions::examine(&deployed, template.json()));
    findings.extend(alarms::examine(&deployed, template.json()));
    let tables = Tables { dynamodb: &dynamodb, events: outputs.events, views: outputs.views };
    findings.extend(Box::pin(flow::examine(&tables, &sqs, outputs.replays[0])).await);
    findings
}

struct Outputs<'a> {
    events: &'a str,
    views: &'a str,
    limits: &'a str,
    imports_table: &'a str,
    webhooks: &'a str,
    feed: &'a str,
    /// The queue and its dead letters.
    steps: [&'a str; 2],
    replays: [&'a str; 2],
    imports: [&'a str; 2],
    deliveries: [&'a str; 2],
}

impl<'a> Outputs<'a> {
    fn of(stack: &'a Stack) -> Result<Self, Failure> {
        Ok(Self {
            events: stack.output("EventsTable")?,
            views: stack.output("ViewsTable")?,
            limits: stack.output("LimitsTable")?,
            imports_table: stack.output("ImportsTable")?,
            webhooks: stack.output("WebhooksTable")?,
            feed: stack.output("FeedTable")?,
            steps: [stack.output("StepsQueueUrl")?, stack.output("StepsDeadQueueUrl")?],
            replays: [stack.output("ReplaysQueueUrl")?, stack.output("ReplaysDeadQueueUrl")?],
            imports: [stack.output("ImportsQueueUrl")?, stack.output("ImportsDeadQueueUrl")?],
            deliveries: [stack.output("DeliveriesQueueUrl")?, stack.output("DeliveriesDeadQueueUrl")?],
        })
    }
}

/// What the resources of the template are called here.
fn resources(aws: &Signed, stack: &Stack) -> Result<BTreeMap<String, String>, Failure> {
    let resources = stack.resources(aws)?.into_iter();
    Ok(resources.map(|resource| (resource.logical_id, resource.physical_id)).collect())
}

fn status(stack: &Stack) -> Finding {
    match stack.status.as_str() {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Finding::ok("stack", &*stack.status),
        status if status.ends_with("_IN_PROGRESS") => {
            Finding::warn("stack", format!("{status}: what follows may change"), None)
        }
        status => Finding::fail(
            "stack",
            format!("{status}: the last deployment did not come to its end"),
            Some("a-bad-deploy"),
        ),
    }
}
