//! Changing the address, before and after it was confirmed; bounces; guessed tokens.

use chrono::TimeDelta;

use super::{super::*, grammar::*};
use crate::Rejection;

const NEW: &str = "alice@new.example";

fn changed(version: u32) -> UserEvent {
    UserEvent::EmailChanged { personal: email(NEW), email_version: version, at: noon() }
}

fn change_requested(version: u32) -> UserEvent {
    UserEvent::EmailChangeRequested { personal: email(NEW), email_version: version, at: noon() }
}

fn dropped(version: u32) -> UserEvent {
    UserEvent::EmailChangeDropped { email_version: version }
}

fn bounced(confirmation: u32, email_version: u32) -> UserEvent {
    UserEvent::EmailFlagged { confirmation, email_version, flag: MailFlag::Bounce }
}

fn attempt_failed() -> UserEvent {
    UserEvent::ConfirmationAttemptFailed { confirmation: 1 }
}

fn address(history: &History) -> String {
    history.user().account().unwrap().personal.email.as_str().into()
}

/// A confirmed user whose new address waits for its confirmation, mailed and told.
fn changing() -> History {
    confirmed()
        .then_decided(change_email(NEW))
        .then_decided(issue(2, 1))
        .then_decided(sent(2, 1))
        .then_decided(issue_notice(2, 1))
        .then_decided(notified(2, 1))
}

#[test]
fn while_roles_are_linked_a_new_address_is_simply_the_one_to_be_mailed() {
    given(accepted()).when(change_email(NEW)).then([changed(2)]);
    let mailed = accepted()
        .then_decided(change_email(NEW))
        .then_decided(linked("engineer", 1))
        .then_decided(linked("oncall", 1));
    given(mailed).when(issue(1, 1)).then([UserEvent::ConfirmationIssued {
        confirmation: 1,
        email_version: 2,
        token_hash: crate::TokenHash::of("token-1"),
        issued_at: noon(),
        expires_at: noon() + TimeDelta::hours(72),
    }]);
}

#[test]
fn while_the_mail_is_on_its_way_only_the_mail_step_restarts() {
    given(mail_issued()).when(change_email(NEW)).then([
        changed(2),
        revoked(1),
        requested("send_confirmation:2", 1),
    ]);
    let restarted = mail_issued().then_decided(change_email(NEW));
    given(restarted.clone()).when(sent(1, 1)).then([ignored(
        "send_confirmation:1",
        1,
        OutcomeKind::Succeeded,
    )]);
    given(restarted).when(confirm("token-1")).then_rejected(Rejection::ConfirmationRevoked);
}

#[test]
fn a_provisioned_user_goes_back_to_mailing() {
    let again = provisioned().then_decided(change_email(NEW));
    assert_eq!(again.user().account().unwrap().lifecycle.process, Process::Mailing);
    let confirmed = again.then_decided(issue(2, 1)).then_decided(sent(2, 1)).then_decided(confirm("token-2"));
    assert_eq!(confirmed.user().account().unwrap().lifecycle.status(), Status::Active);
    assert_eq!(address(&confirmed), NEW);
}

#[test]
fn a_new_address_clears_a_bounce_but_not_a_missing_role() {
    let refused = failed_at_mail().then_decided(change_email(NEW));
    assert_eq!(pending_steps(&refused.user()), [step("send_confirmation:2")]);
    given(failed_at_link()).when(change_email(NEW)).then([changed(2)]);
}

#[test]
fn the_mail_of_somebody_shut_off_waits_for_the_reactivation() {
    let off = provisioned().then_decided(deactivate()).then_decided(change_email(NEW));
    assert!(pending_steps(&off.user()).is_empty());
    given(off).when(reactivate()).then([reactivated(3), started(2, 3, ["send_confirmation:2"])]);
}

#[test]
fn a_confirmed_address_stays_until_the_new_one_is_confirmed() {
    given(confirmed()).when(change_email(NEW)).then([
        change_requested(2),
        requested("send_confirmation:2", 1),
        requested("notify_email_change:2", 1),
    ]);
    let waiting = changing();
    assert_eq!(waiting.user().account().unwrap().lifecycle.status(), Status::Active);
    assert_eq!(address(&waiting), "Alice@Example.com");
    let swapped = waiting.then_decided(confirm("token-2"));
    assert_eq!(swapped.user().account().unwrap().lifecycle.status(), Status::Active);
    assert_eq!(address(&swapped), NEW);
    assert!(pending_steps(&swapped.user()).is_empty());
}

