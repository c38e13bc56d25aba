//! The words of a text: what full-text search knows of it.
//!
//! Owns how a text reads (the escapes of JSON are what they stand for), where its words are, and which of them are the same.
//! Refuses to know which texts there are.

mod phrase;
mod reading;

pub use phrase::{Case, Phrase};
pub use reading::reading;

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
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = chars.by_ref().find(|(_, char)| class_of(*char) != Class::Between)?;
        let mut end = start + first.len_utf8();
        if class_of(first) == Class::Part {
            while let Some((place, char)) = chars.next_if(|(_, char)| class_of(*char) == Class::Part) {
                end = place + char.len_utf8();
            }
        }
        Some(&text[start..end])
    })
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

    fn text() -> impl Strategy<Value = String> {
        "([a-cA-C0-9 ,.é東İÉ_-]|[^\\x00]){0,60}"
    }

    proptest! {
        #[test]
        fn folding_keeps_the_number_of_characters_and_the_words(text in text()) {
            let folded = folded(&text);
            prop_assert_eq!(folded.chars().count(), text.chars().count());
            prop_assert_eq!(words(&folded).count(), words(&text).count());
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
