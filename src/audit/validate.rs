//! What is wrong with gold documents, or may be: by file and line, without their text.

use super::gold::GoldDocument;
use super::metric::is_alphanumeric;
use crate::entity::EntityType;
use std::collections::BTreeMap;
use std::fmt;

/// Whether a finding makes the corpus unusable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It must be repaired.
    Error,
    /// Somebody should look.
    Warning,
}

/// Something to repair or to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What, without text of the document.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.severity == Severity::Error { "" } else { "warning: " };
        write!(f, "{}:{}: {kind}{}", self.file, self.line, self.message)
    }
}

/// All findings about a document, in the order of its text.
///
/// Errors: a language other than en, fr, mixed; a type that the taxonomy lacks; a span that is
/// empty, leaves the text or overlaps another. Warnings: no label at all; blanks at the end of a
/// label; a person, city, facility or organisation that is labelled in one place and stands
/// unlabelled in another.
pub fn validate(document: &GoldDocument) -> Vec<Finding> {
    let mut checker = Checker::new(document);
    if !matches!(document.lang.as_str(), "en" | "fr" | "mixed") {
        checker.find(
            Severity::Error,
            0,
            "its language is not en, fr or mixed (the name of its folder)".to_owned(),
        );
    }
    if document.spans.is_empty() {
        checker.find(Severity::Warning, 0, "no label".to_owned());
    }
    checker.spans();
    checker.twins();
    let mut findings = checker.findings;
    findings.sort_by_key(|(at, f)| (*at, f.severity));
    findings.into_iter().map(|(_, f)| f).collect()
}

struct Checker<'d> {
    document: &'d GoldDocument,
    /// Byte at which each code point starts, and the end of the text.
    starts: Vec<usize>,
    /// For each byte: whether a label covers it.
    labelled: Vec<bool>,
    findings: Vec<(usize, Finding)>,
}

impl<'d> Checker<'d> {
    fn new(document: &'d GoldDocument) -> Self {
        let starts =
            document.text.char_indices().map(|(b, _)| b).chain([document.text.len()]).collect();
        Self { document, starts, labelled: vec![false; document.text.len()], findings: Vec::new() }
    }

    fn find(&mut self, severity: Severity, byte: usize, message: String) {
        let source = &self.document.source;
        let below =
            if source.markup { self.document.text[..byte].matches('\n').count() } else { 0 };
        let finding =
            Finding { severity, file: source.file.clone(), line: source.line + below, message };
        self.findings.push((byte, finding));
    }

    fn spans(&mut self) {
        let mut spans: Vec<_> = self.document.spans.iter().collect();
        spans.sort_by_key(|s| (s.span.start, s.span.end));
        let mut last_end = 0;
        for s in spans {
            let kind = &s.kind;
            let place = self.starts.get(s.span.start).zip(self.starts.get(s.span.end));
            let Some((&from, &to)) = place.filter(|(from, to)| from < to) else {
                let message = format!(
                    "the {kind} span {}..{} is empty or leaves the text",
                    s.span.start, s.span.end
                );
                self.find(Severity::Error, 0, message);
                continue;
            };
            // IGNORE is what scorers call a stretch that counts neither way.
            if EntityType::from_name(kind).is_none() && kind != "IGNORE" {
                self.find(Severity::Error, from, format!("unknown type {kind}"));
            }
            if s.span.start < last_end {
                self.find(
                    Severity::Error,
                    from,
                    format!("the {kind} span overlaps the one before it"),
                );
            }
            last_end = last_end.max(s.span.end);
            let inner = &self.document.text[from..to];
            if inner.trim() != inner {
                self.find(Severity::Warning, from, format!("blanks at an end of the {kind} label"));
            }
            self.labelled[from..to].fill(true);
        }
    }

    /// Labelled strings, and parts of labelled names, that also stand unlabelled.
    fn twins(&mut self) {
        let document = self.document;
        let mut sought: BTreeMap<&str, &str> = BTreeMap::new();
        for s in &document.spans {
            let person = s.kind.starts_with("PERSON_");
            let place = self.starts.get(s.span.start).zip(self.starts.get(s.span.end));
            let Some((&from, &to)) = place.filter(|(from, to)| from < to) else { continue };
            if !person && !matches!(s.kind.as_str(), "CITY" | "FACILITY" | "ORGANIZATION") {
                continue;
            }
            let inner = &document.text[from..to];
            sought.insert(inner, &s.kind);
            if person {
                let parts = inner.split(|c: char| !is_alphanumeric(c));
                // Shorter parts are particles and initials.
                sought
                    .extend(parts.filter(|p| p.chars().count() > 3).map(|p| (p, s.kind.as_str())));
            }
        }
        let mut sought: Vec<_> =
            sought.into_iter().filter(|(s, _)| s.chars().any(is_alphanumeric)).collect();
        sought.sort_by_key(|(s, _)| std::cmp::Reverse(s.len()));
        let text = document.text.as_str();
        for (string, kind) in sought {
            for (from, _) in text.match_indices(string) {
                let to = from + string.len();
                let joined = text[..from].chars().next_back().is_some_and(is_alphanumeric)
                    || text[to..].chars().next().is_some_and(is_alphanumeric);
                if joined || self.labelled[from..to].contains(&true) {
                    continue;
                }
                self.labelled[from..to].fill(true);
                let column = text[..from].rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
                let message =
                    format!("unlabelled twin of a {kind} label, at column {column} of the text");
                self.find(Severity::Warning, from, message);
            }
        }
    }
}
