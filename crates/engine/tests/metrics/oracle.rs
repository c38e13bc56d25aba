//! The answer to a question, found by looking at one row after the other.
//!
//! Written from the description of the API alone: rows are what the lists give, each dimension and each measure is worked out
//! for each row, groups are made by comparing texts.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value as Json, json};
use spanstone_engine::query::metrics::{
    Aggregation, Generation, Granularity, MetricsCondition, MetricsRequest, TimeDimension, View,
};
use spanstone_engine::query::{
    Comparison, Direction, Filter, ObservationQuery, PageRequest, ScoreQuery, Test, TextMatch, TraceOrder, TraceParts,
    TraceQuery,
};
use spanstone_engine::{Engine, ObservationItem, ScoreItem, TraceItem};
use spanstone_model::{
    Cost, CostDetails, DataType, Observation, ObservationId, Score, SessionId, Text, Timestamp, Trace, TraceId, Week,
};

use super::project;

/// A row with everything that it could be asked for.
#[derive(Clone, Default)]
struct Row {
    time: Timestamp,
    dimensions: BTreeMap<&'static str, Json>,
    measures: BTreeMap<&'static str, Json>,
    metadata: Vec<(Text, Text)>,
    /// Types with their amounts.
    costs: Vec<(String, f64)>,
    usage: Vec<(String, f64)>,
    has_trace: bool,
    has_observation: bool,
    scores: u64,
}

const ALL: PageRequest = PageRequest { page: 1, limit: 1_000 };

/// Everything that an engine lists.
pub(super) struct Listed {
    traces: Vec<TraceItem>,
    observations: Vec<ObservationItem>,
    scores: Vec<ScoreItem>,
}

impl Listed {
    pub(super) fn of(engine: &Engine) -> Self {
        let reads = engine.reads(engine.watch());
        let failed = "the engine answers";
        let query = TraceQuery { filter: Filter::all(), order: TraceOrder::default(), page: ALL };
        let traces = reads.traces(&project(), &query, TraceParts::ALL).expect(failed).rows;
        let query = ObservationQuery { filter: Filter::all(), page: ALL };
        let observations = reads.observations(&project(), &query).expect(failed).rows;
        let query = ScoreQuery { filter: Filter::all(), page: ALL, require_trace: false, listable_only: false };
        let scores = reads.scores(&project(), &query).expect(failed).rows;
        Self { traces, observations, scores }
    }
}

pub(super) fn answer(listed: &Listed, request: &MetricsRequest, generation: Generation) -> Vec<Map<String, Json>> {
    let question = Question { request, generation };
    let rows = question.rows(listed);
    let rows: Vec<Row> = rows.into_iter().filter(|row| question.counts(row)).collect();
    let axes = question.axes();
    let mut entries: Vec<(Vec<Json>, Row)> = Vec::new();
    for row in rows {
        question.split(&axes, &row, &mut entries);
    }
    let mut groups: Vec<(Vec<Json>, Vec<Row>)> = Vec::new();
    for (key, row) in entries {
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((key, vec![row])),
        }
    }
    if axes.is_empty() && groups.is_empty() {
        groups.push((Vec::new(), Vec::new()));
    }
    let mut answer: Vec<Map<String, Json>> = Vec::new();
    for (key, rows) in groups {
        let mut row: Map<String, Json> = axes.iter().cloned().zip(key).collect();
        question.measure(&rows, &mut row);
        answer.push(row);
    }
    question.finish(&axes, answer)
}

struct Question<'q> {
    request: &'q MetricsRequest,
    generation: Generation,
}

