use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::{
    TenantId,
    webhook::{KeyName, Secret, WebhookId},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use infra_aws::environment::{KeyRing, SecretKey};
use serde_json::json;
use sha2::Sha256;

/// What a webhook's messages are signed with. Never shown but to whoever made it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct SigningSecret([u8; 32]);

/// The name of a key.
pub(super) fn name_of(key: &SecretKey) -> KeyName {
    KeyName::of(&mac(key, &json!(["webhook key"])))
}

/// The secret of this name; none if the key that it was derived with is gone.
pub(super) fn derive(
    keys: &KeyRing,
    tenant: &TenantId,
    webhook: WebhookId,
    secret: &Secret,
) -> Option<SigningSecret> {
    let key = keys.all().find(|key| name_of(key) == secret.key)?;
    // As JSON, so that no part can run into the next.
    let said = json!(["webhook secret", tenant, webhook, secret.version]);
    Some(SigningSecret(mac(key, &said)))
}

fn mac(key: &SecretKey, said: &serde_json::Value) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).expect("HMAC takes keys of any length");
    mac.update(said.to_string().as_bytes());
    mac.finalize().into_bytes().into()
}

impl SigningSecret {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As libraries for Standard Webhooks take it.
    pub(super) fn to_text(&self) -> String {
        format!("whsec_{}", BASE64_STANDARD.encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_of_one_webhook_and_one_number_and_outlives_a_rotation_of_the_keys() {
        let [old, new] = [[7; 32], [8; 32]].map(SecretKey::new);
        let (acme, globex) = (TenantId::parse("acme").unwrap(), TenantId::parse("globex").unwrap());
        let (one, two) = (WebhookId::derive(&acme, "1"), WebhookId::derive(&acme, "2"));
        let first = Secret { version: 1, key: name_of(&old) };
        let turned = KeyRing { current: new.clone(), other: Some(old.clone()) };
        let secret = derive(&old.clone().into(), &acme, one, &first).unwrap();
        assert!(derive(&turned, &acme, one, &first) == Some(secret.clone()));
        assert!(derive(&new.into(), &acme, one, &first).is_none());
        let second = Secret { version: 2, ..first.clone() };
        for other in [derive(&turned, &acme, two, &first), derive(&turned, &globex, one, &first)] {
            assert!(other != Some(secret.clone()));
        }
        assert!(derive(&turned, &acme, one, &second) != Some(secret.clone()));
        assert!(secret.to_text().starts_with("whsec_") && secret.to_text().len() == 50);
    }
}
