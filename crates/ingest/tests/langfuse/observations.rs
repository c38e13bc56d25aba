use spanstone_model::{
    Assumed, Change, Cost, CostDetails, Level, Limits, ObservationChange, ObservationId, ObservationType, Patch,
    Payload, PromptLink, Tools, TraceId, UsageDetails,
};

use spanstone_ingest::{Keep, decode_with_hints};

use super::{NOW, batch, event, header, observation, one, time};

const GENERATION_LIKE: [(&str, ObservationType); 9] = [
    ("generation-create", ObservationType::Generation),
    ("generation-update", ObservationType::Generation),
    ("agent-create", ObservationType::Agent),
    ("tool-create", ObservationType::Tool),
    ("chain-create", ObservationType::Chain),
    ("retriever-create", ObservationType::Retriever),
    ("evaluator-create", ObservationType::Evaluator),
    ("embedding-create", ObservationType::Embedding),
    ("guardrail-create", ObservationType::Guardrail),
];

const EVERYTHING: &str = r#"{"id":"o","traceId":"t","environment":"Prod","name":"n",
    "startTime":"2026-08-21T07:00:00.000001Z","endTime":"2026-08-21T07:00:01Z",
    "completionStartTime":"2026-08-21T07:00:00.5Z","metadata":{"m":1},"input":["i"],"output":"o",
    "level":"WARNING","statusMessage":"sm","parentObservationId":"p","version":"v","model":"gpt-4o",
    "modelParameters":{"temperature": 0.30, "stop": ["a"], "map": {"k": "v"}, "none": null, "s": "x", "b": true},
    "usage":{"input":10,"output":5,"total":15,"unit":"TOKENS","totalCost":0.25},
    "usageDetails":{"input":9,"input_cached_tokens":1},"costDetails":{"input":0.1},
    "promptName":"greeting","promptVersion":3.0,"release":"r","trace":{"release":"r"}}"#;

/// What `{"id":"o","traceId":"t"}` says in an event about this type.
fn plain(kind: ObservationType) -> ObservationChange {
    ObservationChange {
        id: ObservationId::from_wire("o"),
        trace_id: TraceId::from_wire("t"),
        trace_invented: false,
        start: time(NOW),
        environment: "default".into(),
        assumed: Assumed { start: true, environment: true },
        kind,
        parent_id: None,
        end: None,
        completion_start: None,
        name: Patch::Keep,
        level: Patch::Keep,
        status_message: None,
        version: None,
        model: Patch::Keep,
        model_parameters: None,
        usage: UsageDetails::default(),
        cost: CostDetails::default(),
        price_hints: Vec::new(),
        tools: None,
        experiment: None,
        prompt: None,
        is_app_root: None,
        input: None,
        output: None,
        metadata: None,
    }
}

