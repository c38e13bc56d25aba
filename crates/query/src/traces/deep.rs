//! Conditions on what a trace does not say of itself: its metadata, which may be its root's, and its scores.
//!
//! Owns that few traces at a time are asked, so that memory is bounded however many there are.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_model::{DataType, Score, Text, TraceId};
use spanstone_store::Sealed;
use spanstone_store::hot::{LayeredView, TraceView};
use spanstone_store::segment::{Table, columns, metadata_pieces};

pub(crate) use super::list::HotRow;

use super::hot::Asked;
use super::list::Orphans;
use super::one::PARTS;
use super::rows::Assembly;
use crate::contents::{ContentConditions, Contents};
use crate::error::Fault;
use crate::filter::{Condition, Filter, Value};
use crate::sealed::join::CHUNK_IDS;
use crate::sealed::scan::Scanner;
use crate::sealed::with_segment;
use crate::top::{Candidate, Key, Place};
use crate::{QueryError, Watch};

/// How many traces borrow the metadata of their roots at once.
const BORROWERS_MAX: usize = 256;

/// Scores in memory by the id of their trace.
pub(super) type HotScores = HashMap<Text, Vec<Arc<Score>>>;

/// Asks traces what they do not say of themselves.
pub(super) struct Deep<'a> {
    contents: ContentConditions<'a>,
    scores: Vec<&'a Condition>,
    pub(super) sealed: &'a Sealed,
    pub(super) reader: &'a dyn Contents,
    pub(super) hot_scores: &'a HotScores,
    pub(super) watch: &'a Watch,
}

/// The scores in memory, if a filter asks for scores.
pub(super) fn hot_scores(filter: &Filter, view: LayeredView<'_>) -> HotScores {
    let mut scores = HotScores::new();
    if filter.of_scores().is_empty() {
        return scores;
    }
    for score in view.scores() {
        if let Some(trace) = &score.trace_id {
            scores.entry(Text::from(trace.as_str())).or_default().push(Arc::clone(score));
        }
    }
    scores
}

/// A trace in memory, to be asked for its texts later.
pub(crate) fn hot_row(trace: TraceView<'_>) -> HotRow {
    HotRow { row: Asked::new(trace).row(None, PARTS), has_sealed: trace.has_sealed() }
}

/// Those of some traces in memory whose metadata passes.
pub(crate) fn passing_hot(
    filter: &Filter,
    (sealed, reader): (&Sealed, &dyn Contents),
    rows: Vec<HotRow>,
    watch: &Watch,
) -> Result<HashSet<Text>, QueryError> {
    let (scores, rows) = (HotScores::new(), rows.into_iter().map(|row| (Key::Id, row)).collect());
    let passing = Deep::new(filter, (sealed, reader), &scores, watch).sift_hot(rows)?;
    Ok(passing.into_iter().map(|(_, hot)| Text::from(hot.row.trace.id.as_str())).collect())
}

