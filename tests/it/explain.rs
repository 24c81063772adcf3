//! `caseveil explain`: the whole output.

use super::fixture::{Fixture, Run};
use caseveil::rules::RuleFiles;

fn check(fixture: &Fixture, arguments: &[&str], expected: &str) {
    let digest = RuleFiles::read(&fixture.path("rules")).unwrap().digest();
    let run = fixture.run(arguments, "");
    let out = run.out.replace(&digest, "DIGEST");
    assert_eq!(Run { out, ..run }, Run { status: 0, out: expected.to_owned(), err: String::new() });
}

#[test]
fn findings_and_suppressed_candidates_without_their_text() {
    let fixture = Fixture::new();
    fixture.input("a.txt", "🦀 né: OHIP 9876-543-217 JK, 1234-567-890");
    let expected = "\
document 1: held, policy echo-case 1
rules DIGEST
1 found
  text bytes 15..30 chars 11..26  HEALTH_NUMBER 0.950 ca.on.trial -> [HEALTH-NUMBER-1] (check digit valid, cue distance 1)
1 suppressed
  text bytes 32..44 chars 28..40  HEALTH_NUMBER 0.300 ca.on.trial -> low_score (check digit invalid)
";
    check(&fixture, &["explain", "in/a.txt"], expected);
}

#[test]
fn the_passage_only_when_asked_for() {
    let fixture = Fixture::new();
    fixture.input("a.json", r#"{"ohip": [9876543217]}"#);
    let expected = "\
document 1: released, policy echo-case 1
rules DIGEST
1 found
  $.0.0 bytes 0..10 chars 0..10  HEALTH_NUMBER 0.950 ca.on.trial -> [HEALTH-NUMBER-1] (check digit valid, cue distance 2) \"9876543217\"
0 suppressed
";
    check(&fixture, &["explain", "in/a.json", "--show-text"], expected);
}

#[test]
fn one_json_object_a_document() {
    let fixture = Fixture::new();
    fixture.input("a.jsonl", "{\"t\":\"é OHIP 9876-543-217\"}\n\n{\"t\":7}\n");
    let finding = concat!(
        r#"{"place":"$.0","utf8":[8,20],"utf16":[7,19],"code_point":[7,19],"type":"HEALTH_NUMBER","score":0.95,"#,
        r#""rule":"ca.on.trial","check_digit":"valid","cue_distance":1,"linked":false,"outcome":"[HEALTH-NUMBER-1]"}"#
    );
    let document = |n, findings| {
        let head = format!(
            r#"{{"document":{n},"released":true,"policy":"echo-case 1","rules_digest":"DIGEST""#
        );
        format!("{head},\"findings\":[{findings}],\"suppressed\":[]}}\n")
    };
    let expected = document(1, finding) + &document(3, "");
    check(&fixture, &["explain", "in/a.jsonl", "--json"], &expected);
}

#[test]
fn an_input_that_cannot_be_read_is_not_quoted() {
    let fixture = Fixture::new();
    fixture.input("a.json", "{\"who\": Jane Doe}");
    let run = fixture.run(&["explain", "in/a.json"], "");
    let err = "caseveil: not valid JSON at line 1, column 9\n".to_owned();
    assert_eq!(run, Run { status: 1, out: String::new(), err });
    let run = fixture.run(&["explain", "jane-doe.json"], "");
    let err = "caseveil: cannot read the input: entity not found\n".to_owned();
    assert_eq!(run, Run { status: 1, out: String::new(), err });
}
