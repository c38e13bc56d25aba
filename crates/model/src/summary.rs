//! What the observations of a trace come to: sums, extremes, and the one that stands for the whole.
//!
//! Owns the arithmetic, which is the same whether observations are added one by one, or summaries of disjoint sets of
//! them are joined. Refuses to find observations: it is given them.

use crate::{Cost, Level, Observation, ObservationId, Text, Timestamp};

/// Sums over observations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceStats {
    /// The first start and the last end (or start, of those without an end); nothing without observations.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The sum of the known total costs.
    pub total_cost: Cost,
    /// The sum of the known input costs.
    pub input_cost: Cost,
    /// The sum of the known output costs.
    pub output_cost: Cost,
    /// How many observations have a known cost: without any the sums are zero for lack of knowledge.
    pub with_cost: u64,
    /// The sum of all usage whose type contains "input".
    pub input_tokens: u64,
    /// The sum of all usage whose type contains "output".
    pub output_tokens: u64,
    /// The sum of the total usages.
    pub total_tokens: u64,
    /// How many observations are at each level, in the order of [`Level::ALL`].
    pub level_counts: [u64; 4],
}

impl TraceStats {
    /// What one observation comes to.
    #[must_use]
    pub fn of(observation: &Observation) -> Self {
        let (usage, cost) = (&observation.usage, &observation.cost);
        let mut level_counts = [0; 4];
        level_counts[observation.level as usize] = 1;
        Self {
            span: Some((observation.start, observation.end.unwrap_or(observation.start))),
            total_cost: cost.total().unwrap_or(Cost::ZERO),
            input_cost: cost.sum_containing("input").unwrap_or(Cost::ZERO),
            output_cost: cost.sum_containing("output").unwrap_or(Cost::ZERO),
            with_cost: u64::from(!cost.is_empty()),
            input_tokens: usage.sum_containing("input"),
            output_tokens: usage.sum_containing("output"),
            total_tokens: usage.get("total").unwrap_or(0),
            level_counts,
        }
    }

    /// Adds what other observations come to.
    pub fn add(&mut self, other: &Self) {
        self.span = match (self.span, other.span) {
            (Some(own), Some(other)) => Some((own.0.min(other.0), own.1.max(other.1))),
            (own, other) => own.or(other),
        };
        self.total_cost = self.total_cost.saturating_add(other.total_cost);
        self.input_cost = self.input_cost.saturating_add(other.input_cost);
        self.output_cost = self.output_cost.saturating_add(other.output_cost);
        self.with_cost += other.with_cost;
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.total_tokens = self.total_tokens.saturating_add(other.total_tokens);
        for (count, other) in self.level_counts.iter_mut().zip(other.level_counts) {
            *count += other;
        }
    }

    /// What is left without an observation that was added; nothing when the sums alone do not tell.
    fn without(&self, one: &Self) -> Option<Self> {
        let ((first, last), (start, end)) = (self.span?, one.span?);
        if start <= first || end >= last {
            return None;
        }
        let cost = |sum: Cost, one: Cost| {
            let is_at_its_end = sum.picodollars().abs() >= Cost::MAX.picodollars();
            (!is_at_its_end).then(|| Cost::from_picodollars(sum.picodollars() - one.picodollars()))
        };
        let tokens = |sum: u64, one: u64| (sum < u64::MAX).then(|| sum.checked_sub(one)).flatten();
        let mut level_counts = self.level_counts;
        for (count, one) in level_counts.iter_mut().zip(one.level_counts) {
            *count = count.checked_sub(one)?;
        }
        Some(Self {
            span: self.span,
            total_cost: cost(self.total_cost, one.total_cost)?,
            input_cost: cost(self.input_cost, one.input_cost)?,
            output_cost: cost(self.output_cost, one.output_cost)?,
            with_cost: self.with_cost.checked_sub(one.with_cost)?,
            input_tokens: tokens(self.input_tokens, one.input_tokens)?,
            output_tokens: tokens(self.output_tokens, one.output_tokens)?,
            total_tokens: tokens(self.total_tokens, one.total_tokens)?,
            level_counts,
        })
    }

