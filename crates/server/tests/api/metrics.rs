//! Metrics: the shapes of answers, and what is refused.

use serde_json::{Value as Json, json};

use crate::fixtures::filled;
use crate::harness::{Server, encode};

/// A question about the day of the data set, with more or other keys.
#[expect(clippy::needless_pass_by_value, reason = "the callers' keys are literals")]
fn question(keys: Json) -> Json {
    let mut question = json!({
        "view": "observations", "metrics": [{"measure": "count", "aggregation": "count"}],
        "fromTimestamp": "2026-08-21T00:00:00Z", "toTimestamp": "2026-08-22T00:00:00Z",
    });
    for (key, value) in keys.as_object().expect("keys with values") {
        question[key] = value.clone();
    }
    question
}

fn path(generation: &str, question: &Json) -> String {
    format!("/api/public/{generation}metrics?query={}", encode(&question.to_string()))
}

fn data(server: &Server, generation: &str, keys: Json) -> Json {
    server.json(&path(generation, &question(keys)))["data"].take()
}

fn metric(measure: &str, aggregation: &str) -> Json {
    json!({"measure": measure, "aggregation": aggregation})
}

#[test]
fn shapes() {
    let server = filled();
    let all = ["sum", "avg", "count", "max", "min", "p50", "p75", "p90", "p95", "p99", "histogram", "uniq"];
    let of = |measure: &str| all.map(|aggregation| metric(measure, aggregation));
    for (name, generation, keys) in [
        ("metrics_latency", "v2/", json!({"metrics": of("latency")})),
        ("metrics_cost", "v2/", json!({"dimensions": [{"field": "providedModelName"}], "metrics": of("totalCost")})),
        ("metrics_nothing", "", json!({"toTimestamp": "2026-08-21T01:00:00Z", "metrics": of("totalTokens")})),
        (
            "metrics_by_hour",
            "",
            json!({"dimensions": [{"field": "level"}], "timeDimension": {"granularity": "hour"},
                   "fromTimestamp": "2026-08-21T05:00:00Z", "toTimestamp": "2026-08-21T09:30:00Z",
                   "metrics": [metric("count", "count"), metric("totalCost", "sum"), metric("latency", "p95")]}),
        ),
        (
            "metrics_traces",
            "",
            json!({"view": "traces", "dimensions": [{"field": "tags"}, {"field": "userId"}],
                   "metrics": [metric("observationsCount", "sum"), metric("latency", "avg"),
                               metric("uniqueUserIds", "uniq")]}),
        ),
        (
            "metrics_by_type",
            "v2/",
            json!({"metrics": [metric("usageByType", "sum"), metric("count", "count")],
                   "filters": [{"column": "usageType", "type": "string", "operator": "contains", "value": "put"}]}),
        ),
        (
            "metrics_scores",
            "v2/",
            json!({"view": "scores-numeric", "dimensions": [{"field": "name"}, {"field": "traceName"}],
                   "metrics": [metric("value", "avg"), metric("count", "count")]}),
        ),
        ("metrics_alone", "v2/", json!({"metrics": [], "dimensions": [{"field": "isRootObservation"}]})),
    ] {
        insta::assert_json_snapshot!(name, data(&server, generation, keys));
    }
}

#[test]
fn both_ends_of_the_time_are_included() {
    let server = filled();
    let count = |from: &str, to: &str| {
        let keys = json!({"fromTimestamp": format!("2026-08-21T07:00:{from}Z"),
                          "toTimestamp": format!("2026-08-21T07:00:{to}Z")});
        data(&server, "v2/", keys)[0]["count_count"].as_u64()
    };
    assert_eq!(count("01.000", "03.000"), Some(3));
    assert_eq!(count("01.001", "02.999"), Some(1));
}

#[test]
fn a_time_series_is_cut_like_any_other_answer() {
    let server = filled();
    let keys = |config: Json| {
        json!({"timeDimension": {"granularity": "minute"}, "config": config,
               "fromTimestamp": "2026-08-21T05:00:00Z", "toTimestamp": "2026-08-21T09:00:00Z"})
    };
    let rows = |generation: &str, config: Json| data(&server, generation, keys(config)).as_array().map(Vec::len);
    assert_eq!(rows("v2/", json!({})), Some(100));
    assert_eq!(rows("v2/", json!({"row_limit": 1000})), Some(240));
    assert_eq!(rows("", json!({})), Some(240));
    assert_eq!(rows("", json!(null)), Some(240));
    assert_eq!(rows("", json!({"row_limit": 7})), Some(7));
}

