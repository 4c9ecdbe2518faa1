use std::collections::{HashMap, hash_map::Entry};

use super::Reading;
use crate::{
    command_api::{NewUser, values_of},
    imports::verdict::{Fault, FaultyField},
};

/// What the rows so far have claimed. A name that is there twice is a mistake of the file: told by the row, also in a dry
/// run, where the store would not notice.
#[derive(Default)]
pub(super) struct Values {
    user_names: HashMap<String, u32>,
    emails: HashMap<String, u32>,
}

impl Values {
    pub(super) fn judge(&mut self, row: u32, reading: Reading) -> Reading {
        match reading {
            Reading::Fault(fault) => Reading::Fault(fault),
            Reading::User(user) => match self.faults(row, &user) {
                Some(fault) => Reading::Fault(fault),
                None => Reading::User(user),
            },
        }
    }

    fn faults(&mut self, row: u32, user: &NewUser) -> Option<Fault> {
        let personal = match values_of(user) {
            Ok((personal, _)) => personal,
            Err(problem) => return Some(problem.into()),
        };
        let user_name = claim(&mut self.user_names, personal.user_name.canonical(), row, "/userName");
        let email = claim(&mut self.emails, personal.email.canonical(), row, "/email");
        let errors: Vec<FaultyField> = user_name.into_iter().chain(email).collect();
        let first = errors.first()?;
        let detail = format!("{}: {}.", first.pointer, first.detail);
        Some(Fault { code: "repeated-value".into(), detail, errors })
    }
}

fn claim(
    claimed: &mut HashMap<String, u32>,
    value: impl Into<String>,
    row: u32,
    pointer: &str,
) -> Option<FaultyField> {
    match claimed.entry(value.into()) {
        Entry::Vacant(free) => {
            free.insert(row);
            None
        }
        Entry::Occupied(taken) => Some(FaultyField {
            pointer: pointer.into(),
            code: "repeated-value".into(),
            detail: format!("row {} has it already", taken.get()),
        }),
    }
}
