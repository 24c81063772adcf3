//! The command line: what operators, evaluators and rule authors type.

mod detect;
mod learn;
mod rules;
#[cfg(feature = "service")]
mod serve;

use clap::{Parser, Subcommand};
use std::io::Write as _;
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
    /// Check, list and show rules.
    Rules(rules::Args),
    /// Make the tagger's weights from template lines.
    Train(learn::TrainArgs),
    /// Make labelled synthetic documents from template lines.
    Generate(learn::GenerateArgs),
    /// Run the HTTP gate: cases in, masked cases to the hub.
    #[cfg(feature = "service")]
    Serve(serve::Args),
}

/// Runs the command line; the exit code of the process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Detect(args) => detect::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Train(args) => learn::run_train(&args),
        Command::Generate(args) => learn::run_generate(&args),
        #[cfg(feature = "service")]
        Command::Serve(args) => serve::run(&args),
    };
    match done {
        Ok(code) => code,
        Err(e) => {
            eprintln!("caseveil: {e:#}");
            ExitCode::from(1)
        }
    }
}

/// Writes to standard output; a reader that has gone away is no error.
fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}
