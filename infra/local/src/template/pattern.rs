use aws_sdk_dynamodbstreams::types::{AttributeValue, Record};
use serde_json::Value;

/// A pattern of an event source mapping's filter: fields, each with the texts that it may be. Of what patterns can say,
/// that is all that is understood here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<(Vec<String>, Vec<String>)>);

impl Pattern {
    /// # Errors
    /// What is not understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let pattern: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut leaves = Vec::new();
        collect(&pattern, &mut Vec::new(), &mut leaves)?;
        Ok(Self(leaves))
    }

    /// Whether the mapping hands the record on.
    #[must_use]
    pub fn takes(&self, record: &Record) -> bool {
        self.0.iter().all(|(path, allowed)| {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            field(record, &path).is_some_and(|it| allowed.iter().any(|allowed| allowed == it))
        })
    }
}

fn collect(
    pattern: &Value,
    path: &mut Vec<String>,
    leaves: &mut Vec<(Vec<String>, Vec<String>)>,
) -> Result<(), String> {
    match pattern {
        Value::Object(fields) => {
            for (name, pattern) in fields {
                path.push(name.clone());
                collect(pattern, path, leaves)?;
                path.pop();
            }
            Ok(())
        }
        Value::Array(allowed) => {
            let texts: Option<Vec<String>> = allowed.iter().map(|it| it.as_str().map(Into::into)).collect();
            let known = matches!(
                path.iter().map(String::as_str).collect::<Vec<_>>()[..],
                ["eventName"] | ["dynamodb", "NewImage", _, "S"]
            );
            let texts = texts.filter(|_| known).ok_or_else(|| format!("{path:?}: {pattern}"))?;
            leaves.push((path.clone(), texts));
            Ok(())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err(format!("{path:?} is neither an object nor a list"))
        }
    }
}

fn field<'a>(record: &'a Record, path: &[&str]) -> Option<&'a str> {
    match path {
        ["eventName"] => record.event_name().map(|name| name.as_str()),
        ["dynamodb", "NewImage", attribute, "S"] => {
            let image = record.dynamodb()?.new_image()?;
            image.get(*attribute).and_then(|it| AttributeValue::as_s(it).ok()).map(String::as_str)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodbstreams::types::{OperationType, StreamRecord};

    use super::*;

    fn record(name: &str, kind: &str) -> Record {
        let image = StreamRecord::builder().new_image("k", AttributeValue::S(kind.into())).build();
        Record::builder().event_name(OperationType::from(name)).dynamodb(image).build()
    }

    #[test]
    fn a_record_is_taken_when_every_field_is_one_of_its_texts() {
        let text = r#"{"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"k":{"S":["p"]}}}}"#;
        let pattern = Pattern::parse(text).unwrap();
        assert!(pattern.takes(&record("INSERT", "p")) && pattern.takes(&record("MODIFY", "p")));
        assert!(!pattern.takes(&record("REMOVE", "p")));
        assert!(!pattern.takes(&record("INSERT", "c")));
        assert!(!pattern.takes(&Record::builder().event_name(OperationType::Insert).build()));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "",
            r#"{"eventName":"INSERT"}"#,
            r#"{"eventName":[{"prefix":"I"}]}"#,
            r#"{"eventSource":["aws:dynamodb"]}"#,
            r#"{"dynamodb":{"NewImage":{"sk":{"N":[{"numeric":["=",1]}]}}}}"#,
        ] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}
