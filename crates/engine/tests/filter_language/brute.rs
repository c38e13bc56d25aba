//! Langfuse's rules, read once more: every row is asked every condition, with no thought of speed.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use spanstone_engine::query::{Filter, ObservationQuery, ScoreQuery, Table, TraceOrder, TraceParts, TraceQuery};
use spanstone_engine::{ObservationItem, Reads, ScoreItem, TraceItem};
use spanstone_model::{Cost, Level, ProjectId, ScoreValue, Text, Timestamp, Trace};

use super::ALL;

/// All rows of a project.
pub(super) struct Known {
    traces: Vec<TraceItem>,
    observations: Vec<ObservationItem>,
    scores: Vec<ScoreItem>,
}

/// The value of a column.
enum Cell {
    Text(Option<String>),
    Number(Option<f64>),
    Time(Option<Timestamp>),
    Flag(bool),
    List(Vec<String>),
    Named(Vec<(String, String)>),
    Averages(Vec<(String, f64)>),
}

fn text(text: Option<&str>) -> Cell {
    Cell::Text(text.map(str::to_owned))
}

fn number(number: impl TryInto<i64>) -> f64 {
    number.try_into().unwrap_or(i64::MAX) as f64
}

fn seconds(from: Timestamp, to: Option<Timestamp>) -> Option<f64> {
    to.map(|to| number(to.millis() - from.millis()) / 1e3)
}

fn list(texts: &[Text]) -> Cell {
    Cell::List(texts.iter().map(ToString::to_string).collect())
}

impl Known {
    pub(super) fn read(reads: &Reads<'_>, project: &ProjectId) -> Self {
        let failed = "the engine answers";
        let query = TraceQuery { filter: Filter::all(), order: TraceOrder::default(), page: ALL };
        let traces = reads.traces(project, &query, TraceParts::ALL).expect(failed).rows;
        let query = ObservationQuery { filter: Filter::all(), page: ALL };
        let observations = reads.observations(project, &query).expect(failed).rows;
        let query = ScoreQuery { filter: Filter::all(), page: ALL, require_trace: false, listable_only: false };
        let scores = reads.scores(project, &query).expect(failed).rows;
        Self { traces, observations, scores }
    }

    /// The ids of the rows of a table that pass a filter, sorted.
    pub(super) fn select(&self, table: Table, filter: &Json) -> Vec<String> {
        let conditions = filter.as_array().expect("a filter is a list");
        let mut ids: Vec<String> = match table {
            Table::Traces => self
                .traces
                .iter()
                .filter(|item| conditions.iter().all(|it| holds(it, &self.of_trace(item, column(it)), false)))
                .map(|item| item.row.trace.id.as_str().to_owned())
                .collect(),
            Table::Observations | Table::ObservationsV2 => {
                let second = table == Table::ObservationsV2;
                let cell = |item: &ObservationItem, column: &str| match column {
                    // The second API shows the trace's version where an observation has none.
                    "version" if second && item.row.observation.version.is_none() => {
                        text(item.row.trace.version.as_deref())
                    }
                    _ => of_observation(item, column),
                };
                let passes = |item: &&ObservationItem| {
                    conditions
                        .iter()
                        .all(|it| holds(it, &cell(item, column(it)), second && column(it) != "evaluatorId"))
                };
                self.observations.iter().filter(passes).map(|it| it.row.observation.id.as_str().to_owned()).collect()
            }
            Table::Scores => self
                .scores
                .iter()
                .filter(|item| {
                    conditions.iter().all(|it| holds(it, &of_score(item, column(it)), column(it) == "observationId"))
                })
                .map(|item| item.row.score.id.as_str().to_owned())
                .collect(),
        };
        ids.sort();
        ids
    }

