use std::fmt;

use serde::{
    Deserialize,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

use super::{Reading, lines::Line};
use crate::{
    command_api::NewUser,
    imports::{
        MOST_BYTES_OF_A_ROW,
        verdict::{Fault, FaultyField, MOST_ERRORS},
    },
};

/// A line of NDJSON: an object with the fields of `POST /v1/users`.
pub(super) fn read_line(line: &Line) -> Reading {
    match line {
        Line::TooLong => Reading::Fault(too_long()),
        Line::Whole(line) => read(line).map_or_else(Reading::Fault, Reading::User),
    }
}

pub(super) fn too_long() -> Fault {
    let detail = format!("The row is longer than {} KiB. Is a quote left open?", MOST_BYTES_OF_A_ROW / 1024);
    Fault::new("row-too-long", detail)
}

pub(super) fn not_utf_8() -> Fault {
    Fault::new("not-utf-8", "The row is not UTF-8.")
}

/// The fields of an object, in order; one may be there twice.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}

fn read(line: &[u8]) -> Result<NewUser, Fault> {
    let text = std::str::from_utf8(line).map_err(|_| not_utf_8())?;
    if !text.trim_start().starts_with('{') {
        return Err(Fault::new("not-an-object", "The row is not a JSON object."));
    }
    let Fields(fields) = serde_json::from_str(text).map_err(|error| {
        // What serde says of a text may quote it.
        let place = error.column();
        Fault::new("malformed-json", format!("The row is not JSON from its letter {place} on."))
    })?;
    let mut user = Found::default();
    for (name, value) in fields {
        user.take(&name, value);
    }
    user.all()
}

/// What was found of a user.
#[derive(Default)]
struct Found {
    user_name: Option<String>,
    display_name: Option<String>,
    email: Option<String>,
    roles: Option<Vec<String>>,
    seen: Vec<String>,
    errors: Vec<FaultyField>,
}

impl Found {
    fn take(&mut self, name: &str, value: Value) {
        // No field has a name that is half as long.
        let shown: String = name.chars().take(64).collect();
        let pointer = format!("/{}", shown.replace('~', "~0").replace('/', "~1"));
        if self.seen.iter().any(|seen| seen == name) {
            return self.wrong(pointer, "repeated-field", "the field is there twice");
        }
        self.seen.push(name.to_owned());
        let found = match name {
            "userName" => text(value).map(|text| self.user_name = Some(text)),
            "displayName" => text(value).map(|text| self.display_name = Some(text)),
            "email" => text(value).map(|text| self.email = Some(text)),
            "roles" => texts(value).map(|texts| self.roles = Some(texts)),
            _ => return self.wrong(pointer, "unknown-field", "there is no such field"),
        };
        if let Err((inside, expected)) = found {
            self.wrong(pointer + &inside, "wrong-type", expected);
        }
    }

    fn wrong(&mut self, pointer: String, code: &str, detail: &str) {
        self.errors.push(FaultyField { pointer, code: code.into(), detail: detail.into() });
    }

    fn all(mut self) -> Result<NewUser, Fault> {
        for name in ["userName", "displayName", "email"] {
            if !self.seen.iter().any(|seen| seen == name) {
                self.wrong(format!("/{name}"), "missing-field", "the field is missing");
            }
        }
        let roles = self.roles.unwrap_or_default();
        match (self.user_name, self.display_name, self.email) {
            (Some(user_name), Some(display_name), Some(email)) if self.errors.is_empty() => {
                Ok(NewUser { user_name, display_name, email, roles })
            }
            _ => {
                self.errors.truncate(MOST_ERRORS);
                let detail = "The row has another shape: correct the fields that are named.".into();
                Err(Fault { code: "invalid-body".into(), detail, errors: self.errors })
            }
        }
    }
}

type WrongType = (String, &'static str);

fn text(value: Value) -> Result<String, WrongType> {
    if let Value::String(text) = value { Ok(text) } else { Err((String::new(), "a text is expected")) }
}

fn texts(value: Value) -> Result<Vec<String>, WrongType> {
    let Value::Array(values) = value else { return Err((String::new(), "a list of texts is expected")) };
    let place = |(place, value)| text(value).map_err(|(_, expected)| (format!("/{place}"), expected));
    values.into_iter().enumerate().map(place).collect()
}
