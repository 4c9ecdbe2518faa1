use axum::{extract::State, http::StatusCode, response::Response};
use domain::{DisplayName, UserName, user::UserCommand};
use serde::{Deserialize, Serialize};

use super::{order::Route, user_command::OnSeenUser};
use crate::{
    commands::Commands,
    http::{Body, ParseAll, Problem, told},
};

const ROUTE: Route = Route { name: "change_profile", success: StatusCode::OK };

/// `PATCH /v1/users/{id}`, a merge patch (RFC 7396): what is absent stays. `null` is refused: a user has both names.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ChangeProfile)]
pub(super) struct Request {
    #[serde(default, deserialize_with = "told", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = UserName)]
    user_name: Option<String>,
    #[serde(default, deserialize_with = "told", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = DisplayName)]
    display_name: Option<String>,
}

/// Changes what a user is called.
pub(super) async fn handle(
    State(commands): State<Commands>,
    OnSeenUser(on): OnSeenUser,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let mut all = ParseAll::default();
    let user_name =
        request.user_name.as_deref().and_then(|name| all.parse("/userName", UserName::parse(name)));
    let display_name =
        request.display_name.as_deref().and_then(|name| all.parse("/displayName", DisplayName::parse(name)));
    all.finish()?;
    let said = serde_json::to_vec(&request).unwrap_or_default();
    on.ask(&commands, ROUTE, &said, UserCommand::ChangeProfile { user_name, display_name }).await
}
