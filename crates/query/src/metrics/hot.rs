//! Rows in memory.
//!
//! Owns what is taken along under the store's lock: the rows whose time is wanted, and what they may be joined with.

use std::collections::HashMap;
use std::sync::Arc;

use spanstone_model::{Cost, Observation, ObservationId, Score, SessionId, Text, Trace, TraceId, TraceStats};
use spanstone_store::hot::LayeredView;
use spanstone_store::segment::columns::{observations as o, traces as t};

use super::block::{Many, Said};
use super::catalogue::{Dimension, ObservationFact, Own, Subject, TraceFact, View};
use super::joined::{Counterparts, Joined};
use super::plan::Metrics;
use super::rows::{Joins, Rows};
use super::scored::{self, Scored};
use crate::QueryError;
use crate::error::Fault;
use crate::traces::{effective_of, is_root};

/// What memory has to say.
#[derive(Debug, Default)]
pub struct HotMetrics {
    traces: Vec<(Arc<Trace>, TraceStats)>,
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
            let earliest = scored::earliest(metrics.times.0);
            hot.counted = view.scores().filter(|score| score.timestamp >= earliest).cloned().collect();
        }
        hot
    }

    fn take_traces(&mut self, metrics: &Metrics, view: LayeredView<'_>) {
        let (first, last) = metrics.times;
        let wanted = view.traces().filter(|view| (first..=last).contains(&view.trace().timestamp));
        self.traces = wanted.map(|view| (effective_of(view), view.summary().stats(None))).collect();
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
            Subject::Traces => Box::new(HotTraces(self.traces.iter().collect())),
            Subject::Observations => Box::new(HotObservations(self.observations.iter().collect())),
            Subject::Scores => Box::new(HotScores {
                rows: self.scores.iter().map(|score| &**score).collect(),
                joined: Joined::default(),
                counterparts,
            }),
        }
    }
}

struct HotTraces<'a>(Vec<&'a (Arc<Trace>, TraceStats)>);

struct HotObservations<'a>(Vec<&'a (Arc<Observation>, Option<Arc<Trace>>)>);

struct HotScores<'a> {
    rows: Vec<&'a Score>,
    joined: Joined,
    counterparts: &'a Counterparts<'a>,
}

