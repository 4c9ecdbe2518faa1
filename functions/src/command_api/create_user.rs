use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use domain::{
    DisplayName, Email, RoleName, TenantId, User, UserId, UserName,
    role::Powers,
    user::{CreateUser, MAX_ROLES, Personal, Status, UserCommand},
};
use serde::{Deserialize, Serialize};
use utoipa::{PartialSchema as _, openapi::ArrayBuilder};

use super::{
    order::{Asked, Route, command_id, order},
    roles_named::known,
    user_command::{respond, state},
};
use crate::{
    commands::{Commands, Order},
    http::{
        Authenticated, Body, DryRun, IdempotencyKey, Kind, ParseAll, Patience, Pauses, PreferWait, Problem,
        version_headers,
    },
};

const ROUTE: Route = Route { name: "create_user", success: StatusCode::ACCEPTED };

/// `POST /v1/users`
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CreateUser)]
pub(crate) struct Request {
    #[schema(value_type = UserName)]
    pub(crate) user_name: String,
    #[schema(value_type = DisplayName)]
    pub(crate) display_name: String,
    #[schema(value_type = Email)]
    pub(crate) email: String,
    #[serde(default)]
    #[schema(schema_with = role_names)]
    pub(crate) roles: Vec<String>,
}

fn role_names() -> ArrayBuilder {
    ArrayBuilder::new().items(RoleName::schema()).max_items(Some(MAX_ROLES))
}

/// Accepts a user. Provisioning goes on in the background; `Link` says where to watch it, and who prefers to waits
/// for it.
pub(super) async fn handle(
    State(commands): State<Commands>,
    caller: Authenticated,
    IdempotencyKey(key): IdempotencyKey,
    (DryRun(dry_run), prefer, patience): (DryRun, PreferWait, Patience),
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let (personal, roles) = parse(&request)?;
    let tenant = caller.0.tenant.clone();
    // The id follows from the key, and so does the command's: a repeated create meets itself, also when
    // another of the tenant's clients repeats it.
    let (id, command_id) = (UserId::derive(&tenant, &key), command_id(&[ROUTE.name, &key]));
    let roles = powers(&commands, &tenant, id, &request.roles, &roles).await?;
    let said = serde_json::to_vec(&request).unwrap_or_default();
    let asked = Asked { route: ROUTE.name, key, body: &said };
    let order = Order { command_id, ..order(tenant.clone(), caller.actor(), asked) };
    let command = UserCommand::Create(CreateUser { personal, roles });
    let accepted = respond(&commands, ROUTE, id, dry_run, order, command).await?;
    if dry_run {
        return Ok(accepted);
    }
    let provisioned = match prefer.0 {
        Some(wanted) => provisioned(&commands, &tenant, id, Pauses::begin(wanted, patience)).await?,
        None => None,
    };
    let mut response = with_links(provisioned.unwrap_or(accepted), id);
    response.headers_mut().extend(prefer.applied());
    Ok(response)
}

pub(crate) fn parse(request: &Request) -> Result<(Personal, BTreeSet<RoleName>), Problem> {
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
            Ok((Personal { user_name, display_name, email }, roles))
        }
        _ => Err(Problem::new(Kind::INVALID_VALUE, Kind::INVALID_VALUE.advice)),
    }
}

/// What the roles make of the user. A role that was retired since the same request was carried out is no
/// reason to refuse its repetition, which is answered like the first.
pub(crate) async fn powers(
    commands: &Commands,
    tenant: &TenantId,
    id: UserId,
    list: &[String],
    roles: &BTreeSet<RoleName>,
) -> Result<BTreeMap<RoleName, Powers>, Problem> {
    let named = known(commands, tenant, roles.iter().collect()).await?;
    if !named.all_known() && commands.load_user(tenant, id).await? != User::Unknown {
        return Ok(BTreeMap::new());
    }
    named.in_the_body(list)
}

/// Waits until provisioning has come to something. If the user was provisioned, the answer is 201, with the user as
/// they were at that moment: another request under the same key that waits is told the same, byte for byte.
async fn provisioned(
    commands: &Commands,
    tenant: &TenantId,
    id: UserId,
    mut pauses: Pauses,
) -> Result<Option<Response>, Problem> {
    let is_under_way =
        |user: User| user.account().is_some_and(|account| account.lifecycle.status() == Status::Provisioning);
    while is_under_way(commands.load_user(tenant, id).await?) && pauses.pause().await {}
    let Some((version, user)) = commands.first_provisioned(tenant, id).await? else { return Ok(None) };
    let created = (StatusCode::CREATED, version_headers(version), Json(state(id, version, &user)?));
    Ok(Some(created.into_response()))
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
