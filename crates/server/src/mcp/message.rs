//! The messages of JSON-RPC 2.0: what comes in, and faults that go out.

use serde_json::{Value as Json, json};

/// A message that wants an answer.
pub(super) struct Incoming {
    /// What the answer is to carry.
    pub(super) id: Json,
    /// What is wanted.
    pub(super) method: String,
    /// With what.
    pub(super) params: Json,
}

/// Why a message is not answered with a result.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    code: i32,
    message: String,
}

impl Fault {
    /// The body is not JSON.
    pub(super) fn not_json(error: &serde_json::Error) -> Self {
        Self { code: -32_700, message: format!("Parse error: {error}") }
    }

    /// The message is none of JSON-RPC.
    pub(super) fn invalid_request(problem: &str) -> Self {
        Self { code: -32_600, message: format!("Invalid request: {problem}") }
    }

    /// There is no such method.
    pub(super) fn unknown_method(method: &str) -> Self {
        Self { code: -32_601, message: format!("Method not found: {method}") }
    }

    /// A method does not take what it was given.
    pub(super) fn invalid_params(problem: &str) -> Self {
        Self { code: -32_602, message: format!("Invalid params: {problem}") }
    }

    /// The fault as the answer to a message.
    pub(super) fn about(self, id: &Json) -> Json {
        json!({"jsonrpc": "2.0", "id": id, "error": {"code": self.code, "message": self.message}})
    }
}

/// Reads a message; nothing when it wants no answer: a notification, or an answer of the client's.
///
/// # Errors
/// Fails with the id, as far as there is one, when it is no message.
pub(super) fn read(message: Json) -> Result<Option<Incoming>, (Json, Fault)> {
    let Json::Object(mut message) = message else {
        return Err((Json::Null, Fault::invalid_request("a message is an object")));
    };
    let id = message.remove("id");
    let known_id = id.clone().unwrap_or_default();
    if message.get("jsonrpc").and_then(Json::as_str) != Some("2.0") {
        return Err((known_id, Fault::invalid_request("`jsonrpc` must be \"2.0\"")));
    }
    let method = match message.remove("method") {
        Some(Json::String(method)) => method,
        None if message.contains_key("result") || message.contains_key("error") => return Ok(None),
        _ => return Err((known_id, Fault::invalid_request("`method` must be a string"))),
    };
    match id {
        None => Ok(None),
        Some(id @ (Json::String(_) | Json::Number(_))) => {
            Ok(Some(Incoming { id, method, params: message.remove("params").unwrap_or_default() }))
        }
        Some(_) => Err((Json::Null, Fault::invalid_request("`id` must be a string or a number"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wants_an_answer_is_told_from_what_does_not() {
        let wants = |message: Json| read(message).map(|incoming| incoming.is_some()).map_err(|(id, _)| id);
        assert_eq!(wants(json!({"jsonrpc": "2.0", "id": 1, "method": "ping"})), Ok(true));
        assert_eq!(wants(json!({"jsonrpc": "2.0", "method": "notifications/initialized"})), Ok(false));
        assert_eq!(wants(json!({"jsonrpc": "2.0", "id": 1, "result": {}})), Ok(false));
        assert_eq!(wants(json!({"id": 7, "method": "ping"})), Err(json!(7)));
        assert_eq!(wants(json!({"jsonrpc": "2.0", "id": null, "method": "ping"})), Err(Json::Null));
        assert_eq!(wants(json!({"jsonrpc": "2.0", "id": 1, "method": 2})), Err(json!(1)));
        assert_eq!(wants(json!("ping")), Err(Json::Null));
    }
}
