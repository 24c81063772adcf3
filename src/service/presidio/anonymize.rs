//! `/anonymize` and `/deanonymize`: a client's own findings, replaced as the client says.

use super::{Denied, Error, Invalid, Unread, admit, cipher, json, read};
use crate::keys::{random, to_hex};
use crate::service::access::Caller;
use crate::service::error::ServiceError;
use crate::service::state::App;
use axum::extract::{Request, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha512};
use std::collections::HashMap;

#[derive(Deserialize)]
struct AnonymizeRequest {
    text: Option<String>,
    #[serde(default)]
    anonymizers: Option<HashMap<String, Operator>>,
    analyzer_results: Option<Vec<Result_>>,
}

#[derive(Deserialize)]
struct DeanonymizeRequest {
    text: Option<String>,
    #[serde(default)]
    deanonymizers: HashMap<String, Operator>,
    anonymizer_results: Option<Vec<Result_>>,
}

/// A finding as the client has it.
#[derive(Clone, Deserialize)]
struct Result_ {
    start: usize,
    end: usize,
    #[serde(default)]
    score: f64,
    entity_type: String,
}

#[derive(Clone, Deserialize)]
struct Operator {
    r#type: String,
    new_value: Option<String>,
    masking_char: Option<String>,
    chars_to_mask: Option<i64>,
    from_end: Option<bool>,
    hash_type: Option<String>,
    salt: Option<String>,
    key: Option<String>,
}

/// What was done, in the changed text.
#[derive(Serialize)]
struct Item {
    start: usize,
    end: usize,
    entity_type: String,
    text: String,
    operator: String,
}

#[derive(Serialize)]
struct Answer {
    text: String,
    items: Vec<Item>,
}

/// Presidio: replace findings
#[utoipa::path(post, path = "/anonymize", tag = "presidio",
    request_body(content = serde_json::Value, content_type = "application/json", description = "Presidio's AnonymizeRequest: text, analyzer_results, anonymizers (replace, redact, mask, hash, encrypt, keep)"),
    responses(
        (status = 200, description = "Presidio's AnonymizeResponse", body = serde_json::Value),
        Denied, Unread, Invalid))]
pub(in crate::service) async fn anonymize(
    State(app): State<App>,
    caller: Result<Caller, ServiceError>,
    request: Request,
) -> Result<Response, Error> {
    let _caller = admit(caller)?;
    let _place = app.place()?;
    let asked: AnonymizeRequest = read(&app, request).await?;
    let results = asked.analyzer_results.ok_or_else(|| no("analyzer_results"))?;
    let operators = asked.anonymizers.unwrap_or_default();
    let replaced = app.work(move |_, _| {
        replace(asked.text.as_deref(), &results, |entity, piece| {
            match operators.get(entity).or_else(|| operators.get("DEFAULT")) {
                None => Ok(("replace".to_owned(), format!("<{entity}>"))),
                Some(operator) => Ok((operator.r#type.clone(), apply(operator, entity, piece)?)),
            }
        })
    });
    Ok(json(&replaced.await??))
}

/// Presidio: decrypt what was encrypted
#[utoipa::path(post, path = "/deanonymize", tag = "presidio",
    request_body(content = serde_json::Value, content_type = "application/json", description = "Presidio's DeanonymizeRequest: text, anonymizer_results, deanonymizers (decrypt)"),
    responses(
        (status = 200, description = "Presidio's DeanonymizeResponse", body = serde_json::Value),
        Denied, Unread, Invalid))]
