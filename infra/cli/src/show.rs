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

/// What to show of something: a column's head, and the field that is in it.
pub(crate) type Columns = [(&'static str, &'static str)];

/// Things by their fields, one in a row.
pub(crate) fn fields(columns: &Columns, items: &[Value]) -> Result<(), Failure> {
    let head: Vec<&str> = columns.iter().map(|(head, _)| *head).collect();
    let row = |item: &Value| columns.iter().map(|(_, field)| cell(&item[field])).collect();
    table(&head, &items.iter().map(row).collect::<Vec<_>>())
}

/// A page of a list, and how to turn it.
pub(crate) fn page(columns: &Columns, page: &Value) -> Result<(), Failure> {
    fields(columns, list(&page["items"]))?;
    match page["next"].as_str() {
        Some(next) => line(&format!("\nMore: --cursor {next}")),
        None => Ok(()),
    }
}

/// A list that may be missing.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
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
        Value::Array(values) if values.is_empty() => "-".into(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    };
    plain(&text)
}

/// Text without what would move the cursor.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}
