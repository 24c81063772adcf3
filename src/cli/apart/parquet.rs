//! Columns of a Parquet file out of it and into one, for [`crate::format`].

use crate::format::parquet::{Answer, Cells, Column, Means, Table, VALUES};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use parquet::basic::{
    Compression, ConvertedType, IntType, LogicalType, Repetition, TimeUnit, Type as Physical,
};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type as values;
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::printer::print_schema;
use parquet::schema::types::{ColumnDescriptor, Type};
use std::cell::Cell;
use std::sync::Arc;

pub(super) fn read(bytes: Vec<u8>) -> Answer {
    if bytes.ends_with(b"PARE") {
        return Answer::Encrypted;
    }
    table(bytes).unwrap_or(Answer::Broken)
}

fn table(bytes: Vec<u8>) -> Result<Answer> {
    let file = SerializedFileReader::new(Bytes::from(bytes))?;
    let meta = file.metadata().file_metadata();
    let columns = meta.schema_descr().columns();
    let flat = |c: &Arc<ColumnDescriptor>| {
        c.max_rep_level() == 0 && c.max_def_level() <= 1 && c.path().parts().len() == 1
    };
    if !columns.iter().all(flat) {
        return Ok(Answer::Nested);
    }
    let aside = meta.key_value_metadata().is_some_and(|all| !all.is_empty());
    let mut table = Table { columns: Vec::new(), groups: Vec::new(), aside, opaque: false };
    for column in columns {
        let Some(new) = declared(column)? else { return Ok(Answer::Type) };
        table.columns.push(new);
    }
    let mut room = Room { bytes: VALUES, opaque: Cell::new(false) };
    for group in 0..file.num_row_groups() {
        let group = file.get_row_group(group)?;
        table.groups.push(usize::try_from(group.metadata().num_rows()).unwrap_or(0));
        for (i, column) in table.columns.iter_mut().enumerate() {
            if !take(group.get_column_reader(i)?, column, &mut room)? {
                return Ok(Answer::TooLarge);
            }
        }
    }
    table.opaque = room.opaque.get();
    Ok(Answer::Read(table))
}

/// Bytes of values that there is room for.
struct Room {
    bytes: usize,
    /// Something had no room because it is no text.
    opaque: Cell<bool>,
}

impl Room {
    fn take(&mut self, bytes: usize) -> bool {
        let fits = bytes <= self.bytes;
        self.bytes = self.bytes.saturating_sub(bytes);
        fits
    }
}

/// A column without cells; `None` for a type that is not read.
fn declared(column: &ColumnDescriptor) -> Result<Option<Column>> {
    let own = column.self_type();
    let parts = |unit: &TimeUnit| match unit {
        TimeUnit::MILLIS => 1000,
        TimeUnit::MICROS => 1_000_000,
        TimeUnit::NANOS => 1_000_000_000,
    };
    let old = matches!(column.physical_type(), Physical::INT96);
    let scale = u32::try_from(column.type_scale()).unwrap_or(0);
    let means = match (column.logical_type_ref(), column.converted_type()) {
        _ if old => Means::Timestamp(1_000_000),
        (Some(LogicalType::Date), _) | (None, ConvertedType::DATE) => Means::Date,
        (Some(LogicalType::Time(own)), _) => Means::Time(parts(&own.unit)),
        (Some(LogicalType::Timestamp(own)), _) => Means::Timestamp(parts(&own.unit)),
        (None, ConvertedType::TIME_MILLIS) => Means::Time(1000),
        (None, ConvertedType::TIME_MICROS) => Means::Time(1_000_000),
        (None, ConvertedType::TIMESTAMP_MILLIS) => Means::Timestamp(1000),
        (None, ConvertedType::TIMESTAMP_MICROS) => Means::Timestamp(1_000_000),
        (Some(LogicalType::Decimal(_)), _) | (None, ConvertedType::DECIMAL) => {
            Means::Decimal(scale)
        }
        (Some(LogicalType::Integer(IntType { is_signed: false, .. })), _)
        | (
            None,
            ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64,
        ) => Means::Unsigned,
        (Some(LogicalType::Uuid), _) => Means::Uuid,
        (
            Some(
                LogicalType::String
                | LogicalType::Enum
                | LogicalType::Json
                | LogicalType::Integer(_),
            ),
            _,
        )
        | (
            None,
            ConvertedType::NONE
            | ConvertedType::UTF8
            | ConvertedType::ENUM
            | ConvertedType::JSON
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64,
        ) => Means::Itself,
        _ => return Ok(None),
    };
    if matches!(means, Means::Decimal(_)) && column.type_length() > 16 {
        return Ok(None);
    }
    let cells = match column.physical_type() {
        Physical::BOOLEAN => Cells::Truth(Vec::new()),
        Physical::INT32 => Cells::Short(Vec::new()),
        Physical::INT64 | Physical::INT96 => Cells::Long(Vec::new()),
        Physical::FLOAT => Cells::Single(Vec::new()),
        Physical::DOUBLE => Cells::Double(Vec::new()),
        Physical::BYTE_ARRAY if !matches!(means, Means::Decimal(_)) => Cells::Text(Vec::new()),
        Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => Cells::Bytes(Vec::new()),
    };
    let shape = if old {
        "message m { optional int64 c (TIMESTAMP(MICROS,false)); }".to_owned()
    } else {
        let named = renamed(own, "c", column.max_def_level() > 0)?;
        let schema = Type::group_type_builder("m").with_fields(vec![Arc::new(named)]).build()?;
        let mut shape = Vec::new();
        print_schema(&mut shape, &schema);
        String::from_utf8_lossy(&shape).into_owned()
    };
    let optional = column.max_def_level() > 0;
    Ok(Some(Column { name: column.name().to_owned(), shape, optional, means, cells }))
}

