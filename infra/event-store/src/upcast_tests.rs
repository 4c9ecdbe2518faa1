use super::*;

#[test]
fn debug_names_the_rules() {
    let upcasters = Upcasters::default().dropping("account.audited", "1");
    assert_eq!(format!("{upcasters:?}"), r#"{"account.audited@1"}"#);
}
