use std::collections::BTreeMap;

use infra_aws::clients::SdkConfig;

use super::Signed;
use crate::Failure;

const CLOUDFORMATION: (&str, &str) = ("cloudformation", "2010-05-15");

/// A CloudFormation stack of the template, as it is deployed.
pub(crate) struct Stack {
    pub name: String,
    pub status: String,
    outputs: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
}

/// A resource of a stack.
pub(crate) struct Resource {
    /// Its name in the template.
    pub logical_id: String,
    pub physical_id: String,
}

impl Stack {
    pub(crate) async fn described(config: &SdkConfig, name: &str) -> Result<Self, Failure> {
        Self::read(&Signed::new(config).await?, name)
    }

    pub(crate) fn read(aws: &Signed, name: &str) -> Result<Self, Failure> {
        let answer = aws.query(CLOUDFORMATION, "DescribeStacks", &[("StackName", name)])?;
        let stack = answer.members("Stacks").next().ok_or_else(|| format!("there is no stack {name}"))?;
        let pairs = |list, key, value| {
            let pair = |one: &super::Element| {
                Some((one.text_of(key)?.to_owned(), one.text_of(value).unwrap_or_default().to_owned()))
            };
            stack.members(list).filter_map(pair).collect()
        };
        let outputs = pairs("Outputs", "OutputKey", "OutputValue");
        let parameters = pairs("Parameters", "ParameterKey", "ParameterValue");
        let status = stack.text_of("StackStatus").unwrap_or_default().to_owned();
        Ok(Self { name: name.into(), status, outputs, parameters })
    }

    pub(crate) fn output(&self, key: &str) -> Result<&str, Failure> {
        let value = self.outputs.get(key).map(String::as_str);
        value.ok_or_else(|| {
            format!("the stack {} has no output {key}: is it one of infra/template.yaml?", self.name).into()
        })
    }

    pub(crate) fn parameter(&self, key: &str) -> Option<&str> {
        self.parameters.get(key).map(String::as_str)
    }

    /// Everything in it, page by page.
    pub(crate) fn resources(&self, aws: &Signed) -> Result<Vec<Resource>, Failure> {
        let (mut resources, mut next) = (Vec::new(), None::<String>);
        loop {
            let mut parameters = vec![("StackName", self.name.as_str())];
            parameters.extend(next.as_deref().map(|token| ("NextToken", token)));
            let page = aws.query(CLOUDFORMATION, "ListStackResources", &parameters)?;
            resources.extend(page.members("StackResourceSummaries").map(|one| {
                let text = |name| one.text_of(name).unwrap_or_default().to_owned();
                Resource { logical_id: text("LogicalResourceId"), physical_id: text("PhysicalResourceId") }
            }));
            next = page.text_of("NextToken").map(str::to_owned);
            if next.is_none() {
                return Ok(resources);
            }
        }
    }
}
