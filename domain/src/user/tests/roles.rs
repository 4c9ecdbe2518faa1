//! Roles that come and go: by an administrator, by retirement, by a cancellation.

use super::{super::*, grammar::*};
use crate::Rejection;

fn changed<const A: usize, const R: usize>(added: [&str; A], removed: [&str; R]) -> UserEvent {
    UserEvent::RolesChanged {
        added: added.into_iter().map(planned).collect(),
        removed: removed.into_iter().map(role).collect(),
    }
}

fn skipped(name: &str) -> UserEvent {
    UserEvent::LinkSkipped { role: role(name) }
}

fn no_roles(of: &str) -> UserEvent {
    UserEvent::ProvisioningFailed { step: step(of), error: "no-roles".into() }
}

#[test]
fn a_role_that_is_added_while_others_are_linked_is_linked_before_the_mail() {
    given(accepted())
        .when(add_roles(["pager"]))
        .then([changed(["pager"], []), requested("link_role:pager", 1)]);
    let two = accepted()
        .then_decided(add_roles(["pager"]))
        .then_decided(linked("engineer", 1))
        .then_decided(linked("oncall", 1));
    assert_eq!(pending_steps(&two.user()), [step("link_role:pager")]);
}

#[test]
fn a_role_that_is_added_later_is_linked_directly() {
    for history in [mail_issued(), provisioned(), confirmed(), confirmed().then_decided(deactivate())] {
        given(history).when(add_roles(["pager"])).then([changed(["pager"], []), role_linked("pager")]);
    }
}

#[test]
fn a_role_that_is_added_to_a_stopped_or_failed_user_waits_for_the_next_attempt() {
    given(failed_at_link()).when(add_roles(["pager"])).then([changed(["pager"], [])]);
    let stopped = accepted().then_decided(deactivate()).then_decided(add_roles(["pager"]));
    given(stopped)
        .when(reactivate())
        .then([reactivated(3), started(2, 3, ["link_role:engineer", "link_role:oncall", "link_role:pager"])]);
}

#[test]
fn a_role_that_is_removed_is_unlinked_at_once() {
    given(confirmed())
        .when(remove_roles(["oncall"]))
        .then([unlinked("oncall", UnlinkReason::Removed), changed([], ["oncall"])]);
    given(confirmed()).when(remove_roles(["pager"])).then_nothing();
    given(confirmed()).when(add_roles(["engineer"])).then_nothing();
}

#[test]
fn the_mail_goes_out_when_the_last_role_that_was_waited_for_is_removed() {
    given(accepted().then_decided(linked("engineer", 1)))
        .when(remove_roles(["oncall"]))
        .then([changed([], ["oncall"]), requested("send_confirmation:1", 1)]);
    let removed = accepted().then_decided(linked("engineer", 1)).then_decided(remove_roles(["oncall"]));
    given(removed).when(linked("oncall", 1)).then([ignored("link_role:oncall", 1, OutcomeKind::Succeeded)]);
}

#[test]
fn there_are_fifty_roles_at_most() {
    let fifty: Vec<String> = (0..MAX_ROLES).map(|n| format!("role-{n}")).collect();
    let add = fifty.iter().map(|name| (role(name), powers(name))).collect();
    let command = UserCommand::ChangeRoles(ChangeRoles { add, ..ChangeRoles::default() });
    given(accepted()).when(by_owner(command)).then_rejected(Rejection::TooManyRoles);
}

#[test]
fn nobody_gives_or_takes_what_they_could_not_give() {
    for beyond in ["admins", "vault"] {
        let refused = || Rejection::RoleNotYours(role(beyond));
        given([]).when(create([beyond]).by_user_admin()).then_rejected(refused());
        given(confirmed()).when(add_roles([beyond]).by_user_admin()).then_rejected(refused());
        let has = confirmed().then_decided(add_roles([beyond]));
        given(has).when(remove_roles([beyond]).by_user_admin()).then_rejected(refused());
    }
    given(confirmed()).when(add_roles(["helpers"]).by_user_admin()).then_accepted();
}

#[test]
fn a_role_that_was_retired_before_it_could_be_linked_is_left_out() {
    let retired = |name: &str| result(&format!("link_role:{name}"), 1, StepOutcome::RoleRetired);
    given(accepted()).when(retired("engineer")).then([skipped("engineer")]);
    given(accepted().then_decided(linked("engineer", 1)))
        .when(retired("oncall"))
        .then([skipped("oncall"), requested("send_confirmation:1", 1)]);
}

#[test]
fn whoever_is_left_without_any_role_has_failed() {
    let one = given([]).then_decided(create(["engineer"]));
    one.clone().when(retired("engineer")).then([skipped("engineer"), no_roles("link_role:engineer")]);
    // An administrator who tries again means it.
    one.then_decided(retired("engineer")).when(retry()).then([started(2, 2, ["send_confirmation:1"])]);
}

#[test]
fn whoever_loses_their_only_role_while_the_mail_is_on_its_way_has_failed_too() {
    let one = given([]).then_decided(create(["engineer"])).then_decided(linked("engineer", 1));
    one.when(retired("engineer"))
        .then([unlinked("engineer", UnlinkReason::Retired), no_roles("link_role:engineer")]);
}

#[test]
fn a_retired_role_is_taken_from_whoever_has_it() {
    for history in [provisioned(), confirmed(), confirmed().then_decided(deactivate())] {
        given(history).when(retired("oncall")).then([unlinked("oncall", UnlinkReason::Retired)]);
    }
    given(confirmed().then_decided(retired("oncall"))).when(retired("oncall")).then_nothing();
    given(accepted().then_decided(deactivate())).when(retired("oncall")).then([skipped("oncall")]);
}

#[test]
fn an_owner_is_one_while_active_and_linked() {
    let admin = given([]).then_decided(create(["admins"])).then_decided(linked("admins", 1));
    assert!(!admin.user().is_effective_owner(), "not confirmed yet");
    let admin = admin.then_decided(issue(1, 1)).then_decided(confirm("token-1"));
    assert!(admin.user().is_effective_owner());
    for end in [deactivate(), delete(), remove_roles(["admins"]), retired("admins")] {
        assert!(!admin.clone().then_decided(end).user().is_effective_owner());
    }
    assert!(!confirmed().user().is_effective_owner());
}

#[test]
fn only_who_could_give_the_roles_of_somebody_lets_them_in_again() {
    let owner = given([])
        .then_decided(create(["admins"]))
        .then_decided(linked("admins", 1))
        .then_decided(issue(1, 1))
        .then_decided(confirm("token-1"));
    let beyond = || Rejection::RoleNotYours(role("admins"));
    let off = owner.clone().then_decided(deactivate().by_user_admin());
    off.clone().when(reactivate().by_user_admin()).then_rejected(beyond());
    off.clone().when(expires_after(None).by_user_admin()).then_rejected(beyond());
    off.when(reactivate()).then_accepted();
    owner.then_decided(delete().by_user_admin()).when(restore().by_user_admin()).then_rejected(beyond());
}
