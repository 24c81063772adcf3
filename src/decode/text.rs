//! Bytes to text: UTF-8, UTF-16 and Windows-1252, by mark or by what the bytes look like.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The text of `bytes`, and the name of the encoding it was read in. Never fails: bytes that no
/// encoding explains become U+FFFD.
///
/// # Examples
/// ```
/// let (text, encoding) = caseveil::decode::text(b"caf\xe9 no 4");
/// assert_eq!((text.as_str(), encoding), ("café no 4", "windows-1252"));
/// ```
pub fn text(bytes: &[u8]) -> (String, &'static str) {
    let encoding = match Encoding::for_bom(bytes) {
        Some((marked, _)) => marked,
        None => match std::str::from_utf8(bytes) {
            Ok(text) if !looks_utf16(bytes) => return (text.to_owned(), UTF_8.name()),
            _ => guess(bytes),
        },
    };
    // Decoding with BOM removal of the chosen encoding only.
    let (text, _) = encoding.decode_with_bom_removal(bytes);
    (text.into_owned(), encoding.name())
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    if looks_utf16(bytes) {
        let zeros_at = |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|&&b| b == 0).count();
        return if zeros_at(1) >= zeros_at(0) { UTF_16LE } else { UTF_16BE };
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let found = detector.guess(Some(b"ca"), chardetng::Utf8Detection::Allow);
    // A mostly valid UTF-8 text with one bad byte stays UTF-8; all else here is a Western machine.
    if found == UTF_8 { UTF_8 } else { WINDOWS_1252 }
}

/// ASCII text in UTF-16 has a zero in nearly every second byte.
fn looks_utf16(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(4096)];
    let zeros = memchr::memchr_iter(0, sample).count();
    sample.len() >= 4 && zeros * 5 >= sample.len() * 2
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn reads_what_clinics_send() {
        let utf16: Vec<u8> = "Née à".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked: Vec<u8> = [0xff, 0xfe].into_iter().chain(utf16.iter().copied()).collect();
        assert_eq!(text(&marked), ("Née à".to_owned(), "UTF-16LE"));
        assert_eq!(text(&utf16), ("Née à".to_owned(), "UTF-16LE"));
        assert_eq!(text("\u{feff}é".as_bytes()), ("é".to_owned(), "UTF-8"));
        assert_eq!(text(b"\x93Jos\xe9e\x94").0, "“Josée”");
    }
}
