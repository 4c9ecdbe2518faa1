//! CloudFormation's YAML as the JSON that it stands for.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value, json};

pub(super) fn parse(text: &str) -> Result<Value, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    documents.first().ok_or_else(|| "the document is empty".to_owned()).and_then(value)
}

fn value(yaml: &Yaml<'_>) -> Result<Value, String> {
    Ok(match yaml {
        Yaml::Value(scalar) => self::scalar(scalar),
        Yaml::Sequence(items) => Value::Array(items.iter().map(value).collect::<Result<_, _>>()?),
        Yaml::Mapping(entries) => Value::Object(entries.iter().map(entry).collect::<Result<Map<_, _>, _>>()?),
        Yaml::Tagged(tag, tagged) => function(&tag.suffix, value(tagged)?)?,
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => {
            return Err(format!("CloudFormation knows no {yaml:?}"));
        }
    })
}

fn entry((name, it): (&Yaml<'_>, &Yaml<'_>)) -> Result<(String, Value), String> {
    let name = match name {
        Yaml::Value(Scalar::String(name)) => name.to_string(),
        Yaml::Value(other) => scalar(other).to_string(),
        Yaml::Representation(..)
        | Yaml::Sequence(_)
        | Yaml::Mapping(_)
        | Yaml::Tagged(..)
        | Yaml::Alias(_)
        | Yaml::BadValue => return Err(format!("{name:?} is no name")),
    };
    Ok((name, value(it)?))
}

fn scalar(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(it) => (*it).into(),
        Scalar::Integer(it) => (*it).into(),
        Scalar::FloatingPoint(it) => it.into_inner().into(),
        Scalar::String(it) => it.as_ref().into(),
    }
}

/// The long form of `!Name argument`.
fn function(name: &str, argument: Value) -> Result<Value, String> {
    Ok(match name {
        "Ref" | "Condition" => json!({ name: argument }),
        "GetAtt" => {
            let (resource, attribute) =
                argument.as_str().and_then(|it| it.split_once('.')).ok_or("GetAtt takes a.b")?;
            json!({ "Fn::GetAtt": [resource, attribute] })
        }
        "Sub" | "If" | "Join" | "Equals" | "Not" | "And" | "Or" | "Select" | "Split" => {
            json!({ format!("Fn::{name}"): argument })
        }
        _ => return Err(format!("the function !{name} is not known here")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_of_a_function_is_its_long_form() {
        let text =
            "a: !Ref B\nb: !GetAtt C.Arn.d\nc: [!Sub 'x${Y}', 1, 'true', true]\nd: !If [E, !Ref F, {}]";
        let expected = json!({
            "a": { "Ref": "B" },
            "b": { "Fn::GetAtt": ["C", "Arn.d"] },
            "c": [{ "Fn::Sub": "x${Y}" }, 1, "true", true],
            "d": { "Fn::If": ["E", { "Ref": "F" }, {}] },
        });
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in ["", "a: !GetAtt B", "a: !Cidr [b]", "a: ["] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
