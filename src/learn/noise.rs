//! What people and machines do to a text: letter case, typos, dropped accents, odd punctuation.
//!
//! Works on pieces, so that labels stay true whatever happens inside them.

use super::document::Piece;
use super::random::Random;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The kind of noise in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noise {
    Plain,
    Lower,
    Upper,
    Typos,
    Ocr,
    Scan,
    LowerIdentifiers,
}

impl Noise {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "none",
            Self::Lower => "lower",
            Self::Upper => "caps",
            Self::Typos => "typos",
            Self::Ocr => "ocr",
            Self::Scan => "scan",
            Self::LowerIdentifiers => "lower_identifiers",
        }
    }

    pub(super) fn any(random: &mut Random) -> Self {
        match random.below(100) {
            0..=13 => Self::Lower,
            14..=22 => Self::Upper,
            23..=35 => Self::Typos,
            36..=41 => Self::Ocr,
            42..=45 => Self::Scan,
            46..=51 => Self::LowerIdentifiers,
            _ => Self::Plain,
        }
    }
}

/// Damages a document.
pub(super) fn apply(noise: Noise, pieces: &mut [Piece], random: &mut Random) {
    let drop_accents = random.percent(10) || noise == Noise::Upper && random.percent(60);
    let curly = random.percent(20);
    for piece in pieces.iter_mut() {
        if drop_accents {
            piece.text = piece.text.nfd().filter(|c| !is_combining_mark(*c)).collect();
        }
        if curly {
            piece.text = piece.text.replace('\'', "’");
        }
        match noise {
            Noise::Plain => {}
            Noise::Lower => piece.text = piece.text.to_lowercase(),
            Noise::Upper => piece.text = piece.text.to_uppercase(),
            Noise::LowerIdentifiers if piece.class.is_some() && random.percent(70) => {
                piece.text = piece.text.to_lowercase();
            }
            Noise::LowerIdentifiers => {}
            Noise::Typos => typos(piece, random),
            Noise::Ocr => ocr(piece, random),
            Noise::Scan => scan(piece, random),
        }
    }
}

/// Writes one line in capitals or without, as headings, pasted rows and hasty notes are.
pub(super) fn recase_line(pieces: &mut [Piece], random: &mut Random) {
    recase(pieces, random.percent(50));
}

/// Writes all pieces in capitals or without.
pub(super) fn recase(pieces: &mut [Piece], upper: bool) {
    for piece in pieces {
        piece.text = if upper { piece.text.to_uppercase() } else { piece.text.to_lowercase() };
    }
}

fn typos(piece: &mut Piece, random: &mut Random) {
    let mut words: Vec<String> = piece.text.split(' ').map(str::to_owned).collect();
    for word in &mut words {
        let chars: Vec<char> = word.chars().collect();
        if chars.len() < 5 || !random.percent(7) || !chars.iter().all(|c| c.is_alphabetic()) {
            continue;
        }
        let at = random.between(1, chars.len() - 2);
        let mut chars = chars;
        match random.below(3) {
            0 => chars.swap(at, at + 1),
            1 => {
                chars.remove(at);
            }
            _ => chars.insert(at, chars[at]),
        }
        *word = chars.into_iter().collect();
    }
    piece.text = words.join(" ");
}

fn ocr(piece: &mut Piece, random: &mut Random) {
    let damage = |c: char, random: &mut Random| match c {
        '0' if random.percent(12) => 'O',
        '1' if random.percent(12) => 'l',
        '5' if random.percent(6) => 'S',
        'l' if random.percent(2) => '1',
        'o' if random.percent(1) => '0',
        'e' if random.percent(1) => 'c',
        c => c,
    };
    piece.text = piece.text.chars().map(|c| damage(c, random)).collect();
}

/// A bad scan: letters taken for their likes everywhere, words broken in two.
fn scan(piece: &mut Piece, random: &mut Random) {
    let mut out = String::with_capacity(piece.text.len() + 8);
    for (k, word) in piece.text.split(' ').enumerate() {
        if k > 0 {
            out.push(' ');
        }
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        let broken = (letters >= 5 && random.percent(10)).then(|| random.between(2, letters - 2));
        for (at, c) in word.chars().enumerate() {
            if broken == Some(at) {
                out.push(' ');
            }
            match c {
                '0' if random.percent(40) => out.push('O'),
                '1' if random.percent(40) => out.push('l'),
                '5' if random.percent(4) => out.push('S'),
                'l' if random.percent(3) => out.push(*random.pick(&['1', '|', 'I'])),
                'I' if random.percent(12) => out.push(*random.pick(&['l', '|'])),
                'i' if random.percent(2) => out.push('l'),
                'O' if random.percent(12) => out.push('0'),
                'o' if random.percent(2) => out.push('0'),
                'm' if random.percent(6) => out.push_str("rn"),
                'e' if random.percent(1) => out.push('c'),
                c => out.push(c),
            }
        }
    }
    piece.text = out;
}
