//! Sessions in files: what they hold, written so that reading it can tell whether it is whole and whose it is.
//!
//! Numbers are little-endian. A header (the fields of [`Header`], in their order), its checksum, the tokens, the cache's rows
//! layer by layer, and the checksum of everything before it. Reading treats all of it as hostile: a length is
//! compared with what the model allows before it is used, and memory grows only with the bytes that come.

use super::session::{Sequence, Session, SessionOptions};
use crate::kernel::CacheFormat;
use crate::model::Model;
use crate::storage::{open_regular, Partial};
use crate::{Error, Result};
use std::io::{self, Read, Write};
use std::path::Path;
use xxhash_rust::xxh3::Xxh3;

const MAGIC: [u8; 16] = *b"moesaic session\n";

/// Another one for whatever changes in the layout.
const VERSION: u32 = 3;

/// How errors name what comes from a reader or goes to a writer.
const UNNAMED: &str = "the saved session";

/// What stands before the tokens.
struct Header {
    /// How cached values are stored.
    format: u32,
    /// The model's.
    fingerprint: u128,
    context: u64,
    tokens: u64,
    /// How many of the tokens are in the cache.
    cached: u64,
    /// The first of them of which layers with a window have rows.
    first: u64,
    /// 0 for none, else 1.
    has_next_seed: u32,
    next_seed: u64,
}

impl Session {
    /// Writes the session to a file: tokens, cache, and [`next_seed`](Self::next_seed). The file appears under its
    /// name when it is whole, and not before. It takes as much as the filled part of the cache, and holds the
    /// conversation for whoever can read it.
    ///
    /// ```no_run
    /// # fn main() -> moesaic::Result<()> {
    /// let model = moesaic::Model::open("model.gguf")?;
    /// let mut session = model.session(Default::default())?;
    /// session.generate("Once upon a time", &Default::default())?.take(5).for_each(drop);
    /// session.save("story.session")?;
    /// // Later, perhaps in another process:
    /// let mut session = model.restore_session("story.session", Default::default())?;
    /// let mut options = moesaic::GenerateOptions::default();
    /// options.sampling.seed = session.next_seed();
    /// options.max_tokens = Some(5);
    /// session.generate("", &options)?.for_each(drop);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written. Nothing is left behind then.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let failed = |source| Error::Io { path: path.to_path_buf(), source };
        let partial = Partial::create(path).map_err(failed)?;
        self.write(&mut partial.file(), path)?;
        partial.finish().map_err(failed)
    }

    /// Like [`save`](Self::save), to a writer, in pieces of some kilobytes.
    ///
    /// # Errors
    /// [`Error::Io`] if the writer refuses.
    pub fn save_to(&self, mut writer: impl Write) -> Result<()> {
        self.write(&mut writer, Path::new(UNNAMED))
    }

    fn write(&self, writer: &mut dyn Write, path: &Path) -> Result<()> {
        let Sequence { tokens, cache } = &self.sequence;
        let header = Header {
            format: format(self.model()),
            fingerprint: self.model().fingerprint(),
            context: self.context() as u64,
            tokens: tokens.len() as u64,
            cached: cache.len() as u64,
            first: cache.first() as u64,
            has_next_seed: self.next_seed.is_some().into(),
            next_seed: self.next_seed.unwrap_or_default(),
        };
        let mut output = Output { writer, path, hash: Xxh3::new() };
        output.write(&MAGIC)?;
        output.write(&VERSION.to_le_bytes())?;
        output.write(&header.format.to_le_bytes())?;
        output.write(&header.fingerprint.to_le_bytes())?;
        output.write(&header.context.to_le_bytes())?;
        output.write(&header.tokens.to_le_bytes())?;
        output.write(&header.cached.to_le_bytes())?;
        output.write(&header.first.to_le_bytes())?;
        output.write(&header.has_next_seed.to_le_bytes())?;
        output.write(&header.next_seed.to_le_bytes())?;
        output.checksum()?;
        for tokens in tokens.chunks(TOKENS) {
            let bytes: Vec<u8> = tokens.iter().flat_map(|token| token.to_le_bytes()).collect();
            output.write(&bytes)?;
        }
        cache.write(&mut |bytes| output.write(bytes))?;
        output.checksum()?;
        output.writer.flush().map_err(|source| Error::Io { path: path.to_path_buf(), source })
    }
}

