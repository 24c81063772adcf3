//! Evidence and figures: the record of one case, and scores against a gold standard.

mod record;
mod gold;
mod markup;
mod metric;
mod bound;
#[cfg(feature = "cli")]
mod sign;
mod interval;
mod validate;
mod score;
mod figures;
mod passage;
mod retention;
mod typed;
mod persons;
mod bootstrap;
mod definition;
mod share;
mod typed_figures;
mod measure;
mod compare;
mod gates;
mod scoreboard;
mod plan;
mod agreement;
mod labels;
#[cfg(feature = "cli")]
mod exchange;
mod html;
mod report;

pub use agreement::{Agreement, LabelDifference, agreement};
pub use bootstrap::{Difference, RESAMPLES};
pub use bound::{corpus_digests, digest};
pub use compare::{CompareError, Comparison, compare, rows};
pub use definition::{DEFINITIONS, Definition};
#[cfg(feature = "cli")]
pub use exchange::{Exchange, ExchangeError, File};
pub use figures::{DocumentFigures, Level, OverRedaction, Scores, SpanFigures, TypeFigures};
pub use gates::{GateError, Gates, Shortfall, propose};
pub use gold::{GoldDocument, GoldError, GoldSpan, Source, read_gold, read_jsonl, write_jsonl};
pub use html::{Report, ReportLang, html};
pub use interval::clopper_pearson;
pub use labels::{LabelError, LabelMap};
pub use markup::{read_markup, write_markup};
pub use measure::{Bin, Confusion, Entities, Estimate, Measures, Row, measure};
pub use passage::{Leak, OverRedacted, leaks, most_over_redacted};
pub use plan::{PlanError, sample_size};
pub use record::Record;
pub use report::table;
pub use retention::{Retention, retention};
pub use score::{DocumentScore, SpanScore, State, score_document};
pub use scoreboard::{scoreboard, with_scoreboard};
pub use share::Share;
#[cfg(feature = "cli")]
pub use sign::{SignError, public_key, sign, verify};
pub use typed::{Labelled, TypedCounts, TypedFigures, TypedScore, Way, score_typed};
pub use typed_figures::Typed;
pub use validate::{Finding, Severity, validate};
