//! What an audit measures: the engine as `detect` runs it, or another tool behind the same interface.

use super::engine::Evaluated;
use crate::audit::{DocumentScore, GoldDocument, Labelled, score_document};
use crate::span::CharSpan;
use anyhow::{Context as _, anyhow, bail};
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// The engine's predictions for all documents, in parallel, in their order.
pub(super) fn predict(evaluated: &Evaluated, gold: &[GoldDocument]) -> Vec<Vec<Labelled>> {
    let labelled = |(span, entity): (CharSpan, crate::entity::Entity)| Labelled {
        span,
        kind: entity.entity.name().to_owned(),
        score: Some(f64::from(entity.score.value())),
    };
    gold.par_iter()
        .map_init(
            || evaluated.engine.scratch(),
            |scratch, document| {
                let entities = evaluated.entities(document.text.clone(), scratch);
                entities.into_iter().map(labelled).collect()
            },
        )
        .collect()
}

/// Predictions against labels.
pub(super) fn score(gold: &[GoldDocument], predicted: &[Vec<Labelled>]) -> Vec<DocumentScore> {
    let spans = |p: &[Labelled]| p.iter().map(|l| l.span).collect::<Vec<CharSpan>>();
    gold.iter().zip(predicted).map(|(d, p)| score_document(d, &spans(p))).collect()
}

/// What was measured.
pub(super) fn engine(evaluated: &Evaluated) -> Value {
    let (engine, policy) = (&evaluated.engine, evaluated.engine.policy());
    let tuning = engine.tuning();
    json!({
        "rules": engine.rules().digest.as_str(),
        "policy": policy.id,
        "policy_digest": policy.digest,
        "threshold": exact(tuning.threshold),
        "names": tuning.names,
    })
}

/// A threshold as it was written: 0.1, not what is left of it in half the digits.
pub(super) fn exact(threshold: f32) -> f64 {
    threshold.to_string().parse().unwrap_or_else(|_| threshold.into())
}

#[derive(Deserialize)]
struct Line {
    id: Value,
    #[serde(default)]
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    start: usize,
    end: usize,
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    score: Option<f64>,
}

/// What another tool predicts: a shell command that reads JSONL of `{"id","text"}` and writes JSONL
/// of `{"id","spans"}`, as `caseveil detect` does. A document that it says nothing about has no span.
pub(super) fn predict_by(
    command: &str,
    gold: &[GoldDocument],
) -> anyhow::Result<Vec<Vec<Labelled>>> {
    let mut input = String::new();
    for d in gold {
        input += &json!({"id": d.id, "text": d.text}).to_string();
        input.push('\n');
    }
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("the other tool cannot be started")?;
    let mut pipe = child.stdin.take().context("the other tool has no standard input")?;
    // A tool that writes while it reads would stop for good if nobody read meanwhile.
    let writer = std::thread::spawn(move || pipe.write_all(input.as_bytes()));
    let done = child.wait_with_output().context("the other tool's output cannot be read")?;
    // A tool that stops reading early fails by its status or by what it did not predict.
    let _ = writer.join();
    if !done.status.success() {
        bail!("the other tool failed: {}", done.status);
    }
    let output = String::from_utf8(done.stdout).context("the other tool's output is not UTF-8")?;
    let mut found: HashMap<String, Vec<Labelled>> = HashMap::new();
    for (i, line) in output.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        // The parser's own message could quote the line.
        let line: Line = serde_json::from_str(line).map_err(|_| {
            anyhow!("the other tool's line {}: not an object with `id` and `spans`", i + 1)
        })?;
        let id = line.id.as_str().map_or_else(|| line.id.to_string(), str::to_owned);
        let spans = line.spans.into_iter().map(|s| Labelled {
            span: CharSpan { start: s.start, end: s.end },
            kind: s.r#type,
            score: s.score,
        });
        if found.insert(id, spans.collect()).is_some() {
            bail!("the other tool's line {}: its id came before", i + 1);
        }
    }
    let predicted: Vec<Vec<Labelled>> =
        gold.iter().map(|d| found.remove(&d.id).unwrap_or_default()).collect();
    if !found.is_empty() {
        bail!("the other tool speaks of {} documents that are not in the corpus", found.len());
    }
    Ok(predicted)
}
