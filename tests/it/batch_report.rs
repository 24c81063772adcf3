//! What a run tells about itself: groups, the report, the sample, what new rules find.

use super::fixture::Fixture;
use assert_cmd::Command;
use caseveil::batch::{Batch, BatchError, Sources, leaky_per_thousand, read_manifest};
use std::fs;

const OHIP: &str = "OHIP 9876-543-217 JK";
/// Ten digits that pass the check by construction.
const OTHER: &str = "OHIP 1234-567-897";

/// The binary with its own rules.
fn caseveil(fixture: &Fixture, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::cargo_bin("caseveil").unwrap();
    let done = command.current_dir(fixture.path("")).args(arguments).output().unwrap();
    (done.status.code().unwrap(), String::from_utf8(done.stderr).unwrap())
}

fn read(fixture: &Fixture, name: &str) -> String {
    fs::read_to_string(fixture.path(name)).unwrap()
}

#[test]
fn documents_of_one_patient_are_kept_together() {
    let first = format!("{OTHER}, pain 7/10");
    let second = format!("{OHIP} and {OTHER}, pain 3/10");
    let fixture = Fixture::new();
    let line = |id: u32, note: &str| format!("{{\"who\":{{\"id\":{id}}},\"note\":\"{note}\"}}\n");
    fixture
        .input("a/1.txt", &first)
        .input("a/2.txt", &second)
        .input("b/2.txt", &second)
        .input("c.jsonl", [line(1, &first), line(2, &second), line(1, &second)].concat());
    let run = |out: &str, more: &[&str]| {
        let run = fixture.run(&[&["scrub", "in", "--out", out], more].concat(), "");
        assert_eq!(run.status, 0, "{}", run.err);
    };
    let (one, two) = ("OHIP [HEALTH-NUMBER-1]", "OHIP [HEALTH-NUMBER-2]");
    let alone = format!("{one} and {two}, pain 3/10");
    let together = format!("{two} and {one}, pain 3/10");
    run("apart", &[]);
    assert_eq!(read(&fixture, "apart/a/2.txt"), alone);
    run("folder", &["--group-by", "folder", "--jobs", "1"]);
    run("folder2", &["--group-by", "folder", "--jobs", "2"]);
    assert_eq!(read(&fixture, "folder/a/2.txt"), together);
    assert_eq!(read(&fixture, "folder/b/2.txt"), alone);
    assert_eq!(fixture.outputs("folder"), fixture.outputs("folder2"));
    run("json", &["--group-by", "json:who.id"]);
    let lines = read(&fixture, "json/c.jsonl");
    let notes: Vec<&str> = lines.lines().map(|l| l.split('"').rev().nth(1).unwrap()).collect();
    assert_eq!(notes, [&format!("{one}, pain 7/10"), &alone, &together]);
    fixture
        .input("t.csv", format!("k,note\n1,{OTHER}\n2,{OHIP} and {OTHER}\n1,{OHIP} and {OTHER}\n"));
    run("column", &["--group-by", "column:k"]);
    assert_eq!(
        read(&fixture, "column/t.csv"),
        format!("k,note\n1,{one}\n2,{one} and {two}\n1,{two} and {one}\n")
    );
    let wrong = fixture.run(&["scrub", "in", "--out", "x", "--group-by", "patient"], "");
    assert!(wrong.err.contains("a grouping is `folder`"), "{}", wrong.err);
}

#[test]
fn names_known_from_one_document_are_sought_in_all() {
    let fixture = Fixture::new();
    fixture
        .input("a/a.txt", "Patient: Marguerite Quandrelle, seen for back pain.\n")
        .input("a/b.txt", "No change. quandrelle walks with a cane.\n")
        .input("b/b.txt", "No change. quandrelle walks with a cane.\n");
    let done = caseveil(&fixture, &["scrub", "in", "--out", "out", "--group-by", "folder"]);
    let known = read(&fixture, "out/a/b.txt");
    assert_eq!(known, "No change. [PATIENT-1] walks with a cane.\n", "{}", done.1);
    // The control: nothing else in the document told.
    let alone = fs::read_to_string(fixture.path("out/b/b.txt")).unwrap_or_default();
    assert_ne!(alone, known);
}

