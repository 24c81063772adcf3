//! `caseveil corpus convert|lint|stats|diff`: labelled documents of any maker.

use super::engine::rule_files;
use super::held_out::HeldOutArgs;
use crate::audit::{
    Exchange, GoldDocument, LabelDifference, LabelMap, Severity, agreement, read_gold, validate,
};
use anyhow::{anyhow, bail};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn format(name: &str) -> Result<Exchange, String> {
    Exchange::from_name(name)
        .ok_or_else(|| format!("one of {}", Exchange::ALL.map(Exchange::name).join(", ")))
}

/// Where documents come from.
#[derive(clap::Args)]
pub(super) struct SourceArgs {
    /// The file or folder.
    path: PathBuf,
    /// Its format: ours (a corpus folder too), i2b2, brat, conll, tab, presidio, label-studio,
    /// doccano, csv.
    #[arg(long = "from", value_name = "FORMAT", value_parser = format, default_value = "ours")]
    format: Exchange,
    /// A label map by which its types get our names: a name in rules/labels or a file.
    #[arg(long, value_name = "MAP")]
    labels_in: Option<String>,
}

/// Arguments of `convert`.
#[derive(clap::Args)]
pub(super) struct ConvertArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// The format to write.
    #[arg(long = "to", value_name = "FORMAT", value_parser = format)]
    to: Exchange,
    /// The file, or the folder of a format that has one: i2b2, brat, csv.
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// A label map by which our types get other names.
    #[arg(long, value_name = "MAP")]
    labels_out: Option<String>,
    #[command(flatten)]
    held_out: HeldOutArgs,
}

/// Arguments of `lint` and `stats`.
#[derive(clap::Args)]
pub(super) struct LookArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// Arguments of `diff`.
#[derive(clap::Args)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// The other labels of the same documents.
    other: PathBuf,
    /// Their format.
    #[arg(long, value_name = "FORMAT", value_parser = format, default_value = "ours")]
    other_from: Exchange,
    /// JSON instead of lines.
    #[arg(long)]
    json: bool,
}

/// A label map of the rule folder, or of a file.
fn label_map(name: &str) -> anyhow::Result<LabelMap> {
    let text = if Path::new(name).extension().is_some_and(|e| e == "toml") {
        std::fs::read_to_string(name).map_err(|e| anyhow!("the label map: {}", e.kind()))?
    } else {
        let files = rule_files(None)?;
        let known = files.names().filter_map(|n| n.strip_prefix("labels/")?.strip_suffix(".toml"));
        let known: Vec<&str> = known.collect();
        let text = files.text(&format!("labels/{name}.toml"));
        text.ok_or_else(|| {
            anyhow!(
                "no label map {name}; there are {}, or a file that ends in .toml",
                known.join(", ")
            )
        })?
        .to_owned()
    };
    Ok(LabelMap::parse(&text)?)
}

fn read(format: Exchange, path: &Path, labels: Option<&str>) -> anyhow::Result<Vec<GoldDocument>> {
    let mut documents = if format == Exchange::Ours {
        read_gold(&[path.to_owned()]).map_err(|errors| {
            anyhow!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        })?
    } else {
        format.read(path)?
    };
    if let Some(name) = labels {
        LabelMap::apply(&label_map(name)?.from, &mut documents)?;
    }
    Ok(documents)
}

impl SourceArgs {
    fn read(&self) -> anyhow::Result<Vec<GoldDocument>> {
        read(self.format, &self.path, self.labels_in.as_deref())
    }
}