#[test]
fn the_old_address_is_told_once() {
    let asked = confirmed().then_decided(change_email(NEW));
    given(asked.clone())
        .when(issue_notice(2, 1))
        .then([UserEvent::NoticeIssued { email_version: 2, at: noon() }]);
    let told = asked.then_decided(issue_notice(2, 1));
    given(told.clone()).when(issue_notice(2, 1)).then_nothing();
    let told = told.then_decided(notified(2, 1));
    given(told.clone()).when(notified(2, 1)).then_nothing();
    given(told).when(issue_notice(2, 1)).then_rejected(Rejection::StepNotPending);
}

#[test]
fn nobody_is_told_twice_because_the_first_notice_failed_for_good() {
    let failed = confirmed()
        .then_decided(change_email(NEW))
        .then_decided(issue_notice(2, 1))
        .then_decided(permanently_failed("notify_email_change:2"));
    assert_eq!(failed.user().account().unwrap().lifecycle.status(), Status::Active);
    assert_eq!(pending_steps(&failed.user()), [step("send_confirmation:2")]);
}

#[test]
fn a_second_change_replaces_the_first() {
    given(changing()).when(change_email("alice@third.example")).then([
        revoked(2),
        UserEvent::EmailChangeRequested {
            personal: email("alice@third.example"),
            email_version: 3,
            at: noon(),
        },
        requested("send_confirmation:3", 1),
        requested("notify_email_change:3", 1),
    ]);
    let third = changing().then_decided(change_email("alice@third.example"));
    given(third).when(confirm("token-2")).then_rejected(Rejection::ConfirmationRevoked);
}

#[test]
fn asking_for_the_confirmed_address_again_takes_the_change_back() {
    given(changing()).when(change_email("Alice@Example.com")).then([revoked(2), dropped(2)]);
    given(confirmed()).when(change_email("Alice@Example.com")).then_nothing();
    given(changing()).when(change_email(NEW)).then_nothing();
}

#[test]
fn a_change_survives_a_deactivation_and_its_link_does_not() {
    let off = changing().then_decided(deactivate());
    given(off.clone()).when(confirm("token-2")).then_rejected(Rejection::ConfirmationRevoked);
    given(off).when(reactivate()).then([reactivated(3), requested("send_confirmation:3", 3)]);
    let untold = confirmed().then_decided(change_email(NEW)).then_decided(deactivate());
    given(untold).when(reactivate()).then([
        reactivated(3),
        requested("send_confirmation:3", 3),
        requested("notify_email_change:2", 3),
    ]);
}

#[test]
fn a_change_that_comes_to_nothing_gives_the_address_back() {
    let in_time = TimeDelta::hours(71);
    given(changing()).when(expire(2).after(in_time)).then_nothing();
    given(changing())
        .when(expire(2).after(TimeDelta::hours(72)))
        .then([UserEvent::ConfirmationExpired { confirmation: 2 }, dropped(2)]);
    given(changing()).when(flagged(2, MailFlag::Bounce)).then([bounced(2, 2), revoked(2), dropped(2)]);
    let asked = confirmed().then_decided(change_email(NEW)).then_decided(issue(2, 1));
    given(asked).when(permanently_failed("send_confirmation:2")).then([
        UserEvent::StepFailed { step: step("send_confirmation:2"), error: "refused".into(), last: true },
        revoked(2),
        dropped(2),
    ]);
}

#[test]
fn the_link_to_a_new_address_can_be_sent_again() {
    let again = changing().then_decided(resend().after(TimeDelta::minutes(2)));
    assert_eq!(pending_steps(&again.user()), [step("send_confirmation:3")]);
    assert_eq!(again.user().account().unwrap().lifecycle.status(), Status::Active);
}

#[test]
fn a_bounce_fails_whoever_waits_for_the_click() {
    given(provisioned()).when(flagged(1, MailFlag::Bounce)).then([
        bounced(1, 1),
        revoked(1),
        UserEvent::ProvisioningFailed { step: step("send_confirmation:1"), error: "mail-bounced".into() },
    ]);
    let failed = provisioned().then_decided(flagged(1, MailFlag::Bounce));
    given(failed.clone()).when(flagged(1, MailFlag::Bounce)).then_nothing();
    given(failed).when(confirm("token-1")).then_rejected(Rejection::ConfirmationRevoked);
}

#[test]
fn a_bounce_that_beats_the_send_receipt_fails_the_mail() {
    let bounced = mail_issued().then_decided(flagged(1, MailFlag::Bounce));
    assert_eq!(bounced.user().account().unwrap().lifecycle.status(), Status::ProvisioningFailed);
    given(bounced).when(sent(1, 1)).then([ignored("send_confirmation:1", 1, OutcomeKind::Succeeded)]);
}