impl Question<'_> {
    fn rows(&self, listed: &Listed) -> Vec<Row> {
        let Listed { traces, observations, scores } = listed;
        let earliest = Timestamp::from_micros(self.request.from.micros() - 3_600_000_000);
        let counted: Vec<&Score> =
            scores.iter().map(|it| &*it.row.score).filter(|it| it.timestamp >= earliest).collect();
        match self.request.view {
            View::Traces => {
                let row = |trace: &Trace| {
                    let own = observations.iter().map(|it| &*it.row.observation).filter(|it| it.trace_id == trace.id);
                    let scores = counted.iter().filter(|score| score.trace_id.as_ref() == Some(&trace.id)).count();
                    trace_row(trace, &own.collect::<Vec<_>>(), scores as u64)
                };
                let with = |item: &TraceItem| Row { metadata: item.payloads.metadata.clone(), ..row(&item.row.trace) };
                traces.iter().map(with).collect()
            }
            View::Observations => {
                let row = |observation: &Observation, trace: &Trace| {
                    let is_of = |score: &&&Score| score.observation_id.as_ref() == Some(&observation.id);
                    observation_row(observation, trace, counted.iter().filter(is_of).count() as u64)
                };
                let with = |item: &ObservationItem| Row {
                    metadata: item.payloads.metadata.clone(),
                    ..row(&item.row.observation, &item.row.trace)
                };
                observations.iter().map(with).collect()
            }
            view => {
                let by_id: HashMap<_, _> =
                    observations.iter().map(|it| (it.row.observation.id.clone(), &*it.row.observation)).collect();
                let is_wanted = |score: &Score| match view {
                    View::ScoresNumeric => matches!(score.value.data_type(), DataType::Numeric | DataType::Boolean),
                    View::ScoresBoolean => score.value.data_type() == DataType::Boolean,
                    _ => score.value.data_type() == DataType::Categorical,
                };
                let wanted = scores.iter().filter(|it| is_wanted(&it.row.score));
                let row = |score: &Score, trace: Option<&Trace>| {
                    let observation = score.observation_id.as_ref().and_then(|id| by_id.get(id).copied());
                    score_row(score, trace, observation, self.generation)
                };
                let with = |item: &ScoreItem| Row {
                    metadata: item.metadata.clone(),
                    ..row(&item.row.score, item.row.trace.as_deref())
                };
                wanted.map(with).collect()
            }
        }
    }

    /// Whether a row counts: its time, its conditions, and what it is joined with.
    fn counts(&self, row: &Row) -> bool {
        let request = self.request;
        let asked: Vec<&str> = request.dimensions.iter().map(String::as_str).collect();
        let asked: Vec<&str> = asked.into_iter().chain(request.filters.iter().map(|it| it.column.as_str())).collect();
        let measures: Vec<&str> = request.metrics.iter().map(|(measure, _)| measure.as_str()).collect();
        let is_scores = !matches!(request.view, View::Traces | View::Observations);
        let of_trace = |name: &&&str| match **name {
            "traceName" | "tags" | "userId" | "traceRelease" | "traceVersion" => true,
            "sessionId" => self.generation == Generation::V1,
            _ => false,
        };
        let of_observation = |name: &&&str| {
            matches!(
                **name,
                "observationName" | "observationModelName" | "observationPromptName" | "observationPromptVersion"
            )
        };
        let needs_observations =
            ["observationsCount", "latency", "totalTokens", "totalCost"].iter().any(|it| measures.contains(it));
        let needs_scores = measures.iter().any(|it| matches!(*it, "scoresCount" | "countScores"));
        (request.from..=request.to).contains(&row.time)
            && request.filters.iter().all(|condition| self.holds(condition, row))
            && (!is_scores || row.has_trace || !asked.iter().any(|name| of_trace(&name)))
            && (!is_scores || row.has_observation || !asked.iter().any(|name| of_observation(&name)))
            && (request.view != View::Traces || row.has_observation || !needs_observations)
            && (row.scores > 0 || !needs_scores)
    }

    fn holds(&self, condition: &MetricsCondition, row: &Row) -> bool {
        let test = condition.test.as_ref().expect("every type has a test");
        match condition.column.as_str() {
            "start_time" | "timestamp" => match test {
                Test::Time(comparison, limit) => compare(*comparison, row.time.cmp(limit)),
                _ => false,
            },
            "metadata" => match test {
                Test::At(key, test) => {
                    row.metadata.iter().any(|(name, value)| **name == **key && self.passes(test, &shown(value)))
                }
                _ => false,
            },
            "costType" => row.costs.iter().any(|(kind, _)| self.passes(test, &json!(kind))),
            "usageType" => row.usage.iter().any(|(kind, _)| self.passes(test, &json!(kind))),
            column => self.passes(test, &row.dimensions[column]),
        }
    }

    fn passes(&self, test: &Test, value: &Json) -> bool {
        // The second generation knows no difference between no text and an empty one.
        let is_later = self.generation == Generation::V2;
        let value = if is_later && value.is_null() { &json!("") } else { value };
        let is_missing =
            value.is_null() || (is_later && value.as_str() == Some("")) || value.as_array().is_some_and(Vec::is_empty);
        let list: Vec<&str> = value.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        let number = value.as_u64().map(|number| number.to_string());
        let text = value.as_str().or(number.as_deref());
        match (test, value, text) {
            (Test::IsNull, ..) => is_missing,
            (Test::IsNotNull, ..) => !is_missing,
            (Test::AnyOf(options), Json::Array(_), _) => options.iter().any(|it| list.contains(&it.as_str())),
            (Test::NoneOf(options), Json::Array(_), _) => !options.iter().any(|it| list.contains(&it.as_str())),
            (Test::AllOf(options), Json::Array(_), _) => options.iter().all(|it| list.contains(&it.as_str())),
            (Test::Number(comparison, limit), Json::Number(number), _) => {
                let order = number.as_f64().and_then(|number| number.partial_cmp(limit));
                order.is_some_and(|order| compare(*comparison, order))
            }
            (Test::Flag(flag), Json::Bool(value), _) => flag == value,
            (Test::AnyOf(options), _, Some(text)) => options.iter().any(|it| it == text),
            (Test::NoneOf(options), _, Some(text)) => !options.iter().any(|it| it == text),
            (Test::Text(how, wanted), _, Some(text)) => match how {
                TextMatch::Equals => text == wanted,
                TextMatch::Contains => text.contains(wanted.as_str()),
                TextMatch::DoesNotContain => !text.contains(wanted.as_str()),
                TextMatch::StartsWith => text.starts_with(wanted.as_str()),
                TextMatch::EndsWith => text.ends_with(wanted.as_str()),
            },
            _ => false,
        }
    }

    fn axes(&self) -> Vec<String> {
        let mut axes: Vec<String> = Vec::new();
        let mut add = |name: &str| {
            if !axes.iter().any(|known| known == name) {
                axes.push(name.to_owned());
            }
        };
        self.request.dimensions.iter().for_each(|name| add(name));
        for (measure, _) in &self.request.metrics {
            match measure.as_str() {
                "costByType" => add("costType"),
                "usageByType" => add("usageType"),
                _ => {}
            }
        }
        if self.request.time.is_some() {
            add("time_dimension");
        }
        axes
    }

    /// Adds a row to the entries, once for each type if it is split by them.
    fn split(&self, axes: &[String], row: &Row, entries: &mut Vec<(Vec<Json>, Row)>) {
        let split = axes.iter().find(|axis| matches!(axis.as_str(), "costType" | "usageType"));
        let types: Vec<(String, f64)> = match split.map(String::as_str) {
            Some("costType") => row.costs.clone(),
            Some(_) => row.usage.clone(),
            None => vec![(String::new(), 0.0)],
        };
        let asked = |kind: &str| {
            let on_it = self.request.filters.iter().filter(|it| Some(&it.column) == split);
            on_it.filter_map(|it| it.test.as_ref()).all(|test| self.passes(test, &json!(kind)))
        };
        for (kind, amount) in types.into_iter().filter(|(kind, _)| split.is_none() || asked(kind)) {
            let mut entry = row.clone();
            entry.dimensions.insert("costType", json!(kind));
            entry.dimensions.insert("usageType", json!(kind));
            entry.dimensions.insert("time_dimension", self.bucket(row.time));
            entry.measures.insert("costByType", json!(amount));
            entry.measures.insert("usageByType", json!(amount));
            // The second generation knows no empty texts.
            let is_missing = |value: &Json| self.generation == Generation::V2 && value.as_str() == Some("");
            for entry in each_tool(axes, entry) {
                let value = |axis: &String| Some(entry.dimensions[axis.as_str()].clone()).filter(|it| !is_missing(it));
                entries.push((axes.iter().map(|axis| value(axis).unwrap_or(Json::Null)).collect(), entry));
            }
        }
    }

    fn granularity(&self) -> Granularity {
        let hours = (self.request.to.micros() - self.request.from.micros()) as f64 / 3.6e9;
        match self.request.time {
            Some(TimeDimension::Every(granularity)) => granularity,
            _ if hours < 2.0 => Granularity::Minute,
            _ if hours < 72.0 => Granularity::Hour,
            _ if hours < 1_440.0 => Granularity::Day,
            _ if hours < 8_760.0 => Granularity::Week,
            _ => Granularity::Month,
        }
    }

    fn bucket(&self, time: Timestamp) -> Json {
        let text = time.to_string();
        json!(match self.granularity() {
            Granularity::Minute => format!("{}:00Z", &text[..16]),
            Granularity::Hour => format!("{}:00:00Z", &text[..13]),
            Granularity::Day => text[..10].to_owned(),
            Granularity::Week => Week::of(time).start().to_string()[..10].to_owned(),
            Granularity::Month => format!("{}-01", &text[..7]),
        })
    }

    fn measure(&self, rows: &[Row], into: &mut Map<String, Json>) {
        if self.request.metrics.is_empty() {
            into.insert("count".to_owned(), json!(rows.len()));
        }
        for (measure, aggregation) in &self.request.metrics {
            let values: Vec<&Json> =
                rows.iter().map(|row| &row.measures[measure.as_str()]).filter(|value| !value.is_null()).collect();
            let is_of_trace = self.request.view == View::Traces;
            let distinct = match measure.as_str() {
                "uniqueUserIds" if is_of_trace => Some("userId"),
                "uniqueSessionIds" if is_of_trace => Some("sessionId"),
                _ => None,
            };
            let value = match (distinct, aggregation) {
                (Some(dimension), Aggregation::Count | Aggregation::Uniq) => {
                    let texts = rows.iter().map(|row| &row.dimensions[dimension]).filter(|text| !text.is_null());
                    json!(texts.map(Json::to_string).collect::<BTreeSet<_>>().len())
                }
                _ => self.aggregate(measure, *aggregation, &values),
            };
            into.insert(format!("{}_{measure}", aggregation.as_str()), value);
        }
    }

    fn aggregate(&self, measure: &str, aggregation: Aggregation, values: &[&Json]) -> Json {
        let mut numbers: Vec<f64> = values.iter().filter_map(|value| value.as_f64()).collect();
        numbers.sort_by(f64::total_cmp);
        let sum: f64 = numbers.iter().sum();
        let or_null = |number: Option<f64>| number.map_or(Json::Null, |number| json!(number));
        let quantile = |share: f64| {
            let place = share * (numbers.len() as f64 - 1.0);
            let low = *numbers.get(place.floor() as usize)?;
            let high = numbers.get(place.ceil() as usize).copied().unwrap_or(low);
            Some(low + (high - low) * place.fract())
        };
        match aggregation {
            Aggregation::Count => json!(values.len()),
            Aggregation::Uniq => json!(values.iter().map(ToString::to_string).collect::<BTreeSet<_>>().len()),
            Aggregation::Sum if numbers.is_empty() && is_nullable(measure) => Json::Null,
            Aggregation::Sum => json!(sum),
            Aggregation::Average => or_null((!numbers.is_empty()).then(|| sum / numbers.len() as f64)),
            Aggregation::Max => or_null(numbers.last().copied()),
            Aggregation::Min => or_null(numbers.first().copied()),
            Aggregation::P50 => or_null(quantile(0.5)),
            Aggregation::P75 => or_null(quantile(0.75)),
            Aggregation::P90 => or_null(quantile(0.9)),
            Aggregation::P95 => or_null(quantile(0.95)),
            Aggregation::P99 => or_null(quantile(0.99)),
            Aggregation::Histogram if numbers.is_empty() => json!([]),
            Aggregation::Histogram => json!({
                "count": numbers.len(), "least": numbers.first(), "most": numbers.last(),
                "bins": self.request.bins.unwrap_or(10),
            }),
        }
    }

    /// Fills gaps, orders and cuts.
    fn finish(&self, axes: &[String], mut answer: Vec<Map<String, Json>>) -> Vec<Map<String, Json>> {
        let request = self.request;
        if request.time.is_some() && request.order.is_empty() {
            self.fill(axes, &mut answer);
        }
        let first = request.metrics.first().map(|(measure, how)| format!("{}_{measure}", how.as_str()));
        let mut order: Vec<(String, Direction)> = request.order.clone();
        if order.is_empty() {
            order.extend(match (request.time, first) {
                (Some(_), _) => Some(("time_dimension".to_owned(), Direction::Ascending)),
                (None, Some(first)) => Some((first, Direction::Descending)),
                (None, None) => None,
            });
        }
        order.extend(axes.iter().map(|axis| (axis.clone(), Direction::Ascending)));
        answer.sort_by(|left, right| {
            let differs = |(field, direction): &(String, Direction)| {
                let (left, right) = (&left[field], &right[field]);
                match (left.is_null(), right.is_null(), direction) {
                    (false, false, Direction::Ascending) => order_of(left, right),
                    (false, false, Direction::Descending) => order_of(right, left),
                    (left, right, _) => left.cmp(&right),
                }
            };
            order.iter().map(differs).find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal)
        });
        let limit = request.row_limit.or((self.generation == Generation::V2).then_some(100));
        answer.truncate(limit.unwrap_or(usize::MAX));
        answer
    }

    fn fill(&self, axes: &[String], answer: &mut Vec<Map<String, Json>>) {
        let step = match self.granularity() {
            Granularity::Minute => 60,
            Granularity::Hour => 3_600,
            // Shorter than a month or a week, so that none is passed over.
            _ => 86_400,
        };
        let last = self.bucket(self.request.to);
        let mut filled: HashSet<String> = answer.iter().map(|row| row["time_dimension"].to_string()).collect();
        let mut time = self.request.from;
        while self.bucket(time) != last {
            let bucket = self.bucket(time);
            time = Timestamp::from_micros(time.micros() + step * 1_000_000);
            if !filled.insert(bucket.to_string()) {
                continue;
            }
            let mut row: Map<String, Json> = axes.iter().map(|axis| (axis.clone(), Json::Null)).collect();
            row.insert("time_dimension".to_owned(), bucket);
            if self.request.metrics.is_empty() {
                row.insert("count".to_owned(), json!(0));
            }
            for (measure, aggregation) in &self.request.metrics {
                let value = match aggregation {
                    Aggregation::Count | Aggregation::Uniq => json!(0),
                    Aggregation::Histogram => json!([]),
                    _ if is_nullable(measure) => Json::Null,
                    _ => json!(0),
                };
                row.insert(format!("{}_{measure}", aggregation.as_str()), value);
            }
            answer.push(row);
        }
    }
}

