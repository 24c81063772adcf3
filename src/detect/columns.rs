//! Tables inside a text: which cell of which column a token stands in.
//!
//! Printouts and exports set values in columns, by tabs, bars, commas or spaces. What a cell means is
//! said by the head of its column and by the cells above, not by the words beside it: `TS` under
//! `Given by` is a nurse, under `Route` it is none. A table is a run of lines with at least three
//! cells each; its first line is its head.

use super::memo::Known;
use super::scan::Scan;
use crate::token::{Token, phrase_hash, shape};

/// Cells of a line from which on it is a row.
const CELLS: usize = 3;
/// Columns that are told apart; those behind are one.
const COLUMNS: usize = 24;
/// A line of more cells is no row: what people read is narrower.
const MOST: usize = 64;
/// Bytes by which a cell may stand beside the head of its column.
const BESIDE: u32 = 3;
/// Lines without cells that a table goes on over: rules, a remark.
const BETWEEN: u32 = 1;

/// What is known of the place of a token in a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Hash of the first two words of the column's head; 0 in the head itself and where there is
    /// none.
    pub(super) head: u64,
    /// What the first token of the cell above is known as, with its shape; 0 for none.
    pub(super) above: u64,
    /// What the column is made of, see [`Made::bits`].
    pub(super) made: u8,
    /// The column, among those of all tables of the text; 0 in a head and where there is none.
    pub(super) column: u32,
    /// Tokens of the cell before it, and all of its cell, at most 3.
    pub(super) before: u8,
    pub(super) words: u8,
}

/// How many cells of a column are what.
#[derive(Clone, Copy, Debug, Default)]
struct Made {
    cells: u16,
    numbers: u16,
    short: u16,
    named: u16,
}

impl Made {
    fn count(&mut self, cell: &Cell, scan: &Scan) {
        let (tokens, known) = (&scan.tokens[cell.range()], &scan.known[cell.range()]);
        self.cells = self.cells.saturating_add(1);
        self.numbers += u16::from(tokens.iter().all(Token::is_number));
        self.short +=
            u16::from(tokens.iter().all(Token::is_word) && cell.end_byte - cell.start <= 4);
        let capital = |(t, k): (&Token, &Known)| t.has(shape::FIRST_UPPER) && k.odds > 0;
        self.named += u16::from(tokens.iter().zip(known).any(capital));
    }

    /// None, some, half or nearly all of the cells are numbers, up to three letters, names: two bits
    /// each; one more when there are at least three cells.
    fn bits(self) -> u8 {
        let share = |n: u16| match (u32::from(n) * 4).checked_div(self.cells.into()) {
            None | Some(0) if n == 0 => 0,
            Some(4..) => 3,
            Some(2 | 3) => 2,
            _ => 1,
        };
        share(self.numbers)
            | share(self.short) << 2
            | share(self.named) << 4
            | u8::from(self.cells > 2) << 6
    }

    /// The share of cells that are numbers, and that are short words, 0 to 3.
    pub(super) fn shares(bits: u8) -> (u8, u8) {
        (bits & 3, bits >> 2 & 3)
    }
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    first: u32,
    end: u32,
    /// Where it stands in its line.
    start: u32,
    end_byte: u32,
    column: u8,
}

impl Cell {
    fn range(&self) -> std::ops::Range<usize> {
        self.first as usize..self.end as usize
    }

    /// How far the two stand apart, 0 when one is above the other.
    fn apart(&self, other: &Self) -> u32 {
        self.start.saturating_sub(other.end_byte).max(other.start.saturating_sub(self.end_byte))
    }
}

/// A line of cells.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// Its cells, in the list of all.
    first: usize,
    end: usize,
    line: u32,
    /// Cut by signs, so that an empty cell counts, too.
    signs: bool,
}

/// The tables of a document; its buffers are reused.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// One a token; empty where there is no table.
    places: Vec<Place>,
    cells: Vec<Cell>,
    rows: Vec<Row>,
    made: Vec<Made>,
}

impl Columns {
    /// Where token `i` stands; `None` outside of tables.
    #[inline]
    pub(super) fn of(&self, i: usize) -> Option<&Place> {
        self.places.get(i).filter(|p| p.words > 0)
    }

    /// The share of cells like what in the column of token `i`, 0 to 3: numbers, short words.
    pub(super) fn shares(&self, i: usize) -> (u8, u8) {
        self.of(i).map_or((0, 0), |p| Made::shares(p.made))
    }

