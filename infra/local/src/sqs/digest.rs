//! The MD5 digests that SQS answers with, and that the AWS SDKs check.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use md5::{Digest, Md5};

use super::message::{Attribute, Attributes};

pub(super) fn of_body(body: &str) -> String {
    hex(Md5::new_with_prefix(body))
}

/// None when there are no attributes. The form is SQS's own: by name, each part with its length before
/// it, and a byte that tells text (1) from bytes (2).
pub(super) fn of_attributes(attributes: &Attributes) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut digest = Md5::new();
    for (name, attribute) in attributes {
        update(&mut digest, name.as_bytes());
        update(&mut digest, attribute.data_type.as_bytes());
        let (kind, value) = attribute.transported();
        digest.update([kind]);
        update(&mut digest, &value);
    }
    Some(hex(digest))
}

impl Attribute {
    /// 1 and the text, or 2 and the bytes.
    pub(super) fn transported(&self) -> (u8, Vec<u8>) {
        match (&self.string_value, &self.binary_value) {
            (None, Some(base64)) => (2, BASE64.decode(base64).unwrap_or_default()),
            (text, _) => (1, text.clone().unwrap_or_default().into_bytes()),
        }
    }
}

fn update(digest: &mut Md5, part: &[u8]) {
    let length = u32::try_from(part.len()).expect("no message is that long");
    digest.update(length.to_be_bytes());
    digest.update(part);
}

fn hex(digest: Md5) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_digested_as_its_utf8_bytes() {
        assert_eq!(of_body("hello"), "5d41402abc4b2a76b9719d911017c592");
    }

    /// The expected digest comes from another implementation, which agrees with Amazon's.
    #[test]
    fn attributes_are_digested_by_name_with_binary_values_as_bytes() {
        let text = |data_type: &str, value: &str| Attribute {
            data_type: data_type.to_owned(),
            string_value: Some(value.to_owned()),
            binary_value: None,
        };
        let seal = Attribute {
            data_type: "Binary".to_owned(),
            string_value: None,
            binary_value: Some("AJ+Slg==".to_owned()),
        };
        let attributes = Attributes::from([
            ("seal".to_owned(), seal),
            ("city".to_owned(), text("String", "Zürich")),
            ("attempt".to_owned(), text("Number.int", "3")),
        ]);
        assert_eq!(of_attributes(&attributes).as_deref(), Some("db8c83d6446f7f89601a0700bf9dd49b"));
    }

    #[test]
    fn no_attributes_have_no_digest() {
        assert_eq!(of_attributes(&Attributes::new()), None);
    }
}
