use std::sync::Arc;

use aws_config::SdkConfig;

use super::{Mailer, Outbox, Ses, Smtp};
use crate::{
    clock::Clock,
    environment::{BadSetting, MAIL_OUTBOX, MAIL_TRANSPORT, SES_CONFIGURATION_SET, SMTP_URL},
};

/// The mailer that `MAIL_TRANSPORT` names, with the settings that it needs; no others are looked at.
///
/// # Errors
/// [`BadSetting`], which says what to set, and shows no values.
pub fn from_environment(aws: &SdkConfig, clock: Clock) -> Result<Arc<dyn Mailer>, BadSetting> {
    from_settings(&|name| std::env::var(name).ok(), aws, clock)
}

fn from_settings(
    setting: &dyn Fn(&'static str) -> Option<String>,
    aws: &SdkConfig,
    clock: Clock,
) -> Result<Arc<dyn Mailer>, BadSetting> {
    let needed = |name| setting(name).ok_or(BadSetting::Missing(name));
    let unusable = |name, expected| BadSetting::Unusable { name, expected };
    match needed(MAIL_TRANSPORT)?.as_str() {
        "ses" => {
            let configuration_set = setting(SES_CONFIGURATION_SET).filter(|name| !name.is_empty());
            if configuration_set.as_deref().is_some_and(|name| !Ses::is_configuration_set(name)) {
                let expected = "the name of a configuration set (a-z, A-Z, 0-9, '_' and '-', 64 at most)";
                return Err(unusable(SES_CONFIGURATION_SET, expected));
            }
            Ok(Arc::new(Ses::new(aws, configuration_set)))
        }
        "smtp" => {
            let expected = "a URL such as smtps://user:password@smtp.example.com, \
                smtp://user:password@smtp.example.com?tls=required, or smtp://127.0.0.1:25";
            let smtp = Smtp::at(&needed(SMTP_URL)?).map_err(|_| unusable(SMTP_URL, expected))?;
            Ok(Arc::new(smtp))
        }
        "outbox" => {
            let folder = Outbox::in_folder(needed(MAIL_OUTBOX)?, clock);
            let outbox =
                folder.map_err(|_| unusable(MAIL_OUTBOX, "a folder that can be made and written to"))?;
            Ok(Arc::new(outbox))
        }
        _ => Err(unusable(MAIL_TRANSPORT, "one of ses, smtp, outbox")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients;

    fn chosen(settings: &[(&'static str, &str)]) -> Result<(), String> {
        let setting =
            |name| settings.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        let aws = clients::for_endpoint("http://127.0.0.1:9", clients::loopback_http_client());
        from_settings(&setting, &aws, Clock::system()).map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn each_transport_is_made_of_its_own_settings() {
        assert_eq!(chosen(&[(MAIL_TRANSPORT, "ses")]), Ok(()));
        assert_eq!(chosen(&[(MAIL_TRANSPORT, "ses"), (SES_CONFIGURATION_SET, "rollcall-events_1")]), Ok(()));
        assert_eq!(chosen(&[(MAIL_TRANSPORT, "smtp"), (SMTP_URL, "smtp://127.0.0.1:3025")]), Ok(()));
        let folder = std::env::temp_dir();
        assert_eq!(
            chosen(&[(MAIL_TRANSPORT, "outbox"), (MAIL_OUTBOX, folder.to_str().expect("it is UTF-8"))]),
            Ok(())
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        for (settings, missing) in [
            (&[][..], MAIL_TRANSPORT),
            (&[(MAIL_TRANSPORT, "smtp")], SMTP_URL),
            (&[(MAIL_TRANSPORT, "outbox")], MAIL_OUTBOX),
        ] {
            assert_eq!(chosen(settings), Err(format!("set the environment variable {missing}")));
        }
    }

    #[test]
    fn what_is_wrong_is_named_and_not_shown() {
        assert_eq!(
            chosen(&[(MAIL_TRANSPORT, "pigeon")]).unwrap_err(),
            "the environment variable MAIL_TRANSPORT is not one of ses, smtp, outbox"
        );
        for (transport, name, value) in [
            ("ses", SES_CONFIGURATION_SET, "s3cret set"),
            ("smtp", SMTP_URL, "https://user:s3cret@smtp.example.com"),
            ("outbox", MAIL_OUTBOX, "/dev/null/s3cret"),
        ] {
            let error = chosen(&[(MAIL_TRANSPORT, transport), (name, value)]).unwrap_err();
            assert!(error.contains(name) && !error.contains("s3cret"), "{error}");
        }
    }
}
