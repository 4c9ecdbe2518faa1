use std::{fs, path::PathBuf};

use super::*;

/// What a file comes to, in words.
fn told(format: Format, pieces: &[&[u8]]) -> Result<Vec<String>, NoImport> {
    let (mut reader, mut rows) = (Reader::of(format), Vec::new());
    for piece in pieces {
        rows.extend(reader.push(piece)?.iter().map(in_words));
    }
    rows.extend(reader.finish()?.iter().map(in_words));
    Ok(rows)
}

fn in_words(reading: &Reading) -> String {
    match reading {
        Reading::User(NewUser { user_name, display_name, email, roles }) => {
            format!("{user_name}|{display_name}|{email}|{}", roles.join(" "))
        }
        Reading::Fault(fault) => {
            let errors = fault.errors.iter().map(|error| format!(" {} {}", error.pointer, error.code));
            format!("{}:{}", fault.code, errors.collect::<String>())
        }
    }
}

fn corpus() -> Vec<(String, Format, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus/imports");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .filter_map(|file| {
            let path = file.unwrap().path();
            let format = match path.extension()?.to_str()? {
                "ndjson" => Format::Ndjson,
                "csv" => Format::Csv,
                _ => return None,
            };
            Some((path.file_name()?.to_str()?.to_owned(), format, fs::read(&path).unwrap()))
        })
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(files.len() > 20);
    files
}

fn of(name: &str) -> Result<Vec<String>, NoImport> {
    let (_, format, bytes) = corpus().into_iter().find(|file| file.0 == name).unwrap();
    told(format, &[&bytes])
}

#[test]
fn rows_are_what_the_file_says() {
    let ann = "ann|Ann|ann@example.com|engineer oncall";
    let bob = "bob|Bob|bob@example.com|";
    for name in ["plain.ndjson", "plain.csv"] {
        assert_eq!(of(name).unwrap(), [ann, bob], "{name}");
    }
    assert_eq!(of("spaces.csv").unwrap(), [ann]);
    let zoe = "zoë|🚀 Zoë|zoe@example.com|";
    assert_eq!(of("no-last-newline-bom-crlf.ndjson").unwrap(), ["ann|Ann|ann@example.com|", zoe]);
    let sr = "bob|Bob, Sr.|bob@example.com|";
    let two_lines = of("quoted-crlf-bom.csv").unwrap();
    assert_eq!(two_lines, ["invalid-value: /displayName display-name-invalid", sr]);
}

#[test]
fn a_row_that_cannot_be_read_says_where_and_why() {
    let all = " /userName missing-field /displayName missing-field /email missing-field";
    let expected = [
        "malformed-json:".to_owned(),
        "not-an-object:".into(),
        "not-an-object:".into(),
        "not-an-object:".into(),
        format!("invalid-body:{all}"),
        "invalid-body: /userName wrong-type /displayName wrong-type /email wrong-type /roles wrong-type"
            .into(),
        "invalid-body: /userName repeated-field".into(),
        "invalid-body: /admin unknown-field /roles/1 wrong-type".into(),
        "not-utf-8:".into(),
        "malformed-json:".into(),
        "ok|O|ok@example.com|".into(),
    ];
    assert_eq!(of("broken.ndjson").unwrap(), expected);
    assert_eq!(of("deep.ndjson").unwrap(), ["not-an-object:", "malformed-json:"]);
    assert_eq!(of("long.ndjson").unwrap(), ["row-too-long:", "ok|O|ok@example.com|"]);
    let ok = "ok|O|ok@example.com|";
    assert_eq!(of("cells.csv").unwrap(), ["wrong-cells:", "wrong-cells:", "wrong-cells:", ok]);
    assert_eq!(of("open-quote.csv").unwrap(), ["wrong-cells:"]);
    assert_eq!(of("open-quote-long.csv").unwrap(), ["row-too-long:"]);
    assert_eq!(of("latin1.csv").unwrap(), ["not-utf-8:", "bob|Bob|bob@example.com|"]);
}

#[test]
fn values_that_are_not_accepted_or_repeated_are_named() {
    let values = of("values.ndjson").unwrap();
    assert!(values[0].starts_with("invalid-value: /userName "), "{values:?}");
    assert!(values[0].contains(" /email ") && values[0].contains(" /roles/0 "), "{values:?}");
    assert_eq!(values[1], "ann|Ann|ann@example.com|");
    assert_eq!(values[2], "repeated-value: /userName repeated-value /email repeated-value");
    let values = of("values.csv").unwrap();
    assert!(values[0].starts_with("invalid-value: /email "), "{values:?}");
    assert_eq!(values[2..], ["Ann|Ann|ann@example.com|", "repeated-value: /userName repeated-value"]);
}

#[test]
fn a_file_that_is_no_import_is_refused_whole() {
    for name in ["empty.ndjson", "blank.ndjson", "header-only.csv", "empty.csv", "bom-only.csv"] {
        assert_eq!(of(name), Err(NoImport::NoRows), "{name}");
    }
    for name in ["utf16.ndjson", "utf16.csv", "zero.csv"] {
        assert_eq!(of(name), Err(NoImport::NotUtf8), "{name}");
    }
    assert_eq!(of("unknown-column.csv"), Err(NoImport::UnknownColumn("password".into())));
    assert_eq!(of("no-header.csv"), Err(NoImport::UnknownColumn("ann".into())));
    assert_eq!(of("missing-column.csv"), Err(NoImport::NoColumn("email")));
    assert_eq!(of("repeated-column.csv"), Err(NoImport::RepeatedColumn("email")));
    assert_eq!(of("long-header.csv"), Err(NoImport::LongHeader));
}

#[test]
fn where_pieces_end_makes_no_difference() {
    for (name, format, bytes) in corpus() {
        let whole = told(format, &[&bytes]);
        let short = if bytes.len() > 2_000 { 97 } else { 1 };
        for cut in (0..=bytes.len()).step_by(short) {
            assert_eq!(told(format, &[&bytes[..cut], &bytes[cut..]]), whole, "{name} cut at {cut}");
        }
        let bytes: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(told(format, &bytes), whole, "{name} byte by byte");
    }
}

#[test]
fn whatever_is_changed_nothing_panics() {
    for (_, format, bytes) in corpus().into_iter().filter(|(.., bytes)| bytes.len() < 2_000) {
        for place in 0..bytes.len() {
            for with in [0, b'"', b',', b'\n', b'\r', b'{', 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[place] = with;
                drop(told(format, &[&changed]));
            }
            drop(told(format, &[&bytes[..place]]));
        }
    }
}

#[test]
fn a_file_has_so_many_rows_and_bytes_and_no_more() {
    let row = |n: usize| format!("u{n},U,u{n}@example.com\n");
    let header = "userName,displayName,email\n";
    let file = |rows: usize| header.to_owned() + &(0..rows).map(row).collect::<String>();
    let most = MOST_ROWS as usize;
    assert_eq!(told(Format::Csv, &[file(most).as_bytes()]).unwrap().len(), most);
    assert_eq!(told(Format::Csv, &[file(most + 1).as_bytes()]), Err(NoImport::TooManyRows));
    let blank = vec![b'\n'; MOST_BYTES];
    assert_eq!(told(Format::Ndjson, &[&blank]), Err(NoImport::NoRows));
    assert_eq!(told(Format::Ndjson, &[&blank, b"\n"]), Err(NoImport::TooLong));
}
