//! Archives and compressed files around inputs: told from their content, unpacked within bounds,
//! and packed again around what was released.

mod guard;
mod member;
mod unzip;
mod write;

pub(super) use guard::{Budget, Guard, Tap, Zstd, refusal_of};
pub(super) use member::{each_tar_member, path_of};
pub(super) use unzip::{each_zip_member, is_office};
pub(super) use write::Packer;

/// How far unpacking goes before an input counts as hostile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that one input may unpack to, all its members together.
    pub total: u64,
    /// How many times its packed size a stream may unpack to, once it is beyond [`Limits::free`].
    pub ratio: u64,
    /// Bytes that may be unpacked before the ratio counts.
    pub free: u64,
    /// Archives and compressions in one another.
    pub depth: usize,
    /// Members of one input, those of archives within it included.
    pub members: usize,
}

impl Default for Limits {
    /// 1 TiB, 200 times beyond 16 MiB, 6 deep, a million members.
    fn default() -> Self {
        Self { total: 1 << 40, ratio: 200, free: 16 << 20, depth: 6, members: 1_000_000 }
    }
}

/// A compression around something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrap {
    Gzip,
    Zstd,
}

/// An archive of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Archive {
    Zip,
    Tar,
}

impl Archive {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
        }
    }
}

/// What bytes begin like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Wrapped(Wrap),
    Archive(Archive),
    /// Packed in a way that is not read.
    Other(&'static str),
    Plain,
}

/// Bytes that must be seen to tell what something is.
pub(super) const HEAD: usize = 512;

/// What it is, by its first bytes: endings of names lie.
pub(super) fn kind(head: &[u8]) -> Kind {
    const OTHERS: [(&[u8], &str); 5] = [
        (b"BZh", "bzip2"),
        (b"\xfd7zXZ\0", "xz"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07", "rar"),
        (b"\x04\x22\x4d\x18", "lz4"),
    ];
    let skippable =
        head.len() >= 4 && (0x50..=0x5f).contains(&head[0]) && &head[1..4] == b"\x2a\x4d\x18";
    if head.starts_with(b"\x1f\x8b") {
        Kind::Wrapped(Wrap::Gzip)
    } else if head.starts_with(b"\x28\xb5\x2f\xfd") || skippable {
        Kind::Wrapped(Wrap::Zstd)
    } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        Kind::Archive(Archive::Zip)
    } else if head.len() >= HEAD && is_tar(head) {
        Kind::Archive(Archive::Tar)
    } else if let Some((_, name)) = OTHERS.iter().find(|(mark, _)| head.starts_with(mark)) {
        Kind::Other(name)
    } else {
        Kind::Plain
    }
}

/// A tar header carries the sum of its own bytes; older ones have no mark.
fn is_tar(head: &[u8]) -> bool {
    let octal = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).ok()?;
        u32::from_str_radix(text.trim_matches([' ', '\0']), 8).ok()
    };
    let sum: u32 = head[..HEAD]
        .iter()
        .enumerate()
        .map(|(i, b)| if (148..156).contains(&i) { 32 } else { u32::from(*b) })
        .sum();
    octal(&head[148..156]) == Some(sum) && head[0] != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_from_content() {
        let mut tar = tar::Header::new_ustar();
        tar.set_path("a.txt").unwrap();
        tar.set_size(0);
        tar.set_cksum();
        let mut flipped = tar.as_bytes().to_vec();
        flipped[0] ^= 1;
        let cases: [(&[u8], Kind); 9] = [
            (b"\x1f\x8b\x08", Kind::Wrapped(Wrap::Gzip)),
            (b"\x28\xb5\x2f\xfd\x00", Kind::Wrapped(Wrap::Zstd)),
            (b"\x50\x2a\x4d\x18\x00", Kind::Wrapped(Wrap::Zstd)),
            (b"PK\x03\x04....", Kind::Archive(Archive::Zip)),
            (tar.as_bytes(), Kind::Archive(Archive::Tar)),
            (&flipped, Kind::Plain),
            (b"BZh91AY", Kind::Other("bzip2")),
            (b"pain 7/10", Kind::Plain),
            (b"", Kind::Plain),
        ];
        for (head, expected) in cases {
            assert_eq!(kind(head), expected);
        }
    }
}
