//! Lists of traces, and one trace with all that belongs to it.
//!
//! Owns what is derived from a trace's observations: its latency, its cost, its counts, and the name, input and
//! output that a trace without its own takes from its root.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use spanstone_model::{Cost, Level, Observation, ObservationId, Score, Timestamp, Trace, TraceId};
use spanstone_store::hot::{LayeredView, TraceView};

use crate::filter::{Column, Filter, Value};
use crate::page::{CursorPage, Direction, Page, PageRequest, paginate};

/// What the observations of a trace come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TraceStats {
    /// From the first start to the last end or start, in microseconds.
    pub latency_micros: i64,
    /// The sum of the known total costs.
    pub total_cost: Cost,
    /// The sum of the known input costs.
    pub input_cost: Cost,
    /// The sum of the known output costs.
    pub output_cost: Cost,
    /// Whether any cost is known: without it the sums are zero for lack of knowledge.
    pub has_cost: bool,
    /// The sum of all usage whose type contains "input".
    pub input_tokens: u64,
    /// The sum of all usage whose type contains "output".
    pub output_tokens: u64,
    /// The sum of the total usages.
    pub total_tokens: u64,
    /// How many observations there are.
    pub observation_count: usize,
    /// How many of them are at each level, in the order of [`Level::ALL`].
    pub level_counts: [usize; 4],
}

impl TraceStats {
    /// How many observations are at a level.
    #[must_use]
    pub fn count_at(&self, level: Level) -> usize {
        self.level_counts[level as usize]
    }
}

/// A trace and what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceRow {
    /// The trace, with the name, input and output of its root where it has none of its own.
    pub trace: Arc<Trace>,
    /// What its observations come to.
    pub stats: TraceStats,
    /// Its observations.
    pub observation_ids: Vec<ObservationId>,
    /// The scores of the trace and of its observations, without corrections.
    pub scores: Vec<Arc<Score>>,
}

/// How a list of traces is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceOrder {
    /// By which field of the trace.
    pub by: Column,
    /// Which end comes first.
    pub direction: Direction,
}

impl Default for TraceOrder {
    /// The newest first.
    fn default() -> Self {
        Self { by: Column::Timestamp, direction: Direction::Descending }
    }
}

/// Which traces are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceQuery {
    /// Those that pass this.
    pub filter: Filter,
    /// In this order; of equal ones the larger id first.
    pub order: TraceOrder,
    /// Of them this page.
    pub page: PageRequest,
}

/// A place in the list of traces by time, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceCursor {
    /// The time of the last trace that was given.
    pub timestamp: Timestamp,
    /// Its id.
    pub id: TraceId,
}

/// One page of the traces that pass a filter.
#[must_use]
pub fn list(project: LayeredView<'_>, query: &TraceQuery) -> Page<TraceRow> {
    let environments = query.filter.any_of(Column::Environment);
    let matching = project.traces().rev().filter(|view| matches(*view, &query.filter));
    let page = if query.order == TraceOrder::default() {
        paginate(matching, query.page)
    } else {
        let mut sorted: Vec<_> = matching.collect();
        sorted.sort_by(|left, right| compare(*left, *right, query.order));
        paginate(sorted.into_iter(), query.page)
    };
    let rows = page.rows.into_iter().map(|view| row(view, environments)).collect();
    Page { rows, total: page.total }
}

/// The traces after a cursor, the newest first, and how many pass the filter in all.
#[must_use]
pub fn after(
    project: LayeredView<'_>,
    filter: &Filter,
    search: Option<&str>,
    cursor: Option<&TraceCursor>,
    limit: usize,
) -> (CursorPage<TraceRow, TraceCursor>, usize) {
    let wanted = |view: &TraceView<'_>| matches(*view, filter) && search.is_none_or(|text| found(*view, text));
    let total = if filter.conditions().is_empty() && search.is_none() {
        project.trace_count()
    } else {
        project.traces().filter(wanted).count()
    };
    let mut rows: Vec<_> = match cursor {
        Some(cursor) => {
            project.traces_before(cursor.timestamp, &cursor.id).rev().filter(wanted).take(limit + 1).collect()
        }
        None => project.traces().rev().filter(wanted).take(limit + 1).collect(),
    };
    let more = rows.len() > limit;
    rows.truncate(limit);
    let rows: Vec<_> = rows.into_iter().map(|view| row(view, None)).collect();
    let next = rows
        .last()
        .filter(|_| more)
        .map(|row| TraceCursor { timestamp: row.trace.timestamp, id: row.trace.id.clone() });
    (CursorPage { rows, next }, total)
}

