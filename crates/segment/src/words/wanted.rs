//! Words that a text must have, to be looked up.

use super::{hash_of, reading, words, words_with_places};

/// Words, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    hashes: Vec<u64>,
}

impl Wanted {
    /// Adds the words of a part of a text as it reads, where no word of it goes on before or after that part.
    pub fn add(&mut self, part: &str) {
        for hash in words(part).map(hash_of) {
            if !self.hashes.contains(&hash) {
                self.hashes.push(hash);
            }
        }
    }

    /// Adds those words of a text that are there however it is written inside of another one: as it is, with its escapes
    /// resolved, or as a string of JSON in a string of JSON, of which one kind of escapes remains.
    pub fn add_certain(&mut self, part: &str) {
        let reads = reading(part);
        let known: Vec<u64> = words(&reads).map(hash_of).collect();
        let plain = words_with_places(part).filter(|(place, word)| is_plain(&part[..*place], word));
        for hash in plain.map(|(_, word)| hash_of(word)) {
            if known.contains(&hash) && !self.hashes.contains(&hash) {
                self.hashes.push(hash);
            }
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    pub(crate) fn hashes(&self) -> &[u64] {
        &self.hashes
    }
}

/// What no encoder of JSON writes as an escape that ends with a letter or a digit, which would join the word after it: some
/// escape what is not ASCII, some what means something in HTML.
const NEVER_ESCAPED: &str = " !#$%()*,-./:;?@[]^_{|}~";

/// Whether a word is the same word in any string of JSON for a text, given what comes before it there.
fn is_plain(before: &str, word: &str) -> bool {
    word.is_ascii() && before.chars().next_back().is_none_or(|char| NEVER_ESCAPED.contains(char))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A string of JSON for a text; `escaped` are escaped by number.
    fn string(text: &str, escaped: impl Fn(char) -> bool) -> String {
        let mut json = String::from("\"");
        for char in text.chars() {
            match char {
                _ if escaped(char) => {
                    let mut units = [0; 2];
                    json.extend(char.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04X}")));
                }
                '"' | '\\' => json.extend(['\\', char]),
                '\n' => json.push_str("\\n"),
                '\t' => json.push_str("\\t"),
                char => json.push(char),
            }
        }
        json + "\""
    }

    proptest! {
        #[test]
        fn what_is_certain_is_there_however_a_text_is_written(text in "[ab1é東 .,\\-<&\"\\\\\n\t{}u]{0,24}", style in 0..3_u8) {
            let nested = match style {
                0 => string(&text, |_| false),
                1 => string(&text, |char| !char.is_ascii()),
                _ => string(&text, |char| !char.is_ascii() || "<>&'+`\"".contains(char)),
            };
            let mut certain = Wanted::default();
            certain.add_certain(&text);
            for value in [string(&text, |_| false), string(&nested, |_| false)] {
                let piece = format!("{{\"key\":{value}}}");
                let there: Vec<u64> = words(&reading(&piece)).map(hash_of).collect();
                prop_assert!(certain.hashes().iter().all(|hash| there.contains(hash)), "{piece}");
            }
        }
    }

    #[test]
    fn plain_words_are_certain() {
        let mut certain = Wanted::default();
        certain.add_certain("premium north-east");
        let mut all = Wanted::default();
        all.add("premium north east");
        assert_eq!(certain, all);
    }
}
