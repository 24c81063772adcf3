//! What became of an archive, for people: figures from its manifest, as JSON and as one page.
//!
//! Nothing here is text of the inputs: positions, types, rules, counts.

mod estimate;
mod page;
mod words;

pub use estimate::{
    Canaries, Captures, Estimate, by_canaries, leaky_per_thousand, missed, missed_of_all,
};

use super::error::{BatchError, Status};
use super::manifest::{Counts, Digests, MANIFEST, ManifestLine, each_line};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// How many of a list are shown.
const SHOWN: usize = 20;

/// What only the run knows, not its manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Drawn {
    /// Bytes of input that this run read.
    pub bytes: u64,
    /// Seconds that it took.
    pub seconds: f64,
    /// Released documents to draw for a review.
    pub sample: usize,
    /// What the draw begins with; to be chosen at random.
    pub seed: u64,
}

/// An estimate over the whole archive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Residual {
    /// Pieces left for 1,000 documents, best guess.
    pub per_thousand: f64,
    /// At most, at 95 %, if its assumptions hold.
    pub upper_per_thousand: f64,
    /// Always true: a bound to be signed comes only from a reviewed sample.
    pub is_estimate: bool,
    /// What it assumes.
    pub assumes: &'static str,
}

/// A document that should be looked at first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outlier {
    /// Its position.
    pub input: String,
    /// Its output.
    pub output: String,
    /// Candidates that were not masked.
    pub near: usize,
    /// Pieces that were.
    pub masked: usize,
}

/// The figures of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Documents by what became of them.
    pub counts: Counts,
    /// Files of the walk.
    pub inputs: usize,
    /// What was in force.
    pub digests: Digests,
    /// Pieces masked, by what documents were read as and by type.
    pub by_source: BTreeMap<String, BTreeMap<String, usize>>,
    /// Documents or files by what they were read as.
    pub sources: BTreeMap<String, usize>,
    /// Pieces masked, by type.
    pub by_type: BTreeMap<String, usize>,
    /// Pieces found, by rule: the most frequent ones.
    pub by_rule: Vec<(String, usize)>,
    /// Released documents by how many candidates were not masked.
    pub by_risk: Vec<(&'static str, usize)>,
    /// Reasons of what was not released, with how often and where first.
    pub not_released: Vec<(Status, String, usize, String)>,
    /// What should be looked at first.
    pub outliers: Vec<Outlier>,
    /// What each detector found: names, and everything else.
    pub captures: [Captures; 2],
    /// Canaries put into copies.
    pub canaries: Canaries,
    /// What may be left, from what both detectors found.
    pub by_recapture: Option<Residual>,
    /// What may be left, from the canaries.
    pub by_canaries: Option<Residual>,
    /// A random sample of released documents: position and output.
    pub sample: Vec<(String, String)>,
    /// What the sample was drawn with.
    pub seed: Option<u64>,
    /// Leaks in the reviewed sample, and documents of 1,000 with a leak at most at 95 %.
    pub sample_bounds: Vec<(usize, f64)>,
    /// Bytes of input a second, of the last run.
    pub bytes_per_second: Option<f64>,
    /// Seconds of the last run.
    pub seconds: Option<f64>,
}

/// Bounds of the classes of risk.
const RISKS: [(&str, usize); 4] = [("0", 0), ("1-2", 2), ("3-9", 9), ("10+", usize::MAX)];

impl Report {
    /// The figures of the run in an output folder.
    ///
    /// # Errors
    /// As [`each_line`].
    pub fn of(out: &Path, drawn: Drawn) -> Result<Self, BatchError> {
        let mut gathered = Gathered::default();
        each_line(&out.join(MANIFEST), |line, _| gathered.add(line))?;
        let mut report = gathered.finish();
        report.draw(&out.join(MANIFEST), drawn)?;
        if drawn.seconds > 0.0 {
            report.bytes_per_second = Some(drawn.bytes as f64 / drawn.seconds);
            report.seconds = Some(drawn.seconds);
        }
        Ok(report)
    }

    /// One page with everything in it, English and French.
    pub fn page(&self) -> String {
        page::page(self)
    }

