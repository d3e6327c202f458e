//! Texts as vectors. They need no place of the scheduler: one request after the other takes the model beside it.

use super::answer::Cancels;
use super::failure::Failure;
use super::request::{self, Texts};
use super::App;
use crate::{CancelToken, Error};
use axum::http::StatusCode;
use base64::prelude::{Engine, BASE64_STANDARD};
use serde_json::{json, Value as Json};
use std::sync::Arc;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::timeout;

/// Whose turn it is.
#[derive(Debug)]
pub struct Turns {
    turn: Mutex<()>,
    /// Those that may wait, and the one whose turn it is.
    room: Semaphore,
}

impl Turns {
    /// So many requests may wait.
    pub fn new(queue: usize) -> Turns {
        Turns {
            turn: Mutex::new(()),
            room: Semaphore::new(queue.saturating_add(1).min(Semaphore::MAX_PERMITS)),
        }
    }
}

/// The vectors that a request asks for, as OpenAI's object.
pub async fn answer(app: Arc<App>, body: Vec<u8>) -> Result<Json, Failure> {
    let time = app.options.answer_time;
    timeout(time, answer_in_time(app, body)).await.unwrap_or_else(|_| {
        let message = "the answer took longer than this server allows";
        Err(Failure::new(StatusCode::GATEWAY_TIMEOUT, "timeout", message))
    })
}

async fn answer_in_time(app: Arc<App>, body: Vec<u8>) -> Result<Json, Failure> {
    let Some(pooling) = app.pooling() else {
        let message =
            "this model's file does not say how texts become vectors, so it was hardly made for that; \
                       `moesaic serve --pooling` says it";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "unsupported", message));
    };
    if app.scheduler.is_closed() {
        let message = "the server is shutting down";
        return Err(Failure::new(StatusCode::SERVICE_UNAVAILABLE, "shutting_down", message));
    }
    let _room = app.embeddings.room.try_acquire().map_err(|_| {
        let message = "as many requests wait as may; try again later";
        Failure::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", message)
    })?;
    // Threads are few, and others need them: a request waits for its turn before it takes one.
    let _turn = app.embeddings.turn.lock().await;
    let cancel = CancelToken::new();
    // Whoever goes away, or waits no longer, drops this.
    let _cancels = Cancels(vec![cancel.clone()]);
    let of_thread = app.clone();
    let work = move || -> Result<(Texts, Vec<Vec<f32>>), Failure> {
        let app = of_thread;
        let wanted = request::embeddings(&app, &body)?;
        let model = app.scheduler.model();
        let vectors = wanted.inputs.iter().map(|tokens| {
            let vector = model.embed(tokens, pooling, &|| cancel.is_cancelled());
            vector.map(|vector| shortened(vector, wanted.dimensions)).map_err(|error| failure(&error))
        });
        let vectors = vectors.collect::<Result<Vec<_>, Failure>>()?;
        Ok((wanted, vectors))
    };
    let (wanted, vectors) = tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Failure::defect("the vectors could not be made"))??;
    let write = |vector: &Vec<f32>| match wanted.base64 {
        true => {
            let bytes: Vec<u8> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
            BASE64_STANDARD.encode(bytes).into()
        }
        false => json!(vector),
    };
    let data = vectors
        .iter()
        .enumerate()
        .map(|(index, vector)| json!({"object": "embedding", "index": index, "embedding": write(vector)}));
    let tokens = wanted.inputs.iter().map(Vec::len).sum::<usize>();
    Ok(json!({
        "object": "list",
        "data": data.collect::<Vec<Json>>(),
        "model": app.options.model_name,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }))
}

/// The first numbers of a vector, of length 1 again.
fn shortened(mut vector: Vec<f32>, dimensions: Option<usize>) -> Vec<f32> {
    if let Some(dimensions) = dimensions.filter(|dimensions| *dimensions < vector.len()) {
        vector.truncate(dimensions);
        let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        let length = length.max(f64::MIN_POSITIVE);
        vector.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
    }
    vector
}

/// Nobody hears that a text was cancelled, but for those who are there at the end of everything.
fn failure(error: &Error) -> Failure {
    match error {
        Error::Cancelled => {
            Failure::new(StatusCode::SERVICE_UNAVAILABLE, "shutting_down", "the server is shutting down")
        }
        error => Failure::of_field(error, "input"),
    }
}
