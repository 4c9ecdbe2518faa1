use serde_json::Value;

use super::{Function, Template};

/// A route of the API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// In capitals.
    pub method: String,
    /// With parameters as `{name}`.
    pub path: String,
    /// The binary that answers.
    pub binary: String,
    /// The scopes of which a token must have one; `None` if nobody needs a token.
    pub scopes: Option<Vec<String>>,
}

impl Template {
    /// Every route, sorted.
    #[must_use]
    pub fn routes(&self) -> Vec<Route> {
        let functions = self.functions();
        let mut routes: Vec<Route> = functions.iter().flat_map(routes_of).collect();
        routes.sort();
        routes
    }
}

fn routes_of(function: &Function<'_>) -> Vec<Route> {
    let text = |value: &Value| value.as_str().expect("it is a text").to_owned();
    let scopes = |auth: &Value| {
        let of_tokens = auth["AuthorizationScopes"].as_array();
        match (of_tokens, auth["Authorizer"].as_str()) {
            (Some(scopes), None) => Some(scopes.iter().map(text).collect()),
            (None, Some("NONE")) => None,
            (_, other) => panic!("a route has scopes, or says that it has no authorizer: {other:?}"),
        }
    };
    let routes = function.events("HttpApi").map(|event| Route {
        method: text(&event["Method"]).to_uppercase(),
        path: text(&event["Path"]),
        binary: function.binary().to_owned(),
        scopes: scopes(&event["Auth"]),
    });
    routes.collect()
}

impl Route {
    /// Whether a request goes this way; the more of the path is written out, the better the match.
    #[must_use]
    pub fn matches(&self, method: &str, path: &str) -> Option<usize> {
        let (ours, theirs): (Vec<&str>, Vec<&str>) =
            (self.path.split('/').collect(), path.split('/').collect());
        let is_parameter = |part: &str| part.starts_with('{');
        let fits = |(ours, theirs): (&&str, &&str)| {
            if is_parameter(ours) { !theirs.is_empty() } else { ours == theirs }
        };
        let matched =
            self.method == method && ours.len() == theirs.len() && ours.iter().zip(&theirs).all(fits);
        matched.then(|| ours.iter().filter(|part| !is_parameter(part)).count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_goes_to_the_route_that_says_most() {
        let route = |path: &str| Route {
            method: "GET".into(),
            path: path.into(),
            binary: String::new(),
            scopes: None,
        };
        assert_eq!(route("/v1/users/{id}").matches("GET", "/v1/users/1"), Some(3));
        assert_eq!(route("/v1/users/me").matches("GET", "/v1/users/me"), Some(4));
        for (method, path) in
            [("PUT", "/v1/users/1"), ("GET", "/v1/users/"), ("GET", "/v1/users/1/2"), ("GET", "")]
        {
            assert_eq!(route("/v1/users/{id}").matches(method, path), None, "{method} {path}");
        }
    }
}
