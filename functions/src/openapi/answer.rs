use serde_json::{Value, json};
use utoipa::ToSchema;

use super::schemas::Content;

/// An answer when all went well.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(super) status: u16,
    pub(super) text: &'static str,
    pub(super) headers: Vec<Header>,
    /// One for each content type.
    pub(super) contents: Vec<Content>,
    pub(super) links: Vec<Link>,
}

/// Where the answer leads on: another operation, and one of its parameters with a place in this answer.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) operation: &'static str,
    pub(super) parameter: &'static str,
    pub(super) place: &'static str,
}

/// A header that an answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    ETag,
    ConsistencyToken,
    Location,
    Link,
    ReadLag,
    CacheControl,
    ContentSecurityPolicy,
    RequestId,
    Allow,
    Accept,
    RetryAfter,
    Authenticate,
    PreferenceApplied,
    RateLimit,
    RateLimitPolicy,
}

impl Answer {
    #[must_use]
    pub fn new(status: u16, text: &'static str) -> Self {
        Self { status, text, headers: vec![Header::RequestId], contents: Vec::new(), links: Vec::new() }
    }

    /// JSON of this shape.
    #[must_use]
    pub fn of<T: ToSchema>(mut self, example: Value) -> Self {
        self.contents.push(Content::of::<T>(example));
        self
    }

    /// A page of a list.
    #[must_use]
    pub fn page_of<T: ToSchema>(mut self, example: Value) -> Self {
        self.contents.push(Content::of::<T>(example).paged());
        self
    }

    /// All of a list that has no pages.
    #[must_use]
    pub fn list_of<T: ToSchema>(mut self, example: Value) -> Self {
        self.contents.push(Content::of::<T>(example).listed());
        self
    }

    /// Or, for a dry run, what would be recorded, with the state of this shape that it would leave behind.
    #[must_use]
    pub fn or_dry_run(mut self) -> Self {
        if let Some(last) = self.contents.pop() {
            self.contents.push(last.or_dry_run());
        }
        self
    }

    /// Or JSON of this other shape.
    #[must_use]
    pub fn or<T: ToSchema>(mut self) -> Self {
        if let Some(last) = self.contents.pop() {
            self.contents.push(last.or(Content::of::<T>(Value::Null)));
        }
        self
    }

    /// Text of this content type.
    #[must_use]
    pub fn text(mut self, media: &'static str) -> Self {
        self.contents.push(Content::text(media));
        self
    }

    /// An object that nobody describes here: JSON of a standard of its own.
    #[must_use]
    pub fn object(mut self) -> Self {
        self.contents.push(Content::object());
        self
    }

    #[must_use]
    pub fn with(mut self, headers: &[Header]) -> Self {
        self.headers.extend(headers);
        self
    }

    /// Leads on to an operation, with what stands at `place` of this answer, such as `$response.body#/id`.
    #[must_use]
    pub fn leads_to(mut self, operation: &'static str, parameter: &'static str, place: &'static str) -> Self {
        self.links.push(Link { operation, parameter, place });
        self
    }
}

impl Header {
    pub(super) const ALL: [Self; 15] = [
        Self::ETag,
        Self::ConsistencyToken,
        Self::Location,
        Self::Link,
        Self::ReadLag,
        Self::CacheControl,
        Self::ContentSecurityPolicy,
        Self::RequestId,
        Self::Allow,
        Self::Accept,
        Self::RetryAfter,
        Self::Authenticate,
        Self::PreferenceApplied,
        Self::RateLimit,
        Self::RateLimitPolicy,
    ];
    pub(super) const OF_LIMITS: &[Self] = &[Self::RateLimit, Self::RateLimitPolicy];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ETag => "ETag",
            Self::ConsistencyToken => "Consistency-Token",
            Self::Location => "Location",
            Self::Link => "Link",
            Self::ReadLag => "Read-Lag",
            Self::CacheControl => "Cache-Control",
            Self::ContentSecurityPolicy => "Content-Security-Policy",
            Self::RequestId => "X-Request-Id",
            Self::Allow => "Allow",
            Self::Accept => "Accept",
            Self::RetryAfter => "Retry-After",
            Self::Authenticate => "WWW-Authenticate",
            Self::PreferenceApplied => "Preference-Applied",
            Self::RateLimit => "RateLimit",
            Self::RateLimitPolicy => "RateLimit-Policy",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::ETag => "The version, for If-Match and If-None-Match.",
            Self::ConsistencyToken => {
                "The number of the last commit in the answer. A query that sends it sees at least that much."
            }
            Self::Location => "The path of what was accepted or created.",
            Self::Link => "With rel=\"monitor\", the path of the provisioning status.",
            Self::ReadLag => {
                "Everything that was recorded so many seconds ago or longer is in the list; `unknown` at first."
            }
            Self::CacheControl => "Whether and how the answer may be kept.",
            Self::ContentSecurityPolicy => "What the page may load: nothing from elsewhere.",
            Self::RequestId => "Names the request in logs; quote it when something went wrong.",
            Self::Allow => "The methods of the path.",
            Self::Accept => "The content types that the path takes.",
            Self::RetryAfter => "Seconds after which the same request may succeed.",
            Self::Authenticate => "How to authenticate.",
            Self::PreferenceApplied => "How much of the header Prefer was followed.",
            Self::RateLimit => {
                "What is left to this client: `r` requests now, and after `t` seconds as many as there can be."
            }
            Self::RateLimitPolicy => "What a client may do here: `q` requests in `w` seconds.",
        }
    }

    fn schema(self) -> Value {
        match self {
            Self::ETag => json!({ "type": "string", "pattern": "^\"[^\"]+\"$" }),
            Self::ConsistencyToken => json!({ "type": "integer", "minimum": 0 }),
            Self::Location => json!({ "type": "string", "format": "uri-reference" }),
            Self::ReadLag => json!({ "type": "string", "pattern": "^([0-9]+|unknown)$" }),
            Self::RetryAfter => json!({ "type": "integer", "minimum": 1 }),
            Self::PreferenceApplied => json!({ "type": "string", "pattern": "^wait=[0-9]+$" }),
            Self::RateLimit => json!({ "type": "string", "pattern": "^\"[a-z-]+\";r=[0-9]+;t=[0-9]+$" }),
            Self::RateLimitPolicy => {
                json!({ "type": "string", "pattern": "^\"[a-z-]+\";q=[0-9]+;w=[0-9]+$" })
            }
            Self::Link
            | Self::CacheControl
            | Self::ContentSecurityPolicy
            | Self::RequestId
            | Self::Allow
            | Self::Accept
            | Self::Authenticate => json!({ "type": "string" }),
        }
    }

    /// In the components of the document.
    pub(super) fn component(self) -> Value {
        json!({ "description": self.text(), "required": self.is_always_there(), "schema": self.schema() })
    }

    /// Limits are not told while they cannot be read, and a preference is for whoever has one.
    fn is_always_there(self) -> bool {
        !matches!(self, Self::PreferenceApplied | Self::RateLimit | Self::RateLimitPolicy)
    }

    pub(super) fn reference(self) -> Value {
        json!({ "$ref": format!("#/components/headers/{}", self.name()) })
    }
}
