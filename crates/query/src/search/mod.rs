//! Full-text search: traces and observations whose texts hold some words, the newest first.
//!
//! Owns where is looked (inputs, outputs, metadata, names, ids), what is shown of a match, and the order of what is found.
//! Refuses to rank: of two matches the newer one comes first.

mod found;
mod hot;
mod sealed;

use std::ops::Range;

use spanstone_model::{ObservationId, ObservationType, Text, Timestamp, TraceId};
use spanstone_store::segment::words::{Case, Phrase};

pub use hot::HotTexts;

/// Where words may be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// In an id, which is the words.
    Id,
    /// In a name.
    Name,
    /// In an input.
    Input,
    /// In an output.
    Output,
    /// In metadata: a name or a value.
    Metadata,
}

impl Field {
    /// Every place, those first that are asked first.
    pub const ALL: [Self; 5] = [Self::Id, Self::Name, Self::Input, Self::Output, Self::Metadata];

    /// The name on the wire: `input`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Input => "input",
            Self::Output => "output",
            Self::Metadata => "metadata",
        }
    }
}

/// What is looked for.
#[derive(Debug, Clone)]
pub struct TextSearch {
    /// The words as they were asked for; an id is compared with them as they are.
    text: String,
    phrase: Phrase,
    fields: Vec<Field>,
    /// Only what began at this time or later.
    from: Option<Timestamp>,
    /// Only what began before this time.
    to: Option<Timestamp>,
    /// Only what is in this trace.
    trace: Option<TraceId>,
    after: Option<SearchCursor>,
    rows_max: usize,
}

/// A place in what a search finds. Of what began at the same time, observations come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchCursor {
    /// When it began.
    pub time: Timestamp,
    /// Which it is.
    pub id: HitId,
}

/// What was found. In the order of what comes later in an answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum HitId {
    /// A trace.
    Trace(Text),
    /// An observation.
    Observation(Text),
}

/// A trace or an observation that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The trace, or the one that it is in.
    pub trace_id: TraceId,
    /// The observation; none when the trace itself was found.
    pub observation: Option<(ObservationId, ObservationType)>,
    /// Its name.
    pub name: Option<Text>,
    /// When it began.
    pub time: Timestamp,
    /// Where the words are.
    pub field: Field,
    /// The words among those around them.
    pub snippet: Snippet,
}

/// A piece of a text as it reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snippet {
    /// What comes before the words.
    pub before: String,
    /// The words as they are written there.
    pub found: String,
    /// What comes after them.
    pub after: String,
}

/// How many characters are shown before the words, of them, and after them.
const BEFORE_CHARS: usize = 60;
const FOUND_CHARS: usize = 200;
const AFTER_CHARS: usize = 120;

impl Snippet {
    /// The piece around a place of a text.
    fn of(text: &str, place: Range<usize>) -> Self {
        let before: Vec<char> = text[..place.start].chars().rev().take(BEFORE_CHARS).collect();
        Self {
            before: before.into_iter().rev().collect(),
            found: text[place.clone()].chars().take(FOUND_CHARS).collect(),
            after: text[place.end..].chars().take(AFTER_CHARS).collect(),
        }
    }
}

/// Why words cannot be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no letter and no digit to search for")]
pub struct NoWords;

impl TextSearch {
    /// A search for words one after another, in whatever case, everywhere and at any time; at most `rows_max` are given.
    ///
    /// # Errors
    /// Fails when there is no word in the text.
    pub fn new(text: &str, fields: &[Field], rows_max: usize) -> Result<Self, NoWords> {
        let text = text.trim();
        let phrase = Phrase::new(text, Case::Ignored).ok_or(NoWords)?;
        let (text, fields) = (text.to_owned(), fields.to_vec());
        Ok(Self { text, phrase, fields, from: None, to: None, trace: None, after: None, rows_max })
    }

    /// The same between two times, the first included.
    #[must_use]
    pub fn between(mut self, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        (self.from, self.to) = (from, to);
        self
    }

    /// The same in one trace.
    #[must_use]
    pub fn within(mut self, trace: Option<TraceId>) -> Self {
        self.trace = trace;
        self
    }

    /// The same after something that was found.
    #[must_use]
    pub fn after(mut self, after: Option<SearchCursor>) -> Self {
        self.after = after;
        self
    }

    fn looks_in(&self, field: Field) -> bool {
        self.fields.contains(&field)
    }

    fn looks_in_payloads(&self) -> bool {
        self.looks_in(Field::Input) || self.looks_in(Field::Output)
    }

    fn looks_in_texts(&self) -> bool {
        self.looks_in_payloads() || self.looks_in(Field::Metadata)
    }

    fn is_wanted(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to)
    }

    fn is_after(&self, time: Timestamp, id: &HitId) -> bool {
        self.after.as_ref().is_none_or(|after| (time, id) < (after.time, &after.id))
    }

    /// The words in a text, if they are there.
    fn found_in(&self, text: Option<&str>) -> Option<Snippet> {
        let reads = spanstone_store::segment::words::reading(text?);
        let place = self.phrase.place_in(&reads)?;
        Some(Snippet::of(&reads, place))
    }

    fn found_in_payloads(&self, input: Option<&str>, output: Option<&str>) -> Option<(Field, Snippet)> {
        let sides = [(Field::Input, input), (Field::Output, output)];
        let mut sides = sides.into_iter().filter(|(field, _)| self.looks_in(*field));
        sides.find_map(|(field, text)| Some((field, self.found_in(text)?)))
    }

    fn found_in_metadata<'p>(&self, mut pieces: impl Iterator<Item = &'p str>) -> Option<(Field, Snippet)> {
        if !self.looks_in(Field::Metadata) {
            return None;
        }
        pieces.find_map(|piece| Some((Field::Metadata, self.found_in(Some(piece))?)))
    }

    /// The same in an id, which has to be all of the words.
    fn is_id(&self, id: &str) -> Option<Snippet> {
        let is_it = self.looks_in(Field::Id) && id == self.text;
        is_it.then(|| Snippet { found: id.to_owned(), ..Snippet::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_cut_between_characters() {
        let search = TextSearch::new("  Found ", &Field::ALL, 1).expect("a word");
        let text = format!("{} found {}", "é".repeat(100), "ü".repeat(200));
        let snippet = search.found_in(Some(&text)).expect("it is there");
        assert_eq!((snippet.before.chars().count(), snippet.found.as_str()), (BEFORE_CHARS, "found"));
        assert_eq!(snippet.after.chars().count(), AFTER_CHARS);
        assert!(search.found_in(Some(r#"{"a":"not\nfound\t"}"#)).is_some_and(|snippet| snippet.after == "\t\"}"));
        assert!(search.found_in(None).is_none());
        assert_eq!(TextSearch::new("--", &Field::ALL, 1).err(), Some(NoWords));
    }
}
