use std::collections::{BTreeSet, HashMap};

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use domain::{Actor, Caller, TenantId};
use lambda_http::request::RequestContext;

use super::{Kind, Problem};

/// The token's claim that names the caller's tenant.
pub const CLAIM_TENANT: &str = "tenant";
/// The token's claim that lists the caller's roles, each behind [`ROLE_PREFIX`].
pub const CLAIM_ROLES: &str = "roles";
/// `rollcall:owner` makes an owner.
pub const ROLE_PREFIX: &str = "rollcall:";

/// The caller of a route, judged by [`only`](super::only).
#[derive(Clone, Debug)]
pub struct Authenticated(pub Caller);

/// The caller as the token has it. The token itself was verified by the gateway's authorizer: by API Gateway in
/// production, by the host everywhere else.
#[derive(Clone, Debug)]
pub(super) struct Claimed(pub(super) Caller);

/// Why a gateway let a request through without claims; told to the caller if the route needs them. API Gateway
/// lets none through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoClaims {
    NoToken,
    /// `Authorization` is there, for something else than a bearer token.
    OtherScheme,
    SeveralHeaders,
    /// In ASCII without quotes and backslashes, and for the caller to read.
    Refused(String),
    /// Whoever issued the token cannot be asked for the keys.
    Unknowable {
        /// Seconds.
        retry_after: u64,
    },
}

/// The answer to who comes without claims, with the challenge that says how to come again (RFC 6750, 3).
#[derive(Debug)]
pub(super) struct Unclaimed {
    problem: Problem,
    /// `None` where nothing was presented, or nothing is known of it: the plain challenge of a 401 will do.
    refused: Option<String>,
}

impl Authenticated {
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Caller(self.0.clone())
    }
}

impl<S: Sync> FromRequestParts<S> for Authenticated {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let judged = parts.extensions.get::<Self>().cloned();
        judged.ok_or_else(|| {
            tracing::error!("a route takes a caller whom nobody has judged");
            Problem::new(Kind::INTERNAL, Kind::INTERNAL.advice)
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Claimed {
    type Rejection = Unclaimed;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Unclaimed> {
        let reason = || parts.extensions.get::<NoClaims>().unwrap_or(&NoClaims::NoToken);
        let claims = claims(parts).ok_or_else(|| Unclaimed::because(reason()))?;
        caller(claims).map(Self)
    }
}

impl Unclaimed {
    fn because(reason: &NoClaims) -> Self {
        let problem = match reason {
            NoClaims::Refused(why) => return Self::refused(why),
            NoClaims::NoToken => unauthenticated("The request carries no token."),
            NoClaims::OtherScheme => {
                unauthenticated("The header Authorization has another scheme than Bearer.")
            }
            NoClaims::SeveralHeaders => Problem::new(
                Kind::INVALID_HEADER,
                "There are several headers Authorization, so nobody knows who calls. Send one.",
            ),
            NoClaims::Unknowable { retry_after } => {
                let detail =
                    "Whoever issued the token cannot be reached, so nobody knows whether it is good.";
                Problem::new(Kind::UNAVAILABLE, format!("{detail} {}", Kind::UNAVAILABLE.advice))
                    .retry_after(*retry_after)
            }
        };
        Self { problem, refused: None }
    }

    fn refused(why: &str) -> Self {
        let problem = unauthenticated(&format!("The bearer token is not accepted: {why}."));
        Self { problem, refused: Some(why.into()) }
    }
}

impl IntoResponse for Unclaimed {
    fn into_response(self) -> Response {
        let mut response = self.problem.into_response();
        if let Some(why) = self.refused {
            let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{why}\"");
            if let Ok(challenge) = HeaderValue::try_from(challenge) {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
        }
        response
    }
}

fn claims(parts: &Parts) -> Option<&HashMap<String, String>> {
    match parts.extensions.get::<RequestContext>()? {
        RequestContext::ApiGatewayV2(context) => Some(&context.authorizer.as_ref()?.jwt.as_ref()?.claims),
        _ => None,
    }
}

fn caller(claims: &HashMap<String, String>) -> Result<Caller, Unclaimed> {
    let tenant = claims.get(CLAIM_TENANT).and_then(|tenant| TenantId::parse(tenant).ok());
    let subject = claims.get("sub").filter(|subject| (1..=128).contains(&subject.len()));
    let (Some(tenant), Some(subject)) = (tenant, subject) else {
        return Err(Unclaimed::refused("it lacks the claim sub or a valid claim tenant"));
    };
    // A gateway writes the list `["product owner"]` as `[product owner]`. The prefix, which no other group
    // has, keeps its words from being roles; whatever lacks it is somebody else's and allows nothing here.
    let roles: BTreeSet<_> = claims
        .get(CLAIM_ROLES)
        .map_or("", String::as_str)
        .split(|c: char| c.is_whitespace() || "[],\"".contains(c))
        .filter_map(|role| role.strip_prefix(ROLE_PREFIX)?.parse().ok())
        .collect();
    Ok(Caller { tenant, subject: subject.clone(), roles })
}

fn unauthenticated(detail: &str) -> Problem {
    Problem::new(Kind::UNAUTHENTICATED, format!("{detail} {}", Kind::UNAUTHENTICATED.advice))
}

#[cfg(test)]
mod tests {
    use domain::CallerRole;

    use super::*;

    fn with(roles: &str) -> Result<Caller, Unclaimed> {
        let claims = [("sub", "admin-1"), ("tenant", "acme"), ("roles", roles)];
        caller(&claims.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    #[test]
    fn roles_are_read_in_every_way_a_gateway_writes_a_list() {
        let both = BTreeSet::from([CallerRole::Owner, CallerRole::Helpdesk]);
        // API Gateway flattens a list claim to `[a b]`; others keep JSON or a scope-like string.
        for text in [
            "[rollcall:owner rollcall:helpdesk]",
            "rollcall:owner rollcall:helpdesk other",
            r#"["rollcall:owner","rollcall:helpdesk"]"#,
            "rollcall:owner,rollcall:helpdesk",
        ] {
            assert_eq!(with(text).unwrap().roles, both, "{text}");
        }
    }

    #[test]
    fn unknown_roles_allow_nothing() {
        assert!(with("[product owner rollcall:superuser rollcall:Owner]").unwrap().roles.is_empty());
    }

    #[test]
    fn a_token_without_a_valid_tenant_authenticates_nobody() {
        for tenant in [None, Some(""), Some("a#b"), Some("A")] {
            let mut claims = HashMap::from([("sub".to_owned(), "admin-1".to_owned())]);
            claims.extend(tenant.map(|tenant| ("tenant".to_owned(), tenant.to_owned())));
            let unclaimed = caller(&claims).unwrap_err();
            assert_eq!(unclaimed.problem.kind, Kind::UNAUTHENTICATED, "{tenant:?}");
            assert!(
                unclaimed.into_response().headers()[header::WWW_AUTHENTICATE]
                    .to_str()
                    .unwrap()
                    .contains("invalid_token")
            );
        }
    }
}
