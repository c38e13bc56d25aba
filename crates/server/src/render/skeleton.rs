//! A trace without anything large: what a tree and a timeline of it need.
//!
//! Owns the form: a column per field and a number for each text that comes often, so that an observation takes less than
//! a hundred bytes on average and twenty thousand of them are drawn at once. Bodies are had one by one, by id.

use std::collections::HashMap;

use serde::{Serialize, Serializer};
use spanstone_engine::{ObservationItem, TraceDetail};
use spanstone_model::{Level, Observation, ObservationType, Text, Timestamp};

use super::dollars;
use super::viewer::{ScoreView, TraceSummary, score, trace_summary};

/// How many characters of a name or a status message are given.
const TEXT_CHARS_MAX: usize = 200;

#[derive(Serialize)]
struct Skeleton<'a> {
    trace: TraceSummary<'a>,
    /// What `start` counts from, in microseconds since 1970.
    origin: i64,
    /// What the numbers in `type`, `level`, `name` and `model` stand for.
    types: Vec<&'static str>,
    levels: Vec<&'static str>,
    names: Vec<String>,
    models: Vec<String>,
    /// How many observations there are, which is how long each column is.
    count: usize,
    observations: Columns<'a>,
    /// The status messages of those that have one, by place.
    messages: Vec<(usize, String)>,
    scores: Vec<ScoreView<'a>>,
}

/// The observations by start. A place or a number that stands for something is -1 where there is nothing, a time or an
/// amount is null; a column that nobody has anything in is left out.
struct Columns<'a> {
    items: &'a [ObservationItem],
    origin: i64,
    parents: Vec<i32>,
    names: Vec<i32>,
    models: Vec<i32>,
}

/// The skeleton of a trace.
pub(crate) fn skeleton(detail: &TraceDetail) -> Vec<u8> {
    let TraceDetail { item, observations, scores } = detail;
    let all = || observations.iter().map(|item| &*item.row.observation);
    let origin = all().map(|it| it.start).min().unwrap_or(item.row.trace.timestamp).micros();
    let mut names = Dictionary::default();
    let mut models = Dictionary::default();
    let columns = Columns {
        items: observations,
        origin,
        parents: parents(observations),
        names: all().map(|it| names.code(it.name.as_ref())).collect(),
        models: all().map(|it| models.code(it.model.as_ref())).collect(),
    };
    let messages = all().enumerate().filter_map(|(place, it)| Some((place, cut(it.status_message.as_deref()?))));
    super::bytes(&Skeleton {
        trace: trace_summary(&item.row),
        origin,
        types: ObservationType::ALL.map(ObservationType::as_str).to_vec(),
        levels: Level::ALL.map(Level::as_str).to_vec(),
        names: names.texts,
        models: models.texts,
        count: observations.len(),
        messages: messages.collect(),
        observations: columns,
        scores: scores.iter().map(score).collect(),
    })
}

/// The place of each observation's parent: -1 without one, -2 when it is not in the trace.
fn parents(observations: &[ObservationItem]) -> Vec<i32> {
    let places: HashMap<&str, i32> =
        (0..).zip(observations).map(|(place, item)| (item.row.observation.id.as_str(), place)).collect();
    let parent = |item: &ObservationItem| match &item.row.observation.parent_id {
        None => -1,
        Some(id) => places.get(id.as_str()).copied().unwrap_or(-2),
    };
    observations.iter().map(parent).collect()
}

/// Texts, each once.
#[derive(Default)]
struct Dictionary {
    codes: HashMap<Text, i32>,
    texts: Vec<String>,
}

impl Dictionary {
    fn code(&mut self, text: Option<&Text>) -> i32 {
        let Some(text) = text else { return -1 };
        if let Some(code) = self.codes.get(text) {
            return *code;
        }
        let code = i32::try_from(self.texts.len()).unwrap_or(i32::MAX);
        self.texts.push(cut(text));
        self.codes.insert(text.clone(), code);
        code
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl Columns<'_> {
    fn column<T>(&self, value: impl Fn(usize, &Observation) -> T) -> Column<impl Fn(usize) -> T> {
        Column(self.items.len(), move |place: usize| value(place, &self.items[place].row.observation))
    }

    /// Whether any observation has what is asked for.
    fn any(&self, has: impl Fn(&Observation) -> bool) -> bool {
        self.items.iter().any(|item| has(&item.row.observation))
    }
}

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let since = |from: Timestamp, to: Option<Timestamp>| to.map(|to| to.micros_since(from));
        let tokens = |name: &'static str| move |it: &Observation| it.usage.sum_containing(name);
        let total = |it: &Observation| it.usage.get("total").unwrap_or(0);
        let (input, output) = (tokens("input"), tokens("output"));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.column(|_, it| it.id.clone()))?;
        map.serialize_entry("parent", &self.column(|place, _| self.parents[place]))?;
        map.serialize_entry("start", &self.column(|_, it| it.start.micros().saturating_sub(self.origin)))?;
        map.serialize_entry("duration", &self.column(|_, it| since(it.start, it.end)))?;
        map.serialize_entry("type", &self.column(|_, it| it.kind as u8))?;
        map.serialize_entry("name", &self.column(|place, _| self.names[place]))?;
        if self.any(|it| it.level != Level::Default) {
            map.serialize_entry("level", &self.column(|_, it| it.level as u8))?;
        }
        if self.any(|it| it.model.is_some()) {
            map.serialize_entry("model", &self.column(|place, _| self.models[place]))?;
        }
        if self.any(|it| it.completion_start.is_some()) {
            map.serialize_entry("firstToken", &self.column(|_, it| since(it.start, it.completion_start)))?;
        }
        if self.any(|it| input(it) > 0) {
            map.serialize_entry("inputTokens", &self.column(|_, it| input(it)))?;
        }
        if self.any(|it| output(it) > 0) {
            map.serialize_entry("outputTokens", &self.column(|_, it| output(it)))?;
        }
        if self.any(|it| total(it) > 0) {
            map.serialize_entry("totalTokens", &self.column(|_, it| total(it)))?;
        }
        if self.any(|it| it.cost.total().is_some()) {
            map.serialize_entry("cost", &self.column(|_, it| it.cost.total().map(dollars)))?;
        }
        if self.any(|it| it.input.is_some() || it.output.is_some()) {
            let texts = |_, it: &Observation| u8::from(it.input.is_some()) + 2 * u8::from(it.output.is_some());
            map.serialize_entry("texts", &self.column(texts))?;
        }
        map.end()
    }
}

/// A column: how long it is, and its value at each place.
struct Column<F>(usize, F);

impl<T: Serialize, F: Fn(usize) -> T> Serialize for Column<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(count, value) = self;
        serializer.collect_seq((0..*count).map(value))
    }
}
