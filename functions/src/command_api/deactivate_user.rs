use axum::{extract::State, http::StatusCode, response::Response};
use domain::user::{DeactivationReason, UserCommand};
use serde::{Deserialize, Serialize};

use super::{order::Route, user_command::OnUser};
use crate::{
    commands::Commands,
    http::{Body, Problem},
};

const ROUTE: Route = Route { name: "deactivate_user", success: StatusCode::OK };

/// `POST /v1/users/{id}/deactivate`
#[derive(Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Deactivate)]
pub(super) struct Request {
    #[serde(default)]
    reason: Reason,
}

/// The reasons that somebody can have. There are others, which only the system has.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AskedReason)]
enum Reason {
    #[default]
    Requested,
    LeftOrganisation,
    Security,
}

/// Shuts a user off, at once and whatever is going on.
pub(super) async fn handle(
    State(commands): State<Commands>,
    on: OnUser,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let said = serde_json::to_vec(&request).unwrap_or_default();
    let reason = match request.reason {
        Reason::Requested => DeactivationReason::Requested,
        Reason::LeftOrganisation => DeactivationReason::LeftOrganisation,
        Reason::Security => DeactivationReason::Security,
    };
    on.ask(&commands, ROUTE, &said, UserCommand::Deactivate { reason }).await
}
