//! What programs that people use write themselves (`tests/data/producer/make.py`): what hides in
//! it is found, nothing else changes, and other programs read what is written.

use super::fixture::Fixture;
use super::formats::{leaks, readable, scrub, with_decoder};
use assert_cmd::cargo::cargo_bin;
use caseveil::batch::read_manifest;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// Name, how many canaries `LibreOffice` kept, and what must still be read in it.
const PRODUCED: [(&str, usize, &str); 2] =
    [("letter.rtf", 16, "Burning pain"), ("letter.docx", 15, "Burning pain")];

fn produced(name: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/producer/");
    fs::read(format!("{path}{name}")).unwrap()
}

#[test]
fn no_hiding_place_of_libreoffice_is_missed() {
    for (name, canaries, kept) in PRODUCED {
        let bytes = produced(name);
        let there = leaks(&bytes).len();
        assert!(there >= canaries, "{name}: the fixture holds {there}");
        let (out, _) = scrub(name, &bytes).unwrap();
        assert_eq!(leaks(&out), Vec::<String>::new(), "{name}");
        assert!(readable(&out).contains(kept), "{name}");
    }
}

/// `LibreOffice` opens what was written; it must be installed as `soffice`.
#[test]
#[ignore = "needs LibreOffice"]
fn libreoffice_opens_what_is_written() {
    for (name, kept) in [
        ("letter.rtf", "Burning pain"),
        ("letter.docx", "Burning pain"),
        ("cases.xlsx", "Burning pain"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (out, _) = scrub(name, &produced(name)).unwrap();
        fs::write(folder.path().join(name), out).unwrap();
        let (stem, _) = name.split_once('.').unwrap();
        let kind = if name.ends_with("xlsx") { "csv" } else { "txt" };
        let profile = format!("-env:UserInstallation=file://{}/p", folder.path().display());
        let filter = if kind == "txt" { "txt:Text" } else { "csv" };
        let done = Command::new("soffice")
            .args([&profile, "--headless", "--convert-to", filter, "--outdir"])
            .arg(folder.path())
            .arg(folder.path().join(name))
            .output()
            .unwrap();
        assert!(done.status.success(), "{name}");
        let text = fs::read(folder.path().join(format!("{stem}.{kind}"))).unwrap();
        assert_eq!(leaks(&text), Vec::<String>::new(), "{name}");
        assert!(String::from_utf8_lossy(&text).contains(kept), "{name}");
    }
}

#[test]
fn the_text_of_a_pdf_leaves_without_it() {
    with_decoder();
    for name in ["letter.pdf", "form.pdf"] {
        let (out, notes) = scrub(name, &produced(name)).unwrap();
        assert_eq!(leaks(&out), Vec::<String>::new(), "{name}");
        let text = String::from_utf8(out).unwrap().replace('\u{a0}', " ");
        // The margin cut the number in two: it is masked whole.
        assert!(text.contains("takes gabapentin 300 mg, café au lait. Call ["), "{text}");
        assert!(
            text.contains("] today.\nBurning pain1 for 3 months.\nNumbness at night.\n"),
            "{text}"
        );
        assert!(text.contains("Phone\t[") && text.contains("\nPain 7/10.\n"), "{text}");
        assert_eq!(
            text.matches("[PHONE-").count() + text.matches("[TELEPHONE-").count(),
            if name == "form.pdf" { 7 } else { 5 },
            "{text}"
        );
        let said = notes.join("; ");
        assert!(said.contains("properties, bookmarks and links"), "{said}");
        let form = name == "form.pdf";
        assert_eq!(said.contains("embedded file"), form, "{said}");
        assert_eq!(text.contains("\nRemark: Pain 7/10, call ["), form, "{text}");
        assert_eq!(text.contains("\nWorse at night, call ["), form, "{text}");
        assert_eq!(text.contains("\nPatient name: ["), form, "{text}");
    }
}

/// A PDF of these objects, the first of which is its catalogue.
fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut starts = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        starts.push(out.len());
        out.extend(format!("{} 0 obj\n", i + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let table = out.len();
    let n = objects.len() + 1;
    out.extend(format!("xref\n0 {n}\n0000000000 65535 f \n").bytes());
    for start in starts {
        out.extend(format!("{start:010} 00000 n \n").bytes());
    }
    out.extend(
        format!("trailer\n<< /Size {n} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n").bytes(),
    );
    out
}

fn stream(more: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("<< /Length {} {more} >>\nstream\n", bytes.len());
    [head.as_bytes(), bytes, b"\nendstream"].concat()
}

/// One page with this content; `font` and other resources by their names.
fn page(content: Vec<u8>, font: &str, more: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let names: String =
        more.iter().enumerate().map(|(i, (name, _))| format!("/{name} {} 0 R ", i + 6)).collect();
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
             /Resources << /Font << /F 5 0 R >> /XObject << {names} >> >> >>"
        )
        .into_bytes(),
        content,
        font.as_bytes().to_vec(),
    ];
    objects.extend(more.iter().map(|(_, o)| o.clone()));
    pdf(&objects)
}

