//! `caseveil train` and `caseveil generate`: weights and documents from template lines.

use crate::learn::{
    Generator, Split, TrainOptions, TypingOptions, WatchOptions, train, train_typing, train_watcher,
};
use crate::pipeline::Deidentifier;
use crate::policy::Policy;
use crate::rules::RuleFiles;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `caseveil train`.
#[derive(clap::Args)]
pub(super) struct TrainArgs {
    /// The corpus folder.
    #[arg(long, default_value = "corpus")]
    corpus: PathBuf,
    /// The rule folder.
    #[arg(long, default_value = "rules")]
    rules: PathBuf,
    /// Where the weights go.
    #[arg(long, default_value = "rules/models/tagger.bin")]
    out: PathBuf,
    /// Where the weights of its network go.
    #[arg(long, default_value = "rules/network/network.bin")]
    network_out: PathBuf,
    /// Seed.
    #[arg(long, default_value_t = 3)]
    seed: u64,
    /// Documents.
    #[arg(long, default_value_t = 32_000)]
    documents: usize,
    /// Passes.
    #[arg(long, default_value_t = 7)]
    epochs: usize,
    /// Percent of the template lines to use.
    #[arg(long, default_value_t = 100)]
    templates: usize,
    /// Percent of features left out at each token.
    #[arg(long, default_value_t = 25)]
    dropout: usize,
    /// Pull of weights towards 0.
    #[arg(long, default_value_t = 1e-4)]
    decay: f32,
    /// Step size.
    #[arg(long, default_value_t = 0.07)]
    rate: f32,
    /// Least occurrences of a feature.
    #[arg(long, default_value_t = 4)]
    least: u32,
    /// Copies of each hand-written document of the corpus.
    #[arg(long, default_value_t = 10)]
    hand: usize,
}

/// Arguments of `caseveil train-typing`.
#[derive(clap::Args)]
pub(super) struct TypingArgs {
    /// The corpus folder.
    #[arg(long, default_value = "corpus")]
    corpus: PathBuf,
    /// The rule folder.
    #[arg(long, default_value = "rules")]
    rules: PathBuf,
    /// Where the weights go.
    #[arg(long, default_value = "rules/typing/typing.bin")]
    out: PathBuf,
    /// Seed.
    #[arg(long, default_value_t = 5)]
    seed: u64,
    /// Passes.
    #[arg(long, default_value_t = 10)]
    epochs: usize,
    /// Percent of clues left out at each stretch.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u8).range(..100))]
    dropout: u8,
    /// Step size.
    #[arg(long, default_value_t = 0.03)]
    rate: f32,
}

/// Arguments of `caseveil train-watcher`.
#[derive(clap::Args)]
pub(super) struct WatcherArgs {
    /// The corpus folder.
    #[arg(long, default_value = "corpus")]
    corpus: PathBuf,
    /// The rule folder.
    #[arg(long, default_value = "rules")]
    rules: PathBuf,
    /// Where the weights go.
    #[arg(long, default_value = "rules/watcher/watcher.bin")]
    out: PathBuf,
    /// Seed.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Documents.
    #[arg(long, default_value_t = 2_500)]
    documents: usize,
    /// Copies of each hand-written document that is learnt from.
    #[arg(long, default_value_t = 4)]
    hand: usize,
    /// Clean documents on which the bound is chosen.
    #[arg(long, default_value_t = 1_000)]
    clean: usize,
    /// How many of a thousand of them may be held.
    #[arg(long, default_value_t = 5)]
    held: usize,
}

/// Arguments of `caseveil generate`.
#[derive(clap::Args)]
pub(super) struct GenerateArgs {
    /// The corpus folder.
    #[arg(long, default_value = "corpus")]
    corpus: PathBuf,
    /// The rule folder.
    #[arg(long, default_value = "rules")]
    rules: PathBuf,
    /// Documents of the training split instead of the development split.
    #[arg(long)]
    train: bool,
    /// Without identifiers.
    #[arg(long)]
    clean: bool,
    /// Seed.
    #[arg(long, default_value_t = 2)]
    seed: u64,
    /// Documents.
    #[arg(long, default_value_t = 900)]
    documents: usize,
}

