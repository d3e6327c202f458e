//! Tokenizers of small vocabularies made here, of the fixtures, and of hostile files.

use super::pre_tokenizer::PreTokenizer;
use super::Tokenizer;
use crate::storage::{Access, Archive, Array, Description, Metadata, Value};
use crate::Error;
use proptest::prelude::*;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

const NORMAL: i32 = 1;
const UNKNOWN: i32 = 2;
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;
const UNUSED: i32 = 5;
const BYTE: i32 = 6;

/// What a `tokenizer.ggml.*` key is set to.
fn set(metadata: &mut Metadata, key: &str, value: Value) {
    metadata.insert(format!("tokenizer.ggml.{key}"), value);
}

fn strings<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Value {
    Value::Array(Array::Strings(texts.into_iter().map(Into::into).collect()))
}

/// The printable character that stands for a byte.
fn spelled(byte: u8) -> char {
    (0..=0x143)
        .filter_map(char::from_u32)
        .find(|character| {
            let mut bytes = Vec::new();
            super::bpe::unspell(&character.to_string(), &mut bytes) && bytes == [byte]
        })
        .expect("every byte has one")
}

fn spell(text: &str) -> String {
    text.bytes().map(spelled).collect()
}

/// A byte-level vocabulary: every byte, then what the merges make, then special tokens.
fn byte_level(merges: &[(&str, &str)], special: &[(&str, i32)]) -> Metadata {
    let mut tokens: Vec<String> = (0..=255).map(|byte| spelled(byte).to_string()).collect();
    tokens.extend(merges.iter().map(|(left, right)| spell(left) + &spell(right)));
    let mut kinds = vec![NORMAL; tokens.len()];
    tokens.extend(special.iter().map(|(text, _)| (*text).to_owned()));
    kinds.extend(special.iter().map(|(_, kind)| kind));
    let mut metadata = Metadata::new("made-here.gguf");
    set(&mut metadata, "model", Value::String("gpt2".into()));
    set(&mut metadata, "pre", Value::String("qwen2".into()));
    set(&mut metadata, "tokens", strings(tokens));
    set(&mut metadata, "token_type", Value::Array(Array::I32(kinds)));
    let merges = merges.iter().map(|(left, right)| spell(left) + " " + &spell(right));
    set(&mut metadata, "merges", strings(merges));
    metadata
}

/// A SentencePiece vocabulary: `<unk>`, `<s>`, `</s>`, every byte, then these tokens with their scores.
fn sentence_piece(tokens: &[(&str, f32, i32)]) -> Metadata {
    let mut texts: Vec<String> = ["<unk>", "<s>", "</s>"].map(String::from).into();
    texts.extend((0..=255).map(|byte| format!("<0x{byte:02X}>")));
    let mut kinds = vec![UNKNOWN, CONTROL, CONTROL];
    kinds.extend([BYTE; 256]);
    let mut scores = vec![0.0; texts.len()];
    for (text, score, kind) in tokens {
        texts.push(text.replace(' ', "\u{2581}"));
        scores.push(*score);
        kinds.push(*kind);
    }
    let mut metadata = Metadata::new("made-here.gguf");
    set(&mut metadata, "model", Value::String("llama".into()));
    set(&mut metadata, "tokens", strings(texts));
    set(&mut metadata, "token_type", Value::Array(Array::I32(kinds)));
    set(&mut metadata, "scores", Value::Array(Array::F32(scores)));
    metadata
}

fn open(metadata: &Metadata) -> Tokenizer {
    Tokenizer::from_gguf(metadata).expect("a sound vocabulary").expect("a vocabulary")
}

