//! Every column of every table with every operator, as random filters.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};
use spanstone_engine::query::Table;

use super::rows;

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    List,
    Time,
    Number,
    Flag,
    Metadata,
    Averages,
    Categories,
    Booleans,
    Payload,
}

/// Columns that no row of the story has a value in.
pub(super) const NEVER: [&str; 6] =
    ["authorUserId", "modelId", "toolNames", "experimentId", "experimentName", "experimentDatasetId"];

const TRACES: [(&str, Kind); 30] = [
    ("id", Kind::Text),
    ("traceId", Kind::Text),
    ("timestamp", Kind::Time),
    ("name", Kind::Text),
    ("traceName", Kind::Text),
    ("User ID", Kind::Text),
    ("sessionId", Kind::Text),
    ("release", Kind::Text),
    ("version", Kind::Text),
    ("environment", Kind::Text),
    ("tags", Kind::List),
    ("traceTags", Kind::List),
    ("bookmarked", Kind::Flag),
    ("level", Kind::Text),
    ("latency", Kind::Number),
    ("totalCost", Kind::Number),
    ("inputCost", Kind::Number),
    ("outputCost", Kind::Number),
    ("totalTokens", Kind::Number),
    ("inputTokens", Kind::Number),
    ("outputTokens", Kind::Number),
    ("errorCount", Kind::Number),
    ("warningCount", Kind::Number),
    ("defaultCount", Kind::Number),
    ("debugCount", Kind::Number),
    ("metadata", Kind::Metadata),
    ("evaluatorId", Kind::Text),
    ("scores_avg", Kind::Averages),
    ("score_categories", Kind::Categories),
    ("score_booleans", Kind::Booleans),
];

const OBSERVATIONS: [(&str, Kind); 37] = [
    ("id", Kind::Text),
    ("type", Kind::Text),
    ("name", Kind::Text),
    ("traceId", Kind::Text),
    ("parentObservationId", Kind::Text),
    ("start_time", Kind::Time),
    ("endTime", Kind::Time),
    ("environment", Kind::Text),
    ("level", Kind::Text),
    ("statusMessage", Kind::Text),
    ("version", Kind::Text),
    ("model", Kind::Text),
    ("modelId", Kind::Text),
    ("promptName", Kind::Text),
    ("promptVersion", Kind::Number),
    ("timeToFirstToken", Kind::Number),
    ("latency", Kind::Number),
    ("tokensPerSecond", Kind::Number),
    ("inputTokens", Kind::Number),
    ("outputTokens", Kind::Number),
    ("tokens", Kind::Number),
    ("inputCost", Kind::Number),
    ("outputCost", Kind::Number),
    ("totalCost", Kind::Number),
    ("metadata", Kind::Metadata),
    ("evaluatorId", Kind::Text),
    ("userId", Kind::Text),
    ("sessionId", Kind::Text),
    ("traceName", Kind::Text),
    ("traceEnvironment", Kind::Text),
    ("traceTags", Kind::List),
    ("toolDefinitions", Kind::Number),
    ("toolCalls", Kind::Number),
    ("toolNames", Kind::List),
    ("calledToolNames", Kind::List),
    ("hasInput", Kind::Flag),
    ("hasOutput", Kind::Flag),
];

/// What the second API has besides.
const SECOND: [(&str, Kind); 14] = [
    ("release", Kind::Text),
    ("providedModelName", Kind::Text),
    ("isRootObservation", Kind::Flag),
    ("hasParentObservation", Kind::Flag),
    ("experimentId", Kind::Text),
    ("experimentName", Kind::Text),
    ("experimentDatasetId", Kind::Text),
    ("isExperimentItemRootSpan", Kind::Flag),
    ("ingestionSource", Kind::Text),
    ("ingestionSdkName", Kind::Text),
    ("ingestionSdkVersion", Kind::Text),
    ("ingestionApiKey", Kind::Text),
    ("input", Kind::Payload),
    ("output", Kind::Payload),
];

