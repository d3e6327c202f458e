//! `moesaic chat`: a conversation, at a terminal or over pipes.

use super::options::{positive, ComputeOptions, Guessing, ModelPath, Sampling};
use super::output::{note, print, progress, summary, Failure};
use crate::kernel::Arithmetic;
use crate::text::{ChatOptions, ChatTemplate, Message};
use crate::{CancelToken, FinishReason, GenerateOptions, Session, SessionOptions};
use clap::Args;
use rustyline::error::ReadlineError;
use rustyline::DefaultEditor;
use std::io::{ErrorKind, IsTerminal};
use std::path::PathBuf;

/// Talk with a model
///
/// Answers go to stdout, everything else to stderr. Where stdin is no terminal, each of its lines is a message.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    /// A .gguf file (or the first of a split set) or a Hugging Face folder; by default the model in the box
    #[arg(short, long, value_name = "MODEL")]
    model: Option<PathBuf>,

    /// What the model is told before the conversation
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,

    /// The most tokens of an answer; by default until the model ends it or the context is full
    #[arg(short, long, value_name = "N")]
    n: Option<usize>,

    #[command(flatten)]
    sampling: Sampling,

    /// How many tokens the conversation holds; by default 4096, or less if the model was made for less
    #[arg(short, long, value_name = "CTX", value_parser = positive)]
    context: Option<usize>,

    #[command(flatten)]
    guessing: Guessing,

    #[command(flatten)]
    compute: ComputeOptions,
}

/// What stands around a message of several lines.
const QUOTES: &str = "\"\"\"";

const HELP: &str = "\
In the conversation:
  /help         shows this
  /reset        begins a new conversation
  /system TEXT  tells the model something before the conversation; without TEXT nothing any more
  /regenerate   answers the last message again
  /save FILE    writes the conversation as JSON
  /quit         ends, as does Ctrl-D
A line that ends in \\ goes on with the next one; a message between \"\"\" and \"\"\" may have many lines.
Ctrl-C stops an answer.";

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut options = GenerateOptions::default();
    options.sampling = arguments.sampling.options()?;
    options.max_tokens = arguments.n;
    let path = arguments.model.map_or_else(ModelPath::stories, ModelPath::new);
    let model = arguments.compute.open(&path, Arithmetic::Int8)?;
    options.speculation = arguments.guessing.speculation(&arguments.compute)?;
    let mut session_options = SessionOptions::default();
    session_options.context = arguments.context;
    let mut conversation = Conversation {
        template: model.chat_template()?,
        session: model.session(session_options)?,
        options,
        system: arguments.system,
        turns: Vec::new(),
        repetitions: 0,
    };
    let mut input = Input::new()?;
    if let Input::Terminal(_) = input {
        stop_on_interrupt(&conversation.options.cancel)?;
        note(&format!("{path}: /help shows what can be done, Ctrl-D ends"));
    }
    while let Some(line) = input.message()? {
        let outcome = match line.strip_prefix('/') {
            Some("quit") => break,
            Some(command) => conversation.command(command),
            None => conversation.say(line),
        };
        match (outcome, &input) {
            (Ok(()), _) => {}
            // Whoever sits there can say something else.
            (Err(Failure::Failed(what) | Failure::Usage(what)), Input::Terminal(_)) => {
                note(&format!("error: {what}"));
            }
            (Err(failure), _) => return Err(failure),
        }
    }
    Ok(())
}

/// Ctrl-C raises the flag, and does nothing else.
fn stop_on_interrupt(cancel: &CancelToken) -> Result<(), Failure> {
    let cancel = cancel.clone();
    ctrlc::set_handler(move || cancel.cancel())
        .map_err(|error| Failure::Failed(format!("cannot handle Ctrl-C: {error}")))
}

struct Conversation {
    template: ChatTemplate,
    session: Session,
    options: GenerateOptions,
    system: Option<String>,
    /// Messages of the user and answers in turn.
    turns: Vec<Message>,
    /// How often the last message was answered again.
    repetitions: u64,
}

impl Conversation {
    fn command(&mut self, command: &str) -> Result<(), Failure> {
        let (name, argument) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let argument = argument.trim();
        match (name, argument) {
            ("help", "") => HELP.lines().for_each(note),
            ("reset", "") => self.turns.clear(),
            ("system", "") => self.system = None,
            ("system", text) => self.system = Some(text.into()),
            ("regenerate", "") => return self.regenerate(),
            ("save", "") => return Err(Failure::Failed("/save needs the name of a file".into())),
            ("save", file) => return self.save(file),
            _ => {
                return Err(Failure::Failed(format!(
                    "there is no command /{command}; /help shows those that there are, and a space before \
                     the / makes it a message"
                )));
            }
        }
        Ok(())
    }

    fn say(&mut self, text: String) -> Result<(), Failure> {
        self.turns.push(Message::new("user", text));
        self.repetitions = 0;
        let answered = self.answer();
        // A message without an answer would be in the way of the next one.
        if !matches!(answered, Ok(true)) {
            self.turns.pop();
        }
        answered.map(|_| ())
    }

    fn regenerate(&mut self) -> Result<(), Failure> {
        let Some(before) = self.turns.pop() else {
            return Err(Failure::Failed("there is no answer yet".into()));
        };
        self.repetitions += 1;
        let answered = self.answer();
        if !matches!(answered, Ok(true)) {
            self.turns.push(before);
        }
        answered.map(|_| ())
    }