/// The message of the error that this metadata must give.
#[track_caller]
fn refusal(metadata: &Metadata) -> String {
    match Tokenizer::from_gguf(metadata) {
        Err(error @ (Error::Metadata { .. } | Error::Unsupported { .. })) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

fn streamed(tokenizer: &Tokenizer, tokens: &[u32]) -> String {
    let mut stream = tokenizer.stream();
    let mut text: String = tokens.iter().map(|&token| stream.push(token).expect("a token")).collect();
    text += &stream.finish();
    text
}

/// The tokens' texts.
fn pieces(tokenizer: &Tokenizer, tokens: &[u32]) -> Vec<String> {
    let bytes = tokens.iter().map(|&token| tokenizer.token_bytes(token, true).expect("a token"));
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

const MERGES: &[(&str, &str)] =
    &[("h", "e"), ("l", "l"), ("he", "ll"), (" ", "w"), ("o", "r"), ("hell", "o"), ("a", "a"), ("aa", "a")];
const SPECIAL: &[(&str, i32)] = &[
    ("<|end|>", CONTROL),
    ("<|end|>>", CONTROL),
    ("<tab>", USER_DEFINED),
    ("[PAD1]", UNUSED),
    ("", CONTROL),
];

fn words() -> Metadata {
    sentence_piece(&[
        (" ", -10.0, NORMAL),
        ("a", -11.0, NORMAL),
        ("b", -12.0, NORMAL),
        ("ab", -2.0, NORMAL),
        ("ba", -1.0, NORMAL),
        (" a", -3.0, NORMAL),
        (" ab", -4.0, NORMAL),
        ("  ", -0.5, NORMAL),
        ("<tool>", 0.0, USER_DEFINED),
        ("é", -13.0, NORMAL),
        ("<", -13.0, NORMAL),
        ("s", -13.0, NORMAL),
        (">", -13.0, NORMAL),
        ("<s", -1.0, NORMAL),
    ])
}

#[test]
fn merges_go_by_rank_then_from_the_left() {
    let tokenizer = open(&byte_level(MERGES, SPECIAL));
    let cut = |text: &str| pieces(&tokenizer, &tokenizer.encode(text, true, true).expect("text"));
    assert_eq!(cut("hello world"), ["hello", " w", "or", "l", "d"]);
    assert_eq!(cut("aaaaaaa"), ["aa", "aa", "aaa"]);
    assert_eq!(cut(""), [""; 0]);
    assert_eq!(tokenizer.vocabulary_size(), 256 + MERGES.len() + SPECIAL.len());
}

#[test]
fn special_tokens_are_found_where_they_may() {
    let tokenizer = open(&byte_level(MERGES, SPECIAL));
    let first = 256 + MERGES.len() as u32;
    let text = "he<|end|>><tab>he<|end|>[PAD1]";
    let all = tokenizer.encode(text, false, true).expect("text");
    assert_eq!(all[..5], [256, first + 1, first + 2, 256, first], "the longest one counts");
    assert_eq!(all.len(), 5 + "[PAD1]".len());
    let plain = tokenizer.encode(text, false, false).expect("text");
    assert!(plain.contains(&(first + 2)), "user-defined tokens are found always");
    assert!(!plain.contains(&first) && !plain.contains(&(first + 1)));
    for (tokens, special) in [(&all, true), (&plain, false)] {
        assert_eq!(tokenizer.decode(tokens, special).expect("tokens"), text);
    }
    assert_eq!(tokenizer.decode(&all, false).expect("tokens"), "he<tab>he[PAD1]");
    assert_eq!(tokenizer.token_bytes(first, false).expect("a token"), b"");
    assert_eq!(tokenizer.token_bytes(first + 3, true).expect("a token"), b"", "padding is nothing");
    assert!(tokenizer.is_end(first) && !tokenizer.is_end(first + 1) && !tokenizer.is_end(256));
}

#[test]
fn pieces_that_are_tokens_need_no_merges() {
    let mut metadata = byte_level(MERGES, &[("xyz", NORMAL), (" xyz", CONTROL)]);
    let count = |metadata: &Metadata, text| open(metadata).encode(text, false, false).expect("text").len();
    assert_eq!(count(&metadata, "xyz"), 3);
    set(&mut metadata, "pre", Value::String("llama-bpe".into()));
    assert_eq!(count(&metadata, "xyz"), 1);
    assert_eq!(count(&metadata, "\u{120}xyz"), 5);
    assert_eq!(count(&metadata, " xyz"), 4, "text does not become a control token");
}

#[test]
fn texts_begin_and_end_as_the_rules_say() {
    let special = &[("<bos>", CONTROL), ("<stop>", CONTROL)];
    let mut metadata = byte_level(&[], special);
    let encode = |metadata: &Metadata, special| open(metadata).encode("x", special, false).expect("text");
    let x = u32::from(b'x');
    assert_eq!(encode(&metadata, true), [x]);
    set(&mut metadata, "bos_token_id", Value::U32(256));
    set(&mut metadata, "eos_token_id", Value::U32(257));
    assert_eq!(encode(&metadata, true), [x], "qwen2 adds none by itself");
    assert_eq!((open(&metadata).bos(), open(&metadata).eos()), (Some(256), Some(257)));
    assert!(open(&metadata).is_end(257));
    set(&mut metadata, "pre", Value::String("llama3".into()));
    assert_eq!(encode(&metadata, true), [256, x]);
    assert_eq!(encode(&metadata, false), [x]);
    set(&mut metadata, "add_eos_token", Value::Bool(true));
    assert_eq!(encode(&metadata, true), [256, x, 257]);
    set(&mut metadata, "add_bos_token", Value::Bool(false));
    assert_eq!(encode(&metadata, true), [x, 257]);

    let mut metadata = words();
    let tokenizer = open(&metadata);
    assert_eq!((tokenizer.bos(), tokenizer.eos()), (Some(1), Some(2)));
    assert_eq!(tokenizer.encode("", true, false).expect("text"), [1]);
    assert!(tokenizer.is_end(2) && !tokenizer.is_end(1));
    set(&mut metadata, "add_bos_token", Value::Bool(false));
    assert_eq!(open(&metadata).encode("", true, false).expect("text"), [0; 0]);
}

#[test]
fn other_end_tokens_are_known_by_key_or_text() {
    let special = [
        ("<a>", CONTROL),
        ("<b>", CONTROL),
        ("<|im_end|>", CONTROL),
        ("<|eot_id|>", NORMAL),
        ("</s>", NORMAL),
    ];
    let mut metadata = byte_level(&[], &special);
    set(&mut metadata, "eot_token_id", Value::U32(256));
    set(&mut metadata, "eom_token_id", Value::I64(257));
    let tokenizer = open(&metadata);
    let ends: Vec<u32> = (0..=256 + 4).filter(|&token| tokenizer.is_end(token)).collect();
    assert_eq!(ends, [256, 257, 258], "ordinary text such as </s> ends nothing");
}

#[test]
fn gpt_oss_shows_its_channels_and_goes_on_after_a_message() {
    let texts =
        ["<|return|>", "<|call|>", "<|end|>", "<|channel|>", "<|message|>", "<|start|>", "<|constrain|>"];
    let tokenizer = open(&byte_level(&[], &texts.map(|text| (text, CONTROL))));
    let ends: Vec<u32> = (256..263).filter(|&token| tokenizer.is_end(token)).collect();
    assert_eq!(ends, [256, 257]);
    let tokens: Vec<u32> = (256..263).collect();
    assert_eq!(tokenizer.decode(&tokens, false).expect("tokens"), texts[3..].concat());
    let plain = tokenizer.encode("<|channel|>", false, false).expect("text");
    assert_eq!(plain.len(), "<|channel|>".len(), "visible is not the same as allowed in text");
}

#[test]
fn scores_decide_in_sentence_piece() {
    let tokenizer = open(&words());
    let cut = |text: &str| pieces(&tokenizer, &tokenizer.encode(text, false, false).expect("text"));
    assert_eq!(cut("aba"), [" a", "ba"], "the highest score first, not the leftmost pair");
    assert_eq!(cut("ab"), [" ab"]);
    assert_eq!(cut("a a"), [" a", " a"]);
    assert_eq!(cut("  a"), ["  ", " a"]);
    assert_eq!(cut(" "), ["  "]);
    let bytes = tokenizer.encode("\n☃é", false, false).expect("text");
    assert_eq!(bytes, [259, 13, 3 + 0xe2, 3 + 0x98, 3 + 0x83, 268]);
    assert_eq!(cut("<s><tool>a"), [" ", "<s", ">", "<tool>", " a"], "text does not become <s>");
    assert_eq!(tokenizer.encode("<s>", false, true).expect("text"), [1]);
}

#[test]
fn sentence_piece_texts_come_back() {
    let mut metadata = words();
    for prefix in [true, false] {
        set(&mut metadata, "add_space_prefix", Value::Bool(prefix));
        let tokenizer = open(&metadata);
        for text in
            ["", " ", "  ", " a", "a ", "ab<tool>ab", "a<tool> a", "<0x41> \u{2581}x\u{2581}", "é\r\n☃ b"]
        {
            for parse_special in [false, true] {
                let tokens = tokenizer.encode(text, true, parse_special).expect("text");
                assert_eq!(tokenizer.decode(&tokens, false).expect("tokens"), text);
                assert_eq!(streamed(&tokenizer, &tokens), text);
            }
        }
        let text = " a</s>b <s><s> ab";
        let tokens = tokenizer.encode(text, false, true).expect("text");
        assert_eq!(tokenizer.decode(&tokens, true).expect("tokens"), text);
    }
}

#[test]
fn a_stream_that_goes_on_keeps_its_space() {
    let tokenizer = open(&words());
    let space_a = tokenizer.encode("a", false, false).expect("text");
    let push = |previous| tokenizer.stream_after(previous).push(space_a[0]).expect("a token");
    assert_eq!(push(None), "a");
    assert_eq!(push(Some(1)), "a", "behind <s> a text begins");
    assert_eq!(push(Some(260)), " a");
    assert_eq!(push(Some(u32::MAX)), " a");
    assert_eq!(tokenizer.stream().push(space_a[0]).expect("a token"), "a");
}

#[test]
fn streams_hold_back_half_characters() {
    let tokenizer = open(&byte_level(&[], &[("<|im_end|>", CONTROL)]));
    let push = |bytes: &[u8]| {
        let mut stream = tokenizer.stream();
        let mut texts: Vec<String> =
            bytes.iter().map(|&byte| stream.push(byte.into()).expect("a byte")).collect();
        texts.push(stream.finish());
        assert_eq!(stream.finish(), "", "nothing comes twice");
        texts
    };
    assert_eq!(push("é🙂".as_bytes()), ["", "é", "", "", "", "🙂", ""]);
    assert_eq!(push(b"\xf0\x9fx\xff\xc3"), ["", "", "\u{fffd}x", "\u{fffd}", "", "\u{fffd}"]);
    assert_eq!(push(b"\xe2\xe2\x98\x83"), ["", "\u{fffd}", "", "☃", ""]);
    let mut stream = tokenizer.stream();
    assert_eq!(stream.push(0xc3).expect("a byte"), "");
    assert!(stream.push(257).expect_err("no such token").to_string().contains("257"));
    assert_eq!(stream.push(256).expect("a control token"), "");
    assert_eq!(stream.push(0xa9).expect("a byte"), "é", "an error changes nothing");
}

#[test]
fn tokens_past_the_vocabulary_are_errors() {
    for metadata in [byte_level(MERGES, SPECIAL), words()] {
        let tokenizer = open(&metadata);
        let past = tokenizer.vocabulary_size() as u32;
        for token in [past, u32::MAX] {
            for error in [
                tokenizer.token_bytes(token, true).expect_err("past the end"),
                tokenizer.decode(&[0, token], false).expect_err("past the end"),
                tokenizer.stream().push(token).expect_err("past the end"),
            ] {
                assert!(matches!(error, Error::Input { .. }));
                assert!(error.to_string().contains(&format!("token {token} is past")), "{error}");
            }
            assert!(!tokenizer.is_end(token));
        }
    }
}

#[test]
fn pieces_are_those_of_the_tokenizers_library() {
    let cases = include_str!("../../tests/fixtures/pre_tokenizers.json");
    let cases: Vec<serde_json::Value> = serde_json::from_str(cases).expect("JSON");
    let mut seen = HashMap::new();
    for case in &cases {
        let name = case["pre"].as_str().expect("a name");
        let pieces: Vec<&str> =
            case["pieces"].as_array().expect("a list").iter().map(|x| x.as_str().expect("a text")).collect();
        let cutter = seen.entry(name).or_insert_with(|| PreTokenizer::new(name).expect("a known name"));
        assert_eq!(cutter.split(&pieces.concat()), pieces, "{name}");
    }
    assert!(cases.len() > 350 && seen.len() > 8);
}

#[test]
fn letters_of_deepseek_llm_are_those_with_two_cases() {
    let cutter = PreTokenizer::new("deepseek-llm").expect("a known name");
    assert_eq!(cutter.split("Ab Юя\nΩ"), ["Ab", " Юя", "\n", "Ω"]);
    // Armenian small letters are left out, capitals are not; neither are letters newer than Unicode 14.
    assert_eq!(cutter.split("ԱաxꟐ"), ["Ա", "ա", "x", "Ꟑ"]);
    assert_eq!(cutter.split("x\u{10d50}x"), ["x", "\u{10d50}", "x"]);
    assert_eq!(cutter.split("123 4a 你好，x  "), ["123", " ", "4", "a", " ", "你好", "，", "x", "  "]);
}

/// What files of OLMoE, Granite, GLM-4.5 and Seed-OSS carry: they differ in how they cut numbers.
#[test]
fn pre_tokenizers_cut_numbers_as_their_models_do() {
    for (names, pieces) in [
        (&["olmo", "gpt-2", "granite-docling"][..], &["12345", " x", "\n"][..]),
        (&["refact", "starcoder"], &["1", "2", "3", "4", "5", " x", "\n"]),
        (&["dbrx", "chatglm-bpe", "glm4", "glm5"], &["123", "45", " x", "\n"]),
        (&["seed-coder", "solar-open"], &["1", "2", "3", "4", "5", " x", "\n"]),
    ] {
        for name in names {
            assert_eq!(PreTokenizer::new(name).expect("a known name").split("12345 x\n"), pieces, "{name}");
        }
    }
}

#[test]
fn unknown_pre_tokenizers_are_named() {
    let mut metadata = byte_level(MERGES, &[]);
    set(&mut metadata, "pre", Value::String("brand-new\n".into()));
    let message = refusal(&metadata);
    assert!(
        message.contains("brand-new\\n") && message.contains("qwen2") && message.contains("newer version")
    );
    assert_eq!(message.lines().count(), 1);
    let mut metadata = byte_level(MERGES, &[]);
    set(&mut metadata, "pre", Value::U32(1));
    assert!(refusal(&metadata).contains("tokenizer.ggml.pre"));
}

#[test]
fn files_without_a_vocabulary_have_no_tokenizer() {
    let mut metadata = Metadata::new("none.gguf");
    assert!(Tokenizer::from_gguf(&metadata).expect("nothing wrong").is_none());
    for kind in ["no_vocab", "none"] {
        set(&mut metadata, "model", Value::String(kind.into()));
        assert!(Tokenizer::from_gguf(&metadata).expect("nothing wrong").is_none());
    }
    set(&mut metadata, "model", Value::String("bert".into()));
    assert!(refusal(&metadata).contains("bert"));
}

#[test]
fn damaged_vocabularies_are_refused() {
    let wrong = [
        Value::U32(1),
        Value::String("x".into()),
        Value::Array(Array::Bools(vec![true; 256])),
        Value::Array(Array::Arrays(vec![Array::U8(vec![]); 256])),
    ];
    for (sound, keys) in [
        (byte_level(MERGES, SPECIAL), &["tokens", "token_type", "merges"][..]),
        (words(), &["tokens", "token_type", "scores"]),
    ] {
        for key in keys {
            let mut values = wrong.to_vec();
            if *key != "token_type" {
                values.push(Value::Array(Array::I32(vec![1; 256])));
            }
            values.push(match *key {
                "token_type" | "scores" => strings(["x"; 256]),
                _ => Value::Array(Array::F32(vec![0.0; 256])),
            });
            for value in values {
                let mut metadata = sound.clone();
                set(&mut metadata, key, value);
                assert!(refusal(&metadata).contains(&format!("tokenizer.ggml.{key}")));
            }
        }
        for key in ["bos_token_id", "eos_token_id", "unknown_token_id", "eot_token_id", "eom_token_id"] {
            for value in [Value::U32(100_000), Value::I32(-1), Value::U64(u64::MAX), Value::F32(1.0)] {
                let mut metadata = sound.clone();
                set(&mut metadata, key, value);
                assert!(refusal(&metadata).contains(key));
            }
        }
        let mut metadata = sound.clone();
        set(&mut metadata, "tokens", strings::<String>([]));
        assert!(refusal(&metadata).contains("empty"));
        let mut metadata = sound.clone();
        set(&mut metadata, "add_bos_token", Value::U32(1));
        assert!(refusal(&metadata).contains("add_bos_token"));
    }

    let mut metadata = byte_level(MERGES, SPECIAL);
    set(&mut metadata, "add_bos_token", Value::Bool(true));
    assert!(refusal(&metadata).contains("bos_token_id"));
    set(&mut metadata, "model", Value::Bool(true));
    assert!(refusal(&metadata).contains("tokenizer.ggml.model"));

    for kinds in [vec![NORMAL; 3], vec![], vec![7; 256 + MERGES.len()], vec![-1; 256 + MERGES.len()]] {
        let mut metadata = byte_level(MERGES, &[]);
        set(&mut metadata, "token_type", Value::Array(Array::I32(kinds)));
        assert!(refusal(&metadata).contains("token_type"));
    }
    let mut metadata = words();
    set(&mut metadata, "scores", Value::Array(Array::F32(vec![0.0; 2])));
    assert!(refusal(&metadata).contains("scores"));

    for (sound, key) in [(byte_level(MERGES, &[]), "merges"), (words(), "scores")] {
        let mut metadata = Metadata::new("x.gguf");
        let others = sound.iter().filter(|(name, _)| !name.ends_with(key));
        others.for_each(|(name, value)| drop(metadata.insert(name, value.clone())));
        assert!(refusal(&metadata).contains("missing"));
    }
    for byte in ["<0x-1>", "<0x+1>", "<0x1>", "<0xGG>", "<0x100>", "0x10", "<0xé>", ""] {
        assert!(refusal(&sentence_piece(&[(byte, 0.0, BYTE)])).contains("a byte"), "{byte}");
    }
    for merge in ["", " ", "ab", " ab", "é"] {
        let mut metadata = byte_level(MERGES, &[]);
        set(&mut metadata, "merges", strings(["h e", merge]));
        assert!(refusal(&metadata).contains("merge 1 "), "{merge:?}");
    }
}

#[test]
fn odd_vocabularies_do_what_is_defined() {
    // Merges that name what is not there never happen; of equal tokens the last one is used.
    let mut metadata = byte_level(&[("h", "e")], &[("x", NORMAL), ("x", NORMAL), ("日本", NORMAL)]);
    let merges = ["no such", "x y", "h ", "日 本", "é é", "h e", "h e x"];
    set(&mut metadata, "merges", strings(merges));
    let tokenizer = open(&metadata);
    assert_eq!(tokenizer.encode("hex", false, false).expect("text"), [256, 258]);
    assert_eq!(tokenizer.decode(&[120, 257, 258], false).expect("tokens"), "xxx");
    assert_eq!(tokenizer.decode(&[259], false).expect("tokens"), "日本", "not spelled as it should be");
    assert_eq!(tokenizer.encode("日本", false, false).expect("text").len(), 6);

    // A byte that has no token.
    let mut metadata = byte_level(&[], &[]);
    set(&mut metadata, "tokens", strings(["a", "b"]));
    set(&mut metadata, "token_type", Value::Array(Array::I32(vec![NORMAL; 2])));
    let tokenizer = open(&metadata);
    assert_eq!(tokenizer.encode("ab", false, false).expect("text"), [0, 1]);
    let error = tokenizer.encode("abc", false, false).expect_err("no token for c").to_string();
    assert!(error.contains("0x63"), "{error}");

    // SentencePiece without bytes: the unknown token if there is one.
    let mut metadata = Metadata::new("x.gguf");
    set(&mut metadata, "model", Value::String("llama".into()));
    set(&mut metadata, "tokens", strings(["a", "\u{2581}"]));
    set(&mut metadata, "scores", Value::Array(Array::F32(vec![f32::NAN, f32::INFINITY])));
    set(&mut metadata, "token_type", Value::Array(Array::I32(vec![NORMAL; 2])));
    let tokenizer = open(&metadata);
    assert_eq!((tokenizer.bos(), tokenizer.eos()), (None, None), "ordinary tokens are not <s>");
    assert_eq!(tokenizer.encode("a a", true, false).expect("text"), [1, 0, 1, 0]);
    assert!(tokenizer.encode("b", false, false).expect_err("no b").to_string().contains('b'));
    set(&mut metadata, "unknown_token_id", Value::U32(0));
    assert_eq!(open(&metadata).encode("b", false, false).expect("text"), [1, 0]);

    // Old files without kinds.
    let mut metadata = Metadata::new("x.gguf");
    let sound = words();
    let others = sound.iter().filter(|(name, _)| !name.ends_with("token_type"));
    others.for_each(|(name, value)| drop(metadata.insert(name, value.clone())));
    let tokenizer = open(&metadata);
    assert_eq!(tokenizer.bos(), Some(1));
    assert!(tokenizer.is_end(2));
    let tokens = tokenizer.encode("a\n", false, false).expect("text");
    assert_eq!(tokenizer.decode(&tokens, false).expect("tokens"), "a\n");
}

#[test]
fn long_texts_take_no_longer_than_they_must() {
    let byte_level = [
        "qwen2",
        "llama-bpe",
        "gpt-4o",
        "deepseek-llm",
        "deepseek-coder",
        "deepseek-v3",
        "gpt-2",
        "refact",
        "default",
        "seed-coder",
    ];
    let mut tokenizers = vec![open(&words())];
    for pre in byte_level {
        let mut metadata = self::byte_level(MERGES, SPECIAL);
        set(&mut metadata, "pre", Value::String(pre.into()));
        tokenizers.push(open(&metadata));
    }
    for part in [" ", "a", "A", "\n", " \n", "1", ".", "☃", "ab ", "'", "<|end", "<tab>", "  a"] {
        let text = part.repeat(200_000 / part.len());
        for tokenizer in &tokenizers {
            // Quadratic behaviour would take minutes.
            let tokens = tokenizer.encode(&text, false, true).expect("text");
            assert!(tokenizer.decode(&tokens, true).expect("tokens") == text, "{part:?} {tokenizer:?}");
        }
    }
}

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models").join(path)
}

fn open_file(path: &Path) -> Tokenizer {
    match Archive::open(path, Access::Map).expect("a sound file").description {
        Description::Gguf(metadata) => open(&metadata),
        Description::HuggingFace(_) => panic!("not GGUF"),
    }
}

fn open_folder(folder: &Path) -> Tokenizer {
    Tokenizer::from_folder(folder).expect("a sound folder").expect("a tokenizer")
}

const TEXTS: &[&str] = &[
    "",
    "the cat and the hat",
    " It's 12345 o'clock;  two  spaces\n\n\tand a tab",
    "<|im_start|>user\nhello <|im_end|>\n<|endoftext|>",
    "<|im_start|",
    "é 你好 🙂\u{200d}",
    "[PAD299] [PAD300]",
];

#[test]
fn a_file_and_a_folder_give_the_same_tokens() {
    let file = open_file(&fixture("qwen2-text/f32.gguf"));
    let folder = open_folder(&fixture("qwen2-text"));
    assert_eq!((folder.bos(), folder.eos()), (Some(296), Some(298)));
    assert_eq!((file.bos(), file.eos()), (folder.bos(), folder.eos()));
    for text in TEXTS {
        for (add_special, parse_special) in [(false, false), (true, false), (false, true), (true, true)] {
            let tokens = file.encode(text, add_special, parse_special).expect("text");
            assert_eq!(folder.encode(text, add_special, parse_special).expect("text"), tokens, "{text:?}");
            for special in [false, true] {
                let decoded = file.decode(&tokens, special).expect("tokens");
                assert_eq!(folder.decode(&tokens, special).expect("tokens"), decoded);
                assert!(decoded == *text || !special);
            }
        }
    }
    for token in 0..folder.vocabulary_size() as u32 {
        assert_eq!(folder.is_end(token), file.is_end(token), "{token}");
        for special in [false, true] {
            let bytes = file.token_bytes(token, special).expect("a token");
            assert_eq!(folder.token_bytes(token, special).expect("a token"), bytes, "{token}");
        }
    }
    assert!(folder.token_bytes(299, true).is_err(), "the folder has no padding");
}

/// A tokenizer in the manner of Llama 2's `tokenizer.json`.
fn llama_json() -> serde_json::Value {
    let mut vocabulary = serde_json::Map::new();
    for (token, text) in ["<unk>", "<s>", "</s>"].into_iter().enumerate() {
        vocabulary.insert(text.into(), token.into());
    }
    for byte in 0..=255 {
        vocabulary.insert(format!("<0x{byte:02X}>"), (3 + byte).into());
    }
    for text in ["▁", "a", "b", "▁a", "ab", "▁ab", "é"] {
        let token = vocabulary.len();
        vocabulary.insert(text.into(), token.into());
    }
    let added = |token: u32, text: &str, special: bool| {
        serde_json::json!({"id": token, "content": text, "single_word": false, "lstrip": false,
            "rstrip": false, "normalized": false, "special": special})
    };
    serde_json::json!({
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0},
        "padding": {"strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
            "pad_type_id": 0, "pad_token": "<unk>"},
        "added_tokens": [added(0, "<unk>", true), added(1, "<s>", true), added(2, "</s>", true),
            added(266, "<tool>", false)],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
            {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
        "pre_tokenizer": null,
        "post_processor": {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
            {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        "model": {"type": "BPE", "dropout": null, "unk_token": "<unk>", "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": true, "ignore_merges": false,
            "vocab": vocabulary, "merges": ["▁ a", "a b", "▁a b"]},
    })
}

/// A folder with these files.
fn folder_of(files: &[(&str, &serde_json::Value)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, value) in files {
        std::fs::write(folder.path().join(name), value.to_string()).expect("written");
    }
    folder
}

#[test]
fn tokenizer_json_gives_what_its_library_gives() {
    let json = llama_json();
    let folder = folder_of(&[("tokenizer.json", &json)]);
    let tokenizer = open_folder(folder.path());
    let mut library = tokenizers::Tokenizer::from_bytes(json.to_string()).expect("sound");
    library.with_padding(None);
    library.with_truncation(None).expect("none is fine");
    let texts = ["", "ab a é\n", " ab", "a longer text than four", "<s>ab</s> b<tool>ab", "</s", "🙂<0x41>"];
    // Every other call with the other setting.
    for text in texts.iter().chain(&texts) {
        for parse_special in [true, false] {
            for add_special in [true, false] {
                library.set_encode_special_tokens(!parse_special);
                let expected = library.encode(*text, add_special).expect("text").get_ids().to_vec();
                let tokens = tokenizer.encode(text, add_special, parse_special).expect("text");
                assert_eq!(tokens, expected, "{text:?}");
                for special in [true, false] {
                    let expected = library.decode(&tokens, !special).expect("tokens");
                    assert_eq!(tokenizer.decode(&tokens, special).expect("tokens"), expected, "{text:?}");
                }
            }
            if !parse_special {
                let tokens = tokenizer.encode(text, true, false).expect("text");
                assert!(!tokens[1..].contains(&1) && !tokens.contains(&2), "{text:?}");
            }
        }
    }
    assert_eq!(tokenizer.token_bytes(3 + 65, false).expect("a byte"), b"A");
    assert!(tokenizer.is_end(2));
    assert_eq!(tokenizer.vocabulary_size(), 267);
}

#[test]
fn files_beside_tokenizer_json_name_special_tokens() {
    let json = llama_json();
    let first = |files: &[(&str, &serde_json::Value)]| {
        let tokenizer = open_folder(folder_of(&[&[("tokenizer.json", &json)], files].concat()).path());
        (tokenizer.encode("a", true, false).expect("text"), tokenizer.bos(), tokenizer.eos())
    };
    let a = 262;
    assert_eq!(first(&[]), (vec![1, a], None, None));
    let settings = serde_json::json!({"bos_token": "<s>", "eos_token": {"content": "</s>", "special": true}});
    assert_eq!(first(&[("tokenizer_config.json", &settings)]), (vec![1, a], Some(1), Some(2)));
    let mut flags = settings.clone();
    flags["add_bos_token"] = false.into();
    assert_eq!(first(&[("tokenizer_config.json", &flags)]).0, [a]);
    flags["add_eos_token"] = true.into();
    assert_eq!(first(&[("tokenizer_config.json", &flags)]).0, [a, 2]);
    flags["add_bos_token"] = serde_json::Value::Null;
    assert_eq!(first(&[("tokenizer_config.json", &flags)]).0, [1, a, 2]);

    let generation = serde_json::json!({"bos_token_id": 1, "eos_token_id": [262, 263, 99999, -1, "x"]});
    let config = serde_json::json!({"bos_token_id": 5, "eos_token_id": 264});
    let files = [
        ("tokenizer.json", &json),
        ("tokenizer_config.json", &settings),
        ("generation_config.json", &generation),
        ("config.json", &config),
    ];
    let tokenizer = open_folder(folder_of(&files).path());
    let ends: Vec<u32> = (0..267).filter(|&token| tokenizer.is_end(token)).collect();
    assert_eq!(ends, [2, 262, 263, 264]);
    let tokenizer = open_folder(folder_of(&[files[0], files[3]]).path());
    assert_eq!((tokenizer.bos(), tokenizer.eos()), (Some(5), Some(264)));
}

#[test]
fn damaged_folders_are_refused() {
    assert!(Tokenizer::from_folder(Path::new("/no/such/folder")).expect("nothing there").is_none());
    let refusal = |files: &[(&str, &str)]| {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
        let error = Tokenizer::from_folder(folder.path()).expect_err("damaged").to_string();
        assert_eq!(error.lines().count(), 1, "{error}");
        error
    };
    for text in ["", "{", "[]", "{}", "\u{1b}[31m", "{\"version\": \"1.0\"}", "null"] {
        assert!(refusal(&[("tokenizer.json", text)]).contains("tokenizer.json"), "{text}");
    }
    let json = llama_json();
    for file in ["tokenizer_config.json", "generation_config.json", "config.json"] {
        assert!(refusal(&[("tokenizer.json", &json.to_string()), (file, "{]")]).contains(file));
    }
    let changed = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut json = json.clone();
        change(&mut json);
        json.to_string()
    };
    let other_decoder = changed(&|json| {
        json["decoder"] = serde_json::json!({"type": "WordPiece",
        "prefix": "##", "cleanup": true})
    });
    assert!(refusal(&[("tokenizer.json", &other_decoder)]).contains("decoder"));
    let huge_number = changed(&|json| json["model"]["vocab"]["huge"] = 4_000_000_000_u32.into());
    assert!(refusal(&[("tokenizer.json", &huge_number)]).contains("4000000000"));
    let unknown_merge = changed(&|json| json["model"]["merges"] = serde_json::json!(["x y"]));
    assert!(refusal(&[("tokenizer.json", &unknown_merge)]).contains("tokenizer.json"));

    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("tokenizer.json")).expect("a folder");
    assert!(Tokenizer::from_folder(folder.path()).is_err());
}

/// The definition: again and again, of all adjacent pairs the best one, the leftmost of equals.
fn merge_naively(text: &[u8], rank: impl Fn(&[u8]) -> Option<u32>) -> Vec<Vec<u8>> {
    let mut symbols: Vec<Vec<u8>> = text.iter().map(|&byte| vec![byte]).collect();
    loop {
        let pairs = symbols.windows(2).enumerate();
        let best = pairs.filter_map(|(at, pair)| Some((rank(&pair.concat())?, at))).min();
        let Some((_, at)) = best else { return symbols };
        let right = symbols.remove(at + 1);
        symbols[at].extend(right);
    }
}

/// Values that keys of a vocabulary should not have, or only some of them.
fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<u32>().prop_map(Value::U32),
        (0_u32..300).prop_map(Value::U32),
        any::<i64>().prop_map(Value::I64),
        any::<f32>().prop_map(Value::F32),
        prop::sample::select(
            &["", "gpt2", "llama", "none", "default", "gpt-2", "deepseek-llm", "\u{2581}"][..]
        )
        .prop_map(|text| Value::String(text.into())),
        prop::collection::vec("[a-dĠ▁<0x> ]{0,4}", 0..6).prop_map(strings),
        // As many as there are tokens.
        prop::collection::vec("[a-dĠ▁<0x>]{0,3}", 269).prop_map(strings),
        prop::collection::vec(0_i32..7, 269).prop_map(|kinds| Value::Array(Array::I32(kinds))),
        prop::collection::vec(any::<f32>(), 269).prop_map(|scores| Value::Array(Array::F32(scores))),
    ]
}

