//! An audit as one page: charts with their tables, no script, nothing fetched.
//!
//! Enters: the figures, and the leaks with their text where it may be shown. Leaves: one HTML file.

mod words;
mod chart;
mod page;

use super::compare::Comparison;
use super::figures::Scores;
use super::gates::Shortfall;
use super::measure::Measures;
use super::passage::Leak;
use super::retention::Retention;
pub use page::html;
pub use words::ReportLang;

/// What a report tells.
#[derive(Clone, Copy)]
pub struct Report<'r> {
    /// The language of its words.
    pub lang: ReportLang,
    /// The figures that the reference scorer has.
    pub scores: &'r Scores,
    /// The others.
    pub measures: &'r Measures,
    /// What clinical text survives.
    pub retention: Retention,
    /// What was measured, one line each: rules, policy, threshold.
    pub engine: &'r [(String, String)],
    /// The difference from an earlier audit.
    pub comparison: Option<&'r Comparison>,
    /// Earlier audits in their order: name, recall, over-redaction.
    pub earlier: &'r [(String, Option<f64>, Option<f64>)],
    /// Figures that fall short of their gates; nothing when no gates were given.
    pub shortfalls: Option<&'r [Shortfall]>,
    /// Leaks by type with their text: only when somebody asked for them.
    pub leaks: &'r [(String, usize, Vec<Leak>)],
}
