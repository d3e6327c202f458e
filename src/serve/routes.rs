//! The paths of the server: who may ask, how much may be sent, and what answers.

use super::answer::Answer;
use super::embeddings;
use super::failure::Failure;
use super::request::{self, Wanted};
use super::App;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Path, Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST,
    REFERRER_POLICY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{from_fn_with_state, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::Router;
use serde_json::{json, Value as Json};
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;
use tokio::time::timeout;

const PAGE: &str = include_str!("page.html");
const DESCRIPTION: &str = include_str!("openapi.json");

type Shared = State<Arc<App>>;

/// All paths.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/openapi.json", get(description))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .route("/v1/models", get(models))
        .route("/v1/models/{*name}", get(model))
        .route("/v1/chat/completions", post(chat))
        .route("/v1/completions", post(completion))
        .route("/v1/embeddings", post(embedding))
        .fallback(|| async {
            Failure::new(StatusCode::NOT_FOUND, "unknown_path", "there is nothing at this path")
        })
        .method_not_allowed_fallback(|| async {
            let message = "this path does not take this method";
            Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
        })
        .layer(from_fn_with_state(app.clone(), admit))
        .with_state(app)
}

/// Lets in who may come in, and counts.
async fn admit(State(app): Shared, request: Request, next: Next) -> Response {
    let route = match request.uri().path() {
        "/" => "/",
        "/openapi.json" => "/openapi.json",
        "/health" => "/health",
        "/metrics" => "/metrics",
        "/v1/chat/completions" => "/v1/chat/completions",
        "/v1/completions" => "/v1/completions",
        "/v1/embeddings" => "/v1/embeddings",
        path if path.starts_with("/v1/models") => "/v1/models",
        _ => "other",
    };
    let open = matches!(route, "/" | "/openapi.json" | "/health");
    let response = match check(&app, request.headers(), open) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    };
    app.metrics.answered(route, response.status().as_u16());
    response
}

fn check(app: &App, headers: &HeaderMap, open: bool) -> Result<(), Failure> {
    match &app.options.api_key {
        Some(key) => {
            let given = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
            let given = given.and_then(|value| value.strip_prefix(b"Bearer ")).unwrap_or_default();
            if !open && !same(given, key.as_bytes()) {
                let message = "the header Authorization must be \"Bearer \" and this server's API key";
                return Err(Failure::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message));
            }
        }
        // A page from elsewhere may send requests to this machine under a name of its own; it must not read answers.
        None if app.loopback && !is_local(headers.get(HOST)) => {
            let message =
                "this server answers requests for localhost only; start it with --host or --api-key";
            return Err(Failure::new(StatusCode::FORBIDDEN, "wrong_host", message));
        }
        None => {}
    }
    Ok(())
}

/// Takes the same time wherever they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

/// Whether a request names this machine, or nothing at all.
fn is_local(host: Option<&HeaderValue>) -> bool {
    let Some(host) = host else { return true };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn file(text: &'static str, kind: &'static str) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], text).into_response()
}