pub(in crate::service) async fn deanonymize(
    State(app): State<App>,
    caller: Result<Caller, ServiceError>,
    request: Request,
) -> Result<Response, Error> {
    let _caller = admit(caller)?;
    let _place = app.place()?;
    let asked: DeanonymizeRequest = read(&app, request).await?;
    let results = asked.anonymizer_results.ok_or_else(|| no("anonymizer_results"))?;
    let operators = asked.deanonymizers;
    let replaced = app.work(move |_, _| {
        replace(asked.text.as_deref(), &results, |entity, piece| {
            let operator = operators.get(entity).or_else(|| operators.get("DEFAULT"));
            match operator {
                Some(Operator { r#type, key: Some(key), .. }) if r#type == "decrypt" => {
                    let text = cipher::decrypt(key.as_bytes(), piece);
                    let text = text.ok_or_else(|| invalid("key or text of decrypt"))?;
                    Ok(("decrypt".to_owned(), text))
                }
                _ => Err(invalid("deanonymizer")),
            }
        })
    });
    Ok(json(&replaced.await??))
}

fn no(what: &str) -> Error {
    Error::invalid(format!("Invalid input, {what} can not be empty"))
}

fn invalid(what: &str) -> Error {
    Error::invalid(format!("Invalid input, {what} is not valid"))
}

/// A text with each finding replaced; what overlaps is left to the better finding, and the rest of
/// the other is replaced, too.
fn replace(
    text: Option<&str>,
    results: &[Result_],
    write: impl Fn(&str, &str) -> Result<(String, String), Error>,
) -> Result<Answer, Error> {
    let text = text.filter(|t| !t.is_empty()).ok_or_else(|| no("text"))?;
    let chars: Vec<char> = text.chars().collect();
    if results.iter().any(|r| r.start > r.end || r.end > chars.len()) {
        return Err(invalid("start or end"));
    }
    let mut by_score = results.to_vec();
    by_score.sort_by(|a, b| {
        let length = |r: &Result_| r.end - r.start;
        b.score.total_cmp(&a.score).then(length(b).cmp(&length(a))).then(a.start.cmp(&b.start))
    });
    let mut owner: Vec<Option<usize>> = vec![None; chars.len()];
    for (n, result) in by_score.iter().enumerate() {
        for place in &mut owner[result.start..result.end] {
            place.get_or_insert(n);
        }
    }
    let (mut out, mut length, mut items, mut at) = (String::new(), 0, Vec::new(), 0);
    while at < chars.len() {
        let run = owner[at..].iter().take_while(|o| **o == owner[at]).count();
        let piece: String = chars[at..at + run].iter().collect();
        match owner[at] {
            None => {
                out.push_str(&piece);
                length += run;
            }
            Some(n) => {
                let entity_type = by_score[n].entity_type.clone();
                let (operator, text) = write(&entity_type, &piece)?;
                let end = length + text.chars().count();
                out.push_str(&text);
                items.push(Item { start: length, end, entity_type, text, operator });
                length = end;
            }
        }
        at += run;
    }
    items.reverse();
    Ok(Answer { text: out, items })
}

fn apply(operator: &Operator, entity: &str, piece: &str) -> Result<String, Error> {
    match operator.r#type.as_str() {
        "replace" => Ok(match operator.new_value.as_deref() {
            Some(value) if !value.is_empty() => value.to_owned(),
            _ => format!("<{entity}>"),
        }),
        "redact" => Ok(String::new()),
        "keep" => Ok(piece.to_owned()),
        "mask" => {
            let mask = operator.masking_char.as_deref().filter(|c| c.chars().count() == 1);
            let mask =
                mask.and_then(|c| c.chars().next()).ok_or_else(|| invalid("masking_char"))?;
            let wanted = operator.chars_to_mask.ok_or_else(|| invalid("chars_to_mask"))?;
            let from_end = operator.from_end.unwrap_or(false);
            let all = piece.chars().count();
            let n = usize::try_from(wanted).unwrap_or(0).min(all);
            let masked = |i: usize| if from_end { i >= all - n } else { i < n };
            Ok(piece.chars().enumerate().map(|(i, c)| if masked(i) { mask } else { c }).collect())
        }
        "hash" => {
            // Without a salt a hash of a number is the number: whoever gives none gets one by chance.
            let salt = match &operator.salt {
                Some(salt) => salt.clone().into_bytes(),
                None => random::<32>().map_err(|_| Error::from(ServiceError::Internal))?.to_vec(),
            };
            let bytes = [&salt[..], piece.as_bytes()].concat();
            match operator.hash_type.as_deref() {
                None | Some("sha256") => Ok(to_hex(&Sha256::digest(&bytes))),
                Some("sha512") => Ok(to_hex(&Sha512::digest(&bytes))),
                Some(_) => Err(invalid("hash_type")),
            }
        }
        "encrypt" => {
            let key = operator.key.as_deref().ok_or_else(|| invalid("key"))?;
            cipher::encrypt(key.as_bytes(), piece).ok_or_else(|| invalid("key"))
        }
        _ => Err(invalid("anonymizer")),
    }
}
