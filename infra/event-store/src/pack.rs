//! Compression, where it pays.

use std::borrow::Cow;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};

/// A commit's events or state may be so long as text. What is stored can be read again in as much memory.
pub(crate) const TEXT_LIMIT: usize = 16 * 1024 * 1024;

/// The text of an attribute, which may be compressed.
pub(crate) fn text_of(value: &AttributeValue) -> Result<Cow<'_, str>, NotText> {
    if let AttributeValue::S(text) = value {
        return Ok(Cow::Borrowed(text));
    }
    let bytes = value.as_b().map_err(|_| NotText)?;
    let text = zstd::bulk::decompress(bytes.as_ref(), TEXT_LIMIT).map_err(|_| NotText)?;
    String::from_utf8(text).map(Cow::Owned).map_err(|_| NotText)
}

/// The attribute is neither text nor compressed text.
#[derive(Debug)]
pub(crate) struct NotText;

/// Compresses a text, if that makes it shorter.
pub(crate) fn compress(value: &mut AttributeValue) {
    if let AttributeValue::S(text) = value
        && let Ok(compressed) = zstd::bulk::compress(text.as_bytes(), zstd::DEFAULT_COMPRESSION_LEVEL)
        && compressed.len() < text.len()
    {
        *value = AttributeValue::B(Blob::new(compressed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compressed(text: &str) -> AttributeValue {
        let mut value = AttributeValue::S(text.to_owned());
        compress(&mut value);
        value
    }

    #[test]
    fn a_compressed_text_is_read_as_the_text() {
        let text = "again and ".repeat(100);
        let value = compressed(&text);
        assert!(value.as_b().unwrap().as_ref().len() < text.len() / 10);
        assert_eq!(text_of(&value).unwrap(), text);
    }

    #[test]
    fn a_text_that_would_grow_stays_as_it_is() {
        assert_eq!(compressed("short"), AttributeValue::S("short".into()));
    }

    #[test]
    fn what_was_not_compressed_text_is_refused() {
        let not_utf_8 = zstd::bulk::compress(&[0xff; 100], 3).unwrap();
        for bytes in [b"no zstd".to_vec(), not_utf_8] {
            assert!(text_of(&AttributeValue::B(Blob::new(bytes))).is_err());
        }
        assert!(text_of(&AttributeValue::Bool(true)).is_err());
    }

    #[test]
    fn a_text_over_the_limit_is_not_unpacked() {
        let long = zstd::bulk::compress(&vec![b'x'; TEXT_LIMIT + 1], 3).unwrap();
        assert!(text_of(&AttributeValue::B(Blob::new(long))).is_err());
    }
}
