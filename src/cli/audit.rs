//! `caseveil audit`: the engine, as `detect` runs it, measured on labelled documents.

use super::ablation;
use super::audit_page;
use super::audit_plan;
use super::audit_print as print;
use super::audit_run::{engine, predict, predict_by, score};
use super::audit_verify;
use super::engine::{Evaluated, EvaluatedArgs};
use super::held_out::HeldOutArgs;
use crate::audit::{
    Comparison, DEFINITIONS, DocumentScore, Gates, GoldDocument, Labelled, Measures, Report,
    Scores, compare, digest, html, leaks, measure, most_over_redacted, propose, read_gold,
    retention, rows, scoreboard, table, with_scoreboard,
};
use anyhow::{Context as _, anyhow, bail};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Commands beside the audit itself.
#[derive(clap::Subcommand)]
enum Command {
    /// Check a signed result: that it is unchanged, and that corpus and rules are those it is
    /// about.
    Verify(audit_verify::Args),
    /// Say how many documents must be reviewed to claim a leak rate.
    Plan(audit_plan::Args),
}

/// Arguments of `caseveil audit`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
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
    /// masked for nothing; of documents that are held out only with --show-held-out.
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
    /// Exit status 2 when a figure falls short of the gates of this file, and which.
    #[arg(long, value_name = "GATES.toml")]
    gate: Option<PathBuf>,
    /// Write gates a little below the present figures.
    #[arg(long, value_name = "GATES.toml", conflicts_with = "gate")]
    write_gates: Option<PathBuf>,
    /// How each figure differs from an earlier audit's (--json or --out), by paired bootstrap.
    #[arg(long, value_name = "OLD.json")]
    compare: Option<PathBuf>,
    /// Run another tool on the same documents: a shell command with the interface of `detect`.
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["json", "sign_key"])]
    against: Option<String>,
    /// Write the scoreboard between its markers in this file.
    #[arg(long, value_name = "README.md")]
    scoreboard: Option<PathBuf>,
    #[command(flatten)]
    page: audit_page::PageArgs,
    /// What each figure means, with formula and interval.
    #[arg(long)]
    definitions: bool,
    #[command(flatten)]
    held_out: HeldOutArgs,
    #[command(flatten)]
    engine: EvaluatedArgs,
}

/// Thresholds of the curve: from masking nearly every doubt to masking none.
const CURVE: [f32; 6] = [0.05, 0.08, 0.12, 0.2, 0.3, 0.5];

