//! The rulings as sentences, and an exhaustive walk: every command in every situation that events can
//! lead to.

mod administration;
mod email;
mod fixtures;
mod grammar;
mod lifecycle;
mod links_and_mail;
mod process;
mod roles;
mod walk;

use grammar::*;

use super::*;
use crate::{Action, Rejection};

#[test]
fn creating_a_user_starts_provisioning_with_one_link_per_role() {
    given([])
        .when(create(["engineer", "oncall"]))
        .then([created(["engineer", "oncall"]), started(1, 1, ["link_role:engineer", "link_role:oncall"])]);
}

#[test]
fn creating_a_user_without_roles_starts_with_the_mail() {
    given([]).when(create([])).then([created([]), started(1, 1, ["send_confirmation:1"])]);
}

#[test]
fn a_user_is_created_once() {
    given(accepted()).when(create(["engineer"])).then_rejected(Rejection::UserExists);
}

#[test]
fn helpdesk_does_not_create_users() {
    given([]).when(create([]).by_helpdesk()).then_rejected(Rejection::Forbidden(Action::CreateUser));
}

#[test]
fn deactivating_while_roles_are_linked_stops_it_there() {
    given(accepted())
        .when(deactivate())
        .then([deactivated(2), UserEvent::ProvisioningStopped { at: Process::Accepted }]);
}

#[test]
fn deactivating_while_the_mail_is_on_its_way_revokes_the_link_in_it() {
    given(mail_issued()).when(deactivate()).then([
        deactivated(2),
        UserEvent::ProvisioningStopped { at: Process::Mailing },
        UserEvent::ConfirmationRevoked { confirmation: 1 },
    ]);
}

#[test]
fn deactivating_twice_changes_nothing() {
    given(accepted().and([deactivated(2)])).when(deactivate()).then_nothing();
}

#[test]
fn deactivating_an_active_user_keeps_the_confirmation() {
    given(confirmed()).when(deactivate()).then([deactivated(2)]);
}

#[test]
fn deactivating_nobody_is_refused() {
    given([]).when(deactivate()).then_rejected(Rejection::UserUnknown);
}

#[test]
fn a_result_that_arrives_after_the_deactivation_is_recorded_as_ignored() {
    given(accepted().then_decided(deactivate())).when(linked("engineer", 1)).then([
        UserEvent::StepResultIgnored {
            step: step("link_role:engineer"),
            epoch: epoch(1),
            outcome: OutcomeKind::Succeeded,
        },
    ]);
}

#[test]
fn an_ignored_result_leaves_the_role_unlinked() {
    let user = given(accepted().then_decided(deactivate()).then_decided(linked("engineer", 1))).user();
    assert!(!user.account().unwrap().links[&role("engineer")].is_linked());
    assert_eq!(user.account().unwrap().lifecycle.status(), Status::Inactive);
}

#[test]
fn the_worker_may_not_send_the_mail_of_a_deactivated_user() {
    given(mail_requested().then_decided(deactivate()))
        .when(issue(1, 1))
        .then_rejected(Rejection::StepNotPending);
}

#[test]
fn the_link_of_a_deactivated_user_is_dead() {
    given(provisioned().then_decided(deactivate()))
        .when(confirm("token-1"))
        .then_rejected(Rejection::ConfirmationRevoked);
}

#[test]
fn reactivating_runs_only_the_missing_steps() {
    let one_linked = accepted().then_decided(linked("engineer", 1)).then_decided(deactivate());
    given(one_linked).when(reactivate()).then([reactivated(3), started(2, 3, ["link_role:oncall"])]);
}

#[test]
fn reactivating_before_the_confirmation_sends_a_new_link() {
    given(provisioned().then_decided(deactivate()))
        .when(reactivate())
        .then([reactivated(3), started(2, 3, ["send_confirmation:2"])]);
}

#[test]
fn reactivating_a_confirmed_user_makes_them_active_at_once() {
    let user = given(confirmed().then_decided(deactivate()).then_decided(reactivate())).user();
    assert_eq!(user.account().unwrap().lifecycle.status(), Status::Active);
    assert!(pending_steps(&user).is_empty());
}

#[test]
fn reactivating_an_enabled_user_changes_nothing() {
    given(accepted()).when(reactivate()).then_nothing();
    given(failed_at_mail()).when(reactivate()).then_nothing();
}
