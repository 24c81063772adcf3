//! Zip archives, member by member, in the order of their directory.

use super::guard::refusal_of;
use crate::batch::error::Refusal;
use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;
use zip::ZipArchive;
use zip::result::ZipError;

/// Largest directory of members that is read: all of it stands in memory.
const DIRECTORY: u64 = 64 << 20;

/// Members that word processors and spreadsheets keep: such a zip is a document, not an archive.
const OFFICE: [&str; 2] = ["[Content_Types].xml", "mimetype"];

/// What a member holds, with the count of its packed bytes; or why it is not read.
type Body<'m> = Result<(&'m mut dyn Read, Rc<Cell<u64>>), Refusal>;

/// True for a zip that is one document: DOCX, XLSX, ODT, EPUB.
pub(in crate::batch) fn is_office(reader: &mut (impl Read + Seek)) -> bool {
    let is = directory(reader).is_ok() && reader.rewind().is_ok() && {
        let archive = ZipArchive::new(&mut *reader);
        archive.is_ok_and(|a| OFFICE.iter().any(|name| a.index_for_name(name).is_some()))
    };
    reader.rewind().is_ok() && is
}

/// Visits every member; what is wrong with the archive as a whole ends it.
pub(in crate::batch) fn each_zip_member<E>(
    mut reader: impl Read + Seek,
    mut visit: impl FnMut(&[u8], Body<'_>) -> Result<(), E>,
) -> Result<Result<(), Refusal>, E> {
    let opened = directory(&mut reader).and_then(|members| {
        let mut archive = ZipArchive::new(reader).map_err(|e| refusal(&e))?;
        // Two members of one name, of which a reader would show one; or bytes that several share.
        let hidden = archive.len() as u64 != members;
        if hidden || archive.has_overlapping_entries().map_err(|e| refusal(&e))? {
            return Err(Refusal::Damaged("zip"));
        }
        Ok(archive)
    });
    let mut archive = match opened {
        Ok(archive) => archive,
        Err(refusal) => return Ok(Err(refusal)),
    };
    for i in 0..archive.len() {
        let (name, special) = match archive.by_index_raw(i) {
            Err(e) => return Ok(Err(refusal(&e))),
            Ok(file) if file.is_dir() => continue,
            Ok(file) => {
                let special = if file.encrypted() {
                    Some(Refusal::Encrypted)
                } else if file.is_symlink() {
                    Some(Refusal::NotAFile)
                } else {
                    None
                };
                (file.name_raw().to_vec(), special)
            }
        };
        match (special, archive.by_index(i)) {
            (Some(refusal), _) => visit(&name, Err(refusal))?,
            (None, Err(e)) => visit(&name, Err(refusal(&e)))?,
            (None, Ok(mut file)) => {
                let packed = Rc::new(Cell::new(file.compressed_size()));
                visit(&name, Ok((&mut file, packed)))?;
            }
        }
    }
    Ok(Ok(()))
}

fn refusal(e: &ZipError) -> Refusal {
    match e {
        ZipError::Io(e) => refusal_of(e, Some("zip")),
        ZipError::CompressionMethodNotSupported(_) => {
            Refusal::Packing("a zip method other than stored and deflated")
        }
        ZipError::UnsupportedArchive(_) => Refusal::Packing("an unusual zip"),
        _ => Refusal::Damaged("zip"),
    }
}

/// How many members the end of the archive announces; refused when their directory is too large.
fn directory(reader: &mut (impl Read + Seek)) -> Result<u64, Refusal> {
    read_directory(reader).map_err(|e| refusal_of(&e, Some("zip")))?.map_or(
        Err(Refusal::Damaged("zip")),
        |(members, size)| {
            if size > DIRECTORY {
                return Err(Refusal::Bomb { what: "bytes of directory", bound: DIRECTORY });
            }
            Ok(members)
        },
    )
}

/// Members and bytes of the directory, from the record at the end of the archive.
fn read_directory(reader: &mut (impl Read + Seek)) -> io::Result<Option<(u64, u64)>> {
    const END: usize = 22;
    const LOCATOR: usize = 20;
    let length = reader.seek(SeekFrom::End(0))?;
    let tail = length.min((END + LOCATOR + usize::from(u16::MAX)) as u64);
    reader.seek(SeekFrom::Start(length - tail))?;
    let mut bytes = Vec::new();
    reader.take(tail).read_to_end(&mut bytes)?;
    let Some(at) = memchr::memmem::rfind(&bytes, b"PK\x05\x06") else { return Ok(None) };
    let number = |bytes: &[u8], at: usize, n: usize| -> Option<u64> {
        let field = bytes.get(at..at + n)?;
        Some(field.iter().rev().fold(0, |sum, b| sum << 8 | u64::from(*b)))
    };
    let (Some(members), Some(size)) = (number(&bytes, at + 10, 2), number(&bytes, at + 12, 4))
    else {
        return Ok(None);
    };
    if members != 0xffff && size != 0xffff_ffff {
        return Ok(Some((members, size)));
    }
    // Beyond the old fields: a locator stands in front and says where the larger record is.
    let locator = at.checked_sub(LOCATOR).filter(|&l| bytes[l..].starts_with(b"PK\x06\x07"));
    let Some(place) = locator.and_then(|l| number(&bytes, l + 8, 8)) else {
        return Ok(Some((members, size)));
    };
    reader.seek(SeekFrom::Start(place))?;
    let mut record = Vec::new();
    reader.take(56).read_to_end(&mut record)?;
    Ok(match (number(&record, 32, 8), number(&record, 40, 8)) {
        (Some(members), Some(size)) if record.starts_with(b"PK\x06\x06") => Some((members, size)),
        _ => None,
    })
}
