//! Tags and text of XML and HTML, with their positions in the source.

use super::FormatError;
use std::ops::Range;

/// A piece of markup.
pub(super) enum Token {
    /// Text between tags, references not yet decoded.
    Text(Range<usize>),
    /// `<![CDATA[…]]>`: the text inside.
    CData(Range<usize>),
    /// `<!-- … -->`: the text inside.
    Comment(Range<usize>),
    /// `<name …>`, `<name …/>`.
    Open { name: String, start: usize, attributes: Vec<Attribute>, empty: bool },
    /// `</name>`, and where it ends.
    Close { name: String, end: usize },
    /// `<?…?>` or `<!…>`: what is inside.
    Instruction(Range<usize>),
    /// A declaration that holds no text: `<!DOCTYPE html>`, `<?xml version="1.0"?>`.
    Declaration,
}

/// An attribute: its name, and where its value stands without quotes.
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) value: Range<usize>,
    /// False for `a=b` without quotes.
    pub(super) quoted: bool,
}

/// A name without its prefix.
pub(super) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or("")
}

/// Elements of HTML whose content is no markup.
const RAW: [&str; 4] = ["script", "style", "textarea", "title"];

/// Cuts a text into tokens. In HTML, names are lower case and a lone `<` is text.
///
/// # Errors
/// [`FormatError::Syntax`] for a tag, comment or section without end.
pub(super) fn tokens(source: &str, html: bool) -> Result<Vec<Token>, FormatError> {
    let mut tokens = Vec::new();
    let bytes = source.as_bytes();
    let (mut at, mut text) = (0, 0);
    let fail = |at: usize, problem| {
        let format = if html { "HTML" } else { "XML" };
        Err(FormatError::Syntax { format, place: format!("byte {at}"), problem })
    };
    let find = |needle: &str, from: usize| source[from..].find(needle).map(|i| from + i);
    while let Some(i) = memchr::memchr(b'<', &bytes[at..]) {
        let start = at + i;
        let rest = &source[start..];
        let next = bytes.get(start + 1).copied().unwrap_or(b' ');
        if html && !(next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?')) {
            at = start + 1;
            continue;
        }
        if text < start {
            tokens.push(Token::Text(text..start));
        }
        let end = if rest.starts_with("<!--") {
            let Some(end) = find("-->", start + 4) else {
                return fail(start, "a comment without end");
            };
            tokens.push(Token::Comment(start + 4..end));
            end + 3
        } else if rest.starts_with("<![CDATA[") {
            let Some(end) = find("]]>", start) else { return fail(start, "a section without end") };
            tokens.push(Token::CData(start + 9..end));
            end + 3
        } else if rest.starts_with("<!") {
            let Some(end) = find(">", start) else {
                return fail(start, "a declaration without end");
            };
            if source[start..end].contains('[') {
                return fail(start, "a document type with definitions of its own");
            }
            tokens.push(if source[start + 2..end].eq_ignore_ascii_case("doctype html") {
                Token::Declaration
            } else {
                Token::Instruction(start + 2..end)
            });
            end + 1
        } else if rest.starts_with("<?") {
            let close = if html { ">" } else { "?>" };
            let Some(end) = find(close, start) else {
                return fail(start, "an instruction without end");
            };
            tokens.push(if is_declaration(&source[start + 2..end]) {
                Token::Declaration
            } else {
                Token::Instruction(start + 2..end)
            });
            end + close.len()
        } else if let Some(end) = tag_end(bytes, start) {
            tokens.push(tag(source, start..end, html));
            end
        } else {
            return fail(start, "a tag without end");
        };
        (at, text) = (end, end);
        let Some(Token::Open { name, empty: false, .. }) = tokens.last() else { continue };
        if html && RAW.contains(&name.as_str()) {
            let close = format!("</{name}");
            let lower = source[end..].to_ascii_lowercase();
            let Some(stop) = lower.find(&close) else {
                return fail(start, "an element without end");
            };
            if stop > 0 {
                tokens.push(Token::Text(end..end + stop));
            }
            (at, text) = (end + stop, end + stop);
        }
    }
    if text < source.len() {
        tokens.push(Token::Text(text..source.len()));
    }
    Ok(tokens)
}

/// True for `xml version="1.0" encoding="UTF-8"` and the like, which hold no text.
fn is_declaration(instruction: &str) -> bool {
    let mut words = instruction.split_ascii_whitespace();
    let says = |w: &str| {
        w.len() <= 32 && ["version=", "encoding=", "standalone="].iter().any(|k| w.starts_with(k))
    };
    words.next() == Some("xml") && words.all(says)
}

