use serde_json::Value;
use ureq::http::Method;

use crate::{
    Failure,
    api::{Answer, Api, Request},
    arguments::Backend,
    show::{self, cell},
};

/// As long as the API keeps a request.
const WAIT_SECONDS: u8 = 20;

/// Says where provisioning stands, and again with each change, until the system has nothing left to do.
pub(super) fn watch(id: &str, backend: &Backend) -> Result<(), Failure> {
    let api = Api::of(backend)?;
    let path = ["users", id, "provisioning"];
    let mut answer = api.send(Request::new(Method::GET, &path))?;
    loop {
        let Answer { body, version } = answer;
        let version = version.ok_or("the answer has no version")?;
        if let Some(body) = body {
            told(&body, backend)?;
            if body["status"] != "provisioning" {
                return Ok(());
            }
        }
        answer = api.send(Request::new(Method::GET, &path).news_since(version, WAIT_SECONDS))?;
    }
}

/// One line, as it comes.
fn told(provisioning: &Value, backend: &Backend) -> Result<(), Failure> {
    if backend.json {
        return show::line(&provisioning.to_string());
    }
    let steps = show::list(&provisioning["steps"]).iter();
    let steps: Vec<String> = steps.map(|s| format!("{} {}", cell(&s["step"]), cell(&s["state"]))).collect();
    let [at, status] = ["updatedAt", "status"].map(|name| cell(&provisioning[name]));
    show::line(&format!("{at}  {status}  {}", steps.join(", ")))
}
