//! `caseveil audit verify`: a signed result against its signature, corpus and rules, offline.

use super::engine::rule_files;
use crate::audit::{corpus_digests, digest, public_key, sign, verify};
use anyhow::{Context as _, anyhow, bail};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `caseveil audit verify`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The signed result.
    file: PathBuf,
    /// The public key of who must have signed, PEM; without it only integrity is shown.
    #[arg(long, value_name = "PUBLIC.pem")]
    key: Option<PathBuf>,
    /// The corpus that must have been measured; once for each path, in the order of the audit.
    #[arg(long, value_name = "PATH")]
    corpus: Vec<PathBuf>,
    /// The rule folder that must have been in force.
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
}

/// Signs a result and writes it.
pub(super) fn write(result: &Value, key: &Path, out: &Path) -> anyhow::Result<()> {
    let pem = fs::read_to_string(key)
        .map_err(|e| anyhow!("cannot read the signing key: {}", e.kind()))?;
    fs::write(out, sign(result, &pem)?)
        .map_err(|e| anyhow!("cannot write the signed result: {}", e.kind()))
}

/// What the result is about: digests of the corpus, of the rules with the model, of the program.
pub(super) fn subject(corpus: &[PathBuf], rules: Option<&Path>) -> anyhow::Result<Value> {
    let program = std::env::current_exe().and_then(fs::read).context("the program's own file")?;
    Ok(json!({
        "corpus": digests(corpus)?,
        "rules": rule_files(rules)?.digest(),
        "model": model(rules)?,
        "binary": digest(&program),
        "version": env!("CARGO_PKG_VERSION"),
    }))
}

fn digests(corpus: &[PathBuf]) -> anyhow::Result<Value> {
    let tables = corpus_digests(corpus).map_err(|errors| {
        anyhow!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })?;
    Ok(json!(tables))
}

/// The digest of the tagger's weights; null without them.
fn model(rules: Option<&Path>) -> anyhow::Result<Option<String>> {
    let files = rule_files(rules)?;
    Ok(Some(files.model()).filter(|weights| !weights.is_empty()).map(digest))
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let read = |path: &Path, what: &str| {
        fs::read_to_string(path).map_err(|e| anyhow!("cannot read {what}: {}", e.kind()))
    };
    let key = args.key.as_deref().map(|path| read(path, "the public key")).transpose()?;
    let key = key.as_deref().map(public_key).transpose()?;
    let (result, signer) = verify(&read(&args.file, "the signed result")?, key.as_deref())?;
    let subject = &result["subject"];
    if !args.corpus.is_empty() && digests(&args.corpus)? != subject["corpus"] {
        bail!("the corpus is not the one that was measured: a file was changed, added or removed");
    }
    if let Some(dir) = &args.rules
        && rule_files(Some(dir))?.digest() != subject["rules"]
    {
        bail!("the rules are not those that were measured");
    }
    let by = if key.is_some() { "the given key" } else { "a key that nobody vouches for" };
    let not = |given: bool| if given { "as measured" } else { "not checked" };
    super::print(&format!(
        "unchanged since it was signed with {by}: {signer}\ncorpus {}  rules {}\n",
        not(!args.corpus.is_empty()),
        not(args.rules.is_some())
    ))?;
    Ok(ExitCode::SUCCESS)
}
