mod template;

use domain::{MailKind, MailTemplate};
use serde_json::{Value, json};
use ureq::http::Method;

use super::give::give;
use crate::{
    Failure,
    api::{Api, Request},
    arguments::{Backend, Settings},
    show,
};

pub(crate) fn run(command: Settings) -> Result<(), Failure> {
    match command {
        Settings::Show { backend } => {
            let settings = present(&backend)?;
            if backend.json { show::json(&settings) } else { shown(&settings) }
        }
        Settings::Set { confirmation_lifetime_hours, templates, reset, if_version, giving } => {
            let (mut settings, version) =
                if reset { (json!({ "templates": {} }), None) } else { chosen(present(&giving.backend)?) };
            if let Some(hours) = confirmation_lifetime_hours {
                settings["confirmationLifetimeHours"] = hours.into();
            }
            for template in &templates {
                settings["templates"][template.kind.as_str()] = template::read(&template.file)?;
            }
            let request = Request::new(Method::PUT, &["settings"]).if_version(if_version.or(version));
            give(&giving, "settings", request.body(settings), shown)
        }
    }
}

/// The settings as they are now. The view alone may be a moment behind; asked for a later commit than there
/// can be, the API reads on to the last one.
fn present(backend: &Backend) -> Result<Value, Failure> {
    let request = Request::new(Method::GET, &["settings"]).header("consistency-token", u64::MAX.to_string());
    Ok(Api::of(backend)?.send(request)?.body.unwrap_or_default())
}

/// What the tenant has chosen, as it is sent, and the version of it. The API shows templates as they are
/// used; a built-in one that was sent back would be the tenant's own from then on. What this program does
/// not know stays as it is.
fn chosen(mut settings: Value) -> (Value, Option<u64>) {
    if let Some(templates) = settings["templates"].as_object_mut() {
        templates.retain(|name, template| !is_built_in(name, template));
    }
    let version = settings.as_object_mut().and_then(|settings| settings.remove("version"));
    (settings, version.and_then(|version| version.as_u64()))
}

fn is_built_in(name: &str, template: &Value) -> bool {
    let kind = MailKind::ALL.into_iter().find(|kind| kind.as_str() == name);
    kind.is_some_and(|kind| json!(MailTemplate::default_for(kind)) == *template)
}

/// Templates are shown as files hold them.
fn shown(settings: &Value) -> Result<(), Failure> {
    let rows =
        ["confirmationLifetimeHours", "version"].map(|name| vec![name.into(), show::cell(&settings[name])]);
    show::table(&["SETTINGS", ""], &rows)?;
    for (name, template) in settings["templates"].as_object().into_iter().flatten() {
        show::line(&format!("\nTEMPLATE {}", show::plain(name)))?;
        template::lines(template).iter().try_for_each(|line| show::line(&plain_with_tabs(line)))?;
    }
    Ok(())
}

fn plain_with_tabs(line: &str) -> String {
    line.split('\t').map(show::plain).collect::<Vec<_>>().join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_chosen_is_sent_back() {
        let built_in = json!(MailTemplate::default_for(MailKind::EmailChange));
        let own = json!({ "subject": "Hi", "text": "{link}\n" });
        let shown = json!({
            "version": 3, "confirmationLifetimeHours": 24, "later": true,
            "templates": { "confirmation": own, "email_change": built_in },
        });
        let sent = json!({
            "confirmationLifetimeHours": 24, "later": true, "templates": { "confirmation": own },
        });
        assert_eq!(chosen(shown), (sent, Some(3)));
    }
}
