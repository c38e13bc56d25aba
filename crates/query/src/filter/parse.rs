//! Reads the JSON of Langfuse's `filter` parameter: an array of `{type, column, operator, value, key?}`.
//!
//! Owns which types of condition there are, and the operators and values that each of them takes.

use serde::Deserialize;
use serde_json::Value as Json;
use spanstone_model::Timestamp;
use spanstone_store::segment::words::{Case, Phrase};

use super::columns::{self, ColumnType};
use super::{Column, Comparison, Condition, Filter, FilterError, Table, Test, TextMatch, Value};

#[derive(Deserialize)]
struct RawCondition {
    #[serde(rename = "type")]
    kind: String,
    column: String,
    operator: String,
    #[serde(default)]
    value: Json,
    key: Option<String>,
}

/// Every type of condition.
const KINDS: [&str; 12] = [
    "datetime",
    "string",
    "number",
    "stringOptions",
    "arrayOptions",
    "categoryOptions",
    "stringObject",
    "numberObject",
    "booleanObject",
    "boolean",
    "null",
    IGNORED,
];

/// A place in the trace; read and ignored, as in Langfuse: only its own pages know what it means.
const IGNORED: &str = "positionInTrace";

pub(super) fn parse(json: &str, table: Table, conditions_max: usize) -> Result<Filter, FilterError> {
    if json.is_empty() {
        return Ok(Filter::all());
    }
    let raw: Vec<Json> = serde_json::from_str(json).map_err(|_| FilterError::Json)?;
    if raw.len() > conditions_max {
        return Err(FilterError::TooMany { count: raw.len(), max: conditions_max });
    }
    let mut filter = Filter::all();
    for (index, json) in raw.into_iter().enumerate() {
        filter.conditions.extend(condition(index, json, table)?);
    }
    check_payloads(&filter)?;
    Ok(filter)
}

fn condition(index: usize, json: Json, table: Table) -> Result<Option<Condition>, FilterError> {
    let problem = |problem: String| FilterError::Condition { index, problem };
    let raw: RawCondition = serde_json::from_value(json).map_err(|error| problem(error.to_string()))?;
    if !KINDS.contains(&raw.kind.as_str()) {
        return Err(problem(format!("there is no type `{}`; the types are {}", raw.kind, KINDS.join(", "))));
    }
    if raw.kind == IGNORED {
        return Ok(None);
    }
    let (column, column_type) =
        columns::find(table, &raw.column).ok_or_else(|| FilterError::UnknownColumn(raw.column.clone()))?;
    if raw.kind != "null" && !column_type.kinds().contains(&raw.kind.as_str()) {
        let (name, kinds) = (&raw.column, column_type.kinds().join(" or "));
        return Err(problem(format!("column `{name}` takes conditions of type {kinds} or null, not `{}`", raw.kind)));
    }
    let test = test(&raw, column_type, table).map_err(problem)?;
    let is_text = matches!(column_type, ColumnType::Text | ColumnType::Payload);
    Ok(Some(Condition { column, test: blank(test, is_text && columns::is_blank(table, column)) }))
}

/// A search in inputs and outputs needs something that can be looked up: without it every text would be read.
fn check_payloads(filter: &Filter) -> Result<(), FilterError> {
    let is_payload = |condition: &&Condition| matches!(condition.column, Column::Input | Column::Output);
    let mut payloads = filter.conditions.iter().filter(is_payload).peekable();
    let can_be_looked_up =
        |condition: &Condition| matches!(condition.test, Test::Words(_) | Test::Text(TextMatch::Equals, _));
    if payloads.peek().is_none() || payloads.any(can_be_looked_up) {
        return Ok(());
    }
    Err(FilterError::NoLookUp)
}

fn blank(test: Test, is_blank: bool) -> Test {
    let by_null = matches!(test, Test::IsNull | Test::IsNotNull);
    let differs = || test.holds(Value::Text(Some(""))) != test.holds(Value::Text(None));
    if is_blank && (by_null || differs()) { Test::Blank(Box::new(test)) } else { test }
}

/// The test of a condition, or what is wrong with its operator, its value or its key.
fn test(raw: &RawCondition, column: ColumnType, table: Table) -> Result<Test, String> {
    let refused =
        || format!("type `{}` takes no operator `{}` with the value {}", raw.kind, raw.operator, shown(&raw.value));
    let operator = raw.operator.as_str();
    let test = match raw.kind.as_str() {
        // Whether there is such a key; the value is of no matter. Newer clients know these.
        "stringObject" if operator == "is set" => Some(Test::IsNotNull),
        "stringObject" if operator == "is not set" => Some(Test::IsNull),
        "null" if raw.value == Json::String(String::new()) => match operator {
            "is null" => Some(Test::IsNull),
            "is not null" => Some(Test::IsNotNull),
            _ => None,
        },
        "string" | "stringObject" if operator == "matches" => return words(raw, column, table),
        "string" | "stringObject" => text_test(operator, &raw.value),
        "stringOptions" => {
            options(operator, &raw.value).filter(|test| !matches!(test, Test::AllOf(_)) && !test.options().is_empty())
        }
        "arrayOptions" => {
            options(operator, &raw.value).filter(|test| !matches!(test, Test::AnyOf(it) if it.is_empty()))
        }
        "categoryOptions" => categories(raw)?,
        "datetime" => time_test(operator, &raw.value),
        "number" | "numberObject" => number_test(operator, &raw.value),
        "boolean" => match (operator, raw.value.as_bool()) {
            ("=", Some(flag)) => Some(Test::Flag(flag)),
            ("<>", Some(flag)) => Some(Test::Flag(!flag)),
            _ => None,
        },
        "booleanObject" => boolean_of(raw)?,
        _ => None,
    };
    let test = test.ok_or_else(refused)?;
    Ok(match (column, raw.kind.as_str()) {
        (ColumnType::Member(name), _) => Test::At(name.to_owned(), Box::new(test)),
        (_, "stringObject" | "numberObject") => Test::At(key(raw)?.to_owned(), Box::new(test)),
        _ => test,
    })
}

