use domain::webhook::{DisableReason, EventTypes, KeyName, Loopback, Slot, WebhookEvent, WebhookUrl};

use super::{ENABLED, THERE, WebhookDirectory, WebhookItem, WebhookView};
use crate::{Facts, ReadModel as _, Row, testing::noon_plus};

fn row(events: Vec<WebhookEvent>) -> Row<WebhookView> {
    let mut row = Row::default();
    for (commit, event) in (1..).zip(events) {
        let facts = Facts { id: "w-1".into(), commit, committed_at: noon_plus(commit), events: vec![event] };
        row.apply::<WebhookDirectory>(&facts);
    }
    row
}

fn created() -> WebhookEvent {
    let url = WebhookUrl::parse("https://example.com/hook", Loopback::Refused).unwrap();
    let slot = Slot::all().next().unwrap();
    WebhookEvent::Created { url, types: EventTypes::of(["user.created"]), slot, key: KeyName::of(&[1; 32]) }
}

fn disabled() -> WebhookEvent {
    WebhookEvent::Disabled { reason: DisableReason::Gone }
}

#[test]
fn a_webhook_is_listed_as_it_is() {
    let item = WebhookItem::of("w-1", row(vec![created(), disabled()])).unwrap();
    assert_eq!((item.version, item.created_at, item.updated_at), (2, noon_plus(1), noon_plus(2)));
    assert_eq!((item.state.enabled, item.state.disabled_reason), (false, Some(DisableReason::Gone)));
    assert_eq!(item.state.types, ["user.created"]);
}

#[test]
fn whoever_looks_for_enabled_ones_finds_no_others() {
    let terms = |events| WebhookDirectory::terms(&row(events).view);
    assert_eq!(terms(vec![created()]), [THERE, ENABLED]);
    assert_eq!(terms(vec![created(), disabled()]), [THERE]);
    assert_eq!(
        terms(vec![created(), disabled(), WebhookEvent::Enabled { at: noon_plus(3) }]),
        [THERE, ENABLED]
    );
}

#[test]
fn a_deleted_webhook_is_not_there() {
    let row = row(vec![created(), WebhookEvent::Deleted {}]);
    assert!(WebhookDirectory::terms(&row.view).is_empty());
    assert_eq!(WebhookItem::of("w-1", row), None);
}
