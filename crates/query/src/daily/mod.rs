//! Traces, observations, tokens and cost by day and model.
//!
//! Owns the sums over everything that a project holds. What a segment comes to never changes, so it is added up once and
//! remembered; rows that are hidden since are taken off again.

mod spread;
mod sum;
mod tally;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use spanstone_model::{Cost, Text, Timestamp, Trace};
use spanstone_store::Sealed;
use spanstone_store::hot::LayeredView;

use crate::filter::{Condition, Filter};
use crate::page::{Page, PageRequest};
use crate::sealed::join::{self, Join};
use crate::sealed::with_segment;
use crate::{QueryError, Watch};

pub use sum::Rollups;
use sum::State;
use tally::{Group, Tally, day_of};

/// How many groups of a day and a model there may be.
pub const GROUPS_MAX: usize = 500_000;

/// How much earlier than its trace an observation may have begun, in microseconds, when a list begins at some time.
const EARLIER_MICROS: i64 = 3_600 * 1_000_000;

/// Which days are wanted, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct DailyQuery {
    /// What counts.
    pub scope: DailyScope,
    /// Of the days this page.
    pub page: PageRequest,
}

/// What counts.
#[derive(Debug, Clone, PartialEq)]
pub enum DailyScope {
    /// Everything.
    All,
    /// Traces from this time on, and observations that begin at most an hour earlier, whatever their trace.
    Since(Timestamp),
    /// Traces that pass, and their observations. The columns are those of an observation's trace, and `Timestamp` is the
    /// trace's.
    OfTraces(Filter),
}

/// A day of UTC.
#[derive(Debug, Clone, PartialEq)]
pub struct Day {
    /// Its first instant.
    pub start: Timestamp,
    /// Traces that began on it.
    pub traces: u64,
    /// What began on it, by model.
    pub models: Vec<ModelUsage>,
}

/// What the observations of a day with the same model come to.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelUsage {
    /// The model; none for observations without one.
    pub model: Option<Text>,
    /// Observations.
    pub observations: u64,
    /// Traces that these are of.
    pub traces: u64,
    /// The sum of all usage whose type contains "input".
    pub input_tokens: u64,
    /// The sum of all usage whose type contains "output".
    pub output_tokens: u64,
    /// The sum of the total usages.
    pub total_tokens: u64,
    /// The sum of the known total costs.
    pub cost: Cost,
}

/// What memory comes to.
#[derive(Debug, Default)]
pub struct HotDays {
    tally: Tally,
    /// The traces some of whose observations are sealed, with the groups of those in memory.
    spread: HashMap<Text, HashSet<Group>>,
    /// The same traces.
    traces: HashMap<Text, Arc<Trace>>,
    /// What it came to together with some state of the segments.
    with_segments: Mutex<Option<(State, Arc<Tally>)>>,
}

impl HotDays {
    fn with(&self, sealed: &Sealed) -> Option<Arc<Tally>> {
        let known = self.with_segments.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(state, _)| *state == sum::state_of(sealed)).map(|(_, tally)| Arc::clone(tally))
    }

    fn put_with(&self, sealed: &Sealed, tally: &Tally) {
        let known = Some((sum::state_of(sealed), Arc::new(tally.clone())));
        *self.with_segments.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// How many groups and traces there are, which is what it takes to remember it.
    fn len(&self) -> usize {
        self.tally.groups() + self.traces.len() + self.spread.values().map(HashSet::len).sum::<usize>()
    }
}

impl DailyQuery {
    /// Adds up what is in memory, unless that is known and nothing has changed.
    #[must_use]
    pub fn look(&self, view: LayeredView<'_>, rollups: &Rollups) -> Arc<HotDays> {
        let key = (self.scope == DailyScope::All).then(|| view.revision());
        if let Some(known) = key.and_then(|revision| rollups.memory(revision)) {
            return known;
        }
        let days = Arc::new(self.add_up(view));
        if let Some(revision) = key {
            rollups.put_memory(revision, &days);
        }
        days
    }