/// A row once for each of its tools, if it is told apart by them.
fn each_tool(axes: &[String], row: Row) -> Vec<Row> {
    let mut rows = vec![row];
    for axis in ["toolNames", "calledToolNames"].into_iter().filter(|name| axes.iter().any(|axis| axis == name)) {
        let spread = |row: Row| {
            let names: BTreeSet<String> = row.dimensions[axis]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .map(str::to_owned)
                .collect();
            let with = move |name: String| {
                let mut row = row.clone();
                row.dimensions.insert(axis, json!(name));
                row
            };
            names.into_iter().map(with).collect::<Vec<_>>()
        };
        rows = rows.into_iter().flat_map(spread).collect();
    }
    rows
}

/// Whether rows may be without a measure.
fn is_nullable(measure: &str) -> bool {
    !matches!(
        measure,
        "count"
            | "observationsCount"
            | "scoresCount"
            | "countScores"
            | "uniqueUserIds"
            | "uniqueSessionIds"
            | "inputTokens"
            | "outputTokens"
            | "totalTokens"
            | "costByType"
            | "usageByType"
    )
}

/// The text that an answer gives for one of metadata, of JSON's strings what they hold.
fn shown(stored: &str) -> Json {
    serde_json::from_str(stored).ok().filter(Json::is_string).unwrap_or_else(|| json!(stored))
}

