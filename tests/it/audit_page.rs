//! The audit report in a browser: headless Chromium and axe, in both languages.
//!
//! Chromium comes from apt, playwright-core and axe-core from npm. Where they cannot be installed the
//! trial says loudly that it was skipped; the rest of the report is tested without a browser.

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests as well")]

use super::fixture::Fixture;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A report of a document that leaks, in a language, with what else is asked for.
fn report(fixture: &Fixture, lang: &str, more: &[&str]) -> String {
    let header = "#! layout=letter ; culture=<Cree> ; noise=none";
    fixture.input(
        "en/1.txt",
        format!("{header}\nOHIP [[HEALTH_NUMBER:9876-543-217 JK]], of [[CITY:<Quibbex>]].\n"),
    );
    fixture.input("fr/2.txt", format!("{header} ; split=held_out\nOHIP [[HEALTH_NUMBER:9876-543-217]], de [[CITY:Zorblatt]].\n"));
    let name = format!("{lang}.html");
    let arguments = ["audit", "in", "--html", &name, "--page-lang", lang];
    let run = fixture.run(&[&arguments, more].concat(), "");
    assert_eq!(run.status, 0, "{}", run.err);
    fs::read_to_string(fixture.path(&name)).unwrap()
}

#[test]
fn the_page_is_self_contained_and_shows_text_only_when_asked() {
    let fixture = Fixture::new();
    let plain = report(&fixture, "en", &[]);
    for word in ["http://", "https://", "<script", "Quibbex", "Zorblatt", "<Cree>"] {
        assert!(!plain.contains(word), "{word}");
    }
    let old = fixture.run(&["audit", "in", "--json"], "");
    fs::write(fixture.path("old.json"), old.out).unwrap();
    let more = ["--show-text", "5", "--earlier", "old.json", "--compare", "old.json"];
    let shown = report(&fixture, "fr", &more);
    assert!(shown.contains("[[&lt;Quibbex&gt;]]") && !shown.contains("Zorblatt"));
    for title in [
        "Rappel par type",
        "Fuites par classe",
        "Confusion",
        "Rappel par langue",
        "Rappel par culture",
        "Étalonnage",
        "Tendance",
        "Écart avec un audit antérieur",
        "Documents qui fuient le plus",
        "Définitions",
    ] {
        assert!(shown.contains(title), "{title}");
    }
    assert!(shown.contains("50,0\u{a0}%") && !shown.contains("50.0\u{a0}%"));
    let refused = fixture.run(&["audit", "in", "--html", "x.html", "--earlier", "en.html"], "");
    assert!(
        refused.status == 1 && refused.err.contains("earlier audit 1: not JSON"),
        "{}",
        refused.err
    );
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|out| out.status.success())
}

/// The folder with the modules, once Chromium and they are there.
fn browser() -> Option<PathBuf> {
    if !Path::new("/usr/bin/chromium").exists() {
        let apt = |arguments: &[&str]| {
            succeeds(
                Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"),
            )
        };
        if !(apt(&["update", "-q"])
            && apt(&["install", "-y", "-q", "--no-install-recommends", "chromium"]))
        {
            return None;
        }
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
    fs::create_dir_all(&folder).ok()?;
    let from = Path::new(ROOT).join("tests/page");
    for file in ["package.json", "package-lock.json"] {
        fs::copy(from.join(file), folder.join(file)).ok()?;
    }
    let there = folder.join("node_modules/axe-core/axe.min.js").exists();
    (there || succeeds(Command::new("npm").args(["ci", "--ignore-scripts"]).current_dir(&folder)))
        .then_some(folder)
}

#[test]
fn the_page_is_clean_in_a_browser() {
    let Some(modules) = browser() else {
        println!(
            "SKIPPED: the report was not opened in a browser: no Chromium, node or npm here, and none could be installed"
        );
        return;
    };
    let fixture = Fixture::new();
    report(&fixture, "en", &["--show-text", "5"]);
    report(&fixture, "fr", &[]);
    let from = Path::new(ROOT).join("tests/page");
    let done = Command::new("node")
        .arg(from.join("check.mjs"))
        .arg("-")
        .args([fixture.path("en.html"), fixture.path("fr.html"), from.join("broken.html")])
        .env("PAGE_MODULES", &modules)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said: Vec<Value> = String::from_utf8(done.stdout)
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let number = |v: &Value| v.as_f64().unwrap();
    for (page, lang) in said.iter().zip(["en-CA", "fr-CA"]) {
        assert_eq!(page["lang"], json!(lang));
        for clean in ["console", "requests", "axe"] {
            assert_eq!(page[clean], json!([]), "{clean}");
        }
        assert_eq!((&page["charts"], &page["narrow"]["wide"]), (&json!(0), &json!([])));
        assert!(number(&page["narrow"]["scrolls"]) <= 375.0, "{page}");
        assert!(number(&page["narrow"]["smallest"]) >= 11.0, "{page}");
        assert!(number(&page["narrow"]["heads"]) >= 100.0, "{page}");
        assert!(number(&page["pages"]) >= 2.0 && number(&page["sections"]) > 12.0, "{page}");
    }
    // The control: of a page with all faults each one is found.
    let broken = &said[2];
    for fault in ["console", "requests", "axe"] {
        assert!(!broken[fault].as_array().unwrap().is_empty(), "{fault}");
    }
    assert!(
        broken["charts"] == json!(1) && number(&broken["narrow"]["scrolls"]) > 375.0,
        "{broken}"
    );
}