impl Model {
    /// The session that [`Session::save`] wrote to a file, which goes on as the saved one would: bit for bit, with the same
    /// instruction set. Without a context in the options it holds as many tokens as that one.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read, [`Error::Malformed`] if it is no saved session, truncated or
    /// damaged, [`Error::Unsupported`] if another version of this library wrote it in a form that this one does not
    /// read, [`Error::Input`] if it was saved with another model or another arithmetic, or holds more tokens than
    /// the context asked for, [`Error::OutOfMemory`] if its cache cannot be allocated.
    pub fn restore_session(&self, path: impl AsRef<Path>, options: SessionOptions) -> Result<Session> {
        let path = path.as_ref();
        let (mut file, _) = open_regular(path)?;
        let mut input = Input { reader: &mut file, path, hash: Xxh3::new(), offset: 0 };
        let session = self.read_session(&mut input, &options)?;
        input.end()?;
        Ok(session)
    }

    /// Like [`restore_session`](Self::restore_session), from a reader, of which nothing behind the session is read.
    ///
    /// # Errors
    /// Those of [`restore_session`](Self::restore_session).
    pub fn restore_session_from(&self, mut reader: impl Read, options: SessionOptions) -> Result<Session> {
        let path = Path::new(UNNAMED);
        self.read_session(&mut Input { reader: &mut reader, path, hash: Xxh3::new(), offset: 0 }, &options)
    }

    fn read_session(&self, input: &mut Input<'_>, options: &SessionOptions) -> Result<Session> {
        if input.array::<16>()? != MAGIC {
            return Err(input.malformed(0, "this is not a saved session"));
        }
        let version = u32::from_le_bytes(input.array()?);
        if version != VERSION {
            return Err(Error::Unsupported {
                path: input.path.to_path_buf(),
                what: format!(
                    "a saved session of form {version}: this version of moesaic reads form {VERSION}; run the \
                     conversation's text again"
                ),
            });
        }
        let header = Header {
            format: u32::from_le_bytes(input.array()?),
            fingerprint: u128::from_le_bytes(input.array()?),
            context: u64::from_le_bytes(input.array()?),
            tokens: u64::from_le_bytes(input.array()?),
            cached: u64::from_le_bytes(input.array()?),
            first: u64::from_le_bytes(input.array()?),
            has_next_seed: u32::from_le_bytes(input.array()?),
            next_seed: u64::from_le_bytes(input.array()?),
        };
        input.checksum("the header")?;
        let refuse = |what: &str| Err(Error::input(format!("{}: {what}", input.path.display())));
        if header.fingerprint != self.fingerprint() {
            return refuse(
                "the session was saved with another model, or by a version of moesaic that describes this one \
                 otherwise; give the file that it was saved with",
            );
        }
        if header.format != format(self) {
            return refuse(
                "the session was saved with another arithmetic or another form of cache: open the model with those \
                 that were in use (int8 or float32; f32, f16, int16 or q8_0)",
            );
        }
        let count = |value: u64, most: usize, what: &str| match usize::try_from(value) {
            Ok(value) if value <= most => Ok(value),
            _ => Err(input.malformed(0, &format!("{value} {what}, where at most {most} can be"))),
        };
        let saved_context = count(header.context, self.context_length(), "tokens of context")?;
        let length = count(header.tokens, saved_context, "tokens")?;
        let cached = count(header.cached, length, "tokens in the cache")?;
        let first = count(header.first, cached, "tokens that layers with a window have dropped")?;
        let context = options.context.unwrap_or(saved_context);
        if length > context {
            return refuse(&format!(
                "the session holds {length} tokens, more than the context of {context} that was asked for"
            ));
        }
        let mut sequence = Sequence::new(self, &SessionOptions { context: Some(context) })?;
        if !sequence.cache.can_hold(cached, first) {
            let what =
                format!("{cached} tokens in the cache, of which layers with a window have dropped {first}");
            return Err(input.malformed(0, &what));
        }
        let mut bytes = [0; 4 * TOKENS];
        while sequence.tokens.len() < length {
            let bytes = &mut bytes[..4 * (length - sequence.tokens.len()).min(TOKENS)];
            let offset = input.offset;
            input.read(bytes)?;
            let tokens = bytes
                .chunks_exact(4)
                .map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
            sequence.tokens.extend(tokens);
            // Whoever damages a file on purpose makes its checksum fit.
            let vocabulary = self.vocabulary_size();
            if let Some(token) = sequence.tokens.iter().find(|token| **token as usize >= vocabulary) {
                let what = format!("token {token} is past the vocabulary of {vocabulary}");
                return Err(input.malformed(offset, &what));
            }
        }
        sequence.cache.read(cached, first, &mut |bytes| input.read(bytes))?;
        input.checksum("what it holds")?;
        let mut session = Session::new(self.clone(), sequence);
        session.next_seed = (header.has_next_seed != 0).then_some(header.next_seed);
        Ok(session)
    }
}

