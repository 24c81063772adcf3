//! i2b2 2014 and n2c2: one XML file a document, `TEXT` and `TAGS` with an element a label.
//!
//! `<LOCATION TYPE="CITY">` is the type `LOCATION/CITY`, `<DATE TYPE="DATE">` the type `DATE`.
//! `comment="optional"` marks what is neither required nor penalised.

use super::File;
use super::text::{check, document, lang_of, slice, span, wrong};
use crate::audit::gold::{GoldDocument, GoldError};
use std::fmt::Write as _;

pub(super) fn read((file, content): &File) -> Result<GoldDocument, GoldError> {
    let tree = roxmltree::Document::parse(content).map_err(|e| {
        wrong(file, e.pos().row as usize, format!("column {}: not well-formed XML", e.pos().col))
    })?;
    let line = |node: roxmltree::Node| tree.text_pos_at(node.range().start).row as usize;
    let root = tree.root_element();
    let part = |name: &str| {
        let mut parts = root.children().filter(|n| n.has_tag_name(name));
        parts.next().ok_or_else(|| {
            wrong(file, line(root), format!("no {name} inside {}", root.tag_name().name()))
        })
    };
    let text_node = part("TEXT")?;
    let text: String = text_node.children().filter_map(|n| n.text()).collect();
    let id = file.strip_suffix(".xml").unwrap_or(file);
    let mut d = document(id, lang_of(id), &text, file, line(text_node));
    for tag in part("TAGS")?.children().filter(roxmltree::Node::is_element) {
        let at = line(tag);
        let value = |key: &str| {
            tag.attribute(key).ok_or_else(|| {
                wrong(file, at, format!("{} has no attribute {key}", tag.tag_name().name()))
            })
        };
        let number = |key: &str| {
            value(key)?.parse().map_err(|_| wrong(file, at, format!("{key} is not a number")))
        };
        let (element, kind) = (tag.tag_name().name(), value("TYPE")?);
        let kind = if element == kind { kind.to_owned() } else { format!("{element}/{kind}") };
        let optional = tag.attribute("comment") == Some("optional");
        let s = span(number("start")?, number("end")?, &kind, optional);
        check(&d.text, &s, tag.attribute("text"), (file, at))?;
        d.spans.push(s);
    }
    Ok(d)
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A parser makes spaces and line feeds of them otherwise.
            '\r' => out.push_str("&#13;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c => out.push(c),
        }
    }
    out
}

pub(super) fn write(d: &GoldDocument) -> Result<File, String> {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if !d.text.chars().all(allowed) {
        return Err("a control character; XML has none".to_owned());
    }
    // CDATA keeps the text readable where nothing in it has to be escaped.
    let plain = !d.text.contains("]]>") && !d.text.contains('\r');
    let text = if plain { format!("<![CDATA[{}]]>", d.text) } else { escape(&d.text) };
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<deIdi2b2>\n<TEXT>{text}</TEXT>\n<TAGS>\n"
    );
    for (i, s) in d.spans.iter().enumerate() {
        let (element, kind) = s.kind.split_once('/').unwrap_or((&s.kind, &s.kind));
        let mut name = element.chars();
        let named = name.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && name.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
        if !named {
            return Err("a type that is no name of an element; map the labels".to_owned());
        }
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "<{element} id=\"P{i}\" start=\"{}\" end=\"{}\" text=\"{}\" TYPE=\"{}\" comment=\"{}\" />",
            s.span.start,
            s.span.end,
            escape(&slice(&d.text, s.span).unwrap_or_default()),
            escape(kind),
            if s.optional { "optional" } else { "" }
        );
    }
    out.push_str("</TAGS>\n</deIdi2b2>\n");
    Ok((format!("{}.xml", d.id), out))
}
