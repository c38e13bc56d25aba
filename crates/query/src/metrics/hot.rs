//! Rows in memory.
//!
//! Owns what is taken along under the store's lock: the rows whose time is wanted, and what they may be joined with.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use spanstone_model::{Observation, Score, Text, Trace, TraceId, TraceStats};
use spanstone_store::hot::LayeredView;

use super::block::{Many, Said};
use super::catalogue::{Dimension, Own, Subject, TraceFact, View};
use super::facts::{observation_number, observation_said, score_said, tools_of, trace_number, trace_said};
use super::joined::{Counterparts, Joined};
use super::plan::Metrics;
use super::rows::{Joins, Rows, Texts};
use super::scored::{self, Scored};
use crate::QueryError;
use crate::error::Fault;
use crate::scores::ScoreRow;
use crate::traces::deep::{self, HotRow};
use crate::traces::effective_of;

/// What memory has to say.
#[derive(Debug, Default)]
pub struct HotMetrics {
    traces: Vec<(Arc<Trace>, TraceStats)>,
    /// The same as rows of a list, if their texts are asked for.
    trace_rows: Vec<HotRow>,
    observations: Vec<(Arc<Observation>, Option<Arc<Trace>>)>,
    scores: Vec<Arc<Score>>,
    /// The traces that sealed rows may be joined with.
    pub(super) known_traces: HashMap<Text, Arc<Trace>>,
    /// The observations that scores may be joined with.
    pub(super) known_observations: HashMap<Text, Arc<Observation>>,
    /// The scores that are counted.
    counted: Vec<Arc<Score>>,
}

impl HotMetrics {
    pub(super) fn look(metrics: &Metrics, view: LayeredView<'_>) -> Self {
        let mut hot = Self::default();
        let joins = metrics.joins();
        match metrics.view.subject() {
            Subject::Traces => hot.take_traces(metrics, view),
            Subject::Observations => hot.take_observations(metrics, view, joins),
            Subject::Scores => hot.take_scores(metrics, view, joins),
        }
        if metrics.counts_scores() {
            let earliest = scored::earliest(metrics.span.0);
            hot.counted = view.scores().filter(|score| score.timestamp >= earliest).cloned().collect();
        }
        hot
    }

    fn take_traces(&mut self, metrics: &Metrics, view: LayeredView<'_>) {
        let (first, last) = metrics.times;
        for trace in view.traces().filter(|view| (first..=last).contains(&view.trace().timestamp)) {
            self.traces.push((effective_of(trace), trace.summary().stats(None)));
            if !metrics.metadata.is_empty() {
                self.trace_rows.push(deep::hot_row(trace));
            }
        }
    }

    fn take_observations(&mut self, metrics: &Metrics, view: LayeredView<'_>, joins: Joins) {
        let (first, last) = metrics.times;
        let is_wanted = |observation: &&Arc<Observation>| (first..=last).contains(&observation.start);
        if !joins.traces {
            self.observations = view.observations().filter(is_wanted).map(|it| (it.clone(), None)).collect();
            return;
        }
        for trace in view.traces() {
            let row = effective_of(trace);
            self.observations.extend(trace.observations().filter(is_wanted).map(|it| (it.clone(), Some(row.clone()))));
            if trace.has_sealed() {
                self.known_traces.insert(Text::from(row.id.as_str()), row);
            }
        }
    }

    fn take_scores(&mut self, metrics: &Metrics, view: LayeredView<'_>, joins: Joins) {
        let (first, last) = metrics.times;
        let is_wanted = |score: &&Arc<Score>| {
            (first..=last).contains(&score.timestamp) && metrics.view.has(score.value.data_type())
        };
        self.scores = view.scores().filter(is_wanted).cloned().collect();
        if joins.traces {
            let by_id = |row: Arc<Trace>| (Text::from(row.id.as_str()), row);
            self.known_traces = view.traces().map(|trace| by_id(effective_of(trace))).collect();
        }
        if joins.observations {
            let by_id = |row: &Arc<Observation>| (Text::from(row.id.as_str()), row.clone());
            self.known_observations = view.observations().map(by_id).collect();
        }
    }

    /// The scores in memory, counted by what they are of.
    pub(super) fn scored(&self, subject: Subject) -> Result<Scored, QueryError> {
        let mut scored = Scored::default();
        for id in self.counted.iter().filter_map(|score| scored::id_of(score, subject)) {
            scored.add(id, 1)?;
        }
        Ok(scored)
    }