/// A trace with everything in it.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceContents {
    /// The trace.
    pub row: TraceRow,
    /// Its observations, by start.
    pub observations: Vec<Arc<Observation>>,
    /// The scores that name it, corrections and all.
    pub scores: Vec<Arc<Score>>,
}

/// One trace with everything in it.
#[must_use]
pub fn one(project: LayeredView<'_>, id: &TraceId) -> Option<TraceContents> {
    let view = project.trace(id.as_str())?;
    let mut observations: Vec<_> = view.observations().cloned().collect();
    observations.sort_by(|left, right| (left.start, &left.id).cmp(&(right.start, &right.id)));
    Some(TraceContents { row: row(view, None), observations, scores: view.scores().cloned().collect() })
}

/// Whether an observation is a root of its trace: it has no parent, or its client marked it as one.
#[must_use]
pub fn is_root(observation: &Observation) -> bool {
    observation.parent_id.is_none() || observation.is_app_root
}

/// The trace with the name, input, output and metadata of its root, where no client spoke of the trace itself.
pub(crate) fn with_fallbacks(view: TraceView<'_>) -> Arc<Trace> {
    let trace = view.trace();
    let complete =
        trace.name.is_some() && trace.input.is_some() && trace.output.is_some() && !trace.metadata.is_empty();
    if view.is_explicit() || complete {
        return trace.clone();
    }
    let Some(root) = root(view) else {
        return trace.clone();
    };
    let mut filled = Trace::clone(trace);
    filled.name = filled.name.or_else(|| root.name.clone());
    filled.version = filled.version.or_else(|| root.version.clone());
    filled.input = filled.input.or(root.input);
    filled.output = filled.output.or(root.output);
    if filled.metadata.is_empty() {
        filled.metadata.clone_from(&root.metadata);
    }
    Arc::new(filled)
}

/// The observation that stands for the whole trace: one without a parent, else one that its client marked, else one
/// whose parent never came (the client continued a trace of somebody else's); of several the one that began first.
fn root(view: TraceView<'_>) -> Option<&Arc<Observation>> {
    let earliest = |wanted: &dyn Fn(&Observation) -> bool| {
        view.observations().filter(|observation| wanted(observation)).min_by_key(|observation| observation.start)
    };
    earliest(&|observation| observation.parent_id.is_none())
        .or_else(|| earliest(&|observation| observation.is_app_root))
        .or_else(|| {
            let present: HashSet<_> = view.observations().map(|observation| &observation.id).collect();
            let is_orphan = |parent: &ObservationId| !present.contains(parent);
            earliest(&|observation| observation.parent_id.as_ref().is_some_and(is_orphan))
        })
}

fn row(view: TraceView<'_>, environments: Option<&[String]>) -> TraceRow {
    let counted = |environment: &str| environments.is_none_or(|wanted| wanted.iter().any(|name| name == environment));
    let observation_ids = view.observations().filter(|it| counted(&it.environment)).map(|it| it.id.clone()).collect();
    let listed = |score: &&Arc<Score>| counted(&score.environment) && score.is_listed();
    TraceRow {
        trace: with_fallbacks(view),
        stats: stats(view, environments),
        observation_ids,
        scores: view.scores().filter(listed).cloned().collect(),
    }
}

fn stats(view: TraceView<'_>, environments: Option<&[String]>) -> TraceStats {
    let mut stats = TraceStats::default();
    let mut span: Option<(Timestamp, Timestamp)> = None;
    for observation in view.observations() {
        if environments.is_some_and(|wanted| !wanted.iter().any(|name| **name == *observation.environment)) {
            continue;
        }
        let end = observation.end.unwrap_or(observation.start);
        let (first, last) = span.unwrap_or((observation.start, end));
        span = Some((first.min(observation.start), last.max(end)));
        stats.observation_count += 1;
        stats.level_counts[observation.level as usize] += 1;
        stats.input_tokens = stats.input_tokens.saturating_add(observation.usage.sum_containing("input"));
        stats.output_tokens = stats.output_tokens.saturating_add(observation.usage.sum_containing("output"));
        stats.total_tokens = stats.total_tokens.saturating_add(observation.usage.get("total").unwrap_or(0));
        let costs = &observation.provided_cost;
        stats.has_cost |= !costs.is_empty();
        let add = |sum: Cost, cost: Option<Cost>| sum.saturating_add(cost.unwrap_or(Cost::ZERO));
        stats.total_cost = add(stats.total_cost, costs.total());
        stats.input_cost = add(stats.input_cost, costs.sum_containing("input"));
        stats.output_cost = add(stats.output_cost, costs.sum_containing("output"));
    }
    stats.latency_micros = span.map_or(0, |(first, last)| last.micros_since(first));
    stats
}

