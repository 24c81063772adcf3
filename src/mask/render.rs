//! Masked texts back into the structure they came in.

use super::Replaced;
use crate::case::{Node, Shape};
use std::collections::HashSet;

/// Writes the shape with the texts in place. JSON is compact; a number that was masked becomes a
/// string, all others stay numbers.
pub(super) fn render(shape: &Shape, texts: &[String], replaced: &[Replaced]) -> String {
    match shape {
        Shape::Text => texts.first().cloned().unwrap_or_default(),
        Shape::Json(root) => {
            let masked: HashSet<usize> = replaced.iter().map(|r| r.field).collect();
            let mut out = String::new();
            node(root, texts, &masked, &mut out);
            out
        }
    }
}

fn node(value: &Node, texts: &[String], masked: &HashSet<usize>, out: &mut String) {
    match value {
        Node::Null => out.push_str("null"),
        Node::Bool(true) => out.push_str("true"),
        Node::Bool(false) => out.push_str("false"),
        Node::Number(i) if !masked.contains(i) => out.push_str(&texts[*i]),
        Node::Number(i) | Node::String(i) => string(&texts[*i], out),
        Node::Array(items) => {
            out.push('[');
            for (k, item) in items.iter().enumerate() {
                if k > 0 {
                    out.push(',');
                }
                node(item, texts, masked, out);
            }
            out.push(']');
        }
        Node::Object(pairs) => {
            out.push('{');
            let mut used: HashSet<String> = HashSet::new();
            for (k, (key, item)) in pairs.iter().enumerate() {
                if k > 0 {
                    out.push(',');
                }
                // Two keys may be masked to one tag: then the later ones are numbered.
                let mut name = texts[*key].clone();
                let mut n = 1;
                while masked.contains(key) && !used.insert(name.clone()) {
                    n += 1;
                    name = format!("{}#{n}", texts[*key]);
                }
                string(&name, out);
                out.push(':');
                node(item, texts, masked, out);
            }
            out.push('}');
        }
    }
}

fn string(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
