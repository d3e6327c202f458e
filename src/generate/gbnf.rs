//! Grammars in llama.cpp's notation (GBNF), rewritten in that of llguidance.
//!
//! The notation is described in llama.cpp's `grammars/README.md`: `name ::= ...` with strings, classes of characters,
//! groups, alternatives and repetitions; `root` is the first rule. Only the notation changes here; what it means, and
//! whether every rule is there, llguidance finds out.

use crate::{Error, Result};
use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

/// A grammar in the notation of llguidance.
pub(super) fn to_lark(grammar: &str) -> Result<String> {
    let mut reader = Reader { text: grammar.chars().peekable(), line: 1 };
    let mut lark = String::new();
    // Whether an alternative has begun and is empty so far: Lark wants to see that.
    let mut empty = true;
    let mut depth = 0usize;
    let mut rules = 0;
    while let Some(part) = reader.next()? {
        match part {
            Part::Rule(name) => {
                if depth > 0 {
                    return Err(reader.error("a rule begins inside a group"));
                }
                if rules > 0 {
                    close(&mut lark, empty);
                    lark.push('\n');
                }
                rules += 1;
                let _ = write!(lark, "{}:", rule(&name));
                empty = true;
            }
            _ if rules == 0 => return Err(reader.error("it must begin with a rule: name ::= ...")),
            Part::Name(name) => {
                let _ = write!(lark, " {}", rule(&name));
                empty = false;
            }
            Part::Text(text) => {
                let _ = write!(lark, " {}", serde_json::Value::from(text));
                empty = false;
            }
            Part::Class(class) => {
                let _ = write!(lark, " /{class}/");
                empty = false;
            }
            Part::Open => {
                lark.push_str(" (");
                depth += 1;
                empty = true;
            }
            Part::Close => {
                close(&mut lark, empty);
                lark.push(')');
                depth =
                    depth.checked_sub(1).ok_or_else(|| reader.error("a group ends that has not begun"))?;
                empty = false;
            }
            Part::Or => {
                close(&mut lark, empty);
                lark.push_str(" |");
                empty = true;
            }
            Part::Repeat(_) if empty => return Err(reader.error("there is nothing to repeat")),
            Part::Repeat(repeat) => lark.push_str(&repeat),
        }
    }
    if depth > 0 || rules == 0 {
        return Err(reader.error("it ends inside a group, or has no rule"));
    }
    close(&mut lark, empty);
    lark.push('\n');
    Ok(lark)
}

/// Writes down an alternative that is empty.
fn close(lark: &mut String, empty: bool) {
    if empty {
        lark.push_str(" \"\"");
    }
}

/// The name of a rule: Lark's are lower case and have no hyphens. Different names stay different.
fn rule(name: &str) -> String {
    if name == "root" {
        return "start".into();
    }
    let mut rule = String::from("rule_");
    for character in name.chars() {
        match character {
            'a'..='z' | '0'..='9' => rule.push(character),
            '-' => rule.push('_'),
            other => {
                let _ = write!(rule, "_x{:x}_", u32::from(other));
            }
        }
    }
    rule
}

enum Part {
    /// A rule begins.
    Rule(String),
    Name(String),
    Text(String),
    /// A class of characters, as a regular expression.
    Class(String),
    Open,
    Close,
    Or,
    Repeat(String),
}

struct Reader<'a> {
    text: Peekable<Chars<'a>>,
    line: usize,
}

