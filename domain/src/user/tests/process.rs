//! Retrying, cancelling, running out of time.

use chrono::TimeDelta;

use super::{super::*, grammar::*};
use crate::Rejection;

#[test]
fn a_retry_runs_only_what_is_missing_in_an_epoch_of_its_own() {
    let one_linked = accepted().then_decided(linked("oncall", 1));
    let failed = one_linked.then_decided(permanently_failed("link_role:engineer"));
    given(failed.clone()).when(retry()).then([started(2, 2, ["link_role:engineer"])]);
    given(failed.then_decided(retry())).when(linked("engineer", 1)).then([ignored(
        "link_role:engineer",
        1,
        OutcomeKind::Succeeded,
    )]);
}

#[test]
fn a_retry_that_sends_a_mail_again_is_within_the_limits_of_that() {
    let later = TimeDelta::minutes(2);
    given(failed_at_mail()).when(retry()).then_rejected(Rejection::ResendLimit { retry_after_seconds: 60 });
    let again = given(failed_at_mail()).then_decided(retry().after(later));
    assert_eq!(pending_steps(&again.user()), [step("send_confirmation:2")]);
    assert_eq!(again.user().account().unwrap().resends, [noon() + later]);
}

#[test]
fn there_is_nothing_to_retry_where_nothing_has_failed() {
    for (history, process) in [
        (accepted(), Process::Accepted),
        (mail_issued(), Process::Mailing),
        (provisioned(), Process::Provisioned),
        (confirmed(), Process::Confirmed),
    ] {
        given(history).when(retry()).then_rejected(Rejection::NothingToRetry(process));
    }
    given(failed_at_mail().then_decided(deactivate())).when(retry()).then_rejected(Rejection::UserInactive);
}

#[test]
fn retrying_an_expired_confirmation_sends_it_again_within_the_limits() {
    let expired = provisioned().then_decided(expire(1).after(TimeDelta::hours(72)));
    let resent = expired.then_decided(retry().after(TimeDelta::hours(80)));
    assert_eq!(pending_steps(&resent.user()), [step("send_confirmation:2")]);
}

#[test]
fn cancelling_undoes_what_this_attempt_did_the_last_of_it_first() {
    let cancelled = UserEvent::Deactivated { reason: DeactivationReason::Cancelled, epoch: epoch(2) };
    let in_turn = accepted().then_decided(linked("oncall", 1)).then_decided(linked("engineer", 1));
    given(in_turn.then_decided(issue(1, 1))).when(cancel()).then([
        cancelled,
        stopped(Process::Mailing),
        revoked(1),
        unlinked("engineer", UnlinkReason::Compensated),
        unlinked("oncall", UnlinkReason::Compensated),
        UserEvent::ProvisioningCompensated { attempt: 1 },
    ]);
}

#[test]
fn what_an_earlier_attempt_linked_stays() {
    let second = accepted()
        .then_decided(linked("oncall", 1))
        .then_decided(deactivate())
        .then_decided(reactivate())
        .then_decided(linked("engineer", 3));
    let cancelled = second.then_decided(cancel());
    let links = &cancelled.user().account().unwrap().links.clone();
    assert!(links[&role("oncall")].is_linked() && !links[&role("engineer")].is_linked());
    given(cancelled).when(reactivate()).then([reactivated(5), started(3, 5, ["link_role:engineer"])]);
}

#[test]
fn what_is_cancelled_can_be_a_failure_or_a_wait_but_no_success() {
    let expired = provisioned().then_decided(expire(1).after(TimeDelta::hours(72)));
    for history in [provisioned(), failed_at_link(), failed_at_mail(), expired] {
        let user = history.then_decided(cancel()).user();
        assert_eq!(user.account().unwrap().lifecycle.status(), Status::Inactive);
    }
    given(confirmed()).when(cancel()).then_rejected(Rejection::NothingToCancel);
    given(accepted().then_decided(deactivate())).when(cancel()).then_nothing();
}

#[test]
fn a_result_that_arrives_after_the_cancellation_never_resurrects() {
    given(accepted().then_decided(linked("engineer", 1)).then_decided(cancel()))
        .when(linked("oncall", 1))
        .then([ignored("link_role:oncall", 1, OutcomeKind::Succeeded)]);
}

#[test]
fn provisioning_has_fifteen_minutes() {
    let timeout = |of: &str| UserEvent::ProvisioningFailed { step: step(of), error: "timeout".into() };
    let just_before = PROCESS_DEADLINE - TimeDelta::milliseconds(1);
    given(accepted()).when(time_out().after(just_before)).then_nothing();
    given(accepted()).when(time_out().after(PROCESS_DEADLINE)).then([timeout("link_role:engineer")]);
    given(mail_issued()).when(time_out().after(PROCESS_DEADLINE)).then([timeout("send_confirmation:1")]);
    for history in [provisioned(), confirmed(), failed_at_link(), accepted().then_decided(deactivate())] {
        given(history).when(time_out().after(PROCESS_DEADLINE)).then_nothing();
    }
}

#[test]
fn the_fifteen_minutes_begin_with_each_attempt() {
    let later = TimeDelta::minutes(20);
    let again = failed_at_link().then_decided(retry().after(later));
    given(again.clone()).when(time_out().after(later)).then_nothing();
    given(again).when(time_out().after(later + PROCESS_DEADLINE)).then_accepted();
    let resent = failed_at_mail().then_decided(resend().after(later));
    given(resent.clone()).when(time_out().after(later)).then_nothing();
    given(resent).when(time_out().after(later + PROCESS_DEADLINE)).then_accepted();
}

#[test]
fn a_click_after_the_time_was_over_counts_all_the_same() {
    let timed_out = mail_issued().then_decided(time_out().after(PROCESS_DEADLINE));
    let active = timed_out.then_decided(confirm("token-1")).user();
    assert_eq!(active.account().unwrap().lifecycle.status(), Status::Active);
}

#[test]
fn a_click_after_a_failure_goes_on_with_the_roles_that_are_missing() {
    let failed = failed_at_mail().then_decided(add_roles(["pager"]));
    given(failed.clone())
        .when(resend().after(TimeDelta::hours(1)))
        .then_rejected(Rejection::ProvisioningFailed);
    given(failed.clone()).when(confirm("token-1")).then([
        UserEvent::EmailConfirmed { confirmation: 1, email_version: 1 },
        started(2, 2, ["link_role:pager"]),
    ]);
    let linked = failed.then_decided(confirm("token-1")).then_decided(linked("pager", 2));
    assert_eq!(linked.user().account().unwrap().lifecycle.status(), Status::Active);
}

#[test]
fn profiles_change_in_any_state_and_only_if_they_do() {
    let name = crate::DisplayName::parse("Alice P. Liddell").unwrap();
    let rename =
        || by_owner(UserCommand::ChangeProfile { user_name: None, display_name: Some(name.clone()) });
    let changed = UserEvent::ProfileChanged {
        personal: PersonalProfile { user_name: alice().user_name, display_name: name.clone() },
    };
    for history in [accepted(), confirmed(), accepted().then_decided(deactivate())] {
        given(history.clone()).when(rename()).then([changed.clone()]);
        given(history.then_decided(rename())).when(rename()).then_nothing();
    }
}
