use serde_json::Value;

use super::{api, send};
use crate::{
    Failure,
    api::Request,
    arguments::Backend,
    show::{self, cell},
};

/// What a replay would come to; it is not started.
pub(super) fn show(backend: &Backend, request: Request) -> Result<(), Failure> {
    let estimate = send(&api(backend)?, request.query("dryRun", "true"))?;
    if backend.json { show::json(&estimate) } else { show::table(&["WOULD", ""], &rows(&estimate)) }
}

fn rows(estimate: &Value) -> Vec<Vec<String>> {
    let told = |name: &str| cell(&estimate[name]);
    [
        ("build", format!("{}, generation {}", told("projection"), told("generation"))),
        ("read twice", format!("{} items, {} bytes: to build, and to verify", told("items"), told("bytes"))),
        ("write", format!("{} rows", told("rows"))),
        ("use", format!("{} read units, {} write units", told("readUnits"), told("writeUnits"))),
        ("cost", dollars(estimate["dollars"].as_f64().unwrap_or_default())),
    ]
    .map(|(what, how_much)| vec![what.into(), how_much])
    .into()
}

/// On demand, at the prices that the API knows.
fn dollars(dollars: f64) -> String {
    if dollars < 0.01 { "less than 0.01 US dollars".into() } else { format!("about {dollars:.2} US dollars") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_has_cents() {
        assert_eq!(dollars(5.125e-6), "less than 0.01 US dollars");
        assert_eq!(dollars(12.345_6), "about 12.35 US dollars");
    }
}