const SCORES: [(&str, Kind); 18] = [
    ("id", Kind::Text),
    ("timestamp", Kind::Time),
    ("environment", Kind::Text),
    ("traceId", Kind::Text),
    ("observationId", Kind::Text),
    ("sessionId", Kind::Text),
    ("name", Kind::Text),
    ("value", Kind::Number),
    ("booleanValue", Kind::Flag),
    ("source", Kind::Text),
    ("comment", Kind::Text),
    ("authorUserId", Kind::Text),
    ("dataType", Kind::Text),
    ("stringValue", Kind::Text),
    ("metadata", Kind::Metadata),
    ("traceName", Kind::Text),
    ("userId", Kind::Text),
    ("trace_tags", Kind::List),
];

fn of(table: Table) -> Vec<(&'static str, Kind)> {
    match table {
        Table::Traces => TRACES.to_vec(),
        Table::Observations => OBSERVATIONS.to_vec(),
        Table::ObservationsV2 => OBSERVATIONS.into_iter().chain(SECOND).collect(),
        Table::Scores => SCORES.to_vec(),
    }
}

const TABLES: [Table; 4] = [Table::Traces, Table::Observations, Table::ObservationsV2, Table::Scores];

/// Every column of every table that can be without a value.
pub(super) fn all() -> impl Iterator<Item = (Table, &'static str)> {
    let can_be_null = |kind: &Kind| !matches!(kind, Kind::Flag | Kind::Averages | Kind::Categories | Kind::Booleans);
    TABLES.into_iter().flat_map(move |table| {
        of(table)
            .into_iter()
            .filter(move |(name, kind)| can_be_null(kind) && *name != "sessionId")
            .map(move |(name, _)| (table, name))
    })
}

/// A filter of one to three conditions on columns of a table.
pub(super) fn filters() -> impl Strategy<Value = (Table, Json)> {
    select(&TABLES[..]).prop_flat_map(|table| {
        let condition = select(of(table)).prop_flat_map(move |(name, kind)| condition(table, name, kind));
        vec(condition, 1..4).prop_map(move |conditions| (table, looked_up(conditions)))
    })
}

/// Inputs and outputs are only searched with something to look up.
fn looked_up(mut conditions: Vec<Json>) -> Json {
    let is_payload = |it: &Json| matches!(it["column"].as_str(), Some("input" | "output"));
    let is_look_up = |it: &Json| is_payload(it) && matches!(it["operator"].as_str(), Some("=" | "matches"));
    if conditions.iter().any(is_payload) && !conditions.iter().any(is_look_up) {
        conditions.push(json!({"type": "string", "column": "input", "operator": "matches", "value": "Question"}));
    }
    Json::Array(conditions)
}

/// A text that some rows have, a part of one, or neither.
fn text() -> impl Strategy<Value = String> {
    let known: Vec<&str> = [
        &rows::NAMES[..],
        &rows::USERS,
        &rows::SESSIONS,
        &rows::VERSIONS,
        &rows::RELEASES,
        &rows::ENVIRONMENTS,
        &rows::MODELS,
        &rows::MESSAGES,
        &rows::VALUES,
        &rows::LABELS,
        &rows::COMMENTS,
        &rows::SCORES,
        &[
            "t1",
            "o1",
            "o2",
            "s3",
            "ERROR",
            "DEFAULT",
            "GENERATION",
            "API",
            "NUMERIC",
            "True",
            "p",
            "default",
            "nothing",
            "\"ab\"",
            "\"north\"-\"east\"",
            "\"a\\qb\"",
        ],
    ]
    .concat();
    (select(known), 0..3_u8, 0..4_usize).prop_map(|(text, cut, length)| match cut {
        0 => text.chars().take(length).collect(),
        1 => text.chars().skip(length).collect(),
        _ => text.to_owned(),
    })
}

fn number() -> impl Strategy<Value = f64> {
    select(vec![0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 7.0, 30.0, 3_600.0])
}

const TEXT_OPERATORS: [&str; 5] = ["=", "contains", "does not contain", "starts with", "ends with"];
const NUMBER_OPERATORS: [&str; 5] = ["=", ">", "<", ">=", "<="];

