//! `caseveil policy`: what each policy does, how two differ, and whether they may be used.

use super::engine::rule_files;
use crate::policy::{self, Policy, Setting};
use crate::rules::{RuleFiles, RuleSet};
use clap::Subcommand;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `caseveil policy`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
    /// A rule folder instead of the embedded one.
    #[arg(long, global = true)]
    rules: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Print what a policy does to each type; without a name, list the policies.
    Show {
        /// The policy.
        name: Option<String>,
    },
    /// Print the types that two policies treat differently.
    Diff {
        /// The one.
        one: String,
        /// The other.
        other: String,
    },
    /// Check all policies, or one: schema, inheritance, legal basis. Exit status 1 when one fails.
    Check {
        /// The policy.
        name: Option<String>,
    },
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let files = rule_files(args.rules.as_deref())?;
    match &args.command {
        Command::Show { name: None } => super::print(&list(&files)?)?,
        Command::Show { name: Some(name) } => super::print(&show(&Policy::load(&files, name)?))?,
        Command::Diff { one, other } => {
            super::print(&diff(&Policy::load(&files, one)?, &Policy::load(&files, other)?))?;
        }
        Command::Check { name } => {
            let names = name.clone().map_or_else(|| policy::names(&files), |n| vec![n]);
            let (text, good) = check(&files, &names)?;
            super::print(&text)?;
            return Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(1) });
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(files: &RuleFiles) -> anyhow::Result<String> {
    let mut out = String::new();
    for name in policy::names(files) {
        let policy = Policy::load(files, &name)?;
        writeln!(out, "{name} {}  {}", policy.version, policy.summary)?;
    }
    Ok(out)
}

fn described(settings: &[Setting]) -> String {
    settings.iter().map(Setting::describe).collect::<Vec<_>>().join("; else ")
}

fn show(policy: &Policy) -> String {
    let mut out =
        format!("{} {}\n{}\n{}\n", policy.id, policy.version, policy.digest, policy.summary);
    if !policy.extends.is_empty() {
        let _ = writeln!(out, "extends {}", policy.extends.join(", "));
    }
    let keyed = policy.keyed_operators();
    if !keyed.is_empty() {
        let _ = writeln!(out, "needs a key: {}", keyed.join(", "));
    }
    out.push('\n');
    for (name, settings) in policy.table() {
        let _ = writeln!(out, "{name:<18} {}", described(&settings));
    }
    out
}

fn diff(one: &Policy, other: &Policy) -> String {
    let table = |p: &Policy| -> BTreeMap<String, String> {
        p.table().iter().map(|(n, s)| (n.clone(), described(s))).collect()
    };
    let (left, right) = (table(one), table(other));
    let mut out = String::new();
    for (name, _) in one.table().iter().chain(other.table().iter().filter(|(n, _)| n.contains(':')))
    {
        let (a, b) = (left.get(name), right.get(name));
        if a != b {
            let side = |s: Option<&String>| s.map_or("as the type", String::as_str).to_owned();
            let line = format!("{name:<18} {}  ->  {}\n", side(a), side(b));
            if !out.contains(&line) {
                out.push_str(&line);
            }
        }
    }
    out
}

fn check(files: &RuleFiles, names: &[String]) -> anyhow::Result<(String, bool)> {
    let taxonomy = RuleSet::compile(files)?.taxonomy;
    let (mut out, mut good) = (String::new(), true);
    for name in names {
        match Policy::load(files, name) {
            Err(e) => {
                good = false;
                writeln!(out, "{name:<18} refused: {e}")?;
            }
            Ok(policy) => {
                let problems = policy::problems(&policy, &taxonomy);
                let verdict = if problems.is_empty() { "ok" } else { "not ok" };
                writeln!(out, "{name:<18} {} {verdict}", policy.version)?;
                for problem in &problems {
                    good = false;
                    writeln!(out, "  {problem}")?;
                }
            }
        }
    }
    Ok((out, good))
}
