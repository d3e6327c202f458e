//! How a text is cut into pieces before byte-level BPE: one table, from the name in
//! `tokenizer.ggml.pre` to regular expressions. Adding a pre-tokenizer is adding a row.
//!
//! The expressions are run by a linear-time engine. The one look-ahead that the original expressions
//! have, `\s+(?!\S)`, is done by hand: see [`Blanks`].

use regex::Regex;

/// How the vocabularies of a family cut text.
struct Scheme {
    /// What `tokenizer.ggml.pre` may call it.
    names: &'static [&'static str],
    /// Run one after the other: each cuts the pieces that the one before left into its matches and what
    /// lies between them.
    expressions: &'static [Expression],
    /// Whether a piece that is a token becomes that token, whatever merging would make of it.
    ignores_merges: bool,
    /// Whether a text begins with the beginning-of-sequence token unless the file says otherwise.
    adds_bos: bool,
}

struct Expression {
    pattern: &'static str,
    blanks: Blanks,
}

/// Where a match of an expression's last alternative, `\s+`, ends. The originals spare the last blank for
/// the word behind by a look-ahead: `\s+(?!\S)`, mostly with `|\s+` for a lone blank.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Blanks {
    /// There is no such alternative, or it takes everything.
    AllTaken,
    /// Before the last blank, if there are others, and something else behind it.
    LastSpared,
    /// The same, but blanks that end with a line are all taken: by an alternative before the last one,
    /// `\s*[\r\n]+`.
    LastSparedInLine,
}

/// An expression as it stands.
macro_rules! plain {
    ($pattern:expr) => {
        Expression { pattern: $pattern, blanks: Blanks::AllTaken }
    };
}

/// An expression whose last alternatives are `\s*[\r\n]+|\s+(?!\S)|\s+` in the original.
macro_rules! in_line {
    ($($part:expr),+ $(,)?) => {
        Expression {
            pattern: concat!($($part, "|",)+ r"\s*[\r\n]+|\s+"),
            blanks: Blanks::LastSparedInLine,
        }
    };
}

// What the expressions are made of.
macro_rules! contraction {
    () => {
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
    };
}
macro_rules! word {
    () => {
        r"[^\r\n\p{L}\p{N}]?\p{L}+"
    };
}
macro_rules! punctuation {
    () => {
        r" ?[^\s\p{L}\p{N}]+[\r\n]*"
    };
}
/// Letters that can stand before lower-case ones in a word, and those that can stand behind.
macro_rules! upper {
    () => {
        r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
    };
}
macro_rules! lower {
    () => {
        r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
    };
}

const GPT2: Expression = Expression {
    // The original ends with the look-ahead: a lone blank lies between its matches, which makes it a piece
    // all the same.
    pattern: r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+",
    blanks: Blanks::LastSpared,
};
const LLAMA3: Expression = in_line!(contraction!(), word!(), r"\p{N}{1,3}", punctuation!());
const QWEN2: Expression = in_line!(contraction!(), word!(), r"\p{N}", punctuation!());
const SINGLE_NUMBER: Expression = plain!(r"\p{N}");
const SINGLE_LINE_END: Expression = plain!(r"[\r\n]");
/// Chinese, Japanese, Korean, and every script between Samaritan and kana.
const EAST_ASIAN: Expression = plain!("[\u{4e00}-\u{9fa5}\u{800}-\u{4e00}\u{ac00}-\u{d7ff}]+");

