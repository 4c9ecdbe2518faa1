//! `events import`: what it refuses, and how it goes on.

use std::{
    fs::{self, File},
    io::Write as _,
    process::Stdio,
};

use crate::{
    moving::lived_in,
    rollcall::{Home, Quiet, rollcall, wait_for},
};

/// An empty store, and the export of another.
fn empty_beside(old: &Home) -> (Home, Quiet, String) {
    let new = Home::with_secrets_of(old);
    let quiet = Quiet::on(&new);
    let export = old.text(&["events", "export"]);
    (new, quiet, export)
}

#[test]
fn what_is_not_a_whole_export_is_refused_by_line_and_nothing_is_written() {
    let (old, _quiet) = lived_in();
    let (new, quiet, export) = empty_beside(&old);
    let lines: Vec<&str> = export.lines().collect();
    // The second line of a commit of two.
    let second = lines.iter().position(|line| line.contains(r#""place":2,"events":2,"#)).unwrap();
    let role = lines.iter().position(|line| line.contains(r#""aggregate":"role""#)).unwrap();
    let without = |place: usize| [&lines[..place], &lines[place + 1..]].concat();
    let with = |place: usize, line: &str| {
        let mut lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        lines[place] = line.to_owned();
        lines
    };
    let changed = |place: usize, from: &str, to: &str| {
        let line = lines[place].replace(from, to);
        assert_ne!(line, lines[place], "{from}");
        with(place, &line).join("\n") + "\n"
    };
    let crowd = lines[role].replace(r#""role","#, r#""crowd","#).replace("/role\"", "/crowd\"");
    let crowd = with(role, &crowd);
    let types = old.text(&["events", "export", "--type", "user.created"]);
    let retired = old.text(&["events", "export", "--type", "role.created"]);
    let (n, r, last) = (second + 1, role + 1, lines.len());
    for (text, said) in [
        (String::new(), "line 1: the file ends here, without the line that says that it is complete".into()),
        (export[..export.len() - 20].into(), format!("line {last} has no end: the export was interrupted")),
        (without(last - 1).join("\n") + "\n", format!("line {last}: the file ends here, without")),
        (without(second).join("\n") + "\n", format!("line {}: commit 1 of ", n - 1)),
        (without(second - 1).join("\n") + "\n", format!("line {}: commit 1 of ", n - 1)),
        (with(role, "what").join("\n") + "\n", format!("line {r}: it is no JSON (column 1)")),
        (with(role, "{}").join("\n") + "\n", format!("line {r}: it is no event of an export: missing field")),
        (
            changed(role, r#""actor":"#, r#""author":"#),
            format!("line {r}: it is no event of an export: unknown field `author`"),
        ),
        (
            changed(role, r#""commit":1,"#, r#""commit":"1","#),
            format!("line {r}: it is no event of an export: an attribute has another type"),
        ),
        (
            changed(role, r#""commit":1,"#, r#""commit":2,"#),
            format!("line {r}: commit 2 does not follow commit 0"),
        ),
        (
            changed(role, r#""firstsequence":1,"#, r#""firstsequence":2,"#),
            format!("line {r}: stream demo#role#"),
        ),
        (
            changed(role, r#""fingerprint":""#, r#""fingerprint":"x"#),
            format!("line {r}: its fingerprint is not 64 lowercase hex digits"),
        ),
        (
            changed(role, r#""dataversion":"2""#, r#""dataversion":"7""#),
            format!("line {r}: stream demo#role#"),
        ),
        (
            changed(role, r#""aggregate":"role""#, r#""aggregate":"crowd""#),
            format!("line {r}: its \"source\" is not what it should be"),
        ),
        (
            changed(role, r#""actor":"user:"#, r#""actor":"person:"#),
            format!("line {last}: the lines before are not those that were written"),
        ),
        (
            changed(second, r#""actor":"user:"#, r#""actor":"person:"#),
            format!("line {n}: its \"actor\" is not what it should be"),
        ),
        (crowd.join("\n") + "\n", format!("line {r}: there are no aggregates of the type \"crowd\"")),
        (changed(role, r#""subject":""#, r#""subject":"Not A "#), format!("line {r}: \"Not A ")),
        (export.clone() + "{}\n", format!("line {}: it is no event of an export", last + 1)),
        (export.clone() + lines[0] + "\n", format!("line {}: it follows the end of the export", last + 1)),
        (types, "line 1: commit 1 of ".into()),
        (retired, "line 4: the export left out events (--type, --from)".into()),
    ] {
        let file = new.file("damaged.ndjson");
        fs::write(&file, text).unwrap();
        new.refused(&["events", "import", &file], &format!("rollcall: {said}"));
    }
    assert!(quiet.items().is_empty());
    new.refused(&["events", "import", "nowhere.ndjson"], "rollcall: nowhere.ndjson cannot be read: ");
}

#[test]
fn a_store_with_a_life_of_its_own_is_left_alone() {
    let (old, _quiet) = lived_in();
    let (new, quiet, export) = empty_beside(&old);
    let file = new.file("export.ndjson");
    fs::write(&file, export).unwrap();
    // A tenant alone, which the second file does not have.
    let globex = new.file("globex.ndjson");
    old.text(&["events", "export", "--tenant", "globex", "--out", &globex]);
    let demo = new.file("demo.ndjson");
    old.text(&["events", "export", "--tenant", "demo", "--out", &demo]);
    new.text(&["events", "import", &globex]);
    let before = quiet.items();
    new.refused(
        &["events", "import", &demo],
        "rollcall: the store is not empty: 3 of its 3 commits are not from ",
    );
    quiet.items().must_equal(&before);
    // All that is there is from this file: the rest follows.
    let said = new.text(&["events", "import", &file]);
    assert!(said.contains(", 3 were there already; 10 streams are imported."), "{said}");
}

#[test]
fn an_import_that_was_killed_is_completed_from_the_file() {
    let (old, there) = lived_in();
    let (new, quiet, export) = empty_beside(&old);
    let file = new.file("export.ndjson");
    fs::write(&file, &export).unwrap();
    let mut child = rollcall()
        .args(["events", "import", "-", "--data"])
        .arg(new.folder())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    // It waits for the rest of a line, with most of the streams written, when it is killed.
    child.stdin.as_mut().unwrap().write_all(&export.as_bytes()[..export.len() * 3 / 4]).unwrap();
    wait_for("the first streams", || (quiet.items().0.len() > 10).then_some(()));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(quiet.items().0.len() < there.items().0.len());

    let said = new.text(&["events", "import", &file]);
    assert!(!said.contains(", 0 were there already;"), "{said}");
    quiet.items().must_equal(&there.items());
    let said = new.text(&["events", "import", &file]);
    assert!(said.starts_with("0 commits were written, "), "{said}");
    quiet.items().must_equal(&there.items());
}

#[test]
fn standard_input_fills_an_empty_store() {
    let (old, there) = lived_in();
    let (new, quiet, export) = empty_beside(&old);
    let file = new.file("export.ndjson");
    fs::write(&file, export).unwrap();
    let import = || {
        let input = File::open(&file).unwrap();
        rollcall().args(["events", "import", "-", "--data"]).arg(new.folder()).stdin(input).output().unwrap()
    };
    assert!(import().status.success());
    quiet.items().must_equal(&there.items());
    let refused = String::from_utf8(import().stderr).unwrap();
    assert!(
        refused.starts_with("rollcall: the store is not empty; an import goes on from a file"),
        "{refused}"
    );
}