fn key_value(argument: &str) -> Result<(String, String), String> {
    let (key, value) = argument.split_once('=').ok_or("not of the form key=value")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// What was measured on which documents.
struct Audit {
    gold: Vec<GoldDocument>,
    scores: Vec<DocumentScore>,
    predicted: Vec<Vec<Labelled>>,
    total: Scores,
    measures: Measures,
}

impl Audit {
    fn of(
        gold: Vec<GoldDocument>,
        predicted: Vec<Vec<Labelled>>,
        evaluated: &Evaluated,
        key: Option<&str>,
    ) -> Self {
        let scores = score(&gold, &predicted);
        let rules = evaluated.engine.rules();
        let total = Scores::of(gold.iter().zip(&scores), key);
        let measures = measure(&gold, &scores, &predicted, &rules.taxonomy, &rules.lexicon);
        Self { gold, scores, predicted, total, measures }
    }

    fn scored(&self) -> impl Iterator<Item = (&GoldDocument, &DocumentScore)> {
        self.gold.iter().zip(&self.scores)
    }
}

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
        let text = read(file, "the file for the scoreboard")?;
        let held: Vec<GoldDocument> =
            audit.gold.iter().filter(|d| d.is_held_out()).cloned().collect();
        let steps = if held.is_empty() { Vec::new() } else { ablated(&evaluated, &held) };
        let block = scoreboard(
            &audit.gold,
            &audit.scores,
            &audit.predicted,
            &audit.measures.documents,
            &steps,
        );
        let text = with_scoreboard(&text, &block)
            .context("the file for the scoreboard has no markers `<!-- scoreboard: …` and `<!-- end of scoreboard -->`")?;
        write(file, &text, "the scoreboard")?;
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
    let status = if short.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(SHORT) };

    if args.json {
        let mut out = map(&audit.total)?;
        out.insert("engine".to_owned(), engine(&evaluated));
        out.insert("clinical_retention".to_owned(), serde_json::to_value(clinical)?);
        out.insert("exact_ci95".to_owned(), print::exact_intervals(&audit.total));
        out.extend(map(&audit.measures)?);
        out.insert("definitions".to_owned(), serde_json::to_value(DEFINITIONS.as_slice())?);
        if args.by.is_some() {
            out.insert("by".to_owned(), serde_json::to_value(&groups)?);
        }
        if args.curve {
            out.insert("curve".to_owned(), print::curve_json(&curve));
        }
        if args.ablation {
            out.insert("ablation".to_owned(), ablation::json(&ablation));
        }
        if let Some(compared) = &compared {
            out.insert("comparison".to_owned(), serde_json::to_value(compared)?);
        }
        if args.gate.is_some() {
            out.insert("shortfalls".to_owned(), serde_json::to_value(&short)?);
        }
        if args.show_text > 0 {
            let shown: Map<String, Value> =
                found.iter().map(|(k, _, l)| (k.clone(), json!(l))).collect();
            out.insert("leaks".to_owned(), Value::Object(shown));
            out.insert("over_redacted".to_owned(), json!(tokens));
        }
        super::print(&format!("{}\n", serde_json::to_string_pretty(&out)?))?;
        return Ok(status);
    }

    let mut out = table(&audit.total, &groups);
    let share = clinical.rate.map_or_else(|| "n/a".to_owned(), |x| format!("{:.2}", 100.0 * x));
    writeln!(
        out,
        "\nclinical retention {share}%  drugs, diseases, anatomy, procedures, doses, scores, levels kept: {} of {}",
        clinical.kept, clinical.of
    )?;
    out += &print::measures(&audit.measures);
    if let Some(compared) = &compared {
        out += &print::comparison(compared, ["old", "new"]);
    }
    if let Some(command) = &args.against {
        // Another program may print what it reads.
        let shown: Vec<usize> = (0..audit.gold.len())
            .filter(|i| shows_held_out || !audit.gold[*i].is_held_out())
            .collect();
        let gold: Vec<GoldDocument> = shown.iter().map(|i| audit.gold[*i].clone()).collect();
        let ours = shown.iter().map(|i| audit.predicted[*i].clone()).collect();
        let theirs = Audit::of(gold.clone(), predict_by(command, &gold)?, &evaluated, key);
        let ours = Audit::of(gold, ours, &evaluated, key);
        out +=
            &print::side_by_side((&ours.total, &ours.measures), (&theirs.total, &theirs.measures));
        let compared = compare(&theirs.measures.documents, &ours.measures.documents)?;
        out += &print::comparison(&compared, ["other", "caseveil"]);
        if shown.len() < audit.gold.len() {
            writeln!(
                out,
                "{} held-out documents were not given to the other tool",
                audit.gold.len() - shown.len()
            )?;
        }
    }
    if args.curve {
        out += &print::curve(&curve);
    }
    if args.ablation {
        out += &ablation::table(&ablation);
    }
    if args.show_text > 0 {
        for (kind, count, some) in &found {
            writeln!(out, "\nleaks {kind}: {count}")?;
            for l in some {
                let state = format!("{:?}", l.state).to_lowercase();
                writeln!(out, "  {state:<8}{}: {}", l.id, l.context)?;
            }
        }
        writeln!(out, "\nmost over-redacted tokens")?;
        for t in &tokens {
            writeln!(out, "  {:>5}  {:<20} {}: {}", t.count, t.token, t.id, t.context)?;
        }
    }
    if args.definitions {
        writeln!(out, "\n{}", print::definitions())?;
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
    for shortfall in &short {
        writeln!(out, "{shortfall}")?;
    }
    super::print(&out)?;
    Ok(status)
}

fn map(value: &impl serde::Serialize) -> anyhow::Result<Map<String, Value>> {
    Ok(match serde_json::to_value(value)? {
        Value::Object(map) => map,
        _ => Map::new(),
    })
}

/// The figures of another tuning.
fn total(evaluated: &Evaluated, gold: &[GoldDocument]) -> Scores {
    Scores::of(gold.iter().zip(&score(gold, &predict(evaluated, gold))), None)
}

fn ablated(evaluated: &Evaluated, gold: &[GoldDocument]) -> Vec<(String, Scores)> {
    let steps = ablation::steps(evaluated);
    steps.into_iter().map(|(name, e)| (name, total(&e, gold))).collect()
}
