//! `caseveil explain`: why each piece of a file was masked or not. Places, rule ids and numbers;
//! the text itself only with `--show-text`.

use super::engine::{EngineArgs, TuningArgs};
use crate::audit::Record;
use crate::batch::InputFormat;
use crate::case::{Case, CaseId};
use crate::decode::{self, Format, decode};
use crate::detect::Scratch;
use crate::entity::{EntityType, Evidence, Score};
use crate::gate::Verdict;
use crate::pipeline::Deidentifier;
use crate::span::{ByteSpan, OffsetWalk, Offsets};
use anyhow::{anyhow, bail};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `caseveil explain`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A text, JSON or JSON lines file; `-` for standard input.
    file: PathBuf,
    /// Print the passages themselves.
    #[arg(long)]
    show_text: bool,
    #[command(flatten)]
    held_out: super::held_out::HeldOutArgs,
    /// Print one JSON object for each document.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    tuning: TuningArgs,
}

/// Everything about one document.
#[derive(Serialize)]
struct Explanation {
    /// From 1; the line of a JSON lines file.
    document: usize,
    released: bool,
    policy: String,
    rules_digest: String,
    findings: Vec<Finding>,
    suppressed: Vec<Finding>,
}

/// A finding, or a candidate that was not accepted.
#[derive(Serialize)]
struct Finding {
    /// The field, by form definition or position.
    place: String,
    #[serde(flatten)]
    at: At,
    r#type: &'static str,
    score: f32,
    rule: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    check_digit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cue_distance: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<f32>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    features: Vec<&'static str>,
    linked: bool,
    /// What became of a finding, or why a candidate was suppressed.
    outcome: String,
    /// The keep rule that spoke against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// Half-open ranges in the three countings.
#[derive(Serialize)]
struct At {
    utf8: (usize, usize),
    utf16: (usize, usize),
    code_point: (usize, usize),
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let engine = args.tuning.apply(args.engine.build()?);
    let bytes = read(args)?;
    if args.show_text && crate::batch::is_held_out(&bytes) && !args.held_out.allowed("explain")? {
        bail!(
            "the input holds held-out documents: their text is shown only with --show-held-out REASON --ledger FILE"
        );
    }
    let mut scratch = engine.scratch();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (document, case) in cases(args, &bytes, &engine)? {
        let explanation = explain(document, &case, &engine, &mut scratch, args.show_text);
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&explanation)?)?;
        } else {
            out.write_all(page(&explanation).as_bytes())?;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn read(args: &Args) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let done = if args.file.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(&args.file).and_then(|mut f| f.read_to_end(&mut bytes))
    };
    done.map_err(|e| anyhow!("cannot read the input: {}", e.kind()))?;
    Ok(bytes)
}

/// The documents of the input, numbered.
fn cases(args: &Args, bytes: &[u8], engine: &Deidentifier) -> anyhow::Result<Vec<(usize, Case)>> {
    let form = engine.rules().forms.first();
    let read = |bytes: &[u8], format| decode(CaseId::new(""), bytes, format, form);
    let format = match InputFormat::of_extension(&args.file) {
        Some(InputFormat::Text) => Format::Text,
        Some(InputFormat::Json) => Format::Json,
        Some(InputFormat::JsonLines) => {
            let (text, _) = decode::text(bytes);
            let lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
            return lines
                .map(|(i, l)| {
                    let case = read(l.as_bytes(), Format::Json);
                    Ok((i + 1, case.map_err(|_| anyhow!("line {}: not valid JSON", i + 1))?))
                })
                .collect();
        }
        None if read(bytes, Format::Json).is_ok() => Format::Json,
        None => Format::Text,
    };
    Ok(vec![(1, read(bytes, format)?)])
}