    /// How many observations there are.
    #[must_use]
    pub fn observation_count(&self) -> u64 {
        self.level_counts.iter().sum()
    }

    /// How many observations are at a level.
    #[must_use]
    pub fn count_at(&self, level: Level) -> u64 {
        self.level_counts[level as usize]
    }

    /// Whether any cost is known.
    #[must_use]
    pub fn has_cost(&self) -> bool {
        self.with_cost > 0
    }

    /// From the first start to the last end, in milliseconds as answers show both.
    #[must_use]
    pub fn latency_millis(&self) -> i64 {
        self.span.map_or(0, |(first, last)| last.millis_since(first))
    }

    /// From the first start to the last end, in microseconds.
    #[must_use]
    pub fn latency_micros(&self) -> i64 {
        self.span.map_or(0, |(first, last)| last.micros_since(first))
    }
}

/// How good a claim an observation has to stand for its trace, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RootRank {
    /// It has no parent.
    NoParent,
    /// Its client marked it as the root of its application's part.
    AppRoot,
    /// Neither: of a trace that somebody else began, the observation that began first.
    Other,
}

impl RootRank {
    /// Every rank, the best first; the index is the number on disk.
    pub const ALL: [Self; 3] = [Self::NoParent, Self::AppRoot, Self::Other];

    /// The claim of an observation.
    #[must_use]
    pub fn of(observation: &Observation) -> Self {
        match (&observation.parent_id, observation.is_app_root) {
            (None, _) => Self::NoParent,
            (Some(_), true) => Self::AppRoot,
            (Some(_), false) => Self::Other,
        }
    }
}

/// The observation that stands for the whole trace where the trace has no name, input or output of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Its claim.
    pub rank: RootRank,
    /// When it began.
    pub start: Timestamp,
    /// Which it is.
    pub id: ObservationId,
    /// Its name.
    pub name: Option<Text>,
    /// Its version.
    pub version: Option<Text>,
    /// Whether it has an input.
    pub has_input: bool,
    /// Whether it has an output.
    pub has_output: bool,
    /// Whether it has metadata.
    pub has_metadata: bool,
}

impl Root {
    /// An observation as a candidate.
    #[must_use]
    pub fn of(observation: &Observation) -> Self {
        Self {
            rank: RootRank::of(observation),
            start: observation.start,
            id: observation.id.clone(),
            name: observation.name.clone(),
            version: observation.version.clone(),
            has_input: observation.input.is_some(),
            has_output: observation.output.is_some(),
            has_metadata: !observation.metadata.is_empty(),
        }
    }

    fn claim(&self) -> (RootRank, Timestamp, &ObservationId) {
        (self.rank, self.start, &self.id)
    }
}

/// What a set of observations of one trace comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The sums by environment of the observations, in order of the environment.
    by_environment: Vec<(Text, TraceStats)>,
    /// The best candidate for the root.
    root: Option<Root>,
}

impl Summary {
    /// A summary from its parts; of two parts with the same environment the sums are added.
    #[must_use]
    pub fn new(parts: impl IntoIterator<Item = (Text, TraceStats)>, root: Option<Root>) -> Self {
        let mut summary = Self { by_environment: Vec::new(), root };
        for (environment, stats) in parts {
            summary.add_stats(&environment, &stats);
        }
        summary
    }

    /// Adds an observation.
    pub fn add(&mut self, observation: &Observation) {
        self.add_stats(&observation.environment, &TraceStats::of(observation));
        // Most observations lose at once, so the candidate is not built before it has won.
        let claim = (RootRank::of(observation), observation.start, &observation.id);
        if self.root.as_ref().is_none_or(|root| claim < root.claim()) {
            self.root = Some(Root::of(observation));
        }
    }