fn answer_json(value: &Json) -> Response {
    ([(CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

/// The page, which may talk to this server and to nobody else.
async fn page() -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                          connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
                          frame-ancestors 'none'";
    let mut response = file(PAGE, "text/html; charset=utf-8");
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// The document, with the numbers of this model and this server.
async fn description(State(app): Shared) -> Response {
    let Ok(mut document) = serde_json::from_str::<Json>(DESCRIPTION) else {
        return file(DESCRIPTION, "application/json");
    };
    let mut set = |pointer: &str, value: Json| {
        if let Some(place) = document.pointer_mut(pointer) {
            *place = value;
        }
    };
    let choices = app.options.choices_limit;
    let tokens = app.scheduler.model().vocabulary_size();
    let width = app.scheduler.model().embedding_length();
    let security = if app.options.api_key.is_some() { json!([{"key": []}]) } else { json!([]) };
    set("/security", security);
    set("/info/version", env!("CARGO_PKG_VERSION").into());
    set("/components/schemas/Token/maximum", tokens.saturating_sub(1).into());
    set("/components/schemas/Prompts/maxItems", choices.into());
    set("/components/schemas/EmbeddingRequest/properties/dimensions/maximum", width.into());
    set("/components/schemas/ChatRequest/properties/n/maximum", choices.into());
    set("/components/schemas/TextRequest/properties/n/maximum", choices.into());
    if let (Some(paths), None) = (document["paths"].as_object_mut(), app.pooling()) {
        paths.shift_remove("/v1/embeddings");
    }
    answer_json(&document)
}

async fn health(State(app): Shared) -> Response {
    if app.scheduler.is_closed() {
        let message = "the server is shutting down";
        return Failure::new(StatusCode::SERVICE_UNAVAILABLE, "shutting_down", message).into_response();
    }
    answer_json(&json!({"status": "ok"}))
}

async fn metrics(State(app): Shared) -> Response {
    let text = app.metrics.text(&app.scheduler.statistics());
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

fn describe(app: &App) -> Json {
    json!({
        "id": app.options.model_name,
        "object": "model",
        "created": app.started,
        "owned_by": "moesaic",
        "context_length": app.scheduler.context(),
        "chat": app.template.is_ok(),
        "embeddings": app.pooling().is_some(),
    })
}

async fn models(State(app): Shared) -> Response {
    answer_json(&json!({"object": "list", "data": [describe(&app)]}))
}

async fn model(State(app): Shared, Path(name): Path<String>) -> Response {
    if name == app.options.model_name {
        return answer_json(&describe(&app));
    }
    let message = format!("there is no model {name:?}; this server has {:?}", app.options.model_name);
    Failure::new(StatusCode::NOT_FOUND, "model_not_found", message).into_response()
}

async fn chat(State(app): Shared, request: Request) -> Response {
    respond(app, request, request::chat).await
}

async fn completion(State(app): Shared, request: Request) -> Response {
    respond(app, request, request::completion).await
}

async fn embedding(State(app): Shared, request: Request) -> Response {
    let answered = async {
        let body = body(&app, request).await?;
        Ok(answer_json(&embeddings::answer(app, body).await?))
    };
    answered.await.unwrap_or_else(|failure: Failure| failure.into_response())
}

/// Reads a request, asks for its texts, and answers whole or in a stream.
async fn respond(
    app: Arc<App>,
    request: Request,
    read: fn(&App, &[u8]) -> Result<Wanted, Failure>,
) -> Response {
    let begin = Instant::now();
    let answered = async {
        let body = body(&app, request).await?;
        let reader = app.clone();
        // Templates and grammars may take their time.
        let wanted = tokio::task::spawn_blocking(move || read(&reader, &body)).await;
        let wanted = wanted.map_err(|_| Failure::defect("the request could not be read"))??;
        let answer = Answer::begin(app, &wanted, begin)?;
        if wanted.stream {
            let headers = [(CONTENT_TYPE, "text/event-stream; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
            return Ok((headers, answer.stream()).into_response());
        }
        Ok(answer_json(&answer.whole().await?))
    };
    answered.await.unwrap_or_else(|failure: Failure| failure.into_response())
}

/// The body of a request, within the limits of size and time.
async fn body(app: &App, request: Request) -> Result<Vec<u8>, Failure> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    // Browsers send any page's requests of other kinds without asking.
    if !kind.eq_ignore_ascii_case("application/json") {
        let message = "the header Content-Type must be application/json";
        return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message));
    }
    let limit = app.options.body_limit;
    let too_large = || {
        let message = format!("the body is larger than {limit} bytes");
        Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
    };
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let collect = async {
        let mut body: std::pin::Pin<&mut Body> = pin!(request.into_body());
        let mut bytes = Vec::new();
        while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
            let frame = frame.map_err(|error| {
                let message = format!("the body could not be read: {error}");
                Failure::new(StatusCode::BAD_REQUEST, "unreadable_body", message)
            })?;
            let data: Bytes = frame.into_data().unwrap_or_default();
            if bytes.len() + data.len() > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&data);
        }
        Ok(bytes)
    };
    timeout(app.options.transfer_time, collect).await.unwrap_or_else(|_| {
        let message = "the body did not arrive in time";
        Err(Failure::new(StatusCode::REQUEST_TIMEOUT, "timeout", message))
    })
}