/// What [`EVERYTHING`] says in an event that has only the fields of `event-create`.
fn basics(kind: ObservationType) -> ObservationChange {
    ObservationChange {
        start: time("2026-08-21T07:00:00.000001Z"),
        environment: "prod".into(),
        assumed: Assumed::default(),
        parent_id: Some(ObservationId::from_wire("p")),
        name: Patch::Set("n".into()),
        level: Patch::Set(Level::Warning),
        status_message: Some("sm".into()),
        version: Some("v".into()),
        input: Some(Payload::Text(r#"["i"]"#.into())),
        output: Some(Payload::Text("o".into())),
        metadata: Some(Payload::Text(r#"{"m":1}"#.into())),
        ..plain(kind)
    }
}

fn usage(amounts: &[(&str, u64)]) -> UsageDetails {
    UsageDetails::new(amounts.iter().map(|(kind, amount)| ((*kind).into(), *amount)))
}

fn costs(dollars: &[(&str, f64)]) -> CostDetails {
    CostDetails::new(dollars.iter().map(|(kind, dollars)| ((*kind).into(), Cost::from_dollars(*dollars).unwrap())))
}

fn model_call(base: ObservationChange) -> ObservationChange {
    ObservationChange {
        end: Some(time("2026-08-21T07:00:01Z")),
        completion_start: Some(time("2026-08-21T07:00:00.5Z")),
        model: Patch::Set("gpt-4o".into()),
        model_parameters: Some(
            r#"{"temperature":0.30,"stop":["a"],"map":{"k":"v"},"none":null,"s":"x","b":true}"#.into(),
        ),
        usage: usage(&[("input", 9), ("input_cached_tokens", 1), ("output", 5), ("total", 15)]),
        cost: costs(&[("input", 0.1), ("total", 0.25)]),
        prompt: Some(PromptLink { name: "greeting".into(), version: 3 }),
        ..base
    }
}

#[test]
fn an_event_has_no_end_and_no_model() {
    assert_eq!(observation("event-create", EVERYTHING), basics(ObservationType::Event));
}

#[test]
fn a_span_has_an_end_and_no_model() {
    for kind in ["span-create", "span-update"] {
        let expected = ObservationChange { end: Some(time("2026-08-21T07:00:01Z")), ..basics(ObservationType::Span) };
        assert_eq!(observation(kind, EVERYTHING), expected, "{kind}");
    }
}

#[test]
fn generations_and_the_newer_types_have_everything() {
    for (kind, expected) in GENERATION_LIKE {
        assert_eq!(observation(kind, EVERYTHING), model_call(basics(expected)), "{kind}");
    }
}

#[test]
fn a_legacy_observation_names_its_type_and_has_no_environment_and_no_prompt() {
    for kind in ["observation-create", "observation-update"] {
        for (name, expected) in [
            ("GENERATION", ObservationType::Generation),
            ("SPAN", ObservationType::Span),
            ("EVENT", ObservationType::Event),
        ] {
            let body = EVERYTHING
                .replacen('{', &format!("{{\"type\":\"{name}\","), 1)
                .replace(r#", "stop": ["a"], "map": {"k": "v"}"#, "");
            let expected = ObservationChange {
                environment: "default".into(),
                assumed: Assumed { start: false, environment: true },
                prompt: None,
                model_parameters: Some(r#"{"temperature":0.30,"none":null,"s":"x","b":true}"#.into()),
                ..model_call(basics(expected))
            };
            assert_eq!(observation(kind, &body), expected, "{kind} {name}");
        }
    }
    for (field, expected) in [
        ("", r#"["body","type"]: Invalid input: expected string, received undefined"#),
        (r#","type":"AGENT""#, r#"["body","type"]: Invalid option: expected one of "GENERATION"|"SPAN"|"EVENT""#),
        (r#","type":"SPAN","modelParameters":{"stop":["a"]}"#, r#"["body","modelParameters","stop"]: Invalid input"#),
    ] {
        let body = format!(r#"{{"id":"o","traceId":"t"{field}}}"#);
        assert_eq!(one("observation-create", &body), Err(vec![expected.to_owned()]), "{field}");
    }
}

#[test]
fn null_clears_name_model_and_level_only() {
    let change = observation(
        "generation-update",
        r#"{"id":"o","traceId":"t","environment":null,"name":null,"startTime":null,"endTime":null,
            "completionStartTime":null,"metadata":null,"input":null,"output":null,"level":null,
            "statusMessage":null,"parentObservationId":null,"version":null,"model":null,"modelParameters":null,
            "usage":null,"usageDetails":null,"costDetails":null,"promptName":null,"promptVersion":null}"#,
    );
    let expected = ObservationChange {
        name: Patch::Clear,
        model: Patch::Clear,
        level: Patch::Clear,
        ..plain(ObservationType::Generation)
    };
    assert_eq!(change, expected);
}

#[test]
fn an_observation_without_a_trace_gets_one_that_is_always_the_same() {
    let invented = |event: &str, body: &str| {
        let text = event_with_id(event, body);
        match batch(&[text]).events.remove(0).change {
            Change::Observation(change) => change.trace_id.to_string(),
            other => panic!("{other:?}"),
        }
    };
    let id = invented("e1", r#"{"id":"o"}"#);
    assert_eq!(id, "0e31f790-d770-48fb-bad0-57adb8b79528");
    assert_eq!(id, invented("e1", r#"{"id":"o","traceId":null,"name":"n"}"#));
    assert_ne!(id, invented("e2", r#"{"id":"o"}"#));
    assert_ne!(id, invented("e1", r#"{"id":"p"}"#));
}

fn event_with_id(id: &str, body: &str) -> String {
    event("span-create", body).replacen("\"e\"", &format!("\"{id}\""), 1)
}

#[test]
fn an_empty_parent_is_none() {
    let change = observation("span-create", r#"{"id":"o","traceId":"t","parentObservationId":""}"#);
    assert_eq!(change, plain(ObservationType::Span));
}

#[test]
fn usage_is_overlaid_by_its_details() {
    for (fields, expected_usage, expected_cost) in [
        (r#""usage":{}"#, usage(&[]), costs(&[])),
        // The total is the store's to compute; zero is no total.
        (r#""usage":{"input":1,"output":2}"#, usage(&[("input", 1), ("output", 2)]), costs(&[])),
        (r#""usage":{"input":1,"total":0}"#, usage(&[("input", 1)]), costs(&[])),
        (r#""usage":{"input":10.0,"total":1e1,"unit":"IMAGES"}"#, usage(&[("input", 10), ("total", 10)]), costs(&[])),
        // Negative amounts are let in and then dropped; negative costs stay.
        (
            r#""usage":{"input":-1,"output":2,"inputCost":-0.5,"outputCost":0,"totalCost":1}"#,
            usage(&[("output", 2)]),
            costs(&[("input", -0.5), ("output", 0.0), ("total", 1.0)]),
        ),
        // The older form discards costs, and the newer form beside it.
        (
            r#""usage":{"promptTokens":1,"completionTokens":2,"totalTokens":3,"input":7,"total":9,"totalCost":1}"#,
            usage(&[("input", 1), ("output", 2), ("total", 3)]),
            costs(&[]),
        ),
        (r#""usage":{"input":1,"promptTokens":null,"totalCost":1}"#, usage(&[("input", 1)]), costs(&[("total", 1.0)])),
        (
            r#""usage":{"input":1,"output":2,"inputCost":1},"usageDetails":{"input":5,"x":"7"},"costDetails":{"input":2,"x":"7"}"#,
            usage(&[("input", 5), ("output", 2), ("x", 7)]),
            costs(&[("input", 2.0)]),
        ),
        (
            r#""usageDetails":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":4}}"#,
            usage(&[("input", 5), ("input_cached_tokens", 4), ("output", 2), ("total", 11)]),
            costs(&[]),
        ),
        (r#""usageDetails":{"a":9007199254740993,"b":1}"#, usage(&[("b", 1)]), costs(&[])),
    ] {
        let change = observation("generation-create", &format!(r#"{{"id":"o","traceId":"t",{fields}}}"#));
        assert_eq!((change.usage, change.cost), (expected_usage, expected_cost), "{fields}");
    }
}

#[test]
fn a_prompt_has_a_name_and_a_version_or_is_none() {
    let read = |fields: &str| one("generation-create", &format!(r#"{{"id":"o","traceId":"t",{fields}}}"#));
    for fields in [
        r#""promptName":"p""#,
        r#""promptVersion":1"#,
        r#""promptName":"p","promptVersion":0"#,
        r#""promptName":"","promptVersion":1"#,
    ] {
        let issue = r#"["body"]: `promptName` and `promptVersion` go together: send both or neither"#;
        assert_eq!(read(fields), Err(vec![issue.to_owned()]), "{fields}");
    }
    for fields in [r#""promptName":"","promptVersion":0"#, r#""promptName":"p","promptVersion":-1"#] {
        assert_eq!(read(fields), Ok(Change::Observation(Box::new(plain(ObservationType::Generation)))), "{fields}");
    }
}

#[test]
fn empty_model_parameters_are_none() {
    let change = observation("generation-create", r#"{"id":"o","traceId":"t","modelParameters":{ }}"#);
    assert_eq!(change, plain(ObservationType::Generation));
}

#[test]
fn a_wrong_field_is_named() {
    for (field, expected) in [
        (r#""traceId":"""#, r#"["body","traceId"]: an id must not be empty"#),
        (r#""traceId":5"#, r#"["body","traceId"]: Invalid input: expected string, received number"#),
        (r#""id":null"#, r#"["body","id"]: Invalid input: expected string, received null"#),
        (
            r#""level":"warning""#,
            r#"["body","level"]: Invalid option: expected one of "DEBUG"|"DEFAULT"|"WARNING"|"ERROR""#,
        ),
        (r#""startTime":"yesterday""#, r#"["body","startTime"]: Invalid ISO datetime"#),
        (r#""endTime":"2026-02-30T00:00:00Z""#, r#"["body","endTime"]: Invalid ISO datetime"#),
        (r#""completionStartTime":"2026-08-21T24:00:00Z""#, r#"["body","completionStartTime"]: Invalid ISO datetime"#),
        (r#""statusMessage":{}"#, r#"["body","statusMessage"]: Invalid input: expected string, received object"#),
        (
            r#""parentObservationId":1"#,
            r#"["body","parentObservationId"]: Invalid input: expected string, received number"#,
        ),
        (r#""model":[]"#, r#"["body","model"]: Invalid input: expected string, received array"#),
        (r#""modelParameters":"x""#, r#"["body","modelParameters"]: Invalid input: expected object, received string"#),
        (r#""modelParameters":{"a":{"b":1}}"#, r#"["body","modelParameters","a"]: Invalid input"#),
        (r#""modelParameters":{"a":[1]}"#, r#"["body","modelParameters","a"]: Invalid input"#),
        (r#""usage":3"#, r#"["body","usage"]: Invalid input: expected object, received number"#),
        (r#""usage":{"input":1.5}"#, r#"["body","usage","input"]: Invalid input: expected int, received number"#),
        (
            r#""usage":{"total":9007199254740992}"#,
            r#"["body","usage","total"]: Invalid input: expected int, received number"#,
        ),
        (
            r#""usage":{"promptTokens":"5"}"#,
            r#"["body","usage","promptTokens"]: Invalid input: expected number, received string"#,
        ),
        (
            r#""usage":{"totalCost":1e999}"#,
            r#"["body","usage","totalCost"]: Invalid input: expected number, received number"#,
        ),
        (
            r#""usage":{"unit":"tokens"}"#,
            r#"["body","usage","unit"]: Invalid option: expected one of "CHARACTERS"|"TOKENS"|"SECONDS"|"MILLISECONDS"|"IMAGES"|"REQUESTS""#,
        ),
        (r#""usageDetails":[]"#, r#"["body","usageDetails"]: Invalid input: expected object, received array"#),
        (r#""costDetails":1"#, r#"["body","costDetails"]: Invalid input: expected object, received number"#),
        (
            r#""promptName":"p","promptVersion":1.5"#,
            r#"["body","promptVersion"]: Invalid input: expected int, received number"#,
        ),
    ] {
        let body = format!(r#"{{"id":"o","traceId":"t",{field}}}"#);
        let Err(issues) = one("generation-create", &body) else {
            panic!("{field} was accepted");
        };
        assert_eq!(issues[0], expected, "{field}");
    }
}

#[test]
fn what_is_assumed_is_marked_as_such() {
    for (body, expected) in [
        (r#"{"id":"o"}"#, Assumed { start: true, environment: true }),
        (r#"{"id":"o","startTime":"2026-08-21T07:00:00Z"}"#, Assumed { start: false, environment: true }),
        (r#"{"id":"o","startTime":null,"environment":"prod"}"#, Assumed { start: true, environment: false }),
    ] {
        assert_eq!(observation("span-create", body).assumed, expected, "{body}");
    }
}

#[test]
fn tools_are_named_whether_they_come_as_json_or_as_json_in_a_string() {
    for body in [
        r#"{"id":"o","input":{"tools":[{"name":"add","parameters":{}}]},
            "output":{"tool_calls":[{"id":"1","function":{"name":"add","arguments":"{}"}}]}}"#,
        r#"{"id":"o","input":"{\"tools\":[{\"name\":\"add\",\"parameters\":{}}]}",
            "output":"[{\"type\":\"tool_use\",\"name\":\"add\",\"input\":{}}]"}"#,
    ] {
        let expected = Tools { offered: vec!["add".into()], called: vec!["add".into()] };
        assert_eq!(observation("generation-create", body).tools.as_deref(), Some(&expected), "{body}");
    }
    assert_eq!(
        observation("generation-create", r#"{"id":"o","input":"which tools?","output":"tool_calls"}"#).tools,
        None
    );
}

#[test]
fn metadata_that_prices_ask_for_comes_with_the_usage() {
    let of = |body: &str| {
        let event = event("generation-create", body);
        let request = format!(r#"{{"batch":[{event}]}}"#);
        let keys = ["region".into(), "batch".into(), "list".into()];
        let limits = Limits::default();
        let decoded = decode_with_hints(&header(false), request.as_bytes(), Keep::Skeleton, &limits, &keys);
        match decoded.expect("a batch").events.remove(0).change {
            Change::Observation(change) => change.price_hints,
            other => panic!("{other:?}"),
        }
    };
    let metadata = r#""metadata":{"region":"eu","batch":true,"list":[1],"other":1}"#;
    let with_usage = format!(r#"{{"id":"o","usageDetails":{{"input":1}},{metadata}}}"#);
    assert_eq!(of(&with_usage), [("region".into(), "eu".into()), ("batch".into(), "true".into())]);
    assert_eq!(of(&format!(r#"{{"id":"o",{metadata}}}"#)), []);
    assert_eq!(of(r#"{"id":"o","usageDetails":{"input":1},"metadata":"region"}"#), []);
}