    /// The rows, of whatever the view is over.
    pub(super) fn rows<'a>(&'a self, view: View, counterparts: &'a Counterparts<'a>) -> Box<dyn Rows + 'a> {
        match view.subject() {
            Subject::Traces => Box::new(HotTraces { rows: self.traces.iter().collect(), with_texts: &self.trace_rows }),
            Subject::Observations => Box::new(HotObservations(self.observations.iter().collect())),
            Subject::Scores => {
                Box::new(HotScores { rows: self.scores.iter().collect(), joined: Joined::default(), counterparts })
            }
        }
    }
}

struct HotTraces<'a> {
    rows: Vec<&'a (Arc<Trace>, TraceStats)>,
    with_texts: &'a [HotRow],
}

struct HotObservations<'a>(Vec<&'a (Arc<Observation>, Option<Arc<Trace>>)>);

struct HotScores<'a> {
    rows: Vec<&'a Arc<Score>>,
    joined: Joined,
    counterparts: &'a Counterparts<'a>,
}

impl Rows for HotTraces<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn keep(&mut self, wanted: &[bool]) {
        keep(&mut self.rows, wanted);
    }

    fn join(&mut self, _wanted: Joins) -> Result<(), Fault> {
        Ok(())
    }

    fn keep_texts(&mut self, texts: &Texts<'_>) -> Result<(), Fault> {
        let Texts { filter, contents, sealed, watch } = *texts;
        let ids: HashSet<&str> = self.rows.iter().map(|(trace, _)| trace.id.as_str()).collect();
        let left = self.with_texts.iter().filter(|hot| ids.contains(hot.id())).cloned().collect();
        let passing = deep::passing_hot(filter, (sealed, contents), left, watch)?;
        self.rows.retain(|(trace, _)| passing.contains(trace.id.as_str()));
        Ok(())
    }

    fn times(&self) -> Result<Vec<i64>, Fault> {
        Ok(self.rows.iter().map(|(trace, _)| trace.timestamp.micros()).collect())
    }

    fn said(&self, dimension: Dimension, number: &mut dyn FnMut(Said<'_>) -> u64) -> Result<Vec<u64>, Fault> {
        let said = self.rows.iter().map(|(trace, _)| match dimension {
            Dimension::Own(Own::Id) => number(Said::Text(trace.id.as_str())),
            Dimension::Own(Own::Environment) => number(Said::Text(&trace.environment)),
            Dimension::Trace(fact) => trace_said(trace, fact, number),
            Dimension::Own(_) | Dimension::Observation(_) => number(Said::Nothing),
        });
        Ok(said.collect())
    }

    fn items(&self, _own: Own, _number: &mut dyn FnMut(&str) -> Option<u32>) -> Result<Many, Fault> {
        Ok(Many::nothing(self.len()))
    }

    fn numbers(&self, columns: &[&'static str]) -> Result<Vec<Vec<Option<i64>>>, Fault> {
        let column = |name: &&'static str| self.rows.iter().map(|(_, stats)| trace_number(stats, name)).collect();
        Ok(columns.iter().map(column).collect())
    }

    fn reals(&self) -> Result<Vec<Option<f64>>, Fault> {
        Ok(vec![None; self.len()])
    }
}

impl Rows for HotObservations<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn keep(&mut self, wanted: &[bool]) {
        keep(&mut self.0, wanted);
    }

    /// Those in memory come with their traces.
    fn join(&mut self, _wanted: Joins) -> Result<(), Fault> {
        Ok(())
    }

    fn keep_texts(&mut self, texts: &Texts<'_>) -> Result<(), Fault> {
        let conditions = texts.conditions();
        let passes = |(observation, _): &&(Arc<Observation>, _)| {
            texts.watch.check()?;
            let metadata = texts.contents.own_of_observation(observation).metadata;
            let pieces: Vec<&str> = metadata.iter().map(AsRef::as_ref).collect();
            Ok(conditions.hold_for_pieces(&pieces, texts.contents))
        };
        let wanted = self.0.iter().map(passes).collect::<Result<Vec<bool>, QueryError>>()?;
        self.keep(&wanted);
        Ok(())
    }

    fn times(&self) -> Result<Vec<i64>, Fault> {
        Ok(self.0.iter().map(|(observation, _)| observation.start.micros()).collect())
    }

    fn said(&self, dimension: Dimension, number: &mut dyn FnMut(Said<'_>) -> u64) -> Result<Vec<u64>, Fault> {
        let said = self.0.iter().map(|(observation, trace)| match (dimension, trace) {
            (Dimension::Own(own @ (Own::ToolNames | Own::CalledToolNames)), _) => {
                let names: Vec<&str> = tools_of(observation, own).iter().map(AsRef::as_ref).collect();
                number(Said::List(&names))
            }
            (Dimension::Own(own), _) => number(observation_said(observation, own)),
            (Dimension::Trace(TraceFact::Id), _) => number(Said::Text(observation.trace_id.as_str())),
            (Dimension::Trace(fact), Some(trace)) => trace_said(trace, fact, number),
            (Dimension::Trace(_) | Dimension::Observation(_), _) => number(Said::Nothing),
        });
        Ok(said.collect())
    }

    fn items(&self, own: Own, number: &mut dyn FnMut(&str) -> Option<u32>) -> Result<Many, Fault> {
        let mut many = Many::default();
        for (observation, _) in &self.0 {
            match own {
                Own::CostType => {
                    let costs = observation.cost.iter();
                    costs.for_each(|(kind, amount)| many.push(number(kind), amount.picodollars()));
                }
                Own::UsageType => {
                    let amount = |amount| i64::try_from(amount).unwrap_or(i64::MAX);
                    observation.usage.iter().for_each(|(kind, it)| many.push(number(kind), amount(it)));
                }
                _ => tools_of(observation, own).iter().for_each(|name| many.push_bare(number(name))),
            }
            many.end_row();
        }
        Ok(many)
    }

    fn numbers(&self, columns: &[&'static str]) -> Result<Vec<Vec<Option<i64>>>, Fault> {
        let column = |name: &&'static str| self.0.iter().map(|(it, _)| observation_number(it, name)).collect();
        Ok(columns.iter().map(column).collect())
    }

    fn reals(&self) -> Result<Vec<Option<f64>>, Fault> {
        Ok(vec![None; self.len()])
    }
}

impl Rows for HotScores<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn keep(&mut self, wanted: &[bool]) {
        keep(&mut self.rows, wanted);
        self.joined.keep(wanted);
    }

    fn join(&mut self, wanted: Joins) -> Result<(), Fault> {
        let traces = self.rows.iter().map(|score| score.trace_id.as_ref().map(TraceId::as_str)).collect::<Vec<_>>();
        let observations = |score: &&Arc<Score>| score.observation_id.as_ref().map(|id| Text::from(id.as_str()));
        let observations = self.rows.iter().map(observations).collect::<Vec<_>>();
        let observations: Vec<_> = observations.iter().map(Option::as_deref).collect();
        self.joined = self.counterparts.of(wanted, &traces, &observations)?;
        let is_whole = self.joined.is_whole(wanted, self.len());
        self.keep(&is_whole);
        Ok(())
    }

    fn keep_texts(&mut self, texts: &Texts<'_>) -> Result<(), Fault> {
        let conditions = texts.conditions();
        let passes = |score: &&Arc<Score>| {
            texts.watch.check()?;
            let row = ScoreRow { score: Arc::clone(score), trace: None, metadata: None };
            Ok(conditions.hold_for_metadata(&texts.contents.of_score(&row)))
        };
        let wanted = self.rows.iter().map(passes).collect::<Result<Vec<bool>, QueryError>>()?;
        self.keep(&wanted);
        Ok(())
    }

    fn times(&self) -> Result<Vec<i64>, Fault> {
        Ok(self.rows.iter().map(|score| score.timestamp.micros()).collect())
    }

    fn said(&self, dimension: Dimension, number: &mut dyn FnMut(Said<'_>) -> u64) -> Result<Vec<u64>, Fault> {
        match dimension {
            Dimension::Own(own) => Ok(self.rows.iter().map(|score| number(score_said(score, own))).collect()),
            Dimension::Trace(_) | Dimension::Observation(_) => Ok(self.joined.said(dimension, number)),
        }
    }

    fn items(&self, _own: Own, _number: &mut dyn FnMut(&str) -> Option<u32>) -> Result<Many, Fault> {
        Ok(Many::nothing(self.len()))
    }

    fn numbers(&self, columns: &[&'static str]) -> Result<Vec<Vec<Option<i64>>>, Fault> {
        Ok(columns.iter().map(|_| vec![None; self.len()]).collect())
    }

    fn reals(&self) -> Result<Vec<Option<f64>>, Fault> {
        Ok(self.rows.iter().map(|score| score.value.number()).collect())
    }
}

/// Takes out what is not wanted.
pub(super) fn keep<T>(rows: &mut Vec<T>, wanted: &[bool]) {
    let mut wanted = wanted.iter().copied();
    rows.retain(|_| wanted.next().unwrap_or(false));
}