/// True for the declaration of a namespace, an address that the format fixes. What has a sign of
/// something else in it, or a long number, is searched like any other value.
pub(super) fn is_namespace(attribute: &Attribute, text: &str) -> bool {
    let name = &attribute.name;
    let fixed = |b: u8| b.is_ascii_alphanumeric() || b"-._/:#".contains(&b);
    (name == "xmlns" || name.starts_with("xmlns:"))
        && ["http://", "https://", "urn:"].iter().any(|scheme| text.starts_with(scheme))
        && text.bytes().all(fixed)
        && !text.as_bytes().windows(7).any(|w| w.iter().all(u8::is_ascii_digit))
}

/// Behind the `>` of a tag; one inside quotes does not count.
fn tag_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut quote = None;
    let mut before = b' ';
    for (i, &b) in bytes.iter().enumerate().skip(start + 1) {
        match (quote, b) {
            (Some(q), _) if q == b => quote = None,
            (Some(_), _) => {}
            // A quote opens behind `=` only: `<p title=it's>` has none.
            (None, b'"' | b'\'') if before == b'=' => quote = Some(b),
            (None, b'>') => return Some(i + 1),
            (None, _) => {}
        }
        if !b.is_ascii_whitespace() {
            before = b;
        }
    }
    None
}

fn tag(source: &str, range: Range<usize>, html: bool) -> Token {
    let bytes = source.as_bytes();
    let close = bytes[range.start + 1] == b'/';
    let from = range.start + 1 + usize::from(close);
    let mut end = range.end - 1;
    let empty = !close && end > from && bytes[end - 1] == b'/';
    end -= usize::from(empty);
    let stop = |b: u8| b.is_ascii_whitespace() || b == b'/';
    let mut at = from;
    while at < end && !stop(bytes[at]) {
        at += 1;
    }
    let fold = |s: &str| if html { s.to_ascii_lowercase() } else { s.to_owned() };
    let name = fold(&source[from..at]);
    if close {
        return Token::Close { name, end: range.end };
    }
    let mut attributes = Vec::new();
    while at < end {
        if stop(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < end && !stop(bytes[at]) && (bytes[at] != b'=' || at == start) {
            at += 1;
        }
        let own = fold(&source[start..at]);
        let mut next = at;
        while next < end && bytes[next].is_ascii_whitespace() {
            next += 1;
        }
        if next >= end || bytes[next] != b'=' {
            // A name without value can hold text as well.
            attributes.push(Attribute { name: own, value: start..at, quoted: false });
            continue;
        }
        next += 1;
        while next < end && bytes[next].is_ascii_whitespace() {
            next += 1;
        }
        let quote = bytes.get(next).copied().filter(|b| next < end && matches!(b, b'"' | b'\''));
        let from = next + usize::from(quote.is_some());
        let mut to = from;
        while to < end && quote.map_or(!bytes[to].is_ascii_whitespace(), |q| bytes[to] != q) {
            to += 1;
        }
        attributes.push(Attribute { name: own, value: from..to, quoted: quote.is_some() });
        at = to + usize::from(quote.is_some());
    }
    Token::Open { name, start: range.start, attributes, empty }
}

/// Text with its references decoded, and where each of its characters stands: `map[i]` is the
/// source position of byte `i` of the text; one more at the end.
pub(super) fn decoded(source: &str, range: Range<usize>) -> (String, Vec<usize>) {
    let (mut text, mut map) = (String::new(), Vec::new());
    let mut at = range.start;
    while let Some(c) = source[at..range.end].chars().next() {
        let found = (c == '&').then(|| reference(&source[at..range.end])).flatten();
        let (shown, len) = found.unwrap_or_else(|| (c.to_string(), c.len_utf8()));
        map.extend(std::iter::repeat_n(at, shown.len()));
        text.push_str(&shown);
        at += len;
    }
    map.push(range.end);
    (text, map)
}

/// The character of a reference, and its length in the source.
fn reference(text: &str) -> Option<(String, usize)> {
    let end = text.bytes().take(32).position(|b| b == b';')?;
    let name = text.get(1..end)?;
    let shown = if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        char::from_u32(code)?
    } else {
        named(name)?
    };
    Some((shown.to_string(), end + 1))
}

