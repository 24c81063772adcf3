//! Every error of the service: status and words in one place.
//!
//! The words are fixed, or made of numbers and of names that are ours. Nothing of a request is
//! ever in them: no key, value, header, path or media type.

use super::doubts::Doubts;
use crate::clock::ClockError;
use crate::decode::DecodeError;
use crate::format::FormatError;
use crate::store::StoreError;
use axum::http::StatusCode;
use thiserror::Error;

/// What can go wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ServiceError {
    /// There is no such resource.
    #[error("There is nothing at this address.")]
    NotFound,
    /// The resource has no such method.
    #[error("This address does not accept the method; the Allow header lists those it does.")]
    MethodNotAllowed,
    /// The media type is none that can be read as a case.
    #[error(
        "Send a case as application/json, text/plain or, where they are taken, another type of the description; without a content encoding."
    )]
    UnsupportedType,
    /// A document that cannot be searched, or that is not whole.
    #[error("The document cannot be read: {0}.")]
    Document(FormatError),
    /// The bytes are something else than what the media type says.
    #[error("The body is something else than its media type says.")]
    OtherFormat,
    /// A multipart body that is not one file.
    #[error("A multipart upload has one file, with a boundary as in RFC 7578, and nothing else.")]
    NotOneFile,
    /// Not a resource that the operation takes.
    #[error("Send a FHIR Bundle or QuestionnaireResponse, of the type in the address.")]
    NotAResource,
    /// The body is larger than the service takes.
    #[error("The body is larger than {limit} bytes, the most that is taken.")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The body did not arrive in time.
    #[error("The body did not arrive within {seconds} seconds.")]
    Timeout {
        /// The limit, in seconds.
        seconds: u64,
    },
    /// The body ended before its end.
    #[error("The body did not arrive whole.")]
    Incomplete,
    /// The body says that it is JSON and is not.
    #[error("The body is not valid JSON at line {line}, column {column}.")]
    BadJson {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// The body is JSON, and not a case.
    #[error("A case is a JSON object or array; this is a single value.")]
    NotACase,
    /// The gate does not let the case pass, and it cannot wait here.
    #[error(
        "The masked case may still identify somebody, so it is refused; the findings say where."
    )]
    Refused(Doubts),
    /// A person wants to release what a second scan still finds identifying.
    #[error("The masked case still shows what was found; have it masked or say that it may stay.")]
    StillFound(Doubts),
    /// The idempotency key is none.
    #[error("An Idempotency-Key has 1 to 255 visible ASCII characters, and there is one.")]
    BadKey,
    /// The patient key is none of ours.
    #[error(
        "A Patient-Key is one that this service gave in an answer; leave it out for a new patient, and where no policy key is configured."
    )]
    BadPatientKey,
    /// The idempotency key was used for another body.
    #[error("This Idempotency-Key was used with another body.")]
    OtherBody,
    /// The request with this idempotency key is at work.
    #[error("The request with this Idempotency-Key is being answered; ask again.")]
    InFlight,
    /// The request comes from a page of another site.
    #[error("Requests from other sites are not answered.")]
    ForeignOrigin,
    /// No key, or none that is known.
    #[error("Send a known key as Authorization: Bearer.")]
    Unauthorized,
    /// The key does not allow this.
    #[error("The key does not allow this.")]
    Forbidden,
    /// A decision that is none.
    #[error(
        "A decision has a version, one of accept, reject, add, release, refuse, and for a piece its index, start, end and type."
    )]
    BadDecision,
    /// The hold is not as the decision saw it.
    #[error("The held case is not as this decision saw it; look at it again.")]
    Stale,
    /// The second person must be another one.
    #[error("Another person must agree to the release.")]
    SamePerson,
    /// Nothing can be read of what is held.
    #[error("Held cases cannot be opened: there is no key, or not the one that sealed them.")]
    NoSealKey,
    /// The disk is nearly full.
    #[error("The disk is nearly full; cases are taken again when there is room.")]
    DiskLow,
    /// More requests than can be worked on.
    #[error("Too many cases are being worked on; send this one again.")]
    Overloaded,
    /// The key has asked too much.
    #[error("This key asks too much; ask again in {seconds} seconds.")]
    TooMany {
        /// When to ask again.
        seconds: u64,
    },
    /// The engine did not come to an end.
    #[error("The case was not decided in time; nothing was released.")]
    Stalled,
    /// Rules, policy or keys cannot be taken over.
    #[error("The new rules, policy or keys cannot be used; those in force stay in force.")]
    NotReloaded,
    /// Cases cannot be written to disk.
    #[error("Cases cannot be stored now; this one was not taken.")]
    Store,
    /// The clock cannot be believed.
    #[error("The clock of the service is years off; nothing is taken until it is set.")]
    Clock,
    /// A fault of ours.
    #[error("The service failed; nothing was released.")]
    Internal,
    /// Some other status, from below us.
    #[error("The request cannot be answered.")]
    Other(StatusCode),
}

