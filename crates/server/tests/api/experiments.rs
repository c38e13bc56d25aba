//! Experiments and their items, told from what spans say they are part of.

use serde_json::{Value as Json, json};

use crate::harness::{Server, encode};

/// A span, whose number is its id and the second at which it begins; it takes a second.
fn span(number: u32, root: u32, experiment: &str, item: &str) -> Json {
    let id = |number: u32| format!("{number:016x}");
    let nanos = |second: u32| format!("{}", 1_787_295_600_000_000_000_u64 + u64::from(second) * 1_000_000_000);
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let mut span = json!({"traceId": format!("{root:032x}"), "spanId": id(number), "name": "step",
    "startTimeUnixNano": nanos(number), "endTimeUnixNano": nanos(number + 1), "attributes": [
        text("langfuse.experiment.id", experiment),
        text("langfuse.experiment.name", &format!("{experiment} by name")),
        text("langfuse.experiment.dataset.id", "questions"),
        text("langfuse.experiment.item.id", item),
        text("langfuse.experiment.item.root_observation_id", &id(root)),
        text("langfuse.experiment.metadata", "{\"model\": \"small\", \"n\": 2}"),
        text("langfuse.observation.input", "2+2"),
    ]});
    if number == root {
        // The clients say these on the span of the item alone, and the metadata on its steps, too.
        span["attributes"].as_array_mut().expect("a list").extend([
            text("langfuse.experiment.description", "does it answer?"),
            text("langfuse.experiment.item.expected_output", "4"),
        ]);
    } else {
        span["parentSpanId"] = json!(id(root));
    }
    span
}

/// The runs of two items, the second with a step, and one of another experiment.
fn filled() -> Server {
    let server = Server::start();
    let spans =
        [span(1, 1, "first", "a"), span(5, 5, "first", "b"), span(6, 5, "first", "b"), span(9, 9, "second", "a")];
    let export = json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]});
    assert_eq!(server.post("/api/public/otel/v1/traces", &export).status, 200);
    let score = |id: &str, target: &str, of: &str| json!({"id": id, "name": id, "value": 1, target: of});
    assert_eq!(server.post("/api/public/scores", &score("of the run", "datasetRunId", "first")).status, 200);
    let trace = format!("{:032x}", 5);
    assert_eq!(server.post("/api/public/scores", &score("of the trace", "traceId", &trace)).status, 200);
    server
}

const FROM: &str = "fromStartTime=2026-08-21T00:00:00Z";

#[test]
fn experiments_are_what_their_observations_come_to() {
    let server = filled();
    let all = server.json(&format!("/api/public/experiments?{FROM}"));
    assert_eq!(
        all,
        json!({"data": [
            {"id": "second", "name": "second by name", "description": "does it answer?", "datasetId": "questions",
                "startTime": "2026-08-21T07:00:09.000Z", "endTime": "2026-08-21T07:00:10.000Z", "itemCount": 1},
            {"id": "first", "name": "first by name", "description": "does it answer?", "datasetId": "questions",
                "startTime": "2026-08-21T07:00:01.000Z", "endTime": "2026-08-21T07:00:07.000Z", "itemCount": 2},
        ], "meta": {}})
    );
    let whole = server.json(&format!("/api/public/experiments?{FROM}&id=first,none&fields=metadata,scores"));
    assert_eq!(whole["data"][0]["metadata"], json!({"model": "small", "n": "2"}));
    assert_eq!(whole["data"][0]["scores"][0]["name"], "of the run");
    let clipped =
        server.json("/api/public/experiments?fromStartTime=2026-08-21T07:00:04Z&toStartTime=2026-08-21T07:00:09Z");
    assert_eq!(clipped["data"].as_array().map(Vec::len), Some(1));
    assert_eq!((&clipped["data"][0]["itemCount"], &clipped["data"][0]["id"]), (&json!(1), &json!("first")));
    let first = server.json(&format!("/api/public/experiments?{FROM}&limit=1"));
    let cursor = first["meta"]["cursor"].as_str().expect("there are more").to_owned();
    let second = server.json(&format!("/api/public/experiments?{FROM}&limit=1&cursor={cursor}"));
    assert_eq!((&second["data"][0]["id"], &second["meta"]), (&json!("first"), &json!({})));
    let filter =
        json!([{"type": "stringOptions", "column": "name", "operator": "none of", "value": ["first by name"]}]);
    let filtered = server.json(&format!("/api/public/experiments?{FROM}&filter={}", encode(&filter.to_string())));
    assert_eq!(filtered["data"].as_array().map(Vec::len), Some(1));
}

