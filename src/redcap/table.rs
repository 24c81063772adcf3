//! Tables as REDCap exports and imports them: CSV, or a JSON array of flat objects.

use super::RedcapError;
use serde_json::{Map, Value};

/// Columns and rows, and the form they came in.
#[derive(Clone)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Cells by row.
    pub rows: Vec<Vec<String>>,
    json: bool,
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// [`RedcapError::Shape`] with the row, never with its text.
    pub fn read(bytes: &[u8]) -> Result<Self, RedcapError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if bytes.trim_ascii_start().first() == Some(&b'[') {
            Self::json(bytes)
        } else {
            Self::csv(bytes)
        }
    }

    fn csv(bytes: &[u8]) -> Result<Self, RedcapError> {
        let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
        let cells = |r: &csv::StringRecord| r.iter().map(str::to_owned).collect::<Vec<_>>();
        let columns = cells(reader.headers().map_err(|_| RedcapError::Shape { row: 1 })?);
        let mut rows = Vec::new();
        for (i, record) in reader.records().enumerate() {
            rows.push(cells(&record.map_err(|_| RedcapError::Shape { row: i + 2 })?));
        }
        Ok(Self { columns, rows, json: false })
    }

    fn json(bytes: &[u8]) -> Result<Self, RedcapError> {
        let objects: Vec<Map<String, Value>> =
            serde_json::from_slice(bytes).map_err(|_| RedcapError::Shape { row: 1 })?;
        let columns: Vec<String> =
            objects.first().map(|o| o.keys().cloned().collect()).unwrap_or_default();
        let mut rows = Vec::new();
        for (i, object) in objects.iter().enumerate() {
            if !object.keys().eq(columns.iter()) {
                return Err(RedcapError::Shape { row: i + 1 });
            }
            let cell = |v: &Value| match v {
                Value::String(text) => Ok(text.clone()),
                Value::Number(n) => Ok(n.to_string()),
                Value::Null => Ok(String::new()),
                Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                    Err(RedcapError::Shape { row: i + 1 })
                }
            };
            rows.push(object.values().map(cell).collect::<Result<_, _>>()?);
        }
        Ok(Self { columns, rows, json: true })
    }

    /// The table in the form that it came in.
    ///
    /// # Panics
    /// When a row is not as wide as the header, which [`Table::read`] refuses.
    pub fn write(&self) -> String {
        if self.json {
            let objects = self.rows.iter().map(|row| {
                let pairs = self.columns.iter().cloned().zip(row.iter().cloned().map(Value::from));
                Value::Object(pairs.collect())
            });
            return Value::Array(objects.collect()).to_string() + "\n";
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in std::iter::once(&self.columns).chain(&self.rows) {
            writer.write_record(row).expect("memory takes it, and rows are as wide as the header");
        }
        let bytes = writer.into_inner().expect("memory takes it");
        String::from_utf8(bytes).expect("cells are UTF-8")
    }
}
