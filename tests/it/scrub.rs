//! `caseveil scrub`: what is written, under which name, and what is not.

use super::fixture::{Fixture, Run, said};
use assert_cmd::Command;

/// Ten digits that pass the check by construction.
const OHIP: &str = "OHIP 9876-543-217 JK";

fn pairs(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect()
}

#[test]
fn formats_keep_their_structure() {
    let utf16 =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let marked = |text: &str| [vec![0xff, 0xfe], utf16(text)].concat();
    let latin: Vec<u8> =
        format!("n\u{e9}e, {OHIP}, lombalgie s\u{e9}v\u{e8}re").chars().map(|c| c as u8).collect();
    let json = r#"{ "z": 1.50, "a": [[true, null, -2e3], {"ohip": 9876543217, "ohip": "9876 543 217"}],
        "z": "pain 7/10", "note": "OHIP 9876-543-217 JK\n\"x\"" }"#;
    // The parser writes the sign of an exponent; the number is the same.
    let masked_json = concat!(
        r#"{"z":1.50,"a":[[true,null,-2e+3],{"ohip":"[HEALTH-NUMBER-1]","ohip":"[HEALTH-NUMBER-1]"}],"#,
        r#""z":"pain 7/10","note":"OHIP [HEALTH-NUMBER-2]\n\"x\""}"#,
        "\n"
    );
    let lines = format!("{{\"id\":\"p1\",\"text\":\"{OHIP}\"}}\r\n\n[1,2]\n\"x\"");
    let masked_lines = "{\"id\":\"p1\",\"text\":\"OHIP [HEALTH-NUMBER-1]\"}\n[1,2]\n\"x\"\n";
    let text = format!("{OHIP}\r\nno line break at the end");
    let masked = "OHIP [HEALTH-NUMBER-1]\r\nno line break at the end";
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("a.txt", text.clone().into(), masked),
        ("b.md", text.into(), masked),
        ("c.json", json.into(), masked_json),
        ("d.jsonl", lines.clone().into(), masked_lines),
        ("e.txt", marked(OHIP), "OHIP [HEALTH-NUMBER-1]"),
        ("f.txt", latin, "née, OHIP [NUMERO-SANTE-1], lombalgie sévère"),
        ("g.jsonl", marked(&lines), masked_lines),
        ("h", json.into(), masked_json),
        ("i.txt", Vec::new(), ""),
    ];
    let fixture = Fixture::new();
    for (name, bytes, _) in &cases {
        fixture.input(name, bytes);
    }
    let run = fixture.run(&["scrub", "in", "--out", "out"], "");
    let expected: Vec<(&str, &str)> = cases.iter().map(|(n, _, t)| (*n, *t)).collect();
    assert_eq!(fixture.outputs("out"), pairs(&expected));
    let err =
        "13 documents: 13 released, 0 held, 0 refused, 0 quarantined\n       12 HEALTH_NUMBER\n"
            .to_owned();
    assert_eq!(run, Run { status: 0, out: String::new(), err });
}

#[test]
fn what_cannot_be_read_is_counted_and_not_written() {
    let fixture = Fixture::new();
    fixture
        .input("1.json", "{\"who\": \"OHIP 9876-543-217 JK")
        .input("2.jsonl", "{\"a\":1}\nOHIP 9876-543-217\n{\"b\":\"OHIP 9876-543-217\"}\n")
        .input("3.txt", "%PDF-1.7 stream")
        .input("4.bin", b"\x00\x01\x02")
        .input("5.jsonl", "nothing\n")
        .input("6.txt", "pain 7/10")
        .input(".hidden", OHIP);
    let run = fixture.run(&["scrub", "in", "--out", "out"], "");
    assert_eq!(
        fixture.outputs("out"),
        pairs(&[
            ("2.jsonl", "{\"a\":1}\n{\"b\":\"OHIP [HEALTH-NUMBER-1]\"}\n"),
            ("6.txt", "pain 7/10")
        ])
    );
    let err = "8 documents: 3 released, 0 held, 1 refused, 4 quarantined
        1 HEALTH_NUMBER
input 1: quarantined: not valid JSON at line 1, column 29
input 2, line 2: quarantined: not valid JSON at column 1
input 3: quarantined: not valid PDF at its structure: it cannot be read
input 4: refused: a binary file of unknown kind cannot be searched; convert it to a supported format first
input 5, line 1: quarantined: not valid JSON at column 2
"
    .to_owned();
    assert_eq!(run, Run { status: 3, out: String::new(), err });
}

