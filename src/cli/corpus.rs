//! `caseveil corpus`: the gold documents, checked and compiled to JSONL.

use super::corpus_formats as formats;
use super::held_out::HeldOutArgs;
use crate::audit::{GoldDocument, GoldError, Severity, read_gold, validate, write_jsonl};
use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `caseveil corpus`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write gold.jsonl from the marked-up documents in the folder's gold/.
    Compile {
        /// The corpus folder.
        #[arg(default_value = "corpus")]
        dir: PathBuf,
        #[command(flatten)]
        held_out: HeldOutArgs,
    },
    /// Print what is wrong with the gold documents; exit status 1 when there are errors.
    Check {
        /// The corpus folder, or a folder of gold documents.
        #[arg(default_value = "corpus")]
        dir: PathBuf,
        /// Warnings count as errors.
        #[arg(long)]
        strict: bool,
    },
    /// Write labelled documents in the format of another tool.
    Convert(formats::ConvertArgs),
    /// Say what is wrong with labels of any format; exit status 1 when there are errors.
    Lint(formats::LookArgs),
    /// Count documents and labels.
    Stats(formats::LookArgs),
    /// Where two sets of labels of the same documents differ, and how far they agree; exit status 1
    /// when they differ.
    Diff(formats::DiffArgs),
}

/// The compiled gold documents, inside the corpus folder.
const COMPILED: &str = "gold.jsonl";

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Compile { dir, held_out } => compile(dir, held_out),
        Command::Check { dir, strict } => check(dir, *strict),
        Command::Convert(args) => formats::convert(args),
        Command::Lint(args) => formats::lint(args),
        Command::Stats(args) => formats::stats(args),
        Command::Diff(args) => formats::diff(args),
    }
}

fn read(dir: &Path) -> Result<Vec<GoldDocument>, Vec<GoldError>> {
    // A compiled file beside the folder that it was made from is not read again.
    read_gold(&[dir.to_owned()])
}

fn compile(dir: &Path, held_out: &HeldOutArgs) -> anyhow::Result<ExitCode> {
    if !dir.join("gold").is_dir() {
        return Err(anyhow!("{} has no folder gold", dir.display()));
    }
    let mut gold = match read(dir) {
        Ok(gold) => gold,
        Err(errors) => return report(&errors.iter().map(ToString::to_string).collect::<Vec<_>>()),
    };
    // A compiled file is read by tools and people that know nothing of splits.
    if !held_out.allowed("corpus compile")? {
        gold.retain(|d| !d.is_held_out());
    }
    let file = dir.join(COMPILED);
    std::fs::write(&file, write_jsonl(&gold)).with_context(|| file.display().to_string())?;
    super::print(&format!(
        "{} documents, {} labels\n",
        gold.len(),
        gold.iter().map(|d| d.spans.len()).sum::<usize>()
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn report(lines: &[String]) -> anyhow::Result<ExitCode> {
    super::print(&lines.iter().fold(String::new(), |all, l| all + l + "\n"))?;
    Ok(ExitCode::from(1))
}

fn check(dir: &Path, strict: bool) -> anyhow::Result<ExitCode> {
    let gold = match read(dir) {
        Ok(gold) => gold,
        Err(errors) => return report(&errors.iter().map(ToString::to_string).collect::<Vec<_>>()),
    };
    let findings: Vec<_> = gold.iter().flat_map(validate).collect();
    let mut out = String::new();
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    let mut errors = findings.iter().filter(|f| f.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    let file = dir.join(COMPILED);
    if dir.join("gold").is_dir()
        && std::fs::read(&file).is_ok_and(|old| {
            let shown: Vec<GoldDocument> =
                gold.iter().filter(|d| !d.is_held_out()).cloned().collect();
            old != write_jsonl(&gold).as_bytes() && old != write_jsonl(&shown).as_bytes()
        })
    {
        writeln!(out, "{}: older than the documents; run caseveil corpus compile", file.display())?;
        errors += 1;
    }
    let mut languages: BTreeMap<&str, usize> = BTreeMap::new();
    for d in &gold {
        *languages.entry(&d.lang).or_default() += 1;
    }
    let languages: Vec<String> = languages.iter().map(|(l, n)| format!("{n} {l}")).collect();
    writeln!(
        out,
        "{} documents ({}), {} labels: {errors} errors, {warnings} warnings",
        gold.len(),
        languages.join(", "),
        gold.iter().map(|d| d.spans.len()).sum::<usize>()
    )?;
    super::print(&out)?;
    Ok(ExitCode::from(u8::from(errors > 0 || (strict && warnings > 0))))
}
