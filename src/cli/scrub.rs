//! `caseveil scrub`: files and folders into an output folder, or standard input to standard
//! output. Only what the gate released is written.

use super::engine::EngineArgs;
use crate::batch::{Batch, BatchError, InputFormat, Sources, Summary};
use anyhow::bail;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::Write as _;
use std::io::{BufReader, BufWriter, ErrorKind, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `caseveil scrub`.
#[derive(clap::Args)]
#[command(after_help = "Exit status: 0 when every document was released, 3 when some were not \
    (they are counted and never written), 1 when the run failed.")]
pub(super) struct Args {
    /// Files and folders (text, JSON, JSON lines); `-` for standard input.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The folder that masked documents go to, outside of the inputs.
    #[arg(long)]
    out: Option<PathBuf>,
    /// What standard input holds; told from its content when not given.
    #[arg(long)]
    format: Option<FormatArg>,
    /// Threads; all cores when not given.
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    jobs: usize,
    #[command(flatten)]
    engine: EngineArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatArg {
    Text,
    Json,
    Jsonl,
}

impl FormatArg {
    fn format(self) -> InputFormat {
        match self {
            Self::Text => InputFormat::Text,
            Self::Json => InputFormat::Json,
            Self::Jsonl => InputFormat::JsonLines,
        }
    }
}

/// The exit status when some documents were not released.
const INCOMPLETE: u8 = 3;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let is_stdin = |p: &PathBuf| p.as_os_str() == "-";
    let summary = match (args.paths.as_slice(), &args.out) {
        ([path], None) if is_stdin(path) => {
            let engine = args.engine.build()?;
            let batch = Batch::new(&engine, args.jobs)?;
            let reader = BufReader::with_capacity(1 << 20, std::io::stdin());
            let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
            let done = batch.scrub_stream(reader, args.format.map(FormatArg::format), &mut out);
            // A reader that has gone away has what it wanted.
            if matches!(done, Err(BatchError::Write { kind: ErrorKind::BrokenPipe, .. })) {
                // Unwritten bytes would be tried again when the buffer is dropped.
                let _ = out.into_parts();
                return Ok(ExitCode::SUCCESS);
            }
            done?
        }
        (paths, _) if paths.iter().any(is_stdin) => {
            bail!("`-` goes to standard output: give it alone and without --out")
        }
        (_, None) => bail!("say where the masked documents go with --out DIR"),
        (_, Some(_)) if args.format.is_some() => {
            bail!("--format is for standard input; files say it by their ending")
        }
        (paths, Some(out)) => scrub_files(args, paths, out)?,
    };
    eprint!("{}", report(&summary));
    Ok(if summary.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
}

fn scrub_files(args: &Args, paths: &[PathBuf], out: &Path) -> anyhow::Result<Summary> {
    let sources = Sources::walk(paths)?;
    let engine = args.engine.build()?;
    let batch = Batch::new(&engine, args.jobs)?;
    let bar = progress_bar(sources.bytes());
    let done = batch.scrub_files(&sources, out, &|bytes| bar.inc(bytes));
    bar.finish_and_clear();
    Ok(done?)
}

/// A bar on a terminal, nothing anywhere else.
fn progress_bar(bytes: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr_with_hz(5));
    let style =
        ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Counts by outcome and by type; documents that were not released by position.
fn report(summary: &Summary) -> String {
    let mut text = String::new();
    let Summary { documents, released, held, failed, renamed, .. } = summary;
    let mut line =
        format!("{documents} documents: {released} released, {held} held, {failed} failed");
    if *renamed > 0 {
        let _ = write!(line, "; {renamed} outputs got a number for a name");
    }
    let _ = writeln!(text, "{line}");
    for (entity, n) in &summary.masked {
        let _ = writeln!(text, "{n:>9} {entity}");
    }
    for problem in &summary.problems {
        let _ = writeln!(text, "{problem}");
    }
    let untold = held + failed - summary.problems.len();
    if untold > 0 {
        let _ = writeln!(text, "and {untold} more");
    }
    text
}
