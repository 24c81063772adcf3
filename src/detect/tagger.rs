//! The tagger: a linear chain over the tokens, and a second reading of what it finds likely, for which
//! a small network is asked, too, decide what lists and patterns leave in doubt.
//!
//! A token is proposed on the summed probability of all identifier classes, not on the best path:
//! the sum is what recall needs. A feature is found by its hash; one that training did not keep weighs
//! nothing.

use super::Tuning;
use super::class::{CLASSES, Class};
use super::complete;
use super::cue_class::CueClass;
use super::feature::NamedFeatures;
use super::model::Model;
use super::network::Reading;
use super::scan::{Scan, Scratch};
use super::second::{LIKELY, Second, Values, asked, likely};
use super::sums::{Sums, Text};
use super::surroundings::Surroundings;
use super::table::Sum;
use crate::entity::{Candidate, Evidence, RuleId, Score};
use crate::span::ViewSpan;
use crate::token::{Token, shape};

/// Probabilities of the classes for each token, by forward and backward sums along the chain.
fn marginals(model: &Model, buffers: &mut Buffers, view: &str, scan: &Scan) {
    let Buffers { surroundings, sums, forward, marginal, .. } = buffers;
    forward.clear();
    marginal.clear();
    let step = &model.step;
    let text = Text { model, surroundings, view, scan };
    sums.read(text);
    let mut alpha = [1.0; CLASSES];
    for i in 0..scan.tokens.len() {
        let emit = model.likelihood(&sums.of(text, i));
        if i > 0 {
            alpha = forward_step(step, &alpha);
        }
        alpha = normal(std::array::from_fn(|c| alpha[c] * emit[c]));
        forward.push(alpha);
        marginal.push(emit);
    }
    // By the class that comes next, so that the inner loop runs over neighbours in memory.
    let turned: [[f32; CLASSES]; CLASSES] =
        std::array::from_fn(|to| std::array::from_fn(|from| step[from][to]));
    let mut beta = [1.0; CLASSES];
    for (p, alpha) in marginal.iter_mut().zip(forward).rev() {
        let emit = std::mem::replace(p, normal(std::array::from_fn(|c| alpha[c] * beta[c])));
        let mut before = [0.0; CLASSES];
        for to in 0..CLASSES {
            for from in 0..CLASSES {
                before[from] += turned[to][from] * emit[to] * beta[to];
            }
        }
        beta = normal(before);
    }
}

/// The sums over where a class may come from, each in the order of the classes.
fn forward_step(step: &[[f32; CLASSES]; CLASSES], alpha: &[f32; CLASSES]) -> [f32; CLASSES] {
    let mut next = [0.0; CLASSES];
    for from in 0..CLASSES {
        for to in 0..CLASSES {
            next[to] += alpha[from] * step[from][to];
        }
    }
    next
}

/// The templates that speak most for an identifier at this token.
fn strongest(
    model: &Model,
    buffers: &Buffers,
    view: &str,
    scan: &Scan,
    token: usize,
) -> Vec<&'static str> {
    let mut features = NamedFeatures::default();
    buffers.surroundings.features(view, scan, token, &mut features);
    let gain = |hash: u32| {
        let mut row = Sum::default();
        model.table.add(hash, &mut row);
        let best = row[..CLASSES - 1].iter().copied().max().unwrap_or(0);
        i32::from(best) - i32::from(row[CLASSES - 1])
    };
    features.0.sort_by_key(|(_, hash)| -gain(*hash));
    let mut names = Vec::new();
    for (name, _) in features.0.into_iter().take(3) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn normal(values: [f32; CLASSES]) -> [f32; CLASSES] {
    let sum: f32 = values.iter().sum();
    if sum > 0.0 { values.map(|v| v / sum) } else { [1.0 / CLASSES as f32; CLASSES] }
}

/// Buffers of the tagger, reused.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub(super) surroundings: Surroundings,
    sums: Sums,
    forward: Vec<[f32; CLASSES]>,
    /// First what each token says of itself, then the probabilities.
    marginal: Vec<[f32; CLASSES]>,
    network: Reading,
}

/// A run of tokens that the tagger proposes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) first: usize,
    pub(super) end: usize,
    pub(super) class: Class,
    /// Highest probability in the run.
    pub(super) probability: f32,
}

