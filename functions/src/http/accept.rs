use axum::{
    extract::Request,
    http::{HeaderMap, header},
    middleware::{self, Next},
    routing::MethodRouter,
};

use super::{Kind, Problem};

/// What most routes answer with. Whoever asks for problems alone gets those, and the rest as JSON, too.
pub(crate) const JSON: &[&str] = &["application/json", "application/problem+json"];

/// Lets only those requests on to the routes that take an answer of one of these content types. Asked before
/// anything is done: what was done must not end in an answer that nobody takes.
pub(super) fn acceptable<S: Clone + Send + Sync + 'static>(
    offered: &'static [&'static str],
    routes: MethodRouter<S>,
) -> MethodRouter<S> {
    routes.route_layer(middleware::from_fn(move |request: Request, next: Next| async move {
        match Accept::of(request.headers()).best(offered) {
            Some(_) => Ok(next.run(request).await),
            None => {
                let detail =
                    format!("The answer comes as {}. {}", offered.join(" or "), Kind::NOT_ACCEPTABLE.advice);
                Err(Problem::new(Kind::NOT_ACCEPTABLE, detail))
            }
        }
    }))
}

/// The content types that the caller takes (RFC 9110, 12.5.1). What is not a range of types is left out.
pub(crate) struct Accept {
    /// None if the caller does not say.
    ranges: Option<Vec<Range>>,
}

struct Range {
    /// `type/subtype`, `type/*` or `*/*`, in lower case.
    name: String,
    /// In thousandths; 0 is a no.
    quality: u16,
}

impl Accept {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut lines = headers.get_all(header::ACCEPT).iter().peekable();
        if lines.peek().is_none() {
            return Self { ranges: None };
        }
        let text: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
        let text = text.join(",");
        // An empty list is no wish either.
        let ranges = (!text.trim().is_empty()).then(|| text.split(',').filter_map(Range::parse).collect());
        Self { ranges }
    }

    /// Of the types that are offered, the one that the caller likes best; the first of several.
    pub(crate) fn best(&self, offered: &[&'static str]) -> Option<&'static str> {
        let Some(ranges) = &self.ranges else { return offered.first().copied() };
        let liked = offered.iter().map(|media| (*media, quality(ranges, media)));
        // Whoever says no to the first type says so although another would do.
        if offered == JSON && ranges.iter().any(|range| range.name == JSON[0] && range.quality == 0) {
            return None;
        }
        let liked = liked.filter(|(_, quality)| *quality > 0).rev();
        liked.max_by_key(|(_, quality)| *quality).map(|(media, _)| media)
    }
}

/// What the most specific range says about a type; 0 if none does.
fn quality(ranges: &[Range], media: &str) -> u16 {
    let kind = media.split('/').next().unwrap_or_default();
    [media.to_owned(), format!("{kind}/*"), "*/*".to_owned()]
        .iter()
        .find_map(|name| ranges.iter().filter(|range| range.name == *name).map(|range| range.quality).max())
        .unwrap_or_default()
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next()?.to_ascii_lowercase();
        let (kind, subtype) = name.split_once('/')?;
        if kind.is_empty() || subtype.is_empty() || (kind == "*" && subtype != "*") {
            return None;
        }
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let quality = weight.map_or(Some(1_000), thousandths)?;
        Some(Self { name, quality })
    }
}

/// A weight from 0 to 1 with at most three digits behind the point.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 3 || !rest.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let parts: u16 = format!("{rest:0<3}").parse().ok()?;
    match whole {
        "0" => Some(parts),
        "1" if parts == 0 => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn best(accept: &'static str, offered: &[&'static str]) -> Option<&'static str> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
        Accept::of(&headers).best(offered)
    }

    #[test]
    fn json_is_taken_by_whoever_does_not_say_no_to_it() {
        for accept in [
            "application/json",
            "APPLICATION/JSON",
            "application/*",
            "*/*",
            "text/html, */*;q=0.1",
            "application/json;charset=utf-8",
            "text/html;q=0.9, application/json;q=0.001",
            "application/problem+json",
            "nonsense, application/json",
            "",
        ] {
            assert!(best(accept, JSON).is_some(), "{accept}");
        }
        assert!(Accept::of(&HeaderMap::new()).best(JSON).is_some());
    }

    #[test]
    fn whoever_takes_something_else_alone_is_refused() {
        for accept in [
            "text/html",
            "application/xml, text/*",
            "application/json;q=0",
            "application/json;q=0, */*",
            "application/json; q=0.000",
            "application/*;q=0, */*",
            "*/*;q=0",
            "application/json;q=2",
            "application/json;q=0.0001",
            "nonsense",
            "/",
            "*/json",
        ] {
            assert_eq!(best(accept, JSON), None, "{accept}");
        }
    }

    #[test]
    fn of_several_types_the_most_wanted_is_given() {
        let offered = &["text/plain", "text/html", "application/json"];
        assert_eq!(best("text/html,application/xhtml+xml,*/*;q=0.8", offered), Some("text/html"));
        assert_eq!(best("*/*", offered), Some("text/plain"));
        assert_eq!(best("application/json, text/*;q=0.5", offered), Some("application/json"));
        assert_eq!(best("image/png", offered), None);
    }
}
