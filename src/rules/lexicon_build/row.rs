//! A line of a lexicon: its key and columns, checked; and what is wrong with a lexicon.

use std::fmt;

/// What is wrong with a lexicon file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexiconError {
    /// The file, relative to the rule folder.
    pub file: String,
    /// The line, from 1; 0 when the file as a whole is meant.
    pub line: usize,
    /// What is wrong, as a sentence.
    pub message: String,
}

impl fmt::Display for LexiconError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

impl std::error::Error for LexiconError {}

pub(super) fn error(file: &str, line: usize, message: impl Into<String>) -> LexiconError {
    LexiconError { file: file.to_owned(), line, message: message.into() }
}

/// A line of a table.
pub(super) struct Row<'a> {
    file: &'a str,
    line: usize,
    pub(super) key: &'a str,
    rest: &'a str,
}

impl<'a> Row<'a> {
    pub(super) fn new(file: &'a str, line: usize, text: &'a str) -> Self {
        let (key, rest) = text.split_once('\t').unwrap_or((text, ""));
        Self { file, line, key, rest }
    }

    pub(super) fn error(&self, message: impl Into<String>) -> LexiconError {
        error(self.file, self.line, message)
    }

    /// The columns after the key, exactly so many.
    pub(super) fn fields<const N: usize>(&self) -> Result<[&'a str; N], LexiconError> {
        let mut out = [""; N];
        let mut count = 0;
        for field in self.rest.split('\t') {
            if let Some(slot) = out.get_mut(count) {
                *slot = field;
            }
            count += 1;
        }
        if count == N && out.iter().all(|f| !f.is_empty()) {
            Ok(out)
        } else {
            Err(self.error(format!("An entry has a key and {N} further columns, none empty.")))
        }
    }

    /// A whole number up to a limit.
    pub(super) fn number(&self, field: &str, most: u32) -> Result<u32, LexiconError> {
        field
            .parse()
            .ok()
            .filter(|&n| n <= most)
            .ok_or_else(|| self.error(format!("`{field}` is not a number from 0 to {most}.")))
    }

    /// A flag of the open table for each of the kinds that the one field lists.
    pub(super) fn flags(&self, flag: impl Fn(&str) -> Option<u32>) -> Result<u32, LexiconError> {
        let [kinds] = self.fields()?;
        let mut bits = 0;
        for kind in kinds.split(',') {
            let flag =
                flag(kind).ok_or_else(|| self.error(format!("There is no kind `{kind}`.")))?;
            bits |= 1 << flag;
        }
        Ok(bits)
    }

    /// An error unless the key is one word.
    pub(super) fn only_words(&self, is_word: bool) -> Result<(), LexiconError> {
        if is_word { Ok(()) } else { Err(self.error("This list holds single words only.")) }
    }

    /// The bits; an error when there are none.
    pub(super) fn some(&self, bits: u32) -> Result<u32, LexiconError> {
        if bits == 0 { Err(self.error("This entry says nothing.")) } else { Ok(bits) }
    }
}
