//! `POST /v1/batch`: cases as lines of JSON in, masked cases as lines of JSON out, in their order.
//!
//! Lines are read no faster than answers are taken: a few are at work at a time, and memory does
//! not grow with the length of the stream. Nothing is kept or sent on.

use super::access::{Caller, Scope};
use super::body::decode_case;
use super::doubts::{Doubts, Reason};
use super::error::ServiceError;
use super::problem::Problem;
use super::state::App;
use crate::case::CaseId;
use crate::decode::Format;
use crate::gate::Verdict;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use utoipa::ToSchema;

/// How long an answer may wait to be taken.
const UNTAKEN: Duration = Duration::from_secs(30);

/// Answers that wait to be taken.
const WAITING: usize = 4;

/// What became of one line.
#[derive(Serialize, ToSchema)]
pub(super) struct LineAnswer {
    /// Which line of the request, from 1.
    line: usize,
    /// `released`, `held` or `quarantined`; `end` in the last line, which counts the others.
    #[schema(example = "released")]
    status: &'static str,
    /// The masked case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    document: Option<Box<RawValue>>,
    /// Why it is held.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Reason>,
    /// Why it could not be read, or why the stream ends early.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Mask a stream of cases
///
/// Each line is a JSON object or array; the answer has one line for each, in the same order, and a
/// last line with status `end` that holds the number of the last line read. An answer without it
/// was cut off. Answers must be taken while lines are sent: what is not taken stops the reading.
#[utoipa::path(
    post,
    path = "/v1/batch",
    tag = "deidentify",
    request_body(description = "Cases, one a line", content = String, content_type = "application/x-ndjson"),
    responses(
        (status = 200, description = "One line for each case", body = LineAnswer, content_type = "application/x-ndjson"),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A key without this scope, or a page of another site", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not lines of JSON", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Overloaded", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn batch(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<Response, ServiceError> {
    caller.need(Scope::Submit)?;
    let headers = request.headers();
    let encoded = headers.get(CONTENT_ENCODING).is_some_and(|e| e.as_bytes() != b"identity");
    let media_type = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let essence = media_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let lines = ["application/x-ndjson", "application/ndjson", "application/jsonl"];
    if encoded || !lines.contains(&essence.as_str()) {
        return Err(ServiceError::UnsupportedType);
    }
    let place = app.place()?;
    let (to, answers) = channel(WAITING);
    tokio::spawn(async move {
        let _place = place;
        // Nobody takes the answers any more: the stream ends here.
        let _gone = Stream { app, to, at_work: VecDeque::new(), line: 0 }.run(request).await;
    });
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], Body::new(Answers(answers))).into_response())
}

/// Nobody takes the answers.
struct Gone;

struct Stream {
    app: App,
    to: Sender<Bytes>,
    /// Lines that are being masked, in order.
    at_work: VecDeque<JoinHandle<LineAnswer>>,
    line: usize,
}

impl Stream {
    async fn run(mut self, request: Request) -> Result<(), Gone> {
        let mut body = request.into_body();
        let mut held = BytesMut::new();
        let limits = self.app.limits();
        let problem = loop {
            let late = ServiceError::Timeout { seconds: limits.body_time.as_secs() };
            let frame = match tokio::time::timeout(limits.body_time, body.frame()).await {
                Err(_) => break Some(late),
                Ok(None) => break None,
                Ok(Some(Err(_))) => break Some(ServiceError::Incomplete),
                Ok(Some(Ok(frame))) => frame,
            };
            let Ok(data) = frame.into_data() else { continue };
            held.extend_from_slice(&data);
            while let Some(end) = memchr::memchr(b'\n', &held) {
                let line = held.split_to(end + 1).freeze();
                self.take(line).await?;
            }
            if held.len() > limits.body {
                break Some(ServiceError::TooLarge { limit: limits.body });
            }
        };
        if problem.is_none() {
            self.take(held.freeze()).await?;
        }
        while !self.at_work.is_empty() {
            self.answer().await?;
        }
        let (problem, line) = (problem.map(|p| p.to_string()), self.line);
        tracing::info!(lines = line, whole = problem.is_none(), "stream of cases masked");
        self.send(&LineAnswer { line, status: "end", document: None, reasons: vec![], problem })
            .await
    }

    /// Takes a line to be masked; first sends what must be out of the way.
    async fn take(&mut self, bytes: Bytes) -> Result<(), Gone> {
        if bytes.trim_ascii().is_empty() {
            self.line += usize::from(bytes.ends_with(b"\n"));
            return Ok(());
        }
        self.line += 1;
        while self.at_work.len() >= 2 * self.app.limits().workers {
            self.answer().await?;
        }
        let (app, line) = (self.app.clone(), self.line);
        self.at_work.push_back(tokio::spawn(async move { mask(&app, line, &bytes).await }));
        Ok(())
    }

    /// Sends the answer to the first of the lines at work.
    async fn answer(&mut self) -> Result<(), Gone> {
        let Some(first) = self.at_work.pop_front() else { return Ok(()) };
        match first.await {
            Ok(answer) => self.send(&answer).await,
            Err(_) => Err(Gone),
        }
    }

    async fn send(&self, answer: &LineAnswer) -> Result<(), Gone> {
        let mut text = serde_json::to_string(answer).map_err(|_| Gone)?;
        text.push('\n');
        let sent = tokio::time::timeout(UNTAKEN, self.to.send(Bytes::from(text))).await;
        sent.map_err(|_| Gone)?.map_err(|_| Gone)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        for task in &self.at_work {
            task.abort();
        }
    }
}

async fn mask(app: &App, line: usize, bytes: &[u8]) -> LineAnswer {
    let answer = LineAnswer {
        line,
        status: "quarantined",
        document: None,
        reasons: Vec::new(),
        problem: None,
    };
    let bytes = bytes.to_vec();
    let done = app.work(move |engine, scratch| {
        let case = decode_case(engine, CaseId::new(""), &bytes, Format::Json)?;
        Ok::<_, ServiceError>(match engine.release(&case, scratch).0 {
            Verdict::Released(masked) => Ok(masked.render()),
            Verdict::Held(reasons) => Err(Doubts::of(&case, &reasons).reasons),
        })
    });
    match done.await.and_then(|decided| decided) {
        Ok(Ok(masked)) => {
            let document = RawValue::from_string(masked).ok();
            LineAnswer { status: "released", document, ..answer }
        }
        Ok(Err(reasons)) => LineAnswer { status: "held", reasons, ..answer },
        Err(e) => LineAnswer { problem: Some(e.to_string()), ..answer },
    }
}

/// Answers as they come.
struct Answers(Receiver<Bytes>);

impl HttpBody for Answers {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|b| Ok(Frame::data(b))))
    }
}
