//! The walk: from a start to every situation within so many triggers. Who was met before is not entered
//! again, so the walk ends although the orders do not.

use std::{
    collections::{HashMap, HashSet},
    mem, thread,
};

use super::{
    super::super::*,
    expand::{Breach, Happened, Watcher, claimed, ignoring_changes_nothing},
    key::{Mixing, key},
    laws::judge_state,
    outcomes::Outcomes,
    triggers::Trigger,
};

/// A user in the world: who they are to all that follows, and whether the mail of their live confirmation,
/// once a worker claimed it, went out. (The mail of a dead one may have gone out, or still go out, any time.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Situation {
    pub(super) user: u32,
    mail_is_out: bool,
}

/// What a trigger makes of a user.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) trigger: Trigger,
    pub(super) to: u32,
    /// Cannot happen while the mail has not gone out.
    needs_the_mail: bool,
    /// The claimed mail is the same one afterwards.
    keeps_the_mail: bool,
}

/// A user whom the walk met.
struct Met {
    user: Box<User>,
    /// Claimed, and not reported.
    claimed: Option<u32>,
    /// Whom they came from, and by what.
    from: Option<(u32, Trigger)>,
    start: &'static str,
    edges: Option<Vec<Edge>>,
}

/// How far it was from a start.
pub(super) struct Reached {
    pub(super) start: &'static str,
    pub(super) depth: usize,
    pub(super) situations: usize,
    pub(super) transitions: usize,
}

/// Everybody whom the walk met, from whatever start.
#[derive(Default)]
pub(super) struct Map {
    met: Vec<Met>,
    ids: HashMap<u64, u32, Mixing>,
    watchers: Vec<Watcher>,
    /// In words, the shortest way to each first.
    pub(super) breaches: Vec<String>,
}

/// Users whom a thread expands at a time; the others wait so that the memory does not fill with doubles.
const PORTION: usize = 512;
const THREADS: usize = 2;

impl Map {
    /// Walks from `user`, `depth` triggers far.
    pub(super) fn walk(&mut self, start: &'static str, user: &User, depth: usize) -> Reached {
        let user = self.enter(start, user);
        let first = Situation { user, mail_is_out: self.is_sent(user) };
        let (mut seen, mut rim) = (HashSet::<_, Mixing>::from_iter([first]), vec![first]);
        let mut transitions = 0;
        for _ in 0..depth {
            self.expand(rim.iter().map(|situation| situation.user));
            let mut next = Vec::new();
            for situation in rim {
                for reached in self.follow(situation) {
                    transitions += 1;
                    if seen.insert(reached) {
                        next.push(reached);
                    }
                }
            }
            rim = next;
        }
        Reached { start, depth, situations: seen.len(), transitions }
    }

    /// Somebody to start from.
    pub(super) fn enter(&mut self, start: &'static str, user: &User) -> u32 {
        if let Err(law) = judge_state(user) {
            self.breaches.push(format!("{law}: {start} is {user:?}"));
        }
        self.meet(start, key(user), Box::new(user.clone()), None)
    }

    fn follow(&self, from: Situation) -> impl Iterator<Item = Situation> {
        let met = &self.met[from.user as usize];
        let possible = move |edge: &&Edge| from.mail_is_out || !edge.needs_the_mail;
        let edges = met.edges.iter().flatten().filter(possible);
        let reached = edges.map(move |edge| {
            let mail_is_out = if edge.keeps_the_mail { from.mail_is_out } else { self.is_sent(edge.to) };
            Situation { user: edge.to, mail_is_out }
        });
        // The worker with the claim sends.
        let sends = met.claimed.filter(|_| !from.mail_is_out);
        reached.chain(sends.map(move |_| Situation { mail_is_out: true, ..from }))
    }

    fn is_sent(&self, user: u32) -> bool {
        let live = self.met[user as usize].user.account().and_then(Account::live_confirmation);
        live.is_some_and(|live| live.state == ConfirmationState::Sent)
    }

    /// What can happen to whom the walk met; empty for who was met at its rim.
    pub(super) fn edges(&self, user: u32) -> &[Edge] {
        self.met[user as usize].edges.as_deref().unwrap_or_default()
    }