/// The named references that letters in English and French use.
fn named(name: &str) -> Option<char> {
    const LATIN: &str = "Agrave\u{c0} Aacute\u{c1} Acirc\u{c2} Atilde\u{c3} Auml\u{c4} Aring\u{c5} AElig\u{c6} Ccedil\u{c7} Egrave\u{c8} Eacute\u{c9} Ecirc\u{ca} Euml\u{cb} Igrave\u{cc} Iacute\u{cd} Icirc\u{ce} Iuml\u{cf} Ntilde\u{d1} Ograve\u{d2} Oacute\u{d3} Ocirc\u{d4} Otilde\u{d5} Ouml\u{d6} Oslash\u{d8} Ugrave\u{d9} Uacute\u{da} Ucirc\u{db} Uuml\u{dc} Yacute\u{dd} szlig\u{df} agrave\u{e0} aacute\u{e1} acirc\u{e2} atilde\u{e3} auml\u{e4} aring\u{e5} aelig\u{e6} ccedil\u{e7} egrave\u{e8} eacute\u{e9} ecirc\u{ea} euml\u{eb} igrave\u{ec} iacute\u{ed} icirc\u{ee} iuml\u{ef} ntilde\u{f1} ograve\u{f2} oacute\u{f3} ocirc\u{f4} otilde\u{f5} ouml\u{f6} oslash\u{f8} ugrave\u{f9} uacute\u{fa} ucirc\u{fb} uuml\u{fc} yacute\u{fd} yuml\u{ff} OElig\u{152} oelig\u{153} nbsp\u{a0} laquo\u{ab} raquo\u{bb} lsquo\u{2018} rsquo\u{2019} ldquo\u{201c} rdquo\u{201d} ndash\u{2013} mdash\u{2014} hellip\u{2026} bull\u{2022} middot\u{b7} deg\u{b0} commat@ period. colon: sol/ hyphen- lpar( rpar) num# shy\u{ad} ensp\u{2002} emsp\u{2003} thinsp\u{2009} amp& lt< gt> quot\" apos' Tab\u{9} NewLine\u{a}";
    LATIN.split(' ').find_map(|entry| {
        let c = entry.chars().next_back()?;
        (&entry[..entry.len() - c.len_utf8()] == name).then_some(c)
    })
}

/// Text between tags.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text of a quoted attribute.
pub(super) fn escape_attribute(text: &str) -> String {
    escape(text).replace('"', "&quot;").replace('\'', "&#39;")
}

/// Text of an attribute without quotes: it gets some.
pub(super) fn escape_bare(text: &str) -> String {
    format!("\"{}\"", escape_attribute(text))
}

/// Text inside a comment or section: nothing there can end it.
pub(super) fn unclosed(text: &str) -> String {
    text.replace("--", "- ").replace(']', ")").replace('[', "(").replace('>', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str, html: bool) -> Vec<String> {
        let show = |t: Token| match t {
            Token::Text(r) => format!("text {}", decoded(source, r).0),
            Token::CData(r) => format!("cdata {}", &source[r]),
            Token::Comment(r) => format!("comment {}", &source[r]),
            Token::Instruction(r) => format!("instruction {}", &source[r]),
            Token::Declaration => "declaration".to_owned(),
            Token::Close { name, .. } => format!("/{name}"),
            Token::Open { name, attributes, empty, .. } => {
                let all: Vec<String> = attributes
                    .iter()
                    .map(|a| format!("{}={}", a.name, &source[a.value.clone()]))
                    .collect();
                format!("{name} {}{}", all.join(","), if empty { "/" } else { "" })
            }
        };
        tokens(source, html).unwrap().into_iter().map(show).collect()
    }

    #[test]
    fn markup_is_cut_as_a_browser_cuts_it() {
        assert_eq!(
            shown(
                "<?xml version=\"1.0\"?><a x='1>2' y=\"&quot;\"/>t&eacute;&#x41;<!--c--><![CDATA[<b>]]>",
                false
            ),
            ["declaration", "a x=1>2,y=&quot;/", "text téA", "comment c", "cdata <b>"]
        );
        assert_eq!(
            shown("<!DOCTYPE html><P Title=x hidden>a < b<script>\"<b>\"</script></P>", true),
            [
                "declaration",
                "p title=x,hidden=hidden",
                "text a < b",
                "script ",
                "text \"<b>\"",
                "/script",
                "/p"
            ]
        );
        for text in ["<a", "<!-- x", "<![CDATA[ x", "<!DOCTYPE a [<!ENTITY b \"c\">]>", "<a b=\"x>"]
        {
            assert!(tokens(text, false).is_err(), "{text}");
        }
    }
}