    /// Draws the sample: every released document is as likely as any other.
    fn draw(&mut self, manifest: &Path, drawn: Drawn) -> Result<(), BatchError> {
        let (all, wanted) = (self.counts.released, drawn.sample.min(self.counts.released));
        if wanted == 0 {
            return Ok(());
        }
        // Selection sampling (Knuth): one pass, exactly `wanted` of `all`.
        let (mut seen, mut taken, mut seed) = (0usize, 0usize, drawn.seed);
        let sample = &mut self.sample;
        each_line(manifest, |line, _| {
            if line.status != Status::Released || line.is_archive() || line.is_record() {
                return;
            }
            let output = line.output.unwrap_or_default();
            let within = line.holds.map_or(1, |counts| counts.released);
            for n in 1..=within {
                let left = (all - seen) as f64;
                seen += 1;
                if share(&mut seed) * left < (wanted - taken) as f64 {
                    taken += 1;
                    let record = line.holds.map(|_| format!(":{n}")).unwrap_or_default();
                    sample.push((line.input.clone(), format!("{output}{record}")));
                }
            }
        })?;
        self.seed = Some(drawn.seed);
        self.sample_bounds =
            (0..=5.min(wanted)).map(|k| (k, leaky_per_thousand(k, wanted))).collect();
        Ok(())
    }
}

/// A share of one, from a seed (`SplitMix64`).
fn share(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// Figures on their way.
#[derive(Default)]
struct Gathered {
    report: Report,
    rules: BTreeMap<String, usize>,
    reasons: BTreeMap<(Status, String), (usize, String)>,
    risks: [usize; RISKS.len()],
}

impl Gathered {
    fn add(&mut self, line: ManifestLine) {
        let report = &mut self.report;
        report.inputs += usize::from(line.is_file());
        if report.digests.rules.is_empty() {
            report.digests = line.digests.clone();
        }
        if let Some(reason) = &line.reason {
            // Columns and lines differ in every document.
            let reason = reason.split(" at ").next().unwrap_or(reason).to_owned();
            let told = self.reasons.entry((line.status, reason));
            told.or_insert((0, line.input.clone())).0 += 1;
        }
        match line.holds {
            Some(_) if line.is_archive() => return,
            Some(counts) => report.counts.sum(counts),
            None if line.is_record() => return,
            None => report.counts.add(line.status),
        }
        if line.status != Status::Released {
            return;
        }
        let masked: usize = line.by_type.values().sum();
        *report.sources.entry(line.format.clone()).or_default() += 1;
        let source = report.by_source.entry(line.format.clone()).or_default();
        for (entity, n) in &line.by_type {
            *source.entry(entity.clone()).or_default() += n;
            *report.by_type.entry(entity.clone()).or_default() += n;
        }
        for (rule, n) in line.by_rule {
            *self.rules.entry(rule).or_default() += n;
        }
        for (sum, own) in report.captures.iter_mut().zip(line.captures) {
            sum.sum(own);
        }
        report.canaries.sum(line.canaries);
        let class = RISKS.iter().position(|(_, most)| line.near <= *most).unwrap_or(0);
        self.risks[class] += 1;
        if line.near > 0 {
            let output = line.output.unwrap_or_default();
            report.outliers.push(Outlier { input: line.input, output, near: line.near, masked });
            if report.outliers.len() > 50 * SHOWN {
                shorten(&mut report.outliers);
            }
        }
    }

    fn finish(self) -> Report {
        let Self { mut report, rules, reasons, risks } = self;
        let mut by_rule: Vec<(String, usize)> = rules.into_iter().collect();
        by_rule.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        by_rule.truncate(SHOWN);
        report.by_rule = by_rule;
        report.by_risk = RISKS.iter().zip(risks).map(|((name, _), n)| (*name, n)).collect();
        let told = reasons.into_iter().map(|((s, r), (n, first))| (s, r, n, first));
        report.not_released = told.collect();
        shorten(&mut report.outliers);
        let documents = report.counts.released;
        let found: usize = report.by_type.values().sum();
        report.by_recapture = missed_of_all(report.captures)
            .filter(|_| documents > 0)
            .map(|e| residual(e.point, e.upper, documents, words::RECAPTURE_ASSUMES.en));
        report.by_canaries = by_canaries(report.canaries, found)
            .filter(|_| documents > 0)
            .map(|e| residual(e.point, e.upper, documents, words::CANARIES_ASSUME.en));
        report
    }
}

fn residual(point: f64, upper: f64, documents: usize, assumes: &'static str) -> Residual {
    let per = |n: f64| 1000.0 * n / documents as f64;
    Residual {
        per_thousand: per(point),
        upper_per_thousand: per(upper),
        is_estimate: true,
        assumes,
    }
}

/// The documents with the most candidates that were not masked.
fn shorten(outliers: &mut Vec<Outlier>) {
    // Stable: of equals, the first in the order of the inputs.
    outliers.sort_by_key(|o| std::cmp::Reverse(o.near));
    outliers.truncate(SHOWN);
}
