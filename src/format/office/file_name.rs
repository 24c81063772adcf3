//! Names of the files of a package, and what points to them.

/// What programs call the files of a package.
const USUAL: &[&str] = &[
    "activex",
    "app",
    "calcchain",
    "chart",
    "chartex",
    "chartstyle",
    "colors",
    "comments",
    "commentsextended",
    "commentsextensible",
    "commentsids",
    "connections",
    "content_types",
    "control",
    "core",
    "ctrlprop",
    "custom",
    "data",
    "dialogsheet",
    "docmetadata",
    "document",
    "drawing",
    "endnotes",
    "externallink",
    "featurepropertybag",
    "font",
    "fonttable",
    "footer",
    "footnotes",
    "glossary",
    "header",
    "item",
    "itemprops",
    "labelinfo",
    "layout",
    "manifest",
    "metadata",
    "numbering",
    "people",
    "person",
    "persons",
    "pivotcachedefinition",
    "pivotcacherecords",
    "pivottable",
    "printersettings",
    "querytable",
    "quickstyle",
    "rdrichvalue",
    "rdrichvaluestructure",
    "rdrichvaluetypes",
    "revisionheaders",
    "revisionlog",
    "rels",
    "settings",
    "sharedstrings",
    "sheet",
    "slicer",
    "slicercache",
    "style",
    "styles",
    "styleswitheffects",
    "tablesinglecells",
    "table",
    "theme",
    "themeoverride",
    "threadedcomment",
    "timeline",
    "timelinecache",
    "usernames",
    "usershapes",
    "vmldrawing",
    "volatiledependencies",
    "websettings",
    "workbook",
    "xmlmaps",
];

/// Stems of pictures and embedded files.
const STEMS: &[&str] = &[
    "image",
    "img",
    "picture",
    "thumbnail",
    "rid",
    "item",
    "itemprops",
    "oleobject",
    "media",
    "hdphoto",
    "font",
    "binary",
    "microsoft_excel_worksheet",
    "microsoft_word_document",
];

/// True for a name that programs give to the files of a package. Names are written back as they
/// are, so that one which a person gave is not taken.
pub(super) fn is_usual(name: &str) -> bool {
    let lower = name.trim_end_matches('/').to_ascii_lowercase();
    let (folder, file) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let stem = file.split('.').next().unwrap_or("").trim_matches(['[', ']']);
    let word = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let plain =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_') && text.len() <= 32;
    let free = ["media", "embeddings", "customxml", "fonts"].iter().any(|f| folder.contains(f));
    let known = word.is_empty() || STEMS.contains(&word) || !free && USUAL.contains(&word);
    // A folder alone has no stem of a file.
    let known = known || name.ends_with('/') && plain(word);
    stem.len() - word.len() <= 4
        && known
        && folder.split('/').all(plain)
        && file.split('.').skip(1).all(plain)
}

/// True for a target that is a file of the package, told from where another one lies.
pub(super) fn is_within(target: &str) -> bool {
    let mut path = target.strip_prefix('/').unwrap_or(target);
    while let Some(above) = path.strip_prefix("../") {
        path = above;
    }
    !path.is_empty() && is_usual(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_person_gave_are_told() {
        for name in [
            "[Content_Types].xml",
            "_rels/.rels",
            "word/document.xml",
            "word/_rels/document.xml.rels",
            "xl/worksheets/sheet12.xml",
            "word/media/image1.png",
            "docProps/thumbnail.jpeg",
            "customXml/item1.xml",
            "word/fonts/font1.odttf",
            "xl/pivotCache/pivotCacheDefinition1.xml",
            "word/media/",
        ] {
            assert!(is_usual(name), "{name}");
            assert!(is_within(&format!("../{name}")), "{name}");
        }
        for name in [
            "word/odalys.xml",
            "word/media/odalys.png",
            "odalys.docx",
            "word/document196104.xml",
            "../../Odalys Q.docx",
            "C:\\odalys",
        ] {
            assert!(!is_usual(name) && !is_within(name), "{name}");
        }
    }
}
