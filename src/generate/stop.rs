//! Stop strings in text that arrives in pieces.
//!
//! Knows nothing of tokens: where the pieces are cut must not matter.

/// Lets text through up to the first stop string, and holds back what may yet become one.
#[derive(Debug)]
pub(super) struct StopFilter {
    /// None of them empty.
    stops: Vec<String>,
    /// The end of the text so far, which may be the beginning of a stop string.
    held: String,
}

impl StopFilter {
    pub(super) fn new(stops: Vec<String>) -> StopFilter {
        StopFilter { stops, held: String::new() }
    }

    /// The text that `piece` releases, and whether a stop string was found: the text before it is then
    /// the last there is.
    ///
    /// Of several stop strings the one that is complete first counts, and of two that are complete at
    /// the same byte the longer: so the answer is that of text which arrives byte by byte.
    pub(super) fn push(&mut self, piece: &str) -> (String, bool) {
        self.held.push_str(piece);
        let found = (self.stops.iter())
            .filter_map(|stop| Some((self.held.find(stop.as_str())?, stop.len())))
            .min_by_key(|(start, length)| (start + length, *start));
        if let Some((start, _)) = found {
            self.held.truncate(start);
            return (std::mem::take(&mut self.held), true);
        }
        let ready = self.held.len() - self.longest_beginning();
        let rest = self.held.split_off(ready);
        (std::mem::replace(&mut self.held, rest), false)
    }

    /// What is still held back, when no more text comes.
    pub(super) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// The length of the longest end of the held text that begins a stop string.
    fn longest_beginning(&self) -> usize {
        let held = self.held.as_bytes();
        (self.stops.iter())
            .filter_map(|stop| {
                (1..stop.len().min(held.len() + 1)).rev().find(|&n| held.ends_with(&stop.as_bytes()[..n]))
            })
            .max()
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(stops: &[&str], pieces: &[&str]) -> (String, bool) {
        let mut filter = StopFilter::new(stops.iter().map(|s| s.to_string()).collect());
        let mut text = String::new();
        for piece in pieces {
            let (released, stopped) = filter.push(piece);
            text += &released;
            if stopped {
                return (text, true);
            }
        }
        text += &filter.finish();
        (text, false)
    }

    #[test]
    fn text_before_the_stop_string_is_kept() {
        assert_eq!(run(&["STOP"], &["one STOP two"]), ("one ".into(), true));
        assert_eq!(run(&["STOP"], &["STOP"]), ("".into(), true));
        assert_eq!(run(&[], &["a", "b"]), ("ab".into(), false));
        assert_eq!(run(&["STOP"], &["STO", "x"]), ("STOx".into(), false));
        assert_eq!(run(&["STOP"], &["STO"]), ("STO".into(), false));
        assert_eq!(run(&["aab"], &["aa", "ab"]), ("a".into(), true));
    }

    #[test]
    fn text_is_held_back_no_longer_than_needed() {
        let mut filter = StopFilter::new(vec!["\n\n".into(), "User:".into()]);
        assert_eq!(filter.push("Hi. Us"), ("Hi. ".into(), false));
        assert_eq!(filter.push("ually"), ("Usually".into(), false));
        assert_eq!(filter.push("\n"), ("".into(), false));
        assert_eq!(filter.push("x\n"), ("\nx".into(), false));
        assert_eq!(filter.finish(), "\n");
    }

    #[test]
    fn the_stop_string_that_is_complete_first_counts() {
        assert_eq!(run(&["abcd", "bc"], &["xabcd"]), ("xa".into(), true));
        assert_eq!(run(&["bc", "abc"], &["xabcd"]), ("x".into(), true));
    }

    #[test]
    fn cuts_between_pieces_do_not_matter() {
        let text = "züri=ende, zürich, zü\u{1F600}end";
        let stops = ["ürichs", "ende!", "\u{1F600}en", "ü\u{1F600}"];
        let whole = run(&stops, &[text]);
        assert_eq!(whole, ("züri=ende, zürich, z".into(), true));
        let cuts: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
        for &i in &cuts {
            for &j in cuts.iter().filter(|&&j| j >= i) {
                let pieces = [&text[..i], &text[i..j], &text[j..]];
                assert_eq!(run(&stops, &pieces), whole, "{pieces:?}");
            }
        }
        let one_by_one: Vec<String> = text.chars().map(String::from).collect();
        let one_by_one: Vec<&str> = one_by_one.iter().map(String::as_str).collect();
        assert_eq!(run(&stops, &one_by_one), whole);
    }
}
