//! Evidence and figures: the record of one case, and scores against a gold standard.

mod record;

pub use record::Record;
