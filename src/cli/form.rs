//! `caseveil form` and `caseveil redcap`: form definitions, and REDCap's dictionaries and exports.

use super::engine::{EngineArgs, rule_files};
use crate::decode::Form;
use crate::redcap::{Dictionary, Table, scrub};
use anyhow::Context as _;
use clap::Subcommand;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `caseveil form`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print a REDCap data dictionary (CSV of 18 columns, or metadata JSON) as a form definition.
    Import {
        /// The dictionary.
        dictionary: PathBuf,
        /// The form's name.
        #[arg(long, default_value = "redcap")]
        id: String,
    },
    /// Report free-text fields that nothing protects. Exit status 1 when there are any.
    Check {
        /// Form definitions; those of the rule folder when none is given.
        files: Vec<PathBuf>,
    },
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Import { dictionary, id } => {
            let bytes = fs::read(dictionary).context("the dictionary cannot be read")?;
            super::print(&Dictionary::read(&bytes)?.to_form(id))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Check { files } => check(files),
    }
}

fn check(files: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let mut forms = Vec::new();
    for path in files {
        let text = fs::read_to_string(path).context("a form definition cannot be read")?;
        forms.push(Form::parse(&path.display().to_string(), &text)?);
    }
    if files.is_empty() {
        let own = rule_files(None)?;
        for name in own.names().filter(|n| n.starts_with("forms/")) {
            forms.push(Form::parse(name, own.text(name).unwrap_or_default())?);
        }
    }
    let mut good = true;
    for form in &forms {
        let problems = form.problems();
        let verdict = if problems.is_empty() { "ok" } else { "not ok" };
        super::print(&format!("{} {} fields {verdict}\n", form.id, form.fields.len()))?;
        for problem in &problems {
            good = false;
            super::print(&format!("  {problem}\n"))?;
        }
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Arguments of `caseveil redcap`.
#[derive(clap::Args)]
pub(super) struct RedcapArgs {
    /// The export: flat or EAV, CSV or JSON.
    records: PathBuf,
    /// The project's data dictionary.
    #[arg(long)]
    dictionary: PathBuf,
    /// Where the scrubbed export goes.
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    engine: EngineArgs,
}

/// The exit status when some records were not released.
const INCOMPLETE: u8 = 3;

pub(super) fn run_redcap(args: &RedcapArgs) -> anyhow::Result<ExitCode> {
    let dictionary = fs::read(&args.dictionary).context("the dictionary cannot be read")?;
    let dictionary = Dictionary::read(&dictionary)?;
    let records = fs::read(&args.records).context("the export cannot be read")?;
    let done = scrub(&args.engine.build_to_release()?, &dictionary, Table::read(&records)?)?;
    fs::write(&args.out, done.table.write()).context("the output cannot be written")?;
    eprintln!(
        "{} records released, {} held; {} unknown fields dropped; {} cells emptied that take no tag",
        done.released, done.held, done.unknown, done.emptied
    );
    Ok(if done.held == 0 { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
}
