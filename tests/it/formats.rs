//! File formats: what hides in each place of each is found, and nothing else changes.
//!
//! `tests/fixtures/formats/make.py` made the files: every place of each holds a telephone number
//! of its own, or an invented name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use caseveil::case::CaseId;
use caseveil::format::{self, Format, FormatError};
use caseveil::gate::{ReleasedCase, Review, Verdict};
use caseveil::pipeline::Deidentifier;
use std::sync::LazyLock;

static ENGINE: LazyLock<Deidentifier> =
    LazyLock::new(|| Deidentifier::embedded("echo-case").unwrap());

fn fixture(name: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/formats/");
    std::fs::read(format!("{path}{name}")).unwrap()
}

/// What PDF and Parquet are decoded by.
pub(crate) fn with_decoder() {
    format::set_decoder(assert_cmd::cargo::cargo_bin("caseveil"));
}

/// Opens, masks and writes; what a person would have to look at does not stop it.
pub(crate) fn scrub(name: &str, bytes: &[u8]) -> Result<(Vec<u8>, Vec<&'static str>), FormatError> {
    let format = format::sniff(Some(name), bytes)?;
    scrub_as(format, bytes)
}

fn scrub_as(format: Format, bytes: &[u8]) -> Result<(Vec<u8>, Vec<&'static str>), FormatError> {
    let form = ENGINE.rules().forms.first();
    let opened = format::open(format, &CaseId::new("1"), bytes, form)?;
    let mut scratch = ENGINE.scratch();
    let released: Vec<Option<ReleasedCase>> = opened
        .cases()
        .iter()
        .map(|case| match ENGINE.release_reviewed(case, &Review::default(), &mut scratch).0 {
            Verdict::Released(released) => Some(released),
            Verdict::Held(_) => None,
        })
        .collect();
    Ok((opened.write(&released)?, opened.notes().to_vec()))
}

/// What must not be readable in any output.
const CANARIES: [&str; 13] = [
    "555-01",
    "uillfeather",
    "Odalys",
    "Barnaby",
    "Thornquist",
    "Larkspur",
    "LARKSPUR",
    "9876543217",
    "1961",
    "19610409",
    "0045871",
    "P0S 1K0",
    "ehr.example",
];

/// All text of an output, packed files and parts unpacked.
pub(crate) fn readable(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    if bytes.starts_with(b"PK") {
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        for i in 0..zip.len() {
            let mut file = zip.by_index(i).unwrap();
            let own = file.name().unwrap().into_owned();
            let mut inner = Vec::new();
            std::io::Read::read_to_end(&mut file, &mut inner).unwrap();
            text.push_str(&format!("\n{}\n{}", own, readable(&inner)));
        }
    }
    let runs = text.clone();
    let packed = |c: char| !(c.is_ascii_alphanumeric() || "+/=\r\n".contains(c));
    for run in runs.split(packed).filter(|r| r.len() >= 16) {
        let run: String = run.split_whitespace().collect();
        if let Ok(inner) = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, run) {
            text.push_str(&String::from_utf8_lossy(&inner));
        }
    }
    text
}

pub(crate) fn leaks(bytes: &[u8]) -> Vec<String> {
    let text = readable(bytes);
    let around = |c: &str| {
        text.match_indices(c)
            .map(|(i, _)| {
                let start = text.floor_char_boundary(i.saturating_sub(60));
                text[start..text.ceil_char_boundary((i + 20).min(text.len()))].to_owned()
            })
            .collect::<Vec<_>>()
    };
    CANARIES.iter().flat_map(|c| around(c)).collect()
}

