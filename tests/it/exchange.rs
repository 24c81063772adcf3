//! Labelled documents in the formats of other tools: there and back without loss, malformed files by
//! file and line, label maps, `corpus convert|lint|stats|diff`.

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests as well")]

use super::fixture::Fixture;
use caseveil::audit::{
    Exchange, ExchangeError, File, GoldDocument, LabelMap, agreement, read_gold, read_jsonl,
};
use caseveil::entity::EntityType;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A document with labels at all `pieces` of its text, `?` before the type of an optional one.
fn document(id: &str, pieces: &[(&str, &str)]) -> GoldDocument {
    let (mut text, mut spans) = (String::new(), Vec::new());
    for (piece, kind) in pieces {
        let start = text.chars().count();
        text += piece;
        let end = text.chars().count();
        let (kind, optional) = kind.strip_prefix('?').map_or((*kind, false), |k| (k, true));
        if !kind.is_empty() {
            spans.push(json!({"start": start, "end": end, "type": kind, "optional": optional}));
        }
    }
    let lang = id.split('/').next().unwrap();
    let line = json!({"id": id, "lang": lang, "text": text, "spans": spans});
    read_jsonl(&line.to_string(), "made").unwrap().remove(0)
}

/// What formats stumble over: signs beyond the basic plane, markup, line ends, neighbours.
fn tricky() -> Vec<GoldDocument> {
    vec![
        document("en/emoji", &[("😀 seen by ", ""), ("Zoë 🩺 Lee", "PERSON_PROVIDER"), (".", "")]),
        document(
            "en/marks",
            &[
                ("a <b> & \"c\" ]]> ", ""),
                ("<O'Neil> & \"Sons\"", "ORGANIZATION"),
                (", x,y;\"z\"\n", ""),
            ],
        ),
        document(
            "fr/lignes",
            &[
                ("Mme ", ""),
                ("Hélène\nCôté", "PERSON_PATIENT"),
                (", ", ""),
                ("1er mai", "?HOLIDAY"),
                ("\n\n37,5\u{a0}°C\ttab\n", ""),
            ],
        ),
        document(
            "mixed/neighbours",
            &[
                ("Kenora", "CITY"),
                ("Dryden", "CITY"),
                (" ", ""),
                ("Hearst", "CITY"),
                (" ", ""),
                ("P9N", "FSA"),
                ("1A1", "FSA"),
                ("", ""),
            ],
        ),
        document("en/crlf", &[("one\r\n", ""), ("Ann Lee", "PERSON_FAMILY"), ("\r\ntwo\r\n", "")]),
        document("en/nothing", &[("pain 7/10, # - B-CITY\n-DOCSTART-\n# text = x\n", "")]),
        document("fr/empty", &[]),
    ]
}

/// What must survive, spans in the order of the text.
type Kept = (String, String, Vec<(usize, usize, String, bool)>);

fn kept(d: &GoldDocument) -> Kept {
    let mut spans: Vec<_> =
        d.spans.iter().map(|s| (s.span.start, s.span.end, s.kind.clone(), s.optional)).collect();
    spans.sort();
    (d.id.clone(), d.text.clone(), spans)
}

fn all_kept(documents: &[GoldDocument]) -> Vec<Kept> {
    let mut all: Vec<_> = documents.iter().map(kept).collect();
    all.sort();
    all
}

#[test]
fn every_format_gives_back_every_label() {
    let corpus = read_gold(&[PathBuf::from(ROOT).join("corpus")]).unwrap();
    for (name, documents) in [("tricky", tricky()), ("corpus", corpus)] {
        let labels: usize = documents.iter().map(|d| d.spans.len()).sum();
        assert!(documents.len() > 5 && labels > 8, "{name}");
        for format in Exchange::ALL {
            let files =
                format.encode(&documents).unwrap_or_else(|e| panic!("{}: {e}", format.name()));
            let again =
                format.decode(&files, "again").unwrap_or_else(|e| panic!("{}: {e}", format.name()));
            // Not compared by assert_eq: held-out text would be printed.
            assert!(all_kept(&again) == all_kept(&documents), "{name}: {}", format.name());
            // The second time nothing at all changes.
            assert!(
                format.encode(&again).unwrap().len() == files.len(),
                "{name}: {}",
                format.name()
            );
            if !matches!(format, Exchange::I2b2 | Exchange::Brat | Exchange::Csv) {
                let langs =
                    |some: &[GoldDocument]| some.iter().map(|d| d.lang.clone()).collect::<Vec<_>>();
                assert_eq!(langs(&again), langs(&documents), "{name}: {}", format.name());
            }
        }
    }
}

