use axum::{extract::State, http::StatusCode, response::Response};
use chrono::{DateTime, SubsecRound as _, Utc};
use domain::user::UserCommand;
use serde::{Deserialize, Serialize};

use super::{order::Route, user_command::OnSeenUser};
use crate::{
    commands::Commands,
    http::{Body, Problem},
};

const ROUTE: Route = Route { name: "schedule_expiry", success: StatusCode::OK };

/// `PUT /v1/users/{id}/expiry`. `null` is never; leaving it out is a mistake.
#[derive(Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ScheduleExpiry)]
pub(super) struct Request {
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    expires_at: Option<DateTime<Utc>>,
}

/// Says when a user is shut off.
pub(super) async fn handle(
    State(commands): State<Commands>,
    OnSeenUser(on): OnSeenUser,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let said = serde_json::to_vec(&request).unwrap_or_default();
    // Times are told in milliseconds everywhere.
    let expires_at = request.expires_at.map(|at| at.trunc_subsecs(3));
    on.ask(&commands, ROUTE, &said, UserCommand::ScheduleExpiry { expires_at }).await
}