    fn of_trace(&self, item: &TraceItem, column: &str) -> Cell {
        let (trace, stats) = (&item.row.trace, &item.row.stats);
        let count = |level| Cell::Number(Some(number(stats.count_at(level))));
        let worst = [Level::Error, Level::Warning, Level::Default, Level::Debug];
        let worst = worst.into_iter().find(|level| stats.count_at(*level) > 0).map(Level::as_str);
        match column {
            "id" | "traceId" => text(Some(trace.id.as_str())),
            "timestamp" => Cell::Time(Some(trace.timestamp)),
            "release" => text(trace.release.as_deref()),
            "version" => text(trace.version.as_deref()),
            "environment" => text(Some(&trace.environment)),
            "name" => text(trace.name.as_deref()),
            "bookmarked" => Cell::Flag(false),
            "level" => text(worst),
            "latency" => {
                let span = stats.span.map_or(0, |(first, last)| last.millis() - first.millis());
                Cell::Number(Some(number(span) / 1e3))
            }
            "totalCost" => Cell::Number((stats.with_cost > 0).then(|| stats.total_cost.dollars())),
            "inputCost" => Cell::Number(Some(stats.input_cost.dollars())),
            "outputCost" => Cell::Number(Some(stats.output_cost.dollars())),
            "totalTokens" => Cell::Number(Some(number(stats.total_tokens)).filter(|tokens| *tokens > 0.0)),
            "inputTokens" => Cell::Number(Some(number(stats.input_tokens))),
            "outputTokens" => Cell::Number(Some(number(stats.output_tokens))),
            "errorCount" => count(Level::Error),
            "warningCount" => count(Level::Warning),
            "defaultCount" => count(Level::Default),
            "debugCount" => count(Level::Debug),
            "metadata" => named(&item.payloads.metadata),
            "evaluatorId" => Cell::Text(member(&item.payloads.metadata, "evaluator_id")),
            "scores_avg" => Cell::Averages(self.averages(trace)),
            "score_categories" => Cell::List(self.chosen(trace, |value| match value {
                ScoreValue::Categorical { label, .. } => Some(label.to_string()),
                _ => None,
            })),
            "score_booleans" => Cell::List(self.chosen(trace, |value| match value {
                ScoreValue::Boolean(flag) => Some(flag.to_string()),
                _ => None,
            })),
            other => of_trace_of(Some(trace), other),
        }
    }

    fn chosen(&self, trace: &Trace, choice: impl Fn(&ScoreValue) -> Option<String>) -> Vec<String> {
        let scores =
            self.scores.iter().map(|item| &item.row.score).filter(|it| it.trace_id.as_ref() == Some(&trace.id));
        scores.filter_map(|score| Some(format!("{}:{}", score.name, choice(&score.value)?))).collect()
    }

    /// The averages of the numbers, and of trues and falses by themselves.
    fn averages(&self, trace: &Trace) -> Vec<(String, f64)> {
        let mut numbers: BTreeMap<(String, Option<bool>), Vec<f64>> = BTreeMap::new();
        for score in self.scores.iter().map(|it| &it.row.score).filter(|it| it.trace_id.as_ref() == Some(&trace.id)) {
            let (flag, value) = match score.value {
                ScoreValue::Numeric(value) => (None, value),
                ScoreValue::Boolean(flag) => (Some(flag), f64::from(u8::from(flag))),
                _ => continue,
            };
            numbers.entry((score.name.to_string(), flag)).or_default().push(value);
        }
        let average = |values: Vec<f64>| values.iter().sum::<f64>() / number(values.len());
        numbers.into_iter().map(|((name, _), values)| (name, average(values))).collect()
    }
}

fn column(condition: &Json) -> &str {
    condition["column"].as_str().expect("a condition has a column")
}

fn named(members: &[(Text, Text)]) -> Cell {
    Cell::Named(members.iter().map(|(key, value)| (key.to_string(), shown(value))).collect())
}

/// The text that an answer gives for a stored one: JSON is read.
fn shown(stored: &str) -> String {
    match serde_json::from_str(stored) {
        Ok(Json::String(text)) => text,
        _ => stored.to_owned(),
    }
}

fn member(members: &[(Text, Text)], key: &str) -> Option<String> {
    members.iter().find(|(known, _)| **known == *key).map(|(_, value)| shown(value))
}

/// What the trace of a row says.
fn of_trace_of(trace: Option<&Trace>, column: &str) -> Cell {
    match column {
        "userId" | "User ID" => text(trace.and_then(|it| it.user_id.as_deref())),
        "sessionId" => text(trace.and_then(|it| it.session_id.as_ref()).map(spanstone_model::SessionId::as_str)),
        "traceName" => text(trace.and_then(|it| it.name.as_deref())),
        "traceEnvironment" => text(trace.map(|it| &*it.environment)),
        "release" => text(trace.and_then(|it| it.release.as_deref())),
        "tags" | "traceTags" | "trace_tags" => trace.map_or(Cell::List(Vec::new()), |it| list(&it.tags)),
        other => panic!("there is no column {other}"),
    }
}

