//! What a request is told: pieces of text become OpenAI's objects, whole or as a stream of events.

use super::failure::Failure;
use super::request::{Form, Wanted};
use super::{now, App};
use crate::generate::{Piece, Request, TokenScore};
use crate::text::{ReplyEvent, ReplyParser};
use crate::{CancelToken, FinishReason};
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use hyper::body::Frame;
use serde_json::{json, Map, Value as Json};
use std::convert::Infallible;
use std::future::Future;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver};
use tokio::time::{sleep, Sleep};

/// How often a stream says that it is still there, when it has nothing to say.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// An answer that is being written. Dropping it frees its places.
pub struct Answer {
    app: Arc<App>,
    id: String,
    created: u64,
    chat: bool,
    stream_usage: bool,
    choices: Vec<Choice>,
    prompt_tokens: usize,
    pieces: UnboundedReceiver<(usize, crate::Result<Piece>)>,
    cancels: Cancels,
    begin: Instant,
    deadline: Pin<Box<Sleep>>,
    /// Whether a token has come.
    spoken: bool,
}

/// Frees the places of texts that nobody waits for any more.
pub struct Cancels(pub Vec<CancelToken>);

impl Drop for Cancels {
    fn drop(&mut self) {
        self.0.iter().for_each(CancelToken::cancel);
    }
}

/// One of the texts of an answer, so far.
struct Choice {
    index: usize,
    /// Takes the messages of a chat apart.
    parser: Option<ReplyParser>,
    /// Whether there may be several calls.
    parallel: bool,
    text: String,
    reasoning: String,
    calls: Vec<Call>,
    /// Whether scores are wanted.
    scored: bool,
    /// Scores of tokens since the last delta.
    scores: Vec<Score>,
    /// All scores, for an answer as a whole.
    all_scores: Vec<Score>,
    tokens: usize,
    reasoning_tokens: usize,
    kept: usize,
    finish: Option<&'static str>,
    /// Characters given out, which completions count.
    offset: usize,
}

#[derive(Debug)]
struct Call {
    id: String,
    name: String,
    arguments: String,
}

/// How probable a token was.
#[derive(Clone)]
struct Score {
    token: u32,
    score: TokenScore,
    /// Where its text begins.
    offset: usize,
}

/// A random number.
fn random() -> u64 {
    // Keyed anew by the operating system each time.
    RandomState::new().build_hasher().finish()
}

/// The name of a call: nine letters or digits, which is what Mistral's templates insist on.
fn call_id() -> String {
    const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut number = random();
    let mut digit = || {
        let digit = DIGITS[(number % DIGITS.len() as u64) as usize];
        number /= DIGITS.len() as u64;
        char::from(digit)
    };
    (0..9).map(|_| digit()).collect()
}

impl Answer {
    /// Asks the scheduler for the texts.
    pub fn begin(app: Arc<App>, wanted: &Wanted, begin: Instant) -> Result<Answer, Failure> {
        let (sender, pieces) = unbounded_channel();
        let mut requests = Vec::new();
        let mut cancels = Cancels(Vec::new());
        let mut choices = Vec::new();
        for (which, prompt) in wanted.prompts.iter().enumerate() {
            for choice in 0..wanted.choices {
                let index = requests.len();
                let options = wanted.options(prompt, choice);
                cancels.0.push(options.cancel.clone());
                let sender = sender.clone();
                // Whoever no longer listens has dropped `Cancels`.
                let request =
                    Request::new(prompt.clone(), options, move |piece| drop(sender.send((index, piece))));
                requests.push(match wanted.alternatives {
                    Some(alternatives) => request.with_scores(alternatives),
                    None => request,
                });
                choices.push(Choice::new(index, wanted, which));
            }
        }
        let chat = matches!(wanted.form, Form::Chat { .. });
        app.scheduler.submit(requests).map_err(|error| match &error {
            crate::Error::Busy { .. } if app.scheduler.is_closed() => {
                Failure::new(StatusCode::SERVICE_UNAVAILABLE, "shutting_down", error.to_string())
            }
            error => Failure::from(error),
        })?;
        let prefix = if chat { "chatcmpl" } else { "cmpl" };
        Ok(Answer {
            id: format!("{prefix}-{:016x}{:016x}", random(), random()),
            created: now(),
            chat,
            stream_usage: wanted.stream_usage,
            choices,
            prompt_tokens: wanted.prompts.iter().map(Vec::len).sum(),
            pieces,
            cancels,
            begin,
            deadline: Box::pin(sleep(app.options.answer_time)),
            spoken: false,
            app,
        })
    }

