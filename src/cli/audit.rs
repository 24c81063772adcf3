//! `caseveil audit`: the engine, as `detect` runs it, measured on labelled documents.

use super::ablation;
use super::audit_verify;
use super::engine::{Evaluated, EvaluatedArgs};
use crate::audit::{
    DocumentScore, GoldDocument, Scores, clopper_pearson, leaks, most_over_redacted, read_gold,
    retention, score_document, table,
};
use crate::span::CharSpan;
use anyhow::bail;
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `caseveil audit`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<audit_verify::Command>,
    /// Folders of gold documents and JSONL files.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// A line of figures for each value of this key as well: lang, layout, culture, noise.
    #[arg(long, value_name = "KEY")]
    by: Option<String>,
    /// Only documents that have this value of a key: `split=held_out`, `lang=fr`.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    only: Option<(String, String)>,
    /// Break the types down by this key of the gold spans.
    #[arg(long, value_name = "KEY")]
    span_key: Option<String>,
    /// Show up to N leaks of each type with the text around them, and the N tokens most often
    /// masked for nothing; never of documents that are held out.
    #[arg(long, value_name = "N", default_value_t = 0)]
    show_text: usize,
    /// Recall and over-redaction at several thresholds of the tagger.
    #[arg(long, conflicts_with_all = ["threshold", "patterns_only"])]
    curve: bool,
    /// What each part of the engine adds: patterns, lexicons, tagger at five thresholds, subject
    /// pass.
    #[arg(long, conflicts_with_all = ["threshold", "patterns_only"])]
    ablation: bool,
    /// Sign the result with this Ed25519 key, PKCS#8 PEM as `openssl genpkey` writes it.
    #[arg(long, value_name = "FILE", requires = "out")]
    sign_key: Option<PathBuf>,
    /// Where the signed result goes.
    #[arg(long, value_name = "R.json", requires = "sign_key")]
    out: Option<PathBuf>,
    #[command(flatten)]
    engine: EvaluatedArgs,
}

/// Thresholds of the curve: from masking nearly every doubt to masking none.
const CURVE: [f32; 6] = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5];

