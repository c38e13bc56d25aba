//! The words of a text: what full-text search knows of it.
//!
//! Owns how a text reads (the escapes of JSON are what they stand for), where its words are, which of them are the same, and
//! the hash of a word, which is the same for ever. Refuses to know which texts there are.

mod phrase;
mod reading;
mod wanted;

pub use phrase::{Case, Phrase};
pub use reading::reading;
pub use wanted::Wanted;

/// How many characters of a word count: longer words that begin alike are one to the index, and a look at the text tells them
/// apart. The longest words of any language are shorter; what is longer is data.
pub(crate) const WORD_CHARS_MAX: usize = 64;

/// What a character is to the words around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Between words.
    Between,
    /// Part of a word.
    Part,
    /// A word by itself: a character of a script that writes no spaces.
    Alone,
}

fn class_of(char: char) -> Class {
    if char.is_ascii() {
        return if char.is_ascii_alphanumeric() { Class::Part } else { Class::Between };
    }
    match char {
        // Thai and Lao; kana, bopomofo and everything Chinese.
        '\u{e00}'..='\u{eff}' | '\u{3040}'..='\u{312f}' | '\u{31a0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' => {
            if char.is_alphanumeric() { Class::Alone } else { Class::Between }
        }
        '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => Class::Alone,
        _ if char.is_alphanumeric() => Class::Part,
        _ => Class::Between,
    }
}

/// The character that stands for it whatever its case.
fn fold(char: char) -> char {
    if char.is_ascii() {
        return char.to_ascii_lowercase();
    }
    let mut lower = char.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) => lower,
        // Two characters for one would shift what comes after; only one character of all has such a lower case.
        _ => char,
    }
}

/// A text with every character folded: as many characters as before.
#[must_use]
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().map(fold).collect()
}

/// The words of a text, in order.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    words_with_places(text).map(|(_, word)| word)
}

/// The same with the bytes of the text before each.
fn words_with_places(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = chars.by_ref().find(|(_, char)| class_of(*char) != Class::Between)?;
        let mut end = start + first.len_utf8();
        if class_of(first) == Class::Part {
            while let Some((place, char)) = chars.next_if(|(_, char)| class_of(*char) == Class::Part) {
                end = place + char.len_utf8();
            }
        }
        Some((start, &text[start..end]))
    })
}

/// The hash of a word: FNV-1a, 64 bits, over the UTF-8 of its folded characters, the first [`WORD_CHARS_MAX`] of them, and
/// then mixed so that every bit depends on all of them.
#[must_use]
pub(crate) fn hash_of(word: &str) -> u64 {
    let mut hash = Hash::default();
    word.chars().take(WORD_CHARS_MAX).for_each(|char| hash.add(fold(char)));
    hash.finish()
}

/// A hash that is being computed.
#[derive(Debug, Clone, Copy)]
struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    fn add_byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }

    /// Adds a folded character.
    fn add(&mut self, char: char) {
        if let Ok(byte) = u8::try_from(u32::from(char))
            && byte.is_ascii()
        {
            self.add_byte(byte);
            return;
        }
        let mut bytes = [0; 4];
        char.encode_utf8(&mut bytes).bytes().for_each(|byte| self.add_byte(byte));
    }

    fn finish(self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        mixed ^ (mixed >> 33)
    }
}

/// Gives the hash of every word of a text.
pub(crate) fn each_hash(text: &str, mut each: impl FnMut(u64)) {
    let bytes = text.as_bytes();
    let mut place = 0;
    while place < bytes.len() {
        let class = ASCII[usize::from(bytes[place])];
        match class {
            BETWEEN => place += 1,
            BEYOND => place = begin_beyond(text, place, &mut each),
            _ => place = rest_of_word(text, place, Hash::default(), 0, &mut each),
        }
    }
}

/// The byte is between words.
const BETWEEN: u8 = 0;
/// The byte is part of a character that is not ASCII. Every other entry is the folded letter or digit.
const BEYOND: u8 = 1;

