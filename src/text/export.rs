//! A folder's tokenizer and chat templates as GGUF metadata. What was written is read again and held against the
//! folder's tokenizer, so that a tokenizer which GGUF cannot describe is an error and not another tokenizer.

use super::chat::{folder_templates, DEFAULT, GGUF_KEY};
use super::gguf::kind_number;
use super::hugging_face::{guarded, FolderTokenizer, Spelling};
use super::pre_tokenizer::{names_of, PreTokenizer};
use super::special::end_tokens;
use super::vocabulary::Kind;
use super::Tokenizer;
use crate::storage::{Archive, Array, Metadata, Value};
use crate::{Error, Result};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;
use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer as _};

/// Texts that tell tokenizers apart: contractions, runs of digits, blanks and line ends, and letters of scripts that
/// pre-tokenizers treat in different ways. In normal form C, since a GGUF tokenizer normalises nothing.
const PROBES: &[&str] = &[
    "Hello, world! The quick brown fox; it's we'll I'M THEY'RE don'T",
    "1 12 123 1234 12345 123456 3.14159 1,000,000 v2.0 x86_64 \u{0e51}\u{0e52}\u{0e53} \u{0663}\u{0664}\u{0665}\u{0666} \u{00bd}\u{2167}",
    "a  b   c\td\t\te\n\nf \n g\r\nh  \n\n  i\n   \n j   ",
    "  leading and trailing  \n",
    "def f(x):\n    return [x**2 for _ in range(10)] # !?...\n\tpass;;\n",
    "camelCase PascalCase HTTPServer snake_case kebab-case a/b//c path/to/file\n/\n",
    "\u{4f60}\u{597d}\u{ff0c}\u{4e16}\u{754c}\u{3002}\u{3053}\u{3093}\u{306b}\u{3061}\u{306f} \u{30ab}\u{30bf}\u{30ab}\u{30ca} \u{c548}\u{b155} mix\u{4e2d}\u{6587}ed",
    "na\u{ef}ve caf\u{e9} \u{df}tra\u{df}e \u{1c5}ep \u{416}\u{443}\u{43a} \u{3b1}\u{3b2}\u{3b3} \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{645}\u{631}\u{62d}\u{628}\u{627}",
    "x\u{301}q\u{308}\u{20dd} \u{915}\u{94d}\u{937}\u{93f} \u{e01}\u{e33}\u{e25}\u{e31}\u{e07} \u{1780}\u{17b6}\u{1793}\u{17cb}",
    "\u{1f600}\u{1f468}\u{200d}\u{1f469} \u{2192}\u{2200}x\u{2208}R $5 5\u{20ac} a=b+c<d>e ~`@#%^&*(){}[]|\\\" \u{ab}q\u{bb} \u{2018}r\u{2019}",
    "!word ?Word .net @name #tag (paren) [link]: \"quoted\" \u{2014}dash \u{ff08}\u{5168}\u{ff09}\n\n\n\nend.",
    "\u{a0}no\u{a0}break\u{3000}wide\u{200b}zero",
];

