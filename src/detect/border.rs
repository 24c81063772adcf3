//! What patterns found, without the words at its ends that belong to what stands beside it: the
//! label in front of a number, the time behind a date, the next sentence behind a street.
//!
//! Patterns cannot look around, and what one takes along is masked. Here a candidate is shortened
//! where its neighbours tell, and a token always stays of it. Where a neighbour may be a part of the
//! identifier, the candidate stays as it is.

use super::cue_class::CueClass;
use super::scan::Scan;
use crate::entity::{Candidate, EntityType, Group};
use crate::span::ViewSpan;
use crate::token::{Token, shape};
use std::ops::Range;

/// Shortens candidates.
pub(super) fn trim(view: &str, scan: &Scan, candidates: &mut [Candidate]) {
    for c in candidates.iter_mut().filter(|c| !c.keep) {
        let Range { start: first, end } = scan.within(c.span);
        let whole = scan.tokens.get(first).is_some_and(|t| t.start >= c.span.start())
            && end > 0
            && scan.tokens[end - 1].end <= c.span.end();
        if end < first + 2 || !whole {
            continue;
        }
        let ends = Ends { view, scan, from: c.span.start(), first, end };
        let (from, to) = match c.entity.group() {
            // `SN` begins serial numbers, too.
            Group::Number if c.entity != EntityType::DeviceSerial => ends.number(c.entity),
            Group::Contact if matches!(c.entity, EntityType::Phone | EntityType::Fax) => {
                ends.number(c.entity)
            }
            Group::Time if c.entity != EntityType::Age90 => ends.date(c.entity),
            Group::Person if c.entity != EntityType::Username => ends.person(c.entity),
            Group::Place if c.entity == EntityType::Street => ends.street(),
            _ => (first, end),
        };
        if (from, to) != (first, end) {
            let moved = scan.tokens[from].start - scan.tokens[first].start;
            c.evidence.cue_distance = c.evidence.cue_distance.map(|d| d + moved);
            c.span = ViewSpan::new(scan.tokens[from].start, scan.tokens[to - 1].end);
        }
    }
}

/// Digits that a number has without its label: fewer may be the part of one.
const LEAST: usize = 3;

/// The tokens of a candidate.
#[derive(Clone, Copy)]
struct Ends<'a> {
    view: &'a str,
    scan: &'a Scan,
    /// Its first byte.
    from: u32,
    first: usize,
    end: usize,
}

