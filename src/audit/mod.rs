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
mod report;

pub use bound::{corpus_digests, digest};
pub use figures::{DocumentFigures, Level, OverRedaction, Scores, SpanFigures, TypeFigures};
pub use gold::{GoldDocument, GoldError, GoldSpan, Source, read_gold, read_jsonl, write_jsonl};
pub use interval::clopper_pearson;
pub use markup::{read_markup, write_markup};
pub use passage::{Leak, OverRedacted, leaks, most_over_redacted};
pub use record::Record;
pub use report::table;
pub use retention::{Retention, retention};
pub use score::{DocumentScore, SpanScore, State, score_document};
#[cfg(feature = "cli")]
pub use sign::{SignError, public_key, sign, verify};
pub use validate::{Finding, Severity, validate};
