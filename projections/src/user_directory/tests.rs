use domain::{
    DisplayName, Email, UserName,
    user::{DeactivationReason, MailFlag, PersonalEmail, PersonalProfile, Status, UnlinkReason, UserEvent},
};

use super::{UserDirectory, UserFilter, UserItem};
use crate::{
    Applied, ReadModel as _, Row,
    testing::{commit, created, linked, noon_plus, planned, role, second_epoch, started},
};

fn folded(commits: impl IntoIterator<Item = Vec<UserEvent>>) -> Row<super::UserView> {
    let mut row = Row::default();
    for (number, events) in (1..).zip(commits) {
        assert_eq!(row.apply::<UserDirectory>(&commit(number, events)), Applied::Applied);
    }
    row
}

#[test]
fn a_created_user_is_listed_as_provisioning() {
    let item = UserItem::of("u-1", folded([vec![created(), started()]])).unwrap();
    assert_eq!((item.version, item.status.as_str()), (1, "provisioning"));
    assert_eq!(item.user_name.as_str(), "alice");
    assert_eq!(item.created_at, noon_plus(1));
}

#[test]
fn a_deactivated_user_is_found_as_inactive() {
    let deactivated = UserEvent::Deactivated { reason: DeactivationReason::Requested, epoch: second_epoch() };
    let row = folded([vec![created(), started()], vec![deactivated]]);
    assert_eq!(UserDirectory::terms(&row.view), ["role=engineer", "role=oncall", "status=inactive"]);
    assert_eq!(row.view.updated_at, noon_plus(2));
    assert_eq!(row.view.created_at, noon_plus(1));
}

#[test]
fn a_commit_delivered_twice_is_folded_once() {
    let mut row = folded([vec![created(), started()], vec![linked("engineer")]]);
    let before = row.clone();
    assert_eq!(row.apply::<UserDirectory>(&commit(2, vec![linked("engineer")])), Applied::Duplicate);
    assert_eq!(row, before);
}

#[test]
fn a_commit_that_comes_too_early_is_not_folded() {
    let mut row = folded([vec![created(), started()]]);
    let before = row.clone();
    assert_eq!(row.apply::<UserDirectory>(&commit(3, vec![linked("oncall")])), Applied::Gap);
    assert_eq!(row, before);
}

const NEW: &str = "alice@new.example";

fn new_email() -> PersonalEmail {
    PersonalEmail { email: Email::parse(NEW).unwrap() }
}

fn shown(events: Vec<UserEvent>) -> UserItem {
    UserItem::of("u-1", folded([vec![created(), started()], events])).unwrap()
}

#[test]
fn a_changed_profile_is_shown() {
    let personal = PersonalProfile {
        user_name: UserName::parse("alice.l").unwrap(),
        display_name: DisplayName::parse("Alice P.").unwrap(),
    };
    let item = shown(vec![UserEvent::ProfileChanged { personal }]);
    assert_eq!((item.user_name.as_str(), item.display_name.as_str()), ("alice.l", "Alice P."));
}

#[test]
fn an_address_that_nobody_had_confirmed_is_replaced_and_its_bounce_forgotten() {
    let bounced = UserEvent::EmailFlagged { confirmation: 1, email_version: 1, flag: MailFlag::Bounce };
    assert_eq!(shown(vec![bounced.clone()]).email_flag, Some(MailFlag::Bounce));
    let changed = UserEvent::EmailChanged { personal: new_email(), email_version: 2, at: noon_plus(2) };
    let item = shown(vec![bounced, changed]);
    assert_eq!((item.email.as_str(), item.email_flag), (NEW, None));
}

#[test]
fn a_bounce_of_another_address_says_nothing_about_this_one() {
    let bounced =
        |email_version| UserEvent::EmailFlagged { confirmation: 1, email_version, flag: MailFlag::Bounce };
    let changed = UserEvent::EmailChanged { personal: new_email(), email_version: 2, at: noon_plus(2) };
    assert_eq!(shown(vec![changed.clone(), bounced(1)]).email_flag, None);
    assert_eq!(shown(vec![changed, bounced(2)]).email_flag, Some(MailFlag::Bounce));
    let requested =
        UserEvent::EmailChangeRequested { personal: new_email(), email_version: 2, at: noon_plus(2) };
    let dropped = UserEvent::EmailChangeDropped { email_version: 2 };
    assert_eq!(shown(vec![requested, bounced(2), dropped]).email_flag, None);
}

#[test]
fn a_confirmed_address_stays_until_the_new_one_is_confirmed() {
    let requested =
        UserEvent::EmailChangeRequested { personal: new_email(), email_version: 2, at: noon_plus(2) };
    let waiting = shown(vec![requested.clone()]);
    assert_eq!(waiting.email.as_str(), "alice@example.com");
    assert_eq!(waiting.pending_email, Some(new_email().email));
    let confirmed = |email_version| UserEvent::EmailConfirmed { confirmation: 2, email_version };
    let swapped = shown(vec![requested.clone(), confirmed(2)]);
    assert_eq!((swapped.email.as_str(), swapped.pending_email), (NEW, None));
    let old = shown(vec![requested.clone(), confirmed(1)]);
    assert_eq!(old.pending_email, Some(new_email().email));
    let dropped = shown(vec![requested, UserEvent::EmailChangeDropped { email_version: 2 }]);
    assert_eq!((dropped.email.as_str(), dropped.pending_email), ("alice@example.com", None));
}

#[test]
fn users_are_found_by_the_roles_that_they_are_to_have() {
    let changed = UserEvent::RolesChanged { added: vec![planned("pager")], removed: vec![role("oncall")] };
    let roles = |events| shown(events).roles.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(roles(vec![changed]), ["engineer", "pager"]);
    let unlinked = |reason| UserEvent::RoleUnlinked { role: role("oncall"), reason };
    assert_eq!(roles(vec![unlinked(UnlinkReason::Retired)]), ["engineer"]);
    assert_eq!(roles(vec![UserEvent::LinkSkipped { role: role("oncall") }]), ["engineer"]);
    // These two get it again.
    assert_eq!(roles(vec![unlinked(UnlinkReason::Compensated)]), ["engineer", "oncall"]);
    assert_eq!(roles(vec![unlinked(UnlinkReason::Deleted)]), ["engineer", "oncall"]);
}

#[test]
fn the_deleted_are_shown_to_who_asks_for_them() {
    let deleted = UserEvent::Deleted { epoch: second_epoch(), at: noon_plus(2) };
    let deleted = folded([vec![created(), started()], vec![deleted]]).view;
    assert_eq!(deleted.lifecycle.status(), Status::Deleted);
    assert!(!UserFilter::default().judge()(&deleted));
    assert!(UserFilter { status: Some(Status::Deleted), ..UserFilter::default() }.judge()(&deleted));
}

#[test]
fn the_last_day_of_a_user_is_shown() {
    let scheduled = UserEvent::ExpiryScheduled { expires_at: Some(noon_plus(60)) };
    assert_eq!(shown(vec![scheduled.clone()]).expires_at, Some(noon_plus(60)));
    let never = UserEvent::ExpiryScheduled { expires_at: None };
    assert_eq!(shown(vec![scheduled, never]).expires_at, None);
}