fn of_observation(item: &ObservationItem, column: &str) -> Cell {
    let it = &item.row.observation;
    let usage = |part: &str| {
        let of_part = it.usage.iter().filter(|(kind, _)| kind.to_lowercase().contains(part));
        number(of_part.map(|(_, amount)| amount).sum::<u64>())
    };
    let cost = |part: &str| {
        let mut of_part = it.cost.iter().filter(|(kind, _)| kind.to_lowercase().contains(part)).peekable();
        of_part
            .peek()
            .is_some()
            .then(|| Cost::from_picodollars(of_part.map(|(_, cost)| cost.picodollars()).sum()).dollars())
    };
    let duration = seconds(it.start, it.end);
    match column {
        "id" => text(Some(it.id.as_str())),
        "type" => text(Some(it.kind.as_str())),
        "name" => text(it.name.as_deref()),
        "traceId" => text(Some(it.trace_id.as_str())),
        "parentObservationId" => text(it.parent_id.as_ref().map(spanstone_model::ObservationId::as_str)),
        "start_time" => Cell::Time(Some(it.start)),
        "endTime" => Cell::Time(it.end),
        "environment" => text(Some(&it.environment)),
        "level" => text(Some(it.level.as_str())),
        "statusMessage" => text(it.status_message.as_deref()),
        "version" => text(it.version.as_deref()),
        "model" | "providedModelName" => text(it.model.as_deref()),
        "toolDefinitions" => Cell::Number(Some(number(it.tools.as_ref().map_or(0, |tools| tools.offered.len())))),
        "toolCalls" => Cell::Number(Some(number(it.tools.as_ref().map_or(0, |tools| tools.called.len())))),
        "toolNames" => it.tools.as_ref().map_or(Cell::List(Vec::new()), |tools| list(&tools.offered)),
        "calledToolNames" => it.tools.as_ref().map_or(Cell::List(Vec::new()), |tools| list(&tools.called)),
        "experimentId" => text(it.experiment.as_ref().map(|experiment| &*experiment.id)),
        "experimentName" | "experimentDatasetId" => text(None),
        "isExperimentItemRootSpan" => Cell::Flag(false),
        "ingestionSource" => text(it.origin.as_ref().map(|origin| origin.source.as_str())),
        "ingestionSdkName" => text(it.origin.as_ref().and_then(|it| it.sender.sdk_name()).map(|it| &**it)),
        "ingestionSdkVersion" => text(it.origin.as_ref().and_then(|it| it.sender.sdk_version()).map(|it| &**it)),
        "ingestionApiKey" => text(it.origin.as_ref().and_then(|it| it.sender.api_key()).map(|it| &**it)),
        "modelId" => text(it.price.as_ref().map(|price| &*price.model_id)),
        "promptName" => text(it.prompt.as_ref().map(|prompt| &*prompt.name)),
        "promptVersion" => Cell::Number(it.prompt.as_ref().map(|prompt| f64::from(prompt.version))),
        "timeToFirstToken" => Cell::Number(seconds(it.start, it.completion_start)),
        "latency" => Cell::Number(duration),
        "tokensPerSecond" => Cell::Number(duration.filter(|it| *it > 0.0).map(|duration| usage("output") / duration)),
        "inputTokens" => Cell::Number(Some(usage("input"))),
        "outputTokens" => Cell::Number(Some(usage("output"))),
        "tokens" => {
            Cell::Number(it.usage.iter().find(|(kind, _)| kind.as_ref() == "total").map(|(_, amount)| number(amount)))
        }
        "inputCost" => Cell::Number(cost("input")),
        "outputCost" => Cell::Number(cost("output")),
        "totalCost" => {
            Cell::Number(it.cost.iter().find(|(kind, _)| kind.as_ref() == "total").map(|(_, cost)| cost.dollars()))
        }
        "metadata" => named(&item.payloads.metadata),
        "evaluatorId" => Cell::Text(member(&item.payloads.metadata, "evaluator_id")),
        "hasInput" => Cell::Flag(item.payloads.input.is_some()),
        "hasOutput" => Cell::Flag(item.payloads.output.is_some()),
        "isRootObservation" => Cell::Flag(it.parent_id.is_none()),
        "hasParentObservation" => Cell::Flag(it.parent_id.is_some()),
        "input" => text(item.payloads.input.as_deref()),
        "output" => text(item.payloads.output.as_deref()),
        other => of_trace_of(Some(&item.row.trace), other),
    }
}

fn of_score(item: &ScoreItem, column: &str) -> Cell {
    let it = &item.row.score;
    match column {
        "id" => text(Some(it.id.as_str())),
        "timestamp" => Cell::Time(Some(it.timestamp)),
        "environment" => text(Some(&it.environment)),
        "traceId" => text(it.trace_id.as_ref().map(spanstone_model::TraceId::as_str)),
        "observationId" => text(it.observation_id.as_ref().map(spanstone_model::ObservationId::as_str)),
        "sessionId" => text(it.session_id.as_ref().map(spanstone_model::SessionId::as_str)),
        "name" => text(Some(&it.name)),
        "value" => Cell::Number(it.value.number()),
        "booleanValue" => Cell::Flag(it.value == ScoreValue::Boolean(true)),
        "source" => text(Some(it.source.as_str())),
        "comment" => text(it.comment.as_deref()),
        "authorUserId" => text(None),
        "dataType" => text(Some(it.value.data_type().as_str())),
        "stringValue" => text(it.value.text()),
        "metadata" => named(&item.metadata),
        other => of_trace_of(item.row.trace.as_deref(), other),
    }
}

