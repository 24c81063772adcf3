//! `caseveil keys`: new keys. What is printed once is not kept anywhere.

use crate::keys::{Key, random, to_hex};
use sha2::{Digest as _, Sha256};
use std::process::ExitCode;

/// Arguments of `caseveil keys`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// A key for a spoke or a person: the key, and its entry for the access file.
    New {
        /// Whose it is; the ledger knows it as a keyed id.
        #[arg(long)]
        id: String,
        /// What it allows: submit, review, release, audit, admin; may be given several times.
        #[arg(long, required = true, value_parser = ["submit", "review", "release", "audit", "admin"])]
        scope: Vec<String>,
        /// When it expires, such as 2027-01-01T00:00:00Z.
        #[arg(long)]
        expires: Option<jiff::Timestamp>,
    },
    /// A key that seals held cases: put it into a file for its owner only, and name it with --seal-key.
    Seal,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::New { id, scope, expires } => {
            let key = format!("cv_{}", to_hex(&random::<32>()?));
            let expires = expires.map(|at| format!("expires = \"{at}\"\n")).unwrap_or_default();
            super::print(&format!(
                "key, shown once: {key}\n\n[[key]]\nid = {}\nsha256 = \"{}\"\nscopes = {:?}\n{expires}",
                toml::Value::String(id.clone()),
                to_hex(&Sha256::digest(key.as_bytes())),
                scope,
            ))?;
        }
        Command::Seal => super::print(&format!("{}\n", to_hex(Key::random()?.bytes())))?,
    }
    Ok(ExitCode::SUCCESS)
}