fn compare(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

fn order_of(left: &Json, right: &Json) -> Ordering {
    match (left, right) {
        (Json::Array(left), Json::Array(right)) => {
            let texts = |list: &[Json]| list.iter().map(|it| it.as_str().map(str::to_owned)).collect::<Vec<_>>();
            texts(left).cmp(&texts(right))
        }
        (Json::Bool(left), Json::Bool(right)) => left.cmp(right),
        (Json::String(left), Json::String(right)) => left.cmp(right),
        _ => left.as_f64().partial_cmp(&right.as_f64()).unwrap_or(Ordering::Equal),
    }
}

fn trace_dimensions(row: &mut Row, trace: Option<&Trace>, names: [&'static str; 6]) {
    let text = |text: Option<&str>| text.map_or(Json::Null, |text| json!(text));
    let [name, tags, user, session, release, version] = names;
    row.dimensions.insert(name, text(trace.and_then(|it| it.name.as_deref())));
    let list = trace.map(|it| it.tags.iter().map(|tag| json!(&**tag)).collect());
    row.dimensions.insert(tags, list.unwrap_or(Json::Null));
    row.dimensions.insert(user, text(trace.and_then(|it| it.user_id.as_deref())));
    row.dimensions.insert(session, text(trace.and_then(|it| it.session_id.as_ref()).map(SessionId::as_str)));
    row.dimensions.insert(release, text(trace.and_then(|it| it.release.as_deref())));
    row.dimensions.insert(version, text(trace.and_then(|it| it.version.as_deref())));
}

fn month(time: Timestamp) -> Json {
    json!(&time.to_string()[..7])
}

fn cost_of(observation: &Observation) -> &CostDetails {
    &observation.cost
}

fn dollars(cost: Option<Cost>) -> Json {
    cost.map_or(Json::Null, |cost| json!(cost.dollars()))
}

/// Whole milliseconds between two times.
fn millis(from: Option<Timestamp>, to: Option<Timestamp>) -> Json {
    from.zip(to).map_or(Json::Null, |(from, to)| json!(to.millis() - from.millis()))
}

fn trace_row(trace: &Trace, observations: &[&Observation], scores: u64) -> Row {
    let mut row = Row { time: trace.timestamp, scores, has_observation: !observations.is_empty(), ..Row::default() };
    trace_dimensions(&mut row, Some(trace), ["name", "tags", "userId", "sessionId", "release", "version"]);
    row.dimensions.insert("id", json!(trace.id.as_str()));
    row.dimensions.insert("environment", json!(&*trace.environment));
    row.dimensions.insert("timestampMonth", month(trace.timestamp));
    let costs: Vec<_> = observations.iter().map(|it| cost_of(it)).filter(|it| !it.is_empty()).collect();
    let total: f64 = costs.iter().filter_map(|it| it.total()).map(Cost::dollars).sum();
    let has = |name: &str| u8::from(!row.dimensions[name].is_null());
    let first = observations.iter().map(|it| it.start).min();
    let last = observations.iter().map(|it| it.end.unwrap_or(it.start)).max();
    row.measures = [
        ("count", json!(1)),
        ("observationsCount", json!(observations.len())),
        ("scoresCount", json!(scores)),
        ("uniqueUserIds", json!(has("userId"))),
        ("uniqueSessionIds", json!(has("sessionId"))),
        ("latency", millis(first, last)),
        ("totalTokens", json!(observations.iter().filter_map(|it| it.usage.get("total")).sum::<u64>())),
        ("totalCost", if costs.is_empty() { Json::Null } else { json!(total) }),
    ]
    .into();
    row
}

fn observation_row(observation: &Observation, trace: &Trace, scores: u64) -> Row {
    let mut row = Row { time: observation.start, has_trace: true, scores, ..Row::default() };
    let text = |text: Option<&str>| text.map_or(Json::Null, |text| json!(text));
    trace_dimensions(
        &mut row,
        Some(trace),
        ["traceName", "tags", "userId", "sessionId", "traceRelease", "traceVersion"],
    );
    let release = row.dimensions["traceRelease"].clone();
    let (offered, called) =
        observation.tools.as_ref().map_or((Vec::new(), Vec::new()), |it| (it.offered.clone(), it.called.clone()));
    let count = |count: usize| if count == 0 { Json::Null } else { json!(count) };
    let parent = observation.parent_id.as_ref().map(ObservationId::as_str);
    row.dimensions.extend([
        ("id", json!(observation.id.as_str())),
        ("traceId", json!(observation.trace_id.as_str())),
        ("environment", json!(&*observation.environment)),
        ("parentObservationId", text(parent)),
        ("isRootObservation", json!(parent.is_none() || observation.is_app_root)),
        ("type", json!(observation.kind.as_str())),
        ("name", text(observation.name.as_deref())),
        ("level", json!(observation.level.as_str())),
        ("version", text(observation.version.as_deref())),
        ("release", release),
        ("providedModelName", text(observation.model.as_deref())),
        ("promptName", text(observation.prompt.as_ref().map(|prompt| &*prompt.name))),
        ("promptVersion", observation.prompt.as_ref().map_or(Json::Null, |prompt| json!(prompt.version))),
        ("startTimeMonth", month(observation.start)),
        ("toolNames", offered.iter().map(|name| json!(&**name)).collect()),
        ("calledToolNames", called.iter().map(|name| json!(&**name)).collect()),
    ]);
    let cost = cost_of(observation);
    row.costs = cost.iter().map(|(kind, amount)| (kind.to_string(), amount.dollars())).collect();
    row.usage = observation.usage.iter().map(|(kind, amount)| (kind.to_string(), amount as f64)).collect();
    let usage = &observation.usage;
    let sum_of = |part: &str| usage.iter().filter(|(kind, _)| kind.contains(part)).map(|(_, it)| it).sum::<u64>();
    let (start, end, completion) = (Some(observation.start), observation.end, observation.completion_start);
    let rate = |tokens: u64, from: Option<Timestamp>| {
        let seconds = from.zip(end).map(|(from, to)| (to.micros() - from.micros()) as f64 / 1e6);
        // No tokens in a time that runs backwards are as many as in one that runs forwards: the sum has no sign.
        seconds.filter(|seconds| *seconds != 0.0).map_or(Json::Null, |seconds| json!(tokens as f64 / seconds + 0.0))
    };
    let total = usage.get("total").unwrap_or(0);
    row.measures = [
        ("count", json!(1)),
        ("traceId", json!(observation.trace_id.as_str())),
        ("uniqueUserIds", row.dimensions["userId"].clone()),
        ("uniqueSessionIds", row.dimensions["sessionId"].clone()),
        ("latency", millis(start, end)),
        ("streamingLatency", millis(completion, end)),
        ("timeToFirstToken", millis(start, completion)),
        ("inputTokens", json!(sum_of("input"))),
        ("outputTokens", json!(sum_of("output"))),
        ("totalTokens", json!(total)),
        ("outputTokensPerSecond", rate(sum_of("output"), completion)),
        ("tokensPerSecond", rate(total, start)),
        ("inputCost", dollars(cost.sum_containing("input"))),
        ("outputCost", dollars(cost.sum_containing("output"))),
        ("totalCost", dollars(cost.total())),
        ("countScores", json!(scores)),
        ("toolDefinitions", count(offered.len())),
        ("toolCalls", count(called.len())),
    ]
    .into();
    row
}

fn score_row(score: &Score, trace: Option<&Trace>, observation: Option<&Observation>, generation: Generation) -> Row {
    let mut row = Row {
        time: score.timestamp,
        has_trace: trace.is_some(),
        has_observation: observation.is_some(),
        ..Row::default()
    };
    let text = |text: Option<&str>| text.map_or(Json::Null, |text| json!(text));
    trace_dimensions(&mut row, trace, ["traceName", "tags", "userId", "sessionId", "traceRelease", "traceVersion"]);
    if generation == Generation::V2 {
        row.dimensions.insert("sessionId", text(score.session_id.as_ref().map(SessionId::as_str)));
    }
    let prompt = observation.and_then(|it| it.prompt.as_ref());
    let number = score.value.number();
    row.dimensions.extend([
        ("id", json!(score.id.as_str())),
        ("environment", json!(&*score.environment)),
        ("name", json!(&*score.name)),
        ("source", json!(score.source.as_str())),
        ("dataType", json!(score.value.data_type().as_str())),
        ("traceId", text(score.trace_id.as_ref().map(TraceId::as_str))),
        ("configId", text(score.config_id.as_deref())),
        ("observationId", text(score.observation_id.as_ref().map(ObservationId::as_str))),
        ("timestampMonth", month(score.timestamp)),
        ("timestampDay", json!(&score.timestamp.to_string()[..10])),
        ("observationName", text(observation.and_then(|it| it.name.as_deref()))),
        ("observationModelName", text(observation.and_then(|it| it.model.as_deref()))),
        ("observationPromptName", text(prompt.map(|prompt| &*prompt.name))),
        ("observationPromptVersion", prompt.map_or(Json::Null, |prompt| json!(prompt.version))),
        ("value", number.map_or(Json::Null, |number| json!(number))),
        ("booleanValue", json!(number == Some(1.0))),
        ("stringValue", text(score.value.text())),
    ]);
    row.measures = [("count", json!(1)), ("value", number.map_or(Json::Null, |number| json!(number)))].into();
    row
}
