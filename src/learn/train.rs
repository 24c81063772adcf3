//! `caseveil train`: documents, features, weights.

use super::crf::{Example, Rates, Texts, Trainer};
use super::document::{Generated, Generator, Split};
use super::network::{Pace, fit_network, network_texts};
use super::random::Random;
use super::second::second_reading;
use super::template::LearnError;
use crate::audit::{GoldDocument, read_gold};
use crate::case::Case;
use crate::decode::Document;
use crate::detect::{Class, Model, Network, Scratch, features_of};
use crate::pipeline::Deidentifier;
use crate::span::{ByteSpan, char_span_to_bytes};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// How to train.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// The corpus folder, with `templates` and `lists`.
    pub corpus: PathBuf,
    /// The rule folder.
    pub rules: PathBuf,
    /// Seed of the generator and of the order of steps.
    pub seed: u64,
    /// Documents to make; the network learns from 8,000 of them at most.
    pub documents: usize,
    /// Passes over them.
    pub epochs: usize,
    /// Percent of the template lines to use.
    pub templates: usize,
    /// Percent of features left out at each token.
    pub dropout: usize,
    /// Pull of weights towards 0.
    pub decay: f32,
    /// Step size.
    pub rate: f32,
    /// Least occurrences of a feature.
    pub least: u32,
    /// Copies of each hand-written document of the corpus; the network learns from 5 at most.
    pub hand: usize,
}

/// What training says of itself.
#[derive(Clone, Debug)]
pub struct TrainReport {
    /// Tokens seen in one pass.
    pub tokens: usize,
    /// Distinct features before pruning.
    pub features: usize,
    /// Loss per token of each pass.
    pub losses: Vec<f32>,
}

/// Trains weights on generated documents; the same options give the same bytes.
///
/// # Errors
/// [`LearnError`] when templates or lists cannot be read.
pub fn train(
    engine: &Deidentifier,
    options: &TrainOptions,
) -> Result<(Model, TrainReport), LearnError> {
    let generator = Generator::new(
        &options.corpus,
        &options.rules,
        Split::Train,
        options.seed,
        options.templates,
    )?;
    let gold = if options.hand == 0 { Vec::new() } else { hand_written(&options.corpus)? };
    let copies = gold.len() * options.hand;
    let examples: Vec<Example> = (0..options.documents + copies)
        .into_par_iter()
        .map_init(
            || engine.scratch(),
            |scratch, n| {
                let document = match n.checked_sub(options.documents) {
                    Some(k) => generator.hand_document(&gold[k / options.hand], k % options.hand),
                    // One in five has no identifier at all.
                    None => generator.document(n, n % 5 == 4),
                };
                example(engine, scratch, &document)
            },
        )
        .collect();
    let tokens = examples.iter().map(Example::tokens).sum();
    let texts = Texts::new(examples, options.least);
    // The fold of a text, of which the model of that fold has seen nothing.
    let fold_of = |text: usize| Some(text.checked_sub(options.documents)? / options.hand % FOLDS);
    let folds = if gold.is_empty() { 0 } else { FOLDS };
    let mut fitted: Vec<(Model, Vec<f32>)> = (0..=folds)
        .into_par_iter()
        .map(|fold| {
            let left_out = fold.checked_sub(1);
            let which = (0..texts.len())
                .filter(|&text| left_out.is_none() || fold_of(text) != left_out)
                .collect();
            fit(&texts, which, options)
        })
        .collect();
    let features = texts.features();
    drop(texts);
    let networks = networks(engine, &generator, &gold, options);
    for ((model, _), network) in fitted.iter_mut().zip(networks) {
        *model = model.clone().with_network(Some(network));
    }
    let (model, losses) = fitted.remove(0);
    let models: Vec<Model> = fitted.into_iter().map(|(model, _)| model).collect();
    let second = second_reading(engine, &gold, &models, options.seed);
    Ok((model.with_second(second), TrainReport { tokens, features, losses }))
}

/// Parts of the hand-written documents: the second reading learns from each what chain and network
/// that have not seen it make of it.
const FOLDS: usize = 3;

/// The networks of all texts, and of all but those of each fold.
fn networks(
    engine: &Deidentifier,
    generator: &Generator,
    gold: &[GoldDocument],
    options: &TrainOptions,
) -> Vec<Network> {
    if gold.is_empty() {
        return Vec::new();
    }
    let texts = network_texts(engine, generator, gold, options.hand, options.documents);
    (0..=FOLDS)
        .into_par_iter()
        .map(|fold| {
            let left_out = fold.checked_sub(1);
            let fold_of = |text: usize| Some(texts[text].document? % FOLDS);
            let which: Vec<usize> = (0..texts.len())
                .filter(|&text| left_out.is_none() || fold_of(text) != left_out)
                .collect();
            fit_network(&texts, &which, Pace::default(), options.seed)
        })
        .collect()
}

/// Weights of the chain from those of the texts, and the loss per token of each pass.
fn fit(texts: &Texts, which: Vec<usize>, options: &TrainOptions) -> (Model, Vec<f32>) {
    let rates = Rates { rate: options.rate, decay: options.decay, dropout: options.dropout };
    let mut trainer = Trainer::new(texts, which, rates);
    let mut random = Random::new(options.seed ^ 0x5eed);
    let mut losses = Vec::new();
    // Half way is early enough for the rest to adapt to what is left; what the first pass behind it
    // has not adapted yet is not averaged.
    let pruned = options.epochs / 2;
    for pass in 1..=options.epochs {
        losses.push(trainer.pass(&mut random));
        if pass == pruned {
            trainer.prune();
        }
        if pass == pruned + 1 {
            trainer.average_from_here();
        }
    }
    (trainer.quantized(), losses)
}

/// The hand-written documents that may be learnt from: not those held out.
fn hand_written(corpus: &Path) -> Result<Vec<GoldDocument>, LearnError> {
    let gold = read_gold(&[corpus.to_owned()]).map_err(|e| LearnError::Gold { errors: e.len() })?;
    Ok(gold.into_iter().filter(|d| !d.is_held_out()).collect())
}

fn example(engine: &Deidentifier, scratch: &mut Scratch, generated: &Generated) -> Example {
    let case = Case::from_text("", generated.text.clone());
    let document = Document::new(&case);
    let (tokens, features) = features_of(&document, engine.rules(), scratch);
    let gold: Vec<(ByteSpan, Class)> = generated
        .spans
        .iter()
        .filter_map(|s| Some((char_span_to_bytes(&generated.text, s.span)?, s.class)))
        .collect();
    let mut at = 0;
    let classes = tokens.iter().map(|t| {
        let span = crate::span::ViewSpan::new(t.start, t.end);
        let Some((_, source)) = document.to_source(span) else { return Class::O as u8 };
        while at < gold.len() && gold[at].0.end() <= source.start() {
            at += 1;
        }
        match gold.get(at) {
            Some((g, class)) if g.overlaps(source) => *class as u8,
            _ => Class::O as u8,
        }
    });
    Example::new(&features, classes.collect())
}