    /// Reads a document.
    pub(super) fn read(&mut self, view: &str, scan: &Scan) {
        self.places.clear();
        self.cells.clear();
        self.rows.clear();
        self.cut(view.as_bytes(), &scan.tokens);
        let mut first = 0;
        while first < self.rows.len() {
            let goes_on = |at: &usize| self.rows[*at].line - self.rows[at - 1].line <= 1 + BETWEEN;
            let count = (first + 1..self.rows.len()).take_while(goes_on).count();
            let end = first + 1 + count;
            if end - first > 1 {
                self.table(first..end, scan);
            }
            first = end;
        }
    }

    /// Cuts all lines into cells, and keeps those of rows.
    fn cut(&mut self, bytes: &[u8], tokens: &[Token]) {
        let (mut line, mut line_start, mut before) = (0, 0, 0);
        let mut row = Row { first: 0, end: 0, line: 0, signs: false };
        let mut column = 0;
        for (i, token) in tokens.iter().enumerate() {
            let gap = &bytes[before as usize..token.start as usize];
            if let (true, true, Some(cell)) = (i > 0, ends_no_cell(gap), self.cells.last_mut()) {
                (cell.end, cell.end_byte) = (i as u32 + 1, token.end - line_start);
                before = token.end;
                continue;
            }
            let broken = gap.iter().rposition(|&b| b == b'\n');
            if i == 0 || broken.is_some() {
                self.close(row);
                line += gap.iter().filter(|&&b| b == b'\n').count() as u32;
                line_start = before + broken.map_or(0, |at| at as u32 + 1);
                row = Row { first: self.cells.len(), end: 0, line, signs: false };
                column = 0;
            }
            let own = &gap[broken.map_or(0, |at| at + 1)..];
            let signs = separators(own);
            let starts = self.cells.len() == row.first || signs > 0 || own.ends_with(b"  ");
            before = token.end;
            if !starts {
                if let Some(cell) = self.cells.last_mut() {
                    (cell.end, cell.end_byte) = (i as u32 + 1, token.end - line_start);
                }
                continue;
            }
            row.signs |= signs > 0;
            column += if self.cells.len() == row.first { signs } else { signs.max(1) };
            self.cells.push(Cell {
                first: i as u32,
                end: i as u32 + 1,
                start: token.start - line_start,
                end_byte: token.end - line_start,
                column: column.min(COLUMNS - 1) as u8,
            });
        }
        self.close(row);
    }

    /// The end of a line: its cells stay when they make a row.
    fn close(&mut self, row: Row) {
        let end = self.cells.len();
        if (CELLS..=MOST).contains(&(end - row.first)) {
            self.rows.push(Row { end, ..row });
        } else {
            self.cells.truncate(row.first);
        }
    }

    /// Says of the tokens of a table where they stand.
    fn table(&mut self, rows: std::ops::Range<usize>, scan: &Scan) {
        self.places.resize(scan.tokens.len(), Place::default());
        self.made.clear();
        self.made.resize(COLUMNS, Made::default());
        let head = self.rows[rows.start];
        for at in rows.start + 1..rows.end {
            let row = self.rows[at];
            for k in row.first..row.end {
                let cell = self.cells[k];
                if !(head.signs && row.signs) {
                    let over = self.over(head, row, &cell, k - row.first);
                    let none = COLUMNS as u8 - 1;
                    self.cells[k].column = over.map_or(none, |c| self.cells[c].column);
                }
                self.made[usize::from(self.cells[k].column)].count(&cell, scan);
            }
        }
        for at in rows {
            let row = self.rows[at];
            for k in row.first..row.end {
                let cell = self.cells[k];
                let heads = (row.first > head.first)
                    .then(|| (head.first..head.end).find(|&c| self.cells[c].column == cell.column))
                    .flatten();
                let above = at.checked_sub(1).filter(|_| row.first > head.first).and_then(|at| {
                    let above = self.rows[at];
                    (above.first..above.end).find(|&c| self.cells[c].column == cell.column)
                });
                let words = cell.end - cell.first;
                let place = Place {
                    head: heads.map_or(0, |c| label(&scan.tokens[self.cells[c].range()])),
                    above: above.map_or(0, |c| {
                        let known = &scan.known[self.cells[c].first as usize];
                        u64::from(known.lexical) | u64::from(known.class) << 16 | 1 << 32
                    }),
                    made: self.made[usize::from(cell.column)].bits(),
                    column: heads.map_or(0, |c| c as u32 + 1),
                    before: 0,
                    words: words.min(3) as u8,
                };
                for (n, place_of) in self.places[cell.range()].iter_mut().enumerate() {
                    *place_of = Place { before: n.min(3) as u8, ..place };
                }
            }
        }
    }