#[test]
fn a_bounce_of_a_confirmed_address_and_a_complaint_are_noted() {
    given(confirmed()).when(flagged(1, MailFlag::Bounce)).then([bounced(1, 1)]);
    let complaint = UserEvent::EmailFlagged { confirmation: 1, email_version: 1, flag: MailFlag::Complaint };
    given(provisioned()).when(flagged(1, MailFlag::Complaint)).then([complaint]);
    given(provisioned().then_decided(deactivate())).when(flagged(1, MailFlag::Bounce)).then([bounced(1, 1)]);
    given(accepted()).when(flagged(1, MailFlag::Bounce)).then_nothing();
}

#[test]
fn ten_bad_tries_burn_the_token_and_not_the_user() {
    let mut history = provisioned();
    for _ in 1..MAX_BAD_TRIES {
        given(history.clone()).when(confirm("forged")).then([attempt_failed()]);
        history = history.then_decided(confirm("forged"));
    }
    given(history.clone())
        .when(confirm("forged"))
        .then([attempt_failed(), UserEvent::ConfirmationBurned { confirmation: 1 }]);
    let burned = history.then_decided(confirm("forged"));
    assert_eq!(burned.user().account().unwrap().lifecycle.status(), Status::Expired);
    given(burned.clone()).when(confirm("token-1")).then_rejected(Rejection::ConfirmationRevoked);
    given(burned.clone()).when(confirm("forged")).then_rejected(Rejection::ConfirmationUnknown);
    let resent = burned.then_decided(resend().after(TimeDelta::minutes(2)));
    assert_eq!(pending_steps(&resent.user()), [step("send_confirmation:2")]);
}

#[test]
fn a_token_that_is_guessed_while_its_mail_is_on_its_way_does_not_hold_the_user_up() {
    let guessed =
        (0..MAX_BAD_TRIES).fold(mail_issued(), |history, _| history.then_decided(confirm("forged")));
    assert_eq!(guessed.user().account().unwrap().lifecycle.status(), Status::Expired);
    given(guessed).when(sent(1, 1)).then([ignored("send_confirmation:1", 1, OutcomeKind::Succeeded)]);
}

#[test]
fn forged_and_unknown_look_the_same_where_there_is_nothing_to_guess() {
    given([]).when(confirm("token-1")).then_rejected(Rejection::ConfirmationUnknown);
    given(accepted()).when(confirm("token-1")).then_rejected(Rejection::ConfirmationUnknown);
    given(confirmed()).when(confirm("forged")).then_rejected(Rejection::ConfirmationUnknown);
    given(provisioned())
        .when(confirm("forged").after(TimeDelta::hours(72)))
        .then_rejected(Rejection::ConfirmationUnknown);
}

#[test]
fn only_who_could_give_the_roles_says_where_the_mail_of_their_holder_goes() {
    let owner = given([]).then_decided(create(["admins"]));
    let beyond = Rejection::RoleNotYours(role("admins"));
    owner.clone().when(change_email(NEW).by_user_admin()).then_rejected(beyond);
    owner.when(change_email(NEW)).then_accepted();
    given(accepted()).when(change_email(NEW).by_user_admin()).then_accepted();
}

#[test]
fn addresses_are_changed_five_times_a_day() {
    let five = (1..=5)
        .fold(provisioned(), |history, n| history.then_decided(change_email(&format!("a{n}@example.com"))));
    let limit = Rejection::ResendLimit { retry_after_seconds: 24 * 3600 };
    given(five.clone()).when(change_email(NEW)).then_rejected(limit);
    given(five).when(change_email(NEW).after(TimeDelta::hours(24))).then_accepted();
}

#[test]
fn the_state_does_not_grow_with_the_mails_that_were_sent() {
    let days = |n: i32| TimeDelta::days(1) * n;
    let many = (1..=30).fold(provisioned(), |history, n| history.then_decided(resend().after(days(n))));
    let user = many.user();
    let account = user.account().unwrap();
    assert_eq!((account.confirmations.len(), account.resends.len()), (20, 5));
    assert_eq!(account.confirmations.last().unwrap().number, 31);
}

#[test]
fn an_address_that_was_asked_for_before_a_promotion_does_not_become_an_owners() {
    given(changing()).when(add_roles(["admins"])).then([
        UserEvent::RolesChanged { added: vec![planned("admins")], removed: vec![] },
        role_linked("admins"),
        revoked(2),
        dropped(2),
    ]);
    let plain = changing().then_decided(add_roles(["pager"])).user();
    assert!(plain.account().unwrap().pending_email.is_some());
}
