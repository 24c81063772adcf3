//! Decisions, line by line: what two builds must agree on to the last bit of evidence.
//!
//! `cargo bench --profile ci --bench decisions -- FILE [quiet]` reads JSONL of
//! `{"id", "text"}` and prints a digest of each decision (spans, scores, evidence, what was
//! suppressed). `quiet` measures only. The time goes to standard error. Nothing of a text is shown.

#![expect(clippy::print_stdout, reason = "what it is for")]

use caseveil::case::Case;
use caseveil::detect::Tuning;
use caseveil::pipeline::Deidentifier;
use sha2::{Digest, Sha256};
use std::hint::black_box;
use std::time::Instant;

fn main() {
    let mut args = std::env::args().skip(1).filter(|a| a != "--bench");
    let path = args.next().expect("a JSONL file");
    let quiet = args.next().is_some();
    let lines = std::fs::read_to_string(path).expect("the file can be read");
    let read = |line: &str| -> serde_json::Value {
        serde_json::from_str(line).expect("lines are JSON objects")
    };
    let text = |value: serde_json::Value| value["text"].as_str().unwrap_or_default().to_owned();
    let cases: Vec<Case> =
        lines.lines().map(|line| Case::from_text("", text(read(line)))).collect();
    let bytes: usize = cases.iter().map(|c| c.fields[0].text.len()).sum();
    let engine = Deidentifier::embedded("echo-case").expect("the embedded rules are valid");
    let engine = engine.clone().tuned(Tuning { explain: !quiet, ..engine.tuning() });
    let mut scratch = engine.scratch();
    for pass in 0..2 {
        let start = Instant::now();
        for case in &cases {
            let decision = engine.detect(case, &mut scratch);
            if quiet {
                black_box(decision);
            } else if pass == 0 {
                let digest: [u8; 32] = Sha256::digest(format!("{decision:?}")).into();
                let hex: String = digest[..8].iter().map(|b| format!("{b:02x}")).collect();
                println!("{hex}");
            }
        }
        let took = start.elapsed();
        eprintln!("pass {pass}: {:.2} MB/s, {took:.2?}", bytes as f64 / took.as_secs_f64() / 1e6);
    }
}