#[test]
fn a_report_says_what_became_of_the_archive() {
    let fixture = Fixture::new();
    for i in 0..40 {
        fixture.input(&format!("{i}.txt"), format!("{OHIP}, visit {i}, pain 7/10"));
    }
    fixture
        .input("x.jsonl", format!("{{\"a\":\"{OHIP}\"}}\nbroken\n").repeat(3))
        .input("y.bin", b"\0\0\0")
        .input("<img src=x>.txt", "pain 7/10");
    let args = ["scrub", "in", "--out", "out", "--sample", "12", "--seed", "7"];
    let run = fixture.run(&args, "");
    assert_eq!(run.status, 3, "{}", run.err);
    let report: serde_json::Value =
        serde_json::from_str(&read(&fixture, "out/report.json")).unwrap();
    assert_eq!(
        report["counts"],
        serde_json::json!({ "released": 44, "held": 0, "refused": 1, "quarantined": 3 })
    );
    assert_eq!(report["inputs"], 43);
    assert_eq!(report["by_type"], serde_json::json!({ "HEALTH_NUMBER": 43 }));
    assert_eq!(report["by_rule"], serde_json::json!([["ca.on.trial", 43]]));
    assert_eq!(
        report["not_released"],
        serde_json::json!([
            [
                "refused",
                "a binary file of unknown kind cannot be searched; convert it to a supported format first",
                1,
                "43"
            ],
            ["quarantined", "not valid JSON", 3, "42:2"],
        ])
    );
    // Rules alone: nothing to recapture with, and no estimate is made up.
    assert_eq!(report["by_recapture"], serde_json::Value::Null);
    let canaries = &report["canaries"];
    assert!(canaries["put"].as_u64().unwrap() >= canaries["found"].as_u64().unwrap());
    let sample = report["sample"].as_array().unwrap();
    assert_eq!(sample.len(), 12);
    let unique: std::collections::BTreeSet<String> =
        sample.iter().map(ToString::to_string).collect();
    assert_eq!(unique.len(), 12);
    let bounds = report["sample_bounds"].as_array().unwrap();
    assert_eq!(bounds[0][1].as_f64().unwrap(), leaky_per_thousand(0, 12));
    let page = read(&fixture, "out/report.html");
    for text in [
        "<svg",
        "De-identification report",
        "Rapport de dépersonnalisation",
        "Content-Security-Policy",
    ] {
        assert!(page.contains(text), "{text}");
    }
    for text in ["9876", "http://", "https://", "<script", "src=", "<img"] {
        assert!(!page.contains(text), "{text}");
    }
    assert_eq!(page.matches('<').count(), page.matches('>').count());
}

/// Machines read lines of JSON and nothing else; none of them holds text.
#[test]
fn a_run_tells_machines_how_it_goes() {
    let fixture = Fixture::new();
    fixture.input("a.txt", format!("{OHIP}, pain 7/10")).input("b.json", format!("{{{OHIP}"));
    let events = |run: &super::fixture::Run| -> Vec<serde_json::Value> {
        assert!(!run.out.contains("9876") && !run.err.contains("9876"), "{run:?}");
        run.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    };
    let run = fixture.run(&["scrub", "in", "--out", "out", "--json"], "");
    assert_eq!((run.status, run.err.as_str()), (3, ""));
    let told = events(&run);
    assert_eq!((&told[0]["event"], &told[0]["inputs"]), (&"started".into(), &2.into()));
    let inputs: Vec<_> = told.iter().filter(|e| e["event"] == "input").collect();
    assert_eq!(inputs.len(), 2, "{told:?}");
    assert_eq!((&inputs[0]["input"], &inputs[0]["status"]), (&"1".into(), &"released".into()));
    assert_eq!(
        (&inputs[1]["status"], inputs[1]["reason"].is_string()),
        (&"quarantined".into(), true)
    );
    let last = told.last().unwrap();
    assert_eq!((&last["event"], &last["counts"]["released"]), (&"finished".into(), &1.into()));
    assert_eq!(last["by_type"], serde_json::json!({ "HEALTH_NUMBER": 1 }));

    // The same of a rescan; one output that somebody took away is told, not passed over.
    let rescan = ["rescan", "out", "--since", "out/manifest.jsonl", "--json"];
    let same = fixture.run(&rescan, "");
    assert_eq!((same.status, events(&same).len()), (0, 0), "{}", same.err);
    fs::remove_file(fixture.path("out/a.txt")).unwrap();
    let gone = fixture.run(&rescan, "");
    assert_eq!(gone.status, 3);
    assert!(gone.err.contains("1 outputs missing"), "{}", gone.err);
}

/// Stops after the first line of the manifest; has so much room on its disk.
struct Watcher {
    lines: std::sync::atomic::AtomicUsize,
    stops: bool,
    free: Option<u64>,
}

impl caseveil::batch::Observer for Watcher {
    fn line(&self, _: &caseveil::batch::ManifestLine) {
        self.lines.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }

    fn is_stopped(&self) -> bool {
        self.stops && self.lines.load(std::sync::atomic::Ordering::SeqCst) > 0
    }

