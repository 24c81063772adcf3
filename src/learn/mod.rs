//! Synthetic documents from template lines, and the tagger's weights from them.
//!
//! Enters: `corpus/templates`, `corpus/lists`, hand-written documents, a seed. Leaves: documents
//! whose labels hold by construction, and files of weights: the same bytes for the same inputs.
//! Template lines, layouts and names of the development split are apart from those of training.

mod random;
mod list;
mod template;
mod persona;
mod calendar;
mod region;
mod organisation;
mod code;
mod job;
mod value;
mod clinical;
mod filler;
mod noise;
mod hand;
mod document;
mod codebook;
mod crf;
mod boost;
mod network;
mod second;
mod train;
mod typing;
mod watch;

pub use document::{Generated, Generator, LabelledSpan, Split};
pub use template::LearnError;
pub use train::{TrainOptions, TrainReport, train};
pub use typing::{TypingOptions, TypingReport, train_typing};
pub use watch::{WatchOptions, WatchReport, train_watcher};
