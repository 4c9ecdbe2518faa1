//! The document as a page: rendered once, by the test that writes the document, and served as it is.

use std::fmt::Write as _;

use serde_json::Value;

use crate::http::page::{Escaped, html};

/// A reference of a document that [`document`](super::document()) has made.
#[must_use]
pub fn reference(document: &Value) -> String {
    let mut page = String::new();
    page += "<h1>Rollcall</h1>\n<p class=\"quiet\">The same for programs: <a href=\"/v1/openapi.json\">openapi.json</a></p>\n";
    page += &prose(&document["info"]["description"]);
    contents(&mut page, document);
    for tag in list(&document["tags"]) {
        let name = text(&tag["name"]);
        _ = writeln!(page, "<h2 id=\"{}\">{}</h2>", slug(name), Escaped(name));
        page += &prose(&tag["description"]);
        for (path, method, operation) in of_tag(document, name) {
            self::operation(&mut page, document, (path, method, operation));
        }
    }
    page += "<h2 id=\"schemas\">Shapes</h2>\n";
    for (name, schema) in entries(&document["components"]["schemas"]) {
        _ = writeln!(page, "<h3 id=\"schema-{name}\">{name}</h3>");
        page += &prose(&schema["description"]);
        shape(&mut page, schema);
    }
    html("Rollcall API", &page)
}

fn contents(page: &mut String, document: &Value) {
    *page += "<ul>\n";
    for tag in list(&document["tags"]) {
        let name = text(&tag["name"]);
        let links = of_tag(document, name).map(|(_, _, operation)| {
            format!(
                "<a href=\"#{}\">{}</a>",
                text(&operation["operationId"]),
                Escaped(text(&operation["summary"]))
            )
        });
        let links = links.collect::<Vec<_>>().join(" · ");
        _ = writeln!(page, "<li><a href=\"#{}\">{}</a>: {links}</li>", slug(name), Escaped(name));
    }
    *page += "</ul>\n";
}

fn of_tag<'a>(document: &'a Value, tag: &'a str) -> impl Iterator<Item = (&'a str, &'a str, &'a Value)> {
    let paths = entries(&document["paths"]);
    let all = paths.flat_map(|(path, methods)| entries(methods).map(move |(method, it)| (path, method, it)));
    all.filter(move |(_, _, operation)| operation["tags"][0] == tag)
}

fn operation(page: &mut String, document: &Value, (path, method, operation): (&str, &str, &Value)) {
    let (id, summary) = (text(&operation["operationId"]), Escaped(text(&operation["summary"])));
    _ = writeln!(page, "<h3 id=\"{id}\">{summary}</h3>");
    let method = method.to_uppercase();
    _ = writeln!(page, "<p><code><span class=\"method\">{method}</span> {}</code></p>", Escaped(path));
    *page += &prose(&operation["description"]);
    parameters(page, document, operation);
    for (media, content) in entries(&operation["requestBody"]["content"]) {
        _ = writeln!(page, "<p>Body, <code>{media}</code>: {}</p>", kind_of(&content["schema"]));
        example(page, &content["example"]);
    }
    *page += "<table>\n<tr><th>Status</th><th>Answer</th></tr>\n";
    for (status, answer) in entries(&operation["responses"]) {
        _ = write!(page, "<tr><td>{status}</td><td>");
        match answer["$ref"].as_str() {
            Some(reference) => problems(page, &document["components"]["responses"][last(reference)]),
            None => told(page, answer),
        }
        *page += "</td></tr>\n";
    }
    *page += "</table>\n";
}

fn parameters(page: &mut String, document: &Value, operation: &Value) {
    let resolved = list(&operation["parameters"]).map(|one| match one["$ref"].as_str() {
        Some(reference) => &document["components"]["parameters"][last(reference)],
        None => one,
    });
    let mut rows = resolved.peekable();
    if rows.peek().is_none() {
        return;
    }
    *page += "<table>\n<tr><th>Parameter</th><th>In</th><th>Meaning</th></tr>\n";
    for one in rows {
        let required = if one["required"] == true { ", required" } else { "" };
        let (name, place) = (Escaped(text(&one["name"])), text(&one["in"]));
        let (meaning, kind) = (Escaped(text(&one["description"])), kind_of(&one["schema"]));
        _ = writeln!(
            page,
            "<tr><td><code>{name}</code></td><td>{place}{required}</td><td>{meaning} {kind}</td></tr>"
        );
    }
    *page += "</table>\n";
}