    /// The whole answer, when it is there.
    pub async fn whole(mut self) -> Result<Json, Failure> {
        while !self.is_done() {
            let next = std::future::poll_fn(|context| self.poll_piece(context)).await;
            self.absorb(next?)?;
        }
        let choices: Vec<Json> = self.choices.iter_mut().map(|choice| choice.whole(&self.app)).collect();
        let object = if self.chat { "chat.completion" } else { "text_completion" };
        let mut answer = self.object(object, choices.into());
        answer.insert("usage".into(), self.usage());
        Ok(answer.into())
    }

    /// The answer as a stream of events.
    pub fn stream(self) -> Body {
        let mut ready = String::new();
        if self.chat {
            for choice in &self.choices {
                let delta = json!({"role": "assistant", "content": ""});
                ready += &event(&self.chunk(choice.index, Some(delta), Json::Null, None));
            }
        }
        for choice in self.choices.iter().filter(|choice| !choice.text.is_empty()) {
            ready += &event(&self.chunk(choice.index, Some(choice.text.as_str().into()), Json::Null, None));
        }
        Body::new(Events { answer: self, ready, ended: false, quiet: Box::pin(sleep(SIGN_OF_LIFE)) })
    }

    fn is_done(&self) -> bool {
        self.choices.iter().all(|choice| choice.finish.is_some())
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Result<(usize, Piece), Failure>> {
        if self.deadline.as_mut().poll(context).is_ready() {
            self.cancels.0.iter().for_each(CancelToken::cancel);
            let message = "the answer took longer than this server allows";
            return Poll::Ready(Err(Failure::new(StatusCode::GATEWAY_TIMEOUT, "timeout", message)));
        }
        self.pieces.poll_recv(context).map(|piece| match piece {
            Some((index, Ok(piece))) => Ok((index, piece)),
            Some((_, Err(error))) => Err(Failure::from(&error)),
            None => Err(Failure::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal_error",
                "the scheduler has ended before the answer",
            )),
        })
    }

    /// Takes a piece; the deltas that it gives.
    fn absorb(&mut self, (index, piece): (usize, Piece)) -> Result<Vec<(Option<Json>, Json)>, Failure> {
        if !self.spoken && piece.token.is_some() {
            self.spoken = true;
            self.app.metrics.first_token(self.begin.elapsed());
        }
        if piece.finish_reason == Some(FinishReason::Cancelled) {
            let message = "the server was shut down before the answer was complete";
            return Err(Failure::new(StatusCode::SERVICE_UNAVAILABLE, "shutting_down", message));
        }
        let deltas = self.choices[index].absorb(piece, &self.app);
        if self.is_done() {
            self.app.metrics.answer(self.begin.elapsed());
        }
        Ok(deltas)
    }

    fn object(&self, object: &str, choices: Json) -> Map<String, Json> {
        let mut map = Map::new();
        map.insert("id".into(), self.id.as_str().into());
        map.insert("object".into(), object.into());
        map.insert("created".into(), self.created.into());
        map.insert("model".into(), self.app.options.model_name.as_str().into());
        map.insert("system_fingerprint".into(), concat!("moesaic-", env!("CARGO_PKG_VERSION")).into());
        map.insert("choices".into(), choices);
        map
    }

    /// An object of a stream about one choice.
    fn chunk(&self, index: usize, delta: Option<Json>, logprobs: Json, finish: Option<&str>) -> Json {
        let choice = match self.chat {
            true => {
                json!({"index": index, "delta": delta.unwrap_or_else(|| json!({})), "logprobs": logprobs, "finish_reason": finish})
            }
            false => {
                json!({"index": index, "text": delta.unwrap_or_else(|| "".into()), "logprobs": logprobs, "finish_reason": finish})
            }
        };
        let object = if self.chat { "chat.completion.chunk" } else { "text_completion" };
        let mut map = self.object(object, json!([choice]));
        if self.stream_usage {
            map.insert("usage".into(), Json::Null);
        }
        map.into()
    }

    fn usage(&self) -> Json {
        let sum = |count: fn(&Choice) -> usize| self.choices.iter().map(count).sum::<usize>();
        let completion = sum(|choice| choice.tokens);
        // The texts of one prompt share it, so its tokens count once.
        let cached = self.choices.first().map_or(0, |choice| choice.kept);
        json!({
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion,
            "total_tokens": self.prompt_tokens + completion,
            "prompt_tokens_details": {"cached_tokens": cached},
            "completion_tokens_details": {"reasoning_tokens": sum(|choice| choice.reasoning_tokens)},
        })
    }
}

