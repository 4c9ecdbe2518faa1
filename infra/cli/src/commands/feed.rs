use serde_json::Value;

use crate::{
    Failure,
    api::Api,
    arguments::{Backend, Feed},
    show::{self, cell},
};

/// As long as the API keeps a request.
const WAIT_SECONDS: &str = "20";

/// Says what happened, one event a line, and at the end where to go on.
pub(crate) fn run(feed: &Feed) -> Result<(), Failure> {
    let api = Api::of(&feed.backend)?;
    let types = (!feed.types.is_empty()).then(|| feed.types.join(","));
    let limit = feed.limit.map(|limit| limit.to_string());
    let mut after = feed.after.clone();
    loop {
        let wait = feed.follow.then(|| WAIT_SECONDS.to_owned());
        let query = [("after", after), ("type", types.clone()), ("limit", limit.clone()), ("wait", wait)];
        let page = api.get(&["events"], &query)?;
        for event in show::list(&page["items"]) {
            told(event, &feed.backend)?;
        }
        after = page["next"].as_str().map(Into::into);
        if !feed.follow && page["more"] != true {
            return end(after.as_deref());
        }
    }
}

/// One line, as it comes.
fn told(event: &Value, backend: &Backend) -> Result<(), Failure> {
    if backend.json {
        return show::line(&event.to_string());
    }
    let [time, subject, commit, kind, actor] =
        ["time", "subject", "commit", "type", "actor"].map(|name| cell(&event[name]));
    show::line(&format!("{time}  {subject}@{commit}  {kind}  {actor}"))
}

/// Where the lines are read by a program, it is not among them.
fn end(after: Option<&str>) -> Result<(), Failure> {
    let after = after.ok_or("the answer has no cursor")?;
    eprintln!("More: --after {after}");
    Ok(())
}
