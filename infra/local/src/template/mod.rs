//! `infra/template.yaml`, the one place where it is written how deliveries are made, who may call which route, and
//! what each function is given: the local host goes by it, and tests compare it with the code.

mod functions;
mod limits;
mod pattern;
mod queues;
mod routes;
mod streams;
mod yaml;

use std::sync::LazyLock;

use serde_json::{Map, Value};

pub use functions::Function;
pub use pattern::Pattern;
pub use routes::Route;

/// The template. What it lacks or says in a way that is not understood here ends the program: it is compiled in, and
/// any test would have met it.
#[derive(Debug)]
pub struct Template(Value);

impl Template {
    /// The one that this program was built with.
    #[must_use]
    pub fn deployed() -> &'static Self {
        static DEPLOYED: LazyLock<Template> = LazyLock::new(|| {
            Template::parse(include_str!("../../../template.yaml")).expect("infra/template.yaml is one")
        });
        &DEPLOYED
    }

    /// # Errors
    /// What is wrong with the text, as YAML.
    pub fn parse(text: &str) -> Result<Self, String> {
        yaml::parse(text).map(Self)
    }

    /// The template as JSON, functions in their long form (`{"Ref": …}`).
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.0
    }

    /// All resources, by their logical ids.
    #[must_use]
    pub fn resources(&self) -> &Map<String, Value> {
        self.0["Resources"].as_object().expect("a template has resources")
    }

    /// # Panics
    /// When there is none of that logical id.
    #[must_use]
    pub fn properties(&self, logical_id: &str) -> &Value {
        let resource = self.resources().get(logical_id);
        &resource.unwrap_or_else(|| panic!("the template has no resource {logical_id}"))["Properties"]
    }

    /// The functions, by their logical ids.
    #[must_use]
    pub fn functions(&self) -> Vec<Function<'_>> {
        let functions = self.resources().iter().filter(|(_, it)| it["Type"] == "AWS::Serverless::Function");
        functions.map(|(id, it)| Function { id, properties: &it["Properties"] }).collect()
    }

    /// # Panics
    /// When there is no function that runs this binary.
    #[must_use]
    pub fn function(&self, binary: &str) -> Function<'_> {
        let mut functions = self.functions().into_iter();
        functions
            .find(|it| it.binary() == binary)
            .unwrap_or_else(|| panic!("the template has no function that runs {binary}"))
    }
}

/// A whole number of a property.
///
/// # Panics
/// When it is none.
fn number<N: TryFrom<i64>>(properties: &Value, name: &str) -> N {
    let number = properties[name].as_i64().and_then(|number| N::try_from(number).ok());
    number.unwrap_or_else(|| panic!("{name} is a number: {}", properties[name]))
}