/// Adds the keys of a folder's tokenizer and chat templates.
///
/// # Errors
/// If its files cannot be read, it knows more tokens than the model, or GGUF has no tokenizer that cuts texts as this
/// one does.
pub(crate) fn export(archive: &Archive, vocabulary_size: usize, metadata: &mut Metadata) -> Result<()> {
    let folder = match archive.path.is_dir() {
        true => archive.path.as_path(),
        false => archive.path.parent().unwrap_or(&archive.path),
    };
    let Some(found) = FolderTokenizer::open(folder)? else {
        metadata.insert("tokenizer.ggml.model", Value::String("no_vocab".into()));
        return Ok(());
    };
    let path = found.path.clone();
    let refused = |what: String| Error::Unsupported { path: path.clone(), what };
    if found.vocabulary.len() > vocabulary_size {
        let what = format!("it knows {} tokens, the model only {vocabulary_size}", found.vocabulary.len());
        return Err(refused(what));
    }
    let file: TokenizerFile = serde_json::from_slice(&found.text)
        .map_err(|error| refused(format!("its model is not of the kind that GGUF has, BPE: {error}")))?;
    if file.model.kind.as_deref().is_some_and(|kind| kind != "BPE") {
        let kind = file.model.kind.unwrap_or_default();
        return Err(refused(format!("its model is of the kind {kind:?}; only BPE can become GGUF")));
    }

    let mut keys = Metadata::new(&path);
    let texts = texts(&found, vocabulary_size);
    let unknown = file.model.unknown.as_ref().and_then(|text| found.tokenizer.token_to_id(text));
    let kinds = kinds(&found, vocabulary_size, unknown);
    for (role, token) in [
        ("bos", found.token("bos")),
        ("eos", found.token("eos")),
        ("padding", found.token("pad")),
        ("unknown", unknown.or(found.token("unk"))),
    ] {
        if let Some(token) = token {
            keys.insert(format!("tokenizer.ggml.{role}_token_id"), Value::U32(token));
        }
    }
    let pre_tokenizers = match found.spelling {
        Spelling::SentencePiece { .. } => Vec::new(),
        Spelling::ByteLevel => {
            let adds_bos = found.settings_flag("add_bos_token").unwrap_or(false);
            let names =
                names_of(file.model.ignore_merges, adds_bos, |candidate| cuts_alike(&found, candidate));
            if names.is_empty() {
                return Err(refused(
                    "it cuts texts in a way that no pre-tokenizer of GGUF does which this version knows"
                        .into(),
                ));
            }
            names
        }
    };
    let spelling = found.spelling;
    let named_ends = end_tokens(&found.vocabulary, found.token("eos"));
    let tokenizer = found.into_tokenizer()?;
    edges(&tokenizer, &mut keys)?;
    // A file has places for two ends beside the one of its sequences.
    let others = tokenizer.ends.iter().filter(|end| !named_ends.contains(end));
    for (role, token) in ["eot", "eom"].into_iter().zip(others) {
        keys.insert(format!("tokenizer.ggml.{role}_token_id"), Value::U32(*token));
    }

    let candidates = match spelling {
        Spelling::ByteLevel => {
            keys.insert("tokenizer.ggml.model", Value::String("gpt2".into()));
            let merges = file.model.merges.iter().map(Merge::line).collect();
            keys.insert("tokenizer.ggml.merges", Value::Array(Array::Strings(merges)));
            let candidates = pre_tokenizers.into_iter();
            candidates.map(|name| ("tokenizer.ggml.pre", Value::String(name.into()))).collect::<Vec<_>>()
        }
        Spelling::SentencePiece { .. } => {
            keys.insert("tokenizer.ggml.model", Value::String("llama".into()));
            keys.insert(
                "tokenizer.ggml.scores",
                Value::Array(Array::F32(scores(&texts, &file.model.merges))),
            );
            [true, false].map(|prefix| ("tokenizer.ggml.add_space_prefix", Value::Bool(prefix))).to_vec()
        }
    };
    keys.insert("tokenizer.ggml.tokens", Value::Array(Array::Strings(texts)));
    keys.insert("tokenizer.ggml.token_type", Value::Array(Array::I32(kinds)));
    for (name, template) in folder_templates(folder, &tokenizer)? {
        let key = if name == DEFAULT { GGUF_KEY.to_string() } else { format!("{GGUF_KEY}.{name}") };
        keys.insert(key, Value::String(template));
    }

    let mut difference: Option<String> = None;
    for (key, value) in candidates {
        keys.insert(key, value);
        let found = first_difference(&tokenizer, &keys, spelling)?;
        if found.is_none() {
            keys.iter().for_each(|(key, value)| {
                metadata.insert(key, value.clone());
            });
            return Ok(());
        }
        // The best candidate comes first.
        difference = difference.or(found);
    }
    Err(refused(format!(
        "no tokenizer that GGUF can describe gives the same tokens: {}",
        difference.unwrap_or_default()
    )))
}

/// What `tokenizer.json` says that the crate does not tell.
#[derive(Deserialize)]
struct TokenizerFile {
    model: ModelOfFile,
}