#[test]
fn items_are_the_observations_that_stand_for_a_run() {
    let server = filled();
    let all = server.json(&format!("/api/public/experiment-items?{FROM}"));
    let ids: Vec<_> = all["data"].as_array().expect("a list").iter().map(|item| item["id"].clone()).collect();
    assert_eq!(ids, [9, 5, 1].map(|number| json!(format!("{number:016x}"))));
    assert_eq!(
        all["data"][1],
        json!({"id": "0000000000000005", "traceId": format!("{:032x}", 5), "startTime": "2026-08-21T07:00:05.000Z",
            "endTime": "2026-08-21T07:00:06.000Z", "level": "DEFAULT", "environment": "default", "experimentId": "first",
            "experimentName": "first by name", "experimentItemId": "b", "experimentDatasetId": "questions",
            "experimentItemVersion": null})
    );
    let fields = "fields=io,metadata,itemMetadata,experimentMetadata,scores";
    let whole = server.json(&format!("/api/public/experiment-items?{FROM}&experimentItemId=b&{fields}"));
    let item = &whole["data"][0];
    assert_eq!((&item["input"], &item["output"], &item["expectedOutput"]), (&json!("2+2"), &Json::Null, &json!("4")));
    assert_eq!(
        (&item["experimentDescription"], &item["experimentItemMetadata"]),
        (&json!("does it answer?"), &json!({}))
    );
    assert_eq!(item["scores"][0]["name"], "of the trace");
    assert!(item["metadata"].is_object() && item.get("experimentDatasetId").is_none(), "{item}");
    for (column, value, found) in
        [("experimentId", "second", 9), ("experimentName", "second by name", 9), ("experimentItemId", "b", 5)]
    {
        let filter = json!([{"type": "string", "column": column, "operator": "=", "value": value}]);
        let filter = encode(&filter.to_string());
        let filtered = server.json(&format!("/api/public/experiment-items?{FROM}&filter={filter}"));
        assert_eq!(filtered["data"].as_array().map(Vec::len), Some(1), "{column}");
        assert_eq!(filtered["data"][0]["id"], json!(format!("{found:016x}")), "{column}");
    }
    let first = server.json(&format!("/api/public/experiment-items?{FROM}&experimentName=first%20by%20name&limit=1"));
    let cursor = first["meta"]["cursor"].as_str().expect("there are more");
    let second = server.json(&format!("/api/public/experiment-items?{FROM}&experimentId=first&cursor={cursor}"));
    assert_eq!(second["data"][0]["id"], "0000000000000001");
}

#[test]
fn what_is_wrong_with_a_question_is_told_by_parameter() {
    let server = Server::start();
    for (query, part) in [
        (String::new(), "fromStartTime"),
        ("fromStartTime=yesterday".to_owned(), "fromStartTime"),
        (format!("{FROM}&fields=colour"), "fields"),
        (format!("{FROM}&limit=101"), "limit"),
        (format!("{FROM}&scoreLimit=51"), "scoreLimit"),
        (format!("{FROM}&cursor=x"), "Invalid cursor format"),
        (format!("{FROM}&filter=x"), "filter"),
        (
            format!("{FROM}&filter={}", encode("[{\"type\":\"string\",\"column\":\"colour\"}]")),
            "there is no column `colour`",
        ),
        (
            format!("{FROM}&filter={}", encode("[{\"type\":\"null\",\"column\":\"datasetId\"}]")),
            "there is no type `null`",
        ),
    ] {
        for path in ["experiments", "experiment-items"] {
            let answer = server.get(&format!("/api/public/{path}?{query}"));
            assert_eq!(answer.status, 400, "{path}?{query}");
            assert!(answer.text().contains(part), "{path}?{query}: {}", answer.text());
        }
    }
}
