//! One line in a file for each time that something hidden is shown.

use anyhow::Context as _;
use serde_json::{Map, Value};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

/// Writes the line, with the time, and waits until it is on the disk: no line, no disclosure.
pub(super) fn record<'v>(
    ledger: &Path,
    values: impl IntoIterator<Item = (&'v str, &'v str)>,
) -> anyhow::Result<()> {
    let values = values.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value)));
    let mut line: Map<String, Value> = values.collect();
    #[expect(clippy::disallowed_methods, reason = "a disclosure is recorded with its time")]
    let now = std::time::SystemTime::now();
    let seconds = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    line.insert("unixTime".to_owned(), seconds.into());
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(ledger)
        .context("the ledger cannot be written")?;
    file.write_all(format!("{}\n", Value::Object(line)).as_bytes())?;
    file.sync_all().context("the ledger cannot be written")
}