    /// What is left without one of its observations; nothing when that cannot be told without looking at the others:
    /// it stands for the trace, it is the first or the last of its environment, or a sum has reached its end.
    #[must_use]
    pub fn without(&self, observation: &Observation) -> Option<Self> {
        if self.root.as_ref().is_some_and(|root| root.id == observation.id) {
            return None;
        }
        let mut left = self.clone();
        let place = left.by_environment.binary_search_by(|(known, _)| known.cmp(&observation.environment)).ok()?;
        let stats = left.by_environment[place].1.without(&TraceStats::of(observation))?;
        left.by_environment[place].1 = stats;
        Some(left)
    }

    /// Adds what a disjoint set of observations of the same trace comes to.
    pub fn join(&mut self, other: &Self) {
        for (environment, stats) in &other.by_environment {
            self.add_stats(environment, stats);
        }
        if let Some(candidate) = &other.root
            && self.root.as_ref().is_none_or(|root| candidate.claim() < root.claim())
        {
            self.root = Some(candidate.clone());
        }
    }

    /// The best candidate for the root; nothing without observations.
    #[must_use]
    pub fn root(&self) -> Option<&Root> {
        self.root.as_ref()
    }

    /// The sums by environment, in order of the environment.
    #[must_use]
    pub fn by_environment(&self) -> &[(Text, TraceStats)] {
        &self.by_environment
    }

    /// Whether it is of no observation at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_environment.is_empty()
    }

    /// The sums over the observations of these environments, of all when there is no choice.
    #[must_use]
    pub fn stats(&self, environments: Option<&[String]>) -> TraceStats {
        let mut sum = TraceStats::default();
        for (environment, stats) in &self.by_environment {
            if environments.is_none_or(|wanted| wanted.iter().any(|name| **name == **environment)) {
                sum.add(stats);
            }
        }
        sum
    }

    fn add_stats(&mut self, environment: &Text, stats: &TraceStats) {
        match self.by_environment.binary_search_by(|(known, _)| known.cmp(environment)) {
            Ok(place) => self.by_environment[place].1.add(stats),
            Err(place) => self.by_environment.insert(place, (environment.clone(), stats.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CostDetails, ObservationType, TraceId, UsageDetails};

    fn observation(id: usize, start: i64) -> Observation {
        let amounts = |amount: u64| [(Text::from("input"), amount), (Text::from("total"), amount)];
        let time = Timestamp::from_micros(start);
        Observation {
            id: ObservationId::from_wire(&id.to_string()),
            trace_id: TraceId::from_wire("t"),
            parent_id: (id > 0).then(|| ObservationId::from_wire("0")),
            kind: ObservationType::Span,
            start: time,
            end: None,
            completion_start: None,
            environment: ["a", "b"][id % 2].into(),
            name: None,
            level: Level::ALL[id % 4],
            status_message: None,
            version: None,
            model: None,
            model_parameters: None,
            usage: UsageDetails::new(amounts(id as u64)),
            usage_is_counted: false,
            cost: CostDetails::new([(Text::from("total"), Cost::from_picodollars(start))]),
            cost_is_computed: false,
            price: None,
            tools: None,
            experiment: None,
            origin: None,
            prompt: None,
            is_app_root: false,
            input: None,
            output: None,
            metadata: Vec::new(),
            created_at: time,
            updated_at: time,
        }
    }

    #[test]
    fn what_is_left_without_an_observation_is_what_the_others_come_to_or_is_not_told() {
        let starts = [5, 3, 9, 1, 7, 2, 8, 6, 4, 9];
        let all: Vec<_> = starts.into_iter().enumerate().map(|(id, start)| observation(id, start)).collect();
        let summary_of = |rows: &[Observation], without: usize| {
            let mut summary = Summary::default();
            rows.iter().enumerate().filter(|(id, _)| *id != without).for_each(|(_, row)| summary.add(row));
            summary
        };
        let whole = summary_of(&all, usize::MAX);
        let mut told = 0;
        for (id, row) in all.iter().enumerate() {
            if let Some(left) = whole.without(row) {
                assert_eq!(left, summary_of(&all, id), "without {id}");
                told += 1;
            }
        }
        // The root, and in each environment the first and all that are last, need a look at the others.
        assert_eq!(told, 5);
        assert_eq!(whole.without(&all[0]), None);
    }
}
