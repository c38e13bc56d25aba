use spanstone_model::{
    ObservationId, Patch, Payload, ScoreChange, ScoreId, ScoreSource, ScoreValue, SessionId, TraceId,
};

use super::{NOW, one, score, time};

/// What `{"id":"s","traceId":"t","name":"n","value":1}` says.
fn plain() -> ScoreChange {
    ScoreChange {
        id: ScoreId::from_wire("s"),
        timestamp: time(NOW),
        environment: "default".into(),
        trace_id: Some(TraceId::from_wire("t")),
        observation_id: Patch::Keep,
        session_id: Patch::Keep,
        dataset_run_id: Patch::Keep,
        name: "n".into(),
        value: ScoreValue::Numeric(1.0),
        source: ScoreSource::Api,
        comment: Patch::Keep,
        config_id: Patch::Keep,
        queue_id: Patch::Keep,
        execution_trace_id: Patch::Keep,
        metadata: None,
    }
}

#[test]
fn a_score_needs_a_target_a_name_and_a_value() {
    assert_eq!(score(r#"{"id":"s","traceId":"t","name":"n","value":1}"#), plain());
}

#[test]
fn a_score_may_say_everything() {
    let change = score(
        r#"{"id":"s","traceId":"t","observationId":"o","name":"n","value":"good","dataType":"CATEGORICAL",
            "environment":"Prod","comment":"c","metadata":[1],"source":"ANNOTATION","executionTraceId":"x",
            "queueId":"q","configId":"cfg","timestamp":5,"unknown":1}"#,
    );
    let expected = ScoreChange {
        environment: "prod".into(),
        observation_id: Patch::Set(ObservationId::from_wire("o")),
        value: ScoreValue::Categorical { label: "good".into(), value: 0.0 },
        source: ScoreSource::Annotation,
        comment: Patch::Set("c".into()),
        config_id: Patch::Set("cfg".into()),
        queue_id: Patch::Set("q".into()),
        execution_trace_id: Patch::Set("x".into()),
        metadata: Some(Payload::Text(r#"{"metadata":"[1]"}"#.into())),
        ..plain()
    };
    assert_eq!(change, expected);
}

#[test]
fn null_clears_what_is_not_the_score_itself() {
    let change = score(
        r#"{"id":"s","traceId":"t","name":"n","value":1,"observationId":null,"sessionId":null,
            "datasetRunId":null,"comment":null,"configId":null,"queueId":null,"executionTraceId":null,
            "metadata":null,"source":null,"environment":null}"#,
    );
    let expected = ScoreChange {
        observation_id: Patch::Clear,
        session_id: Patch::Clear,
        dataset_run_id: Patch::Clear,
        comment: Patch::Clear,
        config_id: Patch::Clear,
        queue_id: Patch::Clear,
        execution_trace_id: Patch::Clear,
        ..plain()
    };
    assert_eq!(change, expected);
}

#[test]
fn a_score_judges_exactly_one_thing() {
    let read = |target: &str| one("score-create", &format!(r#"{{"id":"s","name":"n","value":1{target}}}"#));
    let session = score(r#"{"id":"s","name":"n","value":1,"sessionId":"s1","traceId":""}"#);
    let expected = ScoreChange { trace_id: None, session_id: Patch::Set(SessionId::from_wire("s1")), ..plain() };
    assert_eq!(session, expected);
    let run = score(r#"{"id":"s","name":"n","value":1,"datasetRunId":"r1"}"#);
    let expected = ScoreChange { trace_id: None, dataset_run_id: Patch::Set("r1".into()), ..plain() };
    assert_eq!(run, expected);

    for target in [
        "",
        r#","traceId":"""#,
        r#","traceId":null"#,
        r#","observationId":"o""#,
        r#","traceId":"t","sessionId":"s""#,
        r#","traceId":"t","datasetRunId":"r""#,
        r#","sessionId":"s","datasetRunId":"r""#,
        r#","sessionId":"s","observationId":"o""#,
        r#","datasetRunId":"r","observationId":"o""#,
    ] {
        let issue = r#"["body"]: Provide exactly one of `traceId`, `sessionId` and `datasetRunId`; `observationId` needs `traceId`"#;
        assert_eq!(read(target), Err(vec![issue.to_owned()]), "{target}");
    }
}

#[test]
fn a_value_is_what_its_data_type_says() {
    let categorical = |label: &str| ScoreValue::Categorical { label: label.into(), value: 0.0 };
    for (fields, expected) in [
        (r#""value":0.5"#, ScoreValue::Numeric(0.5)),
        (r#""value":-3e2,"dataType":"NUMERIC""#, ScoreValue::Numeric(-300.0)),
        (r#""value":9007199254740993"#, ScoreValue::Numeric(9_007_199_254_740_992.0)),
        (r#""value":1,"dataType":"BOOLEAN""#, ScoreValue::Boolean(true)),
        (r#""value":1.0,"dataType":"BOOLEAN""#, ScoreValue::Boolean(true)),
        (r#""value":0,"dataType":"BOOLEAN""#, ScoreValue::Boolean(false)),
        (r#""value":"good""#, categorical("good")),
        (r#""value":"","dataType":"CATEGORICAL""#, categorical("")),
        (r#""value":"t","dataType":"TEXT""#, ScoreValue::Text("t".into())),
    ] {
        let change = score(&format!(r#"{{"id":"s","traceId":"t","name":"n",{fields}}}"#));
        let expected = ScoreChange { value: expected, ..plain() };
        assert_eq!(change, expected, "{fields}");
    }
    let long = "ü".repeat(500);
    let change = score(&format!(r#"{{"id":"s","traceId":"t","name":"n","dataType":"TEXT","value":"{long}"}}"#));
    assert_eq!(change.value, ScoreValue::Text(long.into()));
}

#[test]
fn a_correction_is_named_output_and_judges_a_trace() {
    for name in ["", r#""name":"fix","#, r#""name":"output","#] {
        let change = score(&format!(r#"{{"id":"s","traceId":"t",{name}"dataType":"CORRECTION","value":"better"}}"#));
        let expected = ScoreChange { name: "output".into(), value: ScoreValue::Correction("better".into()), ..plain() };
        assert_eq!(change, expected, "{name}");
    }
    for (fields, expected) in [
        (
            r#""traceId":"t","configId":"c""#,
            r#"["body","configId"]: A correction follows no configuration: leave `configId` out"#,
        ),
        (r#""sessionId":"s""#, r#"["body"]: A correction needs a `traceId`: sessions and dataset runs have no output"#),
        (
            r#""datasetRunId":"r""#,
            r#"["body"]: A correction needs a `traceId`: sessions and dataset runs have no output"#,
        ),
    ] {
        let body = format!(r#"{{"id":"s","dataType":"CORRECTION","value":"better",{fields}}}"#);
        assert_eq!(one("score-create", &body), Err(vec![expected.to_owned()]), "{fields}");
    }
}

#[test]
fn a_wrong_field_is_named() {
    let types = r#""NUMERIC"|"BOOLEAN"|"CATEGORICAL"|"TEXT"|"CORRECTION""#;
    for (fields, expected) in [
        (
            r#""value":true"#,
            r#"["body","value"]: Invalid input: expected number or string, received boolean"#.to_owned(),
        ),
        (r#""x":1"#, r#"["body","value"]: Invalid input: expected number or string, received undefined"#.to_owned()),
        (r#""value":null"#, r#"["body","value"]: Invalid input: expected number or string, received null"#.to_owned()),
        (r#""value":1e999"#, r#"["body","value"]: Invalid input: expected number, received number"#.to_owned()),
        (
            r#""value":1,"dataType":null"#,
            r#"["body","dataType"]: Invalid input: expected string, received null"#.to_owned(),
        ),
        (
            r#""value":1,"dataType":"numeric""#,
            format!(r#"["body","dataType"]: Invalid option: expected one of {types}"#),
        ),
        (
            r#""value":"1","dataType":"NUMERIC""#,
            r#"["body","value"]: Invalid input: expected number, received string"#.to_owned(),
        ),
        (
            r#""value":true,"dataType":"BOOLEAN""#,
            r#"["body","value"]: Invalid input: expected number, received boolean"#.to_owned(),
        ),
        (
            r#""value":2,"dataType":"BOOLEAN""#,
            r#"["body","value"]: Invalid input: a BOOLEAN score has the value 0 or 1"#.to_owned(),
        ),
        (
            r#""value":1,"dataType":"CATEGORICAL""#,
            r#"["body","value"]: Invalid input: expected string, received number"#.to_owned(),
        ),
        (r#""dataType":"TEXT""#, r#"["body","value"]: Invalid input: expected string, received undefined"#.to_owned()),
        (
            r#""value":"","dataType":"TEXT""#,
            r#"["body","value"]: Too small: expected string to have >=1 characters"#.to_owned(),
        ),
        (r#""value":1,"name":"""#, r#"["body","name"]: Too small: expected string to have >=1 characters"#.to_owned()),
        (r#""value":1,"name":null"#, r#"["body","name"]: Invalid input: expected string, received null"#.to_owned()),
        (
            r#""value":1,"source":"HUMAN""#,
            r#"["body","source"]: Invalid option: expected one of "API"|"EVAL"|"ANNOTATION""#.to_owned(),
        ),
        (
            r#""value":1,"comment":5"#,
            r#"["body","comment"]: Invalid input: expected string, received number"#.to_owned(),
        ),
    ] {
        let body = format!(r#"{{"id":"s","traceId":"t","name":"n",{fields}}}"#);
        assert_eq!(one("score-create", &body), Err(vec![expected]), "{fields}");
    }
    let long = "x".repeat(501);
    let body = format!(r#"{{"id":"s","traceId":"t","name":"n","dataType":"TEXT","value":"{long}"}}"#);
    let issue = r#"["body","value"]: Too big: expected string to have <=500 characters"#;
    assert_eq!(one("score-create", &body), Err(vec![issue.to_owned()]));
}
