//! What control words mean: destinations, signs, ends of paragraphs, code pages.

use crate::case::FieldPolicy;
use crate::entity::EntityType as E;
use encoding_rs::Encoding;

/// What a group is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Destination {
    /// Text that is not part of what stands around it.
    Own(FieldPolicy),
    /// A list of names, each ended by `;`.
    List(FieldPolicy),
    /// The names of the fonts.
    Fonts,
    /// What nobody can search: a picture, an object.
    Picture,
    /// What is left out without being missed: times, passwords, looks in a form of their own.
    Empty,
}

/// What a control word at the start of a group makes of it.
pub(super) fn destination(name: &str) -> Option<Destination> {
    use Destination::{Empty, Fonts, List, Own, Picture};
    Some(match name {
        "pict" | "objdata" | "fontemb" | "fontfile" => Picture,
        "themedata" | "colorschememapping" | "datastore" | "password" | "passwordhash"
        | "filetbl" | "creatim" | "revtim" | "printim" | "buptim" | "blipuid" | "svb"
        | "wgrffmtfilter" | "protusertbl" => Empty,
        "fonttbl" => Fonts,
        "stylesheet" | "colortbl" | "latentstyles" => List(FieldPolicy::Scrub),
        "revtbl" => List(FieldPolicy::Mask(E::PersonProvider)),
        "author" | "operator" | "manager" | "atnauthor" => {
            Own(FieldPolicy::Mask(E::PersonProvider))
        }
        "company" => Own(FieldPolicy::Mask(E::Facility)),
        "atnid" => Own(FieldPolicy::Mask(E::Initials)),
        "atndate" | "atntime" => Own(FieldPolicy::Mask(E::Date)),
        "hlinkbase" => Own(FieldPolicy::Mask(E::Url)),
        "header" | "headerl" | "headerr" | "headerf" | "footer" | "footerl" | "footerr"
        | "footerf" | "footnote" | "annotation" | "title" | "subject" | "category" | "keywords"
        | "comment" | "doccomm" | "fldinst" | "shptxt" | "sn" | "sv" | "xe" | "tc" | "listname"
        | "listtext" | "pntext" | "pntxta" | "pntxtb" | "leveltext" | "levelnumbers"
        | "propname" | "staticval" | "linkval" | "bkmkstart" | "bkmkend" => Own(FieldPolicy::Scrub),
        _ => return None,
    })
}

/// Control words whose number is a time.
pub(super) fn is_time(name: &str) -> bool {
    matches!(name, "revdttm" | "revdttmdel" | "crdate" | "trdate")
}

/// Control words that stand for a sign.
pub(super) fn sign(name: &str) -> Option<&'static str> {
    Some(match name {
        "emdash" => "\u{2014}",
        "endash" => "\u{2013}",
        "lquote" => "\u{2018}",
        "rquote" => "\u{2019}",
        "ldblquote" => "\u{201c}",
        "rdblquote" => "\u{201d}",
        "bullet" => "\u{2022}",
        "emspace" | "enspace" | "qmspace" => " ",
        _ => return None,
    })
}

/// A code page by its number; `None` for one that cannot be read.
pub(super) fn code_page(number: i32) -> Option<&'static Encoding> {
    Some(match number {
        0 | 1252 => encoding_rs::WINDOWS_1252,
        866 => encoding_rs::IBM866,
        874 => encoding_rs::WINDOWS_874,
        932 => encoding_rs::SHIFT_JIS,
        936 => encoding_rs::GBK,
        949 => encoding_rs::EUC_KR,
        950 => encoding_rs::BIG5,
        1250 => encoding_rs::WINDOWS_1250,
        1251 => encoding_rs::WINDOWS_1251,
        1253 => encoding_rs::WINDOWS_1253,
        1254 => encoding_rs::WINDOWS_1254,
        1255 => encoding_rs::WINDOWS_1255,
        1256 => encoding_rs::WINDOWS_1256,
        1257 => encoding_rs::WINDOWS_1257,
        1258 => encoding_rs::WINDOWS_1258,
        10000 => encoding_rs::MACINTOSH,
        10007 => encoding_rs::X_MAC_CYRILLIC,
        65001 => encoding_rs::UTF_8,
        _ => return None,
    })
}

/// The code page of a font's character set; `None` for that of the document.
pub(super) fn of_charset(number: i32) -> Option<i32> {
    Some(match number {
        77 => 10000,
        128 => 932,
        129 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        0 => 1252,
        254 => 437,
        255 => 850,
        _ => return None,
    })
}
