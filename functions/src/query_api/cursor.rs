//! Where a list goes on. Opaque to clients, and good only for the filter it came from; the tenant is
//! the token's, so a cursor from elsewhere leads nowhere.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::http::{Kind, Problem};

#[derive(Deserialize, Serialize)]
struct Cursor {
    /// Id of the last row of the page before.
    a: String,
    /// Terms of the filter.
    f: Vec<String>,
}

pub(crate) fn write(after: &str, terms: &[String]) -> String {
    let json = serde_json::to_vec(&Cursor { a: after.into(), f: terms.into() }).unwrap_or_default();
    BASE64_URL_SAFE_NO_PAD.encode(json)
}

pub(crate) fn read(text: &str, terms: &[String]) -> Result<String, Problem> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
    let cursor = json.and_then(|json| serde_json::from_slice::<Cursor>(&json).ok());
    let after = cursor.filter(|cursor| cursor.f == terms && !cursor.a.is_empty() && cursor.a.len() <= 1024);
    after.map(|cursor| cursor.a).ok_or_else(refused)
}

/// The same of a list that is ordered by numbers.
pub(super) fn read_number(text: &str, terms: &[String]) -> Result<u64, Problem> {
    read(text, terms)?.parse().map_err(|_| refused())
}

fn refused() -> Problem {
    Problem::new(Kind::INVALID_PARAMETER, "The cursor is not one of this list; begin without one.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_own_list_only() {
        let active = ["status=active".to_owned()];
        let cursor = write("u-1", &active);
        assert_eq!(read(&cursor, &active).unwrap(), "u-1");
        assert_eq!(read(&cursor, &[]).unwrap_err().kind, Kind::INVALID_PARAMETER);
    }

    #[test]
    fn a_cursor_that_tells_no_number_leads_nowhere_in_a_list_of_numbers() {
        assert_eq!(read_number(&write("17", &[]), &[]).unwrap(), 17);
        for after in ["u-1", "-1", "1.5", "99999999999999999999"] {
            assert_eq!(read_number(&write(after, &[]), &[]).unwrap_err().kind, Kind::INVALID_PARAMETER);
        }
    }

    #[test]
    fn a_cursor_of_ones_own_making_is_refused() {
        for text in ["", "x", "e30", "bm90IGpzb24", "\u{e9}"] {
            assert_eq!(read(text, &[]).unwrap_err().kind, Kind::INVALID_PARAMETER, "{text}");
        }
    }
}
