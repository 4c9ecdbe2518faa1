//! JSON as it was sent, with what serde would pass over: a key that stands twice in one object. `85.0` is read as the
//! integer that it is.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// What was read, and the places of the keys that stand twice: which of the two is meant, nobody knows.
pub(super) struct Read {
    pub(super) value: Value,
    pub(super) twice: Vec<Vec<String>>,
}

/// Reads JSON.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn read(bytes: &[u8]) -> Result<Read, String> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err("it begins with a byte order mark; leave that out".into());
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        return Err(format!("it is not UTF-8 from byte {} on", error.valid_up_to()));
    }
    let mut found = Found::default();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = AnyValue(&mut found).deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    let value = value.map_err(|error| error.to_string())?;
    Ok(Read { value, twice: found.twice })
}

/// The integer that a number without a fraction is, as JSON Schema has it, however it is written. Beyond 2^53 the
/// fraction that was sent would already be lost, and the number may be another one.
fn integer(value: f64) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_991.0;
    let is_integer = value.abs() <= EXACT && value.fract() == 0.0;
    #[expect(clippy::cast_possible_truncation, reason = "it has no fraction and is within 2^53")]
    is_integer.then(|| Number::from(value as i64))
}

#[derive(Default)]
struct Found {
    /// Keys and indices that lead to what is being read.
    place: Vec<String>,
    twice: Vec<Vec<String>>,
}

struct AnyValue<'a>(&'a mut Found);

impl AnyValue<'_> {
    /// The reader of what stands under this key.
    fn under(&mut self, key: String) -> AnyValue<'_> {
        self.0.place.push(key);
        AnyValue(self.0)
    }
}

impl<'de> DeserializeSeed<'de> for AnyValue<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyValue<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        integer(value)
            .or_else(|| Number::from_f64(value))
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number is too large"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self.under(values.len().to_string()))? {
            self.0.place.pop();
            values.push(value);
        }
        self.0.place.pop();
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = object.next_key::<String>()? {
            let value = object.next_value_seed(self.under(key.clone()))?;
            if values.insert(key, value).is_some() {
                self.0.twice.push(self.0.place.clone());
            }
            self.0.place.pop();
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_without_a_fraction_is_an_integer_however_it_is_written() {
        for (sent, meant) in [
            ("85.0", 85_i64),
            ("8.5e1", 85),
            ("-3.000", -3),
            ("0.0", 0),
            ("-0.0", 0),
            ("9007199254740991.0", 9_007_199_254_740_991),
            ("9007199254740993", 9_007_199_254_740_993),
        ] {
            assert_eq!(value(sent), json!(meant), "{sent}");
        }
    }

    #[test]
    fn a_fraction_stays_one_and_so_does_what_a_float_cannot_say_exactly() {
        for sent in ["85.5", "-0.25", "9007199254740993.0", "1e300"] {
            assert!(value(sent).is_f64(), "{sent}");
        }
    }

    #[test]
    fn a_number_beyond_every_float_is_refused() {
        assert!(read(b"1e400").is_err_and(|said| said.contains("number out of range")));
    }

    fn value(sent: &str) -> Value {
        read(sent.as_bytes()).map(|read| read.value).unwrap()
    }
}
