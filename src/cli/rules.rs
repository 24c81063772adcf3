//! `caseveil rules`: check the rule folder, list it, show one rule.

use super::coverage::{Coverage, RuleRow};
use crate::check::{Checker, trials};
use crate::pipeline::Deidentifier;
use crate::policy::Policy;
use crate::rules::{Rule, RuleFiles, RuleSet, Start};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `caseveil rules`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Run the examples of rules, alone and in company.
    Check(CheckArgs),
    /// List the rules, each with its HIPAA letter and PHIPA class.
    List(ListArgs),
    /// Show one rule with its examples.
    Show {
        /// Its id.
        id: String,
        #[command(flatten)]
        folder: FolderArgs,
    },
}

#[derive(clap::Args)]
struct FolderArgs {
    /// The rule folder.
    #[arg(long, default_value = "rules")]
    rules: PathBuf,
}

#[derive(clap::Args)]
struct ListArgs {
    /// What finds each HIPAA letter and each PHIPA class: rules, models, lexicons.
    #[arg(long)]
    coverage: bool,
    /// JSON for machines.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folder: FolderArgs,
}

#[derive(clap::Args)]
struct CheckArgs {
    /// Only rules whose id or file starts with one of these.
    only: Vec<String>,
    /// List the rules instead of running them.
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    folder: FolderArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Check(check) if check.list => list(&check.folder, &check.only, false),
        Command::Check(check) => run_check(check),
        Command::List(args) if args.coverage => coverage(&args.folder, args.json),
        Command::List(args) => list(&args.folder, &[], args.json),
        Command::Show { id, folder } => show(id, folder),
    }
}

fn chosen(rule: &Rule, only: &[String]) -> bool {
    only.is_empty()
        || only
            .iter()
            .any(|o| rule.id.as_str().starts_with(o.as_str()) || rule.file.starts_with(o.as_str()))
}

fn run_check(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let files = RuleFiles::read(&args.folder.rules)?;
    let engine = Deidentifier::new(&files, Policy::DEFAULT)?;
    let mut checker = Checker::new(&engine);
    let (mut rules, mut passed, mut failures) = (0, 0, Vec::new());
    for rule in engine.rules().rules.iter().filter(|r| chosen(r, &args.only)) {
        rules += 1;
        for trial in trials(rule) {
            match checker.run(&trial)? {
                Some(failure) => failures.push(format!("{}: {failure}", rule.file)),
                None => passed += 1,
            }
        }
    }
    let mut text = notices(engine.rules(), &args.only)?;
    for failure in &failures {
        writeln!(text, "FAILED {failure}")?;
    }
    writeln!(
        text,
        "{rules} rules: {passed} examples hold, {} fail; digest {}",
        failures.len(),
        engine.rules().digest.as_str()
    )?;
    super::print(&text)?;
    Ok(if failures.is_empty() && rules > 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What a rule's author may want to change, and what breaks nothing: where a pattern is not run, or
/// everywhere. No pattern is super-linear: each run sees one window.
fn notices(rules: &RuleSet, only: &[String]) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let mut anywhere = Vec::new();
    for rule in rules.rules.iter().filter(|r| chosen(r, only)) {
        match Start::of(rule) {
            Start::Narrow => {}
            Start::Anywhere => anywhere.push(rule.id.as_str()),
            Start::PartlyNever => writeln!(
                text,
                "NOTICE {}: {}: what starts with white space is never tried",
                rule.file, rule.id
            )?,
            Start::Never => writeln!(
                text,
                "NOTICE {}: {}: starts with white space only, so that it is never tried: start the pattern with a \
                 letter, a digit or a sign",
                rule.file, rule.id
            )?,
        }
    }
    if !anywhere.is_empty() {
        writeln!(
            text,
            "NOTICE {} rules cannot be anchored: they start with any letter or digit and are tried at every word: {}",
            anywhere.len(),
            anywhere.join(", ")
        )?;
    }
    Ok(text)
}

fn list(folder: &FolderArgs, only: &[String], json: bool) -> anyhow::Result<ExitCode> {
    let files = RuleFiles::read(&folder.rules)?;
    let engine = Deidentifier::new(&files, Policy::DEFAULT)?;
    let rules = engine.rules();
    let listed = rules.rules.iter().filter(|r| chosen(r, only));
    let rows: Vec<RuleRow> = listed.map(|r| RuleRow::new(rules, r)).collect();
    let mut text = String::new();
    if json {
        writeln!(text, "{}", serde_json::to_string_pretty(&rows)?)?;
    } else {
        for row in &rows {
            writeln!(text, "{}", row.line())?;
        }
    }
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn coverage(folder: &FolderArgs, json: bool) -> anyhow::Result<ExitCode> {
    let files = RuleFiles::read(&folder.rules)?;
    let engine = Deidentifier::new(&files, Policy::DEFAULT)?;
    let coverage = Coverage::new(engine.rules());
    if json {
        super::print(&format!("{}\n", serde_json::to_string_pretty(&coverage)?))?;
    } else {
        super::print(&coverage.table()?)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(id: &str, folder: &FolderArgs) -> anyhow::Result<ExitCode> {
    let files = RuleFiles::read(&folder.rules)?;
    let engine = Deidentifier::new(&files, Policy::DEFAULT)?;
    let Some(rule) = engine.rules().rules.iter().find(|r| r.id.as_str() == id) else {
        anyhow::bail!("no rule `{id}`; `caseveil rules list` shows all");
    };
    let mut text = String::new();
    writeln!(text, "{} ({})\n{}\nsource: {}", rule.id, rule.file, rule.summary, rule.source)?;
    if let Some(crosswalk) = engine.rules().crosswalk(rule) {
        let letter = crosswalk.hipaa.map_or_else(|| "-".to_owned(), |l| l.to_string());
        writeln!(text, "{}: HIPAA {letter}, PHIPA {}", rule.entity, crosswalk.phipa.name())?;
    }
    if let Some(pattern) = &rule.pattern {
        writeln!(text, "pattern: {pattern}")?;
    }
    if let Some(context) = &rule.context {
        writeln!(
            text,
            "cues: {} (within {}, after {})",
            context.words.join(", "),
            context.within,
            context.after
        )?;
    }
    writeln!(
        text,
        "score: alone {}, with cue {}, valid {}",
        rule.score.alone, rule.score.with_context, rule.score.valid
    )?;
    for p in &rule.positive {
        writeln!(text, "  finds {:?} in {:?}", p.finds, p.text)?;
    }
    for n in &rule.negative {
        writeln!(text, "  nothing in {:?}: {}", n.text, n.why)?;
    }
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}
