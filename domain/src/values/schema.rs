//! The value types as clients are told of them: the same limits that `parse` keeps.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

use super::{DisplayName, Email, RoleName, TenantId, UserId, UserName};
use crate::{MailTemplate, tenant::ConfirmationLifetime, user::Step};

/// Control characters, and those that turn the direction of the text around them.
const CONTROL: &str = r"\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069";
/// Characters of no width.
const INVISIBLE: &str = r"\u00AD\u200B-\u200F\u2060-\u2064\uFEFF";

macro_rules! schemas {
    ($($type:ty => $schema:expr;)*) => {
        $(
            impl PartialSchema for $type {
                fn schema() -> RefOr<Schema> {
                    $schema.into()
                }
            }

            impl ToSchema for $type {}
        )*
    };
}

schemas! {
    UserName => text("The name a user signs in with; unique in its tenant, in every spelling. No white space.")
        .min_length(Some(1))
        .max_length(Some(UserName::MAX_CHARS))
        .pattern(Some(format!(r"^[^\s{CONTROL}{INVISIBLE}]+$")));
    DisplayName => text("What people call the user: free text, not blank, in one line.")
        .min_length(Some(1))
        .max_length(Some(DisplayName::MAX_CHARS))
        .pattern(Some(format!(r"^[^{CONTROL}]*[^\s{CONTROL}][^{CONTROL}]*$")));
    Email => text("An e-mail address; unique in its tenant, in every spelling. At most 254 octets.")
        .format(Some(utoipa::openapi::SchemaFormat::Custom("email".into())))
        .max_length(Some(Email::MAX_OCTETS));
    RoleName => text("The name of a role; unique in its tenant.")
        .min_length(Some(1))
        .max_length(Some(RoleName::MAX_CHARS))
        .pattern(Some("^[a-z][a-z0-9_.-]*$"));
    TenantId => text("A tenant.")
        .min_length(Some(1))
        .max_length(Some(TenantId::MAX_CHARS))
        .pattern(Some("^[a-z0-9][a-z0-9-]*$"));
    UserId => text("A user, for ever: never used again.")
        .format(Some(utoipa::openapi::SchemaFormat::Custom("uuid".into())));
    Step => text("A piece of provisioning work.")
        .pattern(Some("^(link_role:.+|send_confirmation:[0-9]+|notify_email_change:[0-9]+)$"));
    ConfirmationLifetime => ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some("For how many hours a confirmation link works."))
        .minimum(Some(*ConfirmationLifetime::HOURS.start()))
        .maximum(Some(*ConfirmationLifetime::HOURS.end()));
    MailTemplate => ObjectBuilder::new()
        .description(Some(
            "What a mail says. Placeholders stand in braces, such as {display_name}; a brace that is meant is \
             written \\{ or \\}. The text of a confirmation needs {link}, with white space or < > around it.",
        ))
        .property("subject", text("One line.").min_length(Some(1)).max_length(Some(MailTemplate::MAX_SUBJECT_CHARS)))
        .property("text", text("Plain text.").min_length(Some(1)).max_length(Some(MailTemplate::MAX_TEXT_CHARS)))
        .required("subject")
        .required("text")
        .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::<Schema>::FreeForm(false)));
}

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}
