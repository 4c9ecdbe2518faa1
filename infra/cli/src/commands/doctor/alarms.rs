//! The alarms of the template: whether they are there, tell somebody, and are quiet.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{finding::Finding, functions::Deployed};
use crate::{Failure, aws::Element};

const CLOUDWATCH: (&str, &str) = ("monitoring", "2010-08-01");

pub(super) fn examine(deployed: &Deployed<'_>, template: &Value) -> Vec<Finding> {
    let there = match present(deployed) {
        Ok(there) => there,
        Err(failure) => return vec![Finding::fail("alarms", failure.to_string(), None)],
    };
    let resources = template["Resources"].as_object().into_iter().flatten();
    let wanted = resources.filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm");
    let (mut findings, mut quiet) = (Vec::new(), 0_u32);
    for (id, _) in wanted {
        let name = deployed.physical(id).unwrap_or_default();
        match there.get(name) {
            None => {
                findings.push(Finding::fail(format!("alarm {id}"), "there is none", Some("a-bad-deploy")))
            }
            Some(alarm) => match ill(deployed, id, alarm) {
                Some(finding) => findings.push(finding),
                None => quiet += 1,
            },
        }
    }
    findings.push(Finding::ok("alarms", format!("{quiet} are wired and quiet")));
    findings
}

fn present(deployed: &Deployed<'_>) -> Result<BTreeMap<String, Element>, Failure> {
    let (mut alarms, mut next) = (BTreeMap::new(), None::<String>);
    let prefix = format!("{}-", deployed.stack.name);
    loop {
        let mut parameters = vec![("AlarmNamePrefix", prefix.as_str())];
        parameters.extend(next.as_deref().map(|token| ("NextToken", token)));
        let page = deployed.aws.query(CLOUDWATCH, "DescribeAlarms", &parameters)?;
        let named = |alarm: &Element| Some((alarm.text_of("AlarmName")?.to_owned(), alarm.clone()));
        alarms.extend(page.members("MetricAlarms").filter_map(named));
        next = page.text_of("NextToken").map(str::to_owned);
        if next.is_none() {
            return Ok(alarms);
        }
    }
}

fn ill(deployed: &Deployed<'_>, id: &str, alarm: &Element) -> Option<Finding> {
    let check = format!("alarm {id}");
    if alarm.text_of("StateValue") == Some("ALARM") {
        let why = alarm.text_of("StateReason").unwrap_or("CloudWatch does not say why");
        let link = alarm.text_of("AlarmDescription").unwrap_or_default();
        return Some(Finding::fail(check, format!("ALARM: {why} {link}"), None));
    }
    if alarm.members("AlarmActions").next().is_none() {
        return Some(Finding::fail(check, "it would tell nobody", Some("a-bad-deploy")));
    }
    if alarm.text_of("ActionsEnabled") == Some("true") {
        return None;
    }
    Some(match deployed.stack.parameter("AlarmsOn") {
        Some("false") => Finding::warn(check, "AlarmsOn is false: it tells nobody", None),
        Some(_) | None => Finding::fail(check, "its actions are switched off", Some("a-bad-deploy")),
    })
}