/// How many tokens are written or read at a time.
const TOKENS: usize = 4096;

/// The number of a model's cache format.
fn format(model: &Model) -> u32 {
    match model.cache_format() {
        CacheFormat::F32 => 1,
        CacheFormat::F16 => 2,
        CacheFormat::Int16 => 3,
        CacheFormat::Q8_0 => 4,
    }
}

/// Where a session is written to.
struct Output<'a> {
    writer: &'a mut dyn Write,
    path: &'a Path,
    hash: Xxh3,
}

impl Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        let failed = |source| Error::Io { path: self.path.to_path_buf(), source };
        self.writer.write_all(bytes).map_err(failed)
    }

    /// Writes the checksum of all that was written so far.
    fn checksum(&mut self) -> Result<()> {
        let sum = self.hash.digest();
        self.write(&sum.to_le_bytes())
    }
}

/// Where a session is read from.
struct Input<'a> {
    reader: &'a mut dyn Read,
    path: &'a Path,
    hash: Xxh3,
    offset: u64,
}

impl Input<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.reader.read_exact(bytes).map_err(|source| match source.kind() {
            io::ErrorKind::UnexpectedEof => self.malformed(
                self.offset,
                "the session ends too early: it is truncated, or was never written to its end",
            ),
            _ => Error::Io { path: self.path.to_path_buf(), source },
        })?;
        self.hash.update(bytes);
        self.offset += bytes.len() as u64;
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read(&mut bytes)?;
        Ok(bytes)
    }

    /// Compares what comes with the checksum of all that was read so far.
    fn checksum(&mut self, of: &str) -> Result<()> {
        let (sum, offset) = (self.hash.digest(), self.offset);
        match u64::from_le_bytes(self.array()?) == sum {
            true => Ok(()),
            false => {
                Err(self.malformed(offset, &format!("the checksum of {of} is wrong: the session is damaged")))
            }
        }
    }

    /// Checks that nothing more comes.
    fn end(&mut self) -> Result<()> {
        let mut more = Vec::new();
        let read = self.reader.take(1).read_to_end(&mut more);
        match read {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.malformed(self.offset, "the file goes on behind the session: it is damaged")),
            Err(source) => Err(Error::Io { path: self.path.to_path_buf(), source }),
        }
    }

    fn malformed(&self, offset: u64, what: &str) -> Error {
        Error::Malformed { path: self.path.to_path_buf(), offset, what: what.into() }
    }
}
