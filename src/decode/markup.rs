//! Character references, encodings and bare tags inside text: what they show to a reader.
//!
//! Only tags without attributes, or with attributes of looks, are taken out of the view: any other
//! attribute can hold an identifier, so a tag that has one stays visible to detection.

/// A piece of markup at some position.
pub(super) struct Markup {
    /// Bytes of source it covers.
    pub(super) len: usize,
    /// What the view shows for it; may be empty.
    pub(super) view: String,
}

/// True for the ASCII bytes that no markup starts with, see [`at`].
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        plain[byte] = !matches!(byte as u8, b'&' | b'<' | b'%' | b'=' | b'-');
        byte += 1;
    }
    plain
};

/// How many bytes from the first on are ASCII without the start of any markup.
pub(super) fn plain(bytes: &[u8]) -> usize {
    bytes.iter().position(|b| !PLAIN[usize::from(*b)]).unwrap_or(bytes.len())
}

/// A quick look: false when the text certainly has nothing for [`at`].
pub(super) fn may_hold(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr3_iter(b'&', b'<', b'%', bytes).any(|i| at(text, i).is_some())
        || memchr::memchr2_iter(b'=', b'-', bytes).any(|i| at(text, i).is_some())
}

/// The markup that starts at byte `i` of `text`, if one does.
pub(super) fn at(text: &str, i: usize) -> Option<Markup> {
    let rest = &text.as_bytes()[i..];
    match rest[0] {
        b'&' => reference(&text[i..]),
        b'<' => tag(rest),
        b'%' => percent(text.as_bytes(), i),
        b'=' => quoted_printable(text.as_bytes(), i),
        b'-' => hyphenation(text.as_bytes(), i),
        _ => None,
    }
}

/// `&eacute;`, `&#233;`, `&#xE9;`: shown as the folded character.
fn reference(text: &str) -> Option<Markup> {
    let end = text.as_bytes().iter().take(12).position(|&b| b == b';')?;
    let name = text.get(1..end)?;
    let view = if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        shown(char::from_u32(code)?)
    } else {
        named(name)?
    };
    Some(Markup { len: end + 1, view })
}

fn shown(c: char) -> String {
    if c.is_ascii() {
        return c.to_string();
    }
    match super::fold::fold(c) {
        super::fold::Folded::As(shown) => shown.into_owned(),
        super::fold::Folded::Nothing | super::fold::Folded::Mark => String::new(),
    }
}

fn named(name: &str) -> Option<String> {
    let plain = match name {
        "nbsp" | "ensp" | "emsp" | "thinsp" => " ",
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" | "ldquo" | "rdquo" | "laquo" | "raquo" => "\"",
        "apos" | "rsquo" | "lsquo" => "'",
        "ndash" | "mdash" | "minus" | "hyphen" => "-",
        "shy" | "zwj" | "zwnj" => "",
        "bull" | "middot" => "*",
        "oelig" => "oe",
        "OElig" => "OE",
        "aelig" => "ae",
        "AElig" => "AE",
        "szlig" => "ss",
        "commat" => "@",
        "period" => ".",
        "sol" => "/",
        "colon" => ":",
        // Accented letters: the first letter of the name is the letter.
        _ => {
            let accent = name.get(1..)?;
            let known = matches!(
                accent,
                "acute" | "grave" | "circ" | "uml" | "cedil" | "tilde" | "ring" | "slash" | "caron"
            );
            return (known && name.as_bytes()[0].is_ascii_alphabetic())
                .then(|| name[..1].to_owned());
        }
    };
    Some(plain.to_owned())
}

