//! `caseveil rescan`: released documents in which new rules find what the old ones let through.

use super::engine::EngineArgs;
use crate::batch::Batch;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `caseveil rescan`.
#[derive(clap::Args)]
#[command(after_help = "Prints input, output, type, rule, count and day of release, with tabs \
    between them and never a text. Exit status: 0 when nothing is found, 3 when something is.")]
pub(super) struct Args {
    /// The folder of released documents.
    released: PathBuf,
    /// The manifest of their release.
    #[arg(long)]
    since: PathBuf,
    /// Lines of JSON instead of columns.
    #[arg(long)]
    json: bool,
    /// Threads; all cores when not given.
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    jobs: usize,
    #[command(flatten)]
    engine: EngineArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let engine = args.engine.build()?;
    let batch = Batch::new(&engine, args.jobs)?;
    let (mut found, mut printed) = (0usize, Ok(()));
    let done = batch.rescan(&args.released, &args.since, &mut |finding| {
        found += 1;
        let (input, output, entity) = (&finding.input, &finding.output, finding.entity);
        let (rule, count, date) = (&finding.rule, finding.count, &finding.date);
        let line = if args.json {
            json!({
                "input": input, "output": output, "type": entity, "rule": rule, "count": count,
                "released": date,
            })
            .to_string()
        } else {
            let date = date.as_deref().unwrap_or("-");
            format!("{input}\t{output}\t{entity}\t{rule}\t{count}\t{date}")
        };
        if printed.is_ok() {
            printed = super::print(&(line + "\n"));
        }
    })?;
    printed?;
    eprintln!(
        "{} released documents, {found} findings, {} outputs missing or unreadable",
        done.documents, done.missing
    );
    Ok(if found == 0 && done.missing == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) })
}
