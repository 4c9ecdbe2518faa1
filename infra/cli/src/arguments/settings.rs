use std::{path::PathBuf, str::FromStr};

use clap::{ArgGroup, Subcommand};
use domain::MailKind;

use super::{Backend, Giving};

#[derive(Debug, Subcommand)]
pub(crate) enum Settings {
    /// Show what holds for the tenant
    #[command(after_help = "Example: rollcall settings show")]
    Show {
        #[command(flatten)]
        backend: Backend,
    },
    /// Change what is given; everything else stays
    #[command(
        group = ArgGroup::new("what")
            .args(["confirmation_lifetime_hours", "templates", "reset"])
            .required(true)
            .multiple(true),
        after_help = "Example: rollcall settings set --confirmation-lifetime-hours 24 --template confirmation=welcome.txt"
    )]
    Set {
        /// For how long a confirmation link works
        #[arg(long, value_name = "N")]
        confirmation_lifetime_hours: Option<u32>,
        /// What a mail says (confirmation or email_change): the file's first line is "Subject: …", the second
        /// is empty, the rest is the text; may be repeated
        #[arg(long = "template", value_name = "MAIL=FILE")]
        templates: Vec<TemplateFile>,
        /// Begin with the built-in settings instead of the present ones
        #[arg(long)]
        reset: bool,
        /// Only if the settings are still at this version (If-Match); by default, at the one that was read
        #[arg(long, value_name = "N")]
        if_version: Option<u64>,
        #[command(flatten)]
        giving: Giving,
    },
}

/// Where the template of a mail is.
#[derive(Clone, Debug)]
pub(crate) struct TemplateFile {
    pub kind: MailKind,
    pub file: PathBuf,
}

impl FromStr for TemplateFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = text.split_once('=').ok_or("write MAIL=FILE")?;
        let kind = MailKind::ALL.into_iter().find(|kind| kind.as_str() == name);
        let known = MailKind::ALL.map(MailKind::as_str).join(" or ");
        let kind = kind.ok_or_else(|| format!("there is no mail {name:?}; use {known}"))?;
        Ok(Self { kind, file: file.into() })
    }
}
