//! The API's description of itself: one OpenAPI document for everything that is served.
//!
//! Owns the list of operations and how they are written down. What parameters there are is not written here: each
//! handler's reader is asked ([`crate::params::asked`]). Schemas of answers come from the types that are rendered,
//! possible failures from the error table.

pub(crate) mod bodies;
pub(crate) mod filter;
pub(crate) mod meaning;
pub(crate) mod operation;
pub(crate) mod operations;
pub(crate) mod parameter;
pub(crate) mod question;
pub(crate) mod schema;
mod write;

use std::sync::LazyLock;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let document = write::document(&operations::all(), &crate::app::routes());
    format!("{document:#}\n")
});

/// The document, as JSON. It is the same for every server of this version, and made when it is first asked for.
#[must_use]
pub fn document() -> &'static str {
    &DOCUMENT
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value as Json;

    use super::*;
    use crate::app::Route;

    /// No route answers `HEAD`, so what takes any method has no other way to be named.
    const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "PUT", "DELETE"];

    #[test]
    fn every_route_is_described_and_every_description_has_a_route() {
        let (routes, operations) = (crate::app::routes(), operations::all());
        for operation in &operations {
            let served = routes.iter().any(|route| route.serves(operation.method, operation.path));
            assert!(served, "{} {} has no route", operation.method, operation.path);
        }
        for route in &routes {
            let is_described =
                |method: &str| operations.iter().any(|it| it.method == method && route.serves(method, it.path));
            let methods = METHODS.iter().filter(|method| route.takes(method));
            if route.takes_any() {
                assert!(is_described("GET"), "{}: describe it in src/openapi/operations/", route.path());
                continue;
            }
            for method in methods {
                assert!(is_described(method), "{method} {}: describe it in src/openapi/operations/", route.path());
            }
        }
    }

    #[test]
    fn operations_have_names_of_their_own_and_a_sentence_each() {
        let operations = operations::all();
        let names: BTreeSet<&str> = operations.iter().map(|operation| operation.id).collect();
        assert_eq!(names.len(), operations.len());
        for operation in &operations {
            assert!(operation.summary.ends_with('.'), "{}", operation.id);
        }
    }

    #[test]
    fn every_parameter_has_a_meaning_and_strict_operations_know_what_they_read() {
        for operation in operations::all() {
            let names: BTreeSet<&str> = operation.query.iter().map(|parameter| parameter.name.as_str()).collect();
            let captured = operation.captured().map(|name| -> &str { name });
            for name in names.iter().copied().chain(captured) {
                assert!(meaning::of(name).is_some(), "{}: say in src/openapi/meaning.rs what {name} is", operation.id);
            }
            if let Some(known) = &operation.only {
                let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
                assert_eq!(names, known, "{}", operation.id);
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document: Json = serde_json::from_str(document()).expect("JSON");
        let mut references = Vec::new();
        collect(&document, &mut references);
        assert!(references.len() > 50);
        for reference in references {
            let pointer = reference.trim_start_matches('#');
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    fn collect(value: &Json, into: &mut Vec<String>) {
        match value {
            Json::Object(map) => {
                into.extend(map.get("$ref").and_then(Json::as_str).map(str::to_owned));
                map.values().for_each(|value| collect(value, into));
            }
            Json::Array(list) => list.iter().for_each(|value| collect(value, into)),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }

    #[test]
    fn an_operation_is_found_by_its_path() {
        let routes = crate::app::routes();
        let found = |path: &str| routes.iter().filter(|route| route.serves("GET", path)).map(Route::path).count();
        assert_eq!(found("/api/public/traces/{traceId}"), 1);
        assert_eq!(found("/api/public/traces"), 1);
        assert_eq!(found("/api/public/{nothing}"), 0);
    }
}