impl Reader<'_> {
    fn error(&self, what: &str) -> Error {
        Error::input(format!("the grammar cannot be used: line {}: {what}", self.line))
    }

    fn take(&mut self) -> Option<char> {
        let character = self.text.next()?;
        self.line += usize::from(character == '\n');
        Some(character)
    }

    fn space(&mut self) {
        while let Some(&character) = self.text.peek() {
            if character == '#' {
                while self.text.peek().is_some_and(|character| *character != '\n') {
                    self.take();
                }
            } else if !character.is_whitespace() {
                return;
            } else {
                self.take();
            }
        }
    }

    fn next(&mut self) -> Result<Option<Part>> {
        self.space();
        let Some(character) = self.take() else { return Ok(None) };
        Ok(Some(match character {
            '(' => Part::Open,
            ')' => Part::Close,
            '|' => Part::Or,
            '*' | '+' | '?' => Part::Repeat(character.into()),
            '.' => Part::Class("(?s:.)".into()),
            '"' => Part::Text(self.string()?),
            '[' => Part::Class(self.class()?),
            '{' => {
                let mut bounds = String::from("{");
                loop {
                    match self.take() {
                        Some('}') => break,
                        Some(character) if character.is_ascii_digit() || character == ',' => {
                            bounds.push(character)
                        }
                        Some(' ') => {}
                        _ => return Err(self.error("a repetition must be {n}, {n,} or {n,m}")),
                    }
                }
                bounds.push('}');
                Part::Repeat(bounds)
            }
            _ if is_name(character) => {
                let mut name = String::from(character);
                while let Some(character) = self.text.next_if(|character| is_name(*character)) {
                    name.push(character);
                }
                self.space();
                let mut ahead = self.text.clone();
                if [ahead.next(), ahead.next(), ahead.next()] == [Some(':'), Some(':'), Some('=')] {
                    self.text = ahead;
                    Part::Rule(name)
                } else {
                    Part::Name(name)
                }
            }
            other => return Err(self.error(&format!("{other:?} has no meaning here"))),
        }))
    }

    fn string(&mut self) -> Result<String> {
        let mut text = String::new();
        loop {
            match self.take() {
                None | Some('\n') => return Err(self.error("a string does not end")),
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(character) => text.push(character),
            }
        }
    }

    /// A class of characters, each written as its number so that none means anything else.
    fn class(&mut self) -> Result<String> {
        let mut class = String::from("[");
        if self.text.next_if_eq(&'^').is_some() {
            class.push('^');
        }
        let mut members = 0;
        loop {
            let first = match self.take() {
                None | Some('\n') => return Err(self.error("a class of characters does not end")),
                Some(']') if members > 0 => break,
                Some('\\') => self.escape()?,
                Some(character) => character,
            };
            members += 1;
            let _ = write!(class, "\\x{{{:x}}}", u32::from(first));
            let mut ahead = self.text.clone();
            if ahead.next() == Some('-') && ahead.next().is_some_and(|character| character != ']') {
                self.take();
                let last = match self.take() {
                    Some('\\') => self.escape()?,
                    Some(character) => character,
                    None => return Err(self.error("a class of characters does not end")),
                };
                let _ = write!(class, "-\\x{{{:x}}}", u32::from(last));
            }
        }
        class.push(']');
        Ok(class)
    }

    fn escape(&mut self) -> Result<char> {
        let digits = match self.take() {
            Some('n') => return Ok('\n'),
            Some('r') => return Ok('\r'),
            Some('t') => return Ok('\t'),
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            Some(character) if character.is_ascii_punctuation() => return Ok(character),
            _ => return Err(self.error("a backslash must be followed by n, r, t, x, u, U or a mark")),
        };
        let mut number = 0;
        for _ in 0..digits {
            let digit = self.take().and_then(|digit| digit.to_digit(16));
            number = number * 16 + digit.ok_or_else(|| self.error("a number needs more digits"))?;
            if number > 0x10_ffff {
                return Err(self.error("no character has such a number"));
            }
        }
        char::from_u32(number).ok_or_else(|| self.error("no character has this number"))
    }
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notation_changes_and_nothing_else() {
        let cases = [
            ("root ::= \"a\"", "start: \"a\"\n"),
            ("root ::= a-b A_b\na-b ::= [a-z]+ # comment\nA_b ::= .", "start: rule_a_b rule__x41__x5f_b\nrule_a_b: /[\\x{61}-\\x{7a}]/+\nrule__x41__x5f_b: /(?s:.)/\n"),
            ("root ::= (\"x\" |\n \"y\")? | ", "start: ( \"x\" | \"y\")? | \"\"\n"),
            ("root ::= [^\\]\\n-]{2,3} \"\\\"\\u00e9\\\\\"", "start: /[^\\x{5d}\\x{a}\\x{2d}]/{2,3} \"\\\"é\\\\\"\n"),
            ("root ::=\n", "start: \"\"\n"),
        ];
        for (gbnf, lark) in cases {
            assert_eq!(to_lark(gbnf).unwrap(), lark, "{gbnf}");
        }
        for wrong in [
            "",
            "x",
            "root ::= (",
            "root ::= )",
            "root ::= \"a",
            "root ::= [a",
            "root ::= [",
            "root ::= *",
            "root ::= a{x}",
            "root ::= \"\\x4\"",
            "root ::= \"\\Uffffffff\"",
            "root ::= \"\\ud800\"",
            "root ::= (x ::= y)",
            "root ::= §",
        ] {
            let error = to_lark(wrong).unwrap_err().to_string();
            assert!(error.contains("line 1"), "{wrong}: {error}");
        }
    }
}
