//! What SES tells of mails that it had taken, as EventBridge passes it on to the queue.

use std::collections::HashMap;

use domain::{TenantId, UserId, user::MailFlag};
use serde::Deserialize;

/// What became of a mail.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum MailReport {
    /// A confirmation came back, or was not wanted.
    Flagged(Flagged),
    /// Of no consequence: it arrived, the mailbox was full for a while, it was a notice, or not ours at all.
    Other,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Flagged {
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    pub(crate) confirmation: u32,
    pub(crate) flag: MailFlag,
    /// What SES calls the mail.
    pub(crate) message_id: String,
}

/// An EventBridge event of the source `aws.ses`.
#[derive(Deserialize)]
struct Event {
    source: String,
    detail: Detail,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    event_type: String,
    mail: Mail,
    bounce: Option<Bounce>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: String,
    /// The tags that the mail was sent with; each has a list of values.
    #[serde(default)]
    tags: HashMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
}

impl MailReport {
    /// `None` if it is no such event.
    pub(crate) fn read(body: &str) -> Option<Self> {
        let Event { source, detail } = serde_json::from_str(body).ok()?;
        (source == "aws.ses").then(|| flagged(&detail).map_or(Self::Other, Self::Flagged))
    }
}

fn flagged(detail: &Detail) -> Option<Flagged> {
    let tag = |name: &str| detail.mail.tags.get(name)?.first();
    Some(Flagged {
        tenant: TenantId::parse(tag("tenant")?).ok()?,
        user: tag("user")?.parse().ok()?,
        confirmation: tag("confirmation")?.parse().ok()?,
        flag: flag(detail)?,
        message_id: detail.mail.message_id.clone(),
    })
}

fn flag(detail: &Detail) -> Option<MailFlag> {
    let bounce_type = detail.bounce.as_ref().map(|bounce| bounce.bounce_type.as_str());
    match (detail.event_type.as_str(), bounce_type) {
        ("Bounce", Some("Permanent")) => Some(MailFlag::Bounce),
        ("Complaint", _) => Some(MailFlag::Complaint),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn user() -> UserId {
        UserId::derive(&TenantId::parse("acme").unwrap(), "k")
    }

    fn event(detail_type: &str, detail: &Value) -> String {
        let mail = json!({
            "timestamp": "2026-11-21T12:00:00.000Z",
            "messageId": "010f0193",
            "destination": ["alice@example.com"],
            "tags": {
                "ses:configuration-set": ["rollcall"],
                "tenant": ["acme"], "user": [user().to_string()], "confirmation": ["2"],
            },
        });
        let mut detail = detail.clone();
        detail["mail"] = mail;
        json!({
            "version": "0", "id": "1", "detail-type": detail_type, "source": "aws.ses",
            "account": "123456789012", "time": "2026-11-21T12:00:01Z", "region": "eu-west-1",
            "resources": [], "detail": detail,
        })
        .to_string()
    }

    fn flag_of(detail: &Value) -> Option<MailFlag> {
        match MailReport::read(&event("Email Bounced", detail)).unwrap() {
            MailReport::Other => None,
            MailReport::Flagged(Flagged { user, confirmation, message_id, flag, .. }) => {
                assert_eq!((user, confirmation, &*message_id), (self::user(), 2, "010f0193"));
                Some(flag)
            }
        }
    }

    #[test]
    fn only_what_is_final_is_flagged() {
        let bounce = |kind: &str| json!({ "eventType": "Bounce", "bounce": { "bounceType": kind } });
        assert_eq!(flag_of(&bounce("Permanent")), Some(MailFlag::Bounce));
        assert_eq!(flag_of(&bounce("Transient")), None);
        assert_eq!(flag_of(&bounce("Undetermined")), None);
        assert_eq!(flag_of(&json!({ "eventType": "Complaint", "complaint": {} })), Some(MailFlag::Complaint));
        assert_eq!(flag_of(&json!({ "eventType": "Delivery" })), None);
    }

    #[test]
    fn a_report_of_a_notice_or_of_a_mail_that_is_not_ours_is_of_no_consequence() {
        for tags in [json!({}), json!({ "tenant": ["acme"], "user": [user().to_string()], "notice": ["2"] })]
        {
            let theirs = json!({ "source": "aws.ses", "detail": { "eventType": "Bounce",
                "bounce": { "bounceType": "Permanent" }, "mail": { "messageId": "1", "tags": tags } } });
            assert_eq!(MailReport::read(&theirs.to_string()), Some(MailReport::Other));
        }
    }

    #[test]
    fn what_is_no_report_is_none() {
        let other = json!({ "source": "aws.s3", "detail": {} });
        for body in ["", "{}", "[]", &other.to_string()] {
            assert_eq!(MailReport::read(body), None, "{body}");
        }
    }
}
