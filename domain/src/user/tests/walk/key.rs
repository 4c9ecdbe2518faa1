//! When two users are the same to everything that may follow.

use std::hash::{BuildHasherDefault, Hash as _, Hasher};

use super::super::super::*;

/// Hashes in few steps: the walk hashes all the time, and in a debug build each step counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mixer(u64);

pub(super) type Mixing = BuildHasherDefault<Mixer>;

impl Mixer {
    fn mix(&mut self, word: u64) {
        // The multiplier of splitmix64, twice as wide, so that high bits come down, too.
        let product =
            u128::from(self.0.rotate_left(29) ^ word ^ 0x9e37_79b9_7f4a_7c15) * 0xbf58_476d_1ce4_e5b9;
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        words.iter().for_each(|word| self.mix(u64::from_le_bytes(*word)));
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.mix(u64::from_le_bytes(last));
    }

    fn write_u8(&mut self, number: u8) {
        self.mix(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.mix(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.mix(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.mix(number as u64);
    }
}

/// Equal for users whom no trigger tells apart. Numbers that are only ever compared (epochs, attempts,
/// versions, numbers of confirmations) count from the last one; times count as far as a trigger's instant
/// can fall on either side of them; what is dead counts as dead.
pub(super) fn key(user: &User) -> u64 {
    let mut hash = Mixer::default();
    if let Some(account) = user.account() {
        fold(account, &mut hash);
    }
    hash.finish()
}

fn fold(account: &Account, hash: &mut Mixer) {
    // Field by field: whoever adds one says here whether it matters.
    let Account {
        personal,
        email_version,
        email_verified,
        pending_email,
        last_email_version,
        lifecycle,
        epoch: _,
        attempt,
        running_since,
        links,
        confirmations,
        notices,
        resends,
        tries,
        failed_step,
        expires_at,
        deleted_at,
    } = account;
    let version = |version: u32| last_email_version.wrapping_sub(version);
    personal.email.as_str().hash(hash);
    personal.user_name.as_str().hash(hash);
    (email_verified, version(*email_version)).hash(hash);
    pending_email.as_ref().map(|new| (new.email.as_str(), version(new.version))).hash(hash);
    (lifecycle.admin_state as u8, lifecycle.process as u8).hash(hash);
    (running_since.is_some(), expires_at.is_some(), deleted_at.is_some()).hash(hash);
    for (role, link) in links {
        role.as_str().hash(hash);
        match link.state {
            LinkState::Wanted => 0.hash(hash),
            LinkState::Linked { attempt: of, place } => {
                let rank = links.values().filter(|other| is_before(other, place)).count();
                (of == *attempt, rank).hash(hash);
            }
        }
    }
    fold_confirmations(confirmations, version, hash);
    for notice in notices {
        (notice.to.as_str(), version(notice.email_version), notice_state(notice.state)).hash(hash);
    }
    for at in resends {
        at.timestamp().hash(hash);
    }
    for (step, tries) in tries {
        if !matches!(step, Step::SendConfirmation(number) if is_dead(account, *number)) {
            (kind(account, step), tries).hash(hash);
        }
    }
    failed_step.as_ref().map(|step| kind(account, step)).hash(hash);
}

fn fold_confirmations(all: &[Confirmation], version: impl Fn(u32) -> u32, hash: &mut Mixer) {
    let mut dead = 0_u16;
    for confirmation in all {
        let Confirmation { number: _, state, token, bad_tries, flags } = confirmation;
        if !state.is_live() {
            dead |= 1 << ((*state as u16) * 2 + u16::from(token.is_some()));
            continue;
        }
        (*state as u8, bad_tries, flags.len()).hash(hash);
        flags.contains(&MailFlag::Bounce).hash(hash);
        token.as_ref().map(|token| (version(token.email_version), token.issued_at.timestamp())).hash(hash);
    }
    dead.hash(hash);
}

fn is_before(link: &Link, place: u32) -> bool {
    matches!(link.state, LinkState::Linked { place: other, .. } if other < place)
}

fn is_dead(account: &Account, number: u32) -> bool {
    account.confirmation(number).is_none_or(|confirmation| !confirmation.state.is_live())
}

fn notice_state(state: NoticeState) -> u8 {
    match state {
        NoticeState::Requested => 0,
        NoticeState::Issued { .. } => 1,
        NoticeState::Ended => 2,
    }
}

fn kind<'a>(account: &'a Account, step: &'a Step) -> (&'a str, u32) {
    match step {
        Step::LinkRole(role) => (role.as_str(), 0),
        Step::SendConfirmation(number) => ("mail", account.next_confirmation().wrapping_sub(*number)),
        Step::NotifyEmailChange(version) => ("notice", account.last_email_version.wrapping_sub(*version)),
    }
}
