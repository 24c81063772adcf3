//! The one file of a `multipart/form-data` body (RFC 7578). Its name is read for its extension and
//! goes no further.

use crate::service::error::ServiceError;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

/// A file as it was uploaded.
pub(super) struct File {
    /// Lower case, without parameters; empty when the part has none.
    pub(super) media_type: String,
    /// Of its name, in lower case.
    pub(super) extension: Option<String>,
    pub(super) bytes: Bytes,
}

/// Longest boundary that RFC 2046 allows.
const LONGEST: usize = 70;

/// Bytes that the header of a part may have.
const HEAD: usize = 8 << 10;

/// The boundary that the header names.
///
/// # Errors
/// [`ServiceError::NotOneFile`] when it names none.
pub(super) fn boundary(headers: &HeaderMap) -> Result<String, ServiceError> {
    let value = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let boundary = parameter(value, "boundary").ok_or(ServiceError::NotOneFile)?;
    let good = (1..=LONGEST).contains(&boundary.len());
    good.then_some(boundary).ok_or(ServiceError::NotOneFile)
}

/// The file of a body: the body has one part and nothing around it.
///
/// # Errors
/// [`ServiceError::NotOneFile`] for anything else.
pub(super) fn file(body: &Bytes, boundary: &str) -> Result<File, ServiceError> {
    one(body, boundary).ok_or(ServiceError::NotOneFile)
}

fn one(body: &Bytes, boundary: &str) -> Option<File> {
    let first = format!("--{boundary}\r\n");
    let next = format!("\r\n--{boundary}");
    if !body.starts_with(first.as_bytes()) {
        return None;
    }
    let window = &body[first.len()..(first.len() + HEAD).min(body.len())];
    let head_end = first.len() + memchr::memmem::find(window, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&body[first.len()..head_end]).ok()?;
    let start = head_end + 4;
    // A file without bytes ends where it starts, with the line end of its header.
    let end = start + memchr::memmem::find(&body[start..], next.as_bytes())?;
    let rest = &body[end + next.len()..];
    if !matches!(rest, b"--" | b"--\r\n") {
        return None;
    }
    let (mut media_type, mut name) = (String::new(), None);
    for line in head.split("\r\n") {
        let (key, value) = line.split_once(':')?;
        match key.trim().to_ascii_lowercase().as_str() {
            "content-type" => {
                media_type = value.split(';').next()?.trim().to_ascii_lowercase();
            }
            "content-disposition" => name = parameter(value, "filename"),
            // Another encoding of the bytes (RFC 7578 has none any more).
            "content-transfer-encoding" => return None,
            _ => {}
        }
    }
    let extension = name.and_then(|n| Some(n.rsplit_once('.')?.1.to_ascii_lowercase()));
    let short = |e: &String| e.len() <= 8 && e.bytes().all(|b| b.is_ascii_alphanumeric());
    Some(File { media_type, extension: extension.filter(short), bytes: body.slice(start..end) })
}

/// A parameter of a header's value, without its quotes.
fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value;
    loop {
        rest = rest[rest.find(';')? + 1..].trim_start();
        let (key, value) = rest.split_once('=')?;
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_at(quoted.find('"')?),
            None => value.split_at(value.find(';').unwrap_or(value.len())),
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value.trim().to_owned());
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<(String, Option<String>, String)> {
        let file = one(&Bytes::from(body.to_owned()), "b")?;
        let bytes = String::from_utf8(file.bytes.to_vec()).unwrap();
        Some((file.media_type, file.extension, bytes))
    }

    #[test]
    fn a_body_has_one_file_and_nothing_else() {
        let head = "content-disposition: form-data; name=\"f\"; filename=\"a b.CSV\"";
        let body = format!(
            "--b\r\n{head}\r\nContent-Type: text/csv; charset=utf-8\r\n\r\na,b\r\n1,2\r\n--b--\r\n"
        );
        let expected = ("text/csv".to_owned(), Some("csv".to_owned()), "a,b\r\n1,2".to_owned());
        assert_eq!(read(&body), Some(expected));
        for bad in [
            String::new(),
            body.replace("--b--", "--b"),
            body.replace("\r\n\r\n", "\r\n"),
            format!("preamble{body}"),
            format!("{body}more"),
            body.replace("--b--\r\n", &format!("--b\r\n{head}\r\n\r\nx\r\n--b--\r\n")),
            body.replace(head, &format!("{head}\r\nContent-Transfer-Encoding: base64")),
            body.replace("--b\r\n", "--c\r\n"),
        ] {
            assert_eq!(read(&bad), None, "{bad:?}");
        }
    }

    #[test]
    fn parameters_may_be_quoted() {
        let value = "multipart/form-data; charset=utf-8; boundary=\"a;b\"; x=1";
        assert_eq!(parameter(value, "boundary").as_deref(), Some("a;b"));
        assert_eq!(parameter("multipart/form-data", "boundary"), None);
        assert_eq!(parameter("a; boundary=", "boundary").as_deref(), Some(""));
        assert_eq!(parameter("a; boundary=\"x", "boundary"), None);
    }
}