/// Whether a text is part of the id, the name, the user or the session of a trace, in whatever case.
fn found(view: TraceView<'_>, text: &str) -> bool {
    let text = text.to_lowercase();
    let trace = with_fallbacks(view);
    let session = trace.session_id.as_ref().map(spanstone_model::SessionId::as_str);
    let places = [Some(trace.id.as_str()), trace.name.as_deref(), trace.user_id.as_deref(), session];
    places.into_iter().flatten().any(|place| place.to_lowercase().contains(&text))
}

fn compare(left: TraceView<'_>, right: TraceView<'_>, order: TraceOrder) -> Ordering {
    let key = |left: &Trace, right: &Trace| match order.by {
        Column::Name => left.name.cmp(&right.name),
        Column::UserId => left.user_id.cmp(&right.user_id),
        Column::SessionId => left.session_id.cmp(&right.session_id),
        Column::Release => left.release.cmp(&right.release),
        Column::Version => left.version.cmp(&right.version),
        Column::Public => left.public.cmp(&right.public),
        Column::Timestamp => left.timestamp.cmp(&right.timestamp),
        // Nothing else orders traces; the id at least makes the order total.
        _ => left.id.cmp(&right.id),
    };
    let (left, right) = (with_fallbacks(left), with_fallbacks(right));
    let ascending = key(&left, &right).then_with(|| left.id.cmp(&right.id));
    match order.direction {
        Direction::Ascending => ascending,
        Direction::Descending => ascending.reverse(),
    }
}

fn matches(view: TraceView<'_>, filter: &Filter) -> bool {
    if filter.conditions().is_empty() {
        return true;
    }
    let trace = with_fallbacks(view);
    let stats = std::cell::OnceCell::new();
    let stats = || stats.get_or_init(|| self::stats(view, None));
    filter.matches(|column| trace_value(&trace, column).unwrap_or_else(|| stats_value(stats(), column)))
}

/// The value of a column of the trace itself; nothing for what is derived from its observations.
fn trace_value(trace: &Trace, column: Column) -> Option<Value<'_>> {
    Some(match column {
        Column::Id => Value::Text(Some(trace.id.as_str())),
        Column::Timestamp => Value::Time(Some(trace.timestamp)),
        Column::Name => Value::Text(trace.name.as_deref()),
        Column::UserId => Value::Text(trace.user_id.as_deref()),
        Column::SessionId => Value::Text(trace.session_id.as_ref().map(spanstone_model::SessionId::as_str)),
        Column::Release => Value::Text(trace.release.as_deref()),
        Column::Version => Value::Text(trace.version.as_deref()),
        Column::Environment => Value::Text(Some(&trace.environment)),
        Column::Tags => Value::List(&trace.tags),
        Column::Public => Value::Flag(trace.public),
        Column::Bookmarked => Value::Flag(false),
        _ => return None,
    })
}

fn stats_value(stats: &TraceStats, column: Column) -> Value<'static> {
    let worst = Level::ALL.into_iter().rev().find(|level| stats.count_at(*level) > 0);
    Value::Number(Some(match column {
        Column::Level => return Value::Text(worst.map(Level::as_str)),
        Column::Latency => float(stats.latency_micros) / 1e6,
        Column::TotalCost => stats.total_cost.dollars(),
        Column::InputCost => stats.input_cost.dollars(),
        Column::OutputCost => stats.output_cost.dollars(),
        Column::TotalTokens => float(stats.total_tokens),
        Column::InputTokens => float(stats.input_tokens),
        Column::OutputTokens => float(stats.output_tokens),
        Column::ErrorCount => float(stats.count_at(Level::Error) as u64),
        Column::WarningCount => float(stats.count_at(Level::Warning) as u64),
        Column::DefaultCount => float(stats.count_at(Level::Default) as u64),
        Column::DebugCount => float(stats.count_at(Level::Debug) as u64),
        _ => return Value::Number(None),
    }))
}

/// An integer as a float, for comparison with the number of a filter.
pub(crate) fn float(number: impl TryInto<i64>) -> f64 {
    let number = number.try_into().unwrap_or(i64::MAX);
    #[expect(clippy::cast_precision_loss, reason = "a filter's number is a float anyway")]
    let number = number as f64;
    number
}