impl ServiceError {
    /// The only place where an error becomes a status.
    pub(super) fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed")
            }
            Self::UnsupportedType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-type", "Unsupported media type")
            }
            Self::Document(error) => {
                let status = match error {
                    FormatError::Unsupported(_)
                    | FormatError::Encrypted(_)
                    | FormatError::Macros(_)
                    | FormatError::Within(_)
                    | FormatError::NoText { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    FormatError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                    FormatError::Syntax { .. }
                    | FormatError::Encoding
                    | FormatError::TooDeep(_)
                    | FormatError::Decode(_) => StatusCode::BAD_REQUEST,
                    FormatError::Held => StatusCode::INTERNAL_SERVER_ERROR,
                };
                (status, "unreadable-document", "Document cannot be read")
            }
            Self::OtherFormat => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "other-format", "Another format than declared")
            }
            Self::NotOneFile => (StatusCode::BAD_REQUEST, "not-one-file", "Not one file"),
            Self::NotAResource => {
                (StatusCode::UNPROCESSABLE_ENTITY, "not-a-resource", "Not a resource of the kind")
            }
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Body too large"),
            Self::Timeout { .. } => (StatusCode::REQUEST_TIMEOUT, "timeout", "Body too slow"),
            Self::Incomplete => (StatusCode::BAD_REQUEST, "incomplete", "Body incomplete"),
            Self::BadJson { .. } => (StatusCode::BAD_REQUEST, "bad-json", "Not valid JSON"),
            Self::NotACase => (StatusCode::UNPROCESSABLE_ENTITY, "not-a-case", "Not a case"),
            Self::Refused(_) => (StatusCode::UNPROCESSABLE_ENTITY, "refused", "Case refused"),
            Self::StillFound(_) => (StatusCode::CONFLICT, "still-found", "Still identifying"),
            Self::BadPatientKey => (StatusCode::BAD_REQUEST, "bad-patient-key", "Bad Patient-Key"),
            Self::BadKey => (StatusCode::BAD_REQUEST, "bad-idempotency-key", "Bad Idempotency-Key"),
            Self::OtherBody => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "Idempotency-Key reused",
            ),
            Self::InFlight => (StatusCode::CONFLICT, "in-flight", "Request in flight"),
            Self::ForeignOrigin => (StatusCode::FORBIDDEN, "foreign-origin", "Foreign origin"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "Forbidden"),
            Self::BadDecision => {
                (StatusCode::UNPROCESSABLE_ENTITY, "bad-decision", "Not a decision")
            }
            Self::Stale => (StatusCode::CONFLICT, "stale", "Stale decision"),
            Self::SamePerson => (StatusCode::CONFLICT, "same-person", "Another person needed"),
            Self::NoSealKey => (StatusCode::CONFLICT, "no-seal-key", "Holds cannot be opened"),
            Self::DiskLow => (StatusCode::SERVICE_UNAVAILABLE, "disk-low", "Disk nearly full"),
            Self::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "overloaded", "Overloaded"),
            Self::TooMany { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many requests")
            }
            Self::Stalled => (StatusCode::SERVICE_UNAVAILABLE, "stalled", "Not decided in time"),
            Self::NotReloaded => (StatusCode::UNPROCESSABLE_ENTITY, "not-reloaded", "Not reloaded"),
            Self::Store => {
                (StatusCode::SERVICE_UNAVAILABLE, "store-unavailable", "Store unavailable")
            }
            Self::Clock => (StatusCode::SERVICE_UNAVAILABLE, "clock", "Clock is wrong"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
            Self::Other(status) => (*status, "other", "Error"),
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.kind().0
    }

    /// The error for a status that a library chose.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedType,
            StatusCode::INTERNAL_SERVER_ERROR => Self::Internal,
            other => Self::Other(other),
        }
    }
}

impl From<DecodeError> for ServiceError {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Json { line, column } => Self::BadJson { line, column },
            DecodeError::TooLarge { limit, .. } => Self::TooLarge { limit },
        }
    }
}

impl From<FormatError> for ServiceError {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Decode(error) => error.into(),
            error => Self::Document(error),
        }
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        if error == StoreError::Conflict {
            return Self::Stale;
        }
        tracing::error!(%error, "the store cannot be used");
        Self::Store
    }
}

impl From<ClockError> for ServiceError {
    fn from(_: ClockError) -> Self {
        Self::Clock
    }
}
