//! `caseveil train-typing`: what clues say of types, from the hand-written documents.
//!
//! The engine finds what it finds in each document, and the label that lies over it says what it is;
//! so the weights learn the ends and the classes that the tagger really gives.

use super::random::Random;
use super::template::LearnError;
use crate::audit::{GoldDocument, read_gold};
use crate::case::Case;
use crate::decode::Document;
use crate::detect::{
    Class, Clues, Model, Says, Scratch, TYPES, TYPING_ROWS, Typing, clues_of, may_be,
};
use crate::entity::EntityType;
use crate::pipeline::Deidentifier;
use crate::span::{ByteSpan, char_span_to_bytes};
use rayon::prelude::*;
use std::path::PathBuf;

/// How to train.
#[derive(Clone, Debug)]
pub struct TypingOptions {
    /// The corpus folder.
    pub corpus: PathBuf,
    /// Seed of the order of steps and of what is left out.
    pub seed: u64,
    /// Passes.
    pub epochs: usize,
    /// Percent of clues left out at each stretch.
    pub dropout: usize,
    /// Step size.
    pub rate: f32,
}

/// What training says of itself.
#[derive(Clone, Debug)]
pub struct TypingReport {
    /// Stretches that were learnt from.
    pub stretches: usize,
    /// Loss per stretch of each pass.
    pub losses: Vec<f32>,
}

/// Trains what tells types; the same options and engine give the same bytes.
///
/// # Errors
/// [`LearnError`] when documents cannot be read. Without a tagger nothing is found, and the weights say
/// nothing.
pub fn train_typing(
    engine: &Deidentifier,
    options: &TypingOptions,
) -> Result<(Typing, TypingReport), LearnError> {
    let gold = read_gold(std::slice::from_ref(&options.corpus))
        .map_err(|e| LearnError::Gold { errors: e.len() })?;
    let gold: Vec<_> = gold.into_iter().filter(|d| !d.is_held_out()).collect();
    let untold = engine.model().map(|model| model.clone().with_typing(Typing::default()));
    let examples: Vec<Vec<Example>> = untold.map_or_else(Vec::new, |untold| {
        let of = |scratch: &mut Scratch, document| examples_of(engine, &untold, scratch, document);
        gold.par_iter().map_init(|| engine.scratch(), of).collect()
    });
    let examples = examples.concat();
    let mut random = Random::new(options.seed);
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut trainer = Trainer::new(options);
    let mut losses = Vec::new();
    for pass in 1..=options.epochs {
        for k in (1..order.len()).rev() {
            order.swap(k, random.below(k + 1));
        }
        let loss: f64 =
            order.iter().map(|&n| f64::from(trainer.step(&examples[n], &mut random))).sum();
        losses.push((loss / examples.len().max(1) as f64) as f32);
        if pass * 2 > options.epochs {
            trainer.keep();
        }
    }
    Ok((trainer.quantized(), TypingReport { stretches: examples.len(), losses }))
}

/// Something that was found, and what it is.
#[derive(Clone, Debug)]
struct Example {
    clues: Clues,
    class: Class,
    /// Index among [`TYPES`].
    is: usize,
}

fn examples_of(
    engine: &Deidentifier,
    untold: &Model,
    scratch: &mut Scratch,
    gold: &GoldDocument,
) -> Vec<Example> {
    let case = Case::from_text("", gold.text.as_str());
    let document = Document::new(&case);
    let found = clues_of(&document, engine.rules(), untold, scratch);
    let labels: Vec<_> = gold
        .spans
        .iter()
        .filter(|s| !s.optional)
        .filter_map(|s| {
            let is = EntityType::from_name(&s.kind)?;
            Some((char_span_to_bytes(&gold.text, s.span)?, is))
        })
        .collect();
    let example = |(span, class, clues)| {
        let (_, source) = document.to_source(span)?;
        let over = labels.iter().filter(|(label, _)| label.overlaps(source));
        // The label that most of it lies under, the first of equals.
        let shared =
            |label: &ByteSpan| label.end().min(source.end()) - label.start().max(source.start());
        let (_, is) = over.rev().max_by_key(|(label, _)| shared(label))?;
        let is = TYPES.iter().position(|t| t == is && may_be(class, *t))?;
        Some(Example { clues, class, is })
    };
    found.into_iter().filter_map(example).collect()
}

type Row = [f32; TYPES.len()];

/// Multinomial logistic regression, steps by `AdaGrad`, weights averaged over passes.
struct Trainer {
    rows: Vec<Row>,
    squares: Vec<Row>,
    sums: Vec<Row>,
    kept: u16,
    dropout: usize,
    rate: f32,
}

impl Trainer {
    fn new(options: &TypingOptions) -> Self {
        let rows = vec![[0.0; TYPES.len()]; TYPING_ROWS];
        let squares = vec![[0.0; TYPES.len()]; TYPING_ROWS];
        let (dropout, rate) = (options.dropout, options.rate);
        Self { sums: rows.clone(), rows, squares, kept: 0, dropout, rate }
    }

    /// One step; the loss before it.
    fn step(&mut self, example: &Example, random: &mut Random) -> f32 {
        let Example { clues, class, is } = example;
        let seen: Vec<usize> = clues.rows().filter(|_| !random.percent(self.dropout)).collect();
        // What is left out in training speaks when it is used: the sums stay as large.
        let share = 100.0 / (100.0 - self.dropout as f32);
        let mut odds: Row = [0.0; TYPES.len()];
        for &row in &seen {
            for (o, w) in odds.iter_mut().zip(&self.rows[row]) {
                *o += w * share;
            }
        }
        let open: [bool; TYPES.len()] = std::array::from_fn(|t| may_be(*class, TYPES[t]));
        let most = (0..TYPES.len()).filter(|&t| open[t]).map(|t| odds[t]).fold(f32::MIN, f32::max);
        let mut chances: Row =
            std::array::from_fn(|t| if open[t] { (odds[t] - most).exp() } else { 0.0 });
        let all: f32 = chances.iter().sum();
        for chance in &mut chances {
            *chance /= all;
        }
        let slopes: Row =
            std::array::from_fn(|t| (chances[t] - f32::from(u8::from(t == *is))) * share);
        for &row in &seen {
            let weights = self.rows[row].iter_mut().zip(&mut self.squares[row]);
            for ((weight, square), slope) in weights.zip(slopes).filter(|(_, s)| *s != 0.0) {
                *square += slope * slope;
                *weight -= self.rate * slope / (square.sqrt() + 1e-6);
            }
        }
        -chances[*is].max(1e-9).ln()
    }

    /// The weights as they are count for the result.
    fn keep(&mut self) {
        self.kept += 1;
        for (sum, row) in self.sums.as_flattened_mut().iter_mut().zip(self.rows.as_flattened()) {
            *sum += row;
        }
    }

    fn quantized(self) -> Typing {
        let most = self.sums.as_flattened().iter().fold(0.0f32, |most, w| most.max(w.abs()));
        let step = (most / 127.0).max(f32::MIN_POSITIVE);
        let says = |row: &Row| -> Says { row.map(|w| (w / step).round() as i8) };
        let rows = self.sums.iter().map(says).collect();
        Typing::new(step / f32::from(self.kept.max(1)), rows)
    }
}
