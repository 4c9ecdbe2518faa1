//! Text that does not repeat itself, so that a store that compresses is not measured at its luckiest.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .";

/// So many characters; another number makes another text, the same number the same.
#[must_use]
pub fn text(number: usize, characters: usize) -> String {
    let bits = (0_u64..).map(|place| scatter((number as u64) << 32 | place));
    bits.take(characters).map(|bits| char::from(ALPHABET[(bits % 64) as usize])).collect()
}

/// The finalizer of SplitMix64.
#[must_use]
pub const fn scatter(number: u64) -> u64 {
    let bits = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
