/// Why a token lets nobody in. Says nothing that its bearer could not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the token is malformed: {0}")]
    Malformed(&'static str),
    /// One that is never accepted, or not the key's.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    #[error("the token's key is not one of the issuer's")]
    UnknownKey,
    #[error("the token's signature is wrong")]
    BadSignature,
    #[error("the token is of another issuer")]
    WrongIssuer,
    #[error("the token is for another audience")]
    WrongAudience,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
}

/// Why there are no claims.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The same token may be good later.
    #[error("the provider's keys cannot be had")]
    Unreachable {
        /// Seconds until the provider is asked again; 1 at least.
        retry_after: u64,
    },
}
