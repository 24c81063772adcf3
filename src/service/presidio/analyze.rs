//! `/analyze`, `/recognizers`, `/supportedentities`: what is found, under Presidio's names.

use super::{Denied, Error, OtherLanguage, Unread, admit, json, read};
use crate::case::Case;
use crate::entity::{Entity, EntityType};
use crate::pipeline::Deidentifier;
use crate::service::access::Caller;
use crate::service::error::ServiceError;
use crate::service::state::App;
use crate::span::OffsetWalk;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::response::Response;
use regex_automata::meta::Regex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One text or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
struct AnalyzeRequest {
    text: Option<Texts>,
    language: Option<String>,
    score_threshold: Option<f64>,
    entities: Option<Vec<String>>,
    #[serde(default)]
    return_decision_process: Option<bool>,
    #[serde(default)]
    ad_hoc_recognizers: Option<Vec<AdHoc>>,
    #[serde(default)]
    allow_list: Option<Vec<String>>,
    #[serde(default)]
    allow_list_match: Option<String>,
}

#[derive(Deserialize)]
struct AdHoc {
    #[serde(default)]
    name: String,
    supported_entity: String,
    #[serde(default)]
    patterns: Option<Vec<AdHocPattern>>,
    #[serde(default)]
    deny_list: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct AdHocPattern {
    name: String,
    regex: String,
    score: f64,
}

/// What Presidio calls an analysis explanation.
#[derive(Clone, Serialize)]
struct Explanation {
    recognizer: String,
    pattern_name: Option<String>,
    pattern: Option<String>,
    original_score: f64,
    score: f64,
    textual_explanation: Option<String>,
    score_context_improvement: f64,
    supportive_context_word: &'static str,
    validation_result: Option<bool>,
}

/// One result; its keys in Presidio's order.
#[derive(Clone, Serialize)]
struct Found {
    analysis_explanation: Option<Explanation>,
    end: usize,
    entity_type: String,
    score: f64,
    start: usize,
}

/// A client's own recognizer, compiled.
struct Own {
    name: String,
    entity: String,
    pattern: Option<(String, String)>,
    score: f64,
    regex: Regex,
}

/// Own recognizers, and bytes of one pattern: a client's pattern must not cost what a case costs.
const OWN: usize = 50;
const PATTERN: usize = 1000;

fn compile(recognizers: Vec<AdHoc>) -> Result<Vec<Own>, Error> {
    let mut all = Vec::new();
    let regex = |pattern: &str| {
        let config = Regex::config().nfa_size_limit(Some(1 << 20));
        let regex = (pattern.len() <= PATTERN)
            .then(|| Regex::builder().configure(config).build(&format!("(?i){pattern}")).ok());
        regex
            .flatten()
            .ok_or_else(|| Error::bad("A pattern of an ad-hoc recognizer cannot be used"))
    };
    for recognizer in recognizers {
        let entity = recognizer.supported_entity;
        for pattern in recognizer.patterns.unwrap_or_default() {
            all.push(Own {
                name: recognizer.name.clone(),
                entity: entity.clone(),
                score: pattern.score.clamp(0.0, 1.0),
                regex: regex(&pattern.regex)?,
                pattern: Some((pattern.name, pattern.regex)),
            });
        }
        for word in recognizer.deny_list.unwrap_or_default() {
            let escaped: String = word
                .chars()
                .flat_map(|c| (c.is_ascii_punctuation()).then_some('\\').into_iter().chain([c]))
                .collect();
            all.push(Own {
                name: recognizer.name.clone(),
                entity: entity.clone(),
                pattern: None,
                score: 1.0,
                regex: regex(&format!(r"\b{escaped}\b"))?,
            });
        }
        if all.len() > OWN {
            return Err(Error::bad("More than 50 ad-hoc patterns"));
        }
    }
    Ok(all)
}

/// Presidio's name of a type; our own where it has none.
fn name_of(engine: &Deidentifier, entity: EntityType) -> String {
    let crosswalk = engine.rules().taxonomy.of(entity);
    crosswalk.presidio.clone().unwrap_or_else(|| entity.name().to_owned())
}

fn explanation(entity: &Entity) -> Explanation {
    let score = f64::from(entity.score.value());
    Explanation {
        recognizer: entity.evidence.rule.to_string(),
        pattern_name: None,
        pattern: None,
        original_score: score,
        score,
        textual_explanation: None,
        score_context_improvement: 0.0,
        supportive_context_word: "",
        validation_result: entity.evidence.check_digit,
    }
}

/// What is found in one text, sorted by place.
fn find(
    engine: &Deidentifier,
    scratch: &mut crate::detect::Scratch,
    text: String,
    own: &[Own],
    explained: bool,
) -> Vec<(Found, String)> {
    let case = Case::from_text("", text);
    let text = case.fields.first().map_or("", |f| f.text.as_str());
    let decision = engine.detect(&case, scratch);
    let mut walk = OffsetWalk::new(text);
    let mut all = Vec::new();
    for entity in &decision.entities {
        let span = walk.chars(entity.span);
        let found = Found {
            analysis_explanation: explained.then(|| explanation(entity)),
            end: span.end,
            entity_type: name_of(engine, entity.entity),
            score: (f64::from(entity.score.value()) * 1000.0).round() / 1000.0,
            start: span.start,
        };
        all.push((found, text[entity.span.range()].to_owned()));
    }
    for recognizer in own {
        for hit in recognizer.regex.find_iter(text).filter(|hit| !hit.is_empty()) {
            let start = text[..hit.start()].chars().count();
            let piece = &text[hit.range()];
            let told = explained.then(|| Explanation {
                recognizer: recognizer.name.clone(),
                pattern_name: recognizer.pattern.as_ref().map(|p| p.0.clone()),
                pattern: recognizer.pattern.as_ref().map(|p| p.1.clone()),
                original_score: recognizer.score,
                score: recognizer.score,
                textual_explanation: None,
                score_context_improvement: 0.0,
                supportive_context_word: "",
                validation_result: None,
            });
            let found = Found {
                analysis_explanation: told,
                end: start + piece.chars().count(),
                entity_type: recognizer.entity.clone(),
                score: recognizer.score,
                start,
            };
            all.push((found, piece.to_owned()));
        }
    }
    all.sort_by_key(|(found, _)| (found.start, found.end));
    all
}

/// Texts of one request.
const TEXTS: usize = 1000;

/// Presidio: find identifiers
#[utoipa::path(post, path = "/analyze", tag = "presidio",
    request_body(content = serde_json::Value, content_type = "application/json", description = "Presidio's AnalyzeRequest: text (one or several), language (en or fr), entities, score_threshold, ad_hoc_recognizers, allow_list"),
    responses(
        (status = 200, description = "Presidio's results; several lists for several texts", body = serde_json::Value),
        Denied, Unread))]