#[test]
fn other_keys_survive_where_the_format_has_room() {
    let line = json!({"id": "en/1", "lang": "en", "meta": {"layout": "form", "culture": "Cree"}, "text": "Ann Lee",
                      "spans": [{"start": 0, "end": 7, "type": "PERSON_PATIENT", "entity_id": "p1", "form": "full"}]});
    let documents = read_jsonl(&line.to_string(), "made").unwrap();
    for format in [Exchange::Ours, Exchange::Tab, Exchange::Presidio, Exchange::LabelStudio] {
        let files = format.encode(&documents).unwrap();
        let again = format.decode(&files, "again").unwrap();
        assert_eq!(again[0].key("culture"), "Cree", "{}", format.name());
        assert_eq!(again[0].spans[0].other["entity_id"], json!("p1"), "{}", format.name());
    }
}

fn one(content: &str) -> Vec<File> {
    vec![(String::new(), content.to_owned())]
}

fn folder(files: &[(&str, &str)]) -> Vec<File> {
    files.iter().map(|(n, c)| ((*n).to_owned(), (*c).to_owned())).collect()
}

#[test]
fn files_as_the_tools_write_them_are_read() {
    let read = |format: Exchange, files: &[File]| all_kept(&format.decode(files, "x").unwrap());
    let kept = |id: &str, text: &str, spans: &[(usize, usize, &str)]| {
        let spans = spans.iter().map(|(a, b, k)| (*a, *b, (*k).to_owned(), false)).collect();
        (id.to_owned(), text.to_owned(), spans)
    };
    let i2b2 = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<deIdi2b2>\n<TEXT><![CDATA[\nSeen 2067-05-03 in Kenora.\n]]></TEXT>\n<TAGS>\n<DATE id=\"P0\" start=\"6\" end=\"16\" text=\"2067-05-03\" TYPE=\"DATE\" comment=\"\" />\n<LOCATION id=\"P1\" start=\"20\" end=\"26\" text=\"Kenora\" TYPE=\"CITY\" comment=\"\" />\n</TAGS>\n</deIdi2b2>\n";
    assert_eq!(
        read(Exchange::I2b2, &folder(&[("110-01.xml", i2b2)])),
        [kept(
            "110-01",
            "\nSeen 2067-05-03 in Kenora.\n",
            &[(6, 16, "DATE"), (20, 26, "LOCATION/CITY")]
        )]
    );
    let ann = "T1\tPER 0 3;9 12\tAnn Lee\nR1\tWith Arg1:T1 Arg2:T1\nA1\tNegated T1\n#1\tAnnotatorNotes T1\tsure\n";
    assert_eq!(
        read(Exchange::Brat, &folder(&[("a.txt", "Ann (Dr) Lee"), ("a.ann", ann)])),
        [kept("a", "Ann (Dr) Lee", &[(0, 3, "PER"), (9, 12, "PER")])]
    );
    let conll = "-DOCSTART- -X- -X- O\n\nAnn NNP B-NP I-PER\nLee NNP I-NP I-PER\nleft VBD B-VP O\n\nKenora NNP B-NP B-LOC\n. . O O\n";
    assert_eq!(
        read(Exchange::Conll, &one(conll)),
        [kept("1", "Ann Lee left\nKenora .", &[(0, 7, "PER"), (13, 19, "LOC")])]
    );
    let mention = |a, b, text: &str, kind: &str| {
        json!({"entity_type": "PERSON", "entity_mention_id": "m", "start_offset": a, "end_offset": b,
               "span_text": text, "edit_type": "check", "identifier_type": kind, "entity_id": "e"})
    };
    let tab = json!([{"doc_id": "001-1", "text": "Ann, Lee", "dataset_type": "dev", "annotations": {
        "annotator1": {"entity_mentions": [mention(0, 3, "Ann", "DIRECT")]},
        "annotator2": {"entity_mentions": [mention(5, 8, "Lee", "QUASI")]}}}]);
    assert_eq!(
        read(Exchange::Tab, &one(&tab.to_string())),
        [
            kept("001-1/annotator1", "Ann, Lee", &[(0, 3, "PERSON")]),
            kept("001-1/annotator2", "Ann, Lee", &[(5, 8, "PERSON")])
        ]
    );
    let presidio = json!([{"full_text": "I am Ann", "masked": "I am {{name}}", "template_id": 3, "metadata": {"Gender": "f"},
        "spans": [{"entity_type": "PERSON", "entity_value": "Ann", "start_position": 5, "end_position": 8}]}]);
    assert_eq!(
        read(Exchange::Presidio, &one(&presidio.to_string())),
        [kept("1", "I am Ann", &[(5, 8, "PERSON")])]
    );
    let studio = json!([{"id": 7, "data": {"text": "Ann Lee"}, "annotations": [{"id": 1, "result": [
        {"id": "a", "from_name": "c", "to_name": "text", "type": "choices", "value": {"choices": ["x"]}},
        {"id": "b", "from_name": "l", "to_name": "text", "type": "labels", "value": {"start": 0, "end": 7, "text": "Ann Lee", "labels": ["PER"]}}]}]}]);
    assert_eq!(
        read(Exchange::LabelStudio, &one(&studio.to_string())),
        [kept("7", "Ann Lee", &[(0, 7, "PER")])]
    );
    let doccano = "{\"id\": 3, \"text\": \"Ann\", \"entities\": [{\"id\": 1, \"label\": \"PER\", \"start_offset\": 0, \"end_offset\": 3}], \"relations\": [], \"Comments\": []}\n";
    assert_eq!(read(Exchange::Doccano, &one(doccano)), [kept("3", "Ann", &[(0, 3, "PER")])]);
    let csv = folder(&[
        ("spans.csv", "type,id,start,end\nPER,a,0,3\n"),
        ("texts/a.txt", "Ann"),
        ("texts/b.txt", "b"),
    ]);
    assert_eq!(
        read(Exchange::Csv, &csv),
        [kept("a", "Ann", &[(0, 3, "PER")]), kept("b", "b", &[])]
    );
}

