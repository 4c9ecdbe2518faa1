use axum::http::Method;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Answer, Parameter, schemas::Content};
use crate::http::Kind;

const MERGE_PATCH: &str = "application/merge-patch+json";

/// One operation, as it is declared beside its handler. What follows from the route is not said again: its roles
/// and its scope, the parameters of its path, and the problems that every such route has.
#[derive(Clone, Debug)]
pub struct Operation {
    pub method: Method,
    /// As the route has it.
    pub path: &'static str,
    pub(super) id: &'static str,
    pub(super) tag: Tag,
    pub(super) summary: &'static str,
    pub(super) text: String,
    pub(super) parameters: Vec<Parameter>,
    /// One for each content type that the body can have.
    pub(super) bodies: Vec<Content>,
    pub(super) body_is_required: bool,
    pub(super) answers: Vec<Answer>,
    pub(super) problems: Vec<&'static Kind>,
}

/// What an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tag {
    Users,
    Lifecycle,
    Confirmations,
    Roles,
    Settings,
    Imports,
    Events,
    Webhooks,
    Replays,
    Parked,
    Limits,
    About,
}

impl Tag {
    pub(super) const ALL: [Self; 12] = [
        Self::Users,
        Self::Lifecycle,
        Self::Confirmations,
        Self::Roles,
        Self::Settings,
        Self::Imports,
        Self::Events,
        Self::Webhooks,
        Self::Replays,
        Self::Parked,
        Self::Limits,
        Self::About,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Users => "Users",
            Self::Lifecycle => "Life cycle",
            Self::Confirmations => "Confirmations",
            Self::Roles => "Roles",
            Self::Settings => "Settings",
            Self::Imports => "Imports",
            Self::Events => "Events",
            Self::Webhooks => "Webhooks",
            Self::Replays => "Replays",
            Self::Parked => "Parked streams",
            Self::Limits => "Limits",
            Self::About => "About this API",
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Users => "Creating, finding and changing users.",
            Self::Lifecycle => "Provisioning, shutting users off and letting them in again.",
            Self::Confirmations => "Confirming an e-mail address, by whoever holds the link.",
            Self::Roles => "The roles that users can have, and who has them.",
            Self::Settings => "What a tenant has chosen.",
            Self::Imports => "Many users from one file.",
            Self::Events => "What happened to a tenant, for programs that follow it.",
            Self::Webhooks => "Sending what happens to other systems, as it happens.",
            Self::Replays => "Rebuilding read models, for operators.",
            Self::Parked => "What a read model cannot apply, for operators.",
            Self::Limits => "How much the clients of a tenant may ask for, for operators.",
            Self::About => "This document, the console, the pages of problems, health.",
        }
    }
}

impl Operation {
    #[must_use]
    pub fn new(method: Method, path: &'static str, id: &'static str, tag: Tag) -> Self {
        Self {
            method,
            path,
            id,
            tag,
            summary: "",
            text: String::new(),
            parameters: Vec::new(),
            bodies: Vec::new(),
            body_is_required: false,
            answers: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// In a few words, and in full.
    #[must_use]
    pub fn says(mut self, summary: &'static str, text: impl Into<String>) -> Self {
        (self.summary, self.text) = (summary, text.into());
        self
    }

    /// In the query or in headers.
    #[must_use]
    pub fn takes(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// A JSON body of this shape, with an example.
    #[must_use]
    pub fn body<T: ToSchema>(mut self, example: Value) -> Self {
        (self.bodies, self.body_is_required) = (vec![Content::of::<T>(example)], true);
        self
    }

    /// The same, if it can be left out.
    #[must_use]
    pub fn body_if_any<T: ToSchema>(self, example: Value) -> Self {
        Self { body_is_required: false, ..self.body::<T>(example) }
    }

    /// The same, by the name that RFC 7396 gives it, too.
    #[must_use]
    pub fn or_merge_patch(mut self) -> Self {
        let patch = self.bodies.first().map(|body| body.clone().named_as(MERGE_PATCH));
        self.bodies.extend(patch);
        self
    }

    /// A text of this content type, with an example; another one, if there is one already.
    #[must_use]
    pub fn text_body(mut self, media: &'static str, example: &str) -> Self {
        self.bodies.push(Content { example: example.into(), ..Content::text(media) });
        Self { body_is_required: true, ..self }
    }

    #[must_use]
    pub fn answers(mut self, answer: Answer) -> Self {
        self.answers.push(answer);
        self
    }

    /// Problems that do not follow from the route, its parameters or its body.
    #[must_use]
    pub fn refuses(mut self, problems: &[&'static Kind]) -> Self {
        self.problems.extend(problems);
        self
    }
}
