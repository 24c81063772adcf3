//! `caseveil ledger`: the ledger of a data folder, checked or printed. Works beside a running
//! service and without one, and changes nothing.

use crate::keys::{Key, from_hex, to_hex};
use crate::ledger::{Head, HeadFile, Receipt, Row, Signer, verify};
use crate::store;
use anyhow::{Context as _, anyhow};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Arguments of `caseveil ledger`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Check every row, its signature and its place; exit code 1 names the first that does not hold.
    Verify(Verify),
    /// Print the lines, one JSON object each.
    Show(Show),
    /// Print all rows with hash and signature, one JSON object each: what another program can check.
    Export(Place),
    /// Print the last lines, and each new one as it comes.
    Tail(Tail),
}

#[derive(clap::Args)]
struct Place {
    /// Data folder of the service.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// `PostgreSQL` database, when the service has one.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

#[derive(clap::Args)]
struct Verify {
    #[command(flatten)]
    place: Place,
    /// A receipt, as an answer had it, in a file; may be given several times.
    #[arg(long, value_name = "FILE")]
    receipt: Vec<PathBuf>,
    /// Public key, when the installation key is elsewhere; 64 hexadecimal digits.
    #[arg(long, value_name = "HEX")]
    public_key: Option<String>,
}

#[derive(clap::Args)]
struct Show {
    #[command(flatten)]
    place: Place,
    /// The last rows only.
    #[arg(long, value_name = "ROWS")]
    last: Option<usize>,
}

#[derive(clap::Args)]
struct Tail {
    #[command(flatten)]
    place: Place,
    /// Lines to begin with.
    #[arg(long, value_name = "ROWS", default_value_t = 10)]
    last: usize,
    /// Print these and end.
    #[arg(long)]
    once: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Verify(args) => run_verify(args),
        Command::Show(args) => {
            let rows = rows(&args.place)?;
            let skipped = rows.len() - args.last.unwrap_or(rows.len()).min(rows.len());
            for row in &rows[skipped..] {
                super::print(&format!("{}\n", row.line))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Export(place) => {
            for row in rows(place)? {
                let row = serde_json::json!({
                    "chain": row.chain,
                    "seq": row.seq,
                    "line": row.line,
                    "hash": to_hex(&row.hash),
                    "signature": to_hex(&row.signature),
                });
                super::print(&format!("{row}\n"))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Tail(args) => tail(args),
    }
}

/// How often new rows are looked for.
const LOOK: Duration = Duration::from_secs(1);

fn tail(args: &Tail) -> anyhow::Result<ExitCode> {
    let all = rows(&args.place)?;
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for (n, row) in all.iter().enumerate() {
        seen.insert(row.chain.clone(), row.seq);
        if n + args.last >= all.len() {
            super::print(&format!("{}\n", row.line))?;
        }
    }
    if args.once {
        return Ok(ExitCode::SUCCESS);
    }
    loop {
        std::thread::sleep(LOOK);
        let runtime = runtime()?;
        let place = &args.place;
        let new = store::read_ledger_after(&place.data, place.database.as_deref(), &seen);
        for row in runtime.block_on(new)? {
            super::print_or_end(&format!("{}\n", row.line))?;
            seen.insert(row.chain.clone(), row.seq);
        }
    }
}

fn run_verify(args: &Verify) -> anyhow::Result<ExitCode> {
    let data = args.place.data.as_path();
    let public_key = match &args.public_key {
        Some(hex) => from_hex(hex).ok_or_else(|| anyhow!("the public key is not hexadecimal"))?,
        None if data.join("installation.key").exists() => {
            Signer::new(&Key::installation(data)?).public_key()
        }
        None => return Err(anyhow!("no installation key in the data folder; give --public-key")),
    };
    // Read before the rows: a service at work only adds to them.
    let head: Head = HeadFile::read(&data.join("ledger.head"))?;
    let receipts = args.receipt.iter().map(|path| receipt(path));
    let receipts = receipts.collect::<anyhow::Result<Vec<Receipt>>>()?;
    let rows = rows(&args.place)?;
    match verify(&rows, &public_key, &[head], &receipts) {
        Ok(summary) => {
            let rows: u64 = summary.chains.values().sum();
            let chains = summary.chains.len();
            super::print(&format!("the ledger holds: {rows} rows in {chains} chains\n"))?;
            for (event, n) in &summary.events {
                super::print(&format!("{n:>8} {event}\n"))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(broken) => {
            super::print(&format!("the ledger does not hold: {broken}\n"))?;
            Ok(ExitCode::from(1))
        }
    }
}

/// A receipt, alone or inside of an answer.
fn receipt(path: &Path) -> anyhow::Result<Receipt> {
    let text = std::fs::read_to_string(path).context("a receipt cannot be read")?;
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|_| anyhow!("a receipt is not JSON"))?;
    let text = value.get("receipt").unwrap_or(&value).to_string();
    serde_json::from_str(&text).map_err(|_| anyhow!("a receipt is not of its form"))
}

fn rows(place: &Place) -> anyhow::Result<Vec<Row>> {
    Ok(runtime()?.block_on(store::read_ledger(&place.data, place.database.as_deref()))?)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