pub(super) fn run_train(args: &TrainArgs) -> anyhow::Result<ExitCode> {
    // Those that are there may be of another version, or no pair.
    let files = RuleFiles::read(&args.rules)?.without_model();
    let engine = Deidentifier::new(&files, Policy::DEFAULT)?;
    let options = TrainOptions {
        corpus: args.corpus.clone(),
        rules: args.rules.clone(),
        seed: args.seed,
        documents: args.documents,
        epochs: args.epochs,
        templates: args.templates,
        dropout: args.dropout,
        decay: args.decay,
        rate: args.rate,
        least: args.least,
        hand: args.hand,
    };
    let (model, report) = train(&engine, &options)?;
    write_weights(&args.network_out, &model.network_bytes())?;
    write_weights(&args.out, &model.to_bytes())?;
    super::print(&format!(
        "{} tokens, {} features, loss of each pass {:?}\n",
        report.tokens, report.features, report.losses
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn write_weights(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    std::fs::write(path, bytes)
}

pub(super) fn run_train_typing(args: &TypingArgs) -> anyhow::Result<ExitCode> {
    // Those that are there may be of another version.
    let files = RuleFiles::read(&args.rules)?.without_typing();
    let engine = Deidentifier::new(&files, Policy::DEFAULT)?;
    let options = TypingOptions {
        corpus: args.corpus.clone(),
        seed: args.seed,
        epochs: args.epochs,
        dropout: args.dropout.into(),
        rate: args.rate,
    };
    let (typing, report) = train_typing(&engine, &options)?;
    write_weights(&args.out, &typing.to_bytes())?;
    super::print(&format!(
        "{} stretches, loss of each pass {:?}\n",
        report.stretches, report.losses
    ))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn run_train_watcher(args: &WatcherArgs) -> anyhow::Result<ExitCode> {
    let files = RuleFiles::read(&args.rules)?;
    let engine = Deidentifier::new(&files, Policy::DEFAULT)?;
    let options = WatchOptions {
        corpus: args.corpus.clone(),
        rules: args.rules.clone(),
        seed: args.seed,
        documents: args.documents,
        hand: args.hand,
        clean: args.clean,
        held: args.held,
    };
    let (watcher, report) = train_watcher(&engine, &options)?;
    write_weights(&args.out, &watcher.to_bytes())?;
    let (words, identify) = report.words;
    let highest: Vec<f32> = report.clean.iter().step_by(5).take(16).copied().collect();
    super::print(&format!(
        "{words} words, {identify} identify; bound {}; every fifth clean document from the highest {highest:?}\n",
        report.bound
    ))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn run_generate(args: &GenerateArgs) -> anyhow::Result<ExitCode> {
    let split = if args.train { Split::Train } else { Split::Dev };
    let generator = Generator::new(&args.corpus, &args.rules, split, args.seed, 100)?;
    let mut out = String::new();
    for n in 0..args.documents {
        let d = generator.document(n, args.clean);
        let spans: Vec<_> = d
            .spans
            .iter()
            .map(|s| {
                let kind = format!("{:?}", s.class).to_uppercase();
                json!({"start": s.span.start, "end": s.span.end, "type": kind, "form": s.form, "culture": s.culture})
            })
            .collect();
        let meta = json!({"layout": d.layout, "noise": d.noise});
        out.push_str(
            &json!({"id": d.id, "lang": d.lang, "meta": meta, "text": d.text, "spans": spans})
                .to_string(),
        );
        out.push('\n');
    }
    super::print(&out)?;
    Ok(ExitCode::SUCCESS)
}