const HELVETICA: &str =
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";

fn shows(text: &str) -> Vec<u8> {
    stream("", format!("BT /F 12 Tf 72 700 Td ({text}) Tj ET").as_bytes())
}

/// A page with one line of text.
pub(crate) fn pdf_that_shows(text: &str) -> Vec<u8> {
    page(shows(text), HELVETICA, &[])
}

#[test]
fn a_pdf_that_does_not_say_its_text_is_refused() {
    with_decoder();
    let good = pdf_that_shows("Call 416-555-0199, pain 7/10");
    let (out, notes) = scrub("a.pdf", &good).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.starts_with("Call [") && text.ends_with("], pain 7/10\n"), "{text}");
    assert_eq!(notes, Vec::<&str>::new());
    // Shapes numbered from 1, as of a part of a font, say nothing without a table.
    let shapes = "<< /Type /Font /Subtype /TrueType /BaseFont /ABCDEF+Carlito /FirstChar 1 \
                  /FontDescriptor << /Type /FontDescriptor /Flags 4 >> >>";
    let letter = produced("letter.pdf");
    let zeros = {
        let mut zip = ZlibEncoder::new(Vec::new(), Compression::best());
        for _ in 0..600 {
            zip.write_all(&vec![b' '; 1 << 20]).unwrap();
        }
        zip.finish().unwrap()
    };
    // Much text, shown ten thousand times by drawings in drawings.
    let words = stream(
        "/Type /XObject /Subtype /Form",
        format!("BT /F 1 Tf {} ET", "(Odalys ) Tj 0 0 Td ".repeat(50_000)).as_bytes(),
    );
    let tens = |below: &str| {
        stream("/Type /XObject /Subtype /Form", format!("/{below} Do ").repeat(100).as_bytes())
    };
    let drawings = [("A", words), ("B", tens("A")), ("C", tens("B"))];
    let deep = |open: &str, close: &str| {
        let nested = format!("{}{}", open.repeat(200_000), close.repeat(200_000));
        page(shows("Odalys"), &format!("<< /Type /Font /X {nested} >>"), &[])
    };
    for (name, bytes, reason) in [
        ("locked", produced("locked.pdf"), "protected by a password"),
        ("restricted", produced("restricted.pdf"), "protected by a password"),
        ("scanned", produced("scanned.pdf"), "page 1 of the PDF has no text layer"),
        (
            "shapes",
            page(shows("\\001\\002\\003"), shapes, &[]),
            "do not say which letters they draw",
        ),
        ("cut", letter[..letter.len() / 2].to_vec(), "not valid PDF"),
        ("head only", b"%PDF-1.7\nOdalys".to_vec(), "not valid PDF"),
        ("bomb", page(stream("/Filter /FlateDecode", &zeros), HELVETICA, &[]), "not valid PDF"),
        ("laughs", page(stream("", b"/C Do"), HELVETICA, &drawings), "not valid PDF"),
        ("deep arrays", deep("[", "]"), "PDF"),
        ("deep dictionaries", deep("<</A ", ">>"), "PDF"),
    ] {
        let done =
            scrub("a.pdf", &bytes).map(|(out, _)| String::from_utf8_lossy(&out).into_owned());
        let error = done.expect_err(name).to_string();
        assert!(error.contains(reason) && !error.contains("Odalys"), "{name}: {error}");
    }
}