/// Those of the traces of a segment, which has this number, whose metadata passes.
pub(crate) fn passing(
    filter: &Filter,
    (sealed, reader): (&Sealed, &dyn Contents),
    (scanner, segment): (Scanner<'_>, usize),
    rows: RoaringBitmap,
    watch: &Watch,
) -> Result<RoaringBitmap, Fault> {
    let scores = HotScores::new();
    Deep::new(filter, (sealed, reader), &scores, watch).sift(scanner, segment, rows)
}

/// Whether a filter asks for more than traces say of themselves.
pub(super) fn is_deep(filter: &Filter) -> bool {
    filter.conditions().iter().any(|condition| condition.is_of_texts() || condition.is_of_scores())
}

impl<'a> Deep<'a> {
    pub(super) fn new(
        filter: &'a Filter,
        (sealed, reader): (&'a Sealed, &'a dyn Contents),
        hot_scores: &'a HotScores,
        watch: &'a Watch,
    ) -> Self {
        let contents = ContentConditions::new(&filter.of_texts());
        Self { contents, scores: filter.of_scores(), sealed, reader, hot_scores, watch }
    }

    /// Those of some traces in memory that pass.
    pub(super) fn sift_hot(&self, rows: Vec<(Key, HotRow)>) -> Result<Vec<(Key, HotRow)>, QueryError> {
        let mut passing = Vec::new();
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let mut few: Vec<_> = rows.by_ref().take(BORROWERS_MAX).collect();
            if !self.scores.is_empty() {
                let ids: Vec<_> = few.iter().map(|(_, hot)| hot.row.trace.id.clone()).collect();
                let scores = self.scores_of(&ids)?;
                few.retain(|(_, hot)| self.scores_hold(scores.get(hot.row.trace.id.as_str())));
            }
            if self.contents.ask_metadata() {
                let candidates: Vec<_> = few
                    .iter()
                    .enumerate()
                    .map(|(index, (_, hot))| Candidate::alone(hot.row.trace.id.as_str(), Place::Hot(index)))
                    .collect();
                let whole =
                    self.assembly(&Orphans::new()).rows(&candidates, few.iter().map(|(_, it)| it.clone()).collect())?;
                let mut holds =
                    whole.iter().map(|row| self.contents.hold_for_metadata(&self.reader.of_trace(row).metadata));
                few.retain(|_| holds.next().unwrap_or(false));
            }
            passing.extend(few);
        }
        Ok(passing)
    }

    /// Those of the traces of a segment that pass.
    pub(super) fn sift(
        &self,
        scanner: Scanner<'_>,
        segment: usize,
        rows: RoaringBitmap,
    ) -> Result<RoaringBitmap, Fault> {
        let rows = if self.scores.is_empty() { rows } else { self.sift_by_scores(scanner, &rows)? };
        if self.contents.ask_metadata() { self.sift_by_metadata(scanner, segment, &rows) } else { Ok(rows) }
    }

    fn sift_by_scores(&self, scanner: Scanner<'_>, rows: &RoaringBitmap) -> Result<RoaringBitmap, Fault> {
        let mut passed = RoaringBitmap::new();
        let mut waiting: Vec<(u32, TraceId)> = Vec::new();
        let mut ask = |waiting: &[(u32, TraceId)]| {
            let ids: Vec<_> = waiting.iter().map(|(_, id)| id.clone()).collect();
            let scores = self.scores_of(&ids)?;
            let holding = waiting.iter().filter(|(_, id)| self.scores_hold(scores.get(id.as_str())));
            passed.extend(holding.map(|(row, _)| *row));
            Ok::<_, QueryError>(())
        };
        scanner.each_row(Table::Traces, &[columns::traces::ID], rows, |row, batch, place| {
            waiting.push((row, TraceId::from_wire(batch.ids(0)?.value(place))));
            if waiting.len() == CHUNK_IDS {
                ask(&std::mem::take(&mut waiting))?;
            }
            Ok(())
        })?;
        ask(&waiting)?;
        Ok(passed)
    }

    fn sift_by_metadata(
        &self,
        scanner: Scanner<'_>,
        segment: usize,
        rows: &RoaringBitmap,
    ) -> Result<RoaringBitmap, Fault> {
        let columns = [columns::traces::METADATA, columns::traces::EXPLICIT, columns::traces::ROOT_FLAGS];
        let (mut passed, mut borrowers) = (RoaringBitmap::new(), RoaringBitmap::new());
        scanner.each_row(Table::Traces, &columns, rows, |row, batch, place| {
            let passes = match batch.cells(0)?.get(place) {
                Some(cell) => {
                    let pieces = metadata_pieces(cell).map_err(|what| batch.damaged(0, what))?;
                    self.contents.hold_for_pieces(&pieces, self.reader)
                }
                None if !batch.flags(1)?.value(place)
                    && batch.rows(2)?.value(place) & columns::traces::ROOT_HAS_METADATA != 0 =>
                {
                    borrowers.insert(row);
                    false
                }
                None => self.contents.hold_for_metadata(&[]),
            };
            if passes {
                passed.insert(row);
            }
            Ok(())
        })?;
        let borrowers: Vec<u32> = borrowers.iter().collect();
        for few in borrowers.chunks(BORROWERS_MAX) {
            self.watch.check()?;
            passed |= self.sift_borrowers(scanner, segment, few)?;
        }
        Ok(passed)
    }

    /// Those of some traces whose roots' metadata passes.
    fn sift_borrowers(&self, scanner: Scanner<'_>, segment: usize, few: &[u32]) -> Result<RoaringBitmap, Fault> {
        let rows: RoaringBitmap = few.iter().copied().collect();
        let mut places: HashMap<Text, u32> = HashMap::new();
        scanner.each_row(Table::Traces, &[columns::traces::ID], &rows, |row, batch, place| {
            places.insert(Text::from(batch.ids(0)?.value(place)), row);
            Ok(())
        })?;
        let candidates: Vec<_> =
            places.iter().map(|(id, row)| Candidate::alone(id, Place::Sealed { segment, row: *row })).collect();
        let whole = self.assembly(&Orphans::new()).rows(&candidates, Vec::new())?;
        let passing = whole.iter().filter(|row| self.contents.hold_for_metadata(&self.reader.of_trace(row).metadata));
        Ok(passing.filter_map(|row| places.get(row.trace.id.as_str()).copied()).collect())
    }

    fn assembly<'o>(&'o self, orphans: &'o Orphans) -> Assembly<'o> {
        Assembly { sealed: self.sealed, environments: None, parts: PARTS, orphans, watch: self.watch }
    }

    fn scores_hold(&self, scores: Option<&ScoresOfTrace>) -> bool {
        let none = ScoresOfTrace::default();
        let scores = scores.unwrap_or(&none);
        self.scores.iter().all(|condition| condition.test.holds(scores.value(condition)))
    }

    /// What some traces were given, wherever that is.
    fn scores_of(&self, ids: &[TraceId]) -> Result<HashMap<Text, ScoresOfTrace>, QueryError> {
        let mut all: HashMap<Text, Given> = HashMap::new();
        for id in ids {
            for score in self.hot_scores.get(id.as_str()).into_iter().flatten() {
                let given = all.entry(Text::from(id.as_str())).or_default();
                given.add(&score.name, score.value.data_type(), score.value.number(), score.value.text());
            }
        }
        let ids: Vec<&str> = ids.iter().map(TraceId::as_str).collect();
        for live in self.sealed.score_segments() {
            let found = with_segment(self.sealed, live, self.watch, |scanner| {
                let rows = RoaringBitmap::from_iter(scanner.segment.scores_of_traces(&ids)?) - &live.hidden().scores;
                let mut found: HashMap<Text, Given> = HashMap::new();
                scanner.each_row(Table::Scores, &SCORE_COLUMNS, &rows, |_, batch, place| {
                    let text = |column: usize| Ok::<_, Fault>(batch.texts(column)?.get(place));
                    let (trace, name, data_type) = (text(0)?, text(1)?, text(2)?.and_then(DataType::from_wire));
                    let (Some(trace), Some(name), Some(data_type)) = (trace, name, data_type) else { return Ok(()) };
                    let numbers = batch.floats(3)?;
                    let number = arrow_array::Array::is_valid(numbers, place).then(|| numbers.value(place));
                    found.entry(Text::from(trace)).or_default().add(name, data_type, number, text(4)?);
                    Ok(())
                })?;
                Ok(found)
            })?;
            for (id, given) in found.unwrap_or_default() {
                all.entry(id).or_default().append(given);
            }
        }
        Ok(all.into_iter().map(|(id, given)| (id, given.into_scores())).collect())
    }
}

