//! Text that looks like talk: words of a made-up language, the frequent ones very frequent, from a seed.
//!
//! The vocabulary follows Zipf's law and has no grammar, so the text compresses somewhat worse than English prose does,
//! which matters to a server that compresses what it keeps.

use std::collections::HashSet;
use std::sync::Arc;

use crate::random::{Random, Zipf};

/// How many different words the language of `Words::new` has.
const VOCABULARY: u32 = 6_000;

/// A vocabulary. Of two languages the larger begins with the words of the smaller.
#[derive(Debug)]
pub(crate) struct Language {
    /// All words, one after another.
    text: String,
    /// Where each ends.
    ends: Vec<usize>,
    frequencies: Zipf,
}

impl Language {
    /// A language of `count` different words.
    pub(crate) fn new(count: u32) -> Self {
        let mut letters = Random::new(0x5eed);
        let (mut text, mut ends, mut seen) = (String::new(), Vec::new(), HashSet::new());
        while seen.len() < count as usize {
            let word = word(&mut letters, syllables(seen.len()));
            if seen.insert(word.clone()) {
                text.push_str(&word);
                ends.push(text.len());
            }
        }
        Self { text, ends, frequencies: Zipf::new(count) }
    }

    fn word(&self, rank: usize) -> &str {
        let begin = rank.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[begin..self.ends[rank]]
    }
}

/// A source of text.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) random: Random,
    language: Arc<Language>,
}

impl Words {
    /// The text of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self::of(&Arc::new(Language::new(VOCABULARY)), Random::new(seed))
    }

    /// Text of a language that is shared: two clients of one application speak the same.
    pub(crate) fn of(language: &Arc<Language>, random: Random) -> Self {
        Self { random, language: Arc::clone(language) }
    }

    /// A paragraph of at least `characters`.
    pub(crate) fn paragraph(&mut self, characters: usize) -> String {
        let mut text = String::with_capacity(characters + 16);
        self.write(&mut text, characters, "\n");
        text
    }

    /// Appends at least `characters` as they stand between the quotes of a JSON string.
    pub(crate) fn write_json(&mut self, text: &mut String, characters: usize) {
        self.write(text, characters, "\\n");
    }

    fn write(&mut self, text: &mut String, characters: usize, line_end: &str) {
        let end = text.len() + characters;
        let mut sentence = 0;
        loop {
            let word = self.language.word(self.language.frequencies.draw(&mut self.random));
            if sentence == 0 {
                text.extend(word.chars().next().map(|first| first.to_ascii_uppercase()));
                text.push_str(&word[1..]);
            } else {
                text.push_str(word);
            }
            if text.len() >= end {
                break;
            }
            sentence += 1;
            if sentence > 4 && self.random.below(9) == 0 {
                sentence = 0;
                if self.random.below(6) == 0 {
                    text.push('.');
                    text.push_str(line_end);
                    text.push_str(line_end);
                } else {
                    text.push_str(". ");
                }
            } else {
                text.push(' ');
            }
        }
        text.push('.');
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.random.below(bound)
    }
}

/// What is said often is short.
fn syllables(rank: usize) -> (u64, u64) {
    match rank {
        0..300 => (1, 2),
        300..3_000 => (1, 3),
        3_000..12_000 => (2, 4),
        _ => (2, 5),
    }
}

fn word(random: &mut Random, (least, below): (u64, u64)) -> String {
    const ONSETS: [&str; 16] = ["b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "st", "tr", "v", "w"];
    const VOWELS: [&str; 8] = ["a", "e", "i", "o", "u", "ea", "ou", "e"];
    const CODAS: [&str; 8] = ["", "", "n", "r", "s", "t", "nd", "ng"];
    let mut word = String::new();
    for _ in 0..random.between(least, below) {
        word.push_str(random.choose(&ONSETS));
        word.push_str(random.choose(&VOWELS));
        word.push_str(random.choose(&CODAS));
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_its_text_and_frequent_words_are_frequent() {
        let text = Words::new(1).paragraph(20_000);
        assert_eq!(text, Words::new(1).paragraph(20_000));
        assert_ne!(text, Words::new(2).paragraph(20_000));
        assert!(text.is_ascii() && text.len() < 20_050);
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut distinct = words.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert!(distinct.len() * 2 < words.len() && words.len() > 3_000, "{} of {}", distinct.len(), words.len());
    }

    #[test]
    fn text_for_json_has_no_character_that_json_escapes() {
        let mut text = "\"".to_owned();
        Words::new(4).write_json(&mut text, 5_000);
        text.push('"');
        let read: String = serde_json::from_str(&text).expect("it is a JSON string");
        assert!(read.contains("\n\n") && read.len() > 4_900, "{read}");
    }
}
