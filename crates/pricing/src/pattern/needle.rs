//! Pieces of text that every match of a regular expression must have.
//!
//! Owns a reader of so much of the syntax as the patterns of models use. Refuses to guess: what it does not know
//! ends in "nothing is known", and then the expression itself is asked.

/// The most pieces of one pattern; more are not worth looking for.
const NEEDLES_MAX: usize = 16;
/// The deepest nesting that is followed.
const DEPTH_MAX: usize = 16;

/// Texts in lower case of which every match has at least one, if any are known.
pub(super) fn needles(pattern: &str) -> Option<Vec<String>> {
    if !pattern.is_ascii() {
        return None;
    }
    let pattern = pattern.strip_prefix("(?i)").unwrap_or(pattern);
    let mut reader = Reader { rest: pattern.as_bytes(), depth: 0 };
    let found = reader.alternatives()?;
    reader.rest.is_empty().then_some(found).filter(|needles| !needles.is_empty())
}

/// What is known of a part of a pattern: at least one of these texts is in every match; nothing when empty.
type Known = Vec<String>;

struct Reader<'p> {
    rest: &'p [u8],
    depth: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// Branches up to a closing parenthesis or the end. `None` when the syntax is not known.
    fn alternatives(&mut self) -> Option<Known> {
        let mut known = self.sequence()?;
        while self.rest.first() == Some(&b'|') {
            self.next();
            let branch = self.sequence()?;
            if known.is_empty() || branch.is_empty() || known.len() + branch.len() > NEEDLES_MAX {
                known.clear();
                // The branches that follow cannot make anything known either, but they have to be read.
                while self.rest.first() == Some(&b'|') {
                    self.next();
                    self.sequence()?;
                }
                return Some(known);
            }
            known.extend(branch);
        }
        Some(known)
    }

    /// What stands one after the other: of all that is known, the best is kept.
    fn sequence(&mut self) -> Option<Known> {
        let mut best = Known::new();
        let mut run = String::new();
        loop {
            let item = match self.rest.first() {
                None | Some(b')' | b'|') => break,
                Some(_) => self.item()?,
            };
            let repeat = self.repeat()?;
            match (item, repeat) {
                (Item::Literal(byte), Repeat::Once) => run.push(char::from(byte.to_ascii_lowercase())),
                (Item::Empty, Repeat::Once) => {}
                (Item::Known(known), Repeat::Once) => {
                    keep(&mut best, vec![std::mem::take(&mut run)]);
                    keep(&mut best, known);
                }
                _ => keep(&mut best, vec![std::mem::take(&mut run)]),
            }
        }
        keep(&mut best, vec![run]);
        Some(best)
    }

    fn item(&mut self) -> Option<Item> {
        match self.next()? {
            b'(' => self.group(),
            b'[' => self.class(),
            b'.' => Some(Item::Anything),
            b'^' | b'$' => Some(Item::Empty),
            b'\\' => match self.next()? {
                byte if byte.is_ascii_punctuation() => Some(Item::Literal(byte)),
                b'd' | b'w' | b's' => Some(Item::Anything),
                _ => None,
            },
            b'*' | b'+' | b'?' | b'{' | b'}' | b']' => None,
            byte => Some(Item::Literal(byte)),
        }
    }

    fn group(&mut self) -> Option<Item> {
        if self.rest.first() == Some(&b'?') {
            self.rest = self.rest.strip_prefix(b"?:")?;
        }
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let known = self.alternatives()?;
        self.depth -= 1;
        (self.next()? == b')').then_some(Item::Known(known))
    }

    /// A class without classes and escapes in it.
    fn class(&mut self) -> Option<Item> {
        let end = self.rest.iter().position(|byte| matches!(byte, b']' | b'[' | b'\\'))?;
        if end == 0 || self.rest[end] != b']' {
            return None;
        }
        self.rest = &self.rest[end + 1..];
        Some(Item::Anything)
    }

    fn repeat(&mut self) -> Option<Repeat> {
        match self.rest.first() {
            Some(b'*' | b'+' | b'?') => {
                self.next();
            }
            Some(b'{') => {
                let end = self.rest.iter().position(|byte| *byte == b'}')?;
                self.rest = &self.rest[end + 1..];
            }
            _ => return Some(Repeat::Once),
        }
        // Two of these, as in `a+?`, are not read.
        (!matches!(self.rest.first(), Some(b'*' | b'+' | b'?' | b'{'))).then_some(Repeat::Otherwise)
    }
}

enum Item {
    Literal(u8),
    /// Takes no text.
    Empty,
    /// Takes some text of which nothing is known.
    Anything,
    Known(Known),
}

enum Repeat {
    Once,
    Otherwise,
}

/// Keeps the better of two: the one whose shortest text is longer.
fn keep(best: &mut Known, other: Known) {
    let worth = |known: &Known| known.iter().map(String::len).min().unwrap_or(0);
    if worth(&other) > worth(best) {
        *best = other;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex_lite::Regex;

    use super::*;

    #[test]
    fn the_longest_piece_that_is_always_there_is_found() {
        for (pattern, expected) in [
            ("(?i)^(openai/)?(gpt-4o)$", Some(&["gpt-4o"][..])),
            ("(?i)^(gpt-)(35|3.5)(-turbo-1106)$", Some(&["-turbo-1106"])),
            ("^a|b$", Some(&["a", "b"])),
            ("(a|)", None),
            ("(abc)?d", Some(&["d"])),
            ("ab*", Some(&["a"])),
            ("GPT", Some(&["gpt"])),
            (r"claude-2\.1[a-z]", Some(&["claude-2.1"])),
            (r"\x41", None),
            ("(?<name>a)", None),
            ("a{0}", None),
            ("ä", None),
        ] {
            let expected = expected.map(|list| list.iter().map(|text| (*text).to_owned()).collect());
            assert_eq!(needles(pattern), expected, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn a_match_always_has_a_needle(pattern in r"(\(\?i\))?[abA|().*?^$\\\[\]{}0-9+:-]{1,12}", text in "[abAB0-9.]{0,8}") {
            if let Ok(regex) = Regex::new(&pattern)
                && regex.is_match(&text)
                && let Some(needles) = needles(&pattern)
            {
                let lower = text.to_lowercase();
                prop_assert!(needles.iter().any(|needle| lower.contains(needle)), "{needles:?}");
            }
        }
    }
}