    pub(super) fn user(&self, user: u32) -> &User {
        &self.met[user as usize].user
    }

    pub(super) fn users(&self) -> usize {
        self.met.len()
    }

    /// So many decisions were asked for.
    pub(super) fn decisions(&self) -> usize {
        self.watchers.iter().map(|watcher| watcher.decisions).sum()
    }

    fn meet(&mut self, start: &'static str, key: u64, user: Box<User>, from: Option<(u32, Trigger)>) -> u32 {
        if let Some(known) = self.ids.get(&key) {
            return *known;
        }
        let id = u32::try_from(self.met.len()).expect("so many do not fit in here");
        self.met.push(Met { claimed: claimed(&user), user, from, start, edges: None });
        self.ids.insert(key, id);
        id
    }

    /// Finds out what can happen to these users.
    pub(super) fn expand(&mut self, users: impl Iterator<Item = u32>) {
        let mut due: Vec<u32> = users.filter(|id| self.met[*id as usize].edges.is_none()).collect();
        due.sort_unstable();
        due.dedup();
        for portion in due.chunks(PORTION * THREADS) {
            let happened = self.watch(portion);
            for (id, happened) in portion.iter().zip(happened) {
                self.record(*id, happened);
            }
            let breaches: Vec<(u32, Breach)> =
                self.watchers.iter_mut().flat_map(|watcher| watcher.breaches.drain(..)).collect();
            breaches.into_iter().for_each(|(id, breach)| self.report(id, breach));
        }
    }

    /// In the order of `due`, whatever the threads do.
    fn watch(&mut self, due: &[u32]) -> Vec<Vec<Happened>> {
        let mut watchers = mem::take(&mut self.watchers);
        watchers.resize_with(THREADS, Watcher::default);
        let this = &*self;
        let watch = |part: &[u32], watcher: &mut Watcher| -> Vec<Vec<Happened>> {
            let expand = |id: &u32| {
                let user = this.user(*id);
                assert!(ignoring_changes_nothing(user), "what was ignored changed {user:?}");
                watcher.expand(*id, user, |key| this.ids.get(&key).map(|known| this.user(*known)))
            };
            part.iter().map(expand).collect()
        };
        let parts = due.chunks(due.len().div_ceil(THREADS).max(1)).zip(&mut watchers);
        let happened = thread::scope(|scope| {
            let running: Vec<_> =
                parts.map(|(part, watcher)| scope.spawn(move || watch(part, watcher))).collect();
            running.into_iter().flat_map(|thread| thread.join().expect("nothing panics in here")).collect()
        });
        self.watchers = watchers;
        happened
    }

    fn record(&mut self, id: u32, happened: Vec<Happened>) {
        let Met { start, claimed, .. } = self.met[id as usize];
        let mut edges = Vec::with_capacity(happened.len());
        for Happened { trigger, key, keeps_the_mail, new } in happened {
            let to = match new {
                Some(user) => self.meet(start, key, user, Some((id, trigger))),
                None => self.ids[&key],
            };
            let needs_the_mail = claimed.is_some() && trigger.needs_the_mail_of() == claimed;
            edges.push(Edge { trigger, to, needs_the_mail, keeps_the_mail });
        }
        self.met[id as usize].edges = Some(edges);
    }

    /// What everybody who watched has seen.
    pub(super) fn outcomes(&mut self) -> Outcomes {
        let mut all = Outcomes::default();
        let watchers = self.watchers.iter_mut();
        watchers.for_each(|watcher| all.extend(mem::take(&mut watcher.outcomes)));
        all
    }

    fn report(&mut self, id: u32, Breach { law, trigger, between }: Breach) {
        // One of each kind is enough.
        if self.breaches.iter().any(|known| known.starts_with(law)) {
            return;
        }
        let way = self.way_to(id);
        self.breaches.push(format!("{law}: {way} → {trigger:?}\n    {between}"));
    }

    fn way_to(&self, id: u32) -> String {
        let met = &self.met[id as usize];
        match met.from {
            None => met.start.into(),
            Some((from, trigger)) => format!("{} → {trigger:?}", self.way_to(from)),
        }
    }
}
