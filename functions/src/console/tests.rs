use std::{collections::BTreeSet, fs, path::Path};

use super::*;

const PAGE_TEXT: &str = include_str!("../../console/index.html");

fn scripts() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().copied().filter(|(name, _)| name.ends_with(".js"))
}

/// What stands between `before` and the next quote, each time.
fn quoted<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split('"').next())
}

#[test]
fn every_file_of_the_folder_is_served_and_no_other_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("console");
    let there = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let served = FILES.iter().map(|(name, _)| (*name).to_owned()).chain(["index.html".into()]);
    assert_eq!(served.collect::<BTreeSet<_>>(), there.collect());
    assert!(FILES.iter().all(|(name, _)| OFFERED.iter().any(|it| content_type(name).starts_with(it))));
}

#[test]
fn the_page_names_every_script_so_that_none_waits_for_another() {
    let named: BTreeSet<&str> = quoted(PAGE_TEXT, "modulepreload\" href=\"/console/").collect();
    let all: BTreeSet<&str> = scripts().map(|(name, _)| name).filter(|name| *name != "app.js").collect();
    assert_eq!(named, all);
    for link in quoted(PAGE_TEXT, "href=\"").chain(quoted(PAGE_TEXT, "src=\"")) {
        let is_file =
            link.strip_prefix("/console/").is_some_and(|it| FILES.iter().any(|(name, _)| *name == it));
        assert!(is_file || link.starts_with('#') || link == "/docs", "{link}");
    }
}

#[test]
fn scripts_take_from_each_other_only_what_there_is() {
    for (name, text) in scripts() {
        let imports = text.lines().filter(|line| line.starts_with("import ") || line.starts_with("} from "));
        for from in imports.flat_map(|line| quoted(line, " from \"")) {
            let file = from.strip_prefix("./").unwrap_or_else(|| panic!("{name} takes from {from}"));
            assert!(FILES.iter().any(|(served, _)| *served == file), "{name} takes from {from}");
        }
    }
}

#[test]
fn nothing_turns_a_text_into_markup_or_into_a_script_and_nothing_is_asked_of_other_hosts() {
    let forbidden = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "DOMParser",
        "createContextualFragment",
        "srcdoc",
        "eval(",
        "new Function",
        "javascript:",
        "localStorage",
        "document.cookie",
        "@import",
        "url(",
    ];
    for (name, text) in FILES.iter().copied().chain([("index.html", PAGE_TEXT)]) {
        // The name of SVG's elements; nobody asks for it.
        let text = text.replace("http://www.w3.org/2000/svg", "");
        for word in forbidden.into_iter().chain(["http://", "https://"]) {
            assert!(!text.contains(word), "{name}: {word}");
        }
    }
    for word in ["<style", " style=", " onclick=", "<script>"] {
        assert!(!PAGE_TEXT.contains(word), "{word}");
    }
}

#[test]
fn every_read_model_can_be_chosen_for_a_replay() {
    let (_, script) = FILES.iter().find(|(name, _)| *name == "replays.js").unwrap();
    for model in crate::read_models::names() {
        assert!(script.contains(&format!("  \"{model}\",\n")), "{model}");
    }
}