/// The type of a column under another name.
fn renamed(own: &Type, name: &str, optional: bool) -> Result<Type> {
    let info = own.get_basic_info();
    let Type::PrimitiveType { type_length, scale, precision, .. } = own else {
        return Err(parquet::errors::ParquetError::General("a group".to_owned()));
    };
    let repetition = if optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    Type::primitive_type_builder(name, own.get_physical_type())
        .with_repetition(repetition)
        .with_converted_type(info.converted_type())
        .with_logical_type(info.logical_type_ref().cloned())
        .with_length(*type_length)
        .with_precision(*precision)
        .with_scale(*scale)
        .build()
}

/// Adds the cells of a group; false when there is no room for them.
fn take(reader: ColumnReader, column: &mut Column, room: &mut Room) -> Result<bool> {
    let optional = column.optional;
    Ok(match (reader, &mut column.cells) {
        (ColumnReader::BoolColumnReader(r), Cells::Truth(to)) => {
            add(r, optional, to, room, |v| (v, 1))?
        }
        (ColumnReader::Int32ColumnReader(r), Cells::Short(to)) => {
            add(r, optional, to, room, |v| (v, 4))?
        }
        (ColumnReader::Int64ColumnReader(r), Cells::Long(to)) => {
            add(r, optional, to, room, |v| (v, 8))?
        }
        (ColumnReader::Int96ColumnReader(r), Cells::Long(to)) => {
            add(r, optional, to, room, |v| (v.to_micros(), 8))?
        }
        (ColumnReader::FloatColumnReader(r), Cells::Single(to)) => {
            add(r, optional, to, room, |v| (v.to_bits(), 4))?
        }
        (ColumnReader::DoubleColumnReader(r), Cells::Double(to)) => {
            add(r, optional, to, room, |v| (v.to_bits(), 8))?
        }
        (ColumnReader::ByteArrayColumnReader(r), Cells::Text(to)) => {
            let opaque = room.opaque.clone();
            let added = add(r, optional, to, room, |v: values::ByteArray| {
                // Bytes that are no text are left out, and that is told.
                let text = String::from_utf8(v.data().to_vec());
                opaque.set(opaque.get() || text.is_err());
                let text = text.unwrap_or_default();
                let bytes = 8 + text.len();
                (text, bytes)
            })?;
            room.opaque = opaque;
            added
        }
        (ColumnReader::ByteArrayColumnReader(r), Cells::Bytes(to)) => {
            add(r, optional, to, room, |v: values::ByteArray| packed(v.data()))?
        }
        (ColumnReader::FixedLenByteArrayColumnReader(r), Cells::Bytes(to)) => {
            add(r, optional, to, room, |v: values::FixedLenByteArray| packed(v.data()))?
        }
        _ => return Err(parquet::errors::ParquetError::General("another type".to_owned())),
    })
}

