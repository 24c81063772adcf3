//! How fast: decode, scan, the whole engine, a folder. Every suite states what it must find, so
//! that a faster wrong answer fails. `cargo bench --profile ci --bench engine`; see `benches/README.md`.

#![expect(clippy::print_stdout, reason = "the report is what a bench is for")]

use caseveil::batch::{Batch, Sources};
use caseveil::case::{Case, CaseId};
use caseveil::decode::{Format, decode};
use caseveil::detect::Tuning;
use caseveil::entity::EntityType;
use caseveil::pipeline::Deidentifier;
use cpu_time::ProcessTime;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Least CPU time that a suite runs for.
const LEAST: Duration = Duration::from_secs(2);
/// Paragraphs of a text, each with one planted health number.
const PARAGRAPHS: usize = 40;
/// Texts of a suite.
const TEXTS: usize = 60;
/// Planted numbers in all texts together: what every suite must find.
const EXPECTED: usize = PARAGRAPHS * TEXTS;

fn main() {
    // `cargo test --benches` asks for a run without measurement.
    let least = if std::env::args().any(|a| a == "--test") { Duration::ZERO } else { LEAST };
    let texts: Vec<String> = (0..TEXTS).map(text).collect();
    let forms: Vec<String> = texts.iter().map(|t| form(t)).collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    let form_bytes: usize = forms.iter().map(String::len).sum();
    let cases: Vec<Case> = texts.iter().map(|t| Case::from_text("", t.clone())).collect();
    let engine = Deidentifier::embedded("echo-case").expect("the embedded rules are valid");
    let patterns = engine.clone().tuned(Tuning { names: false, ..engine.tuning() });
    let mut report = Report { least, first: None };

    report.suite("decode (JSON forms)", form_bytes, TEXTS * (PARAGRAPHS * 2 + 5), || {
        let read = |f: &String| {
            decode(CaseId::new(""), f.as_bytes(), Format::Json, None).expect("the forms are JSON")
        };
        forms.iter().map(|f| black_box(read(f)).fields.len()).sum()
    });
    let mut scratch = patterns.scratch();
    report.suite("scan (patterns only)", bytes, EXPECTED, || {
        let found = |c: &Case| {
            let entities = patterns.detect(c, &mut scratch).entities;
            entities.iter().filter(|e| e.entity == EntityType::HealthNumber).count()
        };
        cases.iter().map(found).sum()
    });
    let mut scratch = engine.scratch();
    report.suite("whole engine", bytes, EXPECTED, || {
        let mut covered = 0;
        for case in &cases {
            let (masked, record) = engine.deidentify(case, &mut scratch);
            black_box(masked);
            let text = &case.fields[0].text;
            let planted = text.match_indices("OHIP ").map(|(at, cue)| (at + cue.len()) as u32);
            covered += planted
                .filter(|&at| {
                    record.entities.iter().any(|e| e.span.start() <= at && at + 12 <= e.span.end())
                })
                .count();
        }
        covered
    });
    scrub_folder(&engine, &texts, bytes, &mut report);
}

/// A folder of files, all cores: MB/s of wall time too, since threads share the work.
fn scrub_folder(engine: &Deidentifier, texts: &[String], bytes: usize, report: &mut Report) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let input = folder.path().join("in");
    std::fs::create_dir(&input).expect("the temporary folder can be written");
    for (i, text) in texts.iter().enumerate() {
        std::fs::write(input.join(format!("{i}.txt")), text)
            .expect("the temporary folder can be written");
    }
    let batch = Batch::new(engine, 0).expect("threads can be started");
    let sources = Sources::walk(&[input]).expect("the folder is there");
    report.suite("scrub of a folder", bytes, TEXTS, || {
        let out = tempfile::tempdir_in(folder.path()).expect("a temporary folder can be made");
        let done = batch.scrub_files(&sources, out.path(), &());
        done.expect("the outputs can be written").counts.released
    });
}

struct Report {
    least: Duration,
    /// CPU seconds for a MB of the first suite, for the ratios.
    first: Option<f64>,
}

impl Report {
    /// Runs a suite often enough, checks its count each time, prints its speed.
    fn suite(&mut self, name: &str, bytes: usize, expected: usize, mut run: impl FnMut() -> usize) {
        let (wall, cpu) = (Instant::now(), ProcessTime::now());
        let mut rounds = 0usize;
        let (mut wall_best, mut cpu_best) = (f64::MAX, f64::MAX);
        while rounds == 0 || cpu.elapsed() < self.least && wall.elapsed() < self.least * 5 {
            let (wall, cpu) = (Instant::now(), ProcessTime::now());
            let found = run();
            cpu_best = cpu_best.min(cpu.elapsed().as_secs_f64());
            wall_best = wall_best.min(wall.elapsed().as_secs_f64());
            assert_eq!(found, expected, "{name}: wrong count");
            rounds += 1;
        }
        let megabytes = bytes as f64 / 1e6;
        let cost = cpu_best / megabytes;
        let ratio = cost / *self.first.get_or_insert(cost);
        println!(
            "{name:<22} {:>8.2} MB/s of CPU {:>8.2} MB/s of wall time {ratio:>8.1}x decode  {expected} found  best of {rounds}",
            1.0 / cost,
            megabytes / wall_best,
        );
    }
}

/// An invented case: prose, lists and doses, and a health number in every paragraph.
fn text(seed: usize) -> String {
    let mut out = String::new();
    for i in 0..PARAGRAPHS {
        let n = seed * PARAGRAPHS + i;
        let french = n.is_multiple_of(3);
        let prose = if french {
            "Douleur lombaire chronique depuis quelques années, pire le matin, soulagée par la marche. Échec de la \
             prégabaline 75 mg BID. Score 7/10 au repos, 9/10 à l’effort. Sommeil perturbé, humeur basse, PHQ-9 à 14.\n\
             - hydromorphone 4 mg QID\n- acétaminophène 1 g TID\n"
        } else {
            "Chronic low back pain for some years, worse in the morning, better with walking. Failed pregabalin 75 mg \
             BID and physio. Pain 7/10 at rest, 9/10 with activity, L4-L5 disc bulge on imaging. Poor sleep, PHQ-9 of \
             14.\n- hydromorphone 4 mg QID\n- acetaminophen 1 g TID\n"
        };
        out.push_str(prose);
        let _ = writeln!(out, "OHIP {}\n", health_number(n));
    }
    out
}

/// Ten digits, 4-3-3, that pass the Luhn check by construction.
fn health_number(n: usize) -> String {
    let body = 100_000_000 + (n * 7_919_333) % 899_999_999;
    let digits: Vec<u32> = body.to_string().chars().filter_map(|c| c.to_digit(10)).collect();
    let doubled = |(i, d): (usize, &u32)| if i % 2 == 0 { (d * 2) / 10 + (d * 2) % 10 } else { *d };
    let sum: u32 = digits.iter().enumerate().map(doubled).sum();
    let all = format!("{body}{}", (10 - sum % 10) % 10);
    format!("{}-{}-{}", &all[..4], &all[4..7], &all[7..])
}

/// The text as a form: a list of paragraphs, each an object of one answer.
fn form(text: &str) -> String {
    let answers: Vec<serde_json::Value> =
        text.trim_end().split("\n\n").map(|p| serde_json::json!({ "answer": p })).collect();
    serde_json::json!({ "form": "bench", "answers": answers, "pain": 7 }).to_string()
}