#[derive(Deserialize)]
struct ModelOfFile {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    merges: Vec<Merge>,
    #[serde(default)]
    ignore_merges: bool,
    #[serde(rename = "unk_token")]
    unknown: Option<String>,
}

/// Two neighbours that become one, as older and as newer files write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Line(String),
    Pair(String, String),
}

impl Merge {
    /// As GGUF writes it: a space between the two.
    fn line(&self) -> String {
        match self {
            Merge::Line(line) => line.clone(),
            // A space within one of them would be taken for the one between.
            Merge::Pair(left, right) => {
                format!("{} {}", left.replace(' ', "\u{120}"), right.replace(' ', "\u{120}"))
            }
        }
    }

    /// The text that it makes.
    fn product(&self) -> String {
        match self {
            Merge::Line(line) => line.replacen(' ', "", 1),
            Merge::Pair(left, right) => format!("{left}{right}"),
        }
    }
}

/// Every token as its vocabulary spells it, with fillers up to the rows of the model's table.
fn texts(found: &FolderTokenizer, vocabulary_size: usize) -> Vec<String> {
    let mut texts: Vec<String> = (0..vocabulary_size).map(|token| format!("[PAD{token}]")).collect();
    let added = found.tokenizer.get_added_tokens_decoder();
    let spelled = found.tokenizer.get_vocab(true);
    let named = spelled.iter().map(|(text, token)| (*token, text.as_str()));
    for (token, text) in named.chain(added.iter().map(|(token, added)| (*token, added.content.as_str()))) {
        if let Some(place) = texts.get_mut(token as usize) {
            *place = text.into();
        }
    }
    texts
}

/// The kind of every token.
fn kinds(found: &FolderTokenizer, vocabulary_size: usize, unknown: Option<u32>) -> Vec<i32> {
    let mut kinds: Vec<i32> = found.vocabulary.iter().map(|(_, _, kind)| kind_number(kind)).collect();
    kinds.resize(vocabulary_size, kind_number(Kind::Unused));
    if let Some(kind) = unknown.and_then(|token| kinds.get_mut(token as usize)) {
        *kind = kind_number(Kind::Unknown);
    }
    kinds
}

/// SentencePiece's priorities: what is merged first has the highest. Tokens that no merge makes have the lowest.
fn scores(texts: &[String], merges: &[Merge]) -> Vec<f32> {
    let mut ranks: HashMap<String, usize> = HashMap::new();
    for (rank, merge) in merges.iter().enumerate() {
        ranks.entry(merge.product()).or_insert(rank);
    }
    texts.iter().map(|text| -(ranks.get(text).copied().unwrap_or(merges.len()) as f32)).collect()
}

/// Which tokens stand around a text: those of the folder's way that GGUF can say. A template with others than these
/// two (GLM has one) belongs into the chat template, which has them too.
fn edges(tokenizer: &Tokenizer, keys: &mut Metadata) -> Result<()> {
    let (bare, whole) = (tokenizer.encode("a", false, false)?, tokenizer.encode("a", true, false)?);
    let added = whole.len().saturating_sub(bare.len());
    let begins = tokenizer.bos().is_some() && whole.first() == tokenizer.bos().as_ref();
    let ends = tokenizer.eos().is_some() && whole.last() == tokenizer.eos().as_ref();
    let known = added == usize::from(begins) + usize::from(ends);
    keys.insert("tokenizer.ggml.add_bos_token", Value::Bool(known && begins));
    keys.insert("tokenizer.ggml.add_eos_token", Value::Bool(known && ends));
    Ok(())
}

/// Whether the folder's pre-tokenizer cuts the probes as the candidate does.
fn cuts_alike(found: &FolderTokenizer, candidate: &PreTokenizer) -> bool {
    PROBES.iter().all(|probe| {
        let Some(theirs) = pieces(&found.path, &found.tokenizer, probe) else { return false };
        let mut end = 0;
        let ours = candidate.split(probe).into_iter().map(|piece| {
            end += piece.len();
            (end - piece.len(), end)
        });
        ours.eq(theirs)
    })
}

