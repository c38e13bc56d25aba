//! The `fields` parameter: which groups of keys of a row are wanted.

use crate::params::asked::Shape;
use crate::params::{Params, issue};

/// A set of groups of one endpoint, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Groups(u16);

impl Groups {
    /// Whether a group, by its place in the endpoint's list of names, is wanted.
    pub(crate) fn has(self, group: usize) -> bool {
        self.0 & (1 << group) != 0
    }

    /// One group alone, by its place.
    pub(crate) fn only(group: usize) -> Self {
        Self::of([group])
    }

    fn of(indices: impl IntoIterator<Item = usize>) -> Self {
        Self(indices.into_iter().fold(0, |bits, index| bits | (1 << index)))
    }
}

/// The groups of a trace.
pub(crate) mod trace {
    /// Their names; `core` is always there.
    pub(crate) const NAMES: [&str; 5] = ["core", "io", "scores", "observations", "metrics"];
    /// Input, output and metadata.
    pub(crate) const IO: usize = 1;
    /// Scores.
    pub(crate) const SCORES: usize = 2;
    /// Observations.
    pub(crate) const OBSERVATIONS: usize = 3;
    /// Cost and latency.
    pub(crate) const METRICS: usize = 4;
}

/// The groups of an observation of the second API.
pub(crate) mod observation {
    /// Their names; `core` is always there.
    pub(crate) const NAMES: [&str; 10] =
        ["core", "basic", "time", "io", "metadata", "model", "usage", "prompt", "metrics", "trace_context"];
    /// What it is.
    pub(crate) const BASIC: usize = 1;
    /// More times.
    pub(crate) const TIME: usize = 2;
    /// Input and output.
    pub(crate) const IO: usize = 3;
    /// Metadata.
    pub(crate) const METADATA: usize = 4;
    /// The model.
    pub(crate) const MODEL: usize = 5;
    /// Usage and costs.
    pub(crate) const USAGE: usize = 6;
    /// The prompt.
    pub(crate) const PROMPT: usize = 7;
    /// Latency.
    pub(crate) const METRICS: usize = 8;
    /// Some of its trace.
    pub(crate) const TRACE_CONTEXT: usize = 9;
}

/// The groups of a score of the second API.
pub(crate) mod score {
    /// Their names.
    pub(crate) const NAMES: [&str; 2] = ["score", "trace"];
    /// The score itself.
    pub(crate) const SCORE: usize = 0;
    /// Some of its trace.
    pub(crate) const TRACE: usize = 1;
}

/// The groups of a score of the third API.
pub(crate) mod score_v3 {
    /// Their names; `core` is always there.
    pub(crate) const NAMES: [&str; 4] = ["core", "details", "subject", "annotation"];
    /// Comment, configuration, metadata.
    pub(crate) const DETAILS: usize = 1;
    /// What it judges.
    pub(crate) const SUBJECT: usize = 2;
    /// Who judged.
    pub(crate) const ANNOTATION: usize = 3;
}

/// The groups of an experiment.
pub(crate) mod experiment {
    /// Their names; `core` is always there.
    pub(crate) const NAMES: [&str; 3] = ["core", "metadata", "scores"];
    /// Its metadata.
    pub(crate) const METADATA: usize = 1;
    /// Its own scores.
    pub(crate) const SCORES: usize = 2;
}

/// The groups of an item of an experiment.
pub(crate) mod experiment_item {
    /// Their names; `core` is always there.
    pub(crate) const NAMES: [&str; 7] =
        ["core", "dataset", "io", "metadata", "itemMetadata", "experimentMetadata", "scores"];
    /// The dataset.
    pub(crate) const DATASET: usize = 1;
    /// Input, output and expected output.
    pub(crate) const IO: usize = 2;
    /// Metadata of the observation.
    pub(crate) const METADATA: usize = 3;
    /// Metadata of the item.
    pub(crate) const ITEM_METADATA: usize = 4;
    /// What there is about the experiment.
    pub(crate) const EXPERIMENT_METADATA: usize = 5;
    /// Scores of the trace and the observation.
    pub(crate) const SCORES: usize = 6;
}

