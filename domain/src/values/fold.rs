use unicode_normalization::UnicodeNormalization as _;

/// Folds letter case, letter by letter and by way of the capitals, so that the forms which one capital
/// has (the two small sigmas, the long s, ß and ss) fall together wherever they stand. NFC.
pub(super) fn fold_case(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_letter_folds_to_one() {
        for (a, b) in [("ΟΔΟΣ", "οδος"), ("οδοσ", "οδος"), ("STRASSE", "straße"), ("Ä", "a\u{308}")]
        {
            assert_eq!(fold_case(a), fold_case(b), "{a} {b}");
        }
        assert_ne!(fold_case("a"), fold_case("ä"));
    }
}
