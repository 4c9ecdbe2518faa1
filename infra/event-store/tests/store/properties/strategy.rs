//! How plans are drawn. Everything shrinks towards few commands, plainly delivered.

use std::iter;

use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
};

use crate::account::Command;

use super::plan::{Expecting, Fate, Order, Plan, Process, Snapshotting, Step, Trouble, Writer};

const ACCOUNTS: [&str; 2] = ["1", "2"];
const NICKNAMES: [&str; 2] = ["savings", "holidays"];
const IBANS: [&str; 2] = ["DE1", "DE2"];

pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    (vec(processes(), 1..=3), vec(drafts(), 2..=4), vec(steps(), 0..100), 1..=3_u32, any::<bool>()).prop_map(
        |(processes, drafts, steps, tries, enrolling)| {
            let writers = writers(processes.len(), drafts);
            Plan { processes, writers, steps, tries, enrolling }
        },
    )
}

/// A writer opens an account first. Without that, most of the others would be rejected.
fn drafts() -> impl Strategy<Value = Draft> {
    let first = orders(opens()).prop_map(|order| Sketch { identity: Identity::New, order });
    (any::<Index>(), first, vec(sketches(), 0..=8)).prop_map(|(process, first, others)| Draft {
        process,
        sketches: iter::once(first).chain(others).collect(),
    })
}

fn processes() -> impl Strategy<Value = Process> {
    let snapshots =
        (1..=2_u32, 1..=6_u32).prop_map(|(state_version, every)| Snapshotting { state_version, every });
    (option::of(1..=2_usize), option::of(snapshots))
        .prop_map(|(cache, snapshots)| Process { cache, snapshots })
}

/// A writer that does not know yet which processes there are.
#[derive(Clone, Debug)]
struct Draft {
    process: Index,
    sketches: Vec<Sketch>,
}

/// An order that does not know yet whose id it has.
#[derive(Clone, Debug)]
struct Sketch {
    identity: Identity,
    order: Order,
}

#[derive(Clone, Debug)]
enum Identity {
    New,
    /// An earlier command once more, sent by anybody.
    Same(Index),
    /// The id of an earlier command, on another one.
    Stolen(Index),
}

fn sketches() -> impl Strategy<Value = Sketch> {
    let identities = prop_oneof![
        6 => Just(Identity::New),
        2 => any::<Index>().prop_map(Identity::Same),
        1 => any::<Index>().prop_map(Identity::Stolen),
    ];
    (identities, orders(commands())).prop_map(|(identity, order)| Sketch { identity, order })
}

fn orders(commands: impl Strategy<Value = Command>) -> impl Strategy<Value = Order> {
    let accounts = prop_oneof![3 => Just(ACCOUNTS[0]), 1 => Just(ACCOUNTS[1])];
    let expecting = prop_oneof![
        8 => Just(Expecting::Anything),
        2 => Just(Expecting::Seen),
        1 => (0..5_u64).prop_map(Expecting::Commit),
    ];
    (accounts, commands, expecting, prop::bool::weighted(0.3), 0..=2_u32).prop_map(
        |(account, command, expecting, assume_new, repeats)| Order {
            account,
            command_id: String::new(),
            fingerprint: 0,
            command,
            expecting,
            assume_new,
            repeats,
        },
    )
}

fn opens() -> impl Strategy<Value = Command> {
    (option::weighted(0.3, one_of(&IBANS)), option::weighted(0.7, one_of(&NICKNAMES)))
        .prop_map(|(iban, nickname)| Command::Open { iban, nickname })
}

fn one_of(names: &'static [&str]) -> impl Strategy<Value = String> {
    select(names).prop_map(str::to_owned)
}

fn commands() -> impl Strategy<Value = Command> {
    // The last one is worth compressing.
    let texts = select(&["a note", "another note", ""][..])
        .prop_map(|text| if text.is_empty() { "memo ".repeat(300) } else { text.to_owned() });
    prop_oneof![
        2 => opens(),
        5 => (1..100_u64).prop_map(Command::Deposit),
        4 => one_of(&NICKNAMES).prop_map(Command::Rename),
        2 => vec(texts, 0..=2).prop_map(Command::Note),
        2 => Just(Command::Close),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    let troubles = select(
        &[Trouble::Throttled, Trouble::ThroughputExceeded, Trouble::Conflict, Trouble::ServerError][..],
    );
    let fates = prop_oneof![
        10 => Just(Fate::Deliver),
        4 => Just(Fate::HoldReply),
        3 => Just(Fate::LoseReply),
        1 => Just(Fate::NeverArrive),
        1 => Just(Fate::ArriveLate),
        2 => troubles.prop_map(Fate::Answer),
    ];
    (0..4_usize, fates).prop_map(|(pick, fate)| Step { pick, fate })
}

fn writers(processes: usize, drafts: Vec<Draft>) -> Vec<Writer> {
    let mut known = Vec::new();
    let mut identified = |sketch| {
        let order = identified(sketch, &known);
        known.push(order.clone());
        order
    };
    let writer = |Draft { process, sketches }: Draft| Writer {
        process: process.index(processes),
        orders: sketches.into_iter().map(&mut identified).collect(),
    };
    drafts.into_iter().map(writer).collect()
}

/// The fingerprint is the order's place: no two commands have the same.
fn identified(Sketch { identity, order }: Sketch, known: &[Order]) -> Order {
    let place = known.len();
    let new = Order { command_id: format!("command {place}"), fingerprint: place as u8, ..order };
    match identity {
        Identity::Same(index) if place > 0 => {
            let Order { expecting, assume_new, repeats, .. } = new;
            Order { expecting, assume_new, repeats, ..index.get(known).clone() }
        }
        Identity::Stolen(index) if place > 0 => {
            let Order { account, command_id, .. } = index.get(known).clone();
            Order { account, command_id, ..new }
        }
        Identity::New | Identity::Same(_) | Identity::Stolen(_) => new,
    }
}
