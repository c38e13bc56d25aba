//! Reads the JSON of Langfuse's `filter` parameter: an array of `{type, column, operator, value, key?}`.
//!
//! Owns the names of columns per table (id, display name, alias) and which type of condition a column takes.

use serde::Deserialize;
use serde_json::Value as Json;
use spanstone_model::Timestamp;

use super::{Column, Comparison, Condition, Filter, FilterError, Table, Test, TextMatch};

#[derive(Deserialize)]
struct RawCondition {
    #[serde(rename = "type")]
    kind: String,
    column: String,
    operator: String,
    #[serde(default)]
    value: Json,
}

/// The type of a column, which decides what conditions it takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ColumnType {
    Text,
    List,
    Time,
    Number,
    Flag,
}

pub(super) fn parse(json: &str, table: Table, conditions_max: usize) -> Result<Filter, FilterError> {
    if json.is_empty() {
        return Ok(Filter::all());
    }
    let raw: Vec<Json> = serde_json::from_str(json).map_err(|_| FilterError::Json)?;
    if raw.len() > conditions_max {
        return Err(FilterError::TooMany { count: raw.len(), max: conditions_max });
    }
    let conditions = raw.into_iter().enumerate().map(|(index, json)| condition(index, json, table));
    Ok(Filter { conditions: conditions.collect::<Result<_, _>>()? })
}

fn condition(index: usize, json: Json, table: Table) -> Result<Condition, FilterError> {
    let problem = |problem: String| FilterError::Condition { index, problem };
    let raw: RawCondition = serde_json::from_value(json).map_err(|error| problem(error.to_string()))?;
    let (column, column_type) =
        find_column(table, &raw.column).ok_or_else(|| FilterError::UnknownColumn(raw.column.clone()))?;
    if !accepts(column_type, &raw.kind) {
        return Err(problem(format!("column `{}` takes no condition of type `{}`", raw.column, raw.kind)));
    }
    let test = test(&raw, column_type).ok_or_else(|| {
        problem(format!("type `{}` takes no operator `{}` with the value {}", raw.kind, raw.operator, raw.value))
    })?;
    Ok(Condition { column, test })
}

/// Which types of condition a column takes: Langfuse's table of compatible types.
fn accepts(column: ColumnType, kind: &str) -> bool {
    match kind {
        "null" => true,
        "string" => column == ColumnType::Text,
        "stringOptions" => matches!(column, ColumnType::Text | ColumnType::List),
        "arrayOptions" => column == ColumnType::List,
        "datetime" => column == ColumnType::Time,
        "number" => column == ColumnType::Number,
        "boolean" => column == ColumnType::Flag,
        _ => false,
    }
}

fn test(raw: &RawCondition, column: ColumnType) -> Option<Test> {
    let operator = raw.operator.as_str();
    match raw.kind.as_str() {
        "null" if raw.value == Json::String(String::new()) => match operator {
            "is null" => Some(Test::IsNull),
            "is not null" => Some(Test::IsNotNull),
            _ => None,
        },
        "string" => Some(Test::Text(text_match(operator)?, raw.value.as_str()?.to_owned())),
        "stringOptions" | "arrayOptions" => options(operator, &raw.value, column),
        "datetime" => {
            let comparison = comparison(operator).filter(|it| !matches!(it, Comparison::Equal | Comparison::NotEqual));
            Some(Test::Time(comparison?, Timestamp::parse(raw.value.as_str()?).ok()?))
        }
        "number" => {
            let comparison = comparison(operator).filter(|it| *it != Comparison::NotEqual);
            Some(Test::Number(comparison?, raw.value.as_f64()?))
        }
        "boolean" => match (operator, raw.value.as_bool()?) {
            ("=", flag) => Some(Test::Flag(flag)),
            ("<>", flag) => Some(Test::Flag(!flag)),
            _ => None,
        },
        _ => None,
    }
}

fn options(operator: &str, value: &Json, column: ColumnType) -> Option<Test> {
    let list = value.as_array()?;
    let options = list.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()?;
    match operator {
        "any of" if !options.is_empty() => Some(Test::AnyOf(options)),
        "none of" if !options.is_empty() || column == ColumnType::List => Some(Test::NoneOf(options)),
        "all of" if column == ColumnType::List => Some(Test::AllOf(options)),
        _ => None,
    }
}

