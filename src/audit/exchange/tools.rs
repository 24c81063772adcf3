//! The JSON of other tools: TAB, presidio-research, Label Studio, doccano.

use super::json::{array, id, lang, lines, optional};
use super::text::{check, document, slice, wrong};
use crate::audit::gold::{GoldDocument, GoldError, GoldSpan};
use crate::span::CharSpan;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Pretty, one document after the other, as these tools write lists.
fn list(documents: Vec<Value>) -> String {
    format!("{:#}\n", Value::Array(documents))
}

/// An object of pairs, then other keys that are not among them.
fn object(pairs: Vec<(&str, Value)>, other: &Map<String, Value>) -> Value {
    let mut out: Map<String, Value> = pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    for (key, value) in other {
        out.entry(key.clone()).or_insert_with(|| value.clone());
    }
    Value::Object(out)
}

fn copy(d: &GoldDocument, s: &GoldSpan) -> Value {
    json!(slice(&d.text, s.span).unwrap_or_default())
}

#[derive(Deserialize)]
struct TabDocument {
    doc_id: Value,
    text: String,
    annotations: BTreeMap<String, TabAnnotations>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[derive(Deserialize)]
struct TabAnnotations {
    entity_mentions: Vec<TabMention>,
}

#[derive(Deserialize)]
struct TabMention {
    entity_type: String,
    start_offset: usize,
    end_offset: usize,
    span_text: String,
    identifier_type: String,
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// Documents of TAB; of several annotators one document each, `ID/annotator2`.
pub(super) fn read_tab(content: &str, file: &str) -> Result<Vec<GoldDocument>, GoldError> {
    let shape = "a document of TAB: `doc_id`, `text`, `annotations` with `entity_mentions` of `entity_type`, `start_offset`, `end_offset`, `span_text`, `identifier_type`";
    let mut out = Vec::new();
    for (line, read) in array::<TabDocument>(content, file, shape)? {
        let many = read.annotations.len() > 1;
        for (annotator, annotations) in read.annotations {
            let name = id(Some(&read.doc_id), 0);
            let name = if many { format!("{name}/{annotator}") } else { name };
            let mut d = document(&name, "", &read.text, file, line);
            d.other.clone_from(&read.other);
            d.lang = lang(&mut d.other);
            for m in annotations.entity_mentions {
                let optional = m.identifier_type == "NO_MASK";
                let span = CharSpan { start: m.start_offset, end: m.end_offset };
                let mut other = m.other;
                if !optional {
                    other.insert("identifier_type".to_owned(), json!(m.identifier_type));
                }
                let s = GoldSpan { span, kind: m.entity_type, optional, other };
                check(&d.text, &s, Some(&m.span_text), (file, line))?;
                d.spans.push(s);
            }
            out.push(d);
        }
    }
    Ok(out)
}

pub(super) fn write_tab(documents: &[GoldDocument]) -> String {
    let one = |d: &GoldDocument| {
        let mention = |(i, s): (usize, &GoldSpan)| {
            let known = s.other.get("identifier_type").and_then(Value::as_str).unwrap_or("DIRECT");
            let pairs = vec![
                ("entity_type", json!(s.kind)),
                ("start_offset", json!(s.span.start)),
                ("end_offset", json!(s.span.end)),
                ("span_text", copy(d, s)),
                ("identifier_type", json!(if s.optional { "NO_MASK" } else { known })),
            ];
            let mut mention = object(pairs, &s.other);
            // TAB asks for both; what the source has stays.
            for key in ["entity_mention_id", "entity_id"] {
                if mention.get(key).is_none() && s.other.is_empty() {
                    mention[key] = json!(format!("{}_{i}", d.id));
                }
            }
            mention
        };
        let mentions: Vec<Value> = d.spans.iter().enumerate().map(mention).collect();
        let annotations = json!({"annotator1": {"entity_mentions": mentions}});
        let pairs = vec![
            ("doc_id", json!(d.id)),
            ("lang", json!(d.lang)),
            ("text", json!(d.text)),
            ("annotations", annotations),
        ];
        object(pairs, &d.other)
    };
    list(documents.iter().map(one).collect())
}

#[derive(Deserialize)]
struct PresidioDocument {
    full_text: String,
    spans: Vec<PresidioSpan>,
    #[serde(default)]
    id: Option<Value>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[derive(Deserialize)]
struct PresidioSpan {
    entity_type: String,
    entity_value: String,
    start_position: usize,
    end_position: usize,
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// Documents of presidio-research; those without an id are numbered.
pub(super) fn read_presidio(content: &str, file: &str) -> Result<Vec<GoldDocument>, GoldError> {
    let shape = "a document of presidio-research: `full_text` and `spans` of `entity_type`, `entity_value`, `start_position`, `end_position`";
    let mut out: Vec<GoldDocument> = Vec::new();
    for (line, read) in array::<PresidioDocument>(content, file, shape)? {
        let mut d = document(&id(read.id.as_ref(), out.len() + 1), "", &read.full_text, file, line);
        d.other = read.other;
        d.other.retain(|_, v| !v.is_null());
        d.lang = lang(&mut d.other);
        for mut s in read.spans {
            let span = CharSpan { start: s.start_position, end: s.end_position };
            let optional = optional(&mut s.other);
            let gold = GoldSpan { span, kind: s.entity_type, optional, other: s.other };
            check(&d.text, &gold, Some(&s.entity_value), (file, line))?;
            d.spans.push(gold);
        }
        out.push(d);
    }
    Ok(out)
}

pub(super) fn write_presidio(documents: &[GoldDocument]) -> String {
    let one = |d: &GoldDocument| {
        let span = |s: &GoldSpan| {
            let mut pairs = vec![
                ("entity_type", json!(s.kind)),
                ("entity_value", copy(d, s)),
                ("start_position", json!(s.span.start)),
                ("end_position", json!(s.span.end)),
            ];
            if s.optional {
                pairs.push(("optional", json!(true)));
            }
            object(pairs, &s.other)
        };
        let spans: Vec<Value> = d.spans.iter().map(span).collect();
        let pairs = vec![
            ("id", json!(d.id)),
            ("lang", json!(d.lang)),
            ("full_text", json!(d.text)),
            ("masked", Value::Null),
            ("spans", json!(spans)),
            ("template_id", Value::Null),
        ];
        object(pairs, &d.other)
    };
    list(documents.iter().map(one).collect())
}

#[derive(Deserialize)]
struct StudioTask {
    #[serde(default)]
    id: Option<Value>,
    data: StudioData,
    annotations: Vec<StudioAnnotation>,
}

#[derive(Deserialize)]
struct StudioData {
    text: String,
    #[serde(default)]
    id: Option<Value>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[derive(Deserialize)]
struct StudioAnnotation {
    result: Vec<StudioResult>,
}

#[derive(Deserialize)]
struct StudioResult {
    r#type: String,
    value: Value,
    #[serde(default)]
    meta: Map<String, Value>,
}

#[derive(Deserialize)]
struct StudioValue {
    start: usize,
    end: usize,
    labels: Vec<String>,
    #[serde(default)]
    text: Option<String>,
}

/// Tasks of Label Studio; of several annotations one document each, `ID/2`.
pub(super) fn read_label_studio(content: &str, file: &str) -> Result<Vec<GoldDocument>, GoldError> {
    let shape =
        "a task of Label Studio: `data` with `text`, `annotations` with `result` of `labels`";
    let mut out: Vec<GoldDocument> = Vec::new();
    for (line, task) in array::<StudioTask>(content, file, shape)? {
        let name = id(task.data.id.as_ref().or(task.id.as_ref()), out.len() + 1);
        for (number, annotation) in task.annotations.into_iter().enumerate() {
            let name = if number == 0 { name.clone() } else { format!("{name}/{}", number + 1) };
            let mut d = document(&name, "", &task.data.text, file, line);
            d.other.clone_from(&task.data.other);
            d.lang = lang(&mut d.other);
            // Choices, relations and the like are no labels of text.
            for mut r in annotation.result.into_iter().filter(|r| r.r#type == "labels") {
                let value: StudioValue = serde_json::from_value(r.value).map_err(|_| {
                    wrong(file, line, "a result without `value` of `start`, `end`, `labels`")
                })?;
                let span = CharSpan { start: value.start, end: value.end };
                let optional = optional(&mut r.meta);
                for kind in value.labels {
                    let s = GoldSpan { span, kind, optional, other: r.meta.clone() };
                    check(&d.text, &s, value.text.as_deref(), (file, line))?;
                    d.spans.push(s);
                }
            }
            out.push(d);
        }
    }
    Ok(out)
}

pub(super) fn write_label_studio(documents: &[GoldDocument]) -> String {
    let one = |(i, d): (usize, &GoldDocument)| {
        let result = |(n, s): (usize, &GoldSpan)| {
            let value = json!({"start": s.span.start, "end": s.span.end, "text": copy(d, s),
                               "labels": [s.kind]});
            let mut meta = s.other.clone();
            if s.optional {
                meta.insert("optional".to_owned(), json!(true));
            }
            json!({"id": format!("r{n}"), "from_name": "label", "to_name": "text",
                   "type": "labels", "value": value, "meta": meta})
        };
        let results: Vec<Value> = d.spans.iter().enumerate().map(result).collect();
        let data = vec![("id", json!(d.id)), ("lang", json!(d.lang)), ("text", json!(d.text))];
        json!({"id": i + 1, "data": object(data, &d.other), "annotations": [{"result": results}]})
    };
    list(documents.iter().enumerate().map(one).collect())
}

#[derive(Deserialize)]
struct DoccanoDocument {
    #[serde(default)]
    id: Option<Value>,
    text: String,
    #[serde(default)]
    label: Option<Vec<(usize, usize, String)>>,
    #[serde(default)]
    entities: Option<Vec<DoccanoEntity>>,
    #[serde(default)]
    optional: Vec<(usize, usize, String)>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[derive(Deserialize)]
struct DoccanoEntity {
    label: String,
    start_offset: usize,
    end_offset: usize,
}

/// Lines of doccano, with `label` or, where relations were labelled too, `entities`.
pub(super) fn read_doccano(content: &str, file: &str) -> Result<Vec<GoldDocument>, GoldError> {
    let shape = "a document of doccano: `text` and `label` of [start, end, type], or `entities`";
    let mut out: Vec<GoldDocument> = Vec::new();
    for (line, read) in lines::<DoccanoDocument>(content, file, shape)? {
        let mut d = document(&id(read.id.as_ref(), out.len() + 1), "", &read.text, file, line);
        let mut other = read.other;
        other.shift_remove("relations");
        other.shift_remove("Comments");
        d.lang = lang(&mut other);
        d.other = other;
        if read.label.is_none() && read.entities.is_none() {
            return Err(wrong(file, line, format!("not {shape}")));
        }
        let entities = read.entities.unwrap_or_default();
        let entities = entities.into_iter().map(|e| (e.start_offset, e.end_offset, e.label));
        let need = read.label.unwrap_or_default().into_iter().chain(entities).map(|l| (l, false));
        for ((start, end, kind), optional) in
            need.chain(read.optional.into_iter().map(|l| (l, true)))
        {
            let s = super::text::span(start, end, &kind, optional);
            check(&d.text, &s, None, (file, line))?;
            d.spans.push(s);
        }
        out.push(d);
    }
    Ok(out)
}

pub(super) fn write_doccano(documents: &[GoldDocument]) -> String {
    let labels = |d: &GoldDocument, optional: bool| -> Value {
        let some = d.spans.iter().filter(|s| s.optional == optional);
        some.map(|s| json!([s.span.start, s.span.end, s.kind])).collect()
    };
    let line = |d: &GoldDocument| {
        let pairs = vec![
            ("id", json!(d.id)),
            ("lang", json!(d.lang)),
            ("text", json!(d.text)),
            ("label", labels(d, false)),
            ("optional", labels(d, true)),
        ];
        format!("{}\n", object(pairs, &d.other))
    };
    documents.iter().map(line).collect()
}
