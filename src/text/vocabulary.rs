//! What each token stands for: its bytes and its kind. Nothing here reads files or cuts text.

/// What a token is. GGUF numbers the kinds; Hugging Face has flags of added tokens instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A piece of text.
    Normal,
    /// Stands for text that no token covers.
    Unknown,
    /// Steers the model; not part of the text.
    Control,
    /// Steers the model, but readers need to see it: the channels of gpt-oss.
    VisibleControl,
    /// Text that is always this one token.
    UserDefined,
    /// Padding of the vocabulary; stands for nothing.
    Unused,
    /// Text that is not in the spelling of its vocabulary, so that no text becomes this token.
    Unspelled,
    /// One byte of a character that has no token.
    Byte,
}

impl Kind {
    /// Whether the token is cut out of a text before anything else happens to it.
    pub fn is_special(self) -> bool {
        matches!(self, Kind::Unknown | Kind::Control | Kind::VisibleControl | Kind::UserDefined)
    }

    /// Whether the token's text shows only where special tokens were asked for.
    pub fn is_hidden(self) -> bool {
        matches!(self, Kind::Unknown | Kind::Control)
    }
}

/// The bytes of every token, one behind the other: a third of the memory of a string each.
#[derive(Default)]
pub(super) struct Vocabulary {
    bytes: Vec<u8>,
    /// Where each token's bytes end.
    ends: Vec<u32>,
    kinds: Vec<Kind>,
}

impl Vocabulary {
    /// A vocabulary without tokens, with room for this many.
    pub fn with_capacity(tokens: usize) -> Vocabulary {
        Vocabulary {
            bytes: Vec::with_capacity(8 * tokens),
            ends: Vec::with_capacity(tokens),
            kinds: Vec::with_capacity(tokens),
        }
    }

    /// Appends a token; `None` if numbers of 32 bits no longer suffice.
    pub fn push(&mut self, bytes: &[u8], kind: Kind) -> Option<()> {
        self.bytes.extend_from_slice(bytes);
        // The last number means "no token" elsewhere.
        if self.ends.len() >= u32::MAX as usize {
            return None;
        }
        self.ends.push(u32::try_from(self.bytes.len()).ok()?);
        self.kinds.push(kind);
        Some(())
    }

    /// How many tokens there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes that a token stands for; `None` past the end.
    pub fn bytes(&self, token: u32) -> Option<&[u8]> {
        let end = *self.ends.get(token as usize)?;
        let begin = match token {
            0 => 0,
            _ => self.ends[token as usize - 1],
        };
        Some(&self.bytes[begin as usize..end as usize])
    }

    /// What a token is; `None` past the end.
    pub fn kind(&self, token: u32) -> Option<Kind> {
        self.kinds.get(token as usize).copied()
    }

    /// Changes what a token is.
    pub fn set_kind(&mut self, token: u32, kind: Kind) {
        if let Some(old) = self.kinds.get_mut(token as usize) {
            *old = kind;
        }
    }

    /// Every token: its number, bytes and kind.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u8], Kind)> {
        let mut begin = 0;
        self.ends.iter().zip(&self.kinds).enumerate().map(move |(token, (&end, &kind))| {
            let bytes = &self.bytes[begin..end as usize];
            begin = end as usize;
            (token as u32, bytes, kind)
        })
    }
}
