use domain::user::{DeactivationReason, UserEvent};

use super::{Summary, TenantSummary};
use crate::{
    Applied, ReadModel as _, Row,
    testing::{commit, created, second_epoch, started},
};

#[test]
fn a_user_is_counted_under_their_status() {
    let mut row = Row::default();
    row.apply::<TenantSummary>(&commit(1, vec![created(), started()]));
    assert_eq!(TenantSummary::tally(&row.view).as_deref(), Some("provisioning"));
    let deactivated = UserEvent::Deactivated { reason: DeactivationReason::Requested, epoch: second_epoch() };
    let applied = row.apply::<TenantSummary>(&commit(2, vec![deactivated]));
    assert_eq!((applied, TenantSummary::tally(&row.view).as_deref()), (Applied::Applied, Some("inactive")));
}

#[test]
fn the_deleted_are_counted_apart_and_every_status_is_told() {
    let summary = Summary::of(&[("active".to_owned(), 2), ("deleted".to_owned(), 3)].into());
    assert_eq!((summary.total, summary.deleted), (2, 3));
    let told: Vec<(&str, u64)> = summary.by_status.into_iter().collect();
    let zero = ["expired", "inactive", "pending_confirmation", "provisioning", "provisioning_failed"];
    assert_eq!(told[0], ("active", 2));
    assert_eq!(told[1..].iter().map(|(status, _)| *status).collect::<Vec<_>>(), zero);
    assert!(told[1..].iter().all(|(_, count)| *count == 0));
}
