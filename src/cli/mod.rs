//! The command line: what operators, evaluators and rule authors type.

mod apart;
mod engine;
mod disclosure;
mod held_out;
mod detect;
mod explain;
mod watch;
mod scrub;
mod rescan;
mod ablation;
mod audit_verify;
mod audit_plan;
mod audit_run;
mod audit_print;
mod audit_page;
mod audit_args;
mod audit_outcome;
mod audit;
mod corpus_formats;
mod corpus;
mod learn;
mod coverage;
mod rules;
mod licences;
mod policy;
mod form;
mod key;
#[cfg(feature = "service")]
mod serve;
#[cfg(feature = "service")]
mod ledger;
#[cfg(feature = "service")]
mod keys;

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
    /// Mask files and folders into an output folder, or standard input to standard output.
    Scrub(scrub::Args),
    /// List released documents in which new rules find what the old ones let through.
    Rescan(rescan::Args),
    /// Print the spans of identifiers, one JSON line a document.
    Detect(detect::Args),
    /// Measure the engine on labelled documents: recall by type, leaks, over-redaction.
    Audit(audit::Args),
    /// Check and compile the gold documents.
    Corpus(corpus::Args),
    /// Say why each finding of a file was masked or not; its text only when asked for.
    Explain(explain::Args),
    /// Check, list and show rules.
    Rules(rules::Args),
    /// Show, compare and check policies.
    Policy(policy::Args),
    /// Import a REDCap data dictionary as a form definition; check form definitions.
    Form(form::Args),
    /// Scrub a REDCap export, flat or EAV, and write it back in import shape.
    Redcap(form::RedcapArgs),
    /// The key of keyed policies: make its file; open what it sealed.
    #[command(name = "policy-key", alias = "key")]
    Key(key::Args),
    /// Make the tagger's weights from template lines.
    Train(learn::TrainArgs),
    /// Make the weights that tell types and roles, from the hand-written documents.
    TrainTyping(learn::TypingArgs),
    /// Make the weights of the gate's own model from the same texts.
    TrainWatcher(learn::WatcherArgs),
    /// Make labelled synthetic documents from template lines.
    Generate(learn::GenerateArgs),
    /// Print the licences and notices of the program and of its embedded tables.
    Licences(licences::Args),
    /// Decode a document in a process of its own; started by the others.
    #[command(hide = true)]
    DecodeApart(apart::Args),
    /// Run the HTTP gate: cases in, masked cases to the hub.
    #[cfg(feature = "service")]
    Serve(serve::Args),
    /// Check the ledger of the gate, or print it.
    #[cfg(feature = "service")]
    Ledger(ledger::Args),
    /// Keys of the gate: for spokes and reviewers, and for sealing held cases.
    #[cfg(feature = "service")]
    Keys(keys::Args),
}

/// Runs the command line; the exit code of the process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    silence_panics();
    name_decoder();
    let done = match cli.command {
        Command::Scrub(args) => scrub::run(&args),
        Command::Rescan(args) => rescan::run(&args),
        Command::Detect(args) => detect::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Corpus(args) => corpus::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Form(args) => form::run(&args),
        Command::Redcap(args) => form::run_redcap(&args),
        Command::Key(args) => key::run(&args),
        Command::Train(args) => learn::run_train(&args),
        Command::TrainTyping(args) => learn::run_train_typing(&args),
        Command::TrainWatcher(args) => learn::run_train_watcher(&args),
        Command::Generate(args) => learn::run_generate(&args),
        Command::Licences(args) => licences::run(&args),
        Command::DecodeApart(args) => apart::run(&args),
        #[cfg(feature = "service")]
        Command::Serve(args) => serve::run(&args),
        #[cfg(feature = "service")]
        Command::Ledger(args) => ledger::run(&args),
        #[cfg(feature = "service")]
        Command::Keys(args) => keys::run(&args),
    };
    match done {
        Ok(code) => code,
        // A reader that has gone away has what it wanted.
        Err(e) if is_broken_pipe(&e) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("caseveil: {e:#}");
            ExitCode::from(1)
        }
    }
}

/// What is decoded apart is decoded by this program.
fn name_decoder() {
    // On Linux by the file that runs, also when another has taken its place since.
    let running = std::path::Path::new("/proc/self/exe");
    let own = if running.exists() { Ok(running.to_owned()) } else { std::env::current_exe() };
    if let Ok(own) = own {
        crate::format::set_decoder(own);
    }
}

/// A panic's message can quote the text at hand, so that only its place in our code is printed.
fn silence_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|l| format!(" at {}:{}", l.file(), l.line()));
        eprintln!("caseveil: internal error{}", place.unwrap_or_default());
    }));
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = |e: &(dyn std::error::Error + 'static)| {
        e.downcast_ref::<std::io::Error>().map(std::io::Error::kind)
    };
    error.chain().any(|e| kind(e) == Some(std::io::ErrorKind::BrokenPipe))
}

/// As [`print()`], for what goes on for ever: a reader that has gone away ends it.
#[cfg(feature = "service")]
fn print_or_end(text: &str) -> anyhow::Result<()> {
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// Writes to standard output; a reader that has gone away is no error.
fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}
