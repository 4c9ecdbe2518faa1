use unicode_normalization::UnicodeNormalization as _;

/// Folds letter case, letter by letter and by way of the capitals, so that the forms which one capital
/// has (the two small sigmas, the long s, ß and ss) fall together wherever they stand. NFC.
pub(super) fn fold_case(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
}

/// The form in which texts are searched: without letter case, width, accents, and white space beyond one blank
/// between two words. Looser than what makes two names the same: who types `zoe` means Zoë, too.
#[must_use]
pub fn fold_for_search(text: &str) -> String {
    let bare: String = text.nfkd().filter(|letter| !is_accent(*letter)).collect();
    let folded: String = fold_case(&bare).nfkd().filter(|letter| !is_accent(*letter)).collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The marks of European scripts. In others a mark may be a vowel.
fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36F}')
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

    #[test]
    fn a_search_knows_no_case_accent_width_and_spaces() {
        let same = [("Zoë", "ZOE"), ("  José  García ", "jose garcia"), ("ＡＬＩＣＥ", "alice"), ("ﬁ", "FI")];
        for (a, b) in [&same[..], &[("Ἀθῆναι", "αθηναι"), ("straße", "STRASSE"), ("İ", "i")]].concat()
        {
            assert_eq!(fold_for_search(a), fold_for_search(b), "{a} {b}");
        }
        assert_ne!(fold_for_search("कि"), fold_for_search("क"));
    }
}
