//! The template of a mail as a file: its subject, an empty line, its text.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::Failure;

/// As the API takes it. What is in it, the API judges.
pub(super) fn read(file: &Path) -> Result<Value, Failure> {
    let content = fs::read_to_string(file)
        .map_err(|error| format!("the template {} cannot be read: {error}", file.display()))?;
    parse(&content).ok_or_else(|| {
        format!("{} is no template: it begins with a line `Subject: …` and an empty line", file.display())
            .into()
    })
}

fn parse(content: &str) -> Option<Value> {
    let content = content.strip_prefix('\u{feff}').unwrap_or(content).replace("\r\n", "\n");
    let (subject, text) = content.strip_prefix("Subject:")?.split_once('\n')?;
    let text = text.strip_prefix('\n')?;
    Some(json!({ "subject": subject.trim(), "text": text }))
}

/// As a file holds it.
pub(super) fn lines(template: &Value) -> Vec<String> {
    let part = |name: &str| template[name].as_str().unwrap_or_default();
    let text = part("text").lines().map(ToOwned::to_owned);
    [format!("Subject: {}", part("subject")), String::new()].into_iter().chain(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_a_subject_an_empty_line_and_a_text() {
        let template = json!({ "subject": "Welcome", "text": "Hello\n\n{link}\n" });
        for content in [
            "Subject: Welcome\n\nHello\n\n{link}\n",
            "\u{feff}Subject: Welcome\r\n\r\nHello\r\n\r\n{link}\r\n",
        ] {
            assert_eq!(parse(content), Some(template.clone()), "{content:?}");
        }
        assert_eq!(parse(&lines(&template).join("\n")).unwrap()["subject"], "Welcome");
    }

    #[test]
    fn anything_else_is_no_template() {
        for content in
            ["", "Hello\n\n{link}", "Subject: Welcome", "Subject: Welcome\nHello\n", "\nSubject: x\n\n"]
        {
            assert_eq!(parse(content), None, "{content:?}");
        }
    }
}