    fn free_space(&self) -> Option<u64> {
        self.free
    }
}

#[test]
fn a_run_stops_when_asked_and_before_the_disk_is_full() {
    let fixture = Fixture::new();
    for i in 0..2000 {
        fixture.input(&format!("{i:04}.txt"), format!("{OHIP}, visit {i}"));
    }
    let rules = caseveil::rules::RuleFiles::read(&fixture.path("rules")).unwrap();
    let engine = caseveil::pipeline::Deidentifier::new(&rules, "echo-case").unwrap();
    let sources = Sources::walk(&[fixture.path("in")]).unwrap();
    let run = |resume: bool, stops: bool, free: Option<u64>| {
        let batch = Batch::new(&engine, 2).unwrap().resuming(resume);
        let watcher = Watcher { lines: 0.into(), stops, free };
        batch.scrub_files(&sources, &fixture.path("out"), &watcher)
    };
    let full = run(false, false, Some(1000));
    assert!(matches!(full, Err(BatchError::Space { free: 1000, .. })), "{full:?}");
    let stopped = run(true, true, None);
    let Err(BatchError::Interrupted { done, inputs: 2000 }) = stopped else {
        panic!("{stopped:?}");
    };
    assert!(done > 0 && done < 2000, "{done}");
    // What is there is complete.
    let outputs = fixture.files("out").into_iter().filter(|(name, _)| name.ends_with(".txt"));
    let outputs: Vec<(String, String)> = outputs.collect();
    assert_eq!(outputs.len(), done);
    assert!(outputs.iter().all(|(_, text)| text.starts_with("OHIP [HEALTH-NUMBER-1], visit ")));
    let summary = run(true, false, Some(u64::MAX)).unwrap();
    assert_eq!((summary.counts.released, summary.documents()), (2000, 2000));
}

/// Each released document is drawn as often as any other.
#[test]
fn the_sample_is_drawn_evenly() {
    let fixture = Fixture::new();
    fixture.input("a.txt", "1").input("b.jsonl", "1\n2\n3\n").input("c.txt", "2");
    fixture.run(&["scrub", "in", "--out", "out"], "");
    let mut drawn = std::collections::BTreeMap::new();
    for seed in 0..500 {
        let how = caseveil::batch::Drawn { sample: 2, seed, ..Default::default() };
        let report = caseveil::batch::Report::of(&fixture.path("out"), how).unwrap();
        assert_eq!(report.sample.len(), 2);
        for (_, output) in report.sample {
            *drawn.entry(output).or_insert(0) += 1;
        }
    }
    assert_eq!(drawn.len(), 5);
    assert!(drawn.values().all(|n| (150..250).contains(n)), "{drawn:?}");
}

#[test]
fn released_documents_are_looked_at_with_new_rules() {
    let fixture = Fixture::new();
    fixture
        .input("a.txt", format!("{OHIP}, chart ZZ-4711, pain 7/10"))
        .input("b.txt", "pain 3/10")
        .input("c.jsonl", "{\"n\":\"ZZ-4712\"}\n{\"n\":\"pain\"}\n");
    let run = fixture.run(&["scrub", "in", "--out", "out"], "");
    assert_eq!(run.status, 0, "{}", run.err);
    let rescan = ["rescan", "out", "--since", "out/manifest.jsonl"];
    let same = fixture.run(&rescan, "");
    assert_eq!((same.status, same.out.as_str()), (0, ""), "{}", same.err);
    let rule = r#"
entity = "MRN"
[[rule]]
id = "any.trial_chart"
summary = "chart numbers of a trial"
source = "made for trials of the doors"
lang = ["en", "fr"]
pattern = 'ZZ-\d{4}'
case = "exact"
score = { alone = 0.9 }
[[rule.positive]]
text = "chart ZZ-4711"
finds = ["ZZ-4711"]
[[rule.positive]]
text = "ZZ-4712"
finds = ["ZZ-4712"]
[[rule.negative]]
text = "ZZ 47"
why = "too short"
[[rule.negative]]
text = "pain 7/10"
why = "no number"
"#;
    fs::write(fixture.path("rules/identifiers/chart.toml"), rule).unwrap();
    let found = fixture.run(&rescan, "");
    let date = read_manifest(&fixture.path("out/manifest.jsonl")).unwrap()[0].date.clone().unwrap();
    assert_eq!(
        found.out,
        format!(
            "1\ta.txt\tMRN\tany.trial_chart\t1\t{date}\n3:1\tc.jsonl\tMRN\tany.trial_chart\t1\t{date}\n"
        ),
        "{}",
        found.err
    );
    assert_eq!(found.status, 3);
    assert!(!found.out.contains("4711") && !found.err.contains("4711"));
}
