//! Text to tokens and back. Stands beside `model`; knows nothing of weights.

mod bpe;
mod chat;
mod export;
mod gguf;
mod guard;
mod hugging_face;
mod index;
mod jinja;
mod merge;
mod pre_tokenizer;
mod reply;
mod sentence_piece;
mod special;
mod stream;
mod tokenizer;
mod vocabulary;

#[cfg(test)]
mod tests;

pub(crate) use chat::ChatSource;
pub use chat::{ChatOptions, ChatTemplate, Message};
pub(crate) use export::export;
pub use guard::Guard;
pub use reply::{Dialect, ReplyEvent, ReplyParser};
pub use stream::StreamDecoder;
pub(crate) use stream::StreamState;
pub use tokenizer::Tokenizer;