/// Where the pieces of a text begin and end before anything is merged.
fn pieces(path: &Path, tokenizer: &tokenizers::Tokenizer, text: &str) -> Option<Vec<(usize, usize)>> {
    let pre_tokenizer = tokenizer.get_pre_tokenizer()?;
    let mut cut = PreTokenizedString::from(text);
    guarded(path, || pre_tokenizer.pre_tokenize(&mut cut)).ok()?;
    let pieces = cut.get_splits(OffsetReferential::Original, OffsetType::Byte);
    Some(pieces.into_iter().map(|(_, range, _)| range).filter(|(start, end)| start < end).collect())
}

/// The first text that becomes other tokens with these keys.
fn first_difference(tokenizer: &Tokenizer, keys: &Metadata, spelling: Spelling) -> Result<Option<String>> {
    let Some(written) = Tokenizer::from_gguf(keys)? else { return Ok(Some("there is none".into())) };
    // GGUF's SentencePiece puts a space before every text; newer folders do not before one that begins with a space.
    let begins_alike = |probe: &&&str| matches!(spelling, Spelling::ByteLevel) || !probe.starts_with(' ');
    let mut texts: Vec<String> = PROBES.iter().filter(begins_alike).map(|probe| probe.to_string()).collect();
    if let Spelling::ByteLevel = spelling {
        // Behind a special token, SentencePiece's ways differ: GGUF's put a space there, newer folders' do not.
        let special = tokenizer.vocabulary.iter().filter(|(_, _, kind)| kind.is_special());
        let special = special.filter_map(|(_, bytes, _)| std::str::from_utf8(bytes).ok());
        texts.extend(special.take(20).map(|special| format!("before{special}behind {special}\n{special}")));
    }
    for text in &texts {
        for parse_special in [false, true] {
            let (wanted, found) =
                (tokenizer.encode(text, false, parse_special)?, written.encode(text, false, parse_special)?);
            if wanted != found {
                let at = wanted.iter().zip(&found).take_while(|(a, b)| a == b).count();
                let next = |tokens: &[u32]| tokens.get(at).map_or("none".into(), u32::to_string);
                return Ok(Some(format!(
                    "token {at} of {text:?} would be {} instead of {}",
                    next(&found),
                    next(&wanted)
                )));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probes_are_in_normal_form() {
        use tokenizers::{NormalizedString, Normalizer};
        for probe in PROBES {
            let mut normal = NormalizedString::from(*probe);
            tokenizers::normalizers::NFC.normalize(&mut normal).unwrap();
            assert_eq!(normal.get(), *probe);
        }
    }

    #[test]
    fn the_probes_tell_pre_tokenizers_apart() {
        // Those that cut alike differ in what is merged or begins a text.
        let alike = [["llama-bpe", "glm4", "chatglm-bpe"]];
        let all = names_of(false, false, |_| true);
        assert!(all.len() > 10);
        for name in &all {
            let wanted = PreTokenizer::new(name).unwrap();
            let cut = |scheme: &PreTokenizer| {
                PROBES.iter().map(|probe| scheme.split(probe).len()).collect::<Vec<_>>()
            };
            let found = names_of(wanted.ignores_merges(), wanted.adds_bos(), |other| {
                PROBES.iter().all(|probe| other.split(probe) == wanted.split(probe))
            });
            assert_eq!(found[0], *name, "{:?}", cut(&wanted));
            for other in &found[1..] {
                assert!(
                    alike.iter().any(|group| group.contains(other) && group.contains(name)),
                    "{name}, {other}"
                );
            }
        }
    }

    #[test]
    fn earlier_merges_have_higher_scores() {
        let merges = [
            Merge::Line("a b".into()),
            Merge::Pair("ab".into(), "c".into()),
            Merge::Pair("a".into(), "bc".into()),
        ];
        let texts = ["a", "ab", "abc"].map(String::from);
        assert_eq!(scores(&texts, &merges), [-3.0, 0.0, -1.0]);
        assert_eq!(Merge::Pair("a ".into(), "b".into()).line(), "a\u{120} b");
    }
}