/// Whether a condition holds. `blank`: a missing text and an empty one are the same.
fn holds(condition: &Json, cell: &Cell, blank: bool) -> bool {
    let operator = condition["operator"].as_str().expect("a condition has an operator");
    let value = &condition["value"];
    let key = condition["key"].as_str();
    if condition["type"] == "null" {
        return is_null(cell, blank) == (operator == "is null");
    }
    match cell {
        Cell::Text(text) => {
            let text = if blank { Some(text.clone().unwrap_or_default()) } else { text.clone() };
            text.is_some_and(|text| {
                text_holds(&text, operator, value, condition["column"] == "input" || condition["column"] == "output")
            })
        }
        Cell::Number(number) => {
            number.is_some_and(|number| compares(number, operator, value.as_f64().expect("a number")))
        }
        Cell::Time(time) => {
            // As it is shown: in milliseconds.
            time.is_some_and(|time| {
                compares(number(time.to_millis_precision().micros()), operator, number(moment(value).micros()))
            })
        }
        Cell::Flag(flag) => (*flag == value.as_bool().expect("a flag")) == (operator == "="),
        Cell::List(list) => {
            let wanted: Vec<String> = match (value, key) {
                (Json::Array(options), Some(key)) => {
                    options.iter().map(|it| format!("{key}:{}", it.as_str().expect("a text"))).collect()
                }
                (Json::Array(options), None) => {
                    options.iter().map(|it| it.as_str().expect("a text").to_owned()).collect()
                }
                (flag, key) => vec![format!("{}:{flag}", key.expect("a key"))],
            };
            match operator {
                "any of" | "=" => wanted.iter().any(|it| list.contains(it)),
                "none of" | "<>" => !wanted.iter().any(|it| list.contains(it)),
                "all of" => wanted.iter().all(|it| list.contains(it)),
                other => panic!("lists have no operator {other}"),
            }
        }
        Cell::Named(members) => {
            let member = members.iter().find(|(name, _)| Some(name.as_str()) == key);
            member.is_some_and(|(_, text)| text_holds(text, operator, value, false))
        }
        Cell::Averages(averages) => {
            let mut of_name = averages.iter().filter(|(name, _)| Some(name.as_str()) == key);
            of_name.any(|(_, average)| compares(*average, operator, value.as_f64().expect("a number")))
        }
    }
}

fn is_null(cell: &Cell, blank: bool) -> bool {
    match cell {
        Cell::Text(text) => text.as_ref().is_none_or(|text| blank && text.is_empty()),
        Cell::Number(number) => number.is_none(),
        Cell::Time(time) => time.is_none(),
        Cell::Flag(_) => false,
        Cell::List(list) => list.is_empty(),
        Cell::Named(members) => members.is_empty(),
        Cell::Averages(averages) => averages.is_empty(),
    }
}

fn text_holds(text: &str, operator: &str, value: &Json, any_case: bool) -> bool {
    if let Some(options) = value.as_array() {
        let is_one = options.iter().any(|option| option == text);
        return is_one == (operator == "any of");
    }
    let wanted = value.as_str().expect("a text");
    match operator {
        "=" => text == wanted,
        "contains" => text.contains(wanted),
        "does not contain" => !text.contains(wanted),
        "starts with" => text.starts_with(wanted),
        "ends with" => text.ends_with(wanted),
        "matches" if any_case => {
            // The one text of the story that is JSON.
            let reads = text.replace("\\n", "\n").replace("\\u00e9", "é");
            found(&reads.to_lowercase(), &wanted.to_lowercase())
        }
        "matches" => found(text, wanted),
        other => panic!("texts have no operator {other}"),
    }
}

/// Whether words are there, one after another, and go on neither before nor after.
fn found(text: &str, wanted: &str) -> bool {
    let goes_on = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    text.match_indices(wanted).any(|(place, _)| {
        let (before, after) = (text[..place].chars().next_back(), text[place + wanted.len()..].chars().next());
        !(goes_on(before) && goes_on(wanted.chars().next()) || goes_on(after) && goes_on(wanted.chars().next_back()))
    })
}

fn compares(left: f64, operator: &str, right: f64) -> bool {
    match operator {
        "=" => left == right,
        ">" => left > right,
        "<" => left < right,
        ">=" => left >= right,
        "<=" => left <= right,
        other => panic!("numbers have no operator {other}"),
    }
}

fn moment(value: &Json) -> Timestamp {
    match value {
        Json::Number(millis) => Timestamp::from_millis(millis.as_i64().expect("an integer")),
        Json::String(text) if text.len() == 10 => Timestamp::parse(&format!("{text}T00:00:00Z")).expect("a day"),
        Json::String(text) if !text.ends_with('Z') => Timestamp::parse(&format!("{text}Z")).expect("a time"),
        other => Timestamp::parse(other.as_str().expect("a text")).expect("a time"),
    }
}
