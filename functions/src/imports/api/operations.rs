//! What clients are told of each operation.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    import_item::ImportItem,
    list_rows::RowItem,
    upload::{Accepted, HIGHEST_RATE, RATE},
};
use crate::{
    http::{Kind, Nothing},
    imports::Word,
    openapi::{Answer, Header, Operation, Parameter, Tag, parameter},
};

const ID: &str = "7f3c2a9be1d04c55a1b66a2d8f0e4c11";
const AT: &str = "2026-11-21T12:00:00Z";
const NDJSON: &str = "\
{\"userName\":\"alice\",\"displayName\":\"Alice Liddell\",\"email\":\"alice@example.com\",\"roles\":[]}
{\"userName\":\"bob\",\"displayName\":\"Bob\",\"email\":\"bob@example.com\"}
";
const CSV: &str = "\
userName,displayName,email,roles
alice,Alice Liddell,alice@example.com,
bob,Bob,bob@example.com,engineer oncall
";

/// All of them.
pub(crate) fn operations() -> Vec<Operation> {
    vec![upload(), cancel(), list(), show(), rows()]
}

fn upload() -> Operation {
    let rate = json!({ "type": "integer", "minimum": 1, "maximum": HIGHEST_RATE, "default": RATE });
    let accepted = json!({
        "id": ID, "rows": 2, "format": "ndjson", "dryRun": false, "ratePerSecond": RATE, "startedBy": "admin-1",
        "startedAt": AT,
    });
    let accepted = Answer::new(202, "The file was accepted.").of::<Accepted>(accepted);
    let accepted = ["getImport", "listImportRows", "cancelImport"]
        .into_iter()
        .fold(accepted, |accepted, operation| accepted.leads_to(operation, "id", "$response.body#/id"));
    let dry_run = json!({ "type": "boolean", "default": false });
    Operation::new(Method::POST, "/v1/imports", "startImport", Tag::Imports)
        .takes([
            parameter::idempotency_key().required(),
            Parameter::query("dryRun", dry_run, "Judge each row, and create nobody."),
            Parameter::query("ratePerSecond", rate, "How many rows are worked off in a second at most."),
        ])
        .says(
            "Import users",
            "Creates a user for each row of a file, as `createUser` would, in the background. A row is an object with \
             `userName`, `displayName`, `email` and `roles` (NDJSON), or a line below a first one that names these \
             columns (CSV; roles with blanks between them). A file has at most 10,000 rows and 4 MiB. A row that is \
             not accepted stops no other one: each gets a verdict.",
        )
        .text_body("application/x-ndjson", NDJSON)
        .text_body("text/csv", CSV)
        .answers(accepted.with(&[Header::Location]))
        .refuses(&[
            Kind::IDEMPOTENCY_KEY_REQUIRED,
            Kind::IDEMPOTENCY_KEY_REUSED,
            Kind::INVALID_IMPORT,
            Kind::IMPORT_TOO_LARGE,
            Kind::IMPORT_UPLOADING,
        ])
}

fn cancel() -> Operation {
    of_an_import(Method::POST, "/v1/imports/{id}/cancel", "cancelImport")
        .says(
            "Cancel an import",
            "Rows that were not begun are left alone; users that were created stay. Cancelling twice is as good as \
             once.",
        )
        .body_if_any::<Nothing>(json!({}))
        .answers(Answer::new(200, "The import.").of::<ImportItem>(import("cancelling")))
        .refuses(&[Kind::INVALID_PARAMETER, Kind::IMPORT_OVER, Kind::IMPORT_UPLOADING])
}

fn list() -> Operation {
    let page = json!({ "items": [import("running")], "next": null });
    Operation::new(Method::GET, "/v1/imports", "listImports", Tag::Imports)
        .takes([parameter::limit(), parameter::cursor()])
        .says(
            "List imports",
            "The tenant's imports of the last 30 days, the newest first. A page may be short while `next` leads on.",
        )
        .answers(
            Answer::new(200, "A page of imports.")
                .page_of::<ImportItem>(page)
                .leads_to("listImports", "cursor", "$response.body#/next"),
        )
}

fn show() -> Operation {
    of_an_import(Method::GET, "/v1/imports/{id}", "getImport")
        .says("Get an import", "How far it is, and how many rows have which verdict.")
        .answers(Answer::new(200, "The import.").of::<ImportItem>(import("running")))
        .refuses(&[Kind::INVALID_PARAMETER])
}

fn rows() -> Operation {
    let created = json!({ "row": 1, "verdict": "created", "userId": "0191f3a6-4f57-5c3e-8b1d-2f6a9e4c7d10" });
    let taken = Kind::EMAIL_TAKEN;
    let exists = json!({ "row": 2, "verdict": "exists", "code": taken.code, "detail": taken.advice });
    let verdicts = json!({ "type": "string", "enum": Word::ALL.map(Word::as_str) });
    of_an_import(Method::GET, "/v1/imports/{id}/rows", "listImportRows")
        .takes([Parameter::query("verdict", verdicts, "Rows with this verdict.")])
        .takes([parameter::limit(), parameter::cursor()])
        .says(
            "List the rows of an import",
            "What became of each row so far, in the order of the file. What was in a row is not told.",
        )
        .answers(
            Answer::new(200, "A page of verdicts.")
                .page_of::<RowItem>(json!({ "items": [created, exists], "next": null })),
        )
}

fn of_an_import(method: Method, path: &'static str, id: &'static str) -> Operation {
    Operation::new(method, path, id, Tag::Imports).refuses(&[Kind::NO_SUCH_IMPORT])
}

fn import(state: &str) -> Value {
    json!({
        "id": ID, "state": state, "reason": null, "format": "ndjson", "dryRun": false, "rows": 1_000, "done": 400,
        "counts": { "created": 398, "would_be_created": 0, "exists": 1, "refused": 0, "invalid": 1 },
        "ratePerSecond": RATE, "rowsPerSecond": 48, "secondsLeft": 13, "startedBy": "admin-1", "startedAt": AT,
        "updatedAt": AT, "endedAt": null,
    })
}
