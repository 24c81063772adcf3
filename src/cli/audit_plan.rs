//! `caseveil audit plan`: how many documents must be reviewed for a claim.

use crate::audit::sample_size;
use std::fmt::Write as _;
use std::process::ExitCode;

/// Arguments of `caseveil audit plan`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The leak rate that is to be undercut, 0 to 1: 0.01 is one in a hundred.
    #[arg(long, value_name = "RATE", default_value_t = 0.01)]
    below: f64,
    /// How sure the claim is to be.
    #[arg(long, default_value_t = 0.95)]
    confidence: f64,
    /// Identifiers in a document, for claims about identifiers.
    #[arg(long, value_name = "N", default_value_t = 30)]
    per_document: u64,
    /// How many times more identifiers are needed because leaks come in clusters: 1 when those of a
    /// document leak independently of each other. An audit's bootstrap interval, squared and
    /// divided by Wilson's, estimates it.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    design_effect: f64,
}

/// Leaks for which the plan is told.
const LEAKS: [u64; 7] = [0, 1, 2, 3, 5, 10, 20];

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.per_document == 0 || !args.design_effect.is_finite() || args.design_effect < 1.0 {
        anyhow::bail!("--per-document is at least 1, --design-effect at least 1");
    }
    let mut out = format!(
        "To claim with {} % that fewer than {} in a hundred leak, review\n\n{:>16} {:>20} {:>12} {:>20}\n",
        100.0 * args.confidence,
        100.0 * args.below,
        "leaks found",
        "documents (claim",
        "identifiers",
        "documents (claim",
    );
    writeln!(out, "{:>16} {:>20} {:>12} {:>20}", "", "about documents)", "", "about identifiers)")?;
    for leaks in LEAKS {
        let n = sample_size(args.below, leaks, args.confidence)?;
        let spans = (n as f64 * args.design_effect).ceil() as u64;
        let documents = spans.div_ceil(args.per_document);
        writeln!(out, "{:>16} {n:>20} {spans:>12} {documents:>20}", format!("at most {leaks}"))?;
    }
    writeln!(
        out,
        "\nFix the number of leaks before you look; documents drawn by lot; {} identifiers a document.\n\
         Formula: the smallest n with P(Binomial(n, {}) <= leaks) <= {:.4}.",
        args.per_document,
        args.below,
        1.0 - args.confidence
    )?;
    super::print(&out)?;
    Ok(ExitCode::SUCCESS)
}
