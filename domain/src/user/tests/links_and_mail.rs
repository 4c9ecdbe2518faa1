use chrono::TimeDelta;

use super::{super::*, grammar::*};
use crate::Rejection;

#[test]
fn a_link_that_succeeded_is_recorded() {
    given(accepted())
        .when(linked("engineer", 1))
        .then([succeeded("link_role:engineer"), UserEvent::RoleLinked { role: role("engineer") }]);
}

#[test]
fn the_last_link_requests_the_mail() {
    given(accepted().then_decided(linked("engineer", 1))).when(linked("oncall", 1)).then([
        succeeded("link_role:oncall"),
        UserEvent::RoleLinked { role: role("oncall") },
        requested("send_confirmation:1", 1),
    ]);
}

#[test]
fn a_link_reported_twice_is_linked_once() {
    given(accepted().then_decided(linked("engineer", 1))).when(linked("engineer", 1)).then_nothing();
}

#[test]
fn a_mail_sent_makes_the_user_provisioned() {
    given(mail_issued()).when(sent(1, 1)).then([
        succeeded("send_confirmation:1"),
        UserEvent::ConfirmationSent { confirmation: 1, message_id: Some("m-1".into()) },
        UserEvent::Provisioned {},
    ]);
}

#[test]
fn a_worker_that_claims_the_mail_again_sends_the_same_link() {
    given(mail_issued()).when(issue(1, 1).after(TimeDelta::minutes(5))).then_nothing();
}

#[test]
fn a_failed_try_is_counted_and_the_fifth_is_the_last() {
    let failed =
        |last| UserEvent::StepFailed { step: step("link_role:engineer"), error: "unavailable".into(), last };
    let mut history = accepted();
    for _ in 1..MAX_TRIES {
        history.clone().when(failed_try("link_role:engineer")).then([failed(false)]);
        history = history.then_decided(failed_try("link_role:engineer"));
    }
    history.when(failed_try("link_role:engineer")).then([
        failed(true),
        UserEvent::ProvisioningFailed { step: step("link_role:engineer"), error: "unavailable".into() },
    ]);
}

#[test]
fn after_a_step_failed_for_good_nothing_more_is_done() {
    let user = failed_at_link().user();
    assert_eq!(user.account().unwrap().lifecycle.status(), Status::ProvisioningFailed);
    assert!(pending_steps(&user).is_empty());
    given(failed_at_link()).when(permanently_failed("link_role:engineer")).then_nothing();
    given(failed_at_link()).when(linked("oncall", 1)).then([UserEvent::StepResultIgnored {
        step: step("link_role:oncall"),
        epoch: epoch(1),
        outcome: OutcomeKind::Succeeded,
    }]);
}

#[test]
fn following_the_link_confirms_the_address() {
    given(provisioned())
        .when(confirm("token-1"))
        .then([UserEvent::EmailConfirmed { confirmation: 1, email_version: 1 }]);
}

#[test]
fn a_click_that_beats_the_send_receipt_stands_in_for_it() {
    given(mail_issued()).when(confirm("token-1")).then([
        succeeded("send_confirmation:1"),
        UserEvent::ConfirmationSent { confirmation: 1, message_id: None },
        UserEvent::Provisioned {},
        UserEvent::EmailConfirmed { confirmation: 1, email_version: 1 },
    ]);
    given(mail_issued().then_decided(confirm("token-1"))).when(sent(1, 1)).then_nothing();
}

#[test]
fn a_mail_that_arrived_although_the_provider_refused_it_still_confirms() {
    let user = given(failed_at_mail().then_decided(confirm("token-1"))).user();
    assert_eq!(user.account().unwrap().lifecycle.status(), Status::Active);
}

#[test]
fn a_link_works_once() {
    given(confirmed()).when(confirm("token-1")).then_rejected(Rejection::ConfirmationUsed);
}

#[test]
fn a_link_expires_to_the_second() {
    let just_before = TimeDelta::hours(72) - TimeDelta::milliseconds(1);
    given(provisioned())
        .when(confirm("token-1").after(just_before))
        .then([UserEvent::EmailConfirmed { confirmation: 1, email_version: 1 }]);
    given(provisioned())
        .when(confirm("token-1").after(TimeDelta::hours(72)))
        .then_rejected(Rejection::ConfirmationExpired);
}