fn explain(
    document: usize,
    case: &Case,
    engine: &Deidentifier,
    scratch: &mut Scratch,
    show_text: bool,
) -> Explanation {
    let (verdict, mut record) = engine.release(case, scratch);
    let written = engine.replacements(case, &mut record.entities);
    let places = Places::of(case, &record);
    let finding =
        |field: usize, span: ByteSpan, entity: EntityType, score: Score, evidence: &Evidence| {
            let text = case.fields[field].text.get(span.range()).filter(|_| show_text);
            Finding {
                place: case.fields[field].place.clone(),
                at: places.at(field, span),
                r#type: entity.name(),
                score: rounded(score.value()),
                rule: evidence.rule.to_string(),
                check_digit: evidence.check_digit.map(|ok| if ok { "valid" } else { "invalid" }),
                cue_distance: evidence.cue_distance,
                model: evidence.model.map(rounded),
                features: evidence.features.clone(),
                linked: evidence.linked,
                outcome: String::new(),
                by: None,
                text: text.map(str::to_owned),
            }
        };
    let findings = record.entities.iter().zip(written).map(|(e, written)| {
        let outcome = written.unwrap_or_else(|| "kept by policy".to_owned());
        Finding { outcome, ..finding(e.field, e.span, e.entity, e.score, &e.evidence) }
    });
    let suppressed = record.suppressed.iter().map(|s| {
        let (outcome, by) = (s.reason.name().to_owned(), s.by.as_ref().map(ToString::to_string));
        Finding { outcome, by, ..finding(s.field, s.span, s.entity, s.score, &s.evidence) }
    });
    Explanation {
        document,
        released: matches!(verdict, Verdict::Released(_)),
        policy: format!("{} {}", record.policy.0, record.policy.1),
        rules_digest: record.rules_digest.clone(),
        findings: findings.collect(),
        suppressed: suppressed.collect(),
    }
}

fn rounded(value: f32) -> f32 {
    (value * 1000.0).round() / 1000.0
}

/// Positions of all spans of a document in the three countings. Suppressed candidates overlap, so
/// that their ends do not ascend: positions are converted one by one, in order.
struct Places(Vec<((usize, u32), Offsets)>);

impl Places {
    fn of(case: &Case, record: &Record) -> Self {
        let found = record.entities.iter().map(|e| (e.field, e.span));
        let all = found.chain(record.suppressed.iter().map(|s| (s.field, s.span)));
        let mut positions: Vec<(usize, u32)> =
            all.flat_map(|(f, s)| [(f, s.start()), (f, s.end())]).collect();
        positions.sort_unstable();
        positions.dedup();
        let mut places = Vec::with_capacity(positions.len());
        for own in positions.chunk_by(|a, b| a.0 == b.0) {
            let mut walk = OffsetWalk::new(&case.fields[own[0].0].text);
            places.extend(own.iter().map(|&p| (p, walk.offsets(ByteSpan::new(p.1, p.1)))));
        }
        Self(places)
    }

    fn at(&self, field: usize, span: ByteSpan) -> At {
        let find = |position: u32| {
            let i = self.0.partition_point(|(p, _)| *p < (field, position));
            &self.0[i].1
        };
        let (start, end) = (find(span.start()), find(span.end()));
        At {
            utf8: (start.utf8.0, end.utf8.0),
            utf16: (start.utf16.0, end.utf16.0),
            code_point: (start.code_point.0, end.code_point.0),
        }
    }
}

/// The explanation for people.
fn page(e: &Explanation) -> String {
    let verdict = if e.released { "released" } else { "held" };
    let mut text = format!(
        "document {}: {verdict}, policy {}\nrules {}\n",
        e.document, e.policy, e.rules_digest
    );
    let _ = writeln!(text, "{} found", e.findings.len());
    e.findings.iter().for_each(|f| line(f, &mut text));
    let _ = writeln!(text, "{} suppressed", e.suppressed.len());
    e.suppressed.iter().for_each(|f| line(f, &mut text));
    text
}

fn line(f: &Finding, out: &mut String) {
    let At { utf8, code_point, .. } = &f.at;
    let _ = write!(
        out,
        "  {} bytes {}..{} chars {}..{}  {} {:.3} {} -> {}",
        f.place, utf8.0, utf8.1, code_point.0, code_point.1, f.r#type, f.score, f.rule, f.outcome
    );
    if let Some(by) = &f.by {
        let _ = write!(out, " by {by}");
    }
    let mut more = Vec::new();
    more.extend(f.check_digit.map(|c| format!("check digit {c}")));
    more.extend(f.cue_distance.map(|d| format!("cue distance {d}")));
    more.extend(f.model.map(|p| format!("model {p:.3}")));
    if !f.features.is_empty() {
        more.push(format!("features {}", f.features.join(" ")));
    }
    if f.linked {
        more.push("linked to another mention".to_owned());
    }
    if !more.is_empty() {
        let _ = write!(out, " ({})", more.join(", "));
    }
    if let Some(text) = &f.text {
        let _ = write!(out, " {text:?}");
    }
    out.push('\n');
}