fn comparison(operator: &str) -> Option<Comparison> {
    Some(match operator {
        "=" => Comparison::Equal,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn text_match(operator: &str) -> Option<TextMatch> {
    Some(match operator {
        "=" => TextMatch::Equals,
        "contains" => TextMatch::Contains,
        "does not contain" => TextMatch::DoesNotContain,
        "starts with" => TextMatch::StartsWith,
        "ends with" => TextMatch::EndsWith,
        _ => return None,
    })
}

type Row = (&'static [&'static str], Column, ColumnType);

const TRACES: &[Row] = &[
    (&["id", "ID", "traceId"], Column::Id, ColumnType::Text),
    (&["timestamp", "Timestamp"], Column::Timestamp, ColumnType::Time),
    (&["name", "Name", "traceName"], Column::Name, ColumnType::Text),
    (&["userId", "User ID"], Column::UserId, ColumnType::Text),
    (&["sessionId", "Session ID"], Column::SessionId, ColumnType::Text),
    (&["release", "Release"], Column::Release, ColumnType::Text),
    (&["version", "Version"], Column::Version, ColumnType::Text),
    (&["environment", "Environment"], Column::Environment, ColumnType::Text),
    (&["tags", "Tags", "traceTags"], Column::Tags, ColumnType::List),
    (&["bookmarked", "⭐️"], Column::Bookmarked, ColumnType::Flag),
    (&["level", "Level"], Column::Level, ColumnType::Text),
    (&["latency", "Latency (s)"], Column::Latency, ColumnType::Number),
    (&["totalCost", "Total Cost ($)"], Column::TotalCost, ColumnType::Number),
    (&["inputCost", "Input Cost ($)"], Column::InputCost, ColumnType::Number),
    (&["outputCost", "Output Cost ($)"], Column::OutputCost, ColumnType::Number),
    (&["totalTokens", "tokens", "Total Tokens", "Tokens"], Column::TotalTokens, ColumnType::Number),
    (&["inputTokens", "Input Tokens"], Column::InputTokens, ColumnType::Number),
    (&["outputTokens", "Output Tokens"], Column::OutputTokens, ColumnType::Number),
    (&["errorCount", "Error Level Count"], Column::ErrorCount, ColumnType::Number),
    (&["warningCount", "Warning Level Count"], Column::WarningCount, ColumnType::Number),
    (&["defaultCount", "Default Level Count"], Column::DefaultCount, ColumnType::Number),
    (&["debugCount", "Debug Level Count"], Column::DebugCount, ColumnType::Number),
];

const OBSERVATIONS: &[Row] = &[
    (&["id", "ID"], Column::Id, ColumnType::Text),
    (&["type", "Type"], Column::Type, ColumnType::Text),
    (&["name", "Name"], Column::Name, ColumnType::Text),
    (&["traceId", "Trace ID"], Column::TraceId, ColumnType::Text),
    (&["parentObservationId", "Parent Observation ID"], Column::ParentObservationId, ColumnType::Text),
    // `start_time`: what the Python SDK's batch evaluation sends when it resumes.
    (&["startTime", "Start Time", "start_time"], Column::StartTime, ColumnType::Time),
    (&["endTime", "End Time"], Column::EndTime, ColumnType::Time),
    (&["environment", "Environment"], Column::Environment, ColumnType::Text),
    (&["level", "Level"], Column::Level, ColumnType::Text),
    (&["statusMessage", "Status Message"], Column::StatusMessage, ColumnType::Text),
    (&["version", "Version"], Column::Version, ColumnType::Text),
    (&["release", "Release"], Column::Release, ColumnType::Text),
    (&["model", "Model", "providedModelName"], Column::Model, ColumnType::Text),
    (&["promptName", "Prompt Name"], Column::PromptName, ColumnType::Text),
    (&["promptVersion", "Prompt Version"], Column::PromptVersion, ColumnType::Number),
    (&["timeToFirstToken", "Time To First Token (s)"], Column::TimeToFirstToken, ColumnType::Number),
    (&["latency", "Latency (s)"], Column::Latency, ColumnType::Number),
    (&["inputTokens", "Input Tokens"], Column::InputTokens, ColumnType::Number),
    (&["outputTokens", "Output Tokens"], Column::OutputTokens, ColumnType::Number),
    (&["totalTokens", "tokens", "Total Tokens", "Tokens"], Column::TotalTokens, ColumnType::Number),
    (&["inputCost", "Input Cost ($)"], Column::InputCost, ColumnType::Number),
    (&["outputCost", "Output Cost ($)"], Column::OutputCost, ColumnType::Number),
    (&["totalCost", "Total Cost ($)"], Column::TotalCost, ColumnType::Number),
    (&["userId", "User ID"], Column::UserId, ColumnType::Text),
    (&["sessionId", "Session ID"], Column::SessionId, ColumnType::Text),
    (&["traceName", "Trace Name"], Column::TraceName, ColumnType::Text),
    (&["traceEnvironment", "Trace Environment"], Column::TraceEnvironment, ColumnType::Text),
    (&["traceTags", "tags", "Tags", "Trace Tags"], Column::Tags, ColumnType::List),
    (&["isRootObservation"], Column::IsRootObservation, ColumnType::Flag),
    (&["hasParentObservation"], Column::HasParentObservation, ColumnType::Flag),
    (&["hasInput"], Column::HasInput, ColumnType::Flag),
    (&["hasOutput"], Column::HasOutput, ColumnType::Flag),
];

const SCORES: &[Row] = &[
    (&["id", "ID"], Column::Id, ColumnType::Text),
    (&["timestamp", "Timestamp"], Column::Timestamp, ColumnType::Time),
    (&["environment", "Environment"], Column::Environment, ColumnType::Text),
    (&["traceId", "Trace ID"], Column::TraceId, ColumnType::Text),
    (&["observationId", "Observation ID"], Column::ObservationId, ColumnType::Text),
    (&["sessionId", "Session ID"], Column::SessionId, ColumnType::Text),
    (&["name", "Name"], Column::Name, ColumnType::Text),
    (&["value", "Value"], Column::Value, ColumnType::Number),
    (&["booleanValue"], Column::BooleanValue, ColumnType::Flag),
    (&["stringValue", "String Value"], Column::StringValue, ColumnType::Text),
    (&["source", "Source"], Column::Source, ColumnType::Text),
    (&["dataType", "Data Type"], Column::DataType, ColumnType::Text),
    (&["comment", "Comment"], Column::Comment, ColumnType::Text),
    (&["authorUserId"], Column::AuthorUserId, ColumnType::Text),
    (&["traceName", "Trace Name"], Column::TraceName, ColumnType::Text),
    (&["userId", "User ID"], Column::UserId, ColumnType::Text),
    (&["trace_tags", "tags", "Tags", "Trace Tags"], Column::Tags, ColumnType::List),
];

fn find_column(table: Table, name: &str) -> Option<(Column, ColumnType)> {
    let rows = match table {
        Table::Traces => TRACES,
        Table::Observations => OBSERVATIONS,
        Table::Scores => SCORES,
    };
    rows.iter().find(|(names, ..)| names.contains(&name)).map(|(_, column, kind)| (*column, *kind))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(json: &str) -> Result<Vec<Condition>, FilterError> {
        parse(json, Table::Observations, 10).map(|filter| filter.conditions)
    }

    #[test]
    fn every_type_of_condition_is_read() {
        let json = r#"[
            {"type":"string","column":"Name","operator":"starts with","value":"a"},
            {"type":"datetime","column":"start_time","operator":">","value":"2026-01-01T00:00:00Z"},
            {"type":"number","column":"latency","operator":"<=","value":2.5},
            {"type":"stringOptions","column":"type","operator":"any of","value":["SPAN","TOOL"]},
            {"type":"arrayOptions","column":"traceTags","operator":"all of","value":[]},
            {"type":"boolean","column":"hasInput","operator":"<>","value":true},
            {"type":"null","column":"model","operator":"is not null","value":""}
        ]"#;
        let time = Timestamp::parse("2026-01-01T00:00:00Z").expect("a valid time");
        let expected = [
            (Column::Name, Test::Text(TextMatch::StartsWith, "a".into())),
            (Column::StartTime, Test::Time(Comparison::Greater, time)),
            (Column::Latency, Test::Number(Comparison::LessOrEqual, 2.5)),
            (Column::Type, Test::AnyOf(vec!["SPAN".into(), "TOOL".into()])),
            (Column::Tags, Test::AllOf(vec![])),
            (Column::HasInput, Test::Flag(false)),
            (Column::Model, Test::IsNotNull),
        ];
        let expected = expected.map(|(column, test)| Condition { column, test }).to_vec();
        assert_eq!(parsed(json), Ok(expected));
        assert_eq!(parsed(""), Ok(vec![]));
    }

    #[test]
    fn what_cannot_be_answered_is_refused_by_name() {
        let unknown = r#"[{"type":"string","column":"colour","operator":"=","value":"red"}]"#;
        assert_eq!(parsed(unknown), Err(FilterError::UnknownColumn("colour".into())));
        for refused in [
            r#"[{"type":"number","column":"name","operator":"=","value":1}]"#,
            r#"[{"type":"string","column":"name","operator":"like","value":"a"}]"#,
            r#"[{"type":"string","column":"name","operator":"=","value":1}]"#,
            r#"[{"type":"stringOptions","column":"type","operator":"any of","value":[]}]"#,
            r#"[{"type":"null","column":"model","operator":"is null","value":null}]"#,
            r#"[{"type":"string"}]"#,
            "[7]",
        ] {
            assert!(matches!(parsed(refused), Err(FilterError::Condition { index: 0, .. })), "{refused}");
        }
        assert_eq!(parsed("{}"), Err(FilterError::Json));
        assert_eq!(parsed("nonsense"), Err(FilterError::Json));
        let eleven = format!("[{}0]", "0,".repeat(10));
        assert_eq!(parsed(&eleven), Err(FilterError::TooMany { count: 11, max: 10 }));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,80}") {
            let _ = parsed(&text);
        }
    }
}
