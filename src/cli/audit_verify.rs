//! `caseveil audit verify`: a signed result against its signature, corpus and rules, offline.

use super::engine::rule_files;
use crate::audit::{corpus_digests, digest, public_key, sign, verify};
#[cfg(feature = "service")]
use crate::pipeline::Deidentifier;
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
    Ok(rule_files(rules)?.model_digest())
}

/// The digest of a signed result, when it is one by which this engine may serve: signed with the key,
/// about the same rules, policy and program, and with every gate passed.
///
/// # Errors
/// What is missing, so that the server does not start.
#[cfg(feature = "service")]
pub(super) fn serving(file: &Path, key: &Path, engine: &Deidentifier) -> anyhow::Result<String> {
    let key = public_key(&read(key, "the public key")?)?;
    let text = read(file, "the signed result")?;
    let (result, _) = verify(&text, Some(&key))?;
    let program = std::env::current_exe().and_then(fs::read).context("the program's own file")?;
    let is = |at: &str, value: &str| result.pointer(at).and_then(Value::as_str) == Some(value);
    for (same, what) in [
        (is("/subject/rules", engine.rules().digest.as_str()), "rules"),
        (is("/engine/policy_digest", &engine.policy().digest), "policy"),
        (is("/subject/binary", &digest(&program)), "program"),
    ] {
        if !same {
            bail!("not serving: the audit is about another {what} than this; run it again");
        }
    }
    let threshold = json!(super::audit_run::exact(engine.tuning().threshold));
    let whole = result["engine"]["names"] == json!(true) && result["only"].is_null();
    if !whole || result["engine"]["threshold"] != threshold {
        bail!("not serving: the audit measured a part of the documents or of the engine");
    }
    match result.pointer("/gates/shortfalls").and_then(Value::as_array) {
        None => bail!("not serving: the audit was made without --gate"),
        Some(short) if !short.is_empty() => {
            bail!("not serving: {} figures of the audit fall short of their gates", short.len())
        }
        Some(_) => Ok(digest(text.as_bytes())),
    }
}

fn read(path: &Path, what: &str) -> anyhow::Result<String> {
    fs::read_to_string(path).map_err(|e| anyhow!("cannot read {what}: {}", e.kind()))
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
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