fn told(page: &mut String, answer: &Value) {
    _ = write!(page, "{}", Escaped(text(&answer["description"])));
    let headers: Vec<&str> = entries(&answer["headers"]).map(|(name, _)| name).collect();
    _ = write!(page, "<br><span class=\"quiet\">Headers: {}</span>", headers.join(", "));
    for (media, content) in entries(&answer["content"]) {
        _ = write!(page, "<br><code>{media}</code> {}", kind_of(&content["schema"]));
        example(page, &content["example"]);
    }
}

fn problems(page: &mut String, answer: &Value) {
    let examples = entries(&answer["content"]["application/problem+json"]["examples"]);
    let links = examples.map(|(code, _)| format!("<a href=\"/problems/{code}\"><code>{code}</code></a>"));
    *page += &links.collect::<Vec<_>>().join(", ");
}

fn shape(page: &mut String, schema: &Value) {
    let mut properties = entries(&schema["properties"]).peekable();
    if properties.peek().is_none() {
        _ = writeln!(page, "<pre>{}</pre>", Escaped(&format!("{schema:#}")));
        return;
    }
    *page += "<table>\n<tr><th>Field</th><th>Type</th><th>Meaning</th></tr>\n";
    for (name, property) in properties {
        let required = list(&schema["required"]).any(|one| one == name);
        let required = if required { "" } else { ", or left out" };
        let (kind, meaning) = (kind_of(property), prose_line(&property["description"]));
        _ = writeln!(
            page,
            "<tr><td><code>{name}</code></td><td>{kind}{required}</td><td>{meaning}</td></tr>"
        );
    }
    *page += "</table>\n";
}

/// A schema in a few words, with a link to the one that it refers to.
fn kind_of(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = last(reference);
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    for (word, joint) in [("anyOf", " or "), ("allOf", " and ")] {
        if let Some(some) = schema[word].as_array() {
            return some.iter().map(kind_of).collect::<Vec<_>>().join(joint);
        }
    }
    if !schema["const"].is_null() {
        return format!("<code>{}</code>", Escaped(&schema["const"].to_string()));
    }
    if let Some(values) = schema["enum"].as_array() {
        let values = values.iter().map(|value| format!("<code>{}</code>", Escaped(&value.to_string())));
        return values.collect::<Vec<_>>().join(", ");
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().map(text).collect::<Vec<_>>().join(" or "),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            text(&schema["type"]).to_owned()
        }
    };
    let items =
        if schema["items"].is_null() { String::new() } else { format!(" of {}", kind_of(&schema["items"])) };
    let limits = ["format", "minimum", "maximum", "minLength", "maxLength", "maxItems", "pattern", "default"];
    let limits = limits.into_iter().filter(|limit| !schema[*limit].is_null());
    let limits = limits.map(|limit| format!("{limit} <code>{}</code>", Escaped(&schema[limit].to_string())));
    [format!("{types}{items}")].into_iter().chain(limits).collect::<Vec<_>>().join(", ")
}

fn example(page: &mut String, example: &Value) {
    match example {
        Value::Null => {}
        Value::String(text) => _ = writeln!(page, "<pre>{}</pre>", Escaped(text)),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            _ = writeln!(page, "<pre>{}</pre>", Escaped(&format!("{example:#}")));
        }
    }
}

/// Paragraphs and lists, with `code` in backticks; nothing else of Markdown.
fn prose(markdown: &Value) -> String {
    let blocks = text(markdown).split("\n\n").filter(|block| !block.trim().is_empty());
    let block = |block: &str| match block.trim().strip_prefix("- ") {
        Some(items) => {
            let items = items.split("\n- ").map(|item| format!("<li>{}</li>", coded(item)));
            format!("<ul>{}</ul>\n", items.collect::<String>())
        }
        None => format!("<p>{}</p>\n", coded(block.trim())),
    };
    blocks.map(block).collect()
}

fn prose_line(markdown: &Value) -> String {
    coded(text(markdown))
}

fn coded(line: &str) -> String {
    let parts = line.split('`').enumerate();
    let part = |(place, part): (usize, &str)| match place % 2 {
        0 => Escaped(part).to_string(),
        _ => format!("<code>{}</code>", Escaped(part)),
    };
    parts.map(part).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// In alphabetical order, however the map keeps them.
fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let mut entries: Vec<_> =
        value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect();
    entries.sort_by_key(|(name, _)| *name);
    entries.into_iter()
}

fn last(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or_default()
}

fn slug(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}
