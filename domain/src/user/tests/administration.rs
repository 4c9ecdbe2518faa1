//! Deleting, restoring, expiring; and what nobody does to themselves.

use chrono::TimeDelta;

use super::{super::*, grammar::*};
use crate::{Action, Rejection};

fn deleted(to_epoch: u32) -> UserEvent {
    UserEvent::Deleted { epoch: epoch(to_epoch), at: noon() }
}

#[test]
fn deleting_while_provisioning_runs_stops_it_and_takes_back_the_links() {
    given(mail_issued()).when(delete()).then([
        deleted(2),
        stopped(Process::Mailing),
        revoked(1),
        unlinked("oncall", UnlinkReason::Deleted),
        unlinked("engineer", UnlinkReason::Deleted),
    ]);
}

#[test]
fn the_deleted_are_not_there() {
    let gone = given(confirmed()).then_decided(delete());
    assert_eq!(gone.user().account().unwrap().lifecycle.status(), Status::Deleted);
    for command in [
        deactivate(),
        reactivate(),
        delete(),
        resend(),
        retry(),
        cancel(),
        change_email("b@example.com"),
        add_roles(["vault"]),
        expires_after(None),
    ] {
        gone.clone().when(command).then_rejected(Rejection::UserUnknown);
    }
    gone.clone().when(confirm("token-1")).then_rejected(Rejection::ConfirmationUnknown);
    gone.when(retired("engineer")).then_nothing();
}

#[test]
fn whoever_is_restored_comes_back_shut_off() {
    let restored = given(confirmed()).then_decided(delete()).then_decided(restore());
    assert_eq!(restored.user().account().unwrap().lifecycle.status(), Status::Inactive);
    restored.when(restore()).then_rejected(Rejection::UserNotDeleted);
}

#[test]
fn whoever_was_confirmed_gets_their_roles_again_and_no_second_mail() {
    let again = given(confirmed()).then_decided(delete()).then_decided(restore()).then_decided(reactivate());
    assert_eq!(pending_steps(&again.user()), [step("link_role:engineer"), step("link_role:oncall")]);
    let one = again.then_decided(linked("engineer", 4));
    one.clone().when(linked("oncall", 4)).then([
        succeeded("link_role:oncall"),
        role_linked("oncall"),
        UserEvent::Provisioned {},
        UserEvent::Activated {},
    ]);
    let active = one.then_decided(linked("oncall", 4)).user();
    assert_eq!(active.account().unwrap().lifecycle.status(), Status::Active);
    assert!(pending_steps(&active).is_empty());
}

#[test]
fn a_user_without_roles_who_was_confirmed_is_active_at_once() {
    let restored = given([])
        .then_decided(create([]))
        .then_decided(issue(1, 1))
        .then_decided(confirm("token-1"))
        .then_decided(delete())
        .then_decided(restore());
    restored.when(reactivate()).then([
        reactivated(4),
        started(2, 4, []),
        UserEvent::Provisioned {},
        UserEvent::Activated {},
    ]);
}

#[test]
fn users_can_be_restored_for_thirty_days() {
    let gone = given(accepted()).then_decided(delete());
    gone.clone().when(restore().after(TimeDelta::days(30))).then([UserEvent::Restored { epoch: epoch(3) }]);
    let late = restore().after(TimeDelta::days(30) + TimeDelta::milliseconds(1));
    gone.when(late).then_rejected(Rejection::UserGone);
}

#[test]
fn nobody_is_restored_who_was_not_deleted() {
    given(accepted()).when(restore()).then_rejected(Rejection::UserNotDeleted);
    given([]).when(restore()).then_rejected(Rejection::UserUnknown);
}

#[test]
fn a_scheduled_expiry_shuts_off_like_a_deactivation() {
    let scheduled = given(mail_issued()).then_decided(expires_after(Some(TimeDelta::hours(1))));
    scheduled.clone().when(expire_user().after(TimeDelta::minutes(59))).then_nothing();
    scheduled.when(expire_user().after(TimeDelta::hours(1))).then([
        UserEvent::Deactivated { reason: DeactivationReason::Expired, epoch: epoch(2) },
        stopped(Process::Mailing),
        revoked(1),
    ]);
}

#[test]
fn an_expiry_that_fires_late_or_twice_or_on_somebody_shut_off_changes_nothing() {
    let late = expire_user().after(TimeDelta::days(9));
    given(accepted()).when(late.clone()).then_nothing();
    let scheduled = given(accepted()).then_decided(expires_after(Some(TimeDelta::hours(1))));
    scheduled.clone().then_decided(deactivate()).when(late.clone()).then_nothing();
    scheduled.clone().then_decided(delete()).when(late.clone()).then_nothing();
    scheduled.clone().then_decided(expires_after(None)).when(late.clone()).then_nothing();
    scheduled.then_decided(late.clone()).when(late).then_nothing();
}

#[test]
fn an_expiry_lies_in_the_future() {
    given(accepted()).when(expires_after(Some(TimeDelta::zero()))).then_rejected(Rejection::ExpiryInThePast);
    given(accepted()).when(expires_after(None)).then_nothing();
}

#[test]
fn whoever_has_expired_needs_a_later_day_first() {
    let shut_off =
        given(confirmed()).then_decided(expires_after(Some(TimeDelta::hours(1)))).then_decided(deactivate());
    let later = TimeDelta::hours(2);
    shut_off.clone().when(reactivate().after(later)).then_rejected(Rejection::UserExpired);
    shut_off.then_decided(expires_after(None)).when(reactivate().after(later)).then([reactivated(3)]);
}

#[test]
fn whoever_was_shut_off_by_their_expiry_needs_a_later_day_as_well() {
    let over = TimeDelta::hours(1);
    let expired =
        given(confirmed()).then_decided(expires_after(Some(over))).then_decided(expire_user().after(over));
    expired.clone().when(reactivate().after(over)).then_rejected(Rejection::UserExpired);
    let later = expires_after(Some(TimeDelta::days(9)));
    expired.then_decided(later).when(reactivate().after(over)).then([reactivated(3)]);
}

#[test]
fn nobody_becomes_active_after_their_last_day_also_when_the_watchdog_is_late() {
    let over = TimeDelta::hours(1);
    given(provisioned())
        .then_decided(expires_after(Some(over)))
        .when(confirm("token-1").after(over))
        .then_rejected(Rejection::ConfirmationExpired);
}

#[test]
fn nobody_changes_their_own_roles_or_their_own_administrative_state() {
    for command in [
        deactivate(),
        reactivate(),
        delete(),
        restore(),
        cancel(),
        expires_after(None),
        add_roles(["vault"]),
        remove_roles(["engineer"]),
    ] {
        given(confirmed()).when(command.by_themselves()).then_rejected(Rejection::SelfChange);
    }
    let new = given(confirmed()).when(change_email("b@example.com").by_themselves());
    new.then_accepted();
}

#[test]
fn helpdesk_retries_but_does_not_cancel() {
    given(failed_at_link()).when(retry().by_helpdesk()).then_accepted();
    let forbidden = Rejection::Forbidden(Action::CancelProvisioning);
    given(failed_at_link()).when(cancel().by_helpdesk()).then_rejected(forbidden);
}