    fn add_up(&self, view: LayeredView<'_>) -> HotDays {
        let conditions = self.conditions();
        let earliest = self.earliest_start();
        let mut hot = HotDays::default();
        for (number, trace) in (0..).zip(view.traces()) {
            let has_sealed = trace.has_sealed();
            let row = trace.trace();
            if has_sealed || !conditions.is_empty() {
                let row = crate::traces::effective_of(trace);
                let passes = join::holds(&conditions, Some(&row));
                if has_sealed {
                    hot.traces.insert(Text::from(row.id.as_str()), row);
                }
                if !passes {
                    continue;
                }
            }
            if row.timestamp >= self.from() {
                hot.tally.add_traces(day_of(row.timestamp), 1);
            }
            let mut groups = HashSet::new();
            for observation in trace.observations().filter(|it| it.start >= earliest) {
                hot.tally.add_observation(number, observation);
                if has_sealed {
                    groups.insert(Group { day: day_of(observation.start), model: observation.model.clone() });
                }
            }
            if has_sealed {
                hot.spread.insert(Text::from(row.id.as_str()), groups);
            }
        }
        hot
    }

    /// Adds what is sealed, and gives a page of the days, and how many days have traces.
    ///
    /// # Errors
    /// Fails when there are too many groups, when it takes too long, or nobody waits any more.
    pub fn finish(
        &self,
        hot: &HotDays,
        sealed: &Sealed,
        rollups: &Rollups,
        watch: &Watch,
    ) -> Result<Page<Day>, QueryError> {
        let is_all = self.scope == DailyScope::All;
        if let Some(known) = hot.with(sealed).filter(|_| is_all) {
            return Ok(self.page_of(Tally::clone(&known)));
        }
        let HotDays { tally, spread, traces, .. } = hot;
        let mut tally = tally.clone();
        let known = if is_all { rollups.all(sealed) } else { None };
        let is_known = known.is_some();
        let in_segments = match known {
            Some(known) => known,
            None => Arc::new(self.sum(sealed, rollups, &Join::new(sealed, traces, watch), watch)?),
        };
        tally.add(&in_segments);
        let is_complete = spread::with_memory(self, &mut tally, spread, sealed, watch)?;
        if is_known && is_complete {
            hot.put_with(sealed, &tally);
        }
        Ok(self.page_of(tally))
    }

    /// What the segments come to.
    fn sum(&self, sealed: &Sealed, rollups: &Rollups, join: &Join<'_>, watch: &Watch) -> Result<Tally, QueryError> {
        sum::remember_whole(self, sealed, rollups, watch)?;
        let mut tally = Tally::default();
        let mut complete = true;
        for live in sealed.segments() {
            match with_segment(sealed, live, watch, |scanner| sum::segment(self, scanner, live, rollups, join))? {
                Some(found) => tally.add(&found),
                None => complete = false,
            }
            if tally.groups() > GROUPS_MAX {
                return Err(QueryError::TooMany { what: "groups of a day and a model", max: GROUPS_MAX });
            }
        }
        spread::among_segments(self, &mut tally, sealed, join, watch)?;
        if complete && self.scope == DailyScope::All {
            rollups.put_all(sealed, &tally);
        }
        Ok(tally)
    }

    fn page_of(&self, tally: Tally) -> Page<Day> {
        let mut days: BTreeMap<i64, Day> = BTreeMap::new();
        let (traces, models) = tally.into_parts();
        let total = traces.len();
        let new = |day| Day { start: tally::start_of(day), traces: 0, models: Vec::new() };
        for (day, count) in traces {
            days.entry(day).or_insert_with(|| new(day)).traces = count;
        }
        for (day, usage) in models {
            days.entry(day).or_insert_with(|| new(day)).models.push(usage);
        }
        let page = days.into_values().rev().skip(self.page.offset()).take(self.page.limit as usize);
        let mut rows: Vec<_> = page.collect();
        for day in &mut rows {
            day.models.sort_by(|left, right| left.model.cmp(&right.model));
        }
        Page { rows, total }
    }

    /// What traces must say.
    fn conditions(&self) -> Vec<&Condition> {
        match &self.scope {
            DailyScope::OfTraces(filter) => filter.conditions().iter().collect(),
            DailyScope::All | DailyScope::Since(_) => Vec::new(),
        }
    }

    /// Traces that began before this do not count.
    fn from(&self) -> Timestamp {
        match self.scope {
            DailyScope::Since(from) => from,
            DailyScope::All | DailyScope::OfTraces(_) => Timestamp::MIN,
        }
    }

    /// Observations that began before this do not count.
    fn earliest_start(&self) -> Timestamp {
        let micros = self.from().micros().saturating_sub(EARLIER_MICROS);
        Timestamp::from_micros(micros.max(Timestamp::MIN.micros()))
    }
}
