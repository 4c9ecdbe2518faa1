//! `rollcall dev` and its folder.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use infra_aws::clients;
use infra_local::{
    stack::{Clients, EVENTS_TABLE, FEED_TABLE, IMPORTS_TABLE, LIMITS_TABLE, VIEWS_TABLE, WEBHOOKS_TABLE},
    template::Template,
};
use ureq::Agent;

use super::{
    finding::Finding,
    flow::{self, Tables},
    queues::{self, Queue},
    tables,
};
use crate::{Failure, home::Addresses};

pub(super) async fn examine(folder: &Path, addresses: &Addresses) -> Vec<Finding> {
    let (template, backend) = (Template::deployed(), backend(addresses));
    let is_up = backend.runbook.is_none() && backend.verdict == super::Verdict::Ok;
    let mut findings = vec![backend, keys(folder)];
    if !is_up {
        // Nothing else can be asked, and all of it would say the same.
        return findings;
    }
    let clients = Clients::at(&addresses.dynamodb, &addresses.sqs, clients::loopback_http_client());
    let known = [
        ("Events", EVENTS_TABLE),
        ("Views", VIEWS_TABLE),
        ("Limits", LIMITS_TABLE),
        ("Imports", IMPORTS_TABLE),
        ("Webhooks", WEBHOOKS_TABLE),
        ("Feed", FEED_TABLE),
    ];
    for (name, table) in known {
        let found = tables::examine(&clients.dynamodb, table, template.properties(name)).await;
        let found = found.map(|(_, differences)| differences);
        findings.push(Finding::of_differences(
            format!("table {table}"),
            found,
            "as in the template",
            "restore-the-table",
        ));
    }
    let url = |name: &str| format!("{}/000000000000/rollcall-{name}", addresses.sqs);
    for (name, queue, dead) in [
        ("steps", "Steps", "StepsDead"),
        ("replays", "Replays", "ReplaysDead"),
        ("imports", "ImportRows", "ImportRowsDead"),
        ("deliveries", "Deliveries", "DeliveriesDead"),
    ] {
        let queue = Queue {
            name,
            url: &url(name),
            dead_url: &url(&format!("{name}-dead")),
            wanted: template.properties(queue),
            dead_wanted: template.properties(dead),
        };
        findings.extend(queues::examine(&clients.sqs, &queue).await);
    }
    let tables = Tables { dynamodb: &clients.dynamodb, events: EVENTS_TABLE, views: VIEWS_TABLE };
    findings.extend(Box::pin(flow::examine(&tables, &clients.sqs, &url("replays"))).await);
    findings
}

fn backend(addresses: &Addresses) -> Finding {
    let agent: Agent = Agent::config_builder().proxy(None).build().into();
    match agent.get(format!("{}/healthz", addresses.api)).call() {
        Ok(_) => Finding::ok("backend", format!("answers at {}", addresses.api)),
        Err(error) => {
            let said = format!("{} does not answer ({error}); start it with `rollcall dev`", addresses.api);
            Finding::fail("backend", said, None)
        }
    }
}

/// Whoever can read the keys can make links.
fn keys(folder: &Path) -> Finding {
    let open = |name: &str| -> Result<bool, Failure> {
        Ok(fs::metadata(folder.join(name))?.permissions().mode() & 0o077 != 0)
    };
    match open("secrets.json") {
        Ok(false) => Finding::ok("keys", "for their owner only"),
        Ok(true) => Finding::fail(
            "keys",
            "others can read secrets.json: chmod 600, and rotate the keys",
            Some("rotate-the-token-key"),
        ),
        Err(failure) => Finding::fail("keys", format!("secrets.json: {failure}"), None),
    }
}
