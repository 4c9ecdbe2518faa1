//! What `rollcall dev` shows.

use std::{
    io::{self, Write as _},
    path::Path,
};

use futures_util::future::BoxFuture;
use infra_aws::mail::{MailError, Mailer, MessageId, Outbox};
use lettre::Message;

use crate::{Failure, home::Addresses};

/// The outbox, with a line on the console for each mail.
pub(super) struct Shown(pub Outbox);

impl Mailer for Shown {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<MessageId, MailError>> {
        Box::pin(async move {
            let sent = self.0.send(message).await;
            let to = message.envelope().to().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            match &sent {
                Ok(id) => {
                    say(&format!("mail to {to}: {}", self.0.folder().join(format!("{id}.eml")).display()))
                }
                Err(error) => say(&format!("mail to {to} was not sent: {error}")),
            }
            sent
        })
    }
}

/// A line on the console. A console that went away is no reason to stop: the backend runs on.
pub(super) fn say(line: &str) {
    drop(writeln!(io::stdout(), "{line}"));
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// Where things are, and a first conversation to paste.
pub(super) fn welcome(addresses: &Addresses, folder: &Path) -> Result<(), Failure> {
    let program = std::env::current_exe()?;
    let (Addresses { api, dynamodb, sqs, provider }, rollcall) = (addresses, quoted(&program));
    let folder = quoted(&std::path::absolute(folder)?);
    let (tokens, first, given) = match provider {
        None => (api, format!("$({rollcall} token --data {folder} --role owner)"), ""),
        Some(provider) => (provider, "<an owner's token of the provider>".to_owned(), r#" --token "$TOKEN""#),
    };
    say(&format!(
        r#"
Rollcall runs on this machine.

  API        {api}
  Console    {api}/console
  DynamoDB   {dynamodb}   (aws --endpoint-url {dynamodb} dynamodb list-tables)
  SQS        {sqs}   (aws --endpoint-url {sqs} sqs list-queues)
  Mails      {folder}/outbox/*.eml
  Logs       {folder}/log.ndjson
  Tokens     of {tokens}
  Data       {folder}   (stop, and delete it to begin anew)

Paste this into another terminal:

  export TOKEN={first}
  curl -s {api}/v1/roles -H "Authorization: Bearer $TOKEN" \
    -H 'Content-Type: application/json' -d '{{"name":"engineer"}}'
  curl -si {api}/v1/users -H "Authorization: Bearer $TOKEN" \
    -H 'Content-Type: application/json' -H 'Idempotency-Key: first' \
    -d '{{"userName":"alice","displayName":"Alice Liddell","email":"alice@example.com","roles":["engineer"]}}'
  curl -s {api}/v1/users -H "Authorization: Bearer $TOKEN"
  {rollcall} user list --data {folder}{given}

Ctrl-C stops it. Everything is kept.
"#
    ));
    Ok(())
}
