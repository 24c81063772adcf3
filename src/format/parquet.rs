//! Parquet: flat columns, read as a table: each row a case, each cell under the name of its
//! column, numbers and dates as a reader sees them.
//!
//! Reading and writing happen apart; here only values are looked at. A column keeps its type
//! unless masking changed a number or a date in it: then all of it becomes text. A row that the
//! gate holds is left out. What a file says beside its columns is left out.

mod shown;

use super::apart::{self, Kind};
use super::part::{Builder, Written};
use super::{BASE64, Content, FormatError, Nest, label};
use crate::case::FieldPolicy;
use base64::Engine as _;
use serde::{Deserialize, Serialize};

const NOTE_ASIDE: &str = "what the Parquet file says beside its columns was left out";

/// How a column of text is declared.
const TEXT: &str = "message m { optional binary c (STRING); }";

/// Bytes that the values of a file may have.
pub(crate) const VALUES: usize = 64 << 20;

/// What the decoder says of a file.
#[derive(Serialize, Deserialize)]
pub(crate) enum Answer {
    /// Its columns.
    Read(Table),
    /// It is encrypted.
    Encrypted,
    /// Lists and records in cells.
    Nested,
    /// A type of column that nobody reads here.
    Type,
    /// More than [`VALUES`].
    TooLarge,
    /// It is none.
    Broken,
}

/// Columns of equal length.
#[derive(Serialize, Deserialize)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    /// How many rows are stored together.
    pub(crate) groups: Vec<usize>,
    /// It says something beside its columns.
    pub(crate) aside: bool,
    /// Bytes that are no text were left out.
    pub(crate) opaque: bool,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Its declaration, under the name `c`.
    pub(crate) shape: String,
    pub(crate) optional: bool,
    pub(crate) means: Means,
    pub(crate) cells: Cells,
}

/// What a value stands for.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Means {
    Itself,
    /// A number without sign.
    Unsigned,
    /// Days since 1970.
    Date,
    /// So many parts of a second since midnight.
    Time(i64),
    /// So many parts of a second since 1970.
    Timestamp(i64),
    /// A number with so many digits behind its point.
    Decimal(u32),
    Uuid,
}

/// Values; of numbers with a point the bits, of bytes their base64.
#[derive(Serialize, Deserialize)]
pub(crate) enum Cells {
    Truth(Vec<Option<bool>>),
    Short(Vec<Option<i32>>),
    Long(Vec<Option<i64>>),
    Single(Vec<Option<u32>>),
    Double(Vec<Option<u64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<String>>),
}

/// A table and where its texts went.
pub(super) struct Columns {
    table: Table,
    heads: Vec<Option<usize>>,
    /// For each row its case, and for each of its cells the field.
    rows: Vec<(usize, Vec<Option<usize>>)>,
    dropped: Vec<bool>,
}