#[test]
fn what_breaks_the_shape_is_refused_with_its_path() {
    let server = filled();
    let without = |key: &str| {
        let mut question = question(json!({}));
        question.as_object_mut().expect("an object").remove(key);
        question
    };
    let filter = |filter: Json| question(json!({"filters": [filter]}));
    for (generation, question, code, place) in [
        ("", json!([]), "invalid_type", json!(["query"])),
        ("", without("view"), "invalid_value", json!(["query", "view"])),
        ("", question(json!({"view": "users"})), "invalid_value", json!(["query", "view"])),
        ("v2/", question(json!({"view": "traces"})), "invalid_value", json!(["query", "view"])),
        ("", without("metrics"), "invalid_type", json!(["query", "metrics"])),
        ("", question(json!({"metrics": {}})), "invalid_type", json!(["query", "metrics"])),
        (
            "",
            question(json!({"metrics": [{"measure": "count", "agg": "count"}]})),
            "invalid_value",
            json!(["query", "metrics", 0, "aggregation"]),
        ),
        (
            "",
            question(json!({"metrics": [metric("count", "median")]})),
            "invalid_value",
            json!(["query", "metrics", 0, "aggregation"]),
        ),
        ("", question(json!({"metrics": vec![metric("count", "count"); 51]})), "too_big", json!(["query", "metrics"])),
        (
            "",
            question(json!({"dimensions": [{"field": "name"}, {}]})),
            "invalid_type",
            json!(["query", "dimensions", 1, "field"]),
        ),
        ("", question(json!({"dimensions": null})), "invalid_type", json!(["query", "dimensions"])),
        ("", without("fromTimestamp"), "invalid_type", json!(["query", "fromTimestamp"])),
        ("", question(json!({"fromTimestamp": "2026-08-21"})), "invalid_format", json!(["query", "fromTimestamp"])),
        ("", question(json!({"toTimestamp": "2026-08-21T00:00:00Z"})), "custom", json!(["query", "toTimestamp"])),
        (
            "v2/",
            question(json!({"timeDimension": {"granularity": "5m"}})),
            "invalid_value",
            json!(["query", "timeDimension", "granularity"]),
        ),
        (
            "v2/",
            question(json!({"orderBy": [{"field": "count_count", "direction": "down"}]})),
            "invalid_value",
            json!(["query", "orderBy", 0, "direction"]),
        ),
        ("v2/", question(json!({"config": {"bins": 101}})), "too_big", json!(["query", "config", "bins"])),
        ("v2/", question(json!({"config": {"bins": 1.5}})), "invalid_type", json!(["query", "config", "bins"])),
        ("v2/", question(json!({"config": {"row_limit": 0}})), "too_small", json!(["query", "config", "row_limit"])),
        ("v2/", question(json!({"config": {"row_limit": 1001}})), "too_big", json!(["query", "config", "row_limit"])),
        (
            "",
            filter(json!({"column": "name", "type": "text", "operator": "=", "value": "a"})),
            "invalid_union",
            json!(["query", "filters", 0, "type"]),
        ),
        (
            "",
            filter(json!({"column": "name", "type": "string", "operator": "like", "value": "a"})),
            "invalid_value",
            json!(["query", "filters", 0, "operator"]),
        ),
        (
            "",
            filter(json!({"column": "name", "type": "string", "operator": "=", "value": 1})),
            "invalid_type",
            json!(["query", "filters", 0, "value"]),
        ),
        (
            "",
            filter(json!({"column": "name", "type": "stringOptions", "operator": "any of", "value": []})),
            "too_small",
            json!(["query", "filters", 0, "value"]),
        ),
        (
            "",
            filter(json!({"column": "name", "type": "null", "operator": "is null", "value": null})),
            "invalid_value",
            json!(["query", "filters", 0, "value"]),
        ),
        (
            "",
            question(json!({"filters": vec![json!({"column": "name", "type": "null", "operator": "is null",
                "value": ""}); 101]})),
            "too_big",
            json!(["query", "filters"]),
        ),
    ] {
        let answer = server.get(&path(generation, &question));
        let body = answer.json();
        assert_eq!(answer.status, 400, "{question}: {body}");
        assert_eq!(body["message"], "Invalid request data", "{question}");
        assert_eq!((&body["error"][0]["code"], &body["error"][0]["path"]), (&json!(code), &place), "{question}");
    }
    let missing = server.get("/api/public/metrics");
    assert_eq!((missing.status, &missing.json()["error"][0]["path"]), (400, &json!(["query"])));
}

