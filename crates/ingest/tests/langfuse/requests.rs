use spanstone_ingest::langfuse::request::{self, RequestRefusal, Scores, Single};
use spanstone_ingest::{Decoded, Keep, decode};
use spanstone_model::{Limits, Timestamp};

use super::{NOW, header, time, try_decode};

type Endpoint = fn(&[u8], Timestamp, &mut dyn FnMut() -> String) -> Result<Single, RequestRefusal>;

/// Ids `id1`, `id2`…
fn ids() -> impl FnMut() -> String {
    let mut count = 0;
    move || {
        count += 1;
        format!("id{count}")
    }
}

fn translate(endpoint: Endpoint, body: &str) -> Result<(String, String), Vec<String>> {
    match endpoint(body.as_bytes(), time(NOW), &mut ids()) {
        Ok((batch, id)) => Ok((String::from_utf8(batch).unwrap(), id)),
        Err(refusal) => Err(issues(&refusal)),
    }
}

fn issues(refusal: &RequestRefusal) -> Vec<String> {
    assert_eq!(refusal.message, "Invalid request data");
    let issues = serde_json::to_value(&refusal.issues).unwrap();
    let issues = issues.as_array().unwrap().iter();
    issues.map(|issue| format!("{}: {}", issue["path"], issue["message"].as_str().unwrap())).collect()
}

