mod agreement;

use domain::{
    TokenHash,
    user::{DeactivationReason, OutcomeKind, Process, Step, UserEvent},
};

use super::{ProvisioningItem, ProvisioningStatus, ProvisioningView, STUCK_AFTER};
use crate::{
    Applied, ReadModel as _, Row,
    testing::{commit, created, link, linked, mail_requested, noon_plus, second_epoch, started, succeeded},
};

/// Commits of a user that becomes provisioned, one after the other.
fn story() -> Vec<Vec<UserEvent>> {
    vec![
        vec![created(), started()],
        vec![succeeded(link("engineer")), linked("engineer")],
        vec![succeeded(link("oncall")), linked("oncall"), mail_requested(1)],
        vec![issued(1)],
        vec![succeeded(Step::SendConfirmation(1)), UserEvent::Provisioned {}],
    ]
}

fn issued(confirmation: u32) -> UserEvent {
    UserEvent::ConfirmationIssued {
        confirmation,
        email_version: 1,
        token_hash: TokenHash::of("token"),
        issued_at: noon_plus(4),
        expires_at: noon_plus(1_000),
    }
}

fn deactivated() -> Vec<UserEvent> {
    vec![
        UserEvent::Deactivated { reason: DeactivationReason::Requested, epoch: second_epoch() },
        UserEvent::ProvisioningStopped { at: Process::Linking },
    ]
}

fn folded(commits: impl IntoIterator<Item = Vec<UserEvent>>) -> Row<ProvisioningView> {
    let mut row = Row::default();
    for (number, events) in (1..).zip(commits) {
        assert_eq!(row.apply::<ProvisioningStatus>(&commit(number, events)), Applied::Applied);
    }
    row
}

/// Each step as `step state attempts`.
fn seen(row: &Row<ProvisioningView>) -> Vec<String> {
    let item = serde_json::to_value(ProvisioningItem::of("u-1", row.clone())).unwrap();
    let steps = item["steps"].as_array().unwrap().iter();
    let text = |step: &serde_json::Value, key: &str| step[key].as_str().unwrap().to_owned();
    steps.map(|s| format!("{} {} {}", text(s, "step"), text(s, "state"), s["attempts"])).collect()
}

#[test]
fn every_step_is_shown_from_the_first_commit_on() {
    let row = folded(story().into_iter().take(1));
    assert_eq!(
        seen(&row),
        ["link_role:engineer pending 0", "link_role:oncall pending 0", "send_confirmation waiting 0"]
    );
}

#[test]
fn the_steps_of_a_provisioned_user_have_succeeded() {
    let row = folded(story());
    let all =
        ["link_role:engineer succeeded 1", "link_role:oncall succeeded 1", "send_confirmation succeeded 1"];
    assert_eq!(seen(&row), all);
    assert_eq!(row.view.steps[2].updated_at, noon_plus(5));
}

#[test]
fn a_failed_try_shows_its_error_until_the_step_succeeds() {
    let failed = |last| UserEvent::StepFailed { step: link("engineer"), error: "unavailable".into(), last };
    let row = folded([story().remove(0), vec![failed(false)]]);
    assert_eq!(seen(&row)[0], "link_role:engineer retrying 1");
    assert_eq!(row.view.steps[0].error.as_deref(), Some("unavailable"));
    let row = folded([story().remove(0), vec![failed(false)], vec![succeeded(link("engineer"))]]);
    assert_eq!((seen(&row)[0].as_str(), &row.view.steps[0].error), ("link_role:engineer succeeded 2", &None));
    let row = folded([story().remove(0), vec![failed(true)]]);
    assert_eq!(seen(&row)[0], "link_role:engineer failed 1");
}

#[test]
fn a_deactivation_stops_what_was_not_done() {
    let row = folded(story().into_iter().take(2).chain([deactivated()]));
    assert_eq!(
        seen(&row),
        ["link_role:engineer succeeded 1", "link_role:oncall stopped 0", "send_confirmation stopped 0"]
    );
    assert_eq!(ProvisioningItem::of("u-1", row).status.as_str(), "inactive");
}

#[test]
fn an_ignored_result_changes_no_step() {
    let stopped: Vec<_> = story().into_iter().take(2).chain([deactivated()]).collect();
    let late = UserEvent::StepResultIgnored {
        step: link("oncall"),
        epoch: domain::Epoch::FIRST,
        outcome: OutcomeKind::Succeeded,
    };
    assert_eq!(seen(&folded(stopped.clone())), seen(&folded(stopped.into_iter().chain([vec![late]]))));
}

#[test]
fn a_reactivation_keeps_what_was_done() {
    let again = vec![
        UserEvent::Reactivated { epoch: second_epoch().next() },
        UserEvent::ProvisioningStarted {
            attempt: 2,
            epoch: second_epoch().next(),
            steps: vec![link("oncall")],
            at: None,
        },
    ];
    let row = folded(story().into_iter().take(2).chain([deactivated(), again]));
    assert_eq!(
        seen(&row),
        ["link_role:engineer succeeded 1", "link_role:oncall pending 0", "send_confirmation waiting 0"]
    );
    assert_eq!(row.view.attempt, 2);
}

#[test]
fn the_watchdog_looks_at_silent_steps_and_unused_confirmations() {
    let due = |commits: usize| ProvisioningStatus::due(&folded(story().into_iter().take(commits)).view);
    assert_eq!(due(1), Some(noon_plus(1) + STUCK_AFTER));
    assert_eq!(due(4), Some(noon_plus(4) + STUCK_AFTER));
    assert_eq!(due(5), Some(noon_plus(1_000)));
}

#[test]
fn the_watchdog_leaves_finished_and_disabled_users_alone() {
    let confirmed = vec![UserEvent::EmailConfirmed { confirmation: 1, email_version: 1 }];
    assert_eq!(ProvisioningStatus::due(&folded(story().into_iter().chain([confirmed])).view), None);
    assert_eq!(
        ProvisioningStatus::due(&folded(story().into_iter().take(2).chain([deactivated()])).view),
        None
    );
}

#[test]
fn a_resend_is_watched_until_it_is_sent() {
    let resend = vec![UserEvent::ConfirmationRevoked { confirmation: 1 }, mail_requested(2)];
    let row = folded(story().into_iter().chain([resend]));
    assert_eq!(seen(&row)[2], "send_confirmation pending 0");
    assert_eq!(ProvisioningStatus::due(&row.view), Some(noon_plus(6) + STUCK_AFTER));
}