const KEYS: &[&str] = &[
    "model",
    "pre",
    "tokens",
    "token_type",
    "merges",
    "scores",
    "bos_token_id",
    "eos_token_id",
    "unknown_token_id",
    "eot_token_id",
    "add_bos_token",
    "add_eos_token",
    "add_space_prefix",
];

#[test]
fn tokenizers_can_be_shared_between_threads() {
    fn check<T: Send + Sync>() {}
    check::<Tokenizer>();
}

proptest! {
    #[test]
    fn hostile_keys_never_panic(
        changes in prop::collection::vec((prop::sample::select(KEYS), any_value()), 1..5),
        text in "[a-d <0x>é]{0,20}",
    ) {
        for sound in [byte_level(MERGES, SPECIAL), words()] {
            let mut metadata = sound;
            changes.iter().for_each(|(key, value)| set(&mut metadata, key, value.clone()));
            let Ok(Some(tokenizer)) = Tokenizer::from_gguf(&metadata) else { continue };
            if let Ok(tokens) = tokenizer.encode(&text, true, true) {
                prop_assert!(tokenizer.decode(&tokens, true).is_ok());
            }
            for token in 0..tokenizer.vocabulary_size() as u32 {
                prop_assert!(tokenizer.token_bytes(token, true).is_ok());
            }
        }
    }

    #[test]
    fn every_text_comes_back(text in ".*", parse_special: bool) {
        for metadata in [byte_level(MERGES, SPECIAL), words()] {
            let tokenizer = open(&metadata);
            // The token that begins a text would show.
            let tokens = tokenizer.encode(&text, !parse_special, parse_special).expect("text");
            prop_assert_eq!(&tokenizer.decode(&tokens, parse_special).expect("tokens"), &text);
            if !parse_special {
                prop_assert_eq!(&streamed(&tokenizer, &tokens), &text);
            }
        }
    }

    #[test]
    fn texts_of_special_parts_come_back(parts in prop::collection::vec(
        prop::sample::select(&["<s>", "</s>", "<tool>", " ", "a", "ab", "b", "<", "<0x41>", "é", "\u{2581}",
            "\n", "<|end|>", "<|end|>>", "<tab>", "[PAD1]"][..]), 0..12), parse_special: bool) {
        let text = parts.concat();
        for metadata in [byte_level(MERGES, SPECIAL), words()] {
            let tokenizer = open(&metadata);
            let tokens = tokenizer.encode(&text, false, parse_special).expect("text");
            prop_assert_eq!(&tokenizer.decode(&tokens, true).expect("tokens"), &text);
        }
    }

    #[test]
    fn a_stream_gives_what_decoding_gives(tokens in prop::collection::vec(0_u32..269, 0..40)) {
        for metadata in [byte_level(MERGES, SPECIAL), words()] {
            let tokenizer = open(&metadata);
            let whole = tokenizer.decode(&tokens, false).expect("tokens");
            prop_assert_eq!(&streamed(&tokenizer, &tokens), &whole);
            if tokenizer.bos().is_none() {
                let bytes: Vec<u8> = tokens
                    .iter()
                    .flat_map(|&token| tokenizer.token_bytes(token, false).expect("a token"))
                    .collect();
                prop_assert_eq!(&String::from_utf8_lossy(&bytes), &whole);
            }
        }
    }

    #[test]
    fn merging_follows_its_definition(
        products in prop::collection::vec("[ab]{2,5}", 1..30),
        text in "[ab]{0,40}",
    ) {
        // Any two texts that make a product have the product's rank: its first place in the list.
        let rank = |bytes: &[u8]| products.iter().position(|x| x.as_bytes() == bytes).map(|rank| rank as u32);
        let expected = merge_naively(text.as_bytes(), rank);

        let mut scored: Vec<(&str, f32, i32)> = vec![("a", -99.0, NORMAL), ("b", -99.0, NORMAL)];
        for (number, product) in products.iter().enumerate() {
            if rank(product.as_bytes()) == Some(number as u32) {
                scored.push((product, -(number as f32), NORMAL));
            }
        }
        let mut metadata = sentence_piece(&scored);
        set(&mut metadata, "add_space_prefix", Value::Bool(false));
        let tokenizer = open(&metadata);
        let tokens = tokenizer.encode(&text, false, false).expect("text");
        let found: Vec<Vec<u8>> =
            tokens.iter().map(|&token| tokenizer.token_bytes(token, false).expect("a token")).collect();
        prop_assert_eq!(&found, &expected);
    }

    #[test]
    fn merges_follow_their_ranks(
        products in prop::collection::vec(("[ab]{1,3}", "[ab]{1,3}"), 1..30),
        text in "[ab]{0,40}",
    ) {
        let pairs: Vec<(&str, &str)> = products.iter().map(|(left, right)| (&left[..], &right[..])).collect();
        let tokenizer = open(&byte_level(&pairs, &[]));
        // A merge of texts that are no tokens never happens.
        let known = |part: &str| part.len() == 1 || pairs.iter().any(|(l, r)| [*l, *r].concat() == part);
        let mut symbols: Vec<String> = text.chars().map(String::from).collect();
        loop {
            let best = symbols.windows(2).enumerate().filter_map(|(at, pair)| {
                let rank = pairs.iter().position(|(l, r)| known(l) && known(r) && pair == [*l, *r])?;
                Some((rank, at))
            });
            let Some((_, at)) = best.min() else { break };
            let right = symbols.remove(at + 1);
            symbols[at] += &right;
        }
        let tokens = tokenizer.encode(&text, false, false).expect("text");
        prop_assert_eq!(pieces(&tokenizer, &tokens), symbols);
    }
}
