use domain::user::{DeactivationReason, UserEvent};

use super::{UserDirectory, UserItem};
use crate::{
    Applied, ReadModel as _, Row,
    testing::{commit, created, linked, noon_plus, second_epoch, started},
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
