//! The house rules that a machine can hold: flow order, module size, the code map.

use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Longest a source file may be.
const MAX_LINES: usize = 600;

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

/// Modules in the order of `lib.rs`, which is the order in which a case meets them.
fn modules() -> Vec<String> {
    let lib = read("src/lib.rs");
    let names = lib.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

fn all_sources() -> Vec<PathBuf> {
    let mut out = Vec::new();
    sources(&Path::new(ROOT).join("src"), &mut out);
    out.sort();
    out
}

/// Code without comments and without the test module at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or("");
    let lines = text.lines().filter(|l| !l.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Names of modules that stand below `own` in `order` and that `text` uses.
fn names_below<'o>(text: &str, own: usize, order: &'o [String]) -> Vec<&'o str> {
    let code = code(text);
    order[own + 1..]
        .iter()
        .filter(|below| code.contains(&format!("crate::{below}::")))
        .map(String::as_str)
        .collect()
}

#[test]
fn no_module_names_one_below_it() {
    let order = modules();
    assert!(order.len() > 10, "lib.rs lists the modules one a line");
    let src = Path::new(ROOT).join("src");
    for path in all_sources() {
        let relative = path.strip_prefix(&src).unwrap();
        let first =
            relative.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let module = first.trim_end_matches(".rs");
        let Some(own) = order.iter().position(|m| m == module) else { continue };
        let below = names_below(&fs::read_to_string(&path).unwrap(), own, &order);
        assert!(
            below.is_empty(),
            "{} names {below:?}, which stand below it in lib.rs",
            relative.display()
        );
    }
}

#[test]
fn the_flow_check_can_fail() {
    let order = ["span".to_owned(), "mask".to_owned()];
    assert_eq!(names_below("use crate::mask::MaskedCase;", 0, &order), ["mask"]);
    assert!(names_below("// crate::mask::x\nuse crate::span::Span;", 0, &order).is_empty());
}

#[test]
fn no_file_is_longer_than_the_limit() {
    for path in all_sources() {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(
            lines <= MAX_LINES,
            "{} has {lines} lines; look for its second subject",
            path.display()
        );
    }
}

#[test]
fn every_file_says_what_it_is() {
    for path in all_sources() {
        // These are included into other files and so cannot open with a module comment.
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//!")
                || ["kinds.rs", "pack_key.rs"].iter().any(|f| path.ends_with(format!("rules/{f}"))),
            "{} has no module comment",
            path.display()
        );
    }
}

#[test]
fn every_module_is_in_the_code_map() {
    let map = read("ARCHITECTURE.md");
    for module in modules() {
        assert!(
            map.contains(&format!("`{module}`")),
            "ARCHITECTURE.md does not mention `{module}`"
        );
    }
}

#[test]
fn what_makes_the_lexicon_tables_is_all_in_their_key() {
    let folder = "src/rules/lexicon_build";
    let made = read(format!("{folder}/mod.rs"));
    let mut files = Vec::new();
    sources(&Path::new(ROOT).join(folder), &mut files);
    assert!(files.len() > 3);
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(
            made.contains(&format!("include_str!(\"{name}\")")),
            "{name}: old tables would stay"
        );
    }
}
