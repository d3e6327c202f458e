//! Refusals in the shape of OpenAI's errors.

use crate::Error;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request is refused or an answer ended.
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    message: String,
    /// OpenAI's name of the cause.
    code: &'static str,
    /// The field that is to blame.
    param: Option<String>,
}

impl Failure {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Failure {
        Failure { status, message: message.into(), code, param: None }
    }

    /// A panic of ours.
    pub fn defect(what: &str) -> Failure {
        let message = format!("{what}; this is a defect of moesaic, please report it");
        Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message)
    }

    /// A field that cannot be.
    pub fn field(param: &str, message: impl std::fmt::Display) -> Failure {
        Failure {
            param: Some(param.into()),
            ..Failure::new(StatusCode::BAD_REQUEST, "invalid_value", format!("{param}: {message}"))
        }
    }

    /// Another code.
    pub fn code(self, code: &'static str) -> Failure {
        Failure { code, ..self }
    }

    /// Another status.
    pub fn status(self, status: StatusCode) -> Failure {
        Failure { status, ..self }
    }

    /// What becomes of one of the library's errors while it reads this field.
    pub fn of_field(error: &Error, param: &str) -> Failure {
        match error {
            Error::Input { .. } | Error::ChatTemplate { .. } | Error::Unsupported { .. } => {
                Failure { param: Some(param.into()), ..Failure::from(error) }
            }
            error => Failure::from(error),
        }
    }

    /// OpenAI's kind of the status.
    fn kind(&self) -> &'static str {
        match self.status.as_u16() {
            401 => "authentication_error",
            403 => "permission_error",
            429 => "rate_limit_error",
            500.. => "server_error",
            _ => "invalid_request_error",
        }
    }

    /// What is sent.
    pub fn json(&self) -> serde_json::Value {
        json!({"error": {
            "message": self.message, "type": self.kind(), "param": self.param, "code": self.code,
        }})
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Failure {
        let (status, code) = match error {
            Error::Input { .. } => (StatusCode::BAD_REQUEST, "invalid_value"),
            Error::ChatTemplate { .. } => (StatusCode::BAD_REQUEST, "chat_template_error"),
            Error::Unsupported { .. } => (StatusCode::BAD_REQUEST, "unsupported"),
            Error::Busy { .. } => (StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded"),
            Error::OutOfMemory { .. } => (StatusCode::SERVICE_UNAVAILABLE, "out_of_memory"),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
        };
        let message = match error {
            // Where the server keeps its files is nobody's business.
            Error::ChatTemplate { line: 0, what, .. } => format!("chat template: {what}"),
            Error::ChatTemplate { line, what, .. } => format!("chat template, line {line}: {what}"),
            error => error.to_string(),
        };
        Failure::new(status, code, message)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.json().to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, axum::http::HeaderValue::from_static("application/json"));
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(RETRY_AFTER, axum::http::HeaderValue::from_static("1"));
        }
        response
    }
}
