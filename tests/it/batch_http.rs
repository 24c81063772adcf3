//! `POST /v1/batch`: lines in, lines out, no faster than they are taken.

use super::http::{request, service_of};
use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use caseveil::service::{Custody, Limits};
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use tower::ServiceExt as _;

const LINES: &str = "application/x-ndjson";

#[tokio::test(flavor = "multi_thread")]
async fn each_line_has_its_answer_in_order() {
    let service = service_of(Limits::with_body(4000), Custody::default(), None, |app| app).await;
    let long = format!("{{\"a\":\"{}\"}}", "pain ".repeat(600));
    let body = format!(
        "{{\"note\":\"OHIP 9876-543-217 JK\",\"pain\":7}}\n\n[1.50]\nno JSON, Zqanary\n7\n{long}\n\
         {{\"note\":\"last\"}}"
    );
    let (status, headers, answer) = service.ask(request("POST", "/v1/batch", LINES, body)).await;
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (StatusCode::OK, LINES));
    let lines: Vec<&str> = answer.lines().collect();
    let expected = [
        r#"{"line":1,"status":"released","document":{"note":"OHIP [HEALTH-NUMBER-1]","pain":7}}"#,
        r#"{"line":3,"status":"released","document":[1.50]}"#,
        r#"{"line":4,"status":"quarantined","problem":"The body is not valid JSON at line 1, column 2."}"#,
        r#"{"line":5,"status":"quarantined","problem":"A case is a JSON object or array; this is a single value."}"#,
        &format!("{{\"line\":6,\"status\":\"released\",\"document\":{long}}}"),
        r#"{"line":7,"status":"released","document":{"note":"last"}}"#,
        r#"{"line":7,"status":"end"}"#,
    ];
    assert_eq!(lines, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_cannot_be_read_on_says_so() {
    let service = service_of(Limits::with_body(100), Custody::default(), None, |app| app).await;
    let body = format!("[1]\n[\"{}\"]\n[2]\n", "x".repeat(200));
    let (_, _, answer) = service.ask(request("POST", "/v1/batch", LINES, body)).await;
    assert_eq!(answer.lines().count(), 4, "a whole line in one piece is taken: {answer}");
    let body = format!("[1]\n[\"{}", "x".repeat(200));
    let (_, _, answer) = service.ask(request("POST", "/v1/batch", LINES, body)).await;
    assert_eq!(
        answer.lines().last().unwrap(),
        r#"{"line":1,"status":"end","problem":"The body is larger than 100 bytes, the most that is taken."}"#
    );
    for media_type in ["application/json", "text/plain", ""] {
        let (status, ..) = service.ask(request("POST", "/v1/batch", media_type, "[1]")).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{media_type}");
    }
}

/// Many lines, one a frame; counts those that were asked for.
struct Endless(Arc<AtomicUsize>, usize);

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.0.fetch_add(1, Ordering::SeqCst) >= self.1 {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"{\"pain\":7}\n")))))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_read_no_faster_than_answers_are_taken() {
    let limits = Limits { workers: 2, ..Limits::with_body(4000) };
    let service = service_of(limits, Custody::default(), None, |app| app).await;
    let (asked, lines) = (Arc::new(AtomicUsize::new(0)), 400);
    let body = Body::new(Endless(Arc::clone(&asked), lines));
    let response = service.router.clone().oneshot(request("POST", "/v1/batch", LINES, body)).await;
    let mut answers = response.unwrap().into_body();
    let mut taken = 0;
    while let Some(frame) = answers.frame().await {
        taken += frame.unwrap().into_data().unwrap().iter().filter(|b| **b == b'\n').count();
        let ahead = asked.load(Ordering::SeqCst).saturating_sub(taken);
        // Four at work, four waiting, one being sent and one being read.
        assert!(ahead <= 12, "{ahead} lines read ahead of {taken} answers");
        tokio::task::yield_now().await;
    }
    assert_eq!(taken, lines + 1);
}
