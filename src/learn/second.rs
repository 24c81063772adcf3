//! What the second reading learns from.

use super::boost::boost;
use super::random::Random;
use crate::audit::GoldDocument;
use crate::case::Case;
use crate::decode::Document;
use crate::detect::{Model, Scratch, Trees, Values, values_of};
use crate::entity::EntityType;
use crate::pipeline::Deidentifier;
use crate::span::{ByteSpan, ViewSpan, char_span_to_bytes};
use rayon::prelude::*;

/// The trees of the second reading, from hand-written documents only: what is generated is too like
/// what the chain has learnt from. `models[k]` has not seen the documents of fold `k`.
pub(super) fn second_reading(
    engine: &Deidentifier,
    gold: &[GoldDocument],
    models: &[Model],
    seed: u64,
) -> Trees {
    if models.is_empty() {
        return Trees::default();
    }
    let examples: Vec<Vec<(Values, bool)>> = gold
        .par_iter()
        .enumerate()
        .map_init(
            || engine.scratch(),
            |scratch, (n, document)| {
                second_examples(engine, scratch, document, &models[n % models.len()])
            },
        )
        .collect();
    boost(&examples.concat(), &mut Random::new(seed ^ 0x2ead))
}

/// The tokens of a document that are read again, and whether each identifies; then those of its
/// lines, a few together: a field of a form or a cell of a table is a text of its own.
fn second_examples(
    engine: &Deidentifier,
    scratch: &mut Scratch,
    gold: &GoldDocument,
    model: &Model,
) -> Vec<(Values, bool)> {
    let labels: Vec<Label> = gold
        .spans
        .iter()
        .filter_map(|s| {
            let known = EntityType::from_name(&s.kind).is_some();
            let span = char_span_to_bytes(&gold.text, s.span)?;
            Some(Label { span, teaches: known && !s.optional })
        })
        .collect();
    let mut examples = examples_of(engine, scratch, &gold.text, &labels, model);
    let ends = gold.text.match_indices('\n').map(|(at, _)| at + 1).chain([gold.text.len()]);
    let (mut start, mut lines) = (0, 0);
    for end in ends {
        lines += 1;
        // One line, two, three, one again; never through a label.
        let cuts =
            labels.iter().any(|l| l.span.range().contains(&end) && l.span.range().start < end);
        if lines < 1 + start % 3 || cuts || end == start {
            continue;
        }
        let inside: Vec<Label> = labels
            .iter()
            .filter(|l| l.span.range().start >= start && l.span.range().end <= end)
            .map(|l| Label {
                span: ByteSpan::new(l.span.start() - start as u32, l.span.end() - start as u32),
                ..*l
            })
            .collect();
        let text = &gold.text[start..end];
        examples.extend(examples_of(engine, scratch, text, &inside, model));
        (start, lines) = (end, 0);
    }
    examples
}

/// A labelled stretch of a text; one whose label is optional teaches nothing.
#[derive(Clone, Copy)]
struct Label {
    span: ByteSpan,
    teaches: bool,
}

fn examples_of(
    engine: &Deidentifier,
    scratch: &mut Scratch,
    text: &str,
    labels: &[Label],
    model: &Model,
) -> Vec<(Values, bool)> {
    let case = Case::from_text("", text);
    let document = Document::new(&case);
    let (tokens, values) = values_of(&document, engine.rules(), model, scratch);
    let mut examples = Vec::new();
    for (token, values) in tokens.iter().zip(values) {
        let span = ViewSpan::new(token.start, token.end);
        let (Some(values), Some((_, source))) = (values, document.to_source(span)) else {
            continue;
        };
        match labels.iter().find(|l| l.span.overlaps(source)) {
            Some(label) if !label.teaches => {}
            label => examples.push((values, label.is_some())),
        }
    }
    examples
}
