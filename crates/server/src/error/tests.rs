//! What each dialect says.

use actix_web::body::MessageBody;
use serde_json::json;

use super::*;

fn body_of(answer: HttpResponse) -> String {
    let bytes = answer.into_body().try_into_bytes().expect("the body is in memory");
    String::from_utf8(bytes.to_vec()).expect("the body is text")
}

fn rendered(failure: Failure, dialect: Dialect) -> (u16, String) {
    let answer = failure.render(dialect, || "7f".to_owned());
    (answer.status().as_u16(), body_of(answer))
}

#[test]
fn each_dialect_has_its_own_form() {
    let unauthorized = || Failure::new(Code::Unauthorized, "No authorization header");
    let missing = || Failure::not_found("gone");
    for (failure, dialect, expected) in [
        (unauthorized(), Dialect::Public, (401, r#"{"message":"No authorization header"}"#)),
        (
            unauthorized(),
            Dialect::Ingestion,
            (401, r#"{"error":"UnauthorizedError","message":"No authorization header"}"#),
        ),
        (unauthorized(), Dialect::Otlp, (401, r#"{"message":"No authorization header"}"#)),
        (unauthorized(), Dialect::Own, (401, r#"{"message":"No authorization header","code":"unauthorized"}"#)),
        (missing(), Dialect::Public, (404, r#"{"message":"gone","error":"LangfuseNotFoundError"}"#)),
        (missing(), Dialect::Otlp, (404, r#"{"error":"gone"}"#)),
        (
            Failure::method_not_allowed(),
            Dialect::Otlp,
            (405, r#"{"message":"Method not allowed","error":"MethodNotAllowedError"}"#),
        ),
        (
            Failure::issues(vec![json!({"code": "custom"})]),
            Dialect::Public,
            (400, r#"{"message":"Invalid request data","error":[{"code":"custom"}]}"#),
        ),
        (
            Failure::errors(vec!["no batch".into()]),
            Dialect::Ingestion,
            (400, r#"{"message":"Invalid request data","errors":["no batch"]}"#),
        ),
        (Failure::new(Code::InvalidJson, "Invalid JSON"), Dialect::Ingestion, (400, "Invalid JSON")),
    ] {
        let case = format!("{failure:?} as {dialect:?}");
        assert_eq!(rendered(failure, dialect), (expected.0, expected.1.to_owned()), "{case}");
    }
}

#[test]
fn trouble_that_passes_says_when_to_try_again() {
    let answer = Failure::unavailable("busy").render(Dialect::Otlp, String::new);
    assert_eq!(answer.status().as_u16(), 503);
    assert_eq!(answer.headers().get("retry-after").map(HeaderValue::as_bytes), Some(&b"1"[..]));
}

#[test]
fn a_failure_of_ours_names_an_incident_and_not_its_cause() {
    let failure = Failure::internal("redb: page 12 is torn");
    let (status, body) = rendered(failure, Dialect::Public);
    assert_eq!(status, 500);
    assert_eq!(body, r#"{"message":"Internal Server Error","error":"InternalServerError","requestId":"7f"}"#);
}