#[test]
fn malformed_files_are_told_by_file_and_line_without_their_text() {
    let xml = |tag: &str| {
        folder(&[(
            "d.xml",
            &format!("<deIdi2b2>\n<TEXT>Jane Roe</TEXT>\n<TAGS>\n{tag}\n</TAGS>\n</deIdi2b2>"),
        )])
    };
    let ann = |line: &str| {
        folder(&[("d.txt", "Jane Roe"), ("d.ann", &format!("T1\tPER 0 4\tJane\n{line}\n"))])
    };
    let csv = |rows: &str| folder(&[("spans.csv", rows), ("texts/d.txt", "Jane Roe")]);
    let head = "id,start,end,type,text\nd,0,4,PER,Jane\n";
    for (format, files, error) in [
        (
            Exchange::Ours,
            one("{\"id\": \"a\", \"text\": \"Jane\"}\nJane"),
            "x:2: column 1: not an object with `id`, `text` and `spans`",
        ),
        (
            Exchange::Ours,
            one(
                "{\"id\": \"a\", \"text\": \"Jane\", \"spans\": [{\"start\": 2, \"end\": 9, \"type\": \"PER\"}]}",
            ),
            "x:1: the PER span 2..9 is empty or leaves the text",
        ),
        (Exchange::I2b2, xml("<NAME id='P0' start='0'"), "d.xml:5: column 1: not well-formed XML"),
        (
            Exchange::I2b2,
            xml("<NAME id='P0' start='0' end='4' text='Jane'/>"),
            "d.xml:4: NAME has no attribute TYPE",
        ),
        (
            Exchange::I2b2,
            xml("<NAME start='x' end='4' TYPE='PATIENT'/>"),
            "d.xml:4: start is not a number",
        ),
        (
            Exchange::I2b2,
            xml("<NAME start='1' end='5' text='Jane' TYPE='PATIENT'/>"),
            "d.xml:4: the NAME/PATIENT span 1..5 does not hold the text that it says; offsets count code points",
        ),
        (
            Exchange::I2b2,
            folder(&[("d.xml", "<deIdi2b2>\n<TEXT>Jane</TEXT></deIdi2b2>")]),
            "d.xml:1: no TAGS inside deIdi2b2",
        ),
        (
            Exchange::Brat,
            ann("T2 PER 5 8 Roe"),
            "d.ann:2: a label is `T1`, a tab, type, start and end, a tab, the text",
        ),
        (
            Exchange::Brat,
            ann("T2\tPER 5 80\tRoe"),
            "d.ann:2: the PER span 5..80 is empty or leaves the text",
        ),
        (
            Exchange::Brat,
            ann("Jane"),
            "d.ann:2: a label is `T1`, a tab, type, start and end, a tab, the text",
        ),
        (
            Exchange::Brat,
            folder(&[("d.txt", "Jane")]),
            "d.txt:0: no file of labels (.ann) beside it",
        ),
        (
            Exchange::Brat,
            folder(&[("d.ann", "T1\tPER 0 4\tJane")]),
            "d.ann:0: no file of text (.txt) beside it",
        ),
        (
            Exchange::Conll,
            one("Jane\tB-PER\nRoe\n"),
            "x:2: a line is a word and a tag O, B-TYPE or I-TYPE",
        ),
        (
            Exchange::Conll,
            one("# newdoc id = 1\n# text = \"Jane Roe\"\nJane\tB-PER\nDoe\tI-PER\n"),
            "x:4: the word does not follow in the document's text",
        ),
        (
            Exchange::Conll,
            one("# newdoc id = 1\n# text = \"Jane Roe\"\nRoe\tB-PER\n"),
            "x:3: text of the document before this word has no token",
        ),
        (
            Exchange::Conll,
            one("# newdoc id = 1\n# text = \"Jane Roe\"\nJane\tB-PER\n"),
            "x:1: text at the end of the document has no token",
        ),
        (Exchange::Tab, one("[{\"doc_id\": 1,\n\"text\": Jane}]"), "x:2: column 9: not JSON"),
        (Exchange::Tab, one("{\"doc_id\": 1}"), "x:1: column 0: not a JSON array of documents"),
        (
            Exchange::Presidio,
            one("[\n{\"full_text\": \"a\", \"spans\": []},\n{\"full_text\": \"Jane\"}]"),
            "x:3: not a document of presidio-research: `full_text` and `spans` of `entity_type`, `entity_value`, `start_position`, `end_position`",
        ),
        (
            Exchange::Presidio,
            one(
                "[\n{\"full_text\": \"Jane\", \"spans\": [{\"entity_type\": \"PERSON\", \"entity_value\": \"Roe\", \"start_position\": 0, \"end_position\": 4}]}]",
            ),
            "x:2: the PERSON span 0..4 does not hold the text that it says; offsets count code points",
        ),
        (
            Exchange::LabelStudio,
            one(
                "[{\"data\": {\"text\": \"Jane\"}, \"annotations\": [{\"result\": [{\"type\": \"labels\", \"value\": {\"start\": 0}}]}]}]",
            ),
            "x:1: a result without `value` of `start`, `end`, `labels`",
        ),
        (
            Exchange::Doccano,
            one("{\"text\": \"Jane\", \"label\": []}\n{\"text\": \"Jane\"}"),
            "x:2: not a document of doccano: `text` and `label` of [start, end, type], or `entities`",
        ),
        (
            Exchange::Doccano,
            one("{\"text\": \"Jane\", \"label\": [[3, 2, \"PER\"]]}"),
            "x:1: the PER span 3..2 is empty or leaves the text",
        ),
        (
            Exchange::Csv,
            csv("id,start,end\n"),
            "spans.csv:1: no column type; it needs id, start, end, type",
        ),
        (
            Exchange::Csv,
            csv(&format!("{head}d,x,4,PER,Jane\n")),
            "spans.csv:3: start and end are numbers, optional is true, false or empty",
        ),
        (
            Exchange::Csv,
            csv(&format!("{head}d,0,4\n")),
            "spans.csv:3: a row with more or fewer columns than the first line",
        ),
        (
            Exchange::Csv,
            csv(&format!("{head}Jane,0,4,PER,Jane\n")),
            "spans.csv:3: its id has no file in the folder texts",
        ),
        (
            Exchange::Csv,
            csv(&format!("{head}d,0,4,PER,Roe\n")),
            "spans.csv:3: the PER span 0..4 does not hold the text that it says; offsets count code points",
        ),
        (
            Exchange::Csv,
            folder(&[("texts/d.txt", "Jane")]),
            "spans.csv:0: no such file in the folder",
        ),
    ] {
        let told = format.decode(&files, "x").unwrap_err().to_string();
        assert!(!told.contains("Jane") && !told.contains("Roe"), "{told}");
        if told != error {
            // TAB and the like: where the parser stops inside a shape is its affair, the line is not.
            assert_eq!(told, error, "{}", format.name());
        }
    }
}

