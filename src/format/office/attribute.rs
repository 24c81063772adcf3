//! Attributes of Office markup: those that can hold text are searched, those that name somebody
//! masked whole.

use super::file_name;
use crate::case::FieldPolicy;
use crate::entity::EntityType as E;
use crate::format::font;
use crate::format::markup::{self, Attribute, local};
use crate::format::part::{Builder, Part};

/// Searches the attributes of the element at the end of the path.
pub(super) fn search(
    path: &[String],
    attributes: &[Attribute],
    part: &mut Part,
    builder: &mut Builder,
) {
    let element = path.last().map_or("", String::as_str);
    let external = attributes.iter().any(|a| {
        a.name == "TargetMode" && markup::decoded(part.source(), a.value.clone()).0 == "External"
    });
    for attribute in attributes {
        let (text, _) = markup::decoded(part.source(), attribute.value.clone());
        let name = local(&attribute.name);
        // Theme fonts for other scripts come with the program.
        let script = name == "typeface" && attributes.iter().any(|a| a.name == "script");
        let outside = name == "Target" && external;
        let above = path.len().checked_sub(2).map_or("", |i| path[i].as_str());
        let font = name == "val" && (element == "rFont" || element == "name" && above == "font");
        let searched = outside
            || font && !font::is_usual(&text)
            || !script && holds_text(element, name, &text);
        if markup::is_namespace(attribute, &text) || !searched {
            continue;
        }
        let policy = match name {
            "author" | "userId" | "userName" | "username" => FieldPolicy::Mask(E::PersonProvider),
            "initials" => FieldPolicy::Mask(E::Initials),
            "date" | "dT" => FieldPolicy::Mask(E::Date),
            "Target" => FieldPolicy::Mask(E::Url),
            _ => FieldPolicy::Scrub,
        };
        let escape = match (element, name) {
            ("sheet", _) => sheet_name,
            (_, "Target") => target,
            _ => markup::escape_attribute,
        };
        let len = text.len();
        let field = builder.labelled(name, text, policy);
        part.whole(attribute.value.clone(), field, len, escape);
    }
}

/// True for attributes in which a person's words can stand.
fn holds_text(element: &str, name: &str, text: &str) -> bool {
    const TEXT: &[&str] = &[
        "author",
        "initials",
        "date",
        "dT",
        "descr",
        "title",
        "alt",
        "userId",
        "userName",
        "username",
        "providerId",
        "string",
        "tooltip",
        "location",
        "display",
        "displayText",
        "href",
        "address",
        "subject",
        "prompt",
        "promptTitle",
        "error",
        "errorTitle",
    ];
    const LOOKS: &[&str] = &[
        "style",
        "Requires",
        "Ignorable",
        "path",
        "coordsize",
        "points",
        "formatCode",
        "ref",
        "sqref",
        "spans",
        "panose1",
        "connectlocs",
        "formulas",
        "eqn",
        "PartName",
        "ContentType",
        "Type",
        "paraId",
        "textId",
        "uid",
        "fmtid",
    ];
    if text.trim().is_empty() || LOOKS.contains(&name) || name.starts_with("rsid") {
        return false;
    }
    if TEXT.contains(&name) {
        return true;
    }
    let names = [
        "sheet",
        "docPr",
        "cNvPr",
        "docVar",
        "property",
        "bookmarkStart",
        "definedName",
        "table",
        "tableColumn",
    ];
    let values = ["docVar", "alias", "tag", "statusText", "helpText", "default", "listItem"];
    match name {
        "name" if element == "font" => !font::is_usual(text),
        "name" => names.contains(&element) && text.len() > 3,
        "val" | "value" => values.contains(&element),
        "Target" => !file_name::is_within(text),
        "ascii" | "hAnsi" | "cs" | "eastAsia" | "typeface" => !font::is_usual(text),
        // Values of pivot tables.
        "v" => matches!(element, "s" | "d"),
        "font" => false,
        _ => {
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            text.contains('@')
                || text.contains(' ') && element != "font"
                || digits >= 10 && text.contains('-')
        }
    }
}

/// A tag that is an address: without the brackets that no address may have.
fn target(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || "-._".contains(*c)).collect()
}

/// A sheet's name: 31 characters, none of those that formulas use.
fn sheet_name(text: &str) -> String {
    let name: String = text.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(31).collect();
    markup::escape_attribute(&name)
}