impl Choice {
    fn new(index: usize, wanted: &Wanted, prompt: usize) -> Choice {
        let (parser, parallel, text) = match &wanted.form {
            Form::Chat { dialect, in_reasoning, tools, parallel } => {
                (Some(ReplyParser::new(*dialect, *in_reasoning, tools)), *parallel, String::new())
            }
            Form::Text { echo } => (None, true, echo.get(prompt).cloned().unwrap_or_default()),
        };
        Choice {
            index,
            parser,
            parallel,
            offset: text.chars().count(),
            text,
            reasoning: String::new(),
            calls: Vec::new(),
            scored: wanted.alternatives.is_some(),
            scores: Vec::new(),
            all_scores: Vec::new(),
            tokens: 0,
            reasoning_tokens: 0,
            kept: 0,
            finish: None,
        }
    }

    /// Takes a piece; what a stream says of it, each with the probabilities of its tokens. The last of a text is
    /// `None`.
    fn absorb(&mut self, piece: Piece, app: &App) -> Vec<(Option<Json>, Json)> {
        self.kept = piece.kept;
        self.tokens += usize::from(piece.token.is_some());
        if let (Some(token), Some(score)) = (piece.token, piece.score) {
            let score = Score { token, score, offset: self.offset };
            self.scores.push(score.clone());
            self.all_scores.push(score);
        }
        self.offset += piece.text.chars().count();
        let mut deltas = Vec::new();
        match &mut self.parser {
            None => {
                self.text += &piece.text;
                if !piece.text.is_empty() {
                    deltas.push(Some(piece.text.into()));
                }
            }
            Some(parser) => {
                self.reasoning_tokens += usize::from(piece.token.is_some() && parser.is_reasoning());
                let mut events = parser.push(&piece.text);
                if piece.finish_reason.is_some() {
                    events.extend(parser.finish());
                }
                deltas.extend(events.into_iter().filter_map(|event| self.event(event)).map(Some));
            }
        }
        if let Some(reason) = piece.finish_reason {
            self.finish = Some(match reason {
                FinishReason::Length | FinishReason::ContextFull => "length",
                _ if !self.calls.is_empty() => "tool_calls",
                _ => "stop",
            });
            deltas.push(None);
        }
        // All tokens since the last delta belong to the first of these.
        let chat = self.parser.is_some();
        let mut with_scores = Vec::with_capacity(deltas.len());
        for delta in deltas {
            let scores = std::mem::take(&mut self.scores);
            let logprobs = if scores.is_empty() { Json::Null } else { logprobs(&scores, chat, app) };
            with_scores.push((delta, logprobs));
        }
        with_scores
    }

    /// Notes what the parser has found; what a stream says of it.
    fn event(&mut self, event: ReplyEvent) -> Option<Json> {
        let unwanted = |call: usize| !self.parallel && call > 0;
        Some(match event {
            ReplyEvent::Reasoning(text) => {
                self.reasoning += &text;
                json!({"reasoning_content": text})
            }
            ReplyEvent::Content(text) => {
                self.text += &text;
                json!({"content": text})
            }
            ReplyEvent::Call(call, _) | ReplyEvent::Arguments(call, _) if unwanted(call) => return None,
            ReplyEvent::Call(call, name) => {
                let id = call_id();
                self.calls.push(Call { id: id.clone(), name: name.clone(), arguments: String::new() });
                let function = json!({"name": name, "arguments": ""});
                json!({"tool_calls": [{"index": call, "id": id, "type": "function", "function": function}]})
            }
            ReplyEvent::Arguments(index, text) => {
                if let Some(call) = self.calls.get_mut(index) {
                    call.arguments += &text;
                }
                json!({"tool_calls": [{"index": index, "function": {"arguments": text}}]})
            }
        })
    }

