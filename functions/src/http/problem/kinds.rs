use axum::http::StatusCode;

/// One type of problem: what `/problems/{code}` stands for.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Stable; clients may match on it.
    pub code: &'static str,
    pub status: StatusCode,
    pub title: &'static str,
    /// What a caller can do.
    pub advice: &'static str,
    /// Seconds after which a retry makes sense, where one does.
    pub retry_after: Option<u64>,
}

macro_rules! kinds {
    ($($name:ident = $status:ident $code:literal, $title:literal, $advice:literal $(, retry $after:literal)?;)*) => {
        impl Kind {
            $(pub const $name: &'static Kind = &Kind {
                code: $code,
                status: StatusCode::$status,
                title: $title,
                advice: $advice,
                retry_after: kinds!(@retry $($after)?),
            };)*
        }

        /// Every type of problem that a caller can meet.
        pub const KINDS: &[&Kind] = &[$(Kind::$name),*];
    };
    (@retry) => { None };
    (@retry $after:literal) => { Some($after) };
}

kinds! {
    MALFORMED_JSON = BAD_REQUEST "malformed-json", "The body is not JSON", "Send a JSON object.";
    INVALID_BODY = BAD_REQUEST "invalid-body", "The body has another shape", "Send exactly the fields of this request, each of its type.";
    INVALID_PARAMETER = BAD_REQUEST "invalid-parameter", "A parameter was not understood", "Correct the parameter that is named.";
    INVALID_HEADER = BAD_REQUEST "invalid-header", "A header was not understood", "Correct the header that is named.";
    IDEMPOTENCY_KEY_REQUIRED = BAD_REQUEST "idempotency-key-required", "This request needs an Idempotency-Key", "Send a header Idempotency-Key with a value of your own, and the same value when you repeat the request.";
    INVALID_IMPORT = BAD_REQUEST "invalid-import", "The file is none that could be imported", "Nothing was kept. Send NDJSON, one object with userName, displayName, email and roles in each line, or CSV with such a first line.";
    UNAUTHENTICATED = UNAUTHORIZED "unauthenticated", "Who is calling?", "Send a header Authorization: Bearer with a valid token.";
    FORBIDDEN = FORBIDDEN "forbidden", "The caller may not do this", "Ask someone whose role allows it.";
    CALLER_INACTIVE = FORBIDDEN "caller-inactive", "The caller is not active any more", "Whoever holds this token is a user who is shut off, or not active yet. Ask another administrator.";
    SELF_CHANGE = FORBIDDEN "self-change", "Nobody does this to themselves", "Ask another administrator.";
    ROLE_NOT_YOURS = FORBIDDEN "role-not-yours", "The role is beyond what the caller may give", "Ask an owner: nobody gives what they lack, and privileged roles are for owners to give.";
    NOT_FOUND = NOT_FOUND "not-found", "There is nothing here", "Check the path.";
    USER_UNKNOWN = NOT_FOUND "user-unknown", "There is no such user", "Check the id; a user of another tenant is not shown.";
    VERSION_UNKNOWN = NOT_FOUND "version-unknown", "There is no such version yet", "Ask for a version up to the newest, or without one for the newest.";
    NOT_CREATED_YET = NOT_FOUND "not-created-yet", "The user did not exist then", "Ask for a time since the user's creation.";
    NO_SUCH_ROLE = NOT_FOUND "no-such-role", "There is no such role", "Check the name; GET /v1/roles lists them.";
    NO_SUCH_REPLAY = NOT_FOUND "no-such-replay", "There is no such replay", "Check the id; GET /v1/replays lists them.";
    NO_SUCH_IMPORT = NOT_FOUND "no-such-import", "There is no such import", "Check the id; GET /v1/imports lists those of the last 30 days.";
    NO_SUCH_WEBHOOK = NOT_FOUND "no-such-webhook", "There is no such webhook", "Check the id; GET /v1/webhooks lists them.";
    NO_SUCH_DELIVERY = NOT_FOUND "no-such-delivery", "There is no such delivery", "Check the id; GET /v1/webhooks/{id}/deliveries lists those of the last seven days.";
    NOT_PARKED = NOT_FOUND "not-parked", "It is not parked", "Check the path; GET /v1/parked lists what is.";
    CONFIRMATION_UNKNOWN = NOT_FOUND "confirmation-unknown", "There is no such confirmation", "Use the link of the newest mail as it is.";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED "method-not-allowed", "The path does not take this method", "Use one of the methods in Allow.";
    NOT_ACCEPTABLE = NOT_ACCEPTABLE "not-acceptable", "The answer comes in no type that was asked for", "Send Accept: application/json, or leave Accept out.";
    EMAIL_TAKEN = CONFLICT "email-taken", "The e-mail address is taken", "Another user of the tenant has this address, perhaps in another spelling.";
    USER_NAME_TAKEN = CONFLICT "user-name-taken", "The user name is taken", "Another user of the tenant has this name, perhaps in another spelling.";
    USER_EXISTS = CONFLICT "user-exists", "The user exists already", "Use a new Idempotency-Key for a new user.";
    USER_NOT_DELETED = CONFLICT "user-not-deleted", "The user is not deleted", "There is nothing to restore.";
    USER_EXPIRED = CONFLICT "user-expired", "The user's last day is over", "Schedule a later expiry first, or none.";
    LAST_OWNER = CONFLICT "last-owner", "The tenant's last owner stays", "Make somebody else an owner first, and wait until they are active.";
    NOTHING_TO_RETRY = CONFLICT "nothing-to-retry", "Nothing has failed", "Look at the provisioning status.";
    NOTHING_TO_CANCEL = CONFLICT "nothing-to-cancel", "Provisioning is over", "Deactivate the user instead.";
    ROLE_EXISTS = CONFLICT "role-exists", "The role exists already", "Use it, or choose another name.";
    REPLAY_BUSY = CONFLICT "replay-busy", "Another replay of the projection is not over", "Promote it and finish it, or cancel it, first.";
    REPLAY_STATE = CONFLICT "replay-state", "The replay is in another state", "GET /v1/replays/{id} tells its state. What is being built or was verified can be cancelled, what was verified can be promoted, what was promoted can be rolled back or finished.";
    IMPORT_UPLOADING = CONFLICT "import-uploading", "A request with this Idempotency-Key is on its way", "Send the same request again a little later; if the first one was accepted by then, the answer is the same.", retry 5;
    IMPORT_OVER = CONFLICT "import-over", "The import is over", "There is nothing left to cancel.";
    WEBHOOK_LIMIT = CONFLICT "webhook-limit", "The tenant has ten webhooks", "Delete one of them first, or change one.";
    WEBHOOK_DISABLED = CONFLICT "webhook-disabled", "The webhook is disabled", "Enable it first.";
    USER_INACTIVE = CONFLICT "user-inactive", "The user is inactive", "Reactivate the user first.";
    ALREADY_CONFIRMED = CONFLICT "already-confirmed", "The address is confirmed already", "There is nothing to do.";
    NOT_SENT_YET = CONFLICT "not-sent-yet", "The confirmation has not been sent yet", "It is on its way; look at the provisioning status.", retry 5;
    PROVISIONING_FAILED = CONFLICT "provisioning-failed", "Provisioning failed before the mail", "Look at the provisioning status for the step that failed.";
    USER_GONE = GONE "user-gone", "The user was deleted too long ago", "Create the user anew.";
    CONFIRMATION_USED = GONE "confirmation-used", "The confirmation has been used", "The address is confirmed; there is nothing to do.";
    CONFIRMATION_REVOKED = GONE "confirmation-revoked", "The confirmation has been revoked", "Use the newest mail, or ask an administrator.";
    CONFIRMATION_EXPIRED = GONE "confirmation-expired", "The confirmation has expired", "Ask an administrator to send it again.";
    CURSOR_EXPIRED = GONE "cursor-expired", "The feed does not go back so far", "Events have been missed: read the users anew, and the feed without a cursor.";
    VERSION_MISMATCH = PRECONDITION_FAILED "version-mismatch", "It has changed since", "Read it again and decide anew.";
    PRECONDITION_REQUIRED = PRECONDITION_REQUIRED "precondition-required", "This request needs an If-Match", "Read it first and send its ETag as If-Match, so that nobody's change is lost; or If-Match: * to overwrite whatever there is.";
    REQUEST_TIMEOUT = REQUEST_TIMEOUT "request-timeout", "The request came too slowly", "Send the same request again, without pauses in its body.", retry 1;
    BODY_TOO_LARGE = PAYLOAD_TOO_LARGE "body-too-large", "The body is too large", "Send at most 64 KiB.";
    IMPORT_TOO_LARGE = PAYLOAD_TOO_LARGE "import-too-large", "The file is too large", "Nothing was kept. Send several files, each of at most 10,000 rows and 4 MiB.";
    COMMIT_TOO_LARGE = PAYLOAD_TOO_LARGE "commit-too-large", "The command records too much at once", "Split the request.";
    URI_TOO_LONG = URI_TOO_LONG "uri-too-long", "The address is too long", "Send at most 8 KiB of path and query.";
    UNSUPPORTED_MEDIA_TYPE = UNSUPPORTED_MEDIA_TYPE "unsupported-media-type", "The body is of another type", "Send Content-Type: application/json.";
    INVALID_VALUE = UNPROCESSABLE_ENTITY "invalid-value", "A value is not accepted", "Correct the values that are named.";
    ROLE_UNKNOWN = UNPROCESSABLE_ENTITY "role-unknown", "There is no such role", "Create the role first, or correct its name.";
    ROLE_RETIRED = UNPROCESSABLE_ENTITY "role-retired", "The role is retired", "Choose another role.";
    IDEMPOTENCY_KEY_REUSED = UNPROCESSABLE_ENTITY "idempotency-key-reused", "The Idempotency-Key was used for another request", "Use a new key for a new request.";
    TOO_MANY_REQUESTS = TOO_MANY_REQUESTS "too-many-requests", "The client sends too many requests", "Wait as long as Retry-After says. RateLimit tells what is left; commands, queries and shut-offs are counted apart.", retry 1;
    RESEND_LIMIT = TOO_MANY_REQUESTS "resend-limit", "Too many confirmations were requested", "Wait as long as Retry-After says.", retry 60;
    HEADERS_TOO_LARGE = REQUEST_HEADER_FIELDS_TOO_LARGE "headers-too-large", "The headers are too large", "Send at most 16 KiB of headers.";
    INTERNAL = INTERNAL_SERVER_ERROR "internal", "Something broke on our side", "Tell the operator the requestId.";
    CONTENTION = SERVICE_UNAVAILABLE "contention", "Too many commands for one user at once", "Nothing was recorded. Send the same request again.", retry 1;
    UNAVAILABLE = SERVICE_UNAVAILABLE "unavailable", "A part of the system is unavailable", "Send the same request again, with the same Idempotency-Key.", retry 2;
}