    /// Answers what was said, and whether it did: an answer that was stopped before its first word is none.
    fn answer(&mut self) -> Result<bool, Failure> {
        let text = self.template.render(&self.messages(), &ChatOptions::default())?;
        // The template has written the special tokens, the first one included.
        let tokens = self.session.model().tokenizer()?.encode(&text, false, true)?;
        let kept = self.session.keep_prefix_of(&tokens);
        let mut options = self.options.clone();
        // The same seed would give the same answer again.
        options.sampling.seed = options.sampling.seed.map(|seed| seed.wrapping_add(self.repetitions));
        options.cancel.reset();
        let mut generation = self.session.generate_from(&tokens[kept..], &options)?;
        let bar = progress(0, "prompt");
        generation.process_prompt(|done, of| {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
        })?;
        bar.finish_and_clear();
        let mut answer = String::new();
        for piece in &mut generation {
            let piece = piece?;
            print(&piece)?;
            answer += &piece;
        }
        if !answer.ends_with('\n') {
            print("\n")?;
        }
        note(&format!("{kept} tokens kept; {}", summary(&generation)));
        let answered = !answer.is_empty() || generation.finish_reason() != Some(FinishReason::Cancelled);
        if answered {
            self.turns.push(Message::new("assistant", answer));
        }
        Ok(answered)
    }

    /// All messages, as the template and a file want them.
    fn messages(&self) -> Vec<Message> {
        let system = self.system.iter().map(|text| Message::new("system", text));
        system.chain(self.turns.iter().cloned()).collect()
    }

    fn save(&self, file: &str) -> Result<(), Failure> {
        let failed = |error: String| Failure::Failed(format!("{file}: {error}"));
        let mut text =
            serde_json::to_string_pretty(&self.messages()).map_err(|error| failed(error.to_string()))?;
        text.push('\n');
        std::fs::write(file, text).map_err(|error| failed(error.to_string()))
    }
}

/// Where messages come from.
enum Input {
    Terminal(Box<DefaultEditor>),
    Lines,
}

/// A line of input, or why there is none.
enum Line {
    Text(String),
    /// Ctrl-C: what was typed is forgotten.
    Interrupted,
    End,
}

impl Input {
    fn new() -> Result<Input, Failure> {
        if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
            return Ok(Input::Lines);
        }
        let editor = DefaultEditor::new()
            .map_err(|error| Failure::Failed(format!("cannot read from the terminal: {error}")))?;
        Ok(Input::Terminal(Box::new(editor)))
    }

    /// The next message or command that is not empty; `None` at the end.
    fn message(&mut self) -> Result<Option<String>, Failure> {
        loop {
            let (text, at_end) = match self.lines()? {
                Line::Text(text) => (text, false),
                Line::Interrupted => continue,
                Line::End => (String::new(), true),
            };
            if !text.trim().is_empty() {
                if let Input::Terminal(editor) = self {
                    // A history that is full or cannot be kept is no reason to end.
                    let _ = editor.add_history_entry(text.as_str());
                }
                return Ok(Some(text));
            }
            if at_end {
                return Ok(None);
            }
        }
    }

    /// A line, with those that it goes on in. What the input's end cuts short counts all the same.
    fn lines(&mut self) -> Result<Line, Failure> {
        let mut line = match self.line("> ")? {
            Line::Text(line) => line,
            other => return Ok(other),
        };
        let mut text = String::new();
        if let Some(rest) = line.trim_start().strip_prefix(QUOTES) {
            line = rest.to_owned();
            loop {
                if let Some(last) = line.trim_end().strip_suffix(QUOTES) {
                    return Ok(Line::Text(text + last));
                }
                text = text + &line + "\n";
                line = match self.line(". ")? {
                    Line::Text(line) => line,
                    Line::Interrupted => return Ok(Line::Interrupted),
                    Line::End => return Ok(Line::Text(text)),
                };
            }
        }
        while let Some(begun) = line.strip_suffix('\\') {
            text = text + begun + "\n";
            line = match self.line(". ")? {
                Line::Text(line) => line,
                Line::Interrupted => return Ok(Line::Interrupted),
                Line::End => return Ok(Line::Text(text)),
            };
        }
        Ok(Line::Text(text + &line))
    }

    fn line(&mut self, prompt: &str) -> Result<Line, Failure> {
        match self {
            Input::Terminal(editor) => match editor.readline(prompt) {
                Ok(line) => Ok(Line::Text(line)),
                Err(ReadlineError::Interrupted) => Ok(Line::Interrupted),
                Err(ReadlineError::Eof) => Ok(Line::End),
                Err(error) => Err(Failure::Failed(format!("cannot read from the terminal: {error}"))),
            },
            Input::Lines => {
                let mut line = String::new();
                match std::io::stdin().read_line(&mut line) {
                    Ok(0) => Ok(Line::End),
                    Ok(_) => {
                        let text = line.strip_suffix('\n').unwrap_or(&line);
                        Ok(Line::Text(text.strip_suffix('\r').unwrap_or(text).to_owned()))
                    }
                    Err(error) if error.kind() == ErrorKind::InvalidData => {
                        Err(Failure::Failed("stdin: not UTF-8 text".into()))
                    }
                    Err(error) => Err(Failure::Failed(format!("cannot read stdin: {error}"))),
                }
            }
        }
    }
}