impl<'a> Ends<'a> {
    fn token(&self, i: usize) -> &'a Token {
        &self.scan.tokens[i]
    }

    fn text(&self, i: usize) -> &'a str {
        self.token(i).text(self.view)
    }

    /// What stands in front of token `i`, behind the one before.
    fn gap(&self, i: usize) -> &'a [u8] {
        let from = i.checked_sub(1).map_or(0, |before| self.token(before).end);
        &self.view.as_bytes()[from as usize..self.token(i).start as usize]
    }

    /// What stands behind the last token: at most four bytes.
    fn behind(&self, last: usize) -> &'a [u8] {
        let rest = &self.view.as_bytes()[self.token(last).end as usize..];
        &rest[..rest.len().min(4)]
    }

    /// A number without the words that label it, or the next field.
    fn number(self, entity: EntityType) -> (usize, usize) {
        let Self { mut first, mut end, .. } = self;
        // Spoken digits are words, as what stands beside them is.
        if self.digits(first, end) == 0 {
            return (first, end);
        }
        while end > first + 1 && self.goes_on_elsewhere(end - 1) {
            end -= 1;
        }
        // Four letters are a part of Quebec's health numbers: CALL 8552 1012.
        let begins = |i: usize| {
            entity == EntityType::HealthNumber
                && self.token(i).len() == 4
                && self.digits(i + 1, end) == 8
        };
        while first + 1 < end
            && self.labels(first)
            && !begins(first)
            && self.digits(first + 1, end) >= LEAST
        {
            first += 1;
        }
        (first, end)
    }

    fn digits(self, first: usize, end: usize) -> usize {
        let digits = |i: usize| self.text(i).bytes().filter(u8::is_ascii_digit).count();
        (first..end).map(digits).sum()
    }

    /// True when token `i` belongs to the next field or sentence.
    fn goes_on_elsewhere(self, i: usize) -> bool {
        let gap = self.gap(i);
        let opened = self.view[..self.token(i).start as usize][self.from as usize..].contains('(');
        let bracket = gap.contains(&b')') && !opened;
        let closed = bracket || gap.contains(&b'.') && gap.contains(&b'\n');
        let apart = gap.len() > 1
            && (gap.starts_with(b"  ") || gap.iter().any(|b| b"\n\t/|".contains(b)))
            || gap.starts_with(b". ");
        closed || apart && self.token(i).is_word()
    }

    /// True when token `i` is a word that announces a number, apart from it.
    fn labels(self, i: usize) -> bool {
        let cue = || self.scan.cues.binary_search_by_key(&self.token(i).start, |c| c.start).is_ok();
        let apart = self.gap(i + 1).first().is_some_and(|b| b" :#=.".contains(b));
        self.token(i).is_word() && self.token(i).len() > 1 && apart && (cue() || self.is_small(i))
    }

    fn is_small(self, i: usize) -> bool {
        matches!(
            self.text(i).to_ascii_lowercase().as_str(),
            "ph" | "tel"
                | "cell"
                | "fax"
                | "fx"
                | "no"
                | "is"
                | "from"
                | "id"
                | "sn"
                | "exp"
                | "pgr"
        )
    }

    /// A date without the clock behind it, or a number of something else at either end.
    fn date(self, entity: EntityType) -> (usize, usize) {
        let Self { mut first, mut end, .. } = self;
        let month = |end: usize| (first..end).any(|i| self.token(i).is_word());
        if end > first + 2 && self.is_clock(end - 1) {
            end -= 1;
        } else if entity != EntityType::DateOfBirth
            && end > first + 1
            && month(end - 1)
            && self.counts(end - 1)
        {
            // In digits, and in birth dates, the number is the year: 14.02.61 H.
            end -= 1;
        }
        if end > first + 1 && self.is_elsewhere(first) {
            first += 1;
        }
        (first, end)
    }

    /// `2023-09-07 0910`: hours and minutes that are no year.
    fn is_clock(self, i: usize) -> bool {
        let token = self.token(i);
        let clock = |text: &str| {
            let number: u16 = text.parse().unwrap_or(0);
            number / 100 < 24 && number % 100 < 60 && !(1850..2050).contains(&number)
        };
        token.is_number() && token.len() == 4 && self.gap(i) == b" " && clock(self.text(i))
    }

    /// `July 20th, 14 tabs`, `18 sept 09:00`, `in July⏎7. Review`: a short number at the end that
    /// begins what comes next.
    fn counts(self, i: usize) -> bool {
        let token = self.token(i);
        if !token.is_number()
            || token.len() > 2
            || !matches!(self.gap(i).first(), Some(b' ' | b',' | b'\n'))
        {
            return false;
        }
        let begins_line = self.gap(i).contains(&b'\n');
        match self.behind(i) {
            [b':', b, ..] if b.is_ascii_digit() => true,
            [b'.' | b')' | b':' | b'\t', ..] if begins_line => true,
            [b'%', ..] => true,
            [b' ', ..] => self.scan.tokens.get(i + 1).is_some_and(|next| {
                self.gap(i + 1) == b" "
                    && matches!(
                        next.text(self.view).to_ascii_lowercase().as_str(),
                        "min"
                            | "h"
                            | "hrs"
                            | "tabs"
                            | "tab"
                            | "caps"
                            | "patch"
                            | "patches"
                            | "co"
                            | "comp"
                            | "jrs"
                            | "jours"
                            | "days"
                            | "weeks"
                            | "wks"
                            | "mg"
                            | "mcg"
                            | "ml"
                            | "pts"
                            | "months"
                            | "mois"
                            | "times"
                            | "fois"
                            | "pills"
                    )
            }),
            _ => false,
        }
    }

    /// `INR 3.9 nov 14`, `AHI 41 Mar/23`, `prn max 6   Dec 28`: a short number in front of a month
    /// that belongs to what stands before it.
    fn is_elsewhere(self, i: usize) -> bool {
        let token = self.token(i);
        if !token.is_number() || token.len() > 2 || !self.token(i + 1).is_word() {
            return false;
        }
        let decimal = i > 0 && self.gap(i) == b"." && self.token(i - 1).is_number();
        let no_day = self.text(i).parse::<u8>().is_ok_and(|day| day > 31);
        let gap = self.gap(i + 1);
        // `14   FEB   1961` is one date in columns.
        let in_columns = i + 2 < self.end && self.gap(i + 2) == gap;
        let apart = (gap.starts_with(b"   ") || gap.contains(&b'\n')) && !in_columns;
        decimal || no_day || apart
    }

    /// A name without titles in front of it and credentials behind it.
    fn person(self, entity: EntityType) -> (usize, usize) {
        let Self { mut first, mut end, .. } = self;
        // A patient has a surname like MOE or RD sooner than a credential.
        let credentialed = !matches!(entity, EntityType::PersonPatient | EntityType::PersonFamily);
        let cue = |i: usize| self.scan.known[i].cue;
        let named = |i: usize| {
            let word = self.scan.words[i];
            word.given().max(word.surname()) >= 4
        };
        while credentialed
            && end > first + 1
            && cue(end - 1).has(CueClass::Credential)
            && !named(end - 1)
            && matches!(self.gap(end - 1), b" " | b", " | b"," | b"  ")
            && self.token(end - 1).len() > 1
            && self.token(end - 1).is_all_caps()
        {
            end -= 1;
        }
        while first + 1 < end
            && (cue(first).has(CueClass::ProviderTitle) || cue(first).has(CueClass::CivilTitle))
            && (!named(first) || self.token(first).len() <= 3)
            && matches!(self.gap(first + 1), b" " | b". " | b".")
        {
            first += 1;
        }
        (first, end)
    }

    /// A street without the sentence in front of it or behind it.
    fn street(self) -> (usize, usize) {
        let Self { first, end, .. } = self;
        let Some(cut) = (first + 1..end).rev().find(|&i| self.begins_sentence(i)) else {
            return (first, end);
        };
        let street = |from: usize, to: usize| {
            (from..to).any(|i| self.scan.known[i].cue.has(CueClass::StreetWord))
        };
        match (street(first, cut), street(cut, end)) {
            (true, false) => (first, cut),
            (false, true) => (cut, end),
            _ => (first, end),
        }
    }

    /// True when a sentence ended before token `i`: a full stop behind a word that is no
    /// abbreviation.
    fn begins_sentence(self, i: usize) -> bool {
        let before = self.token(i - 1);
        let known = self.scan.known[i - 1];
        let whole = before.len() > 3 && (known.word.is_dictionary() || before.len() > 4);
        self.gap(i).starts_with(b". ")
            && !before.is_number()
            && whole
            && (self.token(i).has(shape::FIRST_UPPER) || self.token(i).is_number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::scan::Scratch;
    use crate::entity::{Evidence, RuleId, Score};
    use crate::rules::RuleSet;

    fn trimmed(view: &str, found: &str, entity: EntityType) -> String {
        let rules = RuleSet::embedded().unwrap();
        let mut scratch = Scratch::new(&rules);
        scratch.scan.read(view, &rules);
        let at = view.find(found).unwrap() as u32;
        let mut found = vec![Candidate {
            span: ViewSpan::new(at, at + found.len() as u32),
            entity,
            score: Score::new(0.9),
            evidence: Evidence::of(&RuleId::new("any.test")),
            keep: false,
        }];
        trim(view, &scratch.scan, &mut found);
        view[found[0].span.range()].to_owned()
    }

    #[test]
    fn what_stands_beside_stays() {
        use EntityType::{Date, GovId, PersonProvider, Phone, Street};
        for (view, found, entity, left) in [
            ("permit, UCI 11-2207-8841, expires", "UCI 11-2207-8841", GovId, "11-2207-8841"),
            ("at ph 204 555 0141 now", "ph 204 555 0141", Phone, "204 555 0141"),
            ("CODE 778214).\n\nHOME MEDS", "778214).\n\nHOME", GovId, "778214"),
            ("called 2023-09-07 0910 by", "2023-09-07 0910", Date, "2023-09-07"),
            ("found July 20th, 14 tabs gone", "July 20th, 14", Date, "July 20th"),
            ("home in July\n7. Copy", "July\n7", Date, "July"),
            ("INR 3.9 nov 14 .", "9 nov 14", Date, "nov 14"),
            ("BY J. PETERS NP TODAY", "J. PETERS NP", PersonProvider, "J. PETERS"),
            ("works in rue Elgin. Point a", "rue Elgin. Point", Street, "rue Elgin"),
        ] {
            assert_eq!(trimmed(view, found, entity), left, "{view}");
        }
    }

    #[test]
    fn what_belongs_to_it_is_kept() {
        use EntityType::{Date, DateOfBirth, GovId, HealthNumber, PersonPatient, Phone, Street};
        for (view, found, entity) in [
            ("seen July 20, 2014 with", "July 20, 2014", Date),
            ("seen mar 3, 24 she", "mar 3, 24", Date),
            ("plate AB 123 456", "AB 123 456", GovId),
            ("204 555 0141 x 30", "204 555 0141 x 30", Phone),
            ("at 12 St. Clair Ave. W", "12 St. Clair Ave. W", Street),
            ("at 1204. Wellington Street", "1204. Wellington Street", Street),
            ("DDN 14.02.61 H", "14.02.61", DateOfBirth),
            ("DDN 14 février 61 H", "14 février 61", DateOfBirth),
            ("MVA 09.03.17 days later", "09.03.17", Date),
            ("born 14   FEB   1961 in", "14   FEB   1961", Date),
            ("RAMQ : CALL 8552 1012", "CALL 8552 1012", HealthNumber),
            ("carte: neuf / huit / sept", "neuf / huit / sept", HealthNumber),
            ("at (204)5550141 now", "(204)5550141", Phone),
            ("PATIENT: MOE RD", "MOE RD", PersonPatient),
        ] {
            assert_eq!(trimmed(view, found, entity), found, "{view}");
        }
    }
}
