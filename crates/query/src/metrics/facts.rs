//! What traces, observations and scores in memory say, by the names of dimensions and of columns.
//!
//! Owns that the same comes out as of sealed rows.

use spanstone_model::{Cost, Observation, ObservationId, Score, SessionId, Text, Trace, TraceId, TraceStats};
use spanstone_store::segment::columns::{observations as o, traces as t};

use super::block::Said;
use super::catalogue::{ObservationFact, Own, TraceFact};
use crate::traces::is_root;

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

/// What an observation says of itself.
pub(super) fn observation_said(observation: &Observation, own: Own) -> Said<'_> {
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
pub(super) fn tools_of(observation: &Observation, own: Own) -> &[Text] {
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

/// What a score says of itself.
pub(super) fn score_said(score: &Score, own: Own) -> Said<'_> {
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
pub(super) fn trace_number(stats: &TraceStats, column: &str) -> Option<i64> {
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
pub(super) fn observation_number(observation: &Observation, column: &str) -> Option<i64> {
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
