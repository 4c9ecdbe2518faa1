use std::{collections::HashMap, str::FromStr};

use aws_sdk_dynamodb::types::AttributeValue;

/// Reads the attributes of an item. Every error is a reason that names the attribute and leaves its
/// value out.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a HashMap<String, AttributeValue>);

impl<'a> Fields<'a> {
    pub(crate) fn text(self, name: &str) -> Result<&'a str, String> {
        self.optional_text(name)?.ok_or_else(|| missing(name))
    }

    pub(crate) fn optional_text(self, name: &str) -> Result<Option<&'a str>, String> {
        let value = self.0.get(name).map(|value| value.as_s().map(String::as_str));
        value.transpose().map_err(|_| malformed(name))
    }

    pub(crate) fn texts(self, name: &str) -> Result<Vec<&'a str>, String> {
        let list = self.get(name)?.as_l().map_err(|_| malformed(name))?;
        let texts = list.iter().map(|value| value.as_s().map(String::as_str));
        texts.collect::<Result<_, _>>().map_err(|_| malformed(name))
    }

    pub(crate) fn text_set(self, name: &str) -> Result<&'a [String], String> {
        self.get(name)?.as_ss().map(Vec::as_slice).map_err(|_| malformed(name))
    }

    pub(crate) fn number<T: FromStr>(self, name: &str) -> Result<T, String> {
        let digits = self.get(name)?.as_n().map_err(|_| malformed(name))?;
        digits.parse().map_err(|_| malformed(name))
    }

    pub(crate) fn bytes<const N: usize>(self, name: &str) -> Result<[u8; N], String> {
        let blob = self.get(name)?.as_b().map_err(|_| malformed(name))?;
        blob.as_ref().try_into().map_err(|_| malformed(name))
    }

    pub(crate) fn map(self, name: &str) -> Result<Self, String> {
        self.get(name)?.as_m().map(Fields).map_err(|_| malformed(name))
    }

    pub(crate) fn get(self, name: &str) -> Result<&'a AttributeValue, String> {
        self.0.get(name).ok_or_else(|| missing(name))
    }
}

fn missing(name: &str) -> String {
    format!("attribute {name} is missing")
}

fn malformed(name: &str) -> String {
    format!("attribute {name} is malformed")
}