#[test]
fn what_a_format_cannot_hold_is_refused_not_dropped() {
    let mut overlap = document("en/1", &[("Ann Lee", "PERSON_PATIENT")]);
    overlap.spans.push(overlap.spans[0].clone());
    overlap.spans[1].span.start = 4;
    let blanks = document("en/1", &[("Ann ", "PERSON_PATIENT"), ("x", "")]);
    let spaced = document("en/1", &[("Ann", "PERSON NAME")]);
    let control = document("en/1", &[("a\u{1}b", "")]);
    let up = document("../1", &[("Ann", "NAME")]);
    for (format, d, message) in [
        (Exchange::Conll, &overlap, "labels that overlap"),
        (Exchange::Conll, &blanks, "a label with blanks at an end"),
        (Exchange::Conll, &spaced, "a type that no tag can name; map the labels"),
        (Exchange::Brat, &spaced, "a type with spaces; map the labels"),
        (Exchange::I2b2, &spaced, "a type that is no name of an element; map the labels"),
        (Exchange::I2b2, &control, "a control character; XML has none"),
        (Exchange::Brat, &up, "an id that is no name of a file"),
    ] {
        let told = format.encode(std::slice::from_ref(d)).unwrap_err();
        assert!(
            matches!(&told, ExchangeError::Unsaid { message: m, .. } if m == message),
            "{told}"
        );
    }
    for format in [Exchange::I2b2, Exchange::Brat, Exchange::Tab, Exchange::Csv] {
        let files = format.encode(std::slice::from_ref(&overlap)).unwrap();
        assert_eq!(all_kept(&format.decode(&files, "x").unwrap()), [kept(&overlap)]);
    }
}