#[test]
fn what_has_no_meaning_is_refused_with_what_has() {
    let server = filled();
    let filter = |column: &str, kind: &str, value: Json| {
        let operator = if value.is_array() { "any of" } else { "=" };
        json!({"filters": [{"column": column, "type": kind, "operator": operator, "value": value, "key": "k"}]})
    };
    let by = |field: &str| json!([{"field": field}]);
    let falling = |field: &str| json!([{"field": field, "direction": "desc"}]);
    for (generation, keys, said) in [
        ("", json!({"dimensions": by("colour")}), "Must be one of id, traceId, environment"),
        ("", json!({"dimensions": by("isRootObservation")}), "Invalid dimension `isRootObservation`"),
        ("", json!({"dimensions": by("costType")}), "Invalid dimension `costType`"),
        ("v2/", json!({"metrics": [metric("speed", "sum")]}), "Must be one of count, traceId"),
        ("", json!({"metrics": [metric("traceId", "uniq")]}), "Invalid measure `traceId`"),
        ("v2/", json!({"metrics": [metric("traceId", "sum")]}), "Must be one of count, uniq"),
        ("", json!({"view": "scores-categorical", "metrics": [metric("value", "avg")]}), "Must be one of count"),
        ("", filter("colour", "string", json!("red")), "Invalid filter column `colour`. Must be one of id"),
        ("", filter("latency", "number", json!(1)), "Invalid filter column `latency`"),
        ("", filter("startTime", "string", json!("a")), "start_time"),
        ("", filter("start_time", "string", json!("a")), "conditions of type datetime"),
        ("", filter("name", "number", json!(1)), "conditions of type string, stringOptions, null"),
        ("", filter("name", "categoryOptions", json!(["a"])), "not `categoryOptions`"),
        ("", filter("metadata", "string", json!("a")), "conditions of type stringObject"),
        ("", filter("tags", "stringOptions", json!(["a"])), "conditions of type arrayOptions"),
        ("v2/", filter("isRootObservation", "string", json!("true")), "conditions of type boolean"),
        ("v2/", json!({"orderBy": falling("sum_totalCost")}), "Must be one of count_count"),
        (
            "v2/",
            json!({"metrics": [metric("latency", "histogram")], "orderBy": falling("histogram_latency")}),
            "Invalid orderBy field",
        ),
        ("v2/", json!({"dimensions": by("userId")}), "`userId` require both `config.row_limit`"),
        (
            "v2/",
            json!({"dimensions": by("userId"), "config": {"row_limit": 5}, "orderBy": falling("userId")}),
            "to be on a measure",
        ),
        (
            "v2/",
            json!({"dimensions": by("traceId"), "timeDimension": {"granularity": "day"}}),
            "cannot be used with timeDimension",
        ),
        (
            "v2/",
            json!({"metrics": [metric("costByType", "sum"), metric("usageByType", "sum")]}),
            "cannot be grouped by at once",
        ),
    ] {
        let answer = server.get(&path(generation, &question(keys.clone())));
        let body = answer.json();
        assert_eq!((answer.status, &body["error"]), (400, &json!("InvalidRequestError")), "{keys}: {body}");
        let message = body["message"].as_str().unwrap_or_default();
        assert!(message.contains(said), "{keys}: {message}");
    }
    let nonsense = server.get("/api/public/v2/metrics?query=%7Bview");
    assert_eq!((nonsense.status, &nonsense.json()["error"]), (400, &json!("InvalidRequestError")));
}

#[test]
fn metadata_is_asked_for_by_key() {
    let server = filled();
    let count = |generation: &str, view: &str, key: &str, value: &str| {
        let filter =
            json!({"column": "metadata", "type": "stringObject", "operator": "contains", "key": key, "value": value});
        data(&server, generation, json!({"view": view, "filters": [filter]}))[0]["count_count"].as_u64()
    };
    assert_eq!(count("", "traces", "text", "plain"), Some(1));
    assert_eq!(count("", "traces", "text", "other"), Some(0));
    assert_eq!(count("v2/", "observations", "long", "xx"), Some(1));
    assert_eq!(count("v2/", "scores-numeric", "judge", "me"), Some(1));
}

#[test]
fn many_values_may_be_grouped_by_for_the_first_few() {
    let server = filled();
    let keys = json!({"dimensions": [{"field": "id"}], "metrics": [metric("latency", "max")],
                      "orderBy": [{"field": "max_latency", "direction": "desc"}], "config": {"row_limit": 2}});
    let rows = data(&server, "v2/", keys);
    assert_eq!(rows[0], json!({"id": "agent", "max_latency": 4500}));
    assert_eq!(rows.as_array().map(Vec::len), Some(2));
}
