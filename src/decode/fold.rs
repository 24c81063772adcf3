//! One character folded for matching: accents off, look-alikes to ASCII, invisible ones away.
//!
//! Case is kept. A symbol without a meaning for detection becomes `~`; letters of other scripts
//! stay themselves, so that a name in syllabics is still a word.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// What becomes of a character in the view.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Folded {
    /// It leaves nothing and belongs to nothing: zero-width and bidi controls, soft hyphens.
    Nothing,
    /// It belongs to the character before it: combining marks.
    Mark,
    /// These characters stand for it.
    As(Cow<'static, str>),
}

/// The letters that Latin scripts add to ASCII, and their signs: most of what is folded.
const LATIN: Range<usize> = 0x80..0x250;

/// What becomes of them, worked out once.
static LATIN_FOLDED: LazyLock<Vec<Folded>> = LazyLock::new(|| {
    let chars = LATIN.filter_map(|code| char::from_u32(code as u32));
    chars.map(fold_any).collect()
});

/// Folds a character outside ASCII.
pub(crate) fn fold(c: char) -> Folded {
    match LATIN_FOLDED.get((c as usize).wrapping_sub(LATIN.start)) {
        Some(Folded::Nothing) => Folded::Nothing,
        Some(Folded::Mark) => Folded::Mark,
        Some(Folded::As(shown)) => Folded::As(Cow::Borrowed(shown)),
        None => fold_any(c),
    }
}

fn fold_any(c: char) -> Folded {
    let simple: &str = match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            " "
        }
        '\u{85}' | '\u{2028}' | '\u{2029}' => "\n",
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => {
            return Folded::Nothing;
        }
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '﹣' | '－' | '⁃' | '﹘' => {
            "-"
        }
        '‘' | '’' | '‚' | '‛' | '′' | 'ʼ' | 'ʹ' | '`' | '´' | '＇' => "'",
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' | '‹' | '›' | '＂' => "\"",
        '•' | '·' | '▪' | '●' | '◦' | '‣' | '■' | '□' | '○' | '∙' | '➢' | '►' | '☐' | '☑' | '☒' => {
            "*"
        }
        '│' | '┃' | '║' | '¦' | '｜' => "|",
        '⁄' | '∕' => "/",
        '×' => "x",
        '≥' => ">",
        '≤' => "<",
        '°' | 'º' => "o",
        'ª' => "a",
        'µ' | 'μ' => "u",
        'ß' => "ss",
        'œ' => "oe",
        'Œ' => "OE",
        'æ' => "ae",
        'Æ' => "AE",
        'ø' => "o",
        'Ø' => "O",
        'ł' => "l",
        'Ł' => "L",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'ı' => "i",
        'þ' => "th",
        'Þ' => "Th",
        'ħ' => "h",
        'Ħ' => "H",
        'ŋ' => "n",
        'Ŋ' => "N",
        'ə' => "e",
        // Cyrillic and Greek letters that look Latin: a name typed with one of them is still that
        // name. Truly Cyrillic words keep enough other letters to be seen as foreign.
        'а' | 'α' => "a",
        'А' | 'Α' => "A",
        'В' | 'Β' => "B",
        'с' => "c",
        'С' => "C",
        'е' | 'ё' => "e",
        'Е' | 'Ё' | 'Ε' => "E",
        'Н' | 'Η' => "H",
        'і' | 'ι' | 'ї' => "i",
        'І' | 'Ι' | 'Ї' => "I",
        'ј' => "j",
        'Ј' => "J",
        'К' | 'Κ' => "K",
        'к' | 'κ' => "k",
        'М' | 'Μ' => "M",
        'Ν' => "N",
        'о' | 'ο' => "o",
        'О' | 'Ο' => "O",
        'р' | 'ρ' => "p",
        'Р' | 'Ρ' => "P",
        'ѕ' => "s",
        'Ѕ' => "S",
        'Т' | 'Τ' => "T",
        'ν' => "v",
        'у' => "y",
        'У' | 'Υ' => "Y",
        'х' | 'χ' => "x",
        'Х' | 'Χ' => "X",
        'Ζ' => "Z",
        _ => return fold_by_unicode(c),
    };
    Folded::As(Cow::Borrowed(simple))
}

/// The general case: compatibility decomposition, marks dropped, digits of any script to ASCII.
fn fold_by_unicode(c: char) -> Folded {
    if canonical_combining_class(c) != 0 {
        return Folded::Mark;
    }
    if let Some(d) = decimal_digit(c) {
        return Folded::As(d.to_string().into());
    }
    let mut out = String::new();
    for d in std::iter::once(c).nfkd() {
        if canonical_combining_class(d) != 0 {
            continue;
        }
        match decimal_digit(d) {
            Some(digit) => out.push(digit),
            None if d.is_ascii() || d.is_alphanumeric() => out.push(d),
            // A decomposition into another special character (fraction slash, thin space).
            None if d != c => match fold_any(d) {
                Folded::As(shown) => out.push_str(&shown),
                Folded::Nothing | Folded::Mark => {}
            },
            None => out.push('~'),
        }
    }
    if out.is_empty() { Folded::Nothing } else { Folded::As(out.into()) }
}

/// The ASCII digit of a decimal digit of another script.
fn decimal_digit(c: char) -> Option<char> {
    const ZEROS: [u32; 20] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50,
        0xed0, 0xf20, 0x1040, 0x17e0, 0x1810, 0xff10, 0x1d7ce,
    ];
    let code = c as u32;
    // Mathematical digits come in five styles of ten after their first zero.
    let width = |zero: u32| if zero == 0x1d7ce { 50 } else { 10 };
    let zero = ZEROS.iter().find(|&&z| code >= z && code < z + width(z))?;
    char::from_digit((code - zero) % 10, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_what_people_and_programs_write() {
        for (from, to) in [
            ('é', "e"),
            ('Œ', "OE"),
            ('５', "5"),
            ('٣', "3"),
            ('А', "A"),
            ('\u{a0}', " "),
            ('—', "-"),
            ('½', "1/2"),
            ('ﬁ', "fi"),
            ('²', "2"),
            ('ᓄ', "ᓄ"),
            ('€', "~"),
        ] {
            assert_eq!(fold(from), Folded::As(to.into()), "{from}");
        }
        assert_eq!(fold('\u{200b}'), Folded::Nothing);
        assert_eq!(fold('\u{301}'), Folded::Mark);
    }

    #[test]
    fn what_is_worked_out_once_is_what_it_is_for_any_character() {
        for c in '\u{80}'..'\u{400}' {
            assert_eq!(fold(c), fold_any(c), "{c}");
        }
    }
}
