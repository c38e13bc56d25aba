use spanstone_ingest::{Decoded, Keep, Refusal, RefusedEvent, decode, decode_journaled};
use spanstone_model::{Change, Limits, Patch, Payload, Stamp, StampKind, Text};

use super::{NOW, batch, event, header, issues, time, try_decode};

/// An event with an id, a type, a time within the minute of [`NOW`] and a body.
fn at(second: &str, id: &str, kind: &str, body: &str) -> String {
    format!(r#"{{"id":"{id}","type":"{kind}","timestamp":"2026-08-21T07:57:{second}Z","body":{body}}}"#)
}

fn names(decoded: &Decoded) -> Vec<String> {
    let name = |patch: &Patch<Text>| match patch {
        Patch::Set(name) => name.to_string(),
        other => panic!("{other:?}"),
    };
    let names = decoded.events.iter().map(|event| match &event.change {
        Change::Trace(change) => name(&change.name),
        Change::Observation(change) => name(&change.name),
        Change::Score(change) => change.name.to_string(),
        ours @ (Change::Deletion(_) | Change::Derived(_)) => panic!("no client says this in a batch: {ours:?}"),
    });
    names.collect()
}

#[test]
fn updates_come_after_everything_else_and_both_by_time() {
    let decoded = batch(&[
        at("03", "u3", "generation-update", r#"{"id":"o","name":"u3"}"#),
        at("01", "u1", "observation-update", r#"{"id":"o","name":"u1","type":"SPAN"}"#),
        at("05", "c5", "span-create", r#"{"id":"o","name":"c5"}"#),
        at("02.001", "c2b", "score-create", r#"{"id":"s","traceId":"t","name":"c2b","value":1}"#),
        at("04", "c4", "trace-create", r#"{"id":"t","name":"c4"}"#),
        at("02", "c2a", "observation-create", r#"{"id":"o","name":"c2a","type":"SPAN"}"#),
        // To Langfuse these two are one time, so they keep their order.
        at("02.0019", "c2c", "event-create", r#"{"id":"o","name":"c2c"}"#),
        at("02.0011", "c2d", "event-create", r#"{"id":"o","name":"c2d"}"#),
        at("02", "u2", "span-update", r#"{"id":"o","name":"u2"}"#),
    ]);
    let expected = ["c2a", "c2b", "c2c", "c2d", "c4", "c5", "u1", "u2", "u3"];
    assert_eq!(decoded.accepted, expected);
    assert_eq!(names(&decoded), expected);
    assert_eq!(decoded.refused, []);
}

#[test]
fn an_event_is_stamped_with_its_envelope_time() {
    let decoded = batch(&[
        at("01.5", "a", "span-create", r#"{"id":"o","startTime":"2020-01-01T00:00:00Z"}"#),
        at("01.5", "b", "span-update", r#"{"id":"o"}"#),
    ]);
    let stamps: Vec<_> = decoded.events.iter().map(|event| event.stamp).collect();
    let at = time("2026-08-21T07:57:01.5Z");
    assert_eq!(stamps, [Stamp::new(at, StampKind::Create), Stamp::new(at, StampKind::Update)]);
}

#[test]
fn one_wrong_event_costs_only_itself() {
    let decoded = batch(&[
        at("01", "bad-type", "span-started", r#"{"id":"o"}"#),
        at("02", "good", "span-create", r#"{"id":"o","name":"good"}"#),
        at("03", "bad-level", "span-create", r#"{"id":"o","level":"loud"}"#),
        "5".to_owned(),
        "null".to_owned(),
        "1e999".to_owned(),
        "\"\\ud800\"".to_owned(),
        "[[[]]]".to_owned(),
        "{}".to_owned(),
        r#"{"type":"span-create"}"#.to_owned(),
        r#"{"id":7,"type":"span-create","timestamp":"2026-08-21T07:57:42Z","body":{"id":"o"}}"#.to_owned(),
        r#"{"id":"no-body","type":"trace-create","timestamp":"2026-08-21T07:57:42Z","body":[1]}"#.to_owned(),
        r#"{"id":"no-time","type":"trace-create","timestamp":1755763062,"body":{}}"#.to_owned(),
        r#"{"id":"no-zone","type":"trace-create","timestamp":"2026-08-21T07:57:42","body":{}}"#.to_owned(),
        at("04", "item", "dataset-run-item-create", r#"{"id":"i"}"#),
    ]);
    assert_eq!(decoded.accepted, ["good"]);
    assert_eq!(names(&decoded), ["good"]);
    let refused: Vec<_> = decoded.refused.iter().map(|event| (&*event.id, issues(&event.error))).collect();
    let no_discriminator = r#"["type"]: Invalid input"#;
    let not_an_object = |received| format!("[]: Invalid input: expected object, received {received}");
    let expected: [(&str, &[&str]); 14] = [
        ("bad-type", &[no_discriminator]),
        ("bad-level", &[r#"["body","level"]: Invalid option: expected one of "DEBUG"|"DEFAULT"|"WARNING"|"ERROR""#]),
        ("unknown", &[&not_an_object("number")]),
        ("unknown", &[&not_an_object("null")]),
        ("unknown", &[&not_an_object("number")]),
        ("unknown", &[&not_an_object("string")]),
        ("unknown", &[&not_an_object("array")]),
        ("unknown", &[no_discriminator]),
        (
            "unknown",
            &[
                r#"["id"]: Invalid input: expected string, received undefined"#,
                r#"["timestamp"]: Invalid input: expected string, received undefined"#,
                r#"["body"]: Invalid input: expected object, received undefined"#,
            ],
        ),
        ("unknown", &[r#"["id"]: Invalid input: expected string, received number"#]),
        ("no-body", &[r#"["body"]: Invalid input: expected object, received array"#]),
        ("no-time", &[r#"["timestamp"]: Invalid input: expected string, received number"#]),
        ("no-zone", &[r#"["timestamp"]: Invalid ISO datetime"#]),
        ("item", &[r#"["body"]: Dataset run items are not accepted here: use /api/public/dataset-run-items"#]),
    ];
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(id, issues)| (id, issues.iter().map(|issue| (*issue).to_owned()).collect::<Vec<_>>()))
        .collect();
    assert_eq!(refused, expected);
}

#[test]
fn what_is_wrong_is_told_as_a_list_of_issues() {
    let decoded = batch(&[at("01", "e", "span-started", "{}")]);
    assert_eq!(
        decoded.refused,
        [RefusedEvent {
            id: "e".to_owned(),
            status: 400,
            message: "Invalid request data",
            error: r#"[
  {
    "code": "invalid_union",
    "note": "No matching discriminator",
    "path": [
      "type"
    ],
    "message": "Invalid input"
  }
]"#
            .to_owned(),
        }]
    );
}

#[test]
fn an_event_about_nothing_is_accepted_and_says_nothing() {
    let decoded = batch(&[
        at("01", "a", "trace-create", r#"{"name":"n"}"#),
        at("02", "b", "score-create", r#"{"traceId":"t","name":"n","value":1}"#),
        at("03", "c", "observation-create", r#"{"type":"SPAN","id":null}"#),
        at("04", "d", "span-create", "{}"),
    ]);
    assert_eq!(decoded.accepted, ["a", "b", "c"]);
    assert_eq!(decoded.events, []);
    assert_eq!(
        issues(&decoded.refused[0].error),
        [r#"["body","id"]: Invalid input: expected string, received undefined"#]
    );
}

#[test]
fn a_log_line_of_an_sdk_is_in_neither_list() {
    let decoded = batch(&[
        at("01", "a", "sdk-log", r#"{"log":{"level":"error"}}"#),
        at("01", "b", "sdk-log", r#"{"log":"text","id":"x"}"#),
    ]);
    assert_eq!(decoded, Decoded::default());
}

#[test]
fn who_may_only_write_scores_writes_scores() {
    let events = [
        at("01", "t", "trace-create", r#"{"id":"t"}"#),
        at("02", "bad", "trace-create", r#"{"id":5}"#),
        at("03", "s", "score-create", r#"{"id":"s","traceId":"t","name":"n","value":1}"#),
        at("04", "l", "sdk-log", r#"{"log":1}"#),
        at("05", "o", "generation-update", r#"{"id":"o"}"#),
    ];
    let body = format!("{{\"batch\":[{}]}}", events.join(","));
    let decoded = decode(&header(true), body.as_bytes(), Keep::Skeleton, &Limits::default()).unwrap();
    assert_eq!(decoded.accepted, ["s"]);
    assert_eq!(names(&decoded), ["n"]);
    let refused: Vec<_> = decoded
        .refused
        .iter()
        .map(|refused| (&*refused.id, refused.status, refused.message, &*refused.error))
        .skip(1)
        .collect();
    let denied = (401, "Authentication error", "Access Scope Denied");
    assert_eq!(refused, [("t", denied.0, denied.1, denied.2), ("o", denied.0, denied.1, denied.2)]);
    assert_eq!((&*decoded.refused[0].id, decoded.refused[0].status), ("bad", 400));
}

#[test]
fn a_body_that_is_no_batch_is_refused_as_a_whole() {
    let shape = |text: &str| Err(Refusal::InvalidShape { errors: vec![text.to_owned()] });
    for (body, expected) in [
        ("", shape("Invalid input: expected array, received undefined")),
        ("{}", shape("Invalid input: expected array, received undefined")),
        (r#"{"batch":null}"#, shape("Invalid input: expected array, received null")),
        (r#"{"batch":{"a":1}}"#, shape("Invalid input: expected array, received object")),
        (r#"{"batch":[],"batch":5}"#, shape("Invalid input: expected array, received number")),
        ("[]", shape("Invalid input: expected object, received array")),
        (" \"text\" ", shape("Invalid input: expected object, received string")),
        ("1", shape("Invalid input: expected object, received number")),
        (" ", Err(Refusal::InvalidJson)),
        ("{", Err(Refusal::InvalidJson)),
        (r#"{"batch":[]}}"#, Err(Refusal::InvalidJson)),
        (r#"{"batch":[],}"#, Err(Refusal::InvalidJson)),
        (r#"{"batch":[{"a":NaN}]}"#, Err(Refusal::InvalidJson)),
        (r#"{"batch":[{"a":Infinity}]}"#, Err(Refusal::InvalidJson)),
        (r#"{"batch":[{"a":-Infinity}]}"#, Err(Refusal::InvalidJson)),
        ("{\"batch\":[{\"a\":\"\n\"}]}", Err(Refusal::InvalidJson)),
        ("{'batch':[]}", Err(Refusal::InvalidJson)),
        (r#"{"batch":[]}"#, Ok(Decoded::default())),
        (r#"{"batch":[],"metadata":{"sdk_name":"python"},"x":1}"#, Ok(Decoded::default())),
        ("\u{FEFF}{\"batch\":[]}", Ok(Decoded::default())),
    ] {
        assert_eq!(try_decode(body.as_bytes()), expected, "{body:?}");
    }
    assert_eq!(Refusal::InvalidJson.to_string(), "Invalid JSON");
}

#[test]
fn of_two_batches_the_last_one_counts() {
    let (first, second) = (at("01", "a", "trace-create", "{}"), at("01", "b", "trace-create", "{}"));
    let body = format!(r#"{{"batch":[{first},5],"batch":[{second}]}}"#);
    let decoded = try_decode(body.as_bytes()).unwrap();
    assert_eq!((decoded.accepted, decoded.refused), (vec!["b".to_owned()], vec![]));
}

#[test]
fn of_two_bodies_the_last_one_counts() {
    let event = |bodies: &str| format!(r#"{{"id":"e","type":"trace-create","timestamp":"{NOW}",{bodies}}}"#);
    let decoded = batch(&[event(r#""body":{"id":"t","name":"x","tags":["x"]},"b\u006fdy":{"id":"t","name":"n"}"#)]);
    assert_eq!(names(&decoded), ["n"]);
    assert_eq!(batch(&[event(r#""body":{"id":"t"},"body":5"#)]).refused.len(), 1);
    assert_eq!(batch(&[event(r#""body":5,"body":{"id":"t"}"#)]).events.len(), 1);
}

#[test]
fn lone_surrogates_and_invalid_utf8_cost_nothing() {
    let mut body = br#"{"batch":[{"id":"e\ud83d","type":"trace-create","timestamp":"2026-08-21T07:57:42Z","x\udc00":1,"body":{"id":"t","name":"a\ud83eb\udd80","user\ud800Id":"x","tags":["\ud83e\udd80"],"input":["\ud83e",""#.to_vec();
    body.extend(b"\xC3\x28\xFF");
    body.extend(br#""],"metadata":{"\ud83e":"\ud83e"}}}]}"#);
    let decoded = try_decode(&body).unwrap();
    assert_eq!(decoded.accepted, ["e\u{FFFD}"]);
    let Change::Trace(change) = &decoded.events[0].change else {
        panic!("{decoded:?}");
    };
    assert_eq!(change.name, Patch::Set("a\u{FFFD}b\u{FFFD}".into()));
    assert_eq!(change.tags, ["🦀".into()]);
    assert_eq!(change.input, Some(Payload::Text("[\"\u{FFFD}\",\"\u{FFFD}(\u{FFFD}\"]".into())));
    assert_eq!(change.metadata, Some(Payload::Text("{\"\u{FFFD}\":\"\u{FFFD}\"}".into())));
}

#[test]
fn a_clock_far_off_is_believed() {
    for time in ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "1969-12-31T23:59:59-14:00"] {
        let event = format!(r#"{{"id":"e","type":"trace-create","timestamp":"{time}","body":{{"id":"t"}}}}"#);
        assert_eq!(batch(&[event]).accepted, ["e"], "{time}");
    }
}

#[test]
fn ten_thousand_events_are_one_batch() {
    let events: Vec<_> = (0..10_000)
        .map(|number| event("span-create", &format!(r#"{{"id":"o{number}","traceId":"t","name":"o{number}"}}"#)))
        .collect();
    let decoded = batch(&events);
    assert_eq!(decoded.accepted.len(), 10_000);
    assert_eq!(names(&decoded), (0..10_000).map(|number| format!("o{number}")).collect::<Vec<_>>());
}

#[test]
fn a_batch_has_at_most_so_many_events() {
    let limits = Limits { batch_events_max: 3, ..Limits::default() };
    let decode =
        |events: &str| decode(&header(false), format!("{{\"batch\":[{events}]}}").as_bytes(), Keep::Skeleton, &limits);
    assert_eq!(decode("1,2,3").map(|decoded| decoded.refused.len()), Ok(3));
    let refusal = decode("1,2,3,4").unwrap_err();
    assert_eq!(refusal, Refusal::TooManyEvents { max: 3 });
    assert_eq!(refusal.to_string(), "the batch has more than 3 events; send it in smaller batches");
}

#[test]
fn a_journaled_batch_decodes_whatever_the_limits_are_now() {
    let max = Limits::default().batch_events_max;
    let body = format!("{{\"batch\":[{}0]}}", "0,".repeat(max));
    assert_eq!(try_decode(body.as_bytes()), Err(Refusal::TooManyEvents { max }));
    let decoded = decode_journaled(&header(false), body.as_bytes(), Keep::Skeleton, &[]).unwrap();
    assert_eq!(decoded.refused.len(), max + 1);
}

#[test]
fn a_value_nested_without_end_is_kept_as_it_is() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let decoded = batch(&[event("trace-create", &format!(r#"{{"id":"t","input":{deep}}}"#))]);
    let Change::Trace(change) = &decoded.events[0].change else {
        panic!("not a trace");
    };
    assert_eq!(change.input, Some(Payload::Text(deep.into())));
}
