//! `caseveil audit`: the engine, as `detect` runs it, measured on labelled documents.

use super::ablation;
use super::audit_args::Command;
use super::audit_outcome::{Audit, Outcome};
use super::audit_plan;
use super::audit_run::{engine, predict, score};
use super::audit_verify;
use super::engine::Evaluated;
use crate::audit::{
    Comparison, DocumentScore, Gates, GoldDocument, Report, Scores, compare, digest, html, leaks,
    most_over_redacted, propose, read_gold, retention, rows, scoreboard, with_scoreboard,
};
use anyhow::{Context as _, anyhow, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

pub(super) use super::audit_args::Args;

/// Thresholds of the curve: from masking nearly every doubt to masking none.
const CURVE: [f32; 6] = [0.05, 0.08, 0.12, 0.2, 0.3, 0.5];

/// Exit status of an audit that falls short of its gates.
const SHORT: u8 = 2;

fn read(path: &Path, what: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(path).map_err(|e| anyhow!("cannot read {what}: {}", e.kind()))
}

fn write(path: &Path, text: &str, what: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).map_err(|e| anyhow!("cannot write {what}: {}", e.kind()))
}

/// The documents that the arguments name.
fn documents(args: &Args) -> anyhow::Result<Vec<GoldDocument>> {
    let only = |d: &GoldDocument| args.only.as_ref().is_none_or(|(k, v)| d.key(k) == *v);
    let gold: Vec<GoldDocument> = match read_gold(&args.paths) {
        Ok(gold) => gold.into_iter().filter(only).collect(),
        Err(errors) => {
            bail!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        }
    };
    if gold.is_empty() {
        bail!("no gold document");
    }
    Ok(gold)
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Some(Command::Verify(args)) => return audit_verify::run(args),
        Some(Command::Plan(args)) => return audit_plan::run(args),
        None => {}
    }
    // Read before anything is measured: a mistake in them shows at once.
    let gate_text = args.gate.as_deref().map(|p| read(p, "the gates")).transpose()?;
    let gates = gate_text.as_deref().map(Gates::parse).transpose()?;
    let old = args.compare.as_deref().map(|p| read(p, "the earlier audit")).transpose()?;
    let old: Option<Value> = old
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(|_| anyhow!("the earlier audit is not JSON"))?;
    let old = old.as_ref().map(rows).transpose()?;
    let earlier = args.page.earlier()?;
    let shows_held_out = args.held_out.allowed("audit")?;
    // Taken before anything is measured, and again after it: files that change between are refused.
    let signed = args.sign_key.as_deref().zip(args.out.as_deref());
    let rules = args.engine.rules();
    let subject = signed.map(|_| audit_verify::subject(&args.paths, rules)).transpose()?;
    let evaluated = args.engine.build()?;
    let key = args.span_key.as_deref();
    let gold = documents(args)?;
    let predicted = predict(&evaluated, &gold);
    let audit = Audit::of(gold, predicted, &evaluated, key);
    let mut groups: BTreeMap<String, Vec<(&GoldDocument, &DocumentScore)>> = BTreeMap::new();
    if let Some(by) = &args.by {
        for (document, score) in audit.scored() {
            groups.entry(document.key(by)).or_default().push((document, score));
        }
    }
    let groups: BTreeMap<String, Scores> =
        groups.into_iter().map(|(k, v)| (k, Scores::of(v, key))).collect();
    let clinical = retention(audit.scored(), &evaluated.engine.rules().lexicon);
    let compared: Option<Comparison> =
        old.map(|old| compare(&old, &audit.measures.documents)).transpose()?;
    let gate_digest = gate_text.as_deref().map(|text| digest(text.as_bytes()));
    let short =
        gates.map(|gates| gates.check(&audit.gold, &audit.measures.documents)).unwrap_or_default();
    if let (Some((key, out)), Some(subject)) = (signed, subject) {
        if audit_verify::subject(&args.paths, rules)? != subject {
            bail!("corpus, rules or program changed during the audit; nothing was signed");
        }
        let result = json!({
            "subject": subject,
            "only": args.only.as_ref().map(|(key, value)| format!("{key}={value}")),
            "engine": engine(&evaluated),
            "figures": audit.total,
            "measures": audit.measures,
            "clinical_retention": clinical,
            "by": groups,
            "gates": gate_digest.map(|digest| json!({"digest": digest, "shortfalls": short})),
        });
        audit_verify::write(&result, key, out)?;
    }
    if let Some(file) = &args.write_gates {
        write(file, &propose(&audit.gold, &audit.measures.documents), "the gates")?;
    }
    if let Some(file) = &args.scoreboard {
        write_scoreboard(file, &evaluated, &audit)?;
    }
    let curve: Vec<(f32, Scores)> = if args.curve {
        CURVE.iter().map(|&t| (t, total(&evaluated.at(t), &audit.gold))).collect()
    } else {
        Vec::new()
    };
    let ablation = if args.ablation { ablated(&evaluated, &audit.gold) } else { Vec::new() };
    // What is held out is scored, and its text shown only to who says why.
    let shown = || audit.scored().filter(|(d, _)| shows_held_out || !d.is_held_out());
    let found = leaks(shown(), key, args.show_text);
    let tokens = most_over_redacted(shown(), args.show_text);
    args.page.write(|lang| {
        let engine = engine(&evaluated);
        let lines = engine.as_object().into_iter().flatten();
        let lines: Vec<(String, String)> = lines
            .map(|(k, v)| (k.clone(), v.as_str().map_or_else(|| v.to_string(), str::to_owned)))
            .collect();
        html(&Report {
            lang,
            scores: &audit.total,
            measures: &audit.measures,
            retention: clinical,
            engine: &lines,
            comparison: compared.as_ref(),
            earlier: &earlier,
            shortfalls: args.gate.as_ref().map(|_| short.as_slice()),
            leaks: &found,
        })
    })?;
    let against = match &args.against {
        Some(command) if !args.json => {
            Some(audit.against(command, &evaluated, key, shows_held_out)?)
        }
        _ => None,
    };
    let status = if short.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(SHORT) };
    let outcome = Outcome {
        args,
        evaluated: &evaluated,
        audit,
        groups,
        clinical,
        comparison: compared,
        shortfalls: short,
        curve,
        ablation,
        leaks: found,
        over_redacted: tokens,
        against,
    };
    super::print(&if args.json { outcome.json()? } else { outcome.text()? })?;
    Ok(status)
}

/// The figures of another tuning.
fn total(evaluated: &Evaluated, gold: &[GoldDocument]) -> Scores {
    Scores::of(gold.iter().zip(&score(gold, &predict(evaluated, gold))), None)
}

fn ablated(evaluated: &Evaluated, gold: &[GoldDocument]) -> Vec<(String, Scores)> {
    let steps = ablation::steps(evaluated);
    steps.into_iter().map(|(name, e)| (name, total(&e, gold))).collect()
}

/// Writes the scoreboard between its markers.
fn write_scoreboard(file: &Path, evaluated: &Evaluated, audit: &Audit) -> anyhow::Result<()> {
    let text = read(file, "the file for the scoreboard")?;
    let held: Vec<GoldDocument> = audit.gold.iter().filter(|d| d.is_held_out()).cloned().collect();
    let steps = if held.is_empty() { Vec::new() } else { ablated(evaluated, &held) };
    let block =
        scoreboard(&audit.gold, &audit.scores, &audit.predicted, &audit.measures.documents, &steps);
    let text = with_scoreboard(&text, &block)
        .context("the file for the scoreboard has no markers `<!-- scoreboard: …` and `<!-- end of scoreboard -->`")?;
    write(file, &text, "the scoreboard")
}
