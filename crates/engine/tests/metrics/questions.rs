//! Random questions that have a meaning.

use spanstone_engine::query::metrics::{
    Aggregation, Generation, Granularity, MetricsCondition, MetricsRequest, TimeDimension, View,
};
use spanstone_engine::query::{Comparison, Direction, Test, TextMatch};
use spanstone_model::Timestamp;

const COMMON: &[&str] = &["environment", "name", "version"];
const TRACES: &[&str] =
    &["id", "name", "tags", "userId", "sessionId", "release", "version", "environment", "timestampMonth"];
const OBSERVATIONS: &[&str] = &[
    "environment",
    "type",
    "name",
    "level",
    "version",
    "tags",
    "providedModelName",
    "promptName",
    "promptVersion",
    "traceName",
    "traceRelease",
    "traceVersion",
    "startTimeMonth",
    "toolNames",
    "calledToolNames",
    "id",
    "traceId",
    "parentObservationId",
    "userId",
    "sessionId",
];
const OBSERVATIONS_LATER: &[&str] = &["isRootObservation", "release", "costType", "usageType"];
const SCORES: &[&str] = &[
    "environment",
    "name",
    "source",
    "dataType",
    "configId",
    "timestampMonth",
    "timestampDay",
    "traceName",
    "tags",
    "traceRelease",
    "traceVersion",
    "observationName",
    "observationModelName",
    "observationPromptName",
    "observationPromptVersion",
    "id",
    "traceId",
    "observationId",
    "userId",
    "sessionId",
];

const TRACE_MEASURES: &[&str] = &[
    "count",
    "observationsCount",
    "scoresCount",
    "uniqueUserIds",
    "uniqueSessionIds",
    "latency",
    "totalTokens",
    "totalCost",
];
const OBSERVATION_MEASURES: &[&str] = &[
    "count",
    "latency",
    "streamingLatency",
    "timeToFirstToken",
    "inputTokens",
    "outputTokens",
    "totalTokens",
    "outputTokensPerSecond",
    "tokensPerSecond",
    "inputCost",
    "outputCost",
    "totalCost",
    "countScores",
    "toolDefinitions",
    "toolCalls",
];
const TEXT_MEASURES: &[&str] = &["traceId", "uniqueUserIds", "uniqueSessionIds"];

/// What have too many values for the second generation to group by them at will.
const HIGH: &[&str] = &["id", "traceId", "parentObservationId", "userId", "sessionId", "observationId"];

/// Numbers that look random and follow from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits >> 33) as usize % sides
    }

    fn choose<T: Copy>(&mut self, options: &[T]) -> T {
        options[self.roll(options.len())]
    }
}

pub(super) fn random(seed: u64) -> (MetricsRequest, Generation) {
    let mut dice = Dice(seed);
    let generation = dice.choose(&[Generation::V1, Generation::V2]);
    let view = dice.choose(View::of(generation));
    let known = dimensions(view, generation);
    let is_split = |name: &str| matches!(name, "costType" | "usageType");
    let mut dimensions: Vec<String> = Vec::new();
    for _ in 0..dice.choose(&[0, 1, 1, 2, 3]) {
        let name = dice.choose(&known);
        let is_high = generation == Generation::V2 && HIGH.contains(&name);
        let is_second_split = is_split(name) && dimensions.iter().any(|it| is_split(it));
        if !is_high && !is_second_split {
            dimensions.push(name.to_owned());
        }
    }
    let metrics = metrics(&mut dice, view, generation, &dimensions);
    let time = match dice.roll(12) {
        0 => Some(TimeDimension::Auto),
        1 | 2 => Some(TimeDimension::Every(Granularity::Day)),
        3 => Some(TimeDimension::Every(Granularity::Week)),
        4 => Some(TimeDimension::Every(Granularity::Month)),
        5 => Some(TimeDimension::Every(Granularity::Hour)),
        _ => None,
    };
    let from = dice.choose(&["2025-12-01T00:00:00Z", "2026-08-21T00:01:01.100Z", "2026-08-23T01:00:00Z"]);
    let to = dice.choose(&["2026-08-24T01:01:04.400Z", "2026-08-30T23:00:00Z", "2026-12-01T00:00:00Z"]);
    let filters = (0..dice.choose(&[0, 0, 1, 2])).filter_map(|_| condition(&mut dice, view, &known)).collect();
    let order = order(&mut dice, &dimensions, &metrics, time.is_some());
    let row_limit = dice.choose(&[None, None, Some(1), Some(3), Some(1_000)]);
    let time_of = |text: &str| Timestamp::parse(text).expect("a valid time");
    let (from, to) = (time_of(from), time_of(to));
    let bins = dice.choose(&[None, Some(1), Some(3)]);
    (MetricsRequest { view, dimensions, metrics, filters, time, from, to, order, bins, row_limit }, generation)
}