/// Proposes runs of tokens whose probability of being an identifier reaches the threshold.
pub(super) fn propose(
    view: &str,
    model: &Model,
    Tuning { threshold, explain, .. }: Tuning,
    scratch: &mut Scratch,
    out: &mut Vec<Candidate>,
) {
    let Scratch { scan, tagger, .. } = scratch;
    tagger.surroundings.read(view, scan, out);
    marginals(model, tagger, view, scan);
    let mut runs = Vec::new();
    let identifiers = if model.second.is_empty() {
        let likely = tagger.marginal.iter().map(likely).enumerate();
        likely.filter(|(_, p)| *p >= threshold.max(LIKELY)).collect()
    } else {
        let second = second_reading(view, model, tagger, scan);
        let read = |i| Some((i, second.values(i)?));
        model.second.likely(threshold, (0..scan.tokens.len()).filter_map(read))
    };
    for (i, identifier) in identifiers {
        let p = &tagger.marginal[i];
        let best = (0..CLASSES - 1).max_by(|&a, &b| p[a].total_cmp(&p[b])).unwrap_or(0);
        let class = Class::ALL[best];
        match runs.last_mut() {
            Some(Run { end, class: c, probability, .. })
                if *end == i && *c == class && joined(view, &scan.tokens, i) =>
            {
                *end = i + 1;
                *probability = probability.max(identifier);
            }
            _ => runs.push(Run { first: i, end: i + 1, class, probability: identifier }),
        }
    }
    complete::complete(view, scan, &mut runs);
    runs.retain(|run| run.probability >= CLINICAL || !is_clinical(scan, run));
    let id = RuleId::new("model.tagger");
    for run in runs {
        let tokens = &scan.tokens;
        let span = ViewSpan::new(tokens[run.first].start, tokens[run.end - 1].end);
        // From the floor at the threshold to just under a keep list: a list, a title, a label or a
        // cue knows better what a span is.
        let score =
            0.5 + 0.39 * ((run.probability - threshold) / (1.0 - threshold)).clamp(0.0, 1.0);
        let evidence = Evidence {
            model: Some(run.probability),
            features: if explain {
                strongest(model, tagger, view, scan, run.first)
            } else {
                Vec::new()
            },
            ..Evidence::of(&id)
        };
        let entity = run.class.entity(scan.words[run.first], is_civic(scan, &run));
        out.push(Candidate { span, entity, score: Score::new(score), evidence, keep: false });
    }
}

/// What the second reading reads: the chain has been asked; so is the network, about tokens that may
/// be read again and those beside them.
fn second_reading<'t>(
    view: &str,
    model: &Model,
    buffers: &'t mut Buffers,
    scan: &'t Scan,
) -> Second<'t> {
    let Buffers { surroundings, marginal, network, .. } = buffers;
    match &model.network {
        Some(model) => {
            let wanted = asked(marginal);
            network.read(model, surroundings, (view, scan), wanted);
        }
        None => network.forget(scan.tokens.len()),
    }
    Second::new(scan, surroundings, marginal, &network.said)
}

/// Probability from which words that are medicine and hardly anybody's name are masked: a case
/// without its diagnoses and drugs is of no use.
const CLINICAL: f32 = 0.3;

/// True when every word of the run is a drug, disease, part of the body or procedure, or it labels
/// the number behind it: `OHIP`.
fn is_clinical(scan: &Scan, run: &Run) -> bool {
    let cue = |i: usize| scan.known[i].cue_words > 0;
    let number = scan.tokens.get(run.end).is_some_and(Token::is_number);
    let label = |i: usize| cue(i) || scan.tokens[i].len() <= 2;
    if run.class == Class::Org && number && cue(run.end - 1) && (run.first..run.end).all(label) {
        return true;
    }
    scan.words[run.first..run.end].iter().all(|word| {
        matches!(word.medical(), 1..=4)
            && word.given().max(word.surname()) < 4
            && word.place() == 0
            && (word.medical_terms() > 1 || word.english().max(word.french()) < 7)
    })
}

/// True where a number begins the run and a word of streets is in it.
fn is_civic(scan: &Scan, run: &Run) -> bool {
    let street = |i: usize| scan.known[i].cue.has(CueClass::StreetWord);
    scan.tokens[run.first].has(shape::DIGIT) && (run.first..run.end).any(street)
}

/// What the second reading would decide on, for each token.
pub(super) fn values(
    view: &str,
    model: &Model,
    scratch: &mut Scratch,
    found: &[Candidate],
) -> Vec<Option<Values>> {
    let Scratch { scan, tagger, .. } = scratch;
    tagger.surroundings.read(view, scan, found);
    marginals(model, tagger, view, scan);
    let second = second_reading(view, model, tagger, scan);
    (0..scan.tokens.len()).map(|i| second.values(i)).collect()
}

/// True when nothing but a space, hyphen, apostrophe or point stands before token `i`.
fn joined(view: &str, tokens: &[Token], i: usize) -> bool {
    let gap = &view.as_bytes()[tokens[i - 1].end as usize..tokens[i].start as usize];
    gap.len() <= 2 && gap.iter().all(|b| b" -'.&".contains(b))
}