#[test]
fn names_that_identify_become_numbers() {
    let fixture = Fixture::new();
    fixture
        .input("a/pain.txt", "1")
        .input("OHIP-9876-543-217/notes.txt", "2")
        .input("OHIP-9876-543-217/OHIP_9876543217.json", "3")
        .input("b/9876543217.txt", "OHIP 9876543217")
        .input("b/document-1.txt", "4")
        .input("b/ohip 9876 543 217.ohip", "5");
    let run = fixture.run(&["scrub", "in", "in/a/pain.txt", "in/a", "--out", "out"], "");
    assert_eq!(
        fixture.outputs("out"),
        pairs(&[
            ("a/pain.txt", "1"),
            ("b/document-1.txt", "4"),
            ("b/document-6.txt", "5"),
            ("document-4.txt", "OHIP [HEALTH-NUMBER-1]"),
            ("document-8.txt", "1"),
            ("folder-1/document-1.json", "3\n"),
            ("folder-1/notes.txt", "2"),
            ("pain.txt", "1"),
        ])
    );
    let err = "8 documents: 8 released, 0 held, 0 refused, 0 quarantined; 5 outputs got a number for a name\n        \
               1 HEALTH_NUMBER\n";
    assert_eq!(run, Run { status: 0, out: String::new(), err: err.to_owned() });
}

#[test]
fn standard_input_goes_to_standard_output() {
    let fixture = Fixture::new();
    let json = "{\"ohip\": \"9876-543-217\",\n\"pain\": 7}";
    for (arguments, input, output, released) in [
        (&["scrub", "-"][..], OHIP, "OHIP [HEALTH-NUMBER-1]", 1),
        (&["scrub", "-"], json, "{\"ohip\":\"[HEALTH-NUMBER-1]\",\"pain\":7}\n", 1),
        (&["scrub", "-"], "[OHIP 9876-543-217]", "[OHIP [HEALTH-NUMBER-1]]", 1),
        (
            &["scrub", "-"],
            "{\"a\":1}\n{\"ohip\":9876543217}",
            "{\"a\":1}\n{\"ohip\":\"[HEALTH-NUMBER-1]\"}\n",
            2,
        ),
        (
            &["scrub", "-", "--format", "jsonl"],
            "7\n\"OHIP 9876543217\"",
            "7\n\"OHIP [HEALTH-NUMBER-1]\"\n",
            2,
        ),
        (&["scrub", "-", "--format", "text"], "{\"a\" :1}", "{\"a\" :1}", 1),
        (&["scrub", "-"], "", "", 1),
    ] {
        let run = fixture.run(arguments, input);
        assert_eq!((run.status, run.out.as_str()), (0, output), "{input}");
        assert!(
            run.err.starts_with(&format!("{released} documents: {released} released,")),
            "{}",
            run.err
        );
    }
    let run = fixture.run(&["scrub", "-", "--format", "json"], OHIP);
    let err = "1 documents: 0 released, 0 held, 0 refused, 1 quarantined\ninput 1: quarantined: not valid JSON at line 1, column 1\n";
    assert_eq!(run, Run { status: 3, out: String::new(), err: err.to_owned() });
}

#[test]
fn a_run_that_cannot_be_right_is_refused() {
    let fixture = Fixture::new();
    fixture.input("a.txt", OHIP).input("b/c.txt", OHIP);
    for (arguments, message) in [
        (&["scrub", "in"][..], "caseveil: say where the masked documents go with --out DIR\n"),
        (
            &["scrub", "-", "in", "--out", "out"],
            "caseveil: `-` goes to standard output: give it alone and without --out\n",
        ),
        (
            &["scrub", "in/a.txt", "gone.txt", "--out", "out"],
            "caseveil: path 2 cannot be read: entity not found\n",
        ),
        (
            &["scrub", "in", "--out", "in/out"],
            "caseveil: the output folder and path 1 lie in one another; choose another folder for --out\n",
        ),
        (
            &["scrub", "in/b/c.txt", "in/a.txt", "--out", "in"],
            "caseveil: the output folder and path 2 lie in one another; choose another folder for --out\n",
        ),
        (
            &["scrub", "in", "--out", "rules"],
            "caseveil: the output folder is not empty: go on with its run by --resume, or choose another folder\n",
        ),
        (
            &["scrub", "in", "--out", "rules", "--resume"],
            "caseveil: the output folder holds no run to go on with: leave --resume away\n",
        ),
    ] {
        let run = fixture.run(arguments, "");
        assert_eq!(run, Run { status: 1, out: String::new(), err: message.to_owned() });
    }
    assert_eq!(fixture.files("in"), pairs(&[("a.txt", OHIP), ("b/c.txt", OHIP)]));
}

/// The whole engine over the hand-written cases of the corpus.
#[test]
fn the_bytes_are_the_same_at_any_number_of_threads() {
    let fixture = Fixture::new();
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/gold");
    let line = |i| format!("{{\"id\":{i},\"note\":\"{OHIP}, seen by Dr. Okafor\"}}\n");
    let lines = (0..700).map(line).collect::<Vec<_>>().concat();
    fixture.input("many.jsonl", lines);
    let scrub = |out: &str, jobs: &str| {
        let mut command = Command::cargo_bin("caseveil").unwrap();
        command
            .current_dir(fixture.path(""))
            .args(["scrub", corpus, "in", "--out", out, "--jobs", jobs]);
        let done = command.output().unwrap();
        (done.status.code(), said(done.stderr), fixture.outputs(out))
    };
    let one = scrub("one", "1");
    assert!(one.2.len() > 50, "{} files were written: {}", one.2.len(), one.1);
    assert_eq!(one, scrub("two", "2"));
}
