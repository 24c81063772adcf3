//! The arguments of `caseveil audit`.

use super::audit_page;
use super::audit_plan;
use super::audit_verify;
use super::engine::EvaluatedArgs;
use super::held_out::HeldOutArgs;
use std::path::PathBuf;

/// Commands beside the audit itself.
#[derive(clap::Subcommand)]
pub(super) enum Command {
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
    pub(super) command: Option<Command>,
    /// Folders of gold documents and JSONL files.
    #[arg(required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// JSON instead of tables.
    #[arg(long)]
    pub(super) json: bool,
    /// A line of figures for each value of this key as well: lang, layout, culture, noise.
    #[arg(long, value_name = "KEY")]
    pub(super) by: Option<String>,
    /// Only documents that have this value of a key: `split=held_out`, `lang=fr`.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(super) only: Option<(String, String)>,
    /// Break the types down by this key of the gold spans.
    #[arg(long, value_name = "KEY")]
    pub(super) span_key: Option<String>,
    /// Show up to N leaks of each type with the text around them, and the N tokens most often
    /// masked for nothing; of documents that are held out only with --show-held-out.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) show_text: usize,
    /// Recall and over-redaction at several thresholds of the tagger.
    #[arg(long, conflicts_with_all = ["threshold", "patterns_only"])]
    pub(super) curve: bool,
    /// What each part of the engine adds: patterns, lexicons, tagger at five thresholds, subject
    /// pass.
    #[arg(long, conflicts_with_all = ["threshold", "patterns_only"])]
    pub(super) ablation: bool,
    /// Sign the result with this Ed25519 key, PKCS#8 PEM as `openssl genpkey` writes it.
    #[arg(long, value_name = "FILE", requires = "out")]
    pub(super) sign_key: Option<PathBuf>,
    /// Where the signed result goes.
    #[arg(long, value_name = "R.json", requires = "sign_key")]
    pub(super) out: Option<PathBuf>,
    /// Exit status 2 when a figure falls short of the gates of this file, and which.
    #[arg(long, value_name = "GATES.toml")]
    pub(super) gate: Option<PathBuf>,
    /// Write gates a little below the present figures.
    #[arg(long, value_name = "GATES.toml", conflicts_with = "gate")]
    pub(super) write_gates: Option<PathBuf>,
    /// How each figure differs from an earlier audit's (--json or --out), by paired bootstrap.
    #[arg(long, value_name = "OLD.json")]
    pub(super) compare: Option<PathBuf>,
    /// Run another tool on the same documents: a shell command with the interface of `detect`.
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["json", "sign_key"])]
    pub(super) against: Option<String>,
    /// Write the scoreboard between its markers in this file.
    #[arg(long, value_name = "README.md")]
    pub(super) scoreboard: Option<PathBuf>,
    #[command(flatten)]
    pub(super) page: audit_page::PageArgs,
    /// What each figure means, with formula and interval.
    #[arg(long)]
    pub(super) definitions: bool,
    #[command(flatten)]
    pub(super) held_out: HeldOutArgs,
    #[command(flatten)]
    pub(super) engine: EvaluatedArgs,
}

fn key_value(argument: &str) -> Result<(String, String), String> {
    let (key, value) = argument.split_once('=').ok_or("not of the form key=value")?;
    Ok((key.to_owned(), value.to_owned()))
}