#[test]
fn label_maps_know_every_type_and_lead_back_to_types_of_ours() {
    let folder = Path::new(ROOT).join("rules/labels");
    let files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    assert!(files.len() >= 4);
    for file in files {
        let map = LabelMap::parse(&fs::read_to_string(&file).unwrap()).unwrap();
        for entity in EntityType::ALL {
            let theirs = map.to.get(entity.name());
            assert!(
                theirs.is_some_and(|t| map.from.contains_key(t)),
                "{}: {entity}",
                file.display()
            );
        }
        assert_eq!(map.to.len(), EntityType::ALL.len(), "{}", file.display());
        for ours in map.from.values() {
            assert!(
                ours == "IGNORE" || EntityType::from_name(ours).is_some(),
                "{}: {ours}",
                file.display()
            );
        }
    }
    let mut unknown = vec![document("en/1", &[("Ann", "WIZARD")])];
    let map = LabelMap::parse("summary = 's'\n[to]\n[from]\nWITCH = 'CITY'").unwrap();
    let told = LabelMap::apply(&map.from, &mut unknown).unwrap_err().to_string();
    assert!(told.starts_with("en/1: the label map has no WIZARD"), "{told}");
}

#[test]
fn agreement_is_counted_and_differences_are_told_without_text() {
    let first = [document(
        "en/1",
        &[("Ann", "PERSON_PATIENT"), (" in\n", ""), ("Kenora", "CITY"), (" today now", "")],
    )];
    assert_eq!(agreement(&first, &first).kappa, Some(1.0));
    let second = [document(
        "en/1",
        &[("Ann", "PERSON_OTHER"), (" in\nKenora ", ""), ("today", "DATE"), (" now", "")],
    )];
    let told = serde_json::to_value(agreement(&first, &second)).unwrap();
    let label = |line, start, end, first: Value, second: Value| json!({"what": "label", "id": "en/1", "line": line, "start": start, "end": end, "first": first, "second": second});
    assert_eq!(
        told["differences"],
        json!([
            label(1, 0, 3, json!("PERSON_PATIENT"), json!("PERSON_OTHER")),
            label(2, 7, 13, json!("CITY"), Value::Null),
            label(2, 14, 19, Value::Null, json!("DATE"))
        ])
    );
    // 2 of 5 tokens alike; by chance 3/5 * 3/5 would be, the unlabelled ones: (2/5 - 9/25) / (1 - 9/25).
    assert_eq!((&told["tokens"]["hits"], &told["tokens"]["n"]), (&json!(2), &json!(5)));
    let kappa = told["kappa"].as_f64().unwrap();
    assert!((kappa - (0.4 - 0.36) / 0.64).abs() < 1e-12, "{kappa}");
}

