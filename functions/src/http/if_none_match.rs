use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use super::{Kind, Problem};

/// What the caller has already (RFC 9110, 13.1.2): an answer of one of these versions need not be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfNoneMatch {
    /// Nothing, or nothing that they tell.
    Absent,
    /// `*`: whatever there is.
    Anything,
    /// Versions by their tags, weak or strong. A tag that is none of ours is left out; it matches nothing.
    Versions(Vec<u64>),
}

impl IfNoneMatch {
    #[must_use]
    pub fn matches(&self, version: u64) -> bool {
        match self {
            Self::Absent => false,
            Self::Anything => true,
            Self::Versions(known) => known.contains(&version),
        }
    }

    /// The newest version that the caller has seen; an older one would be news of yesterday.
    #[must_use]
    pub fn newest(&self) -> Option<u64> {
        match self {
            Self::Absent | Self::Anything => None,
            Self::Versions(known) => known.iter().max().copied(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(&parts.headers).ok_or_else(|| {
            let detail = "If-None-Match is one or more ETags as this API gave them, or *.";
            Problem::new(Kind::INVALID_HEADER, detail)
        })
    }
}

fn parse(headers: &HeaderMap) -> Option<IfNoneMatch> {
    let lines: Option<Vec<&str>> =
        headers.get_all(header::IF_NONE_MATCH).iter().map(|value| value.to_str().ok()).collect();
    // Several lines of a list are one list (RFC 9110, 5.3).
    match lines?.join(",").trim() {
        "" => (!headers.contains_key(header::IF_NONE_MATCH)).then_some(IfNoneMatch::Absent),
        "*" => Some(IfNoneMatch::Anything),
        list => versions(list).map(IfNoneMatch::Versions),
    }
}

fn versions(list: &str) -> Option<Vec<u64>> {
    let mut versions = Vec::new();
    let mut rest = list;
    loop {
        // Between commas there may be nothing (RFC 9110, 5.6.1.2).
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Some(versions);
        }
        let (tag, after) = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?.split_once('"')?;
        versions.extend(version(tag));
        rest = after.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
    }
}

/// As it is written in a tag, and in no other way.
fn version(tag: &str) -> Option<u64> {
    tag.parse().ok().filter(|version: &u64| version.to_string() == tag)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn parsed(lines: &[&'static str]) -> Option<IfNoneMatch> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::IF_NONE_MATCH, HeaderValue::from_static(line));
        }
        parse(&headers)
    }

    #[test]
    fn tags_are_told_alone_in_lists_and_in_several_lines() {
        for (lines, versions) in [
            (&["\"5\""][..], &[5][..]),
            (&["W/\"5\""], &[5]),
            (&[" \"5\" , W/\"6\",,\"7\" "], &[5, 6, 7]),
            (&["\"5\"", "\"6\""], &[5, 6]),
            (&["\"\", \"5\""], &[5]),
            (&["\"of, another\", \"5\", \"+5\", \"05\""], &[5]),
            (&["\"99999999999999999999\""], &[]),
        ] {
            assert_eq!(parsed(lines), Some(IfNoneMatch::Versions(versions.into())), "{lines:?}");
        }
        assert_eq!(parsed(&["*"]), Some(IfNoneMatch::Anything));
        assert_eq!(parsed(&[]), Some(IfNoneMatch::Absent));
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for line in ["", "5", "\"5", "5\"", "w/\"5\"", "W/5", "\"5\" \"6\"", "\"5\"x", "*, \"5\"", "\"5\", *"]
        {
            assert_eq!(parsed(&[line]), None, "{line}");
        }
    }

    #[test]
    fn a_version_matches_any_of_the_tags() {
        let known = IfNoneMatch::Versions(vec![5, 7]);
        assert_eq!([5, 6, 7].map(|version| known.matches(version)), [true, false, true]);
        assert_eq!(known.newest(), Some(7));
        assert!(IfNoneMatch::Anything.matches(1) && !IfNoneMatch::Absent.matches(1));
    }
}
