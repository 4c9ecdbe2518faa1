//! What can happen to a user, as they are.

use super::{
    super::super::*,
    triggers::{Known, OWNERS, Old, ROLES, Report, Role, Trigger, When, role_name},
};

/// Everything that can happen to this user. What can be told apart by nothing that follows is left out.
pub(super) fn triggers(user: &User) -> Vec<Trigger> {
    let Some(account) = user.account() else { return Vec::new() };
    let mut all = Vec::with_capacity(64);
    of_admins(account, &mut all);
    of_the_watchdog(account, &mut all);
    of_links(account, &mut all);
    of_mails(account, &mut all);
    of_notices(account, &mut all);
    all
}

fn of_admins(account: &Account, all: &mut Vec<Trigger>) {
    use Trigger::*;
    let (early, late) = (When::Early, When::Late);
    all.extend([Deactivate, Reactivate(early), Reactivate(late), Delete, Restore(early), Restore(late)]);
    all.extend([Resend(early), Resend(late), Retry, Cancel, ScheduleExpiry, UnscheduleExpiry]);
    all.extend([ChangeProfile(0), ChangeProfile(1), ChangeEmail(0), ChangeEmail(1), ChangeEmail(2)]);
    all.push(AddRole(OWNERS));
    all.extend(roles_of(account).map(RemoveRole));
}

fn of_the_watchdog(account: &Account, all: &mut Vec<Trigger>) {
    use Trigger::*;
    for when in [When::Early, When::Late] {
        all.extend([ExpireUser(when), TimeOut(when)]);
        all.extend(account.confirmations.last().map(|last| ExpireConfirmation(last.number, when)));
    }
    all.extend(roles_of(account).map(DropRetired));
}

fn of_links(account: &Account, all: &mut Vec<Trigger>) {
    for role in 0..ROLES.len() {
        let tries = account.tries.get(&Known::Link(role).step());
        let again = if tries.is_some() { Report::FailedOften } else { Report::FailedOnce };
        let reports = [Report::Succeeded, Report::RoleRetired, again, Report::FailedForGood];
        all.extend(reports.map(|report| Trigger::Link(role, report)));
        all.extend([Old::Succeeded, Old::Failed].map(|old| Trigger::Old(Known::Link(role), old)));
    }
}

fn of_mails(account: &Account, all: &mut Vec<Trigger>) {
    use Trigger::{Bounce, ClaimMail, Complaint, Confirm, Forged, ForgedOften, Mail};
    let mut states = Vec::new();
    for confirmation in account.confirmations.iter().rev() {
        let (number, kind) = (confirmation.number, (confirmation.state, confirmation.token.is_some()));
        // Two that are dead in the same way are the same to everybody.
        if states.contains(&kind) {
            continue;
        }
        states.push(kind);
        let known = Known::Mail(number);
        all.extend([ClaimMail(number), Trigger::Old(known, Old::Claim), Forged(number)]);
        if confirmation.token.is_none() {
            continue;
        }
        let tries = account.tries.get(&known.step());
        let again = if tries.is_some() { Report::FailedOften } else { Report::FailedOnce };
        all.extend([Report::Succeeded, again, Report::FailedForGood].map(|report| Mail(number, report)));
        all.extend([Old::Succeeded, Old::Failed].map(|old| Trigger::Old(known, old)));
        all.extend([Confirm(number, When::Early), Confirm(number, When::Late), Bounce(number)]);
        all.push(Complaint(number));
        if confirmation.bad_tries > 0 {
            all.retain(|trigger| *trigger != Forged(number));
            all.push(ForgedOften(number));
        }
    }
}

fn of_notices(account: &Account, all: &mut Vec<Trigger>) {
    use Trigger::{ClaimNotice, Notice};
    for notice in &account.notices {
        let version = notice.email_version;
        for version in [version, version - 1] {
            all.extend([ClaimNotice(version), Trigger::Old(Known::Notice(version), Old::Claim)]);
        }
        if notice.state == NoticeState::Requested {
            continue;
        }
        let tries = account.tries.get(&Known::Notice(version).step());
        let again = if tries.is_some() { Report::FailedOften } else { Report::FailedOnce };
        all.extend([Report::Succeeded, again, Report::FailedForGood].map(|report| Notice(version, report)));
        all.push(Notice(version - 1, Report::Succeeded));
        all.extend([Old::Succeeded, Old::Failed].map(|old| Trigger::Old(Known::Notice(version), old)));
    }
}

fn roles_of(account: &Account) -> impl Iterator<Item = Role> {
    (0..ROLES.len()).filter(|role| account.links.contains_key(role_name(*role)))
}