fn key_value(argument: &str) -> Result<(String, String), String> {
    let (key, value) = argument.split_once('=').ok_or("not of the form key=value")?;
    Ok((key.to_owned(), value.to_owned()))
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(audit_verify::Command::Verify(args)) = &args.command {
        return audit_verify::run(args);
    }
    // Taken before anything is measured, and again after it: files that change between are refused.
    let signed = args.sign_key.as_deref().zip(args.out.as_deref());
    let rules = args.engine.rules();
    let subject = signed.map(|_| audit_verify::subject(&args.paths, rules)).transpose()?;
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
    let evaluated = args.engine.build()?;
    let scores = score(&evaluated, &gold);
    let scored = || gold.iter().zip(&scores);
    let key = args.span_key.as_deref();
    let total = Scores::of(scored(), key);
    let mut groups: BTreeMap<String, Vec<(&GoldDocument, &DocumentScore)>> = BTreeMap::new();
    if let Some(by) = &args.by {
        for (document, score) in scored() {
            groups.entry(document.key(by)).or_default().push((document, score));
        }
    }
    let groups: BTreeMap<String, Scores> =
        groups.into_iter().map(|(k, v)| (k, Scores::of(v, key))).collect();
    let curve: Vec<(f32, Scores)> = if args.curve {
        let at = |t: f32| Scores::of(gold.iter().zip(&score(&evaluated.at(t), &gold)), None);
        CURVE.iter().map(|&t| (t, at(t))).collect()
    } else {
        Vec::new()
    };
    let ablation: Vec<(String, Scores)> = if args.ablation {
        let of = |e: &Evaluated| Scores::of(gold.iter().zip(&score(e, &gold)), None);
        ablation::steps(&evaluated).into_iter().map(|(name, e)| (name, of(&e))).collect()
    } else {
        Vec::new()
    };
    let clinical = retention(scored(), &evaluated.engine.rules().lexicon);
    if let (Some((key, out)), Some(subject)) = (signed, subject) {
        if audit_verify::subject(&args.paths, rules)? != subject {
            bail!("corpus, rules or program changed during the audit; nothing was signed");
        }
        let result = json!({
            "subject": subject,
            "only": args.only.as_ref().map(|(key, value)| format!("{key}={value}")),
            "engine": engine(&evaluated),
            "figures": total,
            "clinical_retention": clinical,
            "by": groups,
        });
        audit_verify::write(&result, key, out)?;
    }
    // What is held out is scored, and its text never shown.
    let shown = || scored().filter(|(document, _)| !document.is_held_out());
    let found = leaks(shown(), key, args.show_text);
    let tokens = most_over_redacted(shown(), args.show_text);

    if args.json {
        let mut out = match serde_json::to_value(&total)? {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        out.insert("engine".to_owned(), engine(&evaluated));
        out.insert("clinical_retention".to_owned(), serde_json::to_value(clinical)?);
        out.insert("exact_ci95".to_owned(), exact_intervals(&total));
        if args.by.is_some() {
            out.insert("by".to_owned(), serde_json::to_value(&groups)?);
        }
        if args.curve {
            let points = curve.iter().map(|(t, s)| {
                json!({"threshold": exact(*t), "recall": s.span.full_recall, "ci95": s.span.ci95,
                       "token_recall": s.token.recall, "token_precision": s.token.precision,
                       "zero_leak_rate": s.doc.zero_leak_rate, "over_redaction": s.over_redaction.rate})
            });
            out.insert("curve".to_owned(), points.collect());
        }
        if args.ablation {
            out.insert("ablation".to_owned(), ablation::json(&ablation));
        }
        if args.show_text > 0 {
            let shown: Map<String, Value> =
                found.iter().map(|(k, _, l)| (k.clone(), json!(l))).collect();
            out.insert("leaks".to_owned(), Value::Object(shown));
            out.insert("over_redacted".to_owned(), json!(tokens));
        }
        super::print(&format!("{}\n", serde_json::to_string_pretty(&out)?))?;
        return Ok(ExitCode::SUCCESS);
    }

    let mut out = table(&total, &groups);
    let share = clinical.rate.map_or_else(|| "n/a".to_owned(), |x| format!("{:.2}", 100.0 * x));
    writeln!(
        out,
        "\nclinical retention {share}%  drugs, diseases, anatomy, procedures, doses, scores, levels kept: {} of {}",
        clinical.kept, clinical.of
    )?;
    if args.curve {
        writeln!(
            out,
            "\n{:>9} {:>7} {:>7} {:>7} {:>10} {:>9}",
            "threshold", "recall%", "token%", "clean%", "precision", "over-red."
        )?;
        for (t, s) in &curve {
            let shares = [
                s.span.full_recall,
                s.token.recall,
                s.doc.zero_leak_rate,
                s.token.precision,
                s.over_redaction.rate,
            ];
            let [recall, token, clean, precision, over] =
                shares.map(|x| x.map_or_else(|| "n/a".to_owned(), |x| format!("{:.2}", 100.0 * x)));
            writeln!(out, "{t:>9} {recall:>7} {token:>7} {clean:>7} {precision:>10} {over:>9}")?;
        }
    }
    if args.ablation {
        out += &ablation::table(&ablation);
    }
    if args.show_text > 0 {
        for (kind, count, some) in &found {
            writeln!(out, "\nleaks {kind}: {count}")?;
            for l in some {
                writeln!(
                    out,
                    "  {:<8}{}: {}",
                    format!("{:?}", l.state).to_lowercase(),
                    l.id,
                    l.context
                )?;
            }
        }
        writeln!(out, "\nmost over-redacted tokens")?;
        for t in &tokens {
            writeln!(out, "  {:>5}  {:<20} {}: {}", t.count, t.token, t.id, t.context)?;
        }
    }
    let engine = engine(&evaluated);
    let text = |k: &str| engine[k].as_str().unwrap_or("").to_owned();
    writeln!(
        out,
        "\nrules {}  policy {} {}",
        text("rules"),
        text("policy"),
        text("policy_digest")
    )?;
    super::print(&out)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the engine over all documents, in parallel; scores in the order of the documents.
fn score(evaluated: &Evaluated, gold: &[GoldDocument]) -> Vec<DocumentScore> {
    gold.par_iter()
        .map_init(
            || evaluated.engine.scratch(),
            |scratch, document| {
                let entities = evaluated.entities(document.text.clone(), scratch);
                let spans: Vec<CharSpan> = entities.into_iter().map(|(span, _)| span).collect();
                score_document(document, &spans)
            },
        )
        .collect()
}

/// What was measured.
fn engine(evaluated: &Evaluated) -> Value {
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

/// Exact intervals beside Wilson's, under a key of their own: the reference scorer has none.
fn exact_intervals(scores: &Scores) -> Value {
    let types: Map<String, Value> = scores
        .by_type
        .iter()
        .map(|(k, t)| (k.clone(), json!(clopper_pearson(t.full, t.n))))
        .collect();
    json!({
        "formula": "Clopper-Pearson: B(0.025; k, n-k+1) to B(0.975; k+1, n-k)",
        "span": clopper_pearson(scores.span.full, scores.span.n),
        "token": clopper_pearson(scores.token.tp, scores.token.tp + scores.token.r#fn),
        "doc": clopper_pearson(scores.doc.zero_leak, scores.doc.n),
        "by_type": types,
    })
}

/// A threshold as it was written: 0.1, not what is left of it in half the digits.
fn exact(threshold: f32) -> f64 {
    threshold.to_string().parse().unwrap_or_else(|_| threshold.into())
}
