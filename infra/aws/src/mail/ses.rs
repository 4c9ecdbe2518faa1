use std::{fmt, time::Duration};

use aws_config::{SdkConfig, timeout::TimeoutConfig};
use aws_sdk_sesv2::{
    Client,
    config::Builder,
    error::{ProvideErrorMetadata as _, SdkError},
    operation::send_email::SendEmailError,
    primitives::Blob,
    types::{Destination, EmailContent, RawMessage},
};
use futures_util::future::BoxFuture;
use lettre::Message;

use super::{MailError, Mailer, MessageId};
use crate::logs::chain;

/// Much shorter than a worker's claim on a mail: who gives up has time to say so.
const PATIENCE: Duration = Duration::from_secs(10);

/// Amazon SES. Messages go out as they were made (raw content), so SES reads `X-SES-MESSAGE-TAGS` from
/// them, and puts the tags into its bounce and complaint events.
#[derive(Clone, Debug)]
pub struct Ses {
    client: Client,
    configuration_set: Option<String>,
}

impl Ses {
    #[must_use]
    pub fn new(aws: &SdkConfig, configuration_set: Option<String>) -> Self {
        Self::with_patience(aws, configuration_set, PATIENCE)
    }

    /// Like [`Ses::new`], with another time limit for one mail.
    #[must_use]
    pub fn with_patience(aws: &SdkConfig, configuration_set: Option<String>, patience: Duration) -> Self {
        // An attempt may take all the time there is. One that was cut short may have sent the mail, so it
        // is not for the SDK to make another; what SES throttles, it does try again.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(patience / 5)
            .operation_attempt_timeout(patience)
            .operation_timeout(patience)
            .build();
        let config = Builder::from(aws).timeout_config(timeouts).build();
        Self { client: Client::from_conf(config), configuration_set }
    }

    pub(super) fn is_configuration_set(name: &str) -> bool {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        (1..=64).contains(&name.len()) && name.chars().all(allowed)
    }

    async fn deliver(&self, message: &Message) -> Result<MessageId, MailError> {
        let recipients: Vec<&str> = message.envelope().to().iter().map(AsRef::as_ref).collect();
        if !recipients.iter().all(|address| address.is_ascii()) {
            return Err(MailError::Refused("the address needs SMTPUTF8, which SES does not offer".into()));
        }
        let to = recipients.into_iter().map(str::to_owned).collect();
        let raw = RawMessage::builder().data(Blob::new(message.formatted())).build();
        let raw = raw.map_err(|error| MailError::Unavailable(error.to_string()))?;
        let request = self
            .client
            .send_email()
            .destination(Destination::builder().set_to_addresses(Some(to)).build())
            .content(EmailContent::builder().raw(raw).build())
            .set_configuration_set_name(self.configuration_set.clone());
        let sent = request.send().await.map_err(|error| sort(&error))?;
        sent.message_id.ok_or_else(|| MailError::Unavailable("SES took the mail and named no id".into()))
    }
}

impl Mailer for Ses {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<MessageId, MailError>> {
        Box::pin(self.deliver(message))
    }
}

/// Only `MessageRejected` is about the message. All else is about the account, its limits, its sender, our
/// request or the way there, and none of that makes an address a bad one. Codes only: SES's own words
/// repeat addresses.
fn sort<R: fmt::Debug>(error: &SdkError<SendEmailError, R>) -> MailError {
    let SdkError::ServiceError(answer) = error else {
        return MailError::Unavailable(chain(error));
    };
    let error = answer.err();
    let code = error.code().unwrap_or("an error without a code");
    if !error.is_message_rejected() {
        return MailError::Unavailable(code.to_owned());
    }
    // An account in the sandbox, or a sender that nobody has verified, comes under the same code.
    if error.message().is_some_and(|text| text.contains("not verified")) {
        return MailError::Unavailable(format!("{code}: an identity is not verified"));
    }
    MailError::Refused(code.to_owned())
}
