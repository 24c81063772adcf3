//! The command line: what operators, evaluators and rule authors type.

mod detect;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "caseveil", version, about = "De-identifies clinical cases")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the spans of identifiers, one JSON line a document.
    Detect(detect::Args),
}

/// Runs the command line; the exit code of the process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Detect(args) => detect::run(&args),
    };
    match done {
        Ok(code) => code,
        Err(e) => {
            eprintln!("caseveil: {e:#}");
            ExitCode::from(1)
        }
    }
}