/// Name, what it is told to be, and what must still stand in it.
const FILES: &[(&str, Format, &[&str])] = &[
    (
        "table.csv",
        Format::Csv(b','),
        &[
            "\"Pain 7/10, \"\"burning\"\" since",
            ",7.50\r\n",
            "Chart No,Last name,Note,Téléphone,Score\r\n",
        ],
    ),
    (
        "bundle.json",
        Format::Fhir,
        &[
            "\"resourceType\": \"Bundle\"",
            "\"code\": \"72514-3\"",
            "\"value\": 7.5",
            "amitriptyline 25 mg",
            "caf&#233;",
            "\n      \"fullUrl\"",
        ],
    ),
    (
        "result.hl7",
        Format::Hl7,
        &[
            "MSH|^~\\\\&|",
            "||ORU^R01|",
            "|P|2.5\r",
            "Pain 7/10 \\\\T\\\\ burning.\\\\.br\\\\",
            "|NM|8302-2^Height^LN||1.625|m|||||F\r",
        ],
    ),
    (
        "summary.xml",
        Format::Xml,
        &[
            "encoding=\"ISO-8859-1\"",
            "caf&#xE9; au lait",
            "codeSystem=\"2.16.840.1.113883.6.1\"",
            "<content styleCode=\"Bold\">",
        ],
    ),
    (
        "cds.xml",
        Format::Xml,
        &["Chronic low back pain.", "Gabapentin 300 mg tid.", "namePurpose=\"L\""],
    ),
    (
        "form.html",
        Format::Html,
        &[
            "Burning pain &amp; numbness.",
            "gabapentin 300&nbsp;mg tid.",
            "<body class=form>",
            "p { color: red }",
        ],
    ),
    (
        "mail.eml",
        Format::Email,
        &[
            "Burning pain for 3 months, n\u{fffd}e \u{fffd} ",
            "MIME-Version: 1.0",
            "multipart/alternative",
        ],
    ),
    (
        "letter.docx",
        Format::Docx,
        &["Burning pain, 7/10. Call ", "takes gabapentin 300 mg.", "<w:rPr><w:b/></w:rPr>"],
    ),
    (
        "letter.rtf",
        Format::Rtf,
        &[
            "\\fonttbl{\\f0 Times New Roman;}",
            "Burning pain, caf\\'e9 au lait. Call ",
            " takes gabapentin 300\\~mg.\\par",
            "\\fldrslt her page}",
            "{}\\u233?t\\u233? ",
        ],
    ),
    ("cases.xlsx", Format::Xlsx, &["Pain 7/10, call ", "<t>Last name</t>"]),
];

#[test]
fn no_hiding_place_is_missed_and_nothing_else_changes() {
    for (name, format, kept) in FILES {
        let bytes = fixture(name);
        assert_eq!(format::sniff(Some(name), &bytes), Ok(*format), "{name}");
        assert!(leaks(&bytes).len() > 2, "{name}: the fixture holds what is sought");
        let (out, _) = scrub(name, &bytes).unwrap();
        assert_eq!(leaks(&out), Vec::<String>::new(), "{name}");
        let text = readable(&out);
        for part in *kept {
            let part = part.replace("\\\\", "\\");
            assert!(text.contains(&part), "{name}: {part} in\n{text}");
        }
        assert_eq!(
            format::sniff(Some(name), &out),
            Ok(*format),
            "{name}: what is written is the same"
        );
        scrub(name, &out).unwrap();
    }
}

/// Places that look like declarations and are not.
#[test]
fn nothing_hides_beside_the_text() {
    for (name, text) in [
        ("a.xml", "<?xml version=\"1.0\"?><!--xml Odalys Quillfeather, 705-555-0123--><a>pain</a>"),
        ("b.xml", "<?xml version=\"1.0\"?><a>pain</a><?xml call 705-555-0123?>"),
        ("c.xml", "<?xml version=\"1.0\"?><!DOCTYPE a SYSTEM \"call 705-555-0123\"><a>pain</a>"),
        ("d.xml", "<?xml version=\"1.0\"?><a xmlns:b=\"call 705-555-0123\">pain</a>"),
        (
            "e.html",
            "<!doctype html><html><!Mrs. Odalys Quillfeather, 705-555-0123><p>pain</p></html>",
        ),
        ("f.html", "<html><?Mrs. Odalys Quillfeather, 705-555-0123><p>pain</p></html>"),
    ] {
        assert!(!leaks(text.as_bytes()).is_empty(), "{name}: it holds what is sought");
        let (out, _) = scrub(name, text.as_bytes()).unwrap();
        assert_eq!(leaks(&out), Vec::<String>::new(), "{name}");
    }
    let plain = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a xmlns=\"urn:hl7-org:v3\">pain</a>";
    assert_eq!(scrub("g.xml", plain.as_bytes()).unwrap().0, plain.as_bytes(), "nothing to mask");
}

