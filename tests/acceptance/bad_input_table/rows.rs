use acceptance::{Say, alice, command, confirm, delete, get, patch, post, put};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use domain::CallerRole::{Auditor, Owner, ReplayOperator, UserAdmin};
use serde_json::{Value, json};

use super::{
    Row, Weather, World,
    world::{file, webhook},
};

type Section = (&'static str, Vec<Row>);

fn row(status: u16, code: &'static str, what: &'static str, say: Say) -> Row {
    Row { what, say, status, code, weather: Weather::Fair }
}

/// A creation with one thing changed.
fn creation(change: impl FnOnce(&mut Value)) -> Say {
    let mut body = alice();
    change(&mut body);
    post("/v1/users", &body).key("new")
}

fn user(id: &str, rest: &str) -> String {
    format!("/v1/users/{id}{rest}")
}

/// A user's id that nobody has.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

pub(super) fn rows(world: &World) -> Vec<Section> {
    vec![
        ("Requests that cannot be read", unreadable(world)),
        ("Values that are not accepted", unacceptable(world)),
        ("Who calls", strangers(world)),
        ("What they may not do", forbidden(world)),
        ("What is not there", absent(world)),
        ("The form of the request", form(world)),
        ("What stands against it", conflicts(world)),
        ("What is over", over(world)),
        ("What has changed meanwhile", stale(world)),
        ("Too much, or too soon", too_much(world)),
    ]
}

fn unreadable(world: &World) -> Vec<Row> {
    let raw = |body: &[u8]| post("/v1/users", &json!({})).key("new").body(body);
    vec![
        row(400, "invalid-import", "an import without a row", file("userName,displayName,email\n")),
        row(
            400,
            "invalid-import",
            "an import with a column that there is not",
            file("userName,shoeSize\na,42\n"),
        ),
        row(
            400,
            "invalid-parameter",
            "a place in the feed of one's own making",
            get("/v1/events?after=1.dS0x.AAAA"),
        ),
        row(
            400,
            "invalid-parameter",
            "a type of events that there is not",
            get("/v1/events?type=user.sneezed"),
        ),
        row(400, "malformed-json", "a body that is not JSON", raw(b"{\"userName\":")),
        row(400, "malformed-json", "a body that is not UTF-8", raw(b"{\"userName\":\"\xff\"}")),
        row(400, "invalid-body", "a list instead of an object", raw(b"[]")),
        row(400, "invalid-body", "a field of another type", creation(|body| body["userName"] = json!(7))),
        row(400, "invalid-body", "a field that there is not", creation(|body| body["admin"] = json!(true))),
        row(400, "invalid-body", "a field that is missing", raw(b"{\"userName\":\"alice\"}")),
        row(
            400,
            "invalid-body",
            "`null` for a name in a merge patch",
            patch(user(&world.bob, ""), &json!({ "displayName": null })),
        ),
        row(
            400,
            "idempotency-key-required",
            "a creation without an Idempotency-Key",
            post("/v1/users", &alice()),
        ),
        row(
            400,
            "invalid-header",
            "an Idempotency-Key of 201 characters",
            creation(|_| ()).key(&"k".repeat(201)),
        ),
        row(
            400,
            "invalid-header",
            "an If-Match that is no ETag",
            command(&world.bob, "deactivate").header("if-match", "1"),
        ),
        row(
            400,
            "invalid-header",
            "an If-None-Match that is no ETag",
            get(user(&world.bob, "")).header("if-none-match", "1"),
        ),
        row(
            400,
            "invalid-header",
            "a Consistency-Token that is no number",
            get(user(&world.bob, "")).header("consistency-token", "x"),
        ),
        row(400, "invalid-parameter", "a parameter that there is not", get("/v1/users?page=2")),
        row(400, "invalid-parameter", "a filter that is no status", get("/v1/users?status=asleep")),
        row(400, "invalid-parameter", "a filter that is no address", get("/v1/users?email=bob")),
        row(400, "invalid-parameter", "an order that there is not", get("/v1/users?sort=age")),
        row(400, "invalid-parameter", "a limit of 0", get("/v1/users?limit=0")),
        row(400, "invalid-parameter", "a limit of 201", get("/v1/users?limit=201")),
        row(400, "invalid-parameter", "a cursor of one's own making", get("/v1/users?cursor=1.dS0x.AAAA")),
        row(
            400,
            "invalid-parameter",
            "`dryRun` that is neither true nor false",
            creation(|_| ()).with("dryRun", "maybe"),
        ),
        row(
            400,
            "invalid-parameter",
            "a wait of 21 seconds",
            get(user(&world.bob, "/provisioning?wait=21")).header("if-none-match", "\"1\""),
        ),
        row(400, "invalid-parameter", "a moment that is no time", get(user(&world.bob, "?at=yesterday"))),
    ]
}

fn unacceptable(world: &World) -> Vec<Row> {
    let past = json!({ "expiresAt": "2020-01-01T00:00:00Z" });
    let limit = |limits: Value| put("/v1/limits/globex", &limits).by(ReplayOperator);
    vec![
        row(
            422,
            "invalid-value",
            "a limit of no requests",
            limit(json!({ "commands": { "requests": 0, "seconds": 60 }, "queries": null, "shutOffs": null })),
        ),
        row(422, "invalid-value", "limits of which none is told", limit(json!({}))),
        row(
            422,
            "idempotency-key-reused",
            "the same for another import",
            file("userName,displayName,email\na,A,a@example.com\n").key("over"),
        ),
        row(
            422,
            "invalid-value",
            "an e-mail address that is none",
            creation(|body| body["email"] = json!("alice@")),
        ),
        row(
            422,
            "invalid-value",
            "a webhook to an address that is not public",
            post("/v1/webhooks", &json!({ "url": "https://10.0.0.1/" })).key("new"),
        ),
        row(422, "invalid-value", "an empty user name", creation(|body| body["userName"] = json!(" "))),
        row(
            422,
            "invalid-value",
            "a role name that none can have",
            creation(|body| body["roles"] = json!(["No Role"])),
        ),
        row(422, "invalid-value", "a last day in the past", put(user(&world.ann, "/expiry"), &past)),
        row(
            422,
            "invalid-value",
            "a lifetime of no hours",
            put("/v1/settings", &json!({ "confirmationLifetimeHours": 0 })),
        ),
        row(
            422,
            "role-unknown",
            "a role that there is not",
            creation(|body| body["roles"] = json!(["nobody"])),
        ),
        row(422, "role-retired", "a role that is retired", creation(|body| body["roles"] = json!(["pilot"]))),
        row(
            422,
            "idempotency-key-reused",
            "an Idempotency-Key that was used for another request",
            post(user(&world.bob, "/deactivate"), &json!({ "reason": "security" })).key("k"),
        ),
    ]
}

fn strangers(world: &World) -> Vec<Row> {
    vec![
        row(401, "unauthenticated", "no token", get("/v1/users").by_nobody()),
        row(
            401,
            "unauthenticated",
            "a token that has expired",
            get("/v1/users").expired(TimeDelta::hours(1)),
        ),
        row(
            401,
            "unauthenticated",
            "a token that is none",
            get("/v1/users").by_nobody().header("authorization", "Bearer x"),
        ),
        row(403, "caller-inactive", "a caller who is shut off", get("/v1/users").by_user(&world.carol)),
        row(403, "caller-inactive", "a caller who was deleted", get("/v1/users").by_user(&world.dave)),
    ]
}

fn forbidden(world: &World) -> Vec<Row> {
    let owners = post("/v1/roles", &json!({ "name": "emperor", "grants": ["owner"] }));
    vec![
        row(403, "forbidden", "somebody who is no administrator", creation(|_| ()).by(Auditor)),
        row(403, "forbidden", "an owner in the office of an operator", get("/v1/replays").by(Owner)),
        row(
            403,
            "self-change",
            "a change of one's own standing",
            command(&world.ann, "deactivate").by_user(&world.ann),
        ),
        row(
            403,
            "role-not-yours",
            "a role that is beyond what the caller could give",
            creation(|body| body["roles"] = json!(["owners"])).by(UserAdmin),
        ),
        row(403, "role-not-yours", "a new role that is", owners.by(UserAdmin)),
    ]
}

fn absent(world: &World) -> Vec<Row> {
    let import = |rest: &str| format!("/v1/imports/{}{rest}", world.import);
    let hook = |rest: &str| format!("/v1/webhooks/{}{rest}", world.webhook);
    vec![
        row(404, "no-such-import", "an import of another tenant", get(import("")).of_tenant("globex")),
        row(
            404,
            "no-such-import",
            "an import that there is not",
            get(format!("/v1/imports/{}", "0".repeat(32))),
        ),
        row(404, "no-such-webhook", "a webhook of another tenant", get(hook("")).of_tenant("globex")),
        row(404, "no-such-webhook", "a webhook that there is not", get(format!("/v1/webhooks/{NOBODY}"))),
        row(
            404,
            "no-such-delivery",
            "a delivery that there was not, once more",
            post(hook("/deliveries/msg_AAAA/redeliver"), &json!({})),
        ),
        row(404, "not-found", "a path that there is not", get("/v1/people")),
        row(404, "not-found", "a file that the console has not", get("/console/nothing.js").by_nobody()),
        row(404, "user-unknown", "a user whom nobody knows", get(user(NOBODY, ""))),
        row(404, "user-unknown", "an id that is none", get(user("1", ""))),
        row(404, "user-unknown", "a user of another tenant", get(user(&world.bob, "")).of_tenant("globex")),
        row(404, "user-unknown", "a user who was deleted", get(user(&world.dave, ""))),
        row(404, "user-unknown", "a command to a user whom nobody knows", command(NOBODY, "deactivate")),
        row(
            404,
            "no-such-role",
            "a role to retire that there is not",
            post("/v1/roles/nobody/retire", &json!({})),
        ),
        row(404, "confirmation-unknown", "the token of no confirmation", confirm("c1.AAAA")),
    ]
}

fn form(world: &World) -> Vec<Row> {
    let large = format!("{{\"userName\":\"{}\"}}", "a".repeat(64 * 1024));
    vec![
        row(
            415,
            "unsupported-media-type",
            "an import that is neither CSV nor NDJSON",
            file("x").header("content-type", "application/xml"),
        ),
        row(
            405,
            "method-not-allowed",
            "a method that the path does not have",
            put(user(&world.bob, "/deactivate"), &json!({})),
        ),
        row(406, "not-acceptable", "an Accept without JSON", get("/v1/users").header("accept", "image/png")),
        row(
            413,
            "body-too-large",
            "a body of more than 64 KiB",
            post("/v1/users", &json!({})).key("new").body(large),
        ),
        row(
            415,
            "unsupported-media-type",
            "a body that is said to be text",
            creation(|_| ()).header("content-type", "text/plain"),
        ),
    ]
}

fn conflicts(world: &World) -> Vec<Row> {
    let named = |name: &str, email: &str| json!({ "userName": name, "displayName": "B", "email": email });
    let wants_role = put(user(&world.dave, "/roles/engineer"), &json!({}));
    vec![
        row(
            409,
            "import-over",
            "the cancellation of an import that is done",
            post(format!("/v1/imports/{}/cancel", world.import), &json!({})),
        ),
        row(409, "webhook-limit", "an eleventh webhook", webhook("eleventh").of_tenant("umbrella")),
        row(409, "webhook-disabled", "an event once more to a webhook that is disabled", {
            let created = format!("user/1/1/{}", world.bob);
            let delivery = BASE64_URL_SAFE_NO_PAD.encode(created);
            post(format!("/v1/webhooks/{}/deliveries/msg_{delivery}/redeliver", world.webhook), &json!({}))
        }),
        row(
            409,
            "email-taken",
            "an address that somebody has",
            post("/v1/users", &named("bobby", "BOB@example.com")).key("new"),
        ),
        row(
            409,
            "user-name-taken",
            "a user name that somebody has",
            post("/v1/users", &named("Bob", "b@example.com")).key("new"),
        ),
        row(409, "role-exists", "a role that there is", post("/v1/roles", &json!({ "name": "engineer" }))),
        row(
            409,
            "already-confirmed",
            "another confirmation for who has confirmed",
            command(&world.ann, "resend-confirmation"),
        ),
        row(
            409,
            "user-inactive",
            "another confirmation for who is shut off",
            command(&world.carol, "resend-confirmation"),
        ),
        row(
            409,
            "nothing-to-retry",
            "a retry where nothing has failed",
            command(&world.bob, "retry-provisioning"),
        ),
        row(
            409,
            "nothing-to-cancel",
            "a cancellation where nothing goes on",
            command(&world.ann, "cancel-provisioning"),
        ),
        row(409, "user-not-deleted", "a restoration of who was not deleted", command(&world.bob, "restore")),
        row(409, "last-owner", "the deletion of the last owner", delete(user(&world.ann, ""))),
        row(404, "user-unknown", "a role for who was deleted", wants_role),
    ]
}

fn over(world: &World) -> Vec<Row> {
    vec![
        row(410, "confirmation-used", "a link that was followed", confirm(&world.used)),
        row(410, "confirmation-revoked", "a link that another one has replaced", confirm(&world.revoked)),
        row(410, "confirmation-expired", "a link whose time is over", confirm(&world.expired)),
    ]
}

fn stale(world: &World) -> Vec<Row> {
    let rename = patch(user(&world.bob, ""), &json!({ "displayName": "B" }));
    vec![
        row(
            412,
            "version-mismatch",
            "an If-Match that is not the newest ETag",
            rename.clone().header("if-match", "\"1\""),
        ),
        row(
            412,
            "version-mismatch",
            "the same at a deactivation that says so",
            command(&world.bob, "deactivate").header("if-match", "\"1\""),
        ),
        row(428, "precondition-required", "a replacing write without If-Match", rename.without("if-match")),
        row(
            428,
            "precondition-required",
            "new settings without If-Match",
            put("/v1/settings", &json!({})).without("if-match"),
        ),
    ]
}

fn too_much(world: &World) -> Vec<Row> {
    let again = command(&world.bob, "resend-confirmation");
    let rename = patch(user(&world.carol, ""), &json!({ "displayName": "C" }));
    vec![
        row(
            429,
            "too-many-requests",
            "more requests than the client may send",
            get("/v1/users").of_tenant("initech"),
        ),
        row(429, "resend-limit", "another confirmation in the same minute", again),
        Row {
            weather: Weather::Busy,
            ..row(503, "contention", "a command to a user whom twenty others change first", rename)
        },
        Row {
            weather: Weather::Down,
            ..row(
                503,
                "unavailable",
                "a command while the event table does not answer",
                command(&world.carol, "reactivate"),
            )
        },
    ]
}
