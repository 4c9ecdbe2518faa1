//! What each problem means, for people: beside its advice, on its page.

use super::Kind;

impl Kind {
    /// What has happened, in full. Empty if nobody has written it, which a test finds.
    #[must_use]
    pub fn meaning(&self) -> &'static str {
        MEANINGS.iter().find(|(code, _)| *code == self.code).map_or("", |(_, meaning)| meaning)
    }
}

const MEANINGS: &[(&str, &str)] = &[
    (
        "malformed-json",
        "The bytes of the body cannot be read as JSON: a bracket or a quote is missing, the text is not UTF-8, a number is out of range, it is nested too deeply, or it broke off. The detail says where reading stopped. Nothing was done.",
    ),
    (
        "invalid-body",
        "The body is JSON, but not of the shape that this request takes: a field is missing, is unknown, is of another type or stands there twice. `errors` names every such place by a JSON pointer, up to fifty of them. Nothing was done.",
    ),
    (
        "invalid-parameter",
        "A query parameter is unknown, stands there twice, has a value that it cannot have, or goes with another one that was not sent. Unknown parameters are refused rather than passed over: who sends one means something that would not happen.",
    ),
    (
        "invalid-header",
        "A header that this request goes by (Idempotency-Key, If-Match, If-None-Match, Consistency-Token) is there, but cannot be read. It is refused rather than passed over, because the request would mean something else without it.",
    ),
    (
        "idempotency-key-required",
        "The request creates something, and would create it twice if it were repeated after a lost answer. So it needs a name of the caller's own, by which a repetition is known.",
    ),
    (
        "invalid-import",
        "The file as a whole cannot be read: it has no rows, is not UTF-8, broke off, or its first line does not name the columns. What is wrong with a single row does not refuse the file; it becomes the verdict of that row. Nothing was kept.",
    ),
    (
        "unauthenticated",
        "The request carries no token, or one that is not accepted: it has expired, is signed by somebody else, or lacks the claims `sub` and `tenant`. The header WWW-Authenticate says how to authenticate.",
    ),
    (
        "forbidden",
        "The token is good, but none of the caller's roles allows this. Which roles do, the detail says.",
    ),
    (
        "caller-inactive",
        "The token is good, and its subject is a user of the tenant who is shut off, deleted, or has not confirmed their address. What a caller is now counts more than what their token says.",
    ),
    (
        "self-change",
        "Nobody changes their own roles or standing, whatever roles they have. So nobody locks themselves out by mistake, or lets themselves in again.",
    ),
    (
        "role-not-yours",
        "The role grants more than the caller could give, or the user has such a role. Nobody gives, takes or creates what is beyond them, nor says where the mail of somebody goes who has it.",
    ),
    ("not-found", "There is no such path. Paths are written in lower case and do not end in a slash."),
    (
        "user-unknown",
        "The tenant has no user of this id: there never was one, they belong to another tenant, or they were deleted. A deleted user can be restored for thirty days.",
    ),
    ("version-unknown", "The user has not seen so many commits yet."),
    ("not-created-yet", "The user was created later than the time that was asked for. The detail says when."),
    ("no-such-role", "The tenant has no role of this name. Names of roles are written in lower case."),
    (
        "no-such-replay",
        "There is no replay of this id. Its id is the name of the read model and the generation that it builds.",
    ),
    (
        "no-such-import",
        "The tenant has no import of this id: there never was one, it belongs to another tenant, or it ended more than thirty days ago.",
    ),
    (
        "not-parked",
        "No read model has set this stream aside, or there is no such stream: there is nothing to repair.",
    ),
    (
        "confirmation-unknown",
        "The token is not one that was sent, or not to this user. Whoever guesses is told the same as of a user who does not exist, and ten wrong tokens kill the link.",
    ),
    (
        "method-not-allowed",
        "The path exists, but not with this method. The header Allow lists the methods that it takes.",
    ),
    (
        "not-acceptable",
        "The header Accept excludes every content type that the answer could have. Nothing was done: what is done must not end in an answer that nobody takes.",
    ),
    (
        "email-taken",
        "Addresses are unique in a tenant, and two spellings of one address are the same: letter case and the form of the domain do not matter. A user who is deleted gives theirs back; one who waits to confirm a new address holds both.",
    ),
    (
        "user-name-taken",
        "User names are unique in a tenant, and two spellings of one name are the same: letter case and the width of letters do not matter. A user who is deleted gives theirs back.",
    ),
    (
        "user-exists",
        "A user with the id that follows from this Idempotency-Key exists, and was created by another request.",
    ),
    ("user-not-deleted", "The user is there, so there is nothing to be restored."),
    (
        "user-expired",
        "The user's expiry has passed, which has shut them off. Reactivated, they would be shut off again at once.",
    ),
    (
        "last-owner",
        "The tenant would be left without an owner who can sign in, and nobody could make one. The last effective owner can be neither shut off nor deleted, and keeps the role.",
    ),
    ("nothing-to-retry", "Provisioning is running or complete, so there is no failed step to try again."),
    (
        "nothing-to-cancel",
        "The address is confirmed: provisioning is over and cannot be undone step by step.",
    ),
    (
        "role-exists",
        "The tenant has a role of this name already, perhaps a retired one. Names of roles are never used again.",
    ),
    (
        "replay-busy",
        "One generation can be built beside the live one. The one of an earlier replay is still there, built or left over.",
    ),
    (
        "replay-state",
        "What was asked for cannot be done with a replay in the state that it is in. The detail names the state.",
    ),
    (
        "import-uploading",
        "Another request with this Idempotency-Key is sending the same file at this moment, or broke off less than twenty seconds ago. Two uploads of one import would be one too many.",
    ),
    (
        "import-over",
        "Every row has its verdict, or the import was stopped: nothing is left that could be cancelled. Users that were created stay.",
    ),
    ("user-inactive", "The user is shut off, so nothing is sent to them and nothing is provisioned."),
    ("already-confirmed", "The user has confirmed the address, and no new one waits to be confirmed."),
    (
        "not-sent-yet",
        "The first mail has not been sent yet: roles are still being linked, or the mail is on its way. It is sent without being asked for.",
    ),
    (
        "provisioning-failed",
        "A step before the mail has failed for good, so there is no mail to be sent again.",
    ),
    ("user-gone", "A deleted user can be restored for thirty days, and these are over."),
    ("confirmation-used", "The link works once, and somebody has followed it already."),
    (
        "confirmation-revoked",
        "The link was killed: by a newer mail, a new address, a deactivation or a deletion. At most one link of a user works.",
    ),
    ("confirmation-expired", "The link was not followed in time, or too many wrong tokens were tried."),
    (
        "cursor-expired",
        "The feed keeps what happened in the last thirty days, and the cursor is older. What happened between then and now is not told any more; it is in the users' timelines.",
    ),
    (
        "version-mismatch",
        "The header If-Match names a version, and somebody has changed it since. Nothing was done, so that nobody's change is lost. The detail says which version it has now.",
    ),
    (
        "precondition-required",
        "The request replaces something that somebody else may have changed since it was read, and does not say what was read. Nothing was done. The ETag of the answer that was read goes into If-Match.",
    ),
    (
        "request-timeout",
        "The head of the request, or its body, was not whole in time. The connection was closed; nothing was done.",
    ),
    ("body-too-large", "Bodies have at most 64 KiB. Nothing of a larger one was looked at."),
    (
        "commit-too-large",
        "What the command would record is larger than one commit can be. Nothing was recorded.",
    ),
    (
        "import-too-large",
        "The file has more than 10,000 rows or more than 4 MiB. Nothing of it was kept, and nobody was created.",
    ),
    (
        "uri-too-long",
        "Path and query have at most 8 KiB together. Nothing of a longer request was looked at.",
    ),
    (
        "no-such-webhook",
        "The path names a webhook that the tenant does not have, or that was deleted. Webhooks of other tenants are not shown.",
    ),
    (
        "no-such-delivery",
        "The path names no event that could be delivered: the tenant has no such event, or it was erased. A test cannot be delivered again; send another one.",
    ),
    (
        "webhook-limit",
        "A tenant has ten webhooks at most, the disabled ones included. Each event is sent to each of those that take it.",
    ),
    (
        "webhook-disabled",
        "Nothing is sent to a webhook that is disabled, whether somebody asked for that or its receiver did not answer for hours. What happened meanwhile is in the feed.",
    ),
    (
        "unsupported-media-type",
        "The body is not sent as what the request takes (JSON in most cases, NDJSON or CSV for an import), or it is compressed. The header Accept lists the content types that are taken.",
    ),
    (
        "invalid-value",
        "The body has the right shape, and a value in it is not acceptable: too long, empty, not an address. `errors` names every such value by a JSON pointer, with a code and a sentence, up to fifty of them. Nothing was done.",
    ),
    ("role-unknown", "The body or the path names a role that the tenant does not have. `errors` says which."),
    (
        "role-retired",
        "The body or the path names a role that was retired: nobody gets it any more. `errors` says which.",
    ),
    (
        "idempotency-key-reused",
        "The Idempotency-Key has named another request before. It is not carried out under that name, so that one name never means two things.",
    ),
    (
        "too-many-requests",
        "Each client, which is one subject of one tenant, may send so many requests in so many seconds. Commands, queries, and the deactivations and deletions of users are counted apart, so that a script that asks too much does not keep anybody from shutting a user off. The header RateLimit-Policy says how many requests there may be.",
    ),
    (
        "headers-too-large",
        "The headers have at most 16 KiB together. Nothing of a larger request was looked at.",
    ),
    (
        "resend-limit",
        "A user is sent a link once a minute, and so many times in twenty-four hours: nobody's mailbox is to be filled. The header Retry-After says when the next one can be sent.",
    ),
    (
        "internal",
        "Something went wrong that the caller can do nothing about. It is logged under the requestId. Whether something was recorded is not known: the same request with the same Idempotency-Key finds out.",
    ),
    (
        "contention",
        "So many commands for one aggregate arrived at the same time that this one lost several times. Nothing was recorded.",
    ),
    (
        "unavailable",
        "A part that the request needs did not answer in time. Whether something was recorded is not known: the same request with the same Idempotency-Key finds out, and is carried out once.",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{super::KINDS, MEANINGS};

    #[test]
    fn every_problem_has_a_meaning_and_every_meaning_a_problem() {
        let told: Vec<&str> = MEANINGS.iter().map(|(code, _)| *code).collect();
        let codes: BTreeSet<&str> = KINDS.iter().map(|kind| kind.code).collect();
        assert_eq!(told.iter().copied().collect::<BTreeSet<_>>(), codes);
        assert_eq!(told.len(), codes.len(), "one of them stands twice");
        for kind in KINDS {
            assert!(kind.meaning().len() > 40 && kind.advice.len() > 10, "{}", kind.code);
        }
    }

    #[test]
    fn what_may_succeed_later_says_when() {
        for kind in KINDS {
            let is_passing = [429, 503].contains(&kind.status.as_u16());
            assert!(kind.retry_after.is_some() || !is_passing, "{}", kind.code);
        }
    }
}