    /// The cell of the head that a cell stands under: the one above it, else the one of the same
    /// number in lines of as many cells.
    fn over(&self, head: Row, row: Row, cell: &Cell, number: usize) -> Option<usize> {
        let mut heads = head.first..head.end;
        let nearest = heads.clone().min_by_key(|&c| {
            let own = &self.cells[c];
            (own.apart(cell), own.start.abs_diff(cell.start))
        })?;
        if self.cells[nearest].apart(cell) <= BESIDE {
            return Some(nearest);
        }
        (head.end - head.first == row.end - row.first).then(|| heads.nth(number)).flatten()
    }
}

/// True for a gap inside a line and a cell, as nearly all are in prose.
fn ends_no_cell(gap: &[u8]) -> bool {
    let plain = || !gap.iter().any(|b| b"\n|\t^,".contains(b)) && !gap.ends_with(b"  ");
    matches!(gap, b" " | b", ") || plain()
}

/// How many cells a gap ends: bars and tabs one each, a comma without a space behind it.
fn separators(gap: &[u8]) -> usize {
    let signs = gap.iter().filter(|b| b"|\t^".contains(b)).count();
    let comma = gap.contains(&b',') && !gap.contains(&b' ');
    signs + usize::from(signs == 0 && comma)
}

/// The hash of the first two words of a head.
fn label(tokens: &[Token]) -> u64 {
    tokens.iter().take(2).fold(11, |h, t| phrase_hash(h, t.hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::scan::Scratch;
    use crate::rules::RuleSet;

    /// Each word of the last line with the head of its column.
    fn heads(view: &str) -> Vec<(&str, &str)> {
        let rules = RuleSet::embedded().unwrap();
        let mut scratch = Scratch::new(&rules);
        scratch.scan.read(view, &rules);
        let mut columns = Columns::default();
        columns.read(view, &scratch.scan);
        let tokens = &scratch.scan.tokens;
        let last = view.trim_end().rfind('\n').unwrap_or(0);
        let named = |hash: u64| {
            let of = |n: usize| (0..tokens.len()).find(|&i| label(&tokens[i..][..n]) == hash);
            of(1).or_else(|| (0..tokens.len() - 1).find(|&i| label(&tokens[i..i + 2]) == hash))
        };
        let own = (0..tokens.len()).filter(|&i| tokens[i].start as usize > last);
        own.filter_map(|i| Some((i, columns.of(i)?)))
            .map(|(i, place)| {
                let head = named(place.head).map_or("", |h| tokens[h].text(view));
                (tokens[i].text(view), head)
            })
            .collect()
    }

    #[test]
    fn cells_stand_under_the_heads_of_their_columns() {
        let spaces =
            "Date     Dose   Route  Sig\n1 May    5 mg   SC     TS\n2 May           SC     LK";
        assert_eq!(heads(spaces), [("2", "Date"), ("May", "Date"), ("SC", "Route"), ("LK", "Sig")]);
        let tabs = "Date\tDose\tSig\n1 May\t\tTS";
        assert!(heads(tabs).is_empty(), "two cells are no row");
        let bars = "| Date | Dose | Sig | Pain |\n| 1 May | | TS | 7 |";
        let expected = [("1", "Date"), ("May", "Date"), ("TS", "Sig"), ("7", "Pain")];
        assert_eq!(heads(bars), expected);
        assert_eq!(heads("a,b,c\n1,2,3"), [("1", "a"), ("2", "b"), ("3", "c")]);
    }

    #[test]
    fn prose_has_no_columns() {
        assert!(
            heads("She came, sat, slept.  He left.\nShe, he, they, all.  Then it rained.")
                .is_empty()
        );
    }

    #[test]
    fn what_a_column_is_made_of() {
        let made = |cells, numbers, short, named| Made { cells, numbers, short, named }.bits();
        assert_eq!(made(0, 0, 0, 0), 0);
        assert_eq!(made(4, 4, 0, 0), 3 | 1 << 6);
        assert_eq!(made(2, 1, 1, 0), 2 | 2 << 2);
        assert_eq!(made(9, 1, 0, 8), 1 | 2 << 4 | 1 << 6);
    }
}
