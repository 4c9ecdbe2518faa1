use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use crate::Failure;

/// The one file that prices stand in, with their region, their date and their source.
pub(super) const BUILT_IN: &str = include_str!("prices.json");

/// What is paid for what.
#[derive(Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Prices {
    pub region: String,
    pub as_of: String,
    pub currency: String,
    pub source: String,
    pub dynamodb_million_write_units: f64,
    pub dynamodb_million_read_units: f64,
    pub dynamodb_gigabyte_month: f64,
    /// For point-in-time recovery, beside the storage itself.
    pub dynamodb_recovery_gigabyte_month: f64,
    pub lambda_million_invocations: f64,
    pub lambda_gigabyte_second: f64,
    pub http_api_million_requests: f64,
    pub sqs_million_requests: f64,
    pub logs_gigabyte: f64,
    pub ses_thousand_mails: f64,
}

impl Prices {
    pub(super) fn read(file: Option<&Path>) -> Result<Self, Failure> {
        let Some(file) = file else { return Ok(serde_json::from_str(BUILT_IN)?) };
        let name = file.display();
        let text = fs::read_to_string(file).map_err(|error| format!("{name} cannot be read: {error}"))?;
        serde_json::from_str(&text).map_err(|error| {
            format!("{name} is no price list ({error}); see `rollcall cost --show-prices`").into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_prices_can_be_read_and_say_where_they_are_from() {
        let prices = Prices::read(None).unwrap();
        assert_eq!((prices.region.as_str(), prices.dynamodb_million_write_units), ("us-east-1", 0.625));
        assert!(prices.source.starts_with("AWS's public"));
    }

    #[test]
    fn a_file_that_is_no_price_list_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("prices.json");
        assert!(Prices::read(Some(&file)).unwrap_err().to_string().contains("cannot be read"));
        for text in
            ["", "{}", &BUILT_IN.replace("sqsMillion", "sqsMilion"), &BUILT_IN.replace("0.4", "\"0.4\"")]
        {
            fs::write(&file, text).unwrap();
            assert!(Prices::read(Some(&file)).unwrap_err().to_string().contains("is no price list"));
        }
        fs::write(&file, BUILT_IN.replace("us-east-1", "eu-central-1")).unwrap();
        assert_eq!(Prices::read(Some(&file)).unwrap().region, "eu-central-1");
    }
}
