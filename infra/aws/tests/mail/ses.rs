use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use infra_aws::{
    clients::{for_endpoint, loopback_http_client},
    mail::{MailError, Mailer as _, Ses},
};
use serde_json::{Value, json};

use crate::{
    alice,
    http_server::{Answer, HttpServer},
    mail_to, refused, unavailable,
};

const TAKEN: Answer = Answer::Ok(r#"{"MessageId":"0100018f-1"}"#);

fn at(server: &HttpServer, configuration_set: Option<&str>) -> Ses {
    Ses::new(&for_endpoint(&server.url, loopback_http_client()), configuration_set.map(str::to_owned))
}

/// What comes of a mail that SES gives `answer` to, and how often it was asked.
async fn outcome(answer: Answer) -> (Result<String, MailError>, usize) {
    let server = HttpServer::start(answer).await;
    (at(&server, None).send(&alice()).await, server.requests().len())
}

#[tokio::test]
async fn a_mail_goes_out_as_it_was_made() {
    let server = HttpServer::start(TAKEN).await;
    let mail = alice();
    assert_eq!(at(&server, Some("rollcall")).send(&mail).await, Ok("0100018f-1".into()));
    let [(line, body)] = server.requests().try_into().expect("there was one request");
    assert_eq!(line, "POST /v2/email/outbound-emails HTTP/1.1");
    let body: Value = serde_json::from_str(&body).unwrap();
    let expected = json!({
        "Destination": { "ToAddresses": ["alice@example.com"] },
        "Content": { "Raw": { "Data": BASE64_STANDARD.encode(mail.formatted()) } },
        "ConfigurationSetName": "rollcall",
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_configuration_set_is_not_needed() {
    let server = HttpServer::start(TAKEN).await;
    assert!(at(&server, None).send(&alice()).await.is_ok());
    assert!(!server.requests()[0].1.contains("ConfigurationSetName"));
}

#[tokio::test]
async fn a_rejected_message_is_refused_for_good() {
    let answer = Answer::Error(400, "MessageRejected", "Illegal content in mail to alice@example.com");
    assert_eq!(outcome(answer).await, (Err(refused("MessageRejected")), 1));
}

#[tokio::test]
async fn what_is_wrong_with_the_account_is_no_fault_of_the_recipient() {
    for (status, code) in [
        (400, "AccountSuspendedException"),
        (400, "BadRequestException"),
        (400, "MailFromDomainNotVerifiedException"),
        (404, "NotFoundException"),
        (400, "SendingPausedException"),
        (403, "AccessDeniedException"),
        (403, "ExpiredTokenException"),
        (400, "SomethingNewException"),
    ] {
        let answer = Answer::Error(status, code, "no mail to alice@example.com");
        assert_eq!(outcome(answer).await, (Err(unavailable(code)), 1), "{code}");
    }
}

#[tokio::test]
async fn an_unverified_sender_is_no_fault_of_the_recipient_whatever_code_it_comes_under() {
    let message = "Email address is not verified. The following identities failed the check in region \
        US-EAST-1: no-reply@example.com";
    let reason = "MessageRejected: an identity is not verified";
    assert_eq!(outcome(Answer::Error(400, "MessageRejected", message)).await, (Err(unavailable(reason)), 1));
}

#[tokio::test]
async fn what_ses_is_too_busy_for_is_tried_again_a_few_times() {
    for (status, code) in [
        (429, "TooManyRequestsException"),
        (400, "LimitExceededException"),
        (400, "ThrottlingException"),
        (503, "ServiceUnavailable"),
    ] {
        assert_eq!(
            outcome(Answer::Error(status, code, "later")).await,
            (Err(unavailable(code)), 3),
            "{code}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_is_worth_another_try() {
    let (outcome, _) = outcome(Answer::HangUp).await;
    assert!(matches!(outcome, Err(MailError::Unavailable(_))), "{outcome:?}");
}

#[tokio::test]
async fn silence_is_not_waited_for_and_the_mail_is_not_sent_twice() {
    let server = HttpServer::start(Answer::Silence).await;
    let config = for_endpoint(&server.url, loopback_http_client());
    let ses = Ses::with_patience(&config, None, Duration::from_secs(2));
    let outcome = ses.send(&alice()).await;
    assert!(matches!(outcome, Err(MailError::Unavailable(_))), "{outcome:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_address_in_unicode_is_refused_without_asking() {
    let server = HttpServer::start(TAKEN).await;
    let reason = "the address needs SMTPUTF8, which SES does not offer";
    assert_eq!(at(&server, None).send(&mail_to("zoë@example.com")).await, Err(refused(reason)));
    assert!(server.requests().is_empty());
}
