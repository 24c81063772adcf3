//! `caseveil scrub`: files and folders into an output folder, or standard input to standard
//! output. Only what the gate released is written.

use super::engine::EngineArgs;
use super::watch::Watch;
use crate::batch::{
    Batch, BatchError, Counts, Drawn, GroupBy, InputFormat, Report, Sources, Summary,
};
use anyhow::{Context as _, bail};
use clap::ValueEnum;
use std::fmt::Write as _;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufReader, BufWriter, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `caseveil scrub`.
#[derive(clap::Args)]
#[command(after_help = "Exit status: 0 when every document was released, 3 when the run is \
    complete but some were not (DIR/manifest.jsonl says which and why; they are never written), \
    130 when it was stopped and 1 when it failed: then go on with --resume.")]
pub(super) struct Args {
    /// Files and folders, also in zip, tar, gzip and zstd; `-` for standard input.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The folder that masked documents go to, empty and outside of the inputs.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Go on with the run in the output folder: only what is missing is done.
    #[arg(long)]
    resume: bool,
    /// Keep the documents of each patient together: `folder`, `column:NAME` or `json:PATH`.
    #[arg(long)]
    group_by: Option<GroupBy>,
    /// Write where masking wrote, in each released document, to this private file: it tells a
    /// stand-in from a leak by its position.
    #[arg(long, value_name = "FILE", requires = "out")]
    sidecar: Option<PathBuf>,
    /// Draw so many released documents at random for a review that bounds what was let through.
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    sample: usize,
    /// What the draw begins with; random when not given, and told in the report.
    #[arg(long)]
    seed: Option<u64>,
    /// Events as lines of JSON on standard output instead of progress and report.
    #[arg(long)]
    json: bool,
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
/// The exit status of a run that was told to stop.
pub(super) const STOPPED: u8 = 130;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let is_stdin = |p: &PathBuf| p.as_os_str() == "-";
    let summary = match (args.paths.as_slice(), &args.out) {
        ([path], None) if is_stdin(path) => {
            let engine = args.engine.build_to_release()?;
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
        (paths, Some(out)) => match scrub_files(args, paths, out)? {
            Ok(summary) => summary,
            Err(stopped) => {
                eprintln!("caseveil: {stopped}");
                return Ok(ExitCode::from(STOPPED));
            }
        },
    };
    if !args.json {
        eprint!("{}", report(&summary));
    }
    Ok(if summary.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
}

/// What became of the files; or that somebody asked to stop.
fn scrub_files(
    args: &Args,
    paths: &[PathBuf],
    out: &Path,
) -> anyhow::Result<Result<Summary, BatchError>> {
    let sources = Sources::walk(paths)?;
    let engine = args.engine.build_to_release()?;
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let batch = Batch::new(&engine, args.jobs)?
        .keyed(args.engine.keys()?)
        .dated(&today)
        .resuming(args.resume)
        .grouped(args.group_by.clone())
        .with_sidecar(args.sidecar.clone());
    let watch = Watch::begin(sources.len(), sources.bytes(), out, args.json)?;
    let done = batch.scrub_files(&sources, out, &watch);
    watch.end(done.as_ref().ok());
    if done.is_ok() {
        let (bytes, seconds) = watch.speed();
        let seed = args.seed.unwrap_or_else(|| RandomState::new().hash_one(today));
        let report = Report::of(out, Drawn { bytes, seconds, sample: args.sample, seed })?;
        write_report(&report, out)?;
    }
    match done {
        Err(stopped @ BatchError::Interrupted { .. }) => Ok(Err(stopped)),
        done => Ok(Ok(done?)),
    }
}

/// `report.json` and `report.html` beside the outputs.
fn write_report(report: &Report, out: &Path) -> anyhow::Result<()> {
    let json = serde_json::to_string_pretty(report)? + "\n";
    std::fs::write(out.join("report.json"), json).context("report.json cannot be written")?;
    std::fs::write(out.join("report.html"), report.page()).context("report.html cannot be written")
}

/// Counts by outcome and by type; documents that were not released by position.
fn report(summary: &Summary) -> String {
    let mut text = String::new();
    let Summary { counts, renamed, .. } = summary;
    let Counts { released, held, refused, quarantined } = counts;
    let mut line = format!(
        "{} documents: {released} released, {held} held, {refused} refused, {quarantined} quarantined",
        summary.documents()
    );
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
    let untold = (summary.documents() - released).saturating_sub(summary.problems.len());
    if untold > 0 {
        let _ = writeln!(text, "and {untold} more");
    }
    text
}