/// Sources: `llama-vocab.cpp` of llama.cpp for the names, and for expressions the `tokenizer.json` of the
/// models. Rows are checked against llama.cpp's published vectors (`tests/vocabularies.rs`) or against
/// Hugging Face's `tokenizers` (`tests/fixtures/pre_tokenizers.py`).
const SCHEMES: &[Scheme] = &[
    Scheme {
        names: &["llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral", "lfm2"],
        expressions: &[LLAMA3],
        ignores_merges: true,
        adds_bos: true,
    },
    Scheme { names: &["glm4", "glm5"], expressions: &[LLAMA3], ignores_merges: true, adds_bos: false },
    Scheme {
        names: &["chatglm-bpe", "dbrx", "smaug-bpe"],
        expressions: &[LLAMA3],
        ignores_merges: false,
        adds_bos: false,
    },
    Scheme {
        names: &["qwen2", "deepseek-r1-qwen", "stablelm2", "solar-open"],
        expressions: &[QWEN2],
        ignores_merges: false,
        adds_bos: false,
    },
    Scheme {
        names: &["qwen35"],
        expressions: &[in_line!(
            contraction!(),
            r"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+",
            r"\p{N}",
            r" ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*"
        )],
        ignores_merges: false,
        adds_bos: false,
    },
    Scheme {
        // tiktoken's o200k; llama.cpp takes other classes of letters, which differ beyond ASCII.
        names: &["gpt-4o", "llama4"],
        expressions: &[in_line!(
            concat!(r"[^\r\n\p{L}\p{N}]?", upper!(), "*", lower!(), "+", contraction!(), "?"),
            concat!(r"[^\r\n\p{L}\p{N}]?", upper!(), "+", lower!(), "*", contraction!(), "?"),
            r"\p{N}{1,3}",
            r" ?[^\s\p{L}\p{N}]+[\r\n/]*"
        )],
        ignores_merges: false,
        adds_bos: false,
    },
    Scheme {
        names: &["deepseek-v3"],
        expressions: &[
            plain!(r"\p{N}{1,3}"),
            plain!("[\u{4e00}-\u{9fa5}\u{3040}-\u{309f}\u{30a0}-\u{30ff}]+"),
            in_line!(
                r"[!-/:-@\[-`{-~][A-Za-z]+",
                r"[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+",
                r" ?[\p{P}\p{S}]+[\r\n]*"
            ),
        ],
        ignores_merges: false,
        adds_bos: false,
    },
    Scheme {
        // V2 and V2-Lite too.
        names: &["deepseek-llm"],
        expressions: &[
            SINGLE_LINE_END,
            // The original lists the letters with two cases as they were known to Unicode 14, and leaves
            // some scripts out.
            plain!(concat!(
                r"\s?[[[\p{Lu}\p{Ll}\p{Lt}]&&\p{Age=14.0}]--[",
                "\u{560}-\u{588}\u{10c7}-\u{10ff}\u{1c80}-\u{1c88}\u{2d00}-\u{2d2d}\u{a790}-\u{a7fa}",
                "\u{ab30}-\u{ab68}\u{10570}-\u{105bc}\u{16e40}-\u{16e7f}\u{1d400}-\u{1d7cb}",
                "\u{1df00}-\u{1df1e}]]+"
            )),
            plain!("\\s?[!-/:-~\u{ff01}-\u{ff0f}\u{ff1a}-\u{ff5e}\u{2018}-\u{201f}\u{3000}-\u{3002}]+"),
            plain!(r"\s+$"),
            EAST_ASIAN,
            plain!(r"\p{N}+"),
        ],
        ignores_merges: false,
        adds_bos: false,
    },
    Scheme {
        names: &["deepseek-coder"],
        expressions: &[
            SINGLE_LINE_END,
            plain!(r"\s?\p{L}+"),
            plain!(r"\s?\p{P}+"),
            EAST_ASIAN,
            SINGLE_NUMBER,
        ],
        ignores_merges: false,
        adds_bos: false,
    },
    Scheme {
        names: &["seed-coder"],
        expressions: &[in_line!(contraction!(), word!(), r"\p{N}", r" ?[^\s\p{L}\p{N}\r\n]+")],
        ignores_merges: false,
        adds_bos: false,
    },
    Scheme {
        names: &["gpt-2", "olmo", "mpt", "granite-docling"],
        expressions: &[GPT2],
        ignores_merges: false,
        adds_bos: false,
    },
    Scheme {
        names: &["refact", "starcoder", "command-r", "smollm"],
        expressions: &[SINGLE_NUMBER, GPT2],
        ignores_merges: false,
        adds_bos: false,
    },
    Scheme {
        names: &["default"],
        expressions: &[plain!(r"[\p{P}$+<=>^~|]+"), GPT2, plain!(r"\p{N}+"), plain!("[0-9][0-9][0-9]")],
        ignores_merges: false,
        adds_bos: false,
    },
];

