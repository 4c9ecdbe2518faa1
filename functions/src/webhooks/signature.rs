//! Signatures of Standard Webhooks, version 1: HMAC-SHA256 of `{id}.{timestamp}.{body}`.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The headers of one try, with a signature for each secret.
pub(super) fn headers<'a>(
    id: &str,
    at: DateTime<Utc>,
    body: &[u8],
    secrets: impl IntoIterator<Item = &'a [u8]>,
) -> [(&'static str, String); 3] {
    let signatures: Vec<String> = secrets.into_iter().map(|secret| sign(secret, id, at, body)).collect();
    [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", at.timestamp().to_string()),
        ("webhook-signature", signatures.join(" ")),
    ]
}

fn sign(secret: &[u8], id: &str, at: DateTime<Utc>, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{}.", at.timestamp()).as_bytes());
    mac.update(body);
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn a_message_is_signed_as_the_specification_does_it() {
        let secret = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let body = br#"{"test": 2432232314}"#;
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let headers = headers(id, at, body, [&secret[..], &secret[..]]);
        let told = [id.to_owned(), "1614265330".into(), format!("{signature} {signature}")];
        assert_eq!(headers.map(|(_, value)| value), told);
    }
}
