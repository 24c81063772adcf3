//! A REDCap project as the hub: each case is a record, imported through its API.
//!
//! The record's id is the case's id, so that importing it twice is importing it once. Only the
//! count that REDCap confirms makes a case delivered.

use super::hub::ForwardError;
use crate::config::Secret;
use crate::store::{Format, Pending};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, Url};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt::Write as _;

/// The API of a project.
#[derive(Clone)]
pub struct Redcap {
    /// The client that posts.
    pub(super) client: Client,
    /// Its address, such as `https://redcap.example.org/api/`.
    pub(super) url: Url,
    /// The token of an account that may import records.
    pub(super) token: Secret,
    /// The field that names the record.
    pub(super) record: String,
    /// The field that takes a whole case.
    pub(super) text: String,
}

/// The most that is read of an answer.
const ANSWER: usize = 64 << 10;

impl Redcap {
    /// Imports a case.
    ///
    /// # Errors
    /// [`ForwardError`] when the project did not confirm one record.
    pub(super) async fn import(&self, case: &Pending) -> Result<(), ForwardError> {
        let data = record(&case.id().to_string(), case.format(), &text(case.body()), self);
        let fields = [
            ("token", self.token.0.as_str()),
            ("content", "record"),
            ("format", "json"),
            ("type", "flat"),
            ("overwriteBehavior", "normal"),
            ("forceAutoNumber", "false"),
            ("returnContent", "count"),
            ("returnFormat", "json"),
            ("data", &data),
        ];
        let request = self.client.post(self.url.clone());
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = request.body(form(&fields)).send().await;
        let response = response.map_err(|e| ForwardError::of_client(&e))?;
        let status = response.status();
        if !status.is_success() {
            return Err(ForwardError::Status(status.as_u16()));
        }
        match confirmed(response).await {
            Some(1) => Ok(()),
            _ => Err(ForwardError::Unconfirmed),
        }
    }
}

/// How many records an answer confirms.
async fn confirmed(mut response: Response) -> Option<u64> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if bytes.len() + chunk.len() > ANSWER {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    let answer: Value = serde_json::from_slice(&bytes).ok()?;
    let count = answer.get("count").unwrap_or(&answer);
    count.as_u64().or_else(|| count.as_str()?.parse().ok())
}

/// A body as a field takes it: text, or base64 of what is none.
fn text(body: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(body) {
        Ok(text) => text.into(),
        Err(_) => BASE64_STANDARD.encode(body).into(),
    }
}

/// A case as a list of one record: a flat object's fields are the record's, anything else goes
/// whole into the field for it.
fn record(id: &str, format: Format, body: &str, to: &Redcap) -> String {
    let fields = match format {
        Format::Json => serde_json::from_str::<Map<String, Value>>(body).ok(),
        Format::Text | Format::File(_) => None,
    };
    let is_name = |k: &String| {
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        !k.is_empty() && k.bytes().all(good) && *k != to.record
    };
    let flat =
        fields.filter(|f| f.iter().all(|(k, v)| is_name(k) && !(v.is_array() || v.is_object())));
    let mut record = Map::new();
    record.insert(to.record.clone(), id.into());
    match flat {
        Some(fields) => record.extend(fields),
        None => {
            record.insert(to.text.clone(), body.into());
        }
    }
    Value::from(vec![Value::Object(record)]).to_string()
}

/// A form as the body of a request.
fn form(fields: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in fields {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                let _infallible = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_record_holds() {
        crate::forward::hub::install_cryptography();
        let to = Redcap {
            client: Client::builder().tls_certs_only([]).no_proxy().build().unwrap(),
            url: Url::parse("http://127.0.0.1:9/api/").unwrap(),
            token: Secret("t".to_owned()),
            record: "record_id".to_owned(),
            text: "case_text".to_owned(),
        };
        let cases = [
            (Format::Text, "pain 7/10", r#"[{"record_id":"1","case_text":"pain 7/10"}]"#),
            (Format::Json, r#"{"age":"47"}"#, r#"[{"record_id":"1","age":"47"}]"#),
            (Format::Json, r#"{"a":[1]}"#, r#"[{"record_id":"1","case_text":"{\"a\":[1]}"}]"#),
            (
                Format::Json,
                r#"{"Not a field":1}"#,
                r#"[{"record_id":"1","case_text":"{\"Not a field\":1}"}]"#,
            ),
            (
                Format::Json,
                r#"{"record_id":9}"#,
                r#"[{"record_id":"1","case_text":"{\"record_id\":9}"}]"#,
            ),
        ];
        for (format, body, expected) in cases {
            assert_eq!(record("1", format, body, &to), expected);
        }
        assert_eq!(form(&[("a", "é &="), ("b", "c")]), "a=%C3%A9%20%26%3D&b=c");
    }
}