impl Params {
    /// The groups of a trace: all unless some are named; unknown names do not count.
    pub(crate) fn trace_fields(&mut self) -> Groups {
        let named = self.named_groups(&trace::NAMES);
        if named.is_empty() { Groups::of(0..trace::NAMES.len()) } else { Groups::of(named) }
    }

    /// The groups of an observation: `core` and `basic` unless some are named; unknown names do not count.
    pub(crate) fn observation_fields(&mut self) -> Groups {
        self.note("fields", || Shape::Names(observation::NAMES.to_vec()));
        if self.values("fields").next().is_none_or(str::is_empty) {
            return Groups::of([observation::BASIC]);
        }
        Groups::of(self.named_groups(&observation::NAMES))
    }

    /// The groups of a score of the second API: both unless some are named; the score itself must be among them.
    pub(crate) fn score_fields(&mut self) -> Groups {
        let named = self.named_groups(&score::NAMES);
        let groups = if named.is_empty() { Groups::of(0..score::NAMES.len()) } else { Groups::of(named) };
        if !groups.has(score::SCORE) {
            self.refuse(issue::custom("fields", "Scores needs to be selected always"));
        }
        groups
    }

    /// The groups of a score of the third API: `core` unless some are named; unknown names are refused.
    pub(crate) fn score_v3_fields(&mut self) -> Groups {
        self.strict_groups(&score_v3::NAMES).unwrap_or(Groups::of([]))
    }

    /// The groups of an experiment: `core` unless some are named; unknown names are refused.
    pub(crate) fn experiment_fields(&mut self) -> Groups {
        self.strict_groups(&experiment::NAMES).unwrap_or(Groups::of([]))
    }

    /// The groups of an item: `core` and `dataset` unless some are named; unknown names are refused.
    pub(crate) fn experiment_item_fields(&mut self) -> Groups {
        self.strict_groups(&experiment_item::NAMES).unwrap_or(Groups::only(experiment_item::DATASET))
    }

    /// The groups that are named; nothing when none is.
    fn strict_groups(&mut self, known: &[&'static str]) -> Option<Groups> {
        self.note("fields", || Shape::Names(known.to_vec()));
        let names = self.csv("fields");
        let place = |name: &String| known.iter().position(|known| known == name);
        if !names.iter().all(|name| place(name).is_some()) {
            self.refuse(issue::not_one_of("fields", known));
        }
        (!names.is_empty()).then(|| Groups::of(names.iter().filter_map(place)))
    }

    fn named_groups(&mut self, known: &[&'static str]) -> Vec<usize> {
        self.note("fields", || Shape::Names(known.to_vec()));
        let names = self.csv("fields");
        known
            .iter()
            .enumerate()
            .filter(|(_, group)| names.iter().any(|name| name == *group))
            .map(|(index, _)| index)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_has_every_group_unless_known_ones_are_named() {
        let fields = |query| Params::parse(query).trace_fields();
        let all = Groups::of(0..5);
        assert_eq!(fields(""), all);
        assert_eq!(fields("fields=nonsense"), all);
        assert_eq!(fields("fields=io,nonsense"), Groups::of([trace::IO]));
        assert_eq!(fields("fields=core"), Groups::of([0]));
    }

    #[test]
    fn an_observation_has_its_basics_unless_something_is_named() {
        let fields = |query| Params::parse(query).observation_fields();
        assert_eq!(fields(""), Groups::of([observation::BASIC]));
        assert_eq!(fields("fields=nonsense"), Groups::of([]));
        assert_eq!(fields("fields=io,usage"), Groups::of([observation::IO, observation::USAGE]));
    }

    #[test]
    fn scores_refuse_what_makes_no_row() {
        let mut params = Params::parse("fields=trace");
        params.score_fields();
        assert!(params.done().is_err());
        let mut params = Params::parse("fields=core,nonsense");
        params.score_v3_fields();
        assert!(params.done().is_err());
        let mut params = Params::parse("fields=score");
        assert!(!params.score_fields().has(score::TRACE));
        assert!(params.done().is_ok());
    }
}