/// Archives go on behind one that brings its decoder down; what leaves is called text.
#[test]
fn pdfs_in_an_archive_leave_as_text() {
    let fixture = Fixture::new();
    fixture
        .input("a.pdf", pdf_that_shows("OHIP 9876-543-217 JK, pain 7/10"))
        .input("a.pdf.txt", "pain 8/10")
        .input("b.pdf", produced("locked.pdf"))
        .input("c.pdf.gz", {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
            gzip.write_all(&pdf_that_shows("pain 9/10")).unwrap();
            gzip.finish().unwrap()
        })
        .input("d.pdf", b"%PDF-1.7\n".repeat(50));
    let mut command = Command::new(cargo_bin("caseveil"));
    command.current_dir(fixture.path("")).args(["scrub", "in", "--out", "out", "--rules", "rules"]);
    let done = command.output().unwrap();
    assert_eq!(done.status.code(), Some(3), "{}", String::from_utf8_lossy(&done.stderr));
    let lines = read_manifest(&fixture.path("out/manifest.jsonl")).unwrap();
    let told: Vec<_> = lines
        .iter()
        .map(|l| (l.status.name(), l.format.as_str(), l.output.as_deref().unwrap_or(""), l.renamed))
        .collect();
    assert_eq!(
        told,
        [
            ("released", "pdf", "a.pdf.txt", false),
            ("released", "txt", "document-2.pdf.txt", true),
            ("quarantined", "", "", false),
            ("released", "pdf+gzip", "c.pdf.txt.gz", false),
            ("quarantined", "", "", false),
        ]
    );
    let text = fs::read_to_string(fixture.path("out/a.pdf.txt")).unwrap();
    assert_eq!(text, "OHIP [HEALTH-NUMBER-1], pain 7/10\n");
    assert!(Path::new(&fixture.path("out/document-2.pdf.txt")).exists());
}

/// A program that is in every image that builds this.
fn python(script: &str, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, bytes).unwrap();
    let done = Command::new("python3").args(["-c", script]).arg(&path).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// Prints all headers and parts of an e-mail as a reader gets them.
const READ_MAIL: &str = "
import sys
from email import message_from_binary_file, policy
for part in message_from_binary_file(open(sys.argv[1], 'rb'), policy=policy.default).walk():
    print(part.get_content_type(), *(f'{k}: {v}' for k, v in part.items()), sep='\\n')
    if not part.is_multipart():
        content = part.get_content()
        print(content if isinstance(content, str) else repr(content))
";

#[test]
fn mail_of_python_is_read_by_python_again() {
    let bytes = produced("mail.eml");
    let before = python(READ_MAIL, &bytes);
    assert!(leaks(before.as_bytes()).len() > 16, "{before}");
    let (out, _) = scrub("mail.eml", &bytes).unwrap();
    assert_eq!(leaks(&out), Vec::<String>::new());
    let after = python(READ_MAIL, &out);
    assert_eq!(leaks(after.as_bytes()), Vec::<String>::new());
    // The same parts, and their text but for what was masked.
    let kinds = |text: &str| -> Vec<String> {
        let kind = |l: &&str| l.contains('/') && !l.contains(' ') && !l.contains('<');
        text.lines().filter(kind).map(str::to_owned).collect()
    };
    assert_eq!(kinds(&after), kinds(&before), "{after}");
    for kept in [
        "Burning pain 7/10 for 3 months, née à ",
        "Her neighbours know that she can be reached best by a call to [",
        "Last name,",
        "called [",
        ", née",
        "Earlier note, call [",
    ] {
        assert!(after.contains(kept), "{kept}: {after}");
    }
}

