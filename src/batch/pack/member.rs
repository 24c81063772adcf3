//! Tar archives, member by member, and the paths of members.

use super::guard::refusal_of;
use crate::batch::error::Refusal;
use std::io::{self, Read};
use std::path::PathBuf;
use tar::EntryType;

/// Longest path that a header in front of a member may give it.
const LONG_PATH: u64 = 64 << 10;

/// What a tar holds: a file, or why it is none.
type TarMember<'m> = Result<&'m mut dyn Read, Refusal>;

/// Visits every member that is not a folder; `packed` says what the archive lies in. Headers that only describe others are read here,
/// since a hostile one is as long as the archive.
pub(in crate::batch) fn each_tar_member<E>(
    reader: &mut dyn Read,
    packed: &'static str,
    mut visit: impl FnMut(&[u8], TarMember<'_>) -> Result<(), E>,
) -> Result<Result<(), Refusal>, E> {
    let mut archive = tar::Archive::new(reader);
    let damaged = |e: &io::Error| Ok(Err(refusal_of(e, Some(packed))));
    let entries = match archive.entries() {
        Ok(entries) => entries.raw(true),
        Err(e) => return damaged(&e),
    };
    let mut given: Option<Vec<u8>> = None;
    for entry in entries {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(e) => return damaged(&e),
        };
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::GNULongName | EntryType::XHeader) {
            let mut bytes = Vec::new();
            let read = (&mut entry).take(LONG_PATH + 1).read_to_end(&mut bytes);
            match read {
                Err(e) => return damaged(&e),
                Ok(n) if n as u64 > LONG_PATH => return Ok(Err(Refusal::Damaged("tar"))),
                Ok(_) if kind == EntryType::GNULongName => {
                    bytes.truncate(memchr::memchr(0, &bytes).unwrap_or(bytes.len()));
                    given = Some(bytes);
                }
                Ok(_) => match pax(&bytes) {
                    Err(refusal) => return Ok(Err(refusal)),
                    Ok(path) => given = path.or(given),
                },
            }
            continue;
        }
        if matches!(kind, EntryType::GNULongLink | EntryType::XGlobalHeader) {
            continue;
        }
        let path = given.take().unwrap_or_else(|| entry.path_bytes().into_owned());
        if kind == EntryType::Directory || kind.is_file() && path.ends_with(b"/") {
            continue;
        }
        let plain = matches!(kind, EntryType::Regular | EntryType::Continuous);
        visit(&path, if plain { Ok(&mut entry) } else { Err(Refusal::NotAFile) })?;
    }
    Ok(Ok(()))
}

/// The path that a pax header gives. One that changes the size of the member is not read: the
/// members behind it would be taken for something else.
fn pax(bytes: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let mut path = None;
    let mut rest = bytes;
    while !rest.is_empty() && rest[0] != 0 {
        let space = memchr::memchr(b' ', rest).ok_or(Refusal::Damaged("tar"))?;
        let length = std::str::from_utf8(&rest[..space]).ok().and_then(|n| n.parse().ok());
        let record = length.filter(|&n| n > space && n <= rest.len()).map(|n: usize| &rest[..n]);
        let record = record.ok_or(Refusal::Damaged("tar"))?;
        let pair = record[space + 1..].strip_suffix(b"\n").ok_or(Refusal::Damaged("tar"))?;
        if let Some(value) = pair.strip_prefix(b"path=") {
            path = Some(value.to_vec());
        } else if pair.starts_with(b"size=") || pair.starts_with(b"GNU.sparse.") {
            return Err(Refusal::Packing("a tar member beyond 8 GiB or with holes"));
        }
        rest = &rest[record.len()..];
    }
    Ok(path)
}

/// The path of a member, relative and without steps upwards; nothing when it leads elsewhere.
/// Bytes that are no text become replacement characters: such names are not kept anyway.
pub(in crate::batch) fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    let text = String::from_utf8_lossy(bytes).replace('\\', "/");
    let drive = text.as_bytes().get(1) == Some(&b':');
    if text.starts_with('/') || drive || text.contains('\0') {
        return None;
    }
    let mut path = PathBuf::new();
    for part in text.split('/').filter(|p| !p.is_empty() && *p != ".") {
        if part == ".." {
            return None;
        }
        path.push(part);
    }
    (!path.as_os_str().is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn paths_stay_inside() {
        for (bytes, expected) in [
            (&b"a/b.txt"[..], Some("a/b.txt")),
            (b"./a//b.txt", Some("a/b.txt")),
            (b"a\\b.txt", Some("a/b.txt")),
            (b"../b.txt", None),
            (b"a/../../b.txt", None),
            (b"a\\..\\b.txt", None),
            (b"/etc/b.txt", None),
            (b"C:/b.txt", None),
            (b"C:b.txt", None),
            (b"a\0b", None),
            (b"./", None),
            (b"", None),
        ] {
            assert_eq!(path_of(bytes).as_deref(), expected.map(Path::new));
        }
    }

    #[test]
    fn pax_records_are_read_whole() {
        for (bytes, expected) in [
            (&b"14 path=a.txt\n"[..], Ok(Some(b"a.txt".to_vec()))),
            (b"12 mtime=123\n14 path=a.txt\n", Err(Refusal::Damaged("tar"))),
            (b"13 mtime=123\n14 path=a.txt\n", Ok(Some(b"a.txt".to_vec()))),
            (b"", Ok(None)),
            (b"10 size=1\n", Err(Refusal::Packing("a tar member beyond 8 GiB or with holes"))),
            (b"99 path=a\n", Err(Refusal::Damaged("tar"))),
            (b"path=a\n", Err(Refusal::Damaged("tar"))),
        ] {
            assert_eq!(pax(bytes), expected);
        }
    }
}