impl Rows for HotTraces<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn keep(&mut self, wanted: &[bool]) {
        keep(&mut self.0, wanted);
    }

    fn join(&mut self, _wanted: Joins) -> Result<(), Fault> {
        Ok(())
    }

    fn times(&self) -> Result<Vec<i64>, Fault> {
        Ok(self.0.iter().map(|(trace, _)| trace.timestamp.micros()).collect())
    }

    fn said(&self, dimension: Dimension, number: &mut dyn FnMut(Said<'_>) -> u64) -> Result<Vec<u64>, Fault> {
        let said = self.0.iter().map(|(trace, _)| match dimension {
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
        let column = |name: &&'static str| self.0.iter().map(|(_, stats)| trace_number(stats, name)).collect();
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
        let observations = |score: &&Score| score.observation_id.as_ref().map(|id| Text::from(id.as_str()));
        let observations = self.rows.iter().map(observations).collect::<Vec<_>>();
        let observations: Vec<_> = observations.iter().map(Option::as_deref).collect();
        self.joined = self.counterparts.of(wanted, &traces, &observations)?;
        let is_whole = self.joined.is_whole(wanted, self.len());
        self.keep(&is_whole);
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

/// What a trace says.
pub(super) fn trace_said(trace: &Trace, fact: TraceFact, number: &mut dyn FnMut(Said<'_>) -> u64) -> u64 {
    let text = match fact {
        TraceFact::Tags => {
            let tags: Vec<&str> = trace.tags.iter().map(AsRef::as_ref).collect();
            return number(Said::List(&tags));
        }
        TraceFact::Id => Some(trace.id.as_str()),
        TraceFact::Name => trace.name.as_deref(),
        TraceFact::UserId => trace.user_id.as_deref(),
        TraceFact::SessionId => trace.session_id.as_ref().map(SessionId::as_str),
        TraceFact::Release => trace.release.as_deref(),
        TraceFact::Version => trace.version.as_deref(),
    };
    number(of(text))
}

fn observation_said(observation: &Observation, own: Own) -> Said<'_> {
    of(match own {
        Own::Id => Some(observation.id.as_str()),
        Own::Environment => Some(&observation.environment),
        Own::Name => observation.name.as_deref(),
        Own::Version => observation.version.as_deref(),
        Own::ParentObservationId => observation.parent_id.as_ref().map(ObservationId::as_str),
        Own::Type => Some(observation.kind.as_str()),
        Own::Level => Some(observation.level.as_str()),
        Own::Model => observation.model.as_deref(),
        Own::PromptName => observation.prompt.as_ref().map(|prompt| &*prompt.name),
        Own::PromptVersion => return observation_fact(observation, ObservationFact::PromptVersion),
        Own::IsRootObservation => return Said::Flag(is_root(observation)),
        Own::ExperimentId => return observation_fact(observation, ObservationFact::ExperimentId),
        Own::ExperimentName => return observation_fact(observation, ObservationFact::ExperimentName),
        Own::ExperimentDatasetId => observation.experiment.as_ref().and_then(|it| it.dataset_id.as_deref()),
        _ => None,
    })
}

/// The tools that an observation was offered, or those that it called.
fn tools_of(observation: &Observation, own: Own) -> &[Text] {
    let Some(tools) = &observation.tools else { return &[] };
    if own == Own::ToolNames { &tools.offered } else { &tools.called }
}

/// What the observation of a score says.
pub(super) fn observation_fact(observation: &Observation, fact: ObservationFact) -> Said<'_> {
    match fact {
        ObservationFact::Name => of(observation.name.as_deref()),
        ObservationFact::Model => of(observation.model.as_deref()),
        ObservationFact::PromptName => of(observation.prompt.as_ref().map(|prompt| &*prompt.name)),
        ObservationFact::PromptVersion => {
            observation.prompt.as_ref().map_or(Said::Nothing, |prompt| Said::Whole(prompt.version.into()))
        }
        ObservationFact::ExperimentId => of(observation.experiment.as_ref().map(|it| &*it.id)),
        ObservationFact::ExperimentName => of(observation.experiment.as_ref().and_then(|it| it.name.as_deref())),
    }
}

fn score_said(score: &Score, own: Own) -> Said<'_> {
    of(match own {
        Own::Id => Some(score.id.as_str()),
        Own::Environment => Some(&score.environment),
        Own::Name => Some(&score.name),
        Own::Source => Some(score.source.as_str()),
        Own::DataType => Some(score.value.data_type().as_str()),
        Own::TraceId => score.trace_id.as_ref().map(TraceId::as_str),
        Own::ObservationId => score.observation_id.as_ref().map(ObservationId::as_str),
        Own::SessionId => score.session_id.as_ref().map(SessionId::as_str),
        Own::ConfigId => score.config_id.as_deref(),
        Own::DatasetRunId => score.dataset_run_id.as_deref(),
        Own::Label => score.value.text(),
        Own::Number => return score.value.number().map_or(Said::Nothing, Said::Real),
        Own::Truth => return Said::Flag(score.value.number() == Some(1.0)),
        _ => None,
    })
}

fn of(text: Option<&str>) -> Said<'_> {
    text.map_or(Said::Nothing, Said::Text)
}

/// What a trace in memory answers to the name of a column.
fn trace_number(stats: &TraceStats, column: &str) -> Option<i64> {
    let count = |count: u64| i64::try_from(count).ok();
    match column {
        t::FIRST_START => stats.span.map(|(first, _)| first.micros()),
        t::LAST_END => stats.span.map(|(_, last)| last.micros()),
        t::TOTAL_TOKENS => Some(i64::try_from(stats.total_tokens).unwrap_or(i64::MAX)),
        t::TOTAL_COST => stats.has_cost().then(|| stats.total_cost.picodollars()),
        t::COUNT_DEBUG => count(stats.level_counts[0]),
        t::COUNT_DEFAULT => count(stats.level_counts[1]),
        t::COUNT_WARNING => count(stats.level_counts[2]),
        t::COUNT_ERROR => count(stats.level_counts[3]),
        _ => None,
    }
}

/// What an observation in memory answers to the name of a column.
fn observation_number(observation: &Observation, column: &str) -> Option<i64> {
    let tokens = |tokens: u64| Some(i64::try_from(tokens).unwrap_or(i64::MAX));
    let (usage, cost) = (&observation.usage, &observation.cost);
    match column {
        o::START => Some(observation.start.micros()),
        o::END => observation.end.map(spanstone_model::Timestamp::micros),
        o::COMPLETION_START => observation.completion_start.map(spanstone_model::Timestamp::micros),
        o::INPUT_TOKENS => tokens(usage.sum_containing("input")),
        o::OUTPUT_TOKENS => tokens(usage.sum_containing("output")),
        o::TOTAL_TOKENS => tokens(usage.get("total").unwrap_or(0)),
        o::INPUT_COST => cost.sum_containing("input").map(Cost::picodollars),
        o::OUTPUT_COST => cost.sum_containing("output").map(Cost::picodollars),
        o::TOTAL_COST => cost.total().map(Cost::picodollars),
        _ => None,
    }
}
