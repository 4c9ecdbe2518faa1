//! What is drawn.

use std::fmt;

use infra_local::faults::Fault;

use crate::chance::Chance;

/// The roles of a tenant; the first makes owners.
pub(super) const ROLES: [&str; 2] = ["admins", "engineer"];

/// What happens to one tenant. Everything follows from the seed.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    /// The roles that each user is created with.
    pub(super) users: Vec<Vec<&'static str>>,
    pub(super) moves: Vec<Move>,
    /// Whether every link that was mailed is tried in the end.
    pub(super) tries_links: bool,
}

/// Something that happens, and what happens on its way.
#[derive(Debug)]
pub(super) struct Move {
    pub(super) what: What,
    pub(super) on_the_way: Option<OnTheWay>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Ask(Ask),
    /// Delivers at most so many records of the stream.
    Project(usize),
    Dispatch(usize),
    /// Delivers records that were delivered before, in any order.
    ProjectAgain(Again),
    DispatchAgain(Again),
    /// So many records come to the projector only in the end: they failed too often and were set aside.
    SetAside(usize),
    /// Works on at most so many messages.
    Work(i32),
    /// Takes messages off the queue, as a worker that is very slow.
    Take(i32),
    /// Works on what was taken.
    WorkOnTaken,
    /// Works on a message of any time, as when dead letters are moved back.
    WorkAgain(usize),
    LoseMessages,
    /// What becomes of the next mail.
    NextMail(Mailing),
    /// Follows the link of a mail, counted from the last one.
    Follow(usize),
    /// Tries wrong links in place of the one in a mail.
    Forge {
        mail: usize,
        times: usize,
    },
    Report {
        mail: usize,
        kind: &'static str,
    },
    Watch,
    WaitSeconds(i64),
}

