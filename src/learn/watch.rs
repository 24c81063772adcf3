//! `caseveil train-watcher`: the gate's own model, from texts in which some identifiers are masked.
//!
//! In each text a part of the identifiers is covered, from none to nearly all, as when a recognizer
//! fails; what stands open must be told from what is none. The bound is chosen on clean documents of
//! the development split, so that few of them are held.

use super::boost::boost;
use super::document::{Generated, Generator, Split};
use super::random::Random;
use super::template::LearnError;
use crate::audit::read_gold;
use crate::case::Case;
use crate::decode::Document;
use crate::detect::Class;
use crate::gate::{Seen, Sight, Watcher};
use crate::pipeline::Deidentifier;
use crate::span::{ByteSpan, ViewSpan, char_span_to_bytes};
use rayon::prelude::*;
use std::path::PathBuf;

/// How to train the watcher.
#[derive(Clone, Debug)]
pub struct WatchOptions {
    /// The corpus folder, with `templates` and `lists`.
    pub corpus: PathBuf,
    /// The rule folder.
    pub rules: PathBuf,
    /// Seed of the generator, of what is covered and of the trees.
    pub seed: u64,
    /// Documents to make.
    pub documents: usize,
    /// Copies of each hand-written document that is learnt from.
    pub hand: usize,
    /// Clean documents on which the bound is chosen.
    pub clean: usize,
    /// How many of a thousand of them the watcher may hold.
    pub held: usize,
}

/// So many of a hundred identifiers of a text are covered.
const COVERED: [usize; 6] = [0, 0, 25, 50, 75, 92];

/// The bound never lies outside of these.
const BOUNDS: (f32, f32) = (0.2, 0.999);

/// What training says of itself.
#[derive(Clone, Debug)]
pub struct WatchReport {
    /// Words that were learnt from, and how many of them identify.
    pub words: (usize, usize),
    /// From which probability on a word holds its case.
    pub bound: f32,
    /// Highest probability in each clean document, from the highest down.
    pub clean: Vec<f32>,
}

/// Trains the watcher; the same options give the same bytes. Of the hand-written documents it learns
/// from every second one, so that the others can measure it.
///
/// # Errors
/// [`LearnError`] when templates, lists or documents cannot be read.
pub fn train_watcher(
    engine: &Deidentifier,
    options: &WatchOptions,
) -> Result<(Watcher, WatchReport), LearnError> {
    let make = |split, seed| Generator::new(&options.corpus, &options.rules, split, seed, 100);
    let generator = make(Split::Train, options.seed)?;
    let gold = read_gold(std::slice::from_ref(&options.corpus))
        .map_err(|e| LearnError::Gold { errors: e.len() })?;
    let gold: Vec<_> = gold.into_iter().filter(|d| !d.is_held_out()).skip(1).step_by(2).collect();
    let examples: Vec<Vec<(Seen, bool)>> = (0..options.documents + gold.len() * options.hand)
        .into_par_iter()
        .map(|n| {
            let document = match n.checked_sub(options.documents) {
                Some(k) => generator.hand_document(&gold[k / options.hand], k % options.hand),
                None => generator.document(n, n % 3 == 2),
            };
            let seed = options.seed ^ (n as u64).wrapping_mul(0x9e37_79b9);
            examples_of(engine, &document, &mut Random::new(seed))
        })
        .collect();
    let examples = examples.concat();
    let words = (examples.len(), examples.iter().filter(|e| e.1).count());
    let trees = boost(&examples, &mut Random::new(options.seed ^ 0x7a7c));
    drop(examples);
    let watcher = Watcher::new(trees, BOUNDS.1);
    let dev = make(Split::Dev, options.seed)?;
    let mut clean: Vec<f32> = (0..options.clean)
        .into_par_iter()
        .map_init(
            || engine.scratch(),
            |scratch, n| {
                let case = Case::from_text("", dev.document(n, true).text);
                let (masked, record) = engine.deidentify(&case, scratch);
                let lexicon = &engine.rules().lexicon;
                let seen = watcher.look(&case, &masked, &record.entities, lexicon);
                seen.into_iter().map(|(_, p)| p).fold(0.0, f32::max)
            },
        )
        .collect();
    clean.sort_by(|a, b| b.total_cmp(a));
    let allowed = options.clean * options.held / 1000;
    // Just above the likeliest word of the first document that must not be held.
    let bound = clean.get(allowed).map_or(BOUNDS.1, |p| p + 0.002).clamp(BOUNDS.0, BOUNDS.1);
    Ok((watcher.bounded(bound), WatchReport { words, bound, clean }))
}

/// The words of a document that stand open when some of its identifiers are covered.
fn examples_of(
    engine: &Deidentifier,
    document: &Generated,
    random: &mut Random,
) -> Vec<(Seen, bool)> {
    let covered = *random.pick(&COVERED);
    let spans: Vec<(ByteSpan, Class, bool)> = document
        .spans
        .iter()
        .filter_map(|s| {
            let span = char_span_to_bytes(&document.text, s.span)?;
            // Occupations single out hardly anybody: they stand open and teach nothing.
            Some((span, s.class, s.class != Class::Profession && random.percent(covered)))
        })
        .collect();
    let case = Case::from_text("", document.text.clone());
    let view = Document::new(&case);
    let own = |span: ViewSpan| {
        let (_, source) = view.to_source(span)?;
        let at = spans.partition_point(|(s, ..)| s.end() <= source.start());
        spans.get(at).filter(|(s, ..)| s.overlaps(source))
    };
    let sight = Sight::new(view.view(), &engine.rules().lexicon, |token| {
        own(ViewSpan::new(token.start, token.end)).is_some_and(|(_, _, covered)| *covered)
    });
    let examples =
        sight.open().filter_map(|(i, token)| match own(ViewSpan::new(token.start, token.end)) {
            Some((_, Class::Profession, _)) => None,
            own => Some((sight.values(i), own.is_some())),
        });
    examples.collect()
}
