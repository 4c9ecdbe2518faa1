use std::time::Duration;

use infra_aws::mail::{MailError, Mailer as _, Smtp};

use crate::{
    alice, mail_to, refused,
    smtp_server::{
        Does::{HangsUp, Says, Waits},
        Script, SmtpServer,
    },
    unavailable,
};

const WITH_SMTPUTF8: Script = &[("EHLO", Says("250-mx.example.com\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"))];

fn to(server: &SmtpServer) -> Smtp {
    Smtp::at(&format!("smtp://{}", server.address)).unwrap()
}

/// What comes of a mail to a server that keeps to `script`.
async fn outcome(script: Script) -> Result<String, MailError> {
    let server = SmtpServer::start(&[script]).await;
    to(&server).send(&alice()).await
}

#[tokio::test]
async fn a_mail_is_handed_in_and_is_called_by_its_message_id() {
    let server = SmtpServer::start(&[]).await;
    assert_eq!(to(&server).send(&alice()).await, Ok("alice.1@rollcall.invalid".into()));
    let heard = server.heard();
    assert_eq!(
        heard[..5],
        [
            "connected",
            "EHLO [127.0.0.1]",
            "MAIL FROM:<no-reply@example.com>",
            "RCPT TO:<alice@example.com>",
            "DATA"
        ]
    );
    assert!(heard.contains(&"https://users.example.com/confirm?token=1.abc.def".to_owned()), "{heard:?}");
}

