//! Answers for people.

use std::io::{self, Write as _};

use serde_json::Value;

use crate::Failure;

/// A table whose columns are as wide as their widest cell.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
    let lines: Vec<Vec<String>> =
        [head.iter().map(ToString::to_string).collect()].into_iter().chain(rows.iter().cloned()).collect();
    let width =
        |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut out = io::stdout().lock();
    for line in lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

pub(crate) fn line(text: &str) -> Result<(), Failure> {
    Ok(writeln!(io::stdout().lock(), "{text}")?)
}

pub(crate) fn json(value: &Value) -> Result<(), Failure> {
    Ok(writeln!(io::stdout().lock(), "{value:#}")?)
}

/// A field as one cell; an absent one is a dash, and nothing that a user wrote moves the cursor.
pub(crate) fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".into(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    };
    text.chars().filter(|letter| !letter.is_control()).collect()
}
