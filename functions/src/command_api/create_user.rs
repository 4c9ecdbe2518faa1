use std::collections::BTreeSet;

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use domain::{
    DisplayName, Email, RoleName, TenantId, UserId, UserName,
    user::{CreateUser, MAX_ROLES, Personal, UserCommand},
};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::user_command::{Asked, answer, carry_out, command_id, order};
use crate::{
    commands::{Commands, Order},
    http::{Authenticated, Body, IdempotencyKey, Kind, ParseAll, Problem, problem::FieldError},
};

/// `POST /v1/users`
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Request {
    user_name: String,
    display_name: String,
    email: String,
    #[serde(default)]
    roles: Vec<String>,
}

/// Accepts a user. Provisioning goes on in the background; `Link` says where to watch it.
pub(super) async fn handle(
    State(commands): State<Commands>,
    caller: Authenticated,
    IdempotencyKey(key): IdempotencyKey,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let new = parse(&request)?;
    let tenant = caller.0.tenant.clone();
    refuse_unknown_roles(&commands, &tenant, &request.roles, &new.roles).await?;
    // The id follows from the key, and so does the command's: a repeated create meets itself, also when
    // another of the tenant's clients repeats it.
    let (id, command_id) = (UserId::derive(&tenant, &key), command_id(&["create_user", &key]));
    let said = serde_json::to_vec(&request).unwrap_or_default();
    let asked = Asked { route: "create_user", key, body: &said };
    let order = Order { command_id, ..order(tenant, caller.actor(), asked) };
    let executed = carry_out(&commands, "create_user", id, order, UserCommand::Create(new)).await?;
    Ok(with_links(answer(StatusCode::ACCEPTED, id, &executed)?, id))
}

fn parse(request: &Request) -> Result<CreateUser, Problem> {
    let mut all = ParseAll::default();
    let user_name = all.parse("/userName", UserName::parse(&request.user_name));
    let display_name = all.parse("/displayName", DisplayName::parse(&request.display_name));
    let email = all.parse("/email", Email::parse(&request.email));
    let names = request.roles.iter().enumerate();
    let roles: BTreeSet<_> = names
        .filter_map(|(place, name)| all.parse(format!("/roles/{place}"), RoleName::parse(name)))
        .collect();
    if roles.len() > MAX_ROLES {
        all.refuse("/roles", "too-many-roles", format!("a user has at most {MAX_ROLES} roles"));
    }
    all.finish()?;
    match (user_name, display_name, email) {
        (Some(user_name), Some(display_name), Some(email)) => {
            Ok(CreateUser { personal: Personal { user_name, display_name, email }, roles })
        }
        _ => Err(Problem::new(Kind::INVALID_VALUE, Kind::INVALID_VALUE.advice)),
    }
}

async fn refuse_unknown_roles(
    commands: &Commands,
    tenant: &TenantId,
    named: &[String],
    roles: &BTreeSet<RoleName>,
) -> Result<(), Problem> {
    let loaded = try_join_all(roles.iter().map(|role| commands.load_role(tenant, role))).await?;
    let unknown: Vec<&RoleName> =
        roles.iter().zip(&loaded).filter(|(_, state)| !state.is_linkable()).map(|(role, _)| role).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let errors = unknown.iter().map(|role| FieldError {
        pointer: format!(
            "/roles/{}",
            named.iter().position(|name| name == role.as_str()).unwrap_or_default()
        ),
        code: Kind::ROLE_UNKNOWN.code.into(),
        detail: format!("there is no role {role}"),
    });
    let names: Vec<&str> = unknown.iter().map(|role| role.as_str()).collect();
    let detail = format!("There is no role {}. {}", names.join(", "), Kind::ROLE_UNKNOWN.advice);
    Err(Problem::new(Kind::ROLE_UNKNOWN, detail).with_errors(errors.collect()))
}

fn with_links(mut response: Response, id: UserId) -> Response {
    let links = [
        (header::LOCATION, format!("/v1/users/{id}")),
        (header::LINK, format!("</v1/users/{id}/provisioning>; rel=\"monitor\"")),
    ];
    for (name, value) in links {
        response.headers_mut().extend(HeaderValue::from_str(&value).ok().map(|value| (name, value)));
    }
    response
}