#[tokio::test]
async fn two_mails_go_over_one_connection() {
    let server = SmtpServer::start(&[]).await;
    let smtp = to(&server);
    for _ in 0..2 {
        assert!(smtp.send(&alice()).await.is_ok());
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_died_meanwhile_is_replaced() {
    for end in [HangsUp, Waits, Says("421 4.3.2 closing down\r\n")] {
        let first: Script = match end {
            HangsUp => &[("NOOP", HangsUp)],
            Waits => &[("NOOP", Waits)],
            Says(_) => &[("NOOP", Says("421 4.3.2 closing down\r\n"))],
        };
        let server = SmtpServer::start(&[first, &[]]).await;
        let smtp = to(&server).with_patience(Duration::from_secs(4));
        for _ in 0..2 {
            assert!(smtp.send(&alice()).await.is_ok(), "{end:?}");
        }
        assert_eq!(server.connections(), 2);
    }
}

#[tokio::test]
async fn what_a_server_says_for_now_is_worth_another_try() {
    for (script, reason) in [
        (&[("connected", Says("421 4.3.2 too busy\r\n"))] as Script, "421 4.3.2"),
        (&[("EHLO", Says("421 too busy\r\n"))], "421"),
        (&[("MAIL", Says("451 4.7.1 greylisted\r\n"))], "451 4.7.1"),
        (&[("RCPT", Says("450 4.2.0 <alice@example.com>: greylisted\r\n"))], "450 4.2.0"),
        (&[("DATA", Says("452 4.3.1 no space\r\n"))], "452 4.3.1"),
        (&[(".", Says("451-4.3.0 later,\r\n451 4.3.0 please\r\n"))], "451 4.3.0"),
    ] {
        assert_eq!(outcome(script).await, Err(unavailable(reason)));
    }
}

#[tokio::test]
async fn what_a_server_has_against_the_mail_or_its_recipient_is_for_good() {
    for (script, reason) in [
        (&[("RCPT", Says("550 5.1.1 <alice@example.com>: no such user\r\n"))] as Script, "550 5.1.1"),
        (&[("RCPT", Says("550 alice@example.com is not here\r\n"))], "550"),
        (&[("DATA", Says("554 5.5.1 no valid recipients\r\n"))], "554 5.5.1"),
        (&[(".", Says("552 5.3.4 too big\r\n"))], "552 5.3.4"),
        (&[(".", Says("554-5.6.0 this is\r\n554 5.6.0 no mail\r\n"))], "554 5.6.0"),
    ] {
        assert_eq!(outcome(script).await, Err(refused(reason)));
    }
}

#[tokio::test]
async fn what_a_server_has_against_us_is_no_fault_of_the_recipient() {
    for (script, reason) in [
        (&[("connected", Says("554 5.7.1 your address is on a list\r\n"))] as Script, "554 5.7.1"),
        (&[("EHLO", Says("550 who?\r\n"))], "550"),
        (&[("MAIL", Says("553 5.7.1 <no-reply@example.com>: not owned\r\n"))], "553 5.7.1"),
        (&[("MAIL", Says("530 5.7.0 sign in\r\n"))], "530 5.7.0"),
        (&[("RCPT", Says("530 5.7.0 STARTTLS first\r\n"))], "530 5.7.0"),
        (&[("RCPT", Says("535 5.7.8 sign in\r\n"))], "535 5.7.8"),
        (&[("RCPT", Says("554 5.7.1 <alice@example.com>: relay access denied\r\n"))], "554 5.7.1"),
    ] {
        assert_eq!(outcome(script).await, Err(unavailable(reason)));
    }
}

#[tokio::test]
async fn a_sign_in_that_fails_is_worth_another_try_and_shows_no_password() {
    for answer in ["535 5.7.8 wrong\r\n", "534 5.7.9 too weak\r\n", "454 4.7.0 later\r\n"] {
        let script: Script = Vec::leak(vec![("AUTH", Says(answer))]);
        let server = SmtpServer::start(&[script]).await;
        let smtp = Smtp::at(&format!("smtp://user:s3cret@{}", server.address)).unwrap();
        assert_eq!(smtp.send(&alice()).await, Err(unavailable(&answer[..9])));
        assert!(!format!("{smtp:?}").contains("s3cret"));
    }
}

#[tokio::test]
async fn who_has_credentials_signs_in_first() {
    let server = SmtpServer::start(&[]).await;
    let smtp = Smtp::at(&format!("smtp://user:s3cret@{}/client.example", server.address)).unwrap();
    assert!(smtp.send(&alice()).await.is_ok());
    assert_eq!(server.heard()[1..3], ["EHLO client.example", "AUTH PLAIN AHVzZXIAczNjcmV0"]);
}

#[tokio::test]
async fn where_tls_is_required_nothing_is_said_without_it() {
    let server = SmtpServer::start(&[]).await;
    let smtp = Smtp::at(&format!("smtp://user:s3cret@{}?tls=required", server.address)).unwrap();
    let Err(MailError::Unavailable(reason)) = smtp.send(&alice()).await else {
        panic!("a mail was sent in the clear")
    };
    assert!(reason.contains("STARTTLS is not supported"), "{reason}");
    assert_eq!(server.heard()[1..], ["EHLO [127.0.0.1]"]);
}

#[tokio::test]
async fn a_connection_that_is_cut_anywhere_is_worth_another_try() {
    for script in [
        &[("connected", HangsUp)] as Script,
        &[("EHLO", HangsUp)],
        &[("RCPT", HangsUp)],
        // The server may have taken the mail: it may arrive twice.
        &[(".", HangsUp)],
    ] {
        let outcome = outcome(script).await;
        assert!(matches!(outcome, Err(MailError::Unavailable(_))), "{script:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_server_that_nobody_answers_at_is_worth_another_try() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let outcome = Smtp::at(&format!("smtp://{nobody}")).unwrap().send(&alice()).await;
    assert!(matches!(outcome, Err(MailError::Unavailable(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_server_that_falls_silent_is_not_waited_for() {
    for script in [
        &[("connected", Waits)] as Script,
        &[("EHLO", Waits)],
        &[("MAIL", Waits)],
        &[("RCPT", Waits)],
        &[("DATA", Waits)],
        &[(".", Waits)],
    ] {
        let server = SmtpServer::start(&[script]).await;
        let smtp = to(&server).with_patience(Duration::from_millis(100));
        assert_eq!(smtp.send(&alice()).await, Err(unavailable("the server takes too long")), "{script:?}");
    }
}

#[tokio::test]
async fn after_a_mail_that_was_given_up_the_next_begins_anew() {
    for point in [&[("RCPT", Waits)] as Script, &[(".", Waits)], &[("RCPT", Says("550 no\r\n"))]] {
        let server = SmtpServer::start(&[point, &[]]).await;
        let smtp = to(&server).with_patience(Duration::from_secs(2));
        assert!(smtp.send(&alice()).await.is_err());
        assert!(smtp.send(&alice()).await.is_ok());
        assert_eq!(server.connections(), 2);
    }
}

#[tokio::test]
async fn an_address_in_unicode_is_written_to_where_the_server_offers_it() {
    let server = SmtpServer::start(&[WITH_SMTPUTF8]).await;
    assert!(to(&server).send(&mail_to("zoë@example.com")).await.is_ok());
    let heard = server.heard();
    assert!(
        heard.contains(&"MAIL FROM:<no-reply@example.com> SMTPUTF8 BODY=8BITMIME".to_owned()),
        "{heard:?}"
    );
    assert!(heard.contains(&"RCPT TO:<zoë@example.com>".to_owned()), "{heard:?}");
}

#[tokio::test]
async fn an_address_in_unicode_is_refused_where_the_server_does_not_offer_it() {
    let server = SmtpServer::start(&[&[], WITH_SMTPUTF8]).await;
    let reason = "the address needs SMTPUTF8, which the server does not offer";
    assert_eq!(to(&server).send(&mail_to("zoë@example.com")).await, Err(refused(reason)));
    assert_eq!(server.heard().len(), 2, "it is told before anything is said about the mail");
}