/// A command over HTTP.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    pub(super) user: usize,
    pub(super) command: Command,
    pub(super) key: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Command {
    Create,
    /// To the name of this number.
    Rename(usize),
    /// To the address of this number.
    ChangeEmail(usize),
    Give(&'static str),
    Take(&'static str),
    ExpireInHours(i64),
    NeverExpire,
    Deactivate,
    Reactivate,
    Delete,
    Restore,
    Resend,
    Retry,
    Cancel,
    Retire(&'static str),
    LinksWorkForHours(u32),
}

/// So many records, the last of them so far back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Again {
    pub(super) back: usize,
    pub(super) count: usize,
    pub(super) order: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Mailing {
    Unavailable,
    Refused,
    /// It is taken, and its worker dies before it can say so.
    WorkerDies,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum OnTheWay {
    /// Somebody asks for something exactly before a request.
    Asks { before: usize, ask: Ask },
    /// Requests fail, one or as many as the SDK tries.
    Fails { at: usize, requests: usize, fault: Fault },
}

impl Plan {
    pub(super) fn draw(seed: u64) -> Self {
        let chance = &mut Chance::of(seed);
        let users: Vec<_> = (0..2 + chance.below(2)).map(|number| roles(chance, number)).collect();
        let scenes = 6 + chance.below(8);
        let mut moves = vec![creation(0), creation(1)];
        moves.extend((0..scenes).flat_map(|_| scene(chance, users.len())));
        Self { seed, users, moves, tries_links: chance.one_in(2) }
    }
}

fn creation(user: usize) -> Move {
    Move { what: What::Ask(Ask { user, command: Command::Create, key: None }), on_the_way: None }
}

/// Most plans have two owners, so that one may go, and then the other may not.
fn roles(chance: &mut Chance, number: usize) -> Vec<&'static str> {
    let owner = number < 2 && !chance.one_in(4);
    let other = chance.one_in(3).then_some(ROLES[1]);
    owner.then_some(ROLES[0]).into_iter().chain(other).collect()
}

/// Mostly one move. So that users come far enough for the rest to matter, now and then everything is
/// delivered and somebody follows their link.
fn scene(chance: &mut Chance, users: usize) -> Vec<Move> {
    let plain = |what| Move { what, on_the_way: None };
    if chance.one_in(4) {
        let round = [What::Dispatch(100), What::Work(10)];
        let mut all: Vec<_> =
            round.iter().cycle().take(2 + 2 * chance.below(2)).map(|what| plain(*what)).collect();
        if chance.one_in(3) {
            all.extend((0..1 + chance.below(2)).map(|mail| plain(What::Follow(mail))));
        }
        if chance.one_in(2) {
            all.push(plain(What::Project(100)));
        }
        return all;
    }
    let what = what(chance, users);
    let passes_requests = !matches!(
        what,
        What::SetAside(_)
            | What::Take(_)
            | What::LoseMessages
            | What::NextMail(_)
            | What::Report { .. }
            | What::WaitSeconds(_)
    );
    let on_the_way = (passes_requests && chance.one_in(3)).then(|| on_the_way(chance, users));
    vec![Move { what, on_the_way }]
}

fn what(chance: &mut Chance, users: usize) -> What {
    match chance.below(34) {
        0..=9 => What::Ask(ask(chance, users)),
        10 => What::Project(chance.pick(&[1, 3, 100])),
        11 => What::SetAside(chance.pick(&[1, 3])),
        12..=13 => What::Dispatch(chance.pick(&[1, 3, 100])),
        14 => What::ProjectAgain(again(chance)),
        15 => What::DispatchAgain(again(chance)),
        16..=19 => What::Work(chance.pick(&[1, 2, 10])),
        20 => What::Take(chance.pick(&[1, 10])),
        21..=22 => What::WorkOnTaken,
        23 => What::WorkAgain(chance.below(6)),
        24 => What::LoseMessages,
        25..=27 => What::NextMail(chance.pick(&[
            Mailing::Unavailable,
            Mailing::Refused,
            Mailing::WorkerDies,
            Mailing::WorkerDies,
        ])),
        28 => What::Follow(chance.below(4)),
        29 => What::Forge { mail: 0, times: chance.pick(&[1, 10, 10]) },
        30 => What::Report {
            mail: chance.below(3),
            kind: chance.pick(&["Permanent", "Permanent", "Transient", "Complaint"]),
        },
        31 => What::Watch,
        _ => What::WaitSeconds(chance.pick(&[1, 5, 61, 61, 301, 1_000, 90_000, 300_000])),
    }
}

fn ask(chance: &mut Chance, users: usize) -> Ask {
    use Command::*;
    let command = match chance.below(30) {
        0 => Create,
        1 => Rename(chance.below(4)),
        2..=4 => ChangeEmail(chance.below(5)),
        5..=6 => Give(chance.pick(&ROLES)),
        7..=8 => Take(chance.pick(&ROLES)),
        9 => ExpireInHours(chance.pick(&[1, 30])),
        10 => NeverExpire,
        11..=14 => Deactivate,
        15..=18 => Reactivate,
        19..=20 => Delete,
        21..=22 => Restore,
        23..=24 => Resend,
        25..=26 => Retry,
        27 => Cancel,
        28 => Retire(chance.pick(&ROLES)),
        _ => LinksWorkForHours(chance.pick(&[1, 72, 720])),
    };
    let key = chance.one_in(2).then(|| chance.below(3));
    Ask { user: chance.below(users), command, key }
}

fn again(chance: &mut Chance) -> Again {
    Again { back: chance.below(6), count: 1 + chance.below(6), order: chance.below(1_000) as u64 }
}

fn on_the_way(chance: &mut Chance, users: usize) -> OnTheWay {
    let at = chance.pick(&[1, 1, 1, 2, 3, 4, 5]);
    if chance.one_in(2) {
        return OnTheWay::Asks { before: at, ask: ask(chance, users) };
    }
    let fault = chance.pick(&[Fault::ReplyLost, Fault::TimeoutBefore, Fault::ServerError, Fault::Throttled]);
    OnTheWay::Fails { at, requests: chance.pick(&[1, 3, 3]), fault }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.what)?;
        match self.on_the_way {
            None => Ok(()),
            Some(OnTheWay::Asks { before, ask }) => write!(f, ", and before its request {before}: {ask:?}"),
            Some(OnTheWay::Fails { at, requests, fault }) => {
                write!(f, ", and from its request {at} on {requests} end in {fault:?}")
            }
        }
    }
}