fn condition(table: Table, name: &'static str, kind: Kind) -> BoxedStrategy<Json> {
    let element = move |kind: &'static str, operator: &str, value: Json| json!({"type": kind, "column": name, "operator": operator, "value": value});
    let keyed = move |kind: &'static str, key: &str, operator: &str, value: Json| json!({"type": kind, "column": name, "operator": operator, "value": value, "key": key});
    let null = select(vec!["is null", "is not null"]).prop_map(move |operator| element("null", operator, json!("")));
    let options = (select(vec!["any of", "none of"]), vec(text(), 1..4));
    let options = options.prop_map(move |(operator, texts)| element("stringOptions", operator, json!(texts)));
    let texts = (select(&TEXT_OPERATORS[..]), text());
    let numbers = (select(&NUMBER_OPERATORS[..]), number());
    let flags = (select(vec!["=", "<>"]), any::<bool>());
    match kind {
        Kind::Text => {
            let text = texts.prop_map(move |(operator, text)| element("string", operator, json!(text)));
            prop_oneof![3 => text, 2 => options, 1 => null].boxed()
        }
        Kind::List => {
            let tags = vec(select(&rows::TAGS[..]), 0..3);
            let list = (select(vec!["none of", "all of"]), tags)
                .prop_map(move |(operator, tags)| element("arrayOptions", operator, json!(tags)));
            let any =
                vec(select(&rows::TAGS[..]), 1..3).prop_map(move |tags| element("arrayOptions", "any of", json!(tags)));
            prop_oneof![2 => list, 2 => any, 1 => options, 1 => null].boxed()
        }
        Kind::Time => {
            let forms = select(vec![json!("2026-08-21"), json!("2026-08-26T01:00:02"), json!(1_787_792_400_000_i64)]);
            let time = prop_oneof![any::<u32>().prop_map(|bits| json!(rows::time(bits, 0))), forms];
            let time = (select(vec![">", "<", ">=", "<="]), time);
            let time = time.prop_map(move |(operator, time)| element("datetime", operator, time));
            prop_oneof![4 => time, 1 => null].boxed()
        }
        Kind::Number => {
            let number = numbers.prop_map(move |(operator, number)| element("number", operator, json!(number)));
            prop_oneof![4 => number, 1 => null].boxed()
        }
        Kind::Flag => flags.prop_map(move |(operator, flag)| element("boolean", operator, json!(flag))).boxed(),
        Kind::Metadata => {
            let key = select(vec!["region", "evaluator_id", "k\"ey", "always", "nothing"]);
            let text = (key.clone(), texts);
            let text = text.prop_map(move |(key, (operator, text))| keyed("stringObject", key, operator, json!(text)));
            let words = (key, select(vec!["north", "east", "AB", "café", "7"]));
            let words = words.prop_map(move |(key, words)| keyed("stringObject", key, "matches", json!(words)));
            let share = u32::from(table == Table::ObservationsV2);
            prop_oneof![4 => text, share => words, 1 => null].boxed()
        }
        Kind::Averages => {
            let number = (select(&rows::SCORES[..]), numbers);
            number
                .prop_map(move |(key, (operator, number))| keyed("numberObject", key, operator, json!(number)))
                .boxed()
        }
        Kind::Categories => {
            let labels = (select(vec!["any of", "none of"]), vec(select(&rows::LABELS[..]), 0..3));
            let by_key = (select(&rows::SCORES[..]), labels)
                .prop_map(move |(key, (operator, labels))| keyed("categoryOptions", key, operator, json!(labels)));
            let plain = select(vec!["any of", "none of"]);
            let plain =
                plain.prop_map(move |operator| element("stringOptions", operator, json!(["tone:good", "quality:bad"])));
            prop_oneof![3 => by_key, 1 => plain].boxed()
        }
        Kind::Booleans => {
            let flag = (select(&rows::SCORES[..]), flags);
            flag.prop_map(move |(key, (operator, flag))| keyed("booleanObject", key, operator, json!(flag))).boxed()
        }
        Kind::Payload => {
            let whole = (select(&TEXT_OPERATORS[..]), select(&rows::TEXTS[..]), 0..9_usize);
            let whole = whole.prop_map(move |(operator, text, cut)| {
                let text: String =
                    if operator == "=" { text.to_owned() } else { text.chars().skip(cut).take(6).collect() };
                element("string", operator, json!(text))
            });
            let words = select(vec!["question", "QUESTION IS", "line two", "café", "reply", "quest", "why?", "long"]);
            let words = words.prop_map(move |words| element("string", "matches", json!(words)));
            prop_oneof![2 => whole, 2 => words, 1 => null].boxed()
        }
    }
}
