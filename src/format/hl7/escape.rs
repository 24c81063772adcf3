//! The escapes of HL7 v2, read and written: each stands for a separator, a line break or bytes.

use crate::format::flow::Flow;
use std::ops::Range;

/// Text with its escapes read; each escape keeps its own place.
pub(super) fn decode(source: &str, range: Range<usize>, flow: &mut Flow) {
    let mut start = range.start;
    let mut at = range.start;
    while at < range.end {
        let rest = &source[at..range.end];
        let shown = if rest.starts_with('\\') { escaped(rest) } else { None };
        let sub = rest.starts_with('&');
        if shown.is_none() && !sub {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        }
        flow.push(&source[start..at], start..at, encode);
        if let Some((text, len)) = shown {
            flow.push(&text, at..at + len, encode);
            at += len;
        } else {
            flow.show(" ");
            at += 1;
        }
        start = at;
    }
    flow.push(&source[start..range.end], start..range.end, encode);
}

/// What an escape shows, and its length.
fn escaped(text: &str) -> Option<(String, usize)> {
    let end = text[1..].find('\\')? + 1;
    let inner = &text[1..end];
    let shown = match inner {
        "F" => "|".to_owned(),
        "S" => "^".to_owned(),
        "T" => "&".to_owned(),
        "R" => "~".to_owned(),
        "E" => "\\".to_owned(),
        "H" | "N" => "\u{200b}".to_owned(),
        _ if inner.starts_with('.') => "\n".to_owned(),
        _ if inner.starts_with('X') && inner.len() % 2 == 1 => {
            let pairs = inner.as_bytes()[1..].chunks(2);
            let byte = |p: &[u8]| u8::from_str_radix(std::str::from_utf8(p).ok()?, 16).ok();
            let bytes: Vec<u8> = pairs.map(byte).collect::<Option<_>>()?;
            match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(e) => e.as_bytes().iter().map(|&b| char::from(b)).collect(),
            }
        }
        _ => return None,
    };
    Some((shown, end + 1))
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' => out.push_str("\\F\\"),
            '^' => out.push_str("\\S\\"),
            '&' => out.push_str("\\T\\"),
            '~' => out.push_str("\\R\\"),
            '\\' => out.push_str("\\E\\"),
            '\n' => out.push_str("\\.br\\"),
            '\r' | '\u{200b}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_and_written() {
        assert_eq!(escaped("\\T\\x"), Some(("&".to_owned(), 3)));
        assert_eq!(escaped("\\.br\\"), Some(("\n".to_owned(), 5)));
        assert_eq!(escaped("\\XC3A9\\"), Some(("é".to_owned(), 7)));
        assert_eq!(escaped("\\"), None);
        assert_eq!(encode("a&b|c\n"), "a\\T\\b\\F\\c\\.br\\");
    }
}
