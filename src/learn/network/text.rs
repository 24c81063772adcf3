//! Texts that the network learns from.

use super::super::document::{Generated, Generator};
use super::super::hand::class_of;
use crate::audit::GoldDocument;
use crate::case::Case;
use crate::decode::Document;
use crate::detect::{Class, Scratch, network_rows_of};
use crate::entity::EntityType;
use crate::pipeline::Deidentifier;
use crate::span::{ByteSpan, ViewSpan, char_span_to_bytes};
use rayon::prelude::*;

/// How often each hand-written document is shown at most, once as it is.
const COPIES: usize = 5;
/// Generated documents at most: more of them change nothing.
const GENERATED: usize = 8_000;
/// In the place of a class: teaches nothing.
const NO_CLASS: u8 = u8::MAX;

/// A text: for each token its features as rows of the network's table, and its class.
pub(in crate::learn) struct NetworkText {
    /// The hand-written document that it is a copy of.
    pub(in crate::learn) document: Option<usize>,
    rows: Vec<u16>,
    ends: Vec<u32>,
    /// One beyond the last class teaches nothing.
    pub(super) classes: Vec<u8>,
}

impl NetworkText {
    /// A text of these rows and classes, one of each for a token.
    pub(super) fn of(
        document: Option<usize>,
        tokens: impl IntoIterator<Item = (Vec<u16>, u8)>,
    ) -> Self {
        let mut text = Self { document, rows: Vec::new(), ends: Vec::new(), classes: Vec::new() };
        for (rows, class) in tokens {
            text.rows.extend(rows);
            text.ends.push(text.rows.len() as u32);
            text.classes.push(class);
        }
        text
    }

    pub(super) fn rows_of(&self, token: usize) -> &[u16] {
        let start = token.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.rows[start as usize..self.ends[token] as usize]
    }
}

/// So many copies of every hand-written document, the first as it is and the others with other
/// names in them, and so many generated ones.
pub(in crate::learn) fn network_texts(
    engine: &Deidentifier,
    generator: &Generator,
    gold: &[GoldDocument],
    copies: usize,
    generated: usize,
) -> Vec<NetworkText> {
    let copies = copies.min(COPIES);
    let hand = gold.len() * copies;
    (0..hand + generated.min(GENERATED))
        .into_par_iter()
        .map_init(
            || engine.scratch(),
            |scratch, n| {
                let document = (n < hand).then_some(n / copies);
                let (text, labels) = match document.map(|d| &gold[d]) {
                    Some(own) if n % copies == 0 => (own.text.clone(), labels_of(own)),
                    Some(own) => made(generator.hand_document(own, n % copies)),
                    // One in five has no identifier at all.
                    None => made(generator.document(n, n % 5 == 4)),
                };
                network_text(engine, scratch, text, &labels, document)
            },
        )
        .collect()
}

/// Labels of a document as it is; an optional one teaches nothing.
fn labels_of(gold: &GoldDocument) -> Vec<(ByteSpan, u8)> {
    let label = |s: &crate::audit::GoldSpan| {
        let span = char_span_to_bytes(&gold.text, s.span)?;
        let class = EntityType::from_name(&s.kind)
            .filter(|_| !s.optional)
            .and_then(|entity| class_of(entity, false));
        Some((span, class.map_or(NO_CLASS, |class| class as u8)))
    };
    gold.spans.iter().filter_map(label).collect()
}

fn made(generated: Generated) -> (String, Vec<(ByteSpan, u8)>) {
    let labels = generated
        .spans
        .iter()
        .filter_map(|s| Some((char_span_to_bytes(&generated.text, s.span)?, s.class as u8)));
    let labels = labels.collect();
    (generated.text, labels)
}

fn network_text(
    engine: &Deidentifier,
    scratch: &mut Scratch,
    text: String,
    labels: &[(ByteSpan, u8)],
    document: Option<usize>,
) -> NetworkText {
    let case = Case::from_text("", text);
    let decoded = Document::new(&case);
    let (tokens, features) = network_rows_of(&decoded, engine.rules(), scratch);
    let tokens = tokens.iter().zip(features).map(|(token, rows)| {
        let span = ViewSpan::new(token.start, token.end);
        let class = decoded.to_source(span).map_or(NO_CLASS, |(_, source)| {
            let label = labels.iter().find(|label| label.0.overlaps(source));
            label.map_or(Class::O as u8, |label| label.1)
        });
        (rows, class)
    });
    NetworkText::of(document, tokens)
}