/// A batch of one event at [`NOW`] with the first new id.
fn batch(kind: &str, body: &str) -> String {
    format!(r#"{{"batch":[{{"id":"id1","type":"{kind}","timestamp":"{NOW}","body":{body}}}]}}"#)
}

#[test]
fn a_request_becomes_a_batch_of_one_event() {
    for (endpoint, body, kind, expected, id) in [
        (
            request::trace as Endpoint,
            r#"{"id":"t","name":"n","tags":["a"],"environment":"e","unknown":1,"public":true}"#,
            "trace-create",
            r#"{"id":"t","name":"n","environment":"e","public":true,"tags":["a"]}"#,
            "t",
        ),
        (request::trace, r#"{"name":"n"}"#, "trace-create", r#"{"name":"n","id":"id2"}"#, "id2"),
        (request::trace, r#"{"id":null}"#, "trace-create", r#"{"id":null,"id":"id2"}"#, "id2"),
        (request::trace, "", "trace-create", r#"{"id":"id2"}"#, "id2"),
        (
            request::span,
            r#"{"id":"o/1","traceId":"t","name":"n","endTime":null,"model":"m","usage":5,"input":[1, 2],"type":"EVENT"}"#,
            "observation-create",
            r#"{"id":"o/1","endTime":null,"traceId":"t","name":"n","input":[1, 2],"type":"SPAN"}"#,
            "o/1",
        ),
        (
            request::span_update,
            r#"{"spanId":"o","id":"x","endTime":"2026-08-21T07:57:42Z","level":"ERROR","statusMessage":"s"}"#,
            "observation-update",
            r#"{"id":"o","endTime":"2026-08-21T07:57:42Z","level":"ERROR","statusMessage":"s","type":"SPAN"}"#,
            "o",
        ),
        (
            request::generation,
            r#"{"name":"n","model":"m","prompt":[{"a":1}],"completion":"c","usage":{"input":1},"usageDetails":{"x":1},"modelParameters":{"t":1}}"#,
            "observation-create",
            r#"{"name":"n","model":"m","modelParameters":{"t":1},"usage":{"input":1},"input":[{"a":1}],"output":"c","type":"GENERATION","id":"id2"}"#,
            "id2",
        ),
        (
            request::generation_update,
            r#"{"generationId":"g","completion":"c"}"#,
            "observation-update",
            r#"{"id":"g","output":"c","type":"GENERATION"}"#,
            "g",
        ),
        (
            request::event,
            r#"{"id":"e","name":"n","environment":"prod","endTime":5}"#,
            "event-create",
            r#"{"id":"e","name":"n"}"#,
            "e",
        ),
    ] {
        let (text, answered) = translate(endpoint, body).unwrap();
        assert_eq!((text.as_str(), answered.as_str()), (&*batch(kind, expected), id), "{body}");
        let decoded = try_decode(text.as_bytes()).unwrap();
        assert_eq!((decoded.accepted.len(), decoded.events.len()), (1, 1), "{body}");
    }
}

#[test]
fn what_is_wrong_is_named_by_the_words_of_the_request() {
    for (endpoint, body, expected) in [
        (request::trace as Endpoint, r#"{"name":5}"#, r#"["name"]: Invalid input: expected string, received number"#),
        (request::trace, r#"{"id":""}"#, r#"["id"]: an id must not be empty"#),
        (request::trace, "[1]", "[]: Invalid input: expected object, received array"),
        (request::span, r#"{"id":7}"#, r#"["id"]: Invalid input: expected string, received number"#),
        (request::span_update, "{}", r#"["spanId"]: Invalid input: expected string, received undefined"#),
        (request::span_update, r#"{"spanId":""}"#, r#"["spanId"]: an id must not be empty"#),
        (
            request::generation,
            r#"{"usage":{"input":"x"}}"#,
            r#"["usage","input"]: Invalid input: expected number, received string"#,
        ),
        (
            request::generation_update,
            r#"{"generationId":null}"#,
            r#"["generationId"]: Invalid input: expected string, received null"#,
        ),
        (request::event, r#"{"name":"n"}"#, r#"["id"]: Invalid input: expected string, received undefined"#),
        (
            request::event,
            r#"{"id":"e","level":"x"}"#,
            r#"["level"]: Invalid option: expected one of "DEBUG"|"DEFAULT"|"WARNING"|"ERROR""#,
        ),
    ] {
        assert_eq!(translate(endpoint, body), Err(vec![expected.to_owned()]), "{body}");
    }
}

#[test]
fn a_request_that_is_not_json_is_refused() {
    let refusal = request::trace(b"{", time(NOW), &mut ids()).unwrap_err();
    assert_eq!((refusal.to_string(), refusal.issues), ("Invalid JSON".to_owned(), vec![]));
}

fn scores(body: &str) -> Result<Scores, Vec<String>> {
    let scores = request::scores(body.as_bytes(), time(NOW), &mut ids(), &Limits::default());
    scores.map_err(|refusal| issues(&refusal))
}

#[test]
fn one_score_is_answered_with_its_id() {
    for (body, expected, id) in [
        (
            r#"{"id":"s","traceId":"t","name":"n","value":1,"timestamp":"2020-01-01T00:00:00Z","unknown":1}"#,
            r#"{"id":"s","name":"n","traceId":"t","value":1}"#,
            "s",
        ),
        (
            r#"{"id":"","traceId":"t","name":"n","value":1}"#,
            r#"{"id":"","name":"n","traceId":"t","value":1,"id":"id2"}"#,
            "id2",
        ),
        (
            r#"{"traceId":"t","name":"n","value":"a","source":"ANNOTATION","configId":"c"}"#,
            r#"{"name":"n","traceId":"t","source":"ANNOTATION","configId":"c","value":"a","id":"id2"}"#,
            "id2",
        ),
    ] {
        let batch = batch("score-create", expected).into_bytes();
        assert_eq!(try_decode(&batch).unwrap().events.len(), 1, "{body}");
        let id = id.to_owned();
        assert_eq!(scores(body), Ok(Scores::One { batch, id }), "{body}");
    }
}

#[test]
fn a_wrong_score_is_refused() {
    for (body, expected) in [
        (
            r#"{"name":"n","value":1}"#,
            "[]: Provide exactly one of `traceId`, `sessionId` and `datasetRunId`; `observationId` needs `traceId`",
        ),
        (
            r#"{"traceId":"t","name":"n","value":1,"source":"EVAL"}"#,
            r#"["source"]: Invalid option: expected one of "API"|"ANNOTATION""#,
        ),
        (
            r#"{"traceId":"t","name":"n","value":1,"source":"ANNOTATION"}"#,
            r#"["configId"]: An annotation needs a `configId`"#,
        ),
        ("5", "[]: Invalid input: expected object, received number"),
    ] {
        assert_eq!(scores(body), Err(vec![expected.to_owned()]), "{body}");
    }
    let correction = r#"{"traceId":"t","value":"v","dataType":"CORRECTION","source":"ANNOTATION"}"#;
    assert!(matches!(scores(correction), Ok(Scores::One { .. })));
}

#[test]
fn each_score_of_an_array_stands_for_itself() {
    let Ok(Scores::Many { batch: Some(batch), accepted: 2, errors }) = scores(
        r#"[{"id":"a","traceId":"t","name":"n","value":1.0,"timestamp":"2026-01-01T00:00:00+01:00"},
            {"id":"b","traceId":"t","value":1},
            {"id":"c","traceId":"t","name":"n","value":1,"timestamp":"yesterday"},
            7,
            {"id":"d","traceId":"t","name":"n","value":1,"timestamp":6},
            {"sessionId":"s","name":"n","value":"x","timestamp":null}]"#,
    ) else {
        panic!("not two scores");
    };
    assert_eq!(
        String::from_utf8(batch.clone()).unwrap(),
        format!(
            "{}{}",
            r#"{"batch":[{"id":"id1","type":"score-create","timestamp":"2026-01-01T00:00:00+01:00","body":{"id":"a","name":"n","traceId":"t","value":1.0}},"#,
            format_args!(
                r#"{{"id":"id4","type":"score-create","timestamp":"{NOW}","body":{{"name":"n","sessionId":"s","value":"x","id":"id5"}}}}]}}"#
            )
        )
    );
    let Decoded { accepted, refused, .. } = decode(&header(true), &batch, Keep::Skeleton, &Limits::default()).unwrap();
    assert_eq!((accepted, refused), (vec!["id1".to_owned(), "id4".to_owned()], vec![]));
    assert_eq!(
        errors,
        [
            "score 1: name: Invalid input: expected string, received undefined",
            "score 2: timestamp: Invalid ISO datetime",
            "score 3: Invalid input: expected object, received number",
            "score 4: timestamp: Invalid input: expected string, received number",
        ]
    );
}

#[test]
fn an_array_without_a_valid_score_has_no_batch() {
    for (body, count) in [("[]", 0), ("[1,{}]", 2)] {
        let Ok(Scores::Many { batch: None, accepted: 0, errors }) = scores(body) else {
            panic!("{body}");
        };
        assert_eq!(errors.len(), count, "{body}");
    }
}

#[test]
fn an_array_has_at_most_so_many_scores() {
    let limits = Limits { batch_events_max: 2, ..Limits::default() };
    let refusal = request::scores(b"[1,2,3]", time(NOW), &mut ids(), &limits).unwrap_err();
    assert_eq!(refusal.to_string(), "the array has more than 2 scores; send them in smaller ones");
}