/// `<b>`, `</td>`, `<br/>`: inline ones vanish, block ones break the line.
fn tag(rest: &[u8]) -> Option<Markup> {
    const INLINE: [&str; 14] = [
        "b", "i", "u", "em", "strong", "span", "font", "sub", "sup", "a", "mark", "small", "s",
        "o:p",
    ];
    const BLOCK: [&str; 19] = [
        "p", "br", "div", "td", "tr", "th", "li", "ul", "ol", "table", "tbody", "h1", "h2", "h3",
        "h4", "hr", "body", "html", "section",
    ];
    let end = rest.iter().take(LONGEST_TAG).position(|&b| b == b'>')?;
    let inner = std::str::from_utf8(&rest[1..end]).ok()?;
    let inner = inner.trim_start_matches('/').trim_end_matches(['/', ' ']).to_ascii_lowercase();
    let (name, attributes) = inner.split_once(' ').unwrap_or((&inner, ""));
    if !only_looks(attributes) {
        return None;
    }
    let view = if INLINE.contains(&name) {
        ""
    } else if BLOCK.contains(&name) {
        "\n"
    } else {
        return None;
    };
    Some(Markup { len: end + 1, view: view.to_owned() })
}

/// Longest tag with attributes that is taken out, in bytes.
const LONGEST_TAG: usize = 96;

/// True for attributes that say how something looks, with values too plain to identify anybody:
/// `color="red" size=2`, `class="x"`.
fn only_looks(attributes: &str) -> bool {
    const LOOKS: [&str; 14] = [
        "style", "color", "size", "face", "align", "valign", "dir", "width", "height", "bgcolor",
        "colspan", "rowspan", "border", "class",
    ];
    attributes.split_ascii_whitespace().all(|attribute| {
        let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        let digits = value.bytes().filter(u8::is_ascii_digit).count();
        let plain = digits <= 3 && (name != "class" || value.len() <= 10);
        LOOKS.contains(&name) && plain
    })
}

/// `%40` beside a letter, digit or another such triple, as in a URL: shown as the ASCII character.
fn percent(bytes: &[u8], i: usize) -> Option<Markup> {
    let value = hex_pair(bytes.get(i + 1..i + 3)?)?;
    let after = bytes.get(i + 3).copied().unwrap_or(b' ');
    let before = if i > 0 { bytes[i - 1] } else { b' ' };
    // "97%20" may be a percentage: an encoding has letters or more encoding around it.
    let triple_before = i >= 3 && bytes[i - 3] == b'%' && hex_pair(&bytes[i - 2..i]).is_some();
    let encoded = after == b'%'
        || triple_before
        || before.is_ascii_alphabetic()
        || after.is_ascii_alphabetic();
    (encoded && (value.is_ascii_graphic() || value == b' '))
        .then(|| Markup { len: 3, view: (value as char).to_string() })
}

/// A soft line break `=` + newline vanishes; `=E9` inside a word is shown as its folded letter.
fn quoted_printable(bytes: &[u8], i: usize) -> Option<Markup> {
    match bytes.get(i + 1..)? {
        [b'\n', ..] if in_word(bytes, i, 2) => Some(Markup { len: 2, view: String::new() }),
        [b'\r', b'\n', ..] if in_word(bytes, i, 3) => Some(Markup { len: 3, view: String::new() }),
        [b'C', b'3', b'=', a, b, ..] => {
            let low = hex_pair(&[*a, *b])?;
            let c = char::from_u32(0xc0 + u32::from(low.checked_sub(0x80)?))?;
            Some(Markup { len: 6, view: shown(c) })
        }
        [a, b, ..] if i > 0 && bytes[i - 1].is_ascii_alphabetic() => {
            let value = hex_pair(&[*a, *b])?;
            (value >= 0xc0).then(|| Markup { len: 3, view: shown(char::from(value)) })
        }
        _ => None,
    }
}

/// A hyphen at a line end inside a lower-case word: `Trem-` newline `blay` is one word.
fn hyphenation(bytes: &[u8], i: usize) -> Option<Markup> {
    let len = match bytes.get(i + 1..)? {
        [b'\n', ..] => 2,
        [b'\r', b'\n', ..] => 3,
        _ => return None,
    };
    let lower = |k: usize| bytes.get(k).is_some_and(u8::is_ascii_lowercase);
    (i > 1 && lower(i - 1) && lower(i + len)).then(|| Markup { len, view: String::new() })
}

fn in_word(bytes: &[u8], i: usize, len: usize) -> bool {
    i > 0
        && bytes[i - 1].is_ascii_alphanumeric()
        && bytes.get(i + len).is_some_and(u8::is_ascii_alphanumeric)
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
    Some(digit(*pair.first()?)? * 16 + digit(*pair.get(1)?)?)
}