pub(super) fn convert(args: &ConvertArgs) -> anyhow::Result<ExitCode> {
    let mut documents = args.source.read()?;
    let all = documents.len();
    if !args.held_out.allowed("corpus convert")? {
        documents.retain(|d| !d.is_held_out());
    }
    if documents.is_empty() {
        bail!("no document to write");
    }
    if let Some(name) = &args.labels_out {
        LabelMap::apply(&label_map(name)?.to, &mut documents)?;
    }
    args.to.write(&documents, &args.out)?;
    let mut said = format!(
        "{} documents, {} labels",
        documents.len(),
        documents.iter().map(|d| d.spans.len()).sum::<usize>()
    );
    if documents.len() < all {
        write!(said, "; {} held-out documents left out", all - documents.len())?;
    }
    super::print(&format!("{said}\n"))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn lint(args: &LookArgs) -> anyhow::Result<ExitCode> {
    let documents = args.source.read()?;
    let findings: Vec<_> = documents.iter().flat_map(validate).collect();
    let errors = findings.iter().filter(|f| f.severity == Severity::Error).count();
    let mut out = String::new();
    if args.json {
        let rows: Vec<_> = findings
            .iter()
            .map(|f| {
                json!({"file": f.file, "line": f.line, "error": f.severity == Severity::Error,
                       "message": f.message})
            })
            .collect();
        writeln!(out, "{:#}", json!(rows))?;
    } else {
        for finding in &findings {
            writeln!(out, "{finding}")?;
        }
        let warnings = findings.len() - errors;
        writeln!(out, "{} documents: {errors} errors, {warnings} warnings", documents.len())?;
    }
    super::print(&out)?;
    Ok(ExitCode::from(u8::from(errors > 0)))
}

/// Fewer labels than this tell little about a type.
const FEW: usize = 30;

pub(super) fn stats(args: &LookArgs) -> anyhow::Result<ExitCode> {
    let documents = args.source.read()?;
    let mut counts: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    let mut optional = 0;
    for d in &documents {
        for key in ["lang", "layout", "culture", "noise", "split"] {
            let value = d.key(key);
            let value = if value.is_empty() { "-".to_owned() } else { value };
            *counts.entry(key).or_default().entry(value).or_default() += 1;
        }
        for s in &d.spans {
            if s.optional {
                optional += 1;
            } else {
                *counts.entry("type").or_default().entry(s.kind.clone()).or_default() += 1;
            }
        }
    }
    let labels: usize = counts.get("type").map_or(0, |t| t.values().sum());
    let words: usize = documents.iter().map(|d| d.text.split_whitespace().count()).sum();
    if args.json {
        let out = json!({"documents": documents.len(), "words": words, "labels": labels,
                         "optional_labels": optional, "by": counts});
        super::print(&format!("{out:#}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = format!(
        "{} documents, {words} words, {labels} labels, {optional} optional ones\n",
        documents.len()
    );
    for (key, values) in &counts {
        writeln!(out, "\n{key}")?;
        let mut values: Vec<(&String, &usize)> = values.iter().collect();
        values.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        for (value, n) in values {
            let few = if *key == "type" && *n < FEW { "  few: tells little" } else { "" };
            writeln!(out, "  {value:<28} {n:>6}{few}")?;
        }
    }
    super::print(&out)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn diff(args: &DiffArgs) -> anyhow::Result<ExitCode> {
    let first = args.source.read()?;
    let second = read(args.other_from, &args.other, args.source.labels_in.as_deref())?;
    let agreement = agreement(&first, &second);
    let mut out = String::new();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&agreement)?)?;
    } else {
        for difference in &agreement.differences {
            match difference {
                LabelDifference::Document { id, first } => {
                    writeln!(out, "{id}: only in the {}", if *first { "first" } else { "second" })?;
                }
                LabelDifference::Text { id } => writeln!(out, "{id}: the texts differ")?,
                LabelDifference::Label { id, line, start, end, first, second } => {
                    let name =
                        |kind: &Option<String>| kind.clone().unwrap_or_else(|| "nothing".into());
                    writeln!(
                        out,
                        "{id}:{line}: {start}..{end} {} / {}",
                        name(first),
                        name(second)
                    )?;
                }
            }
        }
        let share = |x: Option<f64>| x.map_or_else(|| "n/a".to_owned(), |x| format!("{x:.4}"));
        writeln!(
            out,
            "{} documents of both, {} differences; strict F1 {:.4}, same label of tokens {}, Cohen's kappa {}",
            agreement.documents,
            agreement.differences.len(),
            agreement.strict.f1,
            share(agreement.tokens.rate),
            share(agreement.kappa)
        )?;
    }
    super::print(&out)?;
    Ok(ExitCode::from(u8::from(!agreement.differences.is_empty())))
}