/// RTF says the same in many ways; each is read as a reader reads it.
#[test]
fn rich_text_is_read_however_it_is_written() {
    for (body, kept) in [
        ("Mrs. Odalys Quill\\'66eather", "Mrs. "),
        ("Mrs. Odalys Quill\r\nfeather is in pain", "is in pain"),
        ("Mrs. \\u79?\\u100?\\u97?\\u108?\\u121?\\u115? Quillfeather walks", "walks"),
        ("pain {\\uc30\\u32 call 705-555-0123 today please} burning", "burning"),
        ("pain{\\v call 705-555-0123} in the back", "in the back"),
        ("pain{\\*\\unheard call 705-555-0123} in the back", "in the back"),
        ("pain{\\footnote call 705-555-0123} in the back", "in the back"),
        ("{\\info{\\author Odalys}{\\creatim\\yr1961\\mo4}}She is in pain.", "in pain"),
        ("{\\object{\\*\\objdata 4f64}\\bin12 705-555-0123}She is in pain.", "in pain"),
        (
            "{\\fonttbl{\\f1\\fcharset204 Arial;}}\\f1 \\'ab pain \\'bb, 705-555-0123",
            "\\'ab pain \\'bb",
        ),
        ("{\\sp{\\sn wzDescription}{\\sv call 705-555-0123}}She is in pain.", "in pain"),
    ] {
        let source = format!("{{\\rtf1\\ansi {body}\\par}}trailing 705-555-0123");
        assert!(source.contains("Quill") || !leaks(source.as_bytes()).is_empty(), "{body}");
        let (out, _) = scrub("a.rtf", source.as_bytes()).unwrap();
        let text = readable(&out);
        assert!(leaks(&out).is_empty() && !text.contains("Quill"), "{body}: {text}");
        assert!(text.contains(kept) && text.ends_with("\\par}"), "{body}: {text}");
    }
    let plain = b"{\\rtf1\\ansi\\ansicpg1252 caf\\'e9 {\\b pain} \\u233?lev\xe9\\par}";
    assert_eq!(scrub("a.rtf", plain).unwrap().0, plain, "nothing to mask");
    for (text, reason) in [
        ("{\\rtf1 Odalys", "not closed"),
        ("{\\rtf1 \\bin99 Odalys}", "binary data"),
        ("{\\rtf1\\ansicpg437 Odalys \\'82}", "encoding"),
        ("{\\rtf1 \\'zz Odalys}", "two digits"),
    ] {
        let error = scrub("a.rtf", text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(reason) && !error.contains("Odalys"), "{error}");
    }
}

/// The package with one more file.
fn with_file(package: &[u8], name: &str) -> Vec<u8> {
    with_content(package, name, b"")
}

fn with_content(package: &[u8], name: &str, content: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new_append(std::io::Cursor::new(package.to_vec())).unwrap();
    zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut zip, content).unwrap();
    zip.finish().unwrap().into_inner()
}

/// A package points to files outside of it without a sign of an address, and names fonts.
#[test]
fn targets_and_fonts_of_a_package_are_searched() {
    let targets = "<Relationships><Relationship Id=\"a\" Type=\"x\" Target=\"Odalys.docx\" TargetMode=\"External\"/>\
        <Relationship Id=\"b\" Type=\"x\" Target=\"../Thornquist.xml\"/>\
        <Relationship Id=\"c\" Type=\"x\" Target=\"../media/image1.png\"/></Relationships>";
    let fonts = "<w:fonts><w:font w:name=\"Hand 416-555-0198\"/><w:font w:name=\"Calibri\"/>\
        <w:rFonts w:ascii=\"Pen 416-555-0199\" w:hAnsi=\"Arial\"/></w:fonts>";
    let mut package = fixture("letter.docx");
    for (name, content) in [
        ("word/_rels/footer9.xml.rels", targets),
        ("word/fontTable9.xml", fonts),
        ("word/fonts/font1.odttf", "made by Odalys"),
    ] {
        package = with_content(&package, name, content.as_bytes());
    }
    assert!(leaks(&package).len() > 4, "the fixture holds what is sought");
    let (out, notes) = scrub("a.docx", &package).unwrap();
    assert_eq!(leaks(&out), Vec::<String>::new());
    let text = readable(&out);
    for kept in ["Target=\"../media/image1.png\"", "w:name=\"Calibri\"", "w:hAnsi=\"Arial\""] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    assert!(notes.iter().any(|n| n.contains("fonts")), "{notes:?}");
}

