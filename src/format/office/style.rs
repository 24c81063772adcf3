//! Names of styles: whoever makes a style names it, and may name it after a person. What is not a
//! name that comes with the programs becomes `Style 7`, in its definition and wherever it is used.

use crate::format::FormatError;
use crate::format::charset::Charset;
use crate::format::markup::{self, Attribute, Token, local};
use std::collections::BTreeMap;
use std::ops::Range;

/// Words of the names that come with the programs, besides numbers.
const USUAL: &[&str] = &[
    "normal",
    "heading",
    "title",
    "subtitle",
    "body",
    "text",
    "textbody",
    "list",
    "bullet",
    "number",
    "continue",
    "caption",
    "index",
    "header",
    "footer",
    "and",
    "of",
    "contents",
    "table",
    "grid",
    "plain",
    "light",
    "dark",
    "medium",
    "colorful",
    "shading",
    "accent",
    "web",
    "simple",
    "classic",
    "columns",
    "contemporary",
    "elegant",
    "professional",
    "subtle",
    "theme",
    "default",
    "style",
    "pivot",
    "paragraph",
    "font",
    "char",
    "character",
    "no",
    "spacing",
    "strong",
    "emphasis",
    "intense",
    "quote",
    "quotations",
    "reference",
    "book",
    "toc",
    "footnote",
    "endnote",
    "comment",
    "annotation",
    "subject",
    "balloon",
    "hyperlink",
    "internet",
    "link",
    "visited",
    "followed",
    "followedhyperlink",
    "page",
    "line",
    "frame",
    "first",
    "indent",
    "block",
    "document",
    "map",
    "macro",
    "html",
    "address",
    "preformatted",
    "cite",
    "code",
    "definition",
    "keyboard",
    "sample",
    "typewriter",
    "variable",
    "acronym",
    "date",
    "signature",
    "salutation",
    "closing",
    "envelope",
    "return",
    "message",
    "note",
    "figure",
    "figures",
    "authorities",
    "toa",
    "symbol",
    "symbols",
    "anchor",
    "numbering",
    "outline",
    "placeholder",
    "revision",
    "bibliography",
    "mention",
    "hashtag",
    "smart",
    "unresolved",
    "normal0",
    "msonormal",
    "good",
    "bad",
    "neutral",
    "input",
    "output",
    "calculation",
    "check",
    "cell",
    "linked",
    "explanatory",
    "warning",
    "total",
    "comma",
    "currency",
    "percent",
    "error",
    "status",
    "result",
    "a",
    "b",
    "c",
    "d",
    "e",
];

/// True for a name made of those words, numbers and signs: `Heading 1 Char`, `ListBullet2`.
fn is_usual(name: &str) -> bool {
    let mut words: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in name.chars() {
        if c.is_uppercase() && !last.is_uppercase() || c.is_alphabetic() != last.is_alphabetic() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphabetic()) {
            word.extend(c.to_lowercase());
        }
        last = c;
    }
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    digits <= 4 && words.iter().all(|w| w.is_empty() || USUAL.contains(&w.as_str()))
}

/// New names of styles by what they were called, over all parts of a package.
#[derive(Default)]
struct Names(BTreeMap<String, usize>);

impl Names {
    /// What is written in the place of a name, where another is.
    fn new_for(&mut self, name: &str, spaced: bool) -> Option<String> {
        if is_usual(name) {
            return None;
        }
        let next = self.0.len() + 1;
        let number = *self.0.entry(name.to_owned()).or_insert(next);
        Some(if spaced { format!("Style {number}") } else { format!("Style{number}") })
    }
}

/// Elements whose `val` is the id of a style.
const USES: &[&str] = &[
    "pStyle",
    "rStyle",
    "tblStyle",
    "basedOn",
    "next",
    "link",
    "numStyleLink",
    "styleLink",
    "clickAndTypeStyle",
    "defaultTableStyle",
];

