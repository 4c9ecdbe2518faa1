use super::{super::*, grammar::*};

fn seen(history: History) -> (Process, Status) {
    let lifecycle = history.user().account().unwrap().lifecycle;
    (lifecycle.process, lifecycle.status())
}

#[test]
fn the_process_is_seen_step_by_step() {
    assert_eq!(seen(accepted()), (Process::Accepted, Status::Provisioning));
    let one_linked = accepted().then_decided(linked("engineer", 1));
    assert_eq!(seen(one_linked), (Process::Linking, Status::Provisioning));
    assert_eq!(seen(mail_requested()), (Process::Mailing, Status::Provisioning));
    assert_eq!(seen(mail_issued()), (Process::Mailing, Status::Provisioning));
    assert_eq!(seen(provisioned()), (Process::Provisioned, Status::PendingConfirmation));
    assert_eq!(seen(confirmed()), (Process::Confirmed, Status::Active));
}

#[test]
fn a_user_without_roles_is_mailed_at_once() {
    assert_eq!(seen(given([]).then_decided(create([]))), (Process::Mailing, Status::Provisioning));
}

#[test]
fn deactivation_is_seen_at_once_and_remembers_how_far_it_got() {
    assert_eq!(seen(accepted().then_decided(deactivate())), (Process::Stopped, Status::Inactive));
    assert_eq!(seen(confirmed().then_decided(deactivate())), (Process::Confirmed, Status::Inactive));
    assert_eq!(seen(failed_at_link().then_decided(deactivate())), (Process::Failed, Status::Inactive));
}

#[test]
fn steps_are_written_as_text() {
    for text in ["link_role:engineer", "send_confirmation:12", "notify_email_change:2"] {
        assert_eq!(step(text).to_string(), text);
    }
    for text in ["", "link_role", "link_role:", "send_confirmation:x", "other:1"] {
        assert!(text.parse::<Step>().is_err(), "{text}");
    }
}

#[test]
fn a_status_is_read_as_it_is_written() {
    for status in Status::ALL {
        assert_eq!(status.as_str().parse(), Ok(status));
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
    }
    assert!("ACTIVE".parse::<Status>().is_err());
}
