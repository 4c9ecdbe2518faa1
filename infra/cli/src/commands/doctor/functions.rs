//! The functions and their mappings beside the template.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value};

use super::finding::Finding;
use crate::{
    Failure,
    api::RESERVED,
    aws::{Signed, Stack},
};

const RELEASE: &str = "2015-03-31";
/// What a mapping says of itself under the name that the template gives it.
const OF_MAPPING: [&str; 7] = [
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "ParallelizationFactor",
    "BisectBatchOnFunctionError",
    "MaximumRetryAttempts",
    "MaximumRecordAgeInSeconds",
    "FunctionResponseTypes",
];

/// A stack, and what the resources of the template are called in it.
pub(super) struct Deployed<'a> {
    pub aws: &'a Signed,
    pub stack: &'a Stack,
    pub resources: &'a BTreeMap<String, String>,
    /// The present stream of the table of events.
    pub stream_arn: Option<&'a str>,
}

impl Deployed<'_> {
    pub(super) fn physical(&self, logical_id: &str) -> Result<&str, Failure> {
        let id = self.resources.get(logical_id).map(String::as_str);
        id.ok_or_else(|| "it is not in the stack".into())
    }

    /// A parameter's value, where the template refers to one.
    pub(super) fn value<'v>(&'v self, of: &'v Value) -> Option<&'v str> {
        match of["Ref"].as_str() {
            Some(name) => self.stack.parameter(name),
            None => of.as_str(),
        }
    }
}

pub(super) fn examine(deployed: &Deployed<'_>, template: &Value) -> Vec<Finding> {
    let resources = template["Resources"].as_object().into_iter().flatten();
    let functions = resources.filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
    let mut findings = Vec::new();
    for (id, function) in functions {
        let properties = &function["Properties"];
        let found = differences(deployed, id, properties, &template["Globals"]["Function"]);
        findings.push(Finding::of_differences(
            format!("function {id}"),
            found,
            "as in the template",
            "a-bad-deploy",
        ));
        let events = properties["Events"].as_object().into_iter().flat_map(Map::values);
        for event in events.filter(|event| event["Type"] == "DynamoDB" || event["Type"] == "SQS") {
            let found = mapping(deployed, id, event);
            let said = "delivers, as in the template";
            findings.push(Finding::of_differences(format!("mapping {id}"), found, said, "a-bad-deploy"));
        }
    }
    findings
}

fn differences(
    deployed: &Deployed<'_>,
    id: &str,
    wanted: &Value,
    all: &Value,
) -> Result<Vec<String>, Failure> {
    let name = deployed.physical(id)?;
    let target = format!("/{RELEASE}/functions/{name}/configuration?Qualifier=live");
    let Some(is) = deployed.aws.get("lambda", &target)? else {
        return Ok(vec!["there is no version of it that is live".into()]);
    };
    let mut differences = Vec::new();
    let mut same = |what: &str, is: &Value, wanted: Value| {
        if *is != wanted {
            differences.push(format!("{what} is {is}, and should be {wanted}"));
        }
    };
    same("Runtime", &is["Runtime"], all["Runtime"].clone());
    same("the architecture", &is["Architectures"][0], deployed.value(&all["Architectures"][0]).into());
    same("Timeout", &is["Timeout"], wanted["Timeout"].clone());
    same("MemorySize", &is["MemorySize"], wanted["MemorySize"].clone());
    same("State", &is["State"], "Active".into());
    differences.extend(variables(&is["Environment"]["Variables"], &wanted["Environment"]["Variables"]));
    Ok(differences)
}

/// By their names: what they hold may be secret.
fn variables(is: &Value, wanted: &Value) -> Vec<String> {
    let names = |of: &Value| of.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let (is, all): (BTreeSet<String>, BTreeSet<String>) = (names(is), names(wanted));
    // What depends on a parameter may be absent.
    let is_optional = |name: &&String| wanted[name.as_str()]["Fn::If"].is_array();
    let missing =
        all.difference(&is).filter(|name| !is_optional(name)).map(|name| format!("{name} is not set"));
    let other = is.difference(&all).map(|name| format!("{name} is set, and nobody reads it"));
    missing.chain(other).collect()
}

fn mapping(deployed: &Deployed<'_>, id: &str, event: &Value) -> Result<Vec<String>, Failure> {
    let function = format!("{}:live", deployed.physical(id)?);
    let function = utf8_percent_encode(&function, RESERVED);
    let target = format!("/{RELEASE}/event-source-mappings/?FunctionName={function}");
    let listed = deployed.aws.get("lambda", &target)?.unwrap_or_default();
    let mappings = listed["EventSourceMappings"].as_array().map_or(&[][..], Vec::as_slice);
    let [is] = mappings else {
        return Ok(vec![format!("there are {} mappings to it, and should be one", mappings.len())]);
    };
    let mut differences = Vec::new();
    let state = is["State"].as_str().unwrap_or_default();
    if state != "Enabled" {
        differences.push(format!("it is {state}"));
    }
    let last = is["LastProcessingResult"].as_str().unwrap_or_default();
    if last.starts_with("PROBLEM") {
        differences.push(format!("the last delivery: {last}"));
    }
    let wanted = &event["Properties"];
    for name in OF_MAPPING {
        if !wanted[name].is_null() && is[name] != wanted[name] {
            differences.push(format!("{name} is {}, and should be {}", is[name], wanted[name]));
        }
    }
    if wanted["DestinationConfig"].is_object()
        && is["DestinationConfig"]["OnFailure"]["Destination"].is_null()
    {
        differences.push("what fails for good goes nowhere".into());
    }
    let most = &wanted["ScalingConfig"]["MaximumConcurrency"];
    if !most.is_null() && is["ScalingConfig"]["MaximumConcurrency"] != *most {
        differences.push(format!("the maximum concurrency is not {most}"));
    }
    differences.extend(source(deployed, is["EventSourceArn"].as_str().unwrap_or_default(), event)?);
    Ok(differences)
}

/// A stream that was switched off and on again is another one: who reads the old one hears nothing any more.
fn source(deployed: &Deployed<'_>, is: &str, event: &Value) -> Result<Option<String>, Failure> {
    let properties = &event["Properties"];
    if event["Type"] == "DynamoDB" {
        let other = deployed.stream_arn != Some(is);
        return Ok(other.then(|| format!("it reads {is}, which is not the table's present stream")));
    }
    let queue = properties["Queue"]["Fn::GetAtt"][0].as_str().unwrap_or_default();
    let name = deployed.physical(queue)?.rsplit('/').next().unwrap_or_default();
    Ok((is.rsplit(':').next() != Some(name)).then(|| format!("it reads {is}, and not {name}")))
}
