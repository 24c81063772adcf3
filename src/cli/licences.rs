//! `caseveil licences`: under which licences the program and the tables inside it stand.

use anyhow::Result;
use std::process::ExitCode;

/// The program's own licence, and the notices of the embedded tables, each with its heading.
const NOTICES: [(&str, &str); 4] = [
    ("Caseveil: Apache License 2.0", include_str!("../../LICENSE")),
    ("Word lists compiled into the program", include_str!("../../rules/lexicons/NOTICE")),
    (
        "Word frequencies, compiled apart under CC BY-SA 4.0",
        include_str!("../../rules/lexicons/share_alike/NOTICE"),
    ),
    (
        "Creative Commons Attribution-ShareAlike 4.0 International",
        include_str!("../../rules/lexicons/share_alike/LICENSE"),
    ),
];

#[derive(clap::Args)]
pub(super) struct Args {
    /// With the full texts of the licences.
    #[arg(long)]
    full: bool,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let mut out = String::new();
    for (heading, text) in NOTICES {
        out += &format!("== {heading} ==\n\n");
        // A licence text is long and known; the notices name every source.
        let is_licence_text = text.len() > 8_000;
        if args.full || !is_licence_text {
            out += text.trim_end();
            out.push_str("\n\n");
        } else {
            out += "The full text: caseveil licences --full\n\n";
        }
    }
    super::print(&out)?;
    Ok(ExitCode::SUCCESS)
}
