use std::fmt;

use cqrs_es::Aggregate;

/// DynamoDB takes no longer partition key.
pub(crate) const LONGEST_KEY: usize = 2048;

/// Names a stream: the history of one aggregate of one tenant.
///
/// Its [`Display`](fmt::Display) form, `{tenant}#{kind}#{id}`, is the partition key of the stream's
/// items. No part is empty, and none contains `#` (it separates the parts), `!` (it separates the
/// parts of a claim's or a roster's key, so that no stream can pose as one) or a control character.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct StreamId {
    tenant: String,
    kind: String,
    id: String,
}

impl StreamId {
    /// # Errors
    /// [`InvalidStreamId`] when a part is empty or holds a reserved character, or when the whole is
    /// longer than a partition key may be (2,048 bytes).
    pub fn new(
        tenant: impl Into<String>,
        kind: impl Into<String>,
        id: impl Into<String>,
    ) -> Result<Self, InvalidStreamId> {
        let stream = Self { tenant: tenant.into(), kind: kind.into(), id: id.into() };
        check_part("tenant", &stream.tenant)?;
        check_part("kind", &stream.kind)?;
        check_part("id", &stream.id)?;
        let length = stream.tenant.len() + stream.kind.len() + stream.id.len() + 2;
        if length > LONGEST_KEY {
            return Err(InvalidStreamId::TooLong { bytes: length });
        }
        Ok(stream)
    }

    /// The stream of the aggregate `A` with this id; its kind is `A::TYPE`.
    ///
    /// # Errors
    /// As for [`StreamId::new`].
    pub fn of<A: Aggregate>(
        tenant: impl Into<String>,
        id: impl Into<String>,
    ) -> Result<Self, InvalidStreamId> {
        Self::new(tenant, A::TYPE, id)
    }

    /// Reads a partition key back.
    ///
    /// # Errors
    /// [`InvalidStreamId`] when the key is not that of a stream; a claim's key, for one, is not.
    pub fn parse(pk: &str) -> Result<Self, InvalidStreamId> {
        let mut parts = pk.split('#');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(tenant), Some(kind), Some(id), None) => Self::new(tenant, kind, id),
            _ => Err(InvalidStreamId::NotThreeParts),
        }
    }

    /// Whose stream it is.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The aggregate type, [`Aggregate::TYPE`].
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The aggregate's id, unique within tenant and kind.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#{}", self.tenant, self.kind, self.id)
    }
}

/// Why something cannot be the name of a stream. It does not repeat the text, which may come from a
/// caller and end in a log.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidStreamId {
    /// A part is empty.
    #[error("the {part} of a stream id is empty")]
    Empty {
        /// `tenant`, `kind` or `id`.
        part: &'static str,
    },
    /// A part holds a character that separates parts, or one that cannot be seen.
    #[error("the {part} of a stream id contains '#', '!' or a control character")]
    ReservedCharacter {
        /// `tenant`, `kind` or `id`.
        part: &'static str,
    },
    /// The whole is longer than a partition key may be.
    #[error("a stream id of {bytes} bytes is longer than a partition key, which ends at 2048")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A text that should be a partition key is none of a stream.
    #[error("a stream id has three parts, tenant#kind#id")]
    NotThreeParts,
}

pub(crate) fn check_part(part: &'static str, text: &str) -> Result<(), InvalidStreamId> {
    if text.is_empty() {
        return Err(InvalidStreamId::Empty { part });
    }
    if text.contains(|c: char| c == '#' || c == '!' || c.is_control()) {
        return Err(InvalidStreamId::ReservedCharacter { part });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_id_survives_its_partition_key() {
        let stream = StreamId::new("acme", "Account", "42").unwrap();
        assert_eq!(stream.to_string(), "acme#Account#42");
        assert_eq!(StreamId::parse("acme#Account#42"), Ok(stream));
    }

    #[test]
    fn an_empty_part_is_refused() {
        assert_eq!(StreamId::new("acme", "Account", ""), Err(InvalidStreamId::Empty { part: "id" }));
        assert_eq!(StreamId::parse("#Account#42"), Err(InvalidStreamId::Empty { part: "tenant" }));
    }

    #[test]
    fn a_separator_or_control_character_in_a_part_is_refused() {
        for tenant in ["a#b", "a!b", "a\nb", "a\0b"] {
            let refused = Err(InvalidStreamId::ReservedCharacter { part: "tenant" });
            assert_eq!(StreamId::new(tenant, "Account", "42"), refused);
        }
    }

    #[test]
    fn a_key_of_two_or_four_parts_is_not_a_stream() {
        assert_eq!(StreamId::parse("acme!email#00ff"), Err(InvalidStreamId::NotThreeParts));
        assert_eq!(StreamId::parse("acme#Account#4#2"), Err(InvalidStreamId::NotThreeParts));
    }

    #[test]
    fn a_key_longer_than_dynamodb_takes_is_refused() {
        let id = "x".repeat(LONGEST_KEY - "acme#Account#".len());
        assert!(StreamId::new("acme", "Account", &id).is_ok());
        let refused = Err(InvalidStreamId::TooLong { bytes: LONGEST_KEY + 1 });
        assert_eq!(StreamId::new("acme", "Account", id + "x"), refused);
    }
}