#[test]
fn the_watchdog_expires_what_is_due_and_nothing_else() {
    let due = expire(1).after(TimeDelta::hours(72));
    given(provisioned()).when(expire(1).after(TimeDelta::hours(71))).then_nothing();
    given(provisioned()).when(due.clone()).then([UserEvent::ConfirmationExpired { confirmation: 1 }]);
    given(provisioned().then_decided(due.clone())).when(due.clone()).then_nothing();
    given(confirmed()).when(due.clone()).then_nothing();
    given(provisioned().then_decided(deactivate())).when(due.clone()).then_nothing();
    given(provisioned().then_decided(resend().after(TimeDelta::hours(1)))).when(due).then_nothing();
}

#[test]
fn resending_kills_the_old_link_and_sends_a_new_one() {
    let later = TimeDelta::minutes(2);
    given(provisioned()).when(resend().after(later)).then([
        UserEvent::ConfirmationRevoked { confirmation: 1 },
        UserEvent::ResendRequested { at: noon() + later },
        requested("send_confirmation:2", 1),
    ]);
    let resent = provisioned().then_decided(resend().after(later));
    assert_eq!(pending_steps(&resent.user()), [step("send_confirmation:2")]);
    assert_eq!(resent.user().account().unwrap().lifecycle.status(), Status::PendingConfirmation);
    given(resent.clone()).when(confirm("token-1")).then_rejected(Rejection::ConfirmationRevoked);
    given(resent.then_decided(issue(2, 1)).then_decided(sent(2, 1)))
        .when(confirm("token-2"))
        .then([UserEvent::EmailConfirmed { confirmation: 2, email_version: 1 }]);
}

#[test]
fn resends_are_a_minute_apart() {
    given(provisioned())
        .when(resend().after(TimeDelta::milliseconds(58_500)))
        .then_rejected(Rejection::ResendLimit { retry_after_seconds: 2 });
}

#[test]
fn there_are_five_resends_in_a_day() {
    let at = |n: i32| TimeDelta::minutes(2) * n;
    let five = (1..=5).fold(provisioned(), |history, n| history.then_decided(resend().after(at(n))));
    given(five.clone())
        .when(resend().after(at(6)))
        .then_rejected(Rejection::ResendLimit { retry_after_seconds: 24 * 3600 - 10 * 60 });
    five.then_decided(resend().after(at(1) + TimeDelta::hours(24)));
}

#[test]
fn resending_an_expired_confirmation_mails_again() {
    let expired = provisioned().then_decided(expire(1).after(TimeDelta::hours(72)));
    assert_eq!(expired.user().account().unwrap().lifecycle.status(), Status::Expired);
    let resent = expired.then_decided(resend().after(TimeDelta::hours(80)));
    assert_eq!(resent.user().account().unwrap().lifecycle.process, Process::Mailing);
    assert_eq!(pending_steps(&resent.user()), [step("send_confirmation:2")]);
}

#[test]
fn resending_is_refused_where_it_would_not_help() {
    given(mail_requested()).when(resend()).then_rejected(Rejection::NotSentYet(Process::Mailing));
    given(confirmed()).when(resend()).then_rejected(Rejection::AlreadyConfirmed);
    given(failed_at_link()).when(resend()).then_rejected(Rejection::ProvisioningFailed);
    given(provisioned().then_decided(deactivate())).when(resend()).then_rejected(Rejection::UserInactive);
}

#[test]
fn resending_after_the_mail_failed_for_good_tries_a_new_mail() {
    let resent = failed_at_mail().then_decided(resend().after(TimeDelta::minutes(2)));
    assert_eq!(pending_steps(&resent.user()), [step("send_confirmation:2")]);
    given(resent).when(confirm("token-1")).then_rejected(Rejection::ConfirmationRevoked);
}

#[test]
fn a_success_after_the_step_failed_for_good_is_recorded_as_ignored() {
    given(failed_at_mail()).when(sent(1, 1)).then([UserEvent::StepResultIgnored {
        step: step("send_confirmation:1"),
        epoch: epoch(1),
        outcome: OutcomeKind::Succeeded,
    }]);
}
