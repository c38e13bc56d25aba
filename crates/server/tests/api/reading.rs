//! The shape of everything that can be read, for one fixed data set.

use serde_json::{Value as Json, json};

use crate::fixtures::{filled, one};
use crate::harness::{Server, encode};

fn ids(server: &Server, path: &str) -> Vec<String> {
    let list = server.json(path);
    let rows = list["data"].as_array().expect("a list").iter();
    rows.map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

fn filter(conditions: &Json) -> String {
    encode(&conditions.to_string())
}

#[test]
fn shapes() {
    let server = filled();
    for (name, path) in [
        ("health", "/api/public/health"),
        ("projects", "/api/public/projects"),
        ("traces", "/api/public/traces"),
        ("traces_core", "/api/public/traces?fields=core&limit=1"),
        ("trace", "/api/public/traces/chat%2F1"),
        ("trace_core", "/api/public/traces/chat%2F1?fields=core"),
        ("trace_otlp", "/api/public/traces/0af7651916cd43dd8448eb211c80319c"),
        ("observations", "/api/public/observations"),
        ("observation", "/api/public/observations/generation"),
        ("observations_v2", "/api/public/v2/observations"),
        (
            "observations_v2_whole",
            "/api/public/v2/observations?traceId=chat%2F1&fields=core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context",
        ),
        ("observations_v2_metadata", "/api/public/v2/observations?name=agent&fields=metadata"),
        ("sessions", "/api/public/sessions"),
        ("session", "/api/public/sessions/s%2F1"),
        ("scores", "/api/public/scores"),
        ("score", "/api/public/scores/numeric"),
        ("scores_v2", "/api/public/v2/scores"),
        ("scores_v2_alone", "/api/public/v2/scores?fields=score&limit=1"),
        ("score_v2", "/api/public/v2/scores/correction"),
        ("scores_v3", "/api/public/v3/scores?fields=details,subject,annotation"),
        ("scores_v3_core", "/api/public/v3/scores?limit=1"),
    ] {
        insta::assert_json_snapshot!(name, server.json(path));
    }
}

#[test]
fn traces_and_observations_are_filtered_by_simple_parameters() {
    let server = filled();
    let traces = |query: &str| ids(&server, &format!("/api/public/traces?{query}"));
    assert_eq!(traces("userId=ada"), ["chat/1"]);
    assert_eq!(traces("sessionId=s/2"), ["0af7651916cd43dd8448eb211c80319c"]);
    assert_eq!(traces("tags=a,b"), ["chat/1"]);
    assert_eq!(traces("tags=a&tags=c"), Vec::<String>::new());
    assert_eq!(traces("environment=production"), ["chat/1"]);
    assert_eq!(traces("name="), Vec::<String>::new(), "an empty text is a name like any other");
    assert_eq!(traces("release=r1&version=v1"), ["chat/1"]);
    assert_eq!(traces("toTimestamp=2026-08-21T07:00:00.001Z"), ["chat/1"]);
    assert_eq!(traces("page=2&limit=1&orderBy=timestamp.asc").len(), 1);
    let observations = |query: &str| ids(&server, &format!("/api/public/observations?{query}"));
    assert_eq!(observations("type=GENERATION&userId=ada"), ["generation"]);
    assert_eq!(observations("traceId=chat/1&level=ERROR"), ["event"]);
    assert_eq!(observations("parentObservationId=agent"), ["generation"]);
    assert_eq!(observations("traceId=chat/1"), ["event", "generation", "agent"]);
    assert_eq!(observations("fromStartTime=2026-08-21T07:00:02Z&toStartTime=2026-08-21T07:00:03Z"), ["generation"]);
    let second = |query: &str| ids(&server, &format!("/api/public/v2/observations?{query}"));
    assert_eq!(second("isRootObservation=true"), ["b7ad6b7169203331", "agent"]);
    assert_eq!(second("sessionId=s/1&type=SPAN"), ["agent"]);
    assert_eq!(second("parentObservationId=&userId=ada"), ["agent"]);
}

#[test]
fn scores_are_filtered_by_simple_parameters() {
    let server = filled();
    let scores = |query: &str| ids(&server, &format!("/api/public/v2/scores?{query}"));
    assert_eq!(scores("dataType=BOOLEAN"), ["boolean"]);
    assert_eq!(scores("operator=%3E&value=0.5&name=quality"), ["numeric"]);
    assert_eq!(scores("fields=score&name=quality"), ["early", "numeric"]);
    assert_eq!(scores("scoreIds=text,boolean"), ["text", "boolean"]);
    assert_eq!(scores("userId=ada&traceTags=a&source=API&observationId=generation"), ["boolean"]);
    let third = |query: &str| ids(&server, &format!("/api/public/v3/scores?{query}"));
    assert_eq!(third("dataType=numeric&valueMin=0.75&valueMax=1&traceId=chat/1"), ["numeric"]);
    assert_eq!(third("dataType=CATEGORICAL&value=friendly,rude"), ["categorical"]);
    assert_eq!(third("sessionId=s/1"), ["of-session"]);
}

#[test]
fn lists_are_filtered_by_conditions() {
    let server = filled();
    let condition = json!([{"type": "string", "column": "Name", "operator": "contains", "value": "otel"}]);
    let query = format!("/api/public/traces?userId=grace&filter={}", filter(&condition));
    assert_eq!(ids(&server, &query), ["0af7651916cd43dd8448eb211c80319c"]);
    let resumed =
        json!([{"type": "datetime", "column": "start_time", "operator": ">", "value": "2026-08-21T07:00:02.500Z"}]);
    let found = ids(&server, &format!("/api/public/observations?traceId=chat/1&filter={}", filter(&resumed)));
    assert_eq!(found, ["event"], "as Python SDK 4 resumes");
    let unknown = json!([{"type": "string", "column": "colour", "operator": "=", "value": "red"}]);
    let refused = server.get(&format!("/api/public/traces?filter={}", filter(&unknown)));
    assert_eq!(
        (refused.status, refused.json()),
        (400, json!({"message": "Invalid filter column: colour", "error": "InvalidRequestError"}))
    );
    let refused = server.get("/api/public/traces?filter=%7B");
    assert_eq!(refused.json()["message"], "Invalid JSON in filter parameter");
    assert_eq!(server.get("/api/public/traces?filter=").status, 200);
}

#[test]
fn a_latency_is_the_difference_of_the_times_that_are_shown() {
    let server = Server::start();
    let (start, end) = ("2026-08-21T07:00:00.123100Z", "2026-08-21T07:00:00.805900Z");
    let span = json!({"id": "s", "traceId": "t", "startTime": start, "endTime": end, "completionStartTime": end});
    let event = json!({"id": "e", "type": "generation-create", "timestamp": end, "body": span});
    assert_eq!(server.post("/api/public/ingestion", &json!({"batch": [event]})).status, 207);
    let row = server.json("/api/public/observations/s");
    assert_eq!(
        (&row["startTime"], &row["endTime"]),
        (&json!("2026-08-21T07:00:00.123Z"), &json!("2026-08-21T07:00:00.805Z"))
    );
    assert_eq!((&row["latency"], &row["timeToFirstToken"]), (&json!(0.682), &json!(0.682)));
    assert_eq!(server.json("/api/public/traces/t")["latency"], json!(0.682));
    let shown = filter(&json!([{"type": "number", "column": "latency", "operator": "=", "value": 0.682}]));
    for path in ["traces", "observations", "v2/observations"] {
        assert_eq!(ids(&server, &format!("/api/public/{path}?{shown}")).len(), 1, "{path}");
    }
}

#[test]
fn filters_reach_metadata_texts_and_scores() {
    let server = filled();
    let found = |list: &str, condition: Json| {
        ids(&server, &format!("/api/public/{list}?filter={}", filter(&json!([condition]))))
    };
    let of_metadata = |key: &str, operator: &str, value: &str| json!({"type": "stringObject", "column": "metadata", "key": key, "operator": operator, "value": value});
    assert_eq!(found("traces", of_metadata("text", "=", "plain")), ["chat/1"]);
    assert_eq!(found("traces", of_metadata("nothing", "does not contain", "x")), Vec::<String>::new());
    assert_eq!(found("observations", of_metadata("long", "starts with", "xxx")), ["agent"]);
    let average = |operator: &str| json!({"type": "numberObject", "column": "scores_avg", "key": "quality", "operator": operator, "value": 0.5});
    assert_eq!(found("traces", average(">")), ["chat/1"]);
    let words =
        |column: &str, value: &str| json!({"type": "string", "column": column, "operator": "matches", "value": value});
    assert_eq!(found("v2/observations", words("input", "ROLE")), ["generation"]);
    assert_eq!(found("v2/observations", words("output", "rol")), Vec::<String>::new(), "no whole word");
    let whole = json!({"type": "string", "column": "Input", "operator": "=", "value": "123"});
    assert_eq!(found("v2/observations", whole), ["agent"]);
    let nameless = json!({"type": "string", "column": "statusMessage", "operator": "=", "value": ""});
    assert!(found("v2/observations", nameless.clone()).len() > 1, "the second API has no missing texts");
    assert_eq!(found("observations", nameless), Vec::<String>::new());
}

#[test]
fn a_search_says_where_the_words_are() {
    let server = filled();
    let mut found = server.json("/api/spanstone/v1/search?q=ASSISTANT");
    let snippet = found["data"][0]["snippet"].take();
    assert_eq!(
        found,
        json!({"data": [{
            "traceId": "chat/1", "observationId": "generation", "type": "GENERATION", "name": "llm",
            "time": "2026-08-21T07:00:02.000Z", "field": "output", "snippet": null
        }]})
    );
    assert_eq!(snippet["found"], "assistant");
    // In which order the members stand is the fixture's business.
    let text: String = ["before", "found", "after"].map(|part| snippet[part].as_str().expect("a text")).concat();
    let output: Json = serde_json::from_str(&text).expect("the snippet is all of the output");
    assert_eq!(output, json!({"role": "assistant", "content": "4"}));
    let ids = |query: &str| {
        let hits = server.json(&format!("/api/spanstone/v1/search?{query}"));
        let id = |hit: &Json| hit["observationId"].as_str().map_or(hit["traceId"].clone(), Json::from);
        hits["data"].as_array().expect("a list").iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(ids("q=assist"), Vec::<Json>::new(), "no whole word");
    assert_eq!(ids("q=question"), ["chat/1"], "the input of the trace itself");
    assert_eq!(ids("q=llm&scope=name"), ["generation"]);
    assert_eq!(ids("q=generation&scope=id,name"), ["generation"]);
    assert_eq!(ids("q=plain&scope=metadata&trace=chat/1"), ["chat/1"]);
    assert_eq!(ids("q=plain&trace=nothing"), Vec::<Json>::new());
    assert_eq!(ids("q=2%2B2&to=2026-08-21T07:00:01Z"), ["chat/1"]);
    let first = server.json("/api/spanstone/v1/search?q=2%2B2&limit=1");
    let cursor = first["cursor"].as_str().expect("there is more");
    assert_eq!(ids(&format!("q=2%2B2&limit=1&cursor={cursor}")), ["chat/1"]);
    for query in ["", "q=%26", "q=a&scope=body", "q=a&limit=5000", "q=a&from=x", "q=a&cursor=!"] {
        assert_eq!(server.get(&format!("/api/spanstone/v1/search?{query}")).status, 400, "{query}");
    }
}

#[test]
fn a_filter_that_cannot_be_answered_says_why() {
    let server = filled();
    let refused = |list: &str, condition: Json| {
        let answer = server.get(&format!("/api/public/{list}?filter={}", filter(&json!([condition]))));
        assert_eq!(answer.status, 400, "{condition}");
        answer.json()["message"].as_str().expect("a message").to_owned()
    };
    let words =
        |column: &str, value: &str| json!({"type": "string", "column": column, "operator": "matches", "value": value});
    assert!(refused("observations", words("name", "a")).contains("`matches`"));
    assert!(refused("v2/observations", words("input", "%_")).contains("a letter or a digit"));
    assert!(refused("observations", words("input", "a")).contains("Invalid filter column: input"));
    let contains = json!({"type": "string", "column": "input", "operator": "contains", "value": "a"});
    assert!(refused("v2/observations", contains).contains("`=` or `matches`"));
    let wrong = json!({"type": "numberObject", "column": "metadata", "key": "n", "operator": "=", "value": 1});
    assert!(refused("traces", wrong).contains("column `metadata` takes conditions of type stringObject or null"));
    let keyless = json!({"type": "stringObject", "column": "metadata", "operator": "=", "value": "a"});
    assert!(refused("traces", keyless).contains("needs a `key`"));
    let kind = json!({"type": "regex", "column": "name", "operator": "=", "value": "a"});
    assert!(refused("traces", kind).contains("there is no type `regex`"));
    let many = format!("[{}0]", "0,".repeat(200));
    let answer = server.get(&format!("/api/public/traces?filter={}", encode(&many)));
    assert_eq!(
        (answer.status, answer.json()["message"].clone()),
        (400, json!("a filter may have at most 100 conditions, this one has 201"))
    );
}

#[test]
fn traces_without_a_value_come_last_in_either_order() {
    let server = Server::start();
    let trace = |id: &str, value: Option<&str>| {
        let body =
            json!({"id": id, "userId": value, "sessionId": value, "release": value, "version": value, "name": value});
        one("trace-create", body)[0].clone()
    };
    server.ingest(&json!([trace("a", Some("x")), trace("b", None), trace("c", Some("y")), trace("d", None)]));
    for column in ["userId", "sessionId", "release", "version"] {
        let ordered = |order: &str| ids(&server, &format!("/api/public/traces?orderBy={column}.{order}")).concat();
        assert_eq!((ordered("asc"), ordered("desc")), ("acbd".to_owned(), "cadb".to_owned()), "{column}");
        let page = ids(&server, &format!("/api/public/traces?orderBy={column}.asc&limit=1&page=3"));
        assert_eq!(page, ["b"], "{column}");
    }
    let by_name = ids(&server, "/api/public/traces?orderBy=name.asc").concat();
    assert_eq!(by_name, "bdac", "a name that is missing is an empty one");
}

#[test]
fn cursors_lead_through_everything_once() {
    let server = filled();
    for (path, count) in [("/api/public/v2/observations?limit=2", 5), ("/api/public/v3/scores?limit=3", 7)] {
        let (mut seen, mut next) = (Vec::new(), path.to_owned());
        loop {
            let page = server.json(&next);
            let rows = page["data"].as_array().expect("a list");
            seen.extend(rows.iter().map(|row| row["id"].to_string()));
            let Some(cursor) = page["meta"]["cursor"].as_str() else { break };
            next = format!("{path}&cursor={}", encode(cursor));
        }
        let mut unique = seen.clone();
        unique.sort();
        unique.dedup();
        assert_eq!((seen.len(), unique.len()), (count, count), "{path}");
    }
    let refused = server.get("/api/public/v2/observations?cursor=nonsense!");
    assert_eq!(
        (refused.status, refused.json()),
        (400, json!({"message": "Invalid cursor format", "error": "InvalidRequestError"}))
    );
}

#[test]
fn what_is_not_there_is_named() {
    let server = filled();
    for (path, message) in [
        ("/api/public/traces/nothing", "Trace nothing not found within authorized project"),
        ("/api/public/observations/nothing", "Observation not found within authorized project"),
        ("/api/public/sessions/nothing", "Session not found within authorized project"),
        ("/api/public/scores/nothing", "Score not found within authorized project"),
        ("/api/public/scores/correction", "Score not found within authorized project"),
    ] {
        let answer = server.get(path);
        assert_eq!(
            (answer.status, answer.json()),
            (404, json!({"message": message, "error": "LangfuseNotFoundError"})),
            "{path}"
        );
    }
}

#[test]
fn parameters_out_of_their_rules_are_named() {
    let server = filled();
    let refused = server.get("/api/public/traces?limit=101&fromTimestamp=2026-08-21");
    assert_eq!(refused.status, 400);
    let refused = refused.json();
    assert_eq!(refused["message"], "Invalid request data");
    let issues = refused["error"].as_array().expect("a list").iter();
    let named: Vec<_> = issues.map(|issue| (issue["code"].clone(), issue["path"][0].clone())).collect();
    assert_eq!(named, [(json!("too_big"), json!("limit")), (json!("invalid_format"), json!("fromTimestamp"))]);
    for path in [
        "/api/public/observations?type=span",
        "/api/public/observations?level=error",
        "/api/public/traces?name=a&name=b",
        "/api/public/v2/observations?limit=1001",
        "/api/public/v2/scores?fields=trace",
        "/api/public/v3/scores?userId=u",
        "/api/public/sessions?page=0",
    ] {
        assert!(server.get(path).json()["error"].is_array(), "{path}");
    }
    assert_eq!(server.get("/api/public/traces?useEventsTable=true&unknown=1").status, 200);
}