pub(in crate::service) async fn analyze(
    State(app): State<App>,
    caller: Result<Caller, ServiceError>,
    request: Request,
) -> Result<Response, Error> {
    let _caller = admit(caller)?;
    let _place = app.place()?;
    let asked: AnalyzeRequest = read(&app, request).await?;
    supported(asked.language.as_deref())?;
    let (texts, several) = match asked.text {
        Some(Texts::One(text)) if !text.is_empty() => (vec![text], false),
        Some(Texts::Several(texts)) if !texts.is_empty() && texts.len() <= TEXTS => (texts, true),
        Some(Texts::Several(texts)) if texts.len() > TEXTS => {
            return Err(Error::bad("More than 1000 texts"));
        }
        _ => return Err(Error::bad("No text provided")),
    };
    let own = compile(asked.ad_hoc_recognizers.unwrap_or_default())?;
    let allowed = asked.allow_list.unwrap_or_default();
    let by_regex = asked.allow_list_match.as_deref() == Some("regex");
    let allowed_regex = match (by_regex, allowed.is_empty()) {
        (true, false) => Some(allowed.join("|")).filter(|p| p.len() <= PATTERN),
        _ => None,
    };
    let allowed_regex = match (allowed_regex, by_regex && !allowed.is_empty()) {
        (Some(pattern), _) => Some(
            Regex::new(&format!("(?i)^(?:{pattern})$"))
                .map_err(|_| Error::bad("The allow_list cannot be used as patterns"))?,
        ),
        (None, true) => return Err(Error::bad("The allow_list is too long")),
        (None, false) => None,
    };
    let explained = asked.return_decision_process == Some(true);
    let (least, wanted) = (asked.score_threshold.unwrap_or(0.0), asked.entities);
    let found = app.work(move |engine, scratch| {
        let keeps = |found: &(Found, String)| {
            let named =
                wanted.as_ref().is_none_or(|w| w.is_empty() || w.contains(&found.0.entity_type));
            let allowed = match &allowed_regex {
                Some(regex) => regex.is_match(&found.1),
                None => allowed.contains(&found.1),
            };
            named && found.0.score >= least && !allowed
        };
        let mut lists: Vec<Vec<Found>> = Vec::with_capacity(texts.len());
        for text in texts {
            let all = find(engine, scratch, text, &own, explained);
            lists.push(all.into_iter().filter(keeps).map(|f| f.0).collect());
        }
        lists
    });
    let mut lists = found.await?;
    Ok(if several { json(&lists) } else { json(&lists.remove(0)) })
}

/// Both languages are read at once; only what is neither is refused.
fn supported(language: Option<&str>) -> Result<(), Error> {
    match language {
        Some("en" | "fr") => Ok(()),
        Some(_) => Err(Error::bad("No matching recognizers were found to serve the request.")),
        None => Err(Error::bad("No language provided")),
    }
}

/// The language that a query names.
fn language(uri: &Uri) -> Option<&str> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix("language="))
}

/// Presidio: the recognizers
#[utoipa::path(get, path = "/recognizers", tag = "presidio",
    params(("language" = Option<String>, Query, description = "en or fr")),
    responses(
        (status = 200, description = "Ids of the rules", body = Vec<String>),
        Denied, OtherLanguage))]
pub(in crate::service) async fn recognizers(
    State(app): State<App>,
    caller: Result<Caller, ServiceError>,
    uri: Uri,
) -> Result<Response, Error> {
    admit(caller)?;
    supported(language(&uri).or(Some("en")))?;
    let loaded = app.loaded();
    let rules = loaded.engine.rules().rules.iter().filter(|r| !r.keep);
    Ok(json(&rules.map(|r| r.id.to_string()).collect::<Vec<_>>()))
}

/// Presidio: the entity types
#[utoipa::path(get, path = "/supportedentities", tag = "presidio",
    params(("language" = Option<String>, Query, description = "en or fr")),
    responses(
        (status = 200, description = "Presidio's names, ours where it has none", body = Vec<String>),
        Denied, OtherLanguage))]
pub(in crate::service) async fn supported_entities(
    State(app): State<App>,
    caller: Result<Caller, ServiceError>,
    uri: Uri,
) -> Result<Response, Error> {
    admit(caller)?;
    supported(language(&uri).or(Some("en")))?;
    let loaded = app.loaded();
    let names = EntityType::ALL.iter().map(|&e| name_of(&loaded.engine, e));
    Ok(json(&names.collect::<BTreeSet<_>>()))
}
