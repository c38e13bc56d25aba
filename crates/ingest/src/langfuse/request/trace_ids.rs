//! `DELETE /api/public/traces`: the ids of what is to be deleted.

use spanstone_model::{Limits, TraceId};

use super::RequestRefusal;
use super::event_text::{object, parse};
use crate::langfuse::issue::{Issue, Step, wrong_type};
use crate::lenient_json::{self, Json, Object};

const FIELD: &str = "traceIds";

/// Reads `{"traceIds": […]}`.
///
/// # Errors
/// Fails when the body is anything else, when it names no trace, and when it names more than
/// [`Limits::deleted_traces_max`].
pub fn trace_ids(body: &[u8], limits: &Limits) -> Result<Vec<TraceId>, RequestRefusal> {
    let text = lenient_json::text(body);
    let object = object(parse(&text)?).map_err(RequestRefusal::invalid)?;
    ids(&object, limits.deleted_traces_max).map_err(RequestRefusal::invalid)
}

fn ids(object: &Object<'_>, most: usize) -> Result<Vec<TraceId>, Vec<Issue>> {
    let mut issues = Vec::new();
    let ids = match object.get(FIELD).map(|value| (value, value.array())) {
        Some((_, Some(elements))) => elements_as_ids(&elements, most, &mut issues),
        Some((value, None)) => {
            issues.push(not_of_type("array", value.kind().as_str(), vec![Step::from(FIELD)]));
            Vec::new()
        }
        None => {
            issues.push(not_of_type("array", "undefined", vec![Step::from(FIELD)]));
            Vec::new()
        }
    };
    let unknown: Vec<&str> = object.iter().map(|(key, _)| key).filter(|key| *key != FIELD).collect();
    if !unknown.is_empty() {
        let keys = unknown.iter().map(|key| format!("\"{key}\"")).collect::<Vec<_>>().join(", ");
        let noun = if unknown.len() == 1 { "key" } else { "keys" };
        issues.push(Issue::new("unrecognized_keys", [], format!("Unrecognized {noun}: {keys}")));
    }
    if issues.is_empty() { Ok(ids) } else { Err(issues) }
}

fn elements_as_ids(elements: &[Json<'_>], most: usize, issues: &mut Vec<Issue>) -> Vec<TraceId> {
    let sized = |code, message| Issue::new(code, [Step::from(FIELD)], message);
    if elements.is_empty() {
        issues.push(sized("too_small", "Too small: expected array to have >=1 items".to_owned()));
    }
    if elements.len() > most {
        issues.push(sized("too_big", format!("Too big: expected array to have <={most} items")));
        // That says enough, however many of them are wrong.
        return Vec::new();
    }
    let mut ids = Vec::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        match element.string() {
            Some(id) => ids.push(TraceId::from_wire(&id)),
            None => {
                let path = vec![Step::from(FIELD), Step::Index(index)];
                issues.push(not_of_type("string", element.kind().as_str(), path));
            }
        }
    }
    ids
}

fn not_of_type(expected: &str, received: &str, path: Vec<Step>) -> Issue {
    Issue::new("invalid_type", path, wrong_type(expected, received))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(body: &str) -> Result<Vec<String>, String> {
        let limits = Limits { deleted_traces_max: 3, ..Limits::default() };
        match trace_ids(body.as_bytes(), &limits) {
            Ok(ids) => Ok(ids.iter().map(|id| id.as_str().to_owned()).collect()),
            Err(refusal) if refusal.issues.is_empty() => Err(refusal.message),
            Err(refusal) => Err(serde_json::to_string(&refusal.issues).expect("issues are JSON")),
        }
    }

    #[test]
    fn ids_are_read_as_they_are() {
        assert_eq!(
            read(r#"{"traceIds": ["a", "b/ü", ""]}"#),
            Ok(vec!["a".to_owned(), "b/ü".to_owned(), String::new()])
        );
    }

    #[test]
    fn whatever_else_it_is_is_said() {
        for (body, part) in [
            ("{", "Invalid JSON"),
            ("[]", "expected object, received array"),
            ("", "expected array, received undefined"),
            (r#"{"traceIds": "a"}"#, "expected array, received string"),
            (r#"{"traceIds": []}"#, ">=1 items"),
            (r#"{"traceIds": ["a", "b", "c", 4]}"#, "<=3 items"),
            (r#"{"traceIds": ["a", 4]}"#, r#""path":["traceIds",1]"#),
            (r#"{"traceIds": ["a"], "all": true}"#, r#"Unrecognized key: \"all\""#),
        ] {
            let refused = read(body).expect_err(body);
            assert!(refused.contains(part), "{body}: {refused}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_the_reader_panic(body in any::<Vec<u8>>()) {
            let _ = trace_ids(&body, &Limits::default());
        }
    }
}