fn dimensions(view: View, generation: Generation) -> Vec<&'static str> {
    let mut known = match view {
        View::Traces => TRACES.to_vec(),
        View::Observations => OBSERVATIONS.to_vec(),
        View::ScoresNumeric => [SCORES, &["value"]].concat(),
        View::ScoresBoolean => [SCORES, &["booleanValue"]].concat(),
        View::ScoresCategorical => [SCORES, &["stringValue"]].concat(),
    };
    match (view, generation) {
        (View::Observations, Generation::V2) => known.extend(OBSERVATIONS_LATER),
        (View::ScoresNumeric, Generation::V2) => known.push("datasetRunId"),
        _ => {}
    }
    known.retain(|name| *name != "datasetRunId");
    known
}

fn metrics(dice: &mut Dice, view: View, generation: Generation, dimensions: &[String]) -> Vec<(String, Aggregation)> {
    let mut metrics: Vec<(String, Aggregation)> = Vec::new();
    for _ in 0..dice.choose(&[0, 1, 1, 2, 3]) {
        let is_grouped_by = |name: &str| dimensions.iter().any(|it| it == name);
        let is_split_by = |name: &str| metrics.iter().any(|(it, _)| it == name);
        let measure = match view {
            View::Traces => dice.choose(TRACE_MEASURES),
            View::ScoresNumeric | View::ScoresBoolean => dice.choose(&["count", "value"]),
            View::ScoresCategorical => "count",
            View::Observations if generation == Generation::V2 && dice.roll(4) == 0 => match dice.roll(3) {
                0 if !is_grouped_by("usageType") && !is_split_by("usageByType") => "costByType",
                1 if !is_grouped_by("costType") && !is_split_by("costByType") => "usageByType",
                _ => dice.choose(TEXT_MEASURES),
            },
            View::Observations => dice.choose(OBSERVATION_MEASURES),
        };
        let is_text = view == View::Observations && TEXT_MEASURES.contains(&measure);
        let aggregation = if is_text {
            dice.choose(&[Aggregation::Count, Aggregation::Uniq])
        } else {
            dice.choose(&Aggregation::ALL)
        };
        // Sums of these in another order differ in the last digit, which decides between rows that are nearly equal.
        let is_unsure =
            measure.ends_with("PerSecond") && matches!(aggregation, Aggregation::Sum | Aggregation::Average);
        let aggregation = if is_unsure && metrics.is_empty() { Aggregation::Max } else { aggregation };
        metrics.push((measure.to_owned(), aggregation));
    }
    let mut seen: Vec<(String, Aggregation)> = Vec::new();
    metrics.retain(|metric| {
        let is_new = !seen.contains(metric);
        seen.push(metric.clone());
        is_new
    });
    metrics
}

