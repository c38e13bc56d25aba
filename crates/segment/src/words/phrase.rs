//! Words one after another, looked for in a text.

use std::ops::Range;

use memchr::memmem::Finder;

use super::{Class, Wanted, class_of, folded, words};

/// Whether capitals matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// They do.
    Matters,
    /// They do not.
    Ignored,
}

/// A text that is looked for, where no word goes on before or after it.
#[derive(Debug, Clone)]
pub struct Phrase {
    text: String,
    case: Case,
    finder: Finder<'static>,
    /// Whether the phrase begins and ends with a word that could go on.
    open: (bool, bool),
}

impl Phrase {
    /// What to look for; nothing when there is no word in it.
    #[must_use]
    pub fn new(text: &str, case: Case) -> Option<Self> {
        words(text).next()?;
        let text = if case == Case::Ignored { folded(text) } else { text.to_owned() };
        let is_part = |char: Option<char>| char.is_some_and(|char| class_of(char) == Class::Part);
        let open = (is_part(text.chars().next()), is_part(text.chars().next_back()));
        Some(Self { finder: Finder::new(text.as_bytes()).into_owned(), text, case, open })
    }

    /// The text that is looked for, folded if capitals do not matter.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether capitals matter.
    #[must_use]
    pub fn case(&self) -> Case {
        self.case
    }

    /// Its words.
    #[must_use]
    pub fn words(&self) -> Wanted {
        let mut words = Wanted::default();
        words.add(&self.text);
        words
    }

    /// Whether it is in a text, which is read as it is.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        match self.case {
            Case::Matters => self.find(text).is_some(),
            Case::Ignored => self.find(&folded(text)).is_some(),
        }
    }

    /// The first place of it in a text, in bytes of that text.
    #[must_use]
    pub fn place_in(&self, text: &str) -> Option<Range<usize>> {
        if self.case == Case::Matters {
            let start = self.find(text)?;
            return Some(start..start + self.text.len());
        }
        let folded = folded(text);
        let start = self.find(&folded)?;
        // Folding keeps the number of characters, though not of bytes.
        let before = folded[..start].chars().count();
        let length = self.text.chars().count();
        let mut places = text.char_indices().map(|(place, _)| place).chain([text.len()]).skip(before);
        let start = places.next()?;
        let end = if length == 0 { start } else { places.nth(length - 1)? };
        Some(start..end)
    }

    /// The first place in a text that is folded if the phrase is.
    fn find(&self, text: &str) -> Option<usize> {
        let mut from = 0;
        while let Some(place) = self.finder.find(&text.as_bytes()[from..]) {
            let start = from + place;
            if self.stands_by_itself(text, start) {
                return Some(start);
            }
            // The next place may overlap this one. What is skipped is a whole character, so `from` stays between two.
            from = start + text[start..].chars().next().map_or(1, char::len_utf8);
        }
        None
    }

    fn stands_by_itself(&self, text: &str, start: usize) -> bool {
        let goes_on = |char: Option<char>| char.is_some_and(|char| class_of(char) == Class::Part);
        let (before, after) = (&text[..start], &text[start + self.text.len()..]);
        !(self.open.0 && goes_on(before.chars().next_back()) || self.open.1 && goes_on(after.chars().next()))
    }
}

impl PartialEq for Phrase {
    fn eq(&self, other: &Self) -> bool {
        (self.case, &self.text) == (other.case, &other.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn phrase(text: &str) -> Phrase {
        Phrase::new(text, Case::Ignored).expect("it has a word")
    }

    #[test]
    fn a_phrase_is_found_in_whatever_case_where_it_stands_by_itself() {
        assert!(phrase("not found").is_in("Error: Not Found."));
        assert!(!phrase("found").is_in("foundation"));
        assert!(!phrase("found").is_in("unfound"));
        assert!(phrase("found").is_in("foundation found"));
        assert!(phrase("京").is_in("東京タワー"));
        assert!(phrase("ÉTÉ").is_in("un été"));
        assert!(Phrase::new(" -- ", Case::Ignored).is_none());
        assert!(!Phrase::new("found", Case::Matters).expect("a word").is_in("Found"));
    }

    #[test]
    fn a_place_is_counted_in_the_text_as_it_is() {
        // The Kelvin sign takes three bytes, its small letter one.
        let text = "\u{212a}\u{212a} is Found";
        assert_eq!(phrase("found").place_in(text).map(|place| &text[place]), Some("Found"));
        assert_eq!(phrase("a a").place_in("xa a a"), Some(3..6));
    }

    /// Written without regard to speed.
    fn is_in(text: &str, wanted: &str) -> bool {
        let (text, wanted): (Vec<char>, Vec<char>) = (folded(text).chars().collect(), folded(wanted).chars().collect());
        let joins = |left: Option<&char>, right: Option<&char>| {
            [left, right].iter().all(|char| char.is_some_and(|char| class_of(*char) == Class::Part))
        };
        (0..=text.len().saturating_sub(wanted.len())).any(|start| {
            let end = start + wanted.len();
            text.get(start..end) == Some(&wanted[..])
                && !(start > 0 && joins(text.get(start - 1), wanted.first()))
                && !joins(wanted.last(), text.get(end))
        })
    }

    proptest! {
        #[test]
        fn what_is_found_is_there(text in "[aAb é東-]{0,24}", wanted in "[aAb é東-]{1,5}") {
            if let Some(phrase) = Phrase::new(&wanted, Case::Ignored) {
                prop_assert_eq!(phrase.is_in(&text), is_in(&text, &wanted));
                let place = phrase.place_in(&text).map(|place| folded(&text[place]));
                prop_assert_eq!(place.is_some(), phrase.is_in(&text));
                prop_assert!(place.is_none_or(|place| place == folded(&wanted)));
            }
        }
    }
}
