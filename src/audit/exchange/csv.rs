//! CSV of spans: `spans.csv` with a row a label, and the texts as `texts/ID.txt` beside it.
//!
//! Columns: `id,start,end,type,optional,text`; `text` is a copy for whoever reads the table, checked
//! when it is there. A text without a row is a document without labels.

use super::File;
use super::text::{check, document, lang_of, slice, span, wrong};
use crate::audit::gold::{GoldDocument, GoldError};
use serde::Deserialize;
use std::collections::BTreeMap;

const TABLE: &str = "spans.csv";
const FOLDER: &str = "texts/";

#[derive(Deserialize)]
struct Row {
    id: String,
    start: usize,
    end: usize,
    r#type: String,
    #[serde(default)]
    optional: Option<bool>,
    #[serde(default)]
    text: Option<String>,
}

pub(super) fn read(files: &[File]) -> Result<Vec<GoldDocument>, GoldError> {
    let mut documents: BTreeMap<&str, GoldDocument> = BTreeMap::new();
    for (name, text) in files {
        let id = name.strip_prefix(FOLDER).and_then(|n| n.strip_suffix(".txt"));
        if let Some(id) = id {
            documents.insert(id, document(id, lang_of(id), text, name, 1));
        }
    }
    let table = files.iter().find(|(name, _)| name == TABLE);
    let (_, table) = table.ok_or_else(|| wrong(TABLE, 0, "no such file in the folder"))?;
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let headers = reader.headers().cloned();
    let headers = headers.map_err(|_| wrong(TABLE, 1, "not CSV in UTF-8"))?;
    for key in ["id", "start", "end", "type"] {
        if !headers.iter().any(|h| h == key) {
            return Err(wrong(TABLE, 1, format!("no column {key}; it needs id, start, end, type")));
        }
    }
    let mut record = csv::StringRecord::new();
    loop {
        let before = reader.position().line() as usize;
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(e) => {
                let line = e.position().map_or(before, |p| p.line() as usize);
                return Err(wrong(
                    TABLE,
                    line,
                    "a row with more or fewer columns than the first line",
                ));
            }
        }
        let line = record.position().map_or(before, |p| p.line() as usize);
        // The parser's own message would quote the cell.
        let row: Row = record.deserialize(Some(&headers)).map_err(|_| {
            wrong(TABLE, line, "start and end are numbers, optional is true, false or empty")
        })?;
        let Some(d) = documents.get_mut(row.id.as_str()) else {
            return Err(wrong(TABLE, line, "its id has no file in the folder texts"));
        };
        let s = span(row.start, row.end, &row.r#type, row.optional.unwrap_or(false));
        check(&d.text, &s, row.text.as_deref(), (TABLE, line))?;
        d.spans.push(s);
    }
    Ok(documents.into_values().collect())
}

pub(super) fn write(documents: &[GoldDocument]) -> Result<Vec<File>, String> {
    let wrong = |_: csv::Error| "what CSV cannot write".to_owned();
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["id", "start", "end", "type", "optional", "text"]).map_err(wrong)?;
    for d in documents {
        for s in &d.spans {
            let (start, end) = (s.span.start.to_string(), s.span.end.to_string());
            let text = slice(&d.text, s.span).unwrap_or_default();
            let optional = s.optional.to_string();
            table.write_record([&d.id, &start, &end, &s.kind, &optional, &text]).map_err(wrong)?;
        }
    }
    let bytes = table.into_inner().map_err(|_| "what CSV cannot write".to_owned())?;
    let table = String::from_utf8(bytes).map_err(|_| "what is not UTF-8".to_owned())?;
    let mut out = vec![(TABLE.to_owned(), table)];
    out.extend(documents.iter().map(|d| (format!("{FOLDER}{}.txt", d.id), d.text.clone())));
    Ok(out)
}
