//! The text of held-out documents: shown only when asked for by name, with the reason in a ledger.

use super::disclosure;
use anyhow::bail;
use std::path::PathBuf;

/// Arguments of every command that could show the text of a held-out document.
#[derive(clap::Args)]
pub(super) struct HeldOutArgs {
    /// Show the text of documents with `split=held_out` as well, for this reason: whoever reads
    /// them makes them useless for measuring. The reason goes into the ledger first.
    #[arg(long, value_name = "REASON", requires = "ledger")]
    show_held_out: Option<String>,
    /// The file that the reason is appended to.
    #[arg(long, value_name = "FILE", requires = "show_held_out")]
    ledger: Option<PathBuf>,
}

impl HeldOutArgs {
    /// Whether held-out text may be shown; the row about it is on disk before this says so.
    pub(super) fn allowed(&self, command: &str) -> anyhow::Result<bool> {
        let Some((reason, ledger)) = self.show_held_out.as_deref().zip(self.ledger.as_deref())
        else {
            return Ok(false);
        };
        if reason.trim().is_empty() {
            bail!("say why held-out text is shown: --show-held-out REASON");
        }
        let line = [("action", "show_held_out"), ("command", command), ("reason", reason)];
        disclosure::record(ledger, line)?;
        Ok(true)
    }
}