    /// The choice as a whole.
    fn whole(&mut self, app: &App) -> Json {
        let chat = self.parser.is_some();
        let logprobs = if self.scored { logprobs(&self.all_scores, chat, app) } else { Json::Null };
        let text = std::mem::take(&mut self.text);
        if !chat {
            return json!({"index": self.index, "text": text, "logprobs": logprobs, "finish_reason": self.finish});
        }
        let mut message = Map::new();
        message.insert("role".into(), "assistant".into());
        // A message that only calls has no content.
        let content = if text.is_empty() && !self.calls.is_empty() { Json::Null } else { text.into() };
        message.insert("content".into(), content);
        message.insert("refusal".into(), Json::Null);
        if !self.reasoning.is_empty() {
            message.insert("reasoning_content".into(), self.reasoning.as_str().into());
        }
        if !self.calls.is_empty() {
            let call = |call: &Call| {
                let function = json!({"name": call.name, "arguments": call.arguments});
                json!({"id": call.id, "type": "function", "function": function})
            };
            message.insert("tool_calls".into(), self.calls.iter().map(call).collect());
        }
        json!({"index": self.index, "message": message, "logprobs": logprobs, "finish_reason": self.finish})
    }
}

/// The probabilities of tokens.
fn logprobs(scores: &[Score], chat: bool, app: &App) -> Json {
    let tokenizer = app.scheduler.model().tokenizer();
    let bytes = |token: u32| {
        let bytes = tokenizer.as_ref().ok().and_then(|tokenizer| tokenizer.token_bytes(token, true).ok());
        bytes.unwrap_or_default()
    };
    let text = |token: u32| String::from_utf8_lossy(&bytes(token)).into_owned();
    // JSON has no infinity; OpenAI says so too.
    let number = |logarithm: f64| logarithm.max(-9999.0);
    if chat {
        let one = |token: u32, logarithm: f64| json!({"token": text(token), "logprob": number(logarithm), "bytes": bytes(token)});
        let content = scores.iter().map(|Score { token, score, .. }| {
            let mut entry = one(*token, score.log_probability);
            entry["top_logprobs"] =
                score.alternatives.iter().map(|(token, logarithm)| one(*token, *logarithm)).collect();
            entry
        });
        return json!({"content": content.collect::<Vec<Json>>(), "refusal": null});
    }
    let top = |score: &TokenScore| {
        let pairs =
            score.alternatives.iter().map(|(token, logarithm)| (text(*token), number(*logarithm).into()));
        Json::Object(pairs.collect())
    };
    json!({
        "tokens": scores.iter().map(|score| text(score.token)).collect::<Vec<_>>(),
        "token_logprobs": scores.iter().map(|score| number(score.score.log_probability)).collect::<Vec<_>>(),
        "top_logprobs": scores.iter().map(|score| top(&score.score)).collect::<Vec<_>>(),
        "text_offset": scores.iter().map(|score| score.offset).collect::<Vec<_>>(),
    })
}

/// An event of a stream.
fn event(data: &Json) -> String {
    format!("data: {data}\n\n")
}

/// The body of a streamed answer.
struct Events {
    answer: Answer,
    /// What was not sent yet.
    ready: String,
    ended: bool,
    /// Ends when the stream has been silent for a while.
    quiet: Pin<Box<Sleep>>,
}

impl Events {
    fn say(&mut self, piece: Result<(usize, Piece), Failure>) {
        let index = piece.as_ref().map_or(0, |(index, _)| *index);
        match piece.and_then(|piece| self.answer.absorb(piece)) {
            Ok(deltas) => {
                for (delta, logprobs) in deltas {
                    let finish = match delta {
                        Some(_) => None,
                        None => self.answer.choices[index].finish,
                    };
                    self.ready += &event(&self.answer.chunk(index, delta, logprobs, finish));
                }
                if self.answer.is_done() {
                    if self.answer.stream_usage {
                        let object =
                            if self.answer.chat { "chat.completion.chunk" } else { "text_completion" };
                        let mut last = self.answer.object(object, json!([]));
                        last.insert("usage".into(), self.answer.usage());
                        self.ready += &event(&last.into());
                    }
                    self.ready += "data: [DONE]\n\n";
                    self.ended = true;
                }
            }
            Err(failure) => {
                self.ready += &event(&failure.json());
                self.ended = true;
            }
        }
    }
}

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        // All that is there goes out at once.
        while !self.ended {
            match self.answer.poll_piece(context) {
                Poll::Ready(piece) => self.say(piece),
                Poll::Pending => break,
            }
        }
        if self.ready.is_empty() {
            if self.ended {
                return Poll::Ready(None);
            }
            if self.quiet.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            // A comment, which readers of events skip.
            self.ready.push_str(": still here\n\n");
        }
        self.quiet.as_mut().reset(tokio::time::Instant::now() + SIGN_OF_LIFE);
        let bytes = Bytes::from(std::mem::take(&mut self.ready));
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}