/// What a message shows of a value.
fn shown(value: &Json) -> String {
    const CHARS_MAX: usize = 100;
    let text = value.to_string();
    if text.chars().count() <= CHARS_MAX { text } else { text.chars().take(CHARS_MAX).chain(['…']).collect() }
}

fn key(raw: &RawCondition) -> Result<&str, String> {
    raw.key.as_deref().ok_or_else(|| format!("type `{}` needs a `key`", raw.kind))
}

fn text_test(operator: &str, value: &Json) -> Option<Test> {
    Some(Test::Text(TextMatch::from_operator(operator)?, value.as_str()?.to_owned()))
}

fn words(raw: &RawCondition, column: ColumnType, table: Table) -> Result<Test, String> {
    if table != Table::ObservationsV2 || !matches!(column, ColumnType::Payload | ColumnType::Texts) {
        return Err(format!(
            "the operator `matches` is for `input`, `output` and `metadata` of /api/public/v2/observations, not for `{}` here",
            raw.column
        ));
    }
    let case = if column == ColumnType::Payload { Case::Ignored } else { Case::Matters };
    let value =
        raw.value.as_str().ok_or_else(|| format!("the operator `matches` takes no value {}", shown(&raw.value)))?;
    let phrase = Phrase::new(value, case);
    let phrase =
        phrase.ok_or_else(|| format!("the operator `matches` needs a letter or a digit, `{value}` has none"))?;
    let test = Test::Words(Box::new(phrase));
    Ok(if column == ColumnType::Texts { Test::At(key(raw)?.to_owned(), Box::new(test)) } else { test })
}

fn options(operator: &str, value: &Json) -> Option<Test> {
    let list = value.as_array()?;
    let options = list.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()?;
    Test::of_options(operator, options)
}

/// `key:value` is one of the categories that a trace has.
fn categories(raw: &RawCondition) -> Result<Option<Test>, String> {
    let key = key(raw)?;
    let named = |options: Vec<String>| options.into_iter().map(|option| format!("{key}:{option}")).collect();
    Ok(match options(&raw.operator, &raw.value) {
        Some(Test::AnyOf(options)) => Some(Test::AnyOf(named(options))),
        Some(Test::NoneOf(options)) => Some(Test::NoneOf(named(options))),
        _ => None,
    })
}

/// A trace has a flag, or has it not; one without any score of the name has it not.
fn boolean_of(raw: &RawCondition) -> Result<Option<Test>, String> {
    let key = key(raw)?;
    Ok(match (raw.operator.as_str(), raw.value.as_bool()) {
        ("=", Some(flag)) => Some(Test::AnyOf(vec![format!("{key}:{flag}")])),
        ("<>", Some(flag)) => Some(Test::NoneOf(vec![format!("{key}:{flag}")])),
        _ => None,
    })
}

fn time_test(operator: &str, value: &Json) -> Option<Test> {
    let limit = time(value)?;
    // Answers show milliseconds, and clients ask for what comes after a time that was shown: times compare as they are shown.
    let (whole, next) = (limit.to_millis_precision(), Timestamp::from_millis(limit.millis().saturating_add(1)));
    let at_least = if whole < limit { next } else { whole };
    Some(match Comparison::from_operator(operator)? {
        Comparison::Greater => Test::Time(Comparison::GreaterOrEqual, next),
        Comparison::GreaterOrEqual => Test::Time(Comparison::GreaterOrEqual, at_least),
        Comparison::Less => Test::Time(Comparison::Less, at_least),
        Comparison::LessOrEqual => Test::Time(Comparison::Less, next),
        Comparison::Equal | Comparison::NotEqual => return None,
    })
}

/// A time, or milliseconds since 1970.
fn time(value: &Json) -> Option<Timestamp> {
    match value {
        Json::String(text) => Timestamp::parse_loosely(text).ok(),
        Json::Number(millis) => millis.as_i64().map(Timestamp::from_millis),
        _ => None,
    }
}

fn number_test(operator: &str, value: &Json) -> Option<Test> {
    Some(Test::Number(Comparison::from_operator(operator)?, value.as_f64()?))
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
            (Column::StartTime, Test::Time(Comparison::GreaterOrEqual, Timestamp::from_millis(time.millis() + 1))),
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
