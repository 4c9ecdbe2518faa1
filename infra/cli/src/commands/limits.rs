use infra_aws::limits::Limit;
use serde_json::{Map, Value, json};
use ureq::http::Method;

use crate::{
    Failure,
    api::{Api, Request},
    arguments::{Limits, OfTenant},
    show,
};

/// The policies, as people and as the API call them.
const POLICIES: [(&str, &str); 3] =
    [("commands", "commands"), ("queries", "queries"), ("shut-offs", "shutOffs")];

pub(crate) fn run(command: Limits) -> Result<(), Failure> {
    match command {
        Limits::Show { of } => shown(&of, &present(&of)?),
        Limits::Set { commands, queries, shut_offs, of } => {
            let present = present(&of)?;
            let given = [("commands", commands), ("queries", queries), ("shutOffs", shut_offs)];
            let request = Request::new(Method::PUT, &path(&of)).if_version(present["version"].as_u64());
            send(&of, request.body(with(&present, given)))
        }
        Limits::Reset { of } => send(&of, Request::new(Method::DELETE, &path(&of))),
    }
}

fn path(of: &OfTenant) -> [&str; 2] {
    ["limits", of.limited.as_str()]
}

fn present(of: &OfTenant) -> Result<Value, Failure> {
    Api::of_operator(&of.backend)?.get(&path(of), &[])
}

fn send(of: &OfTenant, request: Request) -> Result<(), Failure> {
    shown(of, &Api::of_operator(&of.backend)?.send(request)?.body.unwrap_or_default())
}

/// What was set for the tenant before, and what is given now. What holds for every tenant is not made its own.
fn with(present: &Value, given: [(&str, Option<Limit>); 3]) -> Value {
    let limits = given.map(|(policy, limit)| {
        let before = &present[policy];
        let kept = match before["default"] == false {
            true => json!({ "requests": before["requests"], "seconds": before["seconds"] }),
            false => Value::Null,
        };
        (policy.to_owned(), limit.map_or(kept, |limit| json!(limit)))
    });
    Value::Object(Map::from_iter(limits))
}

fn shown(of: &OfTenant, limits: &Value) -> Result<(), Failure> {
    if of.backend.json {
        return show::json(limits);
    }
    let rows = POLICIES.map(|(name, field)| {
        let limit = &limits[field];
        let holds = if limit["default"] == true { "every tenant" } else { "this tenant" };
        vec![name.into(), show::cell(&limit["requests"]), show::cell(&limit["seconds"]), holds.into()]
    });
    show::table(&["LIMIT", "REQUESTS", "SECONDS", "SET FOR"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_stays_as_it_was_set_or_not_set() {
        let present = json!({
            "commands": { "requests": 1200, "seconds": 60, "default": true },
            "queries": { "requests": 500, "seconds": 50, "default": false },
            "shutOffs": { "requests": 1200, "seconds": 60, "default": true },
            "version": 3,
        });
        let given = [("commands", None), ("queries", None), ("shutOffs", Some("20/10".parse().unwrap()))];
        let sent = json!({
            "commands": null,
            "queries": { "requests": 500, "seconds": 50 },
            "shutOffs": { "requests": 20, "seconds": 10 },
        });
        assert_eq!(with(&present, given), sent);
    }
}
