use std::collections::BTreeMap;

use super::{creation::MAX_ROLES, process::after_links, profile::drop_change};
use crate::{
    Actor, Decision, Rejection, RoleName,
    policy::may_give,
    role::{PlannedRole, Powers},
    user::{Account, AdminState, ChangeRoles, Link, Process, Step, UnlinkReason, UserEvent},
};

/// Who still waits for links waits for these, too; who has all of their links gets these at once.
pub(super) fn change(account: &Account, change: &ChangeRoles, by: &Actor) -> Decision<UserEvent> {
    let added: BTreeMap<&RoleName, &Powers> =
        change.add.iter().filter(|(role, _)| !account.links.contains_key(*role)).collect();
    let removed: Vec<(&RoleName, &Link)> =
        change.remove.iter().filter_map(|role| account.links.get_key_value(role)).collect();
    let powers = added.iter().map(|(role, powers)| (*role, *powers));
    let powers = powers.chain(removed.iter().map(|(role, link)| (*role, &link.powers)));
    for (role, powers) in powers {
        if !may_give(by, powers) {
            return Err(Rejection::RoleNotYours(role.clone()));
        }
    }
    if added.is_empty() && removed.is_empty() {
        return Ok(vec![]);
    }
    if account.links.len() + added.len() - removed.len() > MAX_ROLES {
        return Err(Rejection::TooManyRoles);
    }
    let unlinked = removed.iter().filter(|(_, link)| link.is_linked());
    let mut events: Vec<UserEvent> = unlinked
        .map(|(role, _)| UserEvent::RoleUnlinked { role: (*role).clone(), reason: UnlinkReason::Removed })
        .collect();
    events.push(UserEvent::RolesChanged {
        added: added.iter().map(|(role, powers)| PlannedRole::of((role, powers))).collect(),
        removed: removed.iter().map(|(role, _)| (*role).clone()).collect(),
    });
    events.extend(links(account, added.keys().copied()));
    // Whoever asked for another address may not have been able to give these powers.
    if added.values().any(|powers| **powers != Powers::default()) && account.pending_email.is_some() {
        events.extend(drop_change(account));
    }
    if added.is_empty() {
        let removed: Vec<&RoleName> = removed.iter().map(|(role, _)| *role).collect();
        events.extend(go_on_without(account, &removed));
    }
    Ok(events)
}

/// How new roles come to be linked: in their turn, at once, or with the next attempt.
fn links<'a>(account: &Account, roles: impl Iterator<Item = &'a RoleName>) -> Vec<UserEvent> {
    let each = |role: &RoleName| match account.lifecycle.process {
        Process::Accepted | Process::Linking => {
            let step = Step::LinkRole(role.clone());
            Some(UserEvent::StepRequested { step, epoch: account.epoch })
        }
        Process::Mailing | Process::Provisioned | Process::Confirmed | Process::Expired => {
            Some(UserEvent::RoleLinked { role: role.clone() })
        }
        Process::Failed | Process::Stopped => None,
    };
    roles.filter_map(each).collect()
}

/// When a process waited for nothing but links that are no longer wanted, it goes on.
fn go_on_without(account: &Account, dropped: &[&RoleName]) -> Vec<UserEvent> {
    let mut others = account.links.iter().filter(|(role, _)| !dropped.contains(role));
    let waits = is_linking(account) && others.all(|(_, link)| link.is_linked());
    if waits { after_links(account) } else { vec![] }
}

fn is_linking(account: &Account) -> bool {
    account.lifecycle.admin_state == AdminState::Enabled
        && matches!(account.lifecycle.process, Process::Accepted | Process::Linking)
}

/// Nobody has a retired role.
pub(super) fn drop_retired(account: &Account, role: &RoleName) -> Decision<UserEvent> {
    // The deleted hold no links; who is restored is told by the step that links them again.
    let link = account.links.get(role).filter(|_| !account.is_deleted());
    Ok(match link {
        None => vec![],
        Some(link) if link.is_linked() => {
            let unlinked = UserEvent::RoleUnlinked { role: role.clone(), reason: UnlinkReason::Retired };
            [unlinked].into_iter().chain(without_any(account, role)).collect()
        }
        Some(_) => skip(account, role),
    })
}

/// A link that will not be made.
pub(super) fn skip(account: &Account, role: &RoleName) -> Vec<UserEvent> {
    let skipped = UserEvent::LinkSkipped { role: role.clone() };
    let failed = without_any(account, role);
    let then = if failed.is_some() { vec![] } else { go_on_without(account, &[role]) };
    [skipped].into_iter().chain(failed).chain(then).collect()
}

/// A user who is being provisioned and is left without any role has failed, because nobody meant that.
fn without_any(account: &Account, retired: &RoleName) -> Option<UserEvent> {
    let is_running =
        account.lifecycle.admin_state == AdminState::Enabled && account.lifecycle.process.is_running();
    let was_the_only_one = account.links.len() == 1;
    let step = Step::LinkRole(retired.clone());
    (is_running && was_the_only_one).then(|| UserEvent::ProvisioningFailed { step, error: "no-roles".into() })
}