/// All parts of a package, as `unzip` gets them.
fn unzipped(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.zip");
    fs::write(&path, bytes).unwrap();
    let done = Command::new("unzip").arg("-p").arg(&path).output().unwrap();
    assert!(done.status.success());
    String::from_utf8_lossy(&done.stdout).into_owned()
}

#[test]
fn a_workbook_of_libreoffice_keeps_its_cells() {
    let bytes = produced("cases.xlsx");
    let before = unzipped(&bytes);
    assert!(leaks(before.as_bytes()).len() > 12, "{:?}", leaks(before.as_bytes()));
    let (out, _) = scrub("cases.xlsx", &bytes).unwrap();
    assert_eq!(leaks(&out), Vec::<String>::new());
    let after = unzipped(&out);
    assert_eq!(leaks(after.as_bytes()), Vec::<String>::new());
    // The birth date is a number in the file.
    assert!(before.contains("<v>22380</v>") && !after.contains("<v>22380</v>"), "{after}");
    for kept in
        ["Last name", "Burning pain 7/10, call ", "<v>7.5</v>", "<v>3</v>", "state=\"hidden\""]
    {
        assert!(before.contains(kept) && after.contains(kept), "{kept}: {after}");
    }
}

#[test]
fn columns_of_pyarrow_are_masked_in_place() {
    with_decoder();
    let plain = scrub("cases.parquet", &produced("cases.parquet")).unwrap();
    for kind in ["cases", "cases-zstd", "cases-gzip", "cases-lz4", "cases-none"] {
        let bytes = produced(&format!("{kind}.parquet"));
        let (out, notes) = scrub("cases.parquet", &bytes).unwrap();
        assert_eq!(leaks(&out), Vec::<String>::new(), "{kind}");
        assert_eq!((&out, &notes), (&plain.0, &plain.1), "{kind}: the same columns");
        let said = notes.join("; ");
        assert!(said.contains("beside its columns") && said.contains("embedded file"), "{said}");
        // What is written is read again, and holds no more to mask than the first time.
        let (again, _) = scrub("again.parquet", &out).unwrap();
        assert_eq!(leaks(&again), Vec::<String>::new(), "{kind}");
    }
    for (name, bytes, reason) in [
        ("nested", produced("nested.parquet"), "lists or records in its cells"),
        ("cut", plain.0[..plain.0.len() / 2].to_vec(), "not valid Parquet"),
        ("head only", b"PAR1\0Odalys".to_vec(), "not valid Parquet"),
        ("encrypted", b"PARE\0OdalysPARE".to_vec(), "encrypted"),
    ] {
        let error = scrub("a.parquet", &bytes).map(|_| ()).expect_err(name).to_string();
        assert!(error.contains(reason) && !error.contains("Odalys"), "{name}: {error}");
    }
}

/// Prints the columns: their types and values.
const READ_PARQUET: &str = "
import sys, pyarrow.parquet as pq
table = pq.read_table(sys.argv[1])
print(table.schema.metadata)
for name, column in zip(table.column_names, table.columns):
    print(name, column.type, column.to_pylist())
";

/// `PYTHON` names a Python that has pyarrow.
#[test]
#[ignore = "needs pyarrow"]
#[expect(clippy::disallowed_methods, reason = "a test has no settings but this one")]
fn pyarrow_reads_what_is_written() {
    with_decoder();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.parquet");
    fs::write(&path, scrub("cases.parquet", &produced("cases.parquet")).unwrap().0).unwrap();
    let python = std::env::var("PYTHON").unwrap_or("python3".to_owned());
    let done = Command::new(python).args(["-c", READ_PARQUET]).arg(&path).output().unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(leaks(text.as_bytes()), Vec::<String>::new());
    for kept in [
        "None\n",
        "Burning pain 7/10, call [",
        "'Numbness at night', 'café au lait'",
        "score int32 [7, 3, None]",
        "weight double [71.5, None, 60.25]",
        "smoker bool [True, False, None]",
        "side string ['left', 'right', 'left']",
        "call [",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
}
