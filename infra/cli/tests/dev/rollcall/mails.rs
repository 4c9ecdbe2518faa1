use std::{fs, path::Path};

/// A confirmation in the outbox: whom it is for, and where its link leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mail {
    pub(crate) user: String,
    pub(crate) link: String,
}

impl Mail {
    /// What the page behind the link sends to the API.
    pub(crate) fn token(&self) -> &str {
        self.link.split_once("token=").unwrap().1
    }
}

/// By name, which begins with the time.
pub(super) fn in_folder(folder: &Path) -> Vec<Mail> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|ext| ext == "eml")).collect();
    files.sort();
    files.iter().filter_map(|file| read(&fs::read_to_string(file).unwrap())).collect()
}

/// The Message-ID is `<{user}.{number}@…>`; the text has the link on a line of its own. In the HTML it is
/// quoted-printable, with an `=` after the token's name. A notice has no link.
fn read(mail: &str) -> Option<Mail> {
    let id = mail.lines().find_map(|line| line.strip_prefix("Message-ID: <")).unwrap();
    let is_link = |line: &&str| line.starts_with("http") && line.contains("/confirm?token=1.");
    let link = mail.lines().find(is_link)?;
    Some(Mail { user: id.split_once('.').unwrap().0.into(), link: link.into() })
}