/// True for an attribute that holds a style's id or name; and whether names may have spaces.
fn holds_name(path: &[String], attribute: &str) -> Option<bool> {
    let element = path.last().map_or("", String::as_str);
    let above = path.len().checked_sub(2).map_or("", |i| path[i].as_str());
    match (element, attribute) {
        ("style", "styleId") => Some(false),
        ("name" | "aliases", "val") if above == "style" => Some(true),
        (used, "val") if USES.contains(&used) => Some(false),
        ("cellStyle" | "tableStyle" | "tableStyleInfo", "name") => Some(true),
        ("tableStyles", "defaultTableStyle" | "defaultPivotStyle") => Some(true),
        _ => None,
    }
}

/// Gives styles other names, in every part that defines or uses them.
pub(super) fn rename(files: &mut [(String, Vec<u8>)]) -> Result<(), FormatError> {
    let mut names = Names::default();
    for (number, (name, data)) in files.iter_mut().enumerate() {
        let lower = name.to_ascii_lowercase();
        if !lower.ends_with(".xml") || lower.contains("/embeddings/") {
            continue;
        }
        if memchr::memmem::find(data, b"tyle").is_none() && std::str::from_utf8(data).is_ok() {
            continue;
        }
        if let Some(new) = renamed(data, &mut names).map_err(|e| super::in_file(e, number))? {
            *data = new;
        }
    }
    Ok(())
}

fn renamed(data: &[u8], names: &mut Names) -> Result<Option<Vec<u8>>, FormatError> {
    let (source, charset) = Charset::read(data, None)?;
    let mut path: Vec<String> = Vec::new();
    let mut changes: Vec<(Range<usize>, String)> = Vec::new();
    for token in markup::tokens(&source, false)? {
        match token {
            Token::Open { name, attributes, empty, .. } => {
                path.push(local(&name).to_owned());
                for Attribute { name, value, .. } in attributes {
                    let name = local(&name);
                    let Some(spaced) = holds_name(&path, name) else { continue };
                    let (text, _) = markup::decoded(&source, value.clone());
                    changes.extend(names.new_for(&text, spaced).map(|new| (value, new)));
                }
                if empty {
                    path.pop();
                }
            }
            Token::Close { .. } => {
                path.pop();
            }
            _ => {}
        }
    }
    if changes.is_empty() {
        return Ok(None);
    }
    let (mut out, mut at) = (String::new(), 0);
    for (range, new) in changes {
        out.push_str(&source[at..range.start]);
        out.push_str(&new);
        at = range.end;
    }
    out.push_str(&source[at..]);
    Ok(Some(charset.encode(&out)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_come_with_the_programs_stay() {
        for usual in [
            "Normal",
            "heading 1",
            "Heading1",
            "Heading 1 Char",
            "List Bullet 2",
            "ListBullet2",
            "Table Grid",
            "Text Body",
            "TableStyleMedium9",
            "Style1",
            "toc 3",
            "No Spacing",
            "Index",
            "",
        ] {
            assert!(is_usual(usual), "{usual}");
        }
        for made in ["Zqcanary", "Note Zqcanary", "HeadingZqcanary", "Heading 9876543217", "Éloïse"]
        {
            assert!(!is_usual(made), "{made}");
        }
    }

    #[test]
    fn a_style_is_renamed_where_it_is_defined_and_used() {
        let styles = br#"<w:styles><w:style w:styleId="DrZqcanary"><w:name w:val="Dr Zqcanary"/><w:basedOn w:val="Normal"/></w:style></w:styles>"#;
        let body = br#"<w:p><w:pPr><w:pStyle w:val="DrZqcanary"/></w:pPr></w:p>"#;
        let mut files = vec![
            ("word/document.xml".to_owned(), body.to_vec()),
            ("word/styles.xml".to_owned(), styles.to_vec()),
        ];
        rename(&mut files).expect("both are markup");
        let text = |i: usize| String::from_utf8_lossy(&files[i].1).into_owned();
        assert_eq!(text(0), r#"<w:p><w:pPr><w:pStyle w:val="Style1"/></w:pPr></w:p>"#);
        assert_eq!(
            text(1),
            r#"<w:styles><w:style w:styleId="Style1"><w:name w:val="Style 2"/><w:basedOn w:val="Normal"/></w:style></w:styles>"#
        );
    }
}