pub(super) fn open(
    bytes: &[u8],
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Content, FormatError> {
    if nest.depth > 0 {
        return Err(FormatError::Within("a Parquet file"));
    }
    let mut table = match apart::ask::<Answer>(Kind::Parquet, bytes)? {
        Answer::Read(table) => table,
        Answer::Encrypted => return Err(FormatError::Encrypted("Parquet file")),
        Answer::Nested => {
            return Err(FormatError::Unsupported(
                "a Parquet file with lists or records in its cells",
            ));
        }
        Answer::Type => {
            return Err(FormatError::Unsupported(
                "a Parquet file with a type of column that is not read",
            ));
        }
        Answer::TooLarge => return Err(FormatError::TooLarge { limit: VALUES }),
        Answer::Broken => return Err(broken("it cannot be read")),
    };
    let rows: usize = table.groups.iter().sum();
    if table.columns.iter().any(|c| c.cells.len() != rows) {
        return Err(broken("its columns differ in length"));
    }
    if table.aside {
        builder.note(NOTE_ASIDE);
    }
    for column in &mut table.columns {
        if column.cells.leave_out_opaque(column.means) {
            column.optional = true;
            table.opaque = true;
        }
    }
    if table.opaque {
        builder.note(super::NOTE_FILE);
    }
    let policies: Vec<_> =
        table.columns.iter().map(|c| label::policy(nest.form, &c.name)).collect();
    builder.cut();
    let head = |name: &String| {
        let searched = !name.trim().is_empty() && !label::is_common(name);
        searched.then(|| builder.text(name.clone(), FieldPolicy::Scrub))
    };
    let heads = table.columns.iter().map(|c| &c.name).map(head).collect();
    let mut cells = Vec::with_capacity(rows);
    for row in 0..rows {
        builder.cut();
        let mut fields = Vec::with_capacity(table.columns.len());
        for (column, policy) in table.columns.iter().zip(&policies) {
            let text = column.shown(row).filter(|t| !t.trim().is_empty() && column.is_searched());
            let text = text.filter(|_| *policy != FieldPolicy::Drop);
            fields.push(text.map(|text| builder.labelled(column.name.trim(), text, *policy)));
        }
        cells.push((builder.case(), fields));
    }
    let dropped = policies.iter().map(|p| *p == FieldPolicy::Drop).collect();
    Ok(Content::Columns(Columns { table, heads, rows: cells, dropped }))
}

fn broken(problem: &'static str) -> FormatError {
    FormatError::Syntax { format: "Parquet", place: "its structure".to_owned(), problem }
}

impl Columns {
    /// The file anew.
    pub(super) fn write(&self, written: &Written<'_>) -> Result<Vec<u8>, FormatError> {
        let kept = |row: &usize| !written.is_held(self.rows[*row].0);
        let (mut groups, mut rows, mut start) = (Vec::new(), Vec::new(), 0);
        for size in &self.table.groups {
            let own: Vec<usize> = (start..start + size).filter(kept).collect();
            start += size;
            if !own.is_empty() {
                groups.push(own.len());
                rows.extend(own);
            }
        }
        let mut columns: Vec<Column> = Vec::new();
        for (number, column) in self.table.columns.iter().enumerate() {
            let mut column = self.column(number, column, &rows, written);
            while columns.iter().any(|c| c.name == column.name) {
                column.name.push_str(" (2)");
            }
            columns.push(column);
        }
        let table = Table { columns, groups, aside: false, opaque: false };
        let table = serde_json::to_vec(&table).map_err(|_| broken("it cannot be written"))?;
        let bytes = apart::ask::<Option<String>>(Kind::ToParquet, &table)?;
        let bytes = bytes.and_then(|b| BASE64.decode(b).ok());
        bytes.ok_or_else(|| broken("it cannot be written"))
    }

    /// A column with what masking changed.
    fn column(
        &self,
        number: usize,
        column: &Column,
        rows: &[usize],
        written: &Written<'_>,
    ) -> Column {
        let piece = |field: usize, text: &str| written.piece(field, &(0..text.len()));
        let name = self.heads[number].and_then(|field| piece(field, &column.name));
        let name = name.map_or_else(
            || column.name.clone(),
            |new| {
                if new.trim().is_empty() { format!("column-{}", number + 1) } else { new }
            },
        );
        let (shape, means, optional) = (column.shape.clone(), column.means, column.optional);
        if self.dropped[number] {
            let cells = Cells::Text(vec![None; rows.len()]);
            return Column {
                name,
                shape: TEXT.to_owned(),
                optional: true,
                means: Means::Itself,
                cells,
            };
        }
        let mut changed = false;
        let texts = rows.iter().map(|&row| {
            let shown = column.shown(row)?;
            let new = self.rows[row].1[number].and_then(|field| piece(field, &shown));
            changed |= new.is_some();
            Some(new.unwrap_or(shown))
        });
        let texts: Vec<Option<String>> = texts.collect();
        match &column.cells {
            Cells::Text(_) => Column { name, shape, optional, means, cells: Cells::Text(texts) },
            _ if changed => {
                let cells = Cells::Text(texts);
                Column { name, shape: TEXT.to_owned(), optional: true, means: Means::Itself, cells }
            }
            cells => Column { name, shape, optional, means, cells: cells.only(rows) },
        }
    }
}