fn order(
    dice: &mut Dice,
    dimensions: &[String],
    metrics: &[(String, Aggregation)],
    has_time: bool,
) -> Vec<(String, Direction)> {
    let mut fields: Vec<String> = dimensions.to_vec();
    fields.extend(has_time.then(|| "time_dimension".to_owned()));
    let ordered = metrics.iter().filter(|(measure, aggregation)| {
        let is_unsure =
            measure.ends_with("PerSecond") && matches!(aggregation, Aggregation::Sum | Aggregation::Average);
        *aggregation != Aggregation::Histogram && !is_unsure
    });
    fields.extend(ordered.map(|(measure, aggregation)| format!("{}_{measure}", aggregation.as_str())));
    if fields.is_empty() || dice.roll(2) == 0 {
        return Vec::new();
    }
    let directions = [Direction::Ascending, Direction::Descending];
    let count = 1 + dice.roll(2);
    (0..count).map(|_| (fields[dice.roll(fields.len())].clone(), dice.choose(&directions))).collect()
}

fn condition(dice: &mut Dice, view: View, known: &[&str]) -> Option<MetricsCondition> {
    let made = |column: &str, kind: &str, test: Test| {
        Some(MetricsCondition { column: column.to_owned(), kind: kind.to_owned(), test: Some(test) })
    };
    if dice.roll(6) == 0 {
        let column = if view == View::Observations { "start_time" } else { "timestamp" };
        let limit = Timestamp::parse("2026-08-24T01:01:04.400Z").expect("a valid time");
        let comparisons = [Comparison::Less, Comparison::LessOrEqual, Comparison::Greater, Comparison::GreaterOrEqual];
        return made(column, "datetime", Test::Time(dice.choose(&comparisons), limit));
    }
    if dice.roll(8) == 0 {
        let matches = [TextMatch::Equals, TextMatch::Contains, TextMatch::DoesNotContain, TextMatch::StartsWith];
        let test = Test::Text(dice.choose(&matches), dice.choose(&["red", "e", "blue", "\"red\"", "{"]).to_owned());
        let key = dice.choose(&["colour", "n", "none"]).to_owned();
        return made("metadata", "stringObject", Test::At(key, Box::new(test)));
    }
    // The same few texts are asked of everything, so that most conditions find something somewhere.
    let column = if dice.roll(4) == 0 { dice.choose(COMMON) } else { dice.choose(known) };
    if !known.contains(&column) {
        return None;
    }
    if dice.roll(6) == 0 {
        return made(column, "null", dice.choose(&[&Test::IsNull, &Test::IsNotNull]).clone());
    }
    let texts =
        ["prod", "answer", "ask", "llm", "a", "z", "v1", "r1", "ada", "s1", "gpt-x", "1", "ERROR", "", "t1", "o1"];
    match column {
        "tags" | "toolNames" | "calledToolNames" => {
            let options =
                vec![dice.choose(&["a", "b", "z", "search"]).to_owned(), dice.choose(&["a", "fetch"]).to_owned()];
            let test = match dice.roll(4) {
                0 => Test::AnyOf(options),
                1 => Test::NoneOf(options),
                2 => Test::AllOf(options),
                _ => Test::NoneOf(Vec::new()),
            };
            made(column, "arrayOptions", test)
        }
        "isRootObservation" | "booleanValue" => made(column, "boolean", Test::Flag(dice.roll(2) == 0)),
        "value" => made(column, "number", Test::Number(dice.choose(&[Comparison::Greater, Comparison::Equal]), 0.5)),
        _ if dice.roll(2) == 0 => {
            let options = (0..1 + dice.roll(3)).map(|_| dice.choose(&texts).to_owned()).collect();
            made(column, "stringOptions", if dice.roll(2) == 0 { Test::AnyOf(options) } else { Test::NoneOf(options) })
        }
        _ => {
            let matches = [
                TextMatch::Equals,
                TextMatch::Contains,
                TextMatch::DoesNotContain,
                TextMatch::StartsWith,
                TextMatch::EndsWith,
            ];
            made(column, "string", Test::Text(dice.choose(&matches), dice.choose(&texts).to_owned()))
        }
    }
}