/// Somebody who makes a style names it; whatever it is called, its name does not leave.
#[test]
fn names_of_styles_do_not_leave() {
    let styles = "<w:styles><w:style w:customStyle=\"1\" w:styleId=\"LetterofOdalys\">\
        <w:name w:val=\"Letter of Odalys\"/><w:aliases w:val=\"Larkspur\"/>\
        <w:basedOn w:val=\"BodyText\"/></w:style></w:styles>";
    let body = "<w:ftr><w:p><w:pPr><w:pStyle w:val=\"LetterofOdalys\"/></w:pPr></w:p></w:ftr>";
    let cells = "<styleSheet><cellStyles><cellStyle name=\"Thornquist\" xfId=\"1\"/>\
        <cellStyle name=\"Normal\" xfId=\"0\"/></cellStyles></styleSheet>";
    let mut package = with_content(&fixture("letter.docx"), "word/footer9.xml", body.as_bytes());
    for (name, content) in [("word/styles9.xml", styles), ("word/styles8.xml", cells)] {
        package = with_content(&package, name, content.as_bytes());
    }
    let (out, _) = scrub("a.docx", &package).unwrap();
    assert_eq!(leaks(&out), Vec::<String>::new());
    let text = readable(&out);
    // One number wherever the style is named by its id.
    let id = text.split("w:styleId=\"Style").nth(1).unwrap().split('"').next().unwrap();
    assert!(text.contains(&format!("<w:pStyle w:val=\"Style{id}\"/>")), "{text}");
    for kept in ["<w:basedOn w:val=\"BodyText\"/>", "<cellStyle name=\"Normal\" xfId=\"0\"/>"] {
        assert!(text.contains(kept), "{kept}");
    }
}

/// What is written of a PDF is text, which would stand where a PDF is announced: it counts, and so
/// the whole is kept back instead of leaving without it.
#[test]
fn pages_and_columns_within_a_document_keep_it_back() {
    let packed = |bytes: &[u8]| BASE64.encode(bytes);
    for (bytes, what) in [
        (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n".as_slice(), "a PDF"),
        (b"PAR1 Odalys PAR1".as_slice(), "a Parquet file"),
    ] {
        let mail = format!(
            "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; \
             boundary=q\r\n\r\n--q\r\nContent-Type: text/plain\r\n\r\npain 7/10\r\n--q\r\n\
             Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment\r\n\r\n{}\r\n--q--\r\n",
            packed(bytes)
        );
        let resource = format!(
            "{{\"resourceType\":\"DocumentReference\",\"content\":[{{\"attachment\":{{\"data\":\"{}\"}}}}]}}",
            packed(bytes)
        );
        for (name, text) in [("a.eml", mail), ("b.json", resource)] {
            let error = scrub(name, text.as_bytes()).unwrap_err().to_string();
            assert_eq!(
                error,
                format!(
                    "{what} lies within the document: take it out and give it as a file of its own"
                ),
                "{name}"
            );
        }
    }
}

#[test]
fn what_cannot_be_searched_is_refused_with_a_reason() {
    let zip = fixture("letter.docx");
    let cases: [(&str, Vec<u8>, &str); 10] = [
        ("i.docx", with_file(&zip, "word/media/Odalys.png"), "its name may tell of a person"),
        ("k.docx", with_file(&zip, "word/odalys.xml"), "its name may tell of a person"),
        ("j.docx", with_file(&zip, "word/Odalys 1961.xml"), "its name may tell of a person"),
        ("a.docx", fixture("macro.docx"), "holds macros"),
        ("b.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 Odalys".to_vec(), "encrypted Office file"),
        ("c.docx", zip[..zip.len() / 2].to_vec(), "Office package"),
        ("d.txt", b"\x89PNG\r\n\x1a\n\0Odalys".to_vec(), "an image"),
        ("f.csv", b"a,b\n1,\"Odalys".to_vec(), "line 2"),
        ("g.xml", b"<?xml version=\"1.0\"?><a><b>Odalys</a>".to_vec(), "XML"),
        (
            "h.xml",
            b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY o \"Odalys\">]><a>&o;</a>".to_vec(),
            "definitions of its own",
        ),
    ];
    for (name, bytes, reason) in cases {
        let done = scrub(name, &bytes);
        let error = done.unwrap_err().to_string();
        assert!(error.contains(reason) && !error.contains("Odalys"), "{name}: {error}");
    }
}
