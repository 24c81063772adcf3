//! The second process that decodes what could bring a process down. Nobody types this command:
//! [`crate::format`] starts it with the bytes on standard input and reads the answer in JSON.

mod parquet;
mod pdf;

use clap::ValueEnum;
use std::io::{Read as _, Write as _};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct Args {
    /// What the bytes are.
    kind: Kind,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Pdf,
    Parquet,
    ToParquet,
}

/// Longest input: a document, or the columns of one as they are written.
const INPUT: u64 = 256 << 20;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    // Before a byte is read: what follows may be anything.
    #[cfg(unix)]
    confine();
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(INPUT).read_to_end(&mut bytes)?;
    let answer = match args.kind {
        Kind::Pdf => serde_json::to_vec(&pdf::read(&bytes))?,
        Kind::Parquet => serde_json::to_vec(&parquet::read(bytes))?,
        Kind::ToParquet => serde_json::to_vec(&parquet::write(&bytes))?,
    };
    std::io::stdout().lock().write_all(&answer)?;
    Ok(ExitCode::SUCCESS)
}

/// Bounds on this process: 1 GiB of memory, 20 seconds of work, no files written, no core file, and
/// no other process.
#[cfg(unix)]
fn confine() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    for (resource, bound) in [
        (Resource::As, 1 << 30),
        (Resource::Cpu, 20),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Nproc, 0),
    ] {
        // Where less is allowed already, that holds.
        let most = getrlimit(resource).maximum.map_or(bound, |m| m.min(bound));
        let both = Rlimit { current: Some(most), maximum: Some(most) };
        if setrlimit(resource, both).is_err() {
            std::process::exit(3);
        }
    }
}
