use spanstone_model::{Patch, Payload, SessionId, TraceChange, TraceId};

use super::{NOW, one, time, trace};

fn payload(text: &str) -> Option<Payload> {
    Some(Payload::Text(text.into()))
}

/// What `{"id":"t"}` says.
fn plain() -> TraceChange {
    TraceChange {
        id: TraceId::from_wire("t"),
        timestamp: time(NOW),
        environment: "default".into(),
        name: Patch::Keep,
        user_id: Patch::Keep,
        session_id: Patch::Keep,
        release: Patch::Keep,
        version: Patch::Keep,
        tags: Vec::new(),
        public: None,
        input: None,
        output: None,
        metadata: None,
        explicit: true,
    }
}

#[test]
fn a_trace_needs_nothing_but_an_id() {
    assert_eq!(trace(r#"{"id":"t"}"#), plain());
}

#[test]
fn a_trace_may_say_everything() {
    let change = trace(
        r#"{"id":"t","timestamp":"2026-08-21T09:57:42.5+02:00","name":"chat","userId":"u","sessionId":"s",
            "release":"r1","version":"v1","tags":["b","a","b"],"public":true,"environment":"Langfuse-Prod",
            "input":{"q": "why\u003f"},"output":"because \u00fc \ud83e\udd80","metadata":{"k": [1, 2.50]},
            "externalId":"x","bookmarked":true,"status_message":5,"unknown":{"a":[]}}"#,
    );
    assert_eq!(
        change,
        TraceChange {
            timestamp: time("2026-08-21T07:57:42.5Z"),
            environment: "prod".into(),
            name: Patch::Set("chat".into()),
            user_id: Patch::Set("u".into()),
            session_id: Patch::Set(SessionId::from_wire("s")),
            release: Patch::Set("r1".into()),
            version: Patch::Set("v1".into()),
            tags: vec!["b".into(), "a".into(), "b".into()],
            public: Some(true),
            input: payload(r#"{"q":"why?"}"#),
            output: payload("because ü 🦀"),
            metadata: payload(r#"{"k":[1,2.50]}"#),
            ..plain()
        }
    );
}

#[test]
fn null_clears_what_it_can_clear_and_says_nothing_elsewhere() {
    let change = trace(
        r#"{"id":"t","timestamp":null,"name":null,"userId":null,"sessionId":null,"release":null,"version":null,
            "tags":null,"public":null,"environment":null,"input":null,"output":null,"metadata":null}"#,
    );
    assert_eq!(
        change,
        TraceChange {
            name: Patch::Clear,
            user_id: Patch::Clear,
            session_id: Patch::Clear,
            release: Patch::Clear,
            version: Patch::Clear,
            ..plain()
        }
    );
}

#[test]
fn an_empty_user_or_session_is_none() {
    let change = trace(r#"{"id":"t","userId":"","sessionId":"","name":""}"#);
    assert_eq!(
        change,
        TraceChange { name: Patch::Set("".into()), user_id: Patch::Clear, session_id: Patch::Clear, ..plain() }
    );
}

#[test]
fn an_environment_is_never_wrong() {
    for (environment, expected) in [
        ("\"Production\"", "production"),
        ("\"langfuse-langfuse_test\"", "test"),
        ("\"langfuse\"", "default"),
        ("\"a b\"", "default"),
        ("5", "default"),
        ("{\"a\":1}", "default"),
        ("null", "default"),
    ] {
        let change = trace(&format!(r#"{{"id":"t","environment":{environment}}}"#));
        assert_eq!(&*change.environment, expected, "{environment}");
    }
}

#[test]
fn an_input_that_javascript_takes_for_false_is_none() {
    for (input, expected) in [
        ("null", None),
        ("false", None),
        ("0", None),
        ("-0.0", None),
        ("\"\"", None),
        ("true", payload("true")),
        ("7.10", payload("7.10")),
        ("\" \"", payload(" ")),
        ("\"0\"", payload("0")),
        ("[ ]", payload("[]")),
        ("{ }", payload("{}")),
        ("12345678901234567890", payload("12345678901234567890")),
        ("[1e400, {\"a b\": \"c d\"}]", payload("[1e400,{\"a b\":\"c d\"}]")),
        ("\"{\\\"a\\\": 1}\"", payload("{\"a\": 1}")),
        ("\"\\ud83e\"", payload("\u{FFFD}")),
    ] {
        let change = trace(&format!(r#"{{"id":"t","input":{input},"output":{input}}}"#));
        assert_eq!((&change.input, &change.output), (&expected, &expected), "{input}");
    }
}

#[test]
fn metadata_becomes_an_object() {
    for (metadata, expected) in [
        ("null", None),
        ("{ }", None),
        ("{\"a\" : null}", payload("{\"a\":null}")),
        ("\"text \\\"x\\\"\"", payload("{\"metadata\":\"text \\\"x\\\"\"}")),
        ("\"\"", payload("{\"metadata\":\"\"}")),
        ("1.50", payload("{\"metadata\":\"1.50\"}")),
        ("false", payload("{\"metadata\":\"false\"}")),
        ("[1, \"a\"]", payload("{\"metadata\":\"[1,\\\"a\\\"]\"}")),
    ] {
        let change = trace(&format!(r#"{{"id":"t","metadata":{metadata}}}"#));
        assert_eq!(change.metadata, expected, "{metadata}");
    }
}

#[test]
fn of_a_field_that_is_there_twice_the_last_one_counts() {
    let change = trace(r#"{"id":"x","name":"a","input":1,"id":"t","name":"b","input":"last"}"#);
    assert_eq!(change, TraceChange { name: Patch::Set("b".into()), input: payload("last"), ..plain() });
}

#[test]
fn a_wrong_field_is_named() {
    for (field, expected) in [
        (r#""name":5"#, r#"["body","name"]: Invalid input: expected string, received number"#),
        (r#""userId":true"#, r#"["body","userId"]: Invalid input: expected string, received boolean"#),
        (r#""sessionId":{}"#, r#"["body","sessionId"]: Invalid input: expected string, received object"#),
        (r#""release":[]"#, r#"["body","release"]: Invalid input: expected string, received array"#),
        (r#""version":1"#, r#"["body","version"]: Invalid input: expected string, received number"#),
        (r#""public":"yes""#, r#"["body","public"]: Invalid input: expected boolean, received string"#),
        (r#""tags":"a""#, r#"["body","tags"]: Invalid input: expected array, received string"#),
        (r#""tags":["a",1]"#, r#"["body","tags",1]: Invalid input: expected string, received number"#),
        (r#""timestamp":"2026-08-21""#, r#"["body","timestamp"]: Invalid ISO datetime"#),
        (r#""timestamp":1755763062"#, r#"["body","timestamp"]: Invalid input: expected string, received number"#),
        (r#""id":"""#, r#"["body","id"]: an id must not be empty"#),
        (r#""id":"a\rb""#, r#"["body","id"]: an id must not contain a carriage return"#),
    ] {
        let body = format!(r#"{{"id":"t",{field}}}"#);
        assert_eq!(one("trace-create", &body), Err(vec![expected.to_owned()]), "{field}");
    }
}

#[test]
fn every_wrong_field_is_named() {
    assert_eq!(
        one("trace-create", r#"{"id":"t","name":5,"public":1,"tags":[null]}"#),
        Err(vec![
            r#"["body","name"]: Invalid input: expected string, received number"#.to_owned(),
            r#"["body","tags",0]: Invalid input: expected string, received null"#.to_owned(),
            r#"["body","public"]: Invalid input: expected boolean, received number"#.to_owned(),
        ])
    );
}

#[test]
fn a_name_has_at_most_1000_characters() {
    let body = |name: &str| format!(r#"{{"id":"t","name":"{name}"}}"#);
    let name = "ü".repeat(1_000);
    assert_eq!(trace(&body(&name)).name, Patch::Set(name.into()));
    assert_eq!(
        one("trace-create", &body(&"x".repeat(1_001))),
        Err(vec![r#"["body","name"]: Too big: expected string to have <=1000 characters"#.to_owned()])
    );
}

#[test]
fn an_id_may_be_anything_of_800_characters() {
    for id in ["a/b c:d", "日本語 🦀", &"x".repeat(800), "..", "%2F", "0"] {
        assert_eq!(trace(&format!(r#"{{"id":"{id}"}}"#)).id, TraceId::from_wire(id));
    }
    assert_eq!(
        one("trace-create", &format!(r#"{{"id":"{}"}}"#, "x".repeat(801))),
        Err(vec![r#"["body","id"]: an id must have at most 800 characters, this one has 801"#.to_owned()])
    );
}
