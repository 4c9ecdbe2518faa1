use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A function of the template.
#[derive(Clone, Copy, Debug)]
pub struct Function<'a> {
    /// Its logical id.
    pub id: &'a str,
    pub(super) properties: &'a Value,
}

impl<'a> Function<'a> {
    /// The binary that it runs: the last part of its `CodeUri`.
    #[must_use]
    pub fn binary(&self) -> &'a str {
        let code = self.properties["CodeUri"].as_str().expect("a function has a CodeUri");
        code.trim_end_matches('/').rsplit('/').next().unwrap_or(code)
    }

    /// The names of the variables that it is given.
    #[must_use]
    pub fn variables(&self) -> BTreeSet<&'a str> {
        let variables = self.properties["Environment"]["Variables"].as_object();
        variables.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
    }

    /// How long an invocation may take, in seconds.
    #[must_use]
    pub fn timeout_seconds(&self) -> u32 {
        super::number(self.properties, "Timeout")
    }

    /// The logical id of its role.
    #[must_use]
    pub fn role(&self) -> &'a str {
        self.properties["Role"]["Fn::GetAtt"][0].as_str().expect("a function names its role")
    }

    /// What invokes it: the properties of each event of this type.
    pub(super) fn events(&self, of_type: &'a str) -> impl Iterator<Item = &'a Value> + use<'a> {
        let events = self.properties["Events"].as_object().into_iter().flat_map(Map::values);
        events.filter(move |event| event["Type"] == of_type).map(|event| &event["Properties"])
    }

    /// The one event of this type.
    pub(super) fn event(&self, of_type: &'a str) -> &'a Value {
        let mut events = self.events(of_type);
        events.next().unwrap_or_else(|| panic!("{} has no event of the type {of_type}", self.id))
    }
}
