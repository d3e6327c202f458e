//! The one error of the library: what failed, where, and what to do about it.
//!
//! Nothing in the library panics on bad input or prints; every failure arrives here.

use std::path::PathBuf;

/// The result of every fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What failed, where it failed, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused to open, read or map a file.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },

    /// A model file breaks the rules of its format; the file is damaged, truncated or hostile.
    #[error("{}: at byte {offset}: {what}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The offset of the offending bytes from the beginning of the file.
        offset: u64,
        /// The cause, and what to do about it.
        what: String,
    },

    /// A metadata key or a `config.json` entry is missing, of the wrong type or out of range.
    #[error("{}: metadata {key}: {what}", path.display())]
    Metadata {
        /// The file that holds, or should hold, the key.
        path: PathBuf,
        /// The key.
        key: String,
        /// The cause, and what to do about it.
        what: String,
    },

    /// A tensor is missing, of an unsupported type or of the wrong shape.
    #[error("{}: tensor {tensor}: {what}", path.display())]
    Tensor {
        /// The file that holds, or should hold, the tensor.
        path: PathBuf,
        /// The tensor's name in that file.
        tensor: String,
        /// The cause, and what to do about it.
        what: String,
    },

    /// The file is sound but of a kind that this version does not run.
    #[error("{}: {what}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is not supported, and what is.
        what: String,
    },

    /// A chat template refuses a conversation, or cannot be run.
    #[error("{}: chat template{}: {what}", path.display(), at_line(*line))]
    ChatTemplate {
        /// The file that holds the template.
        path: PathBuf,
        /// The line of the template, from 1; 0 where it is not known.
        line: usize,
        /// What the template says, or what is wrong with it.
        what: String,
    },

    /// The caller asked for something that cannot be: a token past the vocabulary, a prompt longer
    /// than the context, an option out of range.
    #[error("{what}")]
    Input {
        /// What was asked, why it cannot be, and what can.
        what: String,
    },

    /// As many requests wait as may, or no more are taken; try again later.
    #[error("{what}")]
    Busy {
        /// How many wait, or why none is taken.
        what: String,
    },

    /// The caller's cancel flag was raised; the session can be used again.
    #[error("cancelled by the caller")]
    Cancelled,

    /// Memory for a cache or a buffer could not be had.
    #[error("cannot allocate {bytes} bytes for {what}")]
    OutOfMemory {
        /// How many bytes were asked for.
        bytes: usize,
        /// What they were for, and how to need fewer.
        what: String,
    },

    /// Numbers inside the model left the range of floats: the weights are damaged.
    #[error("{what}")]
    NotFinite {
        /// Where it was noticed.
        what: String,
    },

    /// A defect of this library; please report it.
    #[error("internal error: {what}; this is a defect of moesaic, please report it")]
    Internal {
        /// What went wrong.
        what: String,
    },
}

impl Error {
    pub(crate) fn input(what: impl Into<String>) -> Error {
        Error::Input { what: what.into() }
    }
}

fn at_line(line: usize) -> String {
    match line {
        0 => String::new(),
        line => format!(", line {line}"),
    }
}