fn packed(bytes: &[u8]) -> (String, usize) {
    let text = BASE64_STANDARD.encode(bytes);
    let bytes = 8 + text.len();
    (text, bytes)
}

fn add<T: values::DataType, V>(
    mut reader: ColumnReaderImpl<T>,
    optional: bool,
    to: &mut Vec<Option<V>>,
    room: &mut Room,
    of: impl Fn(T::T) -> (V, usize),
) -> Result<bool> {
    loop {
        let (mut levels, mut found) = (Vec::new(), Vec::new());
        let (rows, ..) =
            reader.read_records(4096, optional.then_some(&mut levels), None, &mut found)?;
        if rows == 0 {
            return Ok(true);
        }
        let mut found = found.into_iter();
        for row in 0..rows {
            let there = !optional || levels.get(row) == Some(&1);
            let value = if there { found.next().map(&of) } else { None };
            if !room.take(value.as_ref().map_or(1, |(_, bytes)| *bytes)) {
                return Ok(false);
            }
            to.push(value.map(|(value, _)| value));
        }
    }
}

/// The file of a table, in base64; `None` when it cannot be written.
pub(super) fn write(bytes: &[u8]) -> Option<String> {
    let table: Table = serde_json::from_slice(bytes).ok()?;
    file(&table).ok().map(|bytes| BASE64_STANDARD.encode(bytes))
}

fn file(table: &Table) -> Result<Vec<u8>> {
    let mut fields = Vec::new();
    for column in &table.columns {
        let shape = parse_message_type(&column.shape)?;
        let own = &shape.get_fields()[0];
        fields.push(Arc::new(renamed(own, &column.name, column.optional)?));
    }
    let schema = Type::group_type_builder("schema").with_fields(fields).build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("caseveil".to_owned())
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    let mut start = 0;
    for rows in &table.groups {
        let mut group = writer.next_row_group()?;
        let mut columns = table.columns.iter();
        while let (Some(to), Some(column)) = (group.next_column()?, columns.next()) {
            put(to, column, start..start + rows)?;
        }
        group.close()?;
        start += rows;
    }
    writer.into_inner()
}

fn put(
    to: SerializedColumnWriter<'_>,
    column: &Column,
    rows: std::ops::Range<usize>,
) -> Result<()> {
    let decoded = |text: &String| BASE64_STANDARD.decode(text).unwrap_or_default();
    let fixed = matches!(column.means, Means::Uuid)
        || column.shape.to_ascii_lowercase().contains("fixed_len");
    match &column.cells {
        Cells::Truth(c) => batch::<values::BoolType, _>(to, column.optional, &c[rows], |v| *v),
        Cells::Short(c) => batch::<values::Int32Type, _>(to, column.optional, &c[rows], |v| *v),
        Cells::Long(c) => batch::<values::Int64Type, _>(to, column.optional, &c[rows], |v| *v),
        Cells::Single(c) => {
            batch::<values::FloatType, _>(to, column.optional, &c[rows], |v| f32::from_bits(*v))
        }
        Cells::Double(c) => {
            batch::<values::DoubleType, _>(to, column.optional, &c[rows], |v| f64::from_bits(*v))
        }
        Cells::Text(c) => batch::<values::ByteArrayType, _>(to, column.optional, &c[rows], |v| {
            values::ByteArray::from(v.as_bytes().to_vec())
        }),
        Cells::Bytes(c) if fixed => {
            batch::<values::FixedLenByteArrayType, _>(to, column.optional, &c[rows], |v| {
                values::FixedLenByteArray::from(decoded(v))
            })
        }
        Cells::Bytes(c) => batch::<values::ByteArrayType, _>(to, column.optional, &c[rows], |v| {
            values::ByteArray::from(decoded(v))
        }),
    }
}

fn batch<T: values::DataType, V>(
    mut to: SerializedColumnWriter<'_>,
    optional: bool,
    cells: &[Option<V>],
    of: impl Fn(&V) -> T::T,
) -> Result<()> {
    let levels: Vec<i16> = cells.iter().map(|c| i16::from(c.is_some())).collect();
    let found: Vec<T::T> = cells.iter().flatten().map(of).collect();
    to.typed::<T>().write_batch(&found, optional.then_some(levels.as_slice()), None)?;
    to.close()
}