const SCORE_COLUMNS: [&str; 5] = [
    columns::scores::TRACE_ID,
    columns::scores::NAME,
    columns::scores::DATA_TYPE,
    columns::scores::NUMBER,
    columns::scores::TEXT,
];

/// The scores of one trace, as they are collected.
#[derive(Debug, Default)]
struct Given {
    /// By name and text: the sum of the numbers, and how many there are.
    numbers: HashMap<(Text, DataType, Option<Text>), (f64, f64)>,
    categories: Vec<Text>,
    booleans: Vec<Text>,
}

impl Given {
    fn add(&mut self, name: &str, data_type: DataType, number: Option<f64>, text: Option<&str>) {
        match (data_type, number, text) {
            (DataType::Numeric | DataType::Boolean, Some(number), text) => {
                let sum = self.numbers.entry((Text::from(name), data_type, text.map(Text::from))).or_default();
                *sum = (sum.0 + number, sum.1 + 1.0);
                if data_type == DataType::Boolean {
                    self.booleans.push(Text::from(format!("{name}:{}", number == 1.0)));
                }
            }
            (DataType::Categorical, _, Some(label)) if !label.is_empty() => {
                self.categories.push(Text::from(format!("{name}:{label}")));
            }
            _ => {}
        }
    }

    fn append(&mut self, other: Self) {
        for (key, (sum, count)) in other.numbers {
            let own = self.numbers.entry(key).or_default();
            *own = (own.0 + sum, own.1 + count);
        }
        self.categories.extend(other.categories);
        self.booleans.extend(other.booleans);
    }

    fn into_scores(self) -> ScoresOfTrace {
        let averages = self.numbers.into_iter().map(|((name, ..), (sum, count))| (name, sum / count)).collect();
        ScoresOfTrace { averages, categories: self.categories, booleans: self.booleans }
    }
}

/// What the scores of one trace come to: the average of each name, and what was chosen.
#[derive(Debug, Default)]
struct ScoresOfTrace {
    averages: Vec<(Text, f64)>,
    categories: Vec<Text>,
    booleans: Vec<Text>,
}

impl ScoresOfTrace {
    fn value(&self, condition: &Condition) -> Value<'_> {
        match condition.column {
            crate::Column::ScoreAverages => Value::Numbers(&self.averages),
            crate::Column::ScoreCategories => Value::List(&self.categories),
            _ => Value::List(&self.booleans),
        }
    }
}
