//! The private file that says where masking wrote: it tells a stand-in from a leak by position.

use super::fixture::Fixture;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

const KEY: &str =
    "id = \"k1\"\nsecret = \"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\"\n";

/// The text without those stretches.
fn without(text: &str, mut places: Vec<(usize, usize)>) -> String {
    places.sort_unstable();
    let (mut out, mut at) = (String::new(), 0);
    for (start, end) in places {
        out.push_str(&text[at..start]);
        at = end;
    }
    out + &text[at..]
}

fn places(line: &Value) -> Vec<(usize, usize)> {
    let number = |place: &Value, key: &str| place[key].as_u64().unwrap() as usize;
    let places = line["places"].as_array().unwrap();
    places.iter().map(|p| (number(p, "start"), number(p, "end"))).collect()
}

#[test]
fn what_stands_outside_of_the_places_is_the_source() {
    let fixture = Fixture::new();
    let number = "9876-543-217 JK";
    let texts = [
        ("a.txt", format!("OHIP {number}, pain 7/10; OHIP {number} again")),
        ("b.txt", "no identifier, pain 3/10".to_owned()),
        ("c.txt", format!("évaluée, OHIP {number}")),
    ];
    for (name, text) in &texts {
        fixture.input(name, text);
    }
    for policy in ["tag", "surrogate"] {
        let file = format!(
            "id = \"echo-case\"\nversion = 1\nsummary = \"for trials\"\ndefault = \"tag\"\ngate.self-test = false\n\n[operator]\nHEALTH_NUMBER = \"{policy}\"\n"
        );
        fs::write(fixture.path("rules/policies/echo-case.toml"), file).unwrap();
        fs::write(fixture.path("key.toml"), KEY).unwrap();
        fs::set_permissions(fixture.path("key.toml"), fs::Permissions::from_mode(0o600)).unwrap();
        let (out, sidecar) = (format!("out-{policy}"), format!("{policy}.jsonl"));
        let arguments =
            ["scrub", "in", "--out", &out, "--sidecar", &sidecar, "--key-file", "key.toml"];
        let run = fixture.run(&arguments, "");
        assert_eq!(run.status, 0, "{}", run.err);
        let told = fs::read_to_string(fixture.path(&sidecar)).unwrap();
        let lines: Vec<Value> = told.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines.len(), 3, "{told}");
        for ((name, source), line) in texts.iter().zip(&lines) {
            let output = fs::read_to_string(fixture.path(&out).join(name)).unwrap();
            let found: Vec<(usize, usize)> =
                source.match_indices(number).map(|(at, n)| (at, at + n.len())).collect();
            let written = places(line);
            assert_eq!(written.len(), found.len(), "{policy} {name}: {line}");
            assert_eq!(without(&output, written), without(source, found), "{policy} {name}");
            assert!(!output.contains(number), "{policy} {name}");
            for place in line["places"].as_array().unwrap() {
                assert_eq!(
                    (&place["type"], &place["operator"]),
                    (&"HEALTH_NUMBER".into(), &policy.into())
                );
            }
        }
        assert!(!told.contains("9876"), "it holds no text");
        let mode = fs::metadata(fixture.path(&sidecar)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn lines_of_a_file_have_their_number() {
    let fixture = Fixture::new();
    fixture.input("cases.jsonl", "{\"t\":\"OHIP 9876-543-217\"}\n{\"t\":\"none\"}\n");
    let run = fixture.run(&["scrub", "in", "--out", "out", "--sidecar", "side.jsonl"], "");
    assert_eq!(run.status, 0, "{}", run.err);
    let told = fs::read_to_string(fixture.path("side.jsonl")).unwrap();
    let inputs: Vec<Value> = told
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap())
        .map(|l| l["input"].clone())
        .collect();
    assert_eq!(inputs, ["1:1", "1:2"], "{told}");
    let nowhere = fixture.run(&["scrub", "in", "--out", "out2", "--sidecar", "no/such/file"], "");
    assert_eq!(nowhere.status, 1, "{}", nowhere.err);
    assert!(nowhere.err.contains("sidecar file"), "{}", nowhere.err);
}

#[test]
fn it_replaces_nothing_and_lies_outside_of_what_is_handed_on() {
    let fixture = Fixture::new();
    fixture.input("a.txt", "OHIP 9876-543-217");
    fs::write(fixture.path("mine.txt"), "kept").unwrap();
    for (out, sidecar, said) in [
        ("out1", "mine.txt", "sidecar file cannot be written"),
        ("out2", "out2/side.jsonl", "would lie in the output folder"),
    ] {
        let run = fixture.run(&["scrub", "in", "--out", out, "--sidecar", sidecar], "");
        assert_eq!(run.status, 1, "{}", run.err);
        assert!(run.err.contains(said), "{}", run.err);
    }
    assert_eq!(fs::read_to_string(fixture.path("mine.txt")).unwrap(), "kept");
    // A resumed run goes on behind what is there.
    let scrub = |more: &[&str]| {
        let run = fixture.run(
            &[&["scrub", "in", "--out", "out3", "--sidecar", "side.jsonl"], more].concat(),
            "",
        );
        assert_eq!(run.status, 0, "{}", run.err);
        fs::read_to_string(fixture.path("side.jsonl")).unwrap()
    };
    let whole = scrub(&[]);
    fs::remove_file(fixture.path("out3/a.txt")).unwrap();
    let again = scrub(&["--resume"]);
    assert!(again.starts_with(&whole) && again.len() > whole.len(), "{again}");
    assert_eq!(again.lines().last(), whole.lines().last(), "the last line about an input holds");
}