static ASCII: [u8; 256] = {
    let mut table = [BETWEEN; 256];
    let mut byte: u8 = 0;
    loop {
        if byte.is_ascii_alphanumeric() {
            table[byte as usize] = byte.to_ascii_lowercase();
        } else if !byte.is_ascii() {
            table[byte as usize] = BEYOND;
        }
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

/// Goes on at a character that is not ASCII and that no word has begun before; returns where to go on.
fn begin_beyond(text: &str, place: usize, each: &mut impl FnMut(u64)) -> usize {
    let Some(char) = text[place..].chars().next() else { return text.len() };
    match class_of(char) {
        Class::Between => place + char.len_utf8(),
        Class::Part => rest_of_word(text, place, Hash::default(), 0, each),
        Class::Alone => {
            let mut hash = Hash::default();
            hash.add(fold(char));
            each(hash.finish());
            place + char.len_utf8()
        }
    }
}

/// Reads on to the end of a word, of which `chars` characters are in the hash; returns where the word ends.
fn rest_of_word(text: &str, mut place: usize, mut hash: Hash, mut chars: usize, each: &mut impl FnMut(u64)) -> usize {
    let bytes = text.as_bytes();
    while place < bytes.len() {
        let folded = match ASCII[usize::from(bytes[place])] {
            BETWEEN => break,
            BEYOND => {
                let Some(char) = text[place..].chars().next().filter(|char| class_of(*char) == Class::Part) else {
                    break;
                };
                place += char.len_utf8();
                fold(char)
            }
            byte => {
                place += 1;
                char::from(byte)
            }
        };
        if chars < WORD_CHARS_MAX {
            hash.add(folded);
        }
        chars += 1;
    }
    each(hash.finish());
    place
}

/// How much of a text has words that an earlier text has, too, because it begins as that does.
pub(crate) fn seen_before(text: &str, earlier: &str) -> usize {
    const CHUNK: usize = 64;
    let (bytes, others) = (text.as_bytes(), earlier.as_bytes());
    let equal = |(left, right): &(&[u8], &[u8])| left == right;
    let chunks = bytes.chunks_exact(CHUNK).zip(others.chunks_exact(CHUNK)).take_while(equal).count();
    let begun = chunks * CHUNK;
    let more = bytes[begun..].iter().zip(&others[begun..]).take_while(|(left, right)| left == right).count();
    let mut place = text.floor_char_boundary(begun + more);
    // The word at the end may go on, in one of them or in both.
    while let Some(char) = text[..place].chars().next_back().filter(|char| class_of(*char) == Class::Part) {
        place -= char.len_utf8();
    }
    place
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn listed(text: &str) -> Vec<&str> {
        words(text).collect()
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_and_single_characters_of_scripts_without_spaces() {
        assert_eq!(listed("It's 3.5 €/kg, naïve"), ["It", "s", "3", "5", "kg", "naïve"]);
        assert_eq!(listed("東京タワー2020年"), ["東", "京", "タ", "ワ", "ー", "2020", "年"]);
        assert_eq!(listed("안녕 мир"), ["안녕", "мир"]);
        assert_eq!(listed(" -- "), Vec::<&str>::new());
    }

    #[test]
    fn case_makes_no_other_word_and_long_words_are_told_apart_by_their_beginning() {
        assert_eq!(hash_of("NAÏVE"), hash_of("naïve"));
        assert_ne!(hash_of("naive"), hash_of("naïve"));
        let long = "x".repeat(WORD_CHARS_MAX);
        assert_eq!(hash_of(&format!("{long}a")), hash_of(&format!("{long}b")));
        assert_ne!(hash_of(&long[1..]), hash_of(&long));
    }

    /// Written into files, so it may never change.
    #[test]
    fn the_hash_of_a_word_is_what_it_always_was() {
        assert_eq!(hash_of(""), 0xefd0_1f60_ba99_2926);
        assert_eq!(hash_of("Spanstone"), hash_of("spanstone"));
        let fnv = "spanstone".bytes().fold(Hash::default(), |mut hash, byte| {
            hash.add_byte(byte);
            hash
        });
        assert_eq!(hash_of("spanstone"), fnv.finish());
    }

    fn text() -> impl Strategy<Value = String> {
        "([a-cA-C0-9 ,.é東İÉ_-]|[^\\x00]){0,60}"
    }

    proptest! {
        #[test]
        fn every_word_has_its_hash(text in text()) {
            let mut hashes = Vec::new();
            each_hash(&text, |hash| hashes.push(hash));
            prop_assert_eq!(hashes, words(&text).map(hash_of).collect::<Vec<_>>());
        }

        #[test]
        fn folding_keeps_the_number_of_characters_and_the_words(text in text()) {
            let folded = folded(&text);
            prop_assert_eq!(folded.chars().count(), text.chars().count());
            prop_assert_eq!(words(&folded).map(hash_of).collect::<Vec<_>>(), words(&text).map(hash_of).collect::<Vec<_>>());
        }

        #[test]
        fn what_was_seen_before_has_no_other_words(begin in text(), text in text(), other in text()) {
            let (text, other) = (format!("{begin}{text}"), format!("{begin}{other}"));
            let seen = seen_before(&text, &other);
            let known: Vec<_> = words(&other).collect();
            prop_assert!(words(&text[..seen]).all(|word| known.contains(&word)));
            let both: Vec<_> = words(&text[..seen]).chain(words(&text[seen..])).collect();
            prop_assert_eq!(both, words(&text).collect::<Vec<_>>());
        }

        /// The law that the index rests on: whatever is put around a text, its words stay, unless a word at its ends goes on.
        #[test]
        fn the_words_of_a_part_are_words_of_the_whole(before in text(), part in text(), after in text()) {
            let whole = format!("{before} {part}\u{1}{after}");
            let all: Vec<_> = words(&whole).collect();
            prop_assert!(words(&part).all(|word| all.contains(&word)));
        }
    }
}