/// The names of the pre-tokenizers that `agrees` finds right, best first: those whose other ways are these too come
/// before those that only cut as wanted.
pub(super) fn names_of(
    ignores_merges: bool,
    adds_bos: bool,
    agrees: impl Fn(&PreTokenizer) -> bool,
) -> Vec<&'static str> {
    let first_names = SCHEMES.iter().filter_map(|scheme| Some((scheme, *scheme.names.first()?)));
    let mut found: Vec<_> =
        first_names.filter(|(_, name)| PreTokenizer::new(name).is_ok_and(|found| agrees(&found))).collect();
    found.sort_by_key(|(scheme, _)| (scheme.ignores_merges != ignores_merges, scheme.adds_bos != adds_bos));
    found.into_iter().map(|(_, name)| name).collect()
}

/// Cuts text into pieces.
pub(super) struct PreTokenizer {
    scheme: &'static Scheme,
    /// The scheme's expressions, compiled.
    expressions: Vec<Regex>,
}

impl PreTokenizer {
    /// The pre-tokenizer of this name.
    ///
    /// # Errors
    /// For an unknown name, a sentence that says which there are.
    pub fn new(name: &str) -> Result<PreTokenizer, String> {
        let scheme = SCHEMES.iter().find(|scheme| scheme.names.contains(&name)).ok_or_else(|| {
            let known: Vec<&str> = SCHEMES.iter().flat_map(|scheme| scheme.names).copied().collect();
            format!(
                "the pre-tokenizer {:?} is not known, and guessing would give wrong tokens; known are {}. \
                 Use a newer version, or change the key if the model cuts text like one of these",
                name.chars().take(100).collect::<String>(),
                known.join(", ")
            )
        })?;
        let compile = |expression: &Expression| Regex::new(expression.pattern);
        let expressions = scheme.expressions.iter().map(compile).collect::<Result<_, _>>();
        let expressions = expressions.map_err(|error: regex::Error| error.to_string())?;
        Ok(PreTokenizer { scheme, expressions })
    }

    /// Whether a piece that is a token becomes that token without merging.
    pub fn ignores_merges(&self) -> bool {
        self.scheme.ignores_merges
    }

    /// Whether a text begins with the beginning-of-sequence token by default.
    pub fn adds_bos(&self) -> bool {
        self.scheme.adds_bos
    }

    /// The pieces of a text; together they are the text.
    pub fn split<'text>(&self, text: &'text str) -> Vec<&'text str> {
        let mut pieces = vec![text];
        for (regex, expression) in self.expressions.iter().zip(self.scheme.expressions) {
            let mut smaller = Vec::with_capacity(pieces.len());
            for piece in pieces {
                cut(regex, expression.blanks, piece, &mut smaller);
            }
            pieces = smaller;
        }
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }
}

/// Appends the matches in a text, and what lies between them.
fn cut<'text>(regex: &Regex, blanks: Blanks, text: &'text str, pieces: &mut Vec<&'text str>) {
    let mut done = 0;
    while let Some(found) = regex.find_at(text, done) {
        if found.start() > done {
            pieces.push(&text[done..found.start()]);
        }
        let mut end = found.end();
        if blanks != Blanks::AllTaken && end < text.len() {
            end -= spared(found.as_str(), blanks);
        }
        // No expression matches nothing; should one, this must still come to an end.
        if end <= done {
            break;
        }
        pieces.push(&text[found.start()..end]);
        done = end;
    }
    if done < text.len() {
        pieces.push(&text[done..]);
    }
}

/// How many bytes at the end of a match are left to the word behind it.
fn spared(found: &str, blanks: Blanks) -> usize {
    let mut characters = found.chars();
    let Some(last) = characters.next_back() else { return 0 };
    let taken = match blanks {
        Blanks::AllTaken => true,
        Blanks::LastSpared => false,
        Blanks::LastSparedInLine => matches!(last, '\r' | '\n'),
    };
    // The last character alone tells of most matches that they are no blanks.
    if taken || !last.is_whitespace() || characters.as_str().is_empty() {
        return 0;
    }
    match characters.all(char::is_whitespace) {
        true => last.len_utf8(),
        false => 0,
    }
}