#[test]
fn the_commands_convert_lint_count_and_compare() {
    let fixture = Fixture::new();
    let header = "#! layout=letter ; culture=Cree ; noise=none";
    fixture.input(
        "en/1.txt",
        format!("{header}\nSeen by [[PERSON_PROVIDER:Ann Lee]] in [[CITY:Quibbex]].\n"),
    );
    fixture.input("en/2.txt", format!("{header} ; split=held_out\nFrom [[CITY:Zorblatt]].\n"));
    let run = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("caseveil").unwrap();
        let done = command.current_dir(fixture.path("")).args(arguments).output().unwrap();
        let text = |b: Vec<u8>| String::from_utf8(b).unwrap();
        (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
    };
    let (code, out, err) =
        run(&["corpus", "convert", "in", "--to", "i2b2", "--labels-out", "i2b2", "--out", "xml"]);
    assert_eq!(
        (code, out.as_str()),
        (0, "1 documents, 2 labels; 1 held-out documents left out\n"),
        "{err}"
    );
    let xml = fs::read_to_string(fixture.path("xml/en/1.xml")).unwrap();
    assert!(
        xml.contains("<LOCATION id=\"P1\" start=\"19\" end=\"26\" text=\"Quibbex\" TYPE=\"CITY\""),
        "{xml}"
    );
    assert!(!fixture.path("xml/en/2.xml").exists());
    let (code, out, _) = run(&["corpus", "diff", "in", "xml", "--other-from", "i2b2"]);
    assert_eq!(code, 1);
    assert!(
        out.contains("en/2: only in the first\n") && out.contains("19..26 CITY / LOCATION/CITY"),
        "{out}"
    );
    let (code, out, _) = run(&["corpus", "lint", "xml", "--from", "i2b2"]);
    assert!(
        code == 1 && out.contains("unknown type LOCATION/CITY") && !out.contains("Quibbex"),
        "{out}"
    );
    let (code, out, _) = run(&["corpus", "lint", "xml", "--from", "i2b2", "--labels-in", "i2b2"]);
    assert_eq!((code, out.as_str()), (0, "1 documents: 0 errors, 0 warnings\n"));
    let (code, out, _) = run(&["corpus", "stats", "in", "--json"]);
    let counts: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &counts["labels"], &counts["by"]["type"]["CITY"]), (0, &json!(3), &json!(2)));
    // Held-out text leaves only with a reason, and the compiled file holds none.
    let (_, out, _) = run(&[
        "corpus",
        "convert",
        "in",
        "--to",
        "csv",
        "--out",
        "csv",
        "--show-held-out",
        "retired",
        "--ledger",
        "l.jsonl",
    ]);
    assert_eq!(out, "2 documents, 3 labels\n");
    assert!(
        fs::read_to_string(fixture.path("l.jsonl")).unwrap().contains("\"reason\":\"retired\"")
    );
    fs::create_dir_all(fixture.path("c")).unwrap();
    fs::rename(fixture.path("in"), fixture.path("c/gold")).unwrap();
    assert_eq!(run(&["corpus", "compile", "c"]).1, "1 documents, 2 labels\n");
    assert!(!fs::read_to_string(fixture.path("c/gold.jsonl")).unwrap().contains("Zorblatt"));
    assert_eq!(run(&["corpus", "check", "c"]).0, 0);
    let (code, out, err) = run(&["explain", "c/gold/en/2.txt", "--show-text"]);
    assert!(
        code == 1 && !out.contains("Zorblatt") && err.contains("--show-held-out"),
        "{out}{err}"
    );
    let (code, _, err) =
        run(&["corpus", "convert", "c", "--to", "i2b2", "--labels-out", "none", "--out", "y"]);
    assert!(
        code == 1 && err.contains("no label map none; there are conll, i2b2, presidio, tab"),
        "{err}"
    );
}
