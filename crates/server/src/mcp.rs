//! The read side as tools for coding agents: Model Context Protocol over streamable HTTP, without sessions.
//!
//! Owns what is particular to MCP: its messages, which operations are tools, and answers that leave an agent's context
//! alive. Each tool is an operation of the REST API: it runs that route's own handler, and its arguments are described by
//! what that handler reads. Every request is answered at once, as JSON, so there is no stream to `GET`.

mod arguments;
mod message;
mod shorten;
mod tools;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderValue, ORIGIN};
use serde_json::{Value as Json, json};
use spanstone_model::ProjectId;

use self::message::{Fault, Incoming};
use crate::auth;
use crate::call::Call;
use crate::error::{ACCEPTED, Answer, BAD_REQUEST, Code, Failure, NOT_ACCEPTABLE, OK};
use crate::extract::BodyLimit;

/// The versions of the protocol that are spoken, the newest first; they do not differ in what is used here.
const VERSIONS: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// How many messages one body may hold.
const BATCH_MAX: usize = 20;

const INSTRUCTIONS: &str = "Traces of LLM applications: what was asked of models and tools, what they answered, how long it \
    took and what it cost. Start with listTraces, then getTrace for the tree of one, getObservation for a step with its \
    full input and output. Times are ISO 8601 with a zone. Long texts are shortened; the answer says where.";

/// Answers a message, or a batch of them.
pub(crate) async fn post(mut call: Call) -> Answer {
    check_origin(&call)?;
    let client = auth::project(&call)?;
    if !accepts_json(call.header(ACCEPT.as_str())) {
        let fault = Fault::invalid_request("the client must accept application/json or text/event-stream");
        return Ok(answer(NOT_ACCEPTABLE, &fault.about(&Json::Null)));
    }
    call.require_json()?;
    let (bytes, _room) = call.body(&client, BodyLimit::Other).await?.unpack()?;
    match serde_json::from_slice(&bytes) {
        Err(error) => Ok(answer(BAD_REQUEST, &Fault::not_json(&error).about(&Json::Null))),
        Ok(Json::Array(messages)) => batch(&call, &client.project, messages).await,
        Ok(message) => single(&call, &client.project, message).await,
    }
}

async fn single(call: &Call, project: &ProjectId, message: Json) -> Answer {
    match message::read(message) {
        Err((id, fault)) => Ok(answer(BAD_REQUEST, &fault.about(&id))),
        Ok(None) => Ok(HttpResponse::build(ACCEPTED).finish()),
        Ok(Some(incoming)) => Ok(answer(OK, &respond(call, project, incoming).await)),
    }
}

async fn batch(call: &Call, project: &ProjectId, messages: Vec<Json>) -> Answer {
    if messages.is_empty() || messages.len() > BATCH_MAX {
        let fault = Fault::invalid_request(&format!("a batch holds 1 to {BATCH_MAX} messages, not {}", messages.len()));
        return Ok(answer(BAD_REQUEST, &fault.about(&Json::Null)));
    }
    let mut answers = Vec::new();
    for message in messages {
        match message::read(message) {
            Err((id, fault)) => answers.push(fault.about(&id)),
            Ok(None) => {}
            Ok(Some(incoming)) => answers.push(respond(call, project, incoming).await),
        }
    }
    if answers.is_empty() {
        return Ok(HttpResponse::build(ACCEPTED).finish());
    }
    Ok(answer(OK, &Json::Array(answers)))
}

async fn respond(call: &Call, project: &ProjectId, incoming: Incoming) -> Json {
    let Incoming { id, method, params } = incoming;
    let result = match method.as_str() {
        "initialize" => Ok(initialize(&params)),
        "ping" => Ok(json!({})),
        "tools/list" => Ok(json!({"tools": tools::list()})),
        "tools/call" => tools::run(call, project, &params).await,
        _ => Err(Fault::unknown_method(&method)),
    };
    match result {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err(fault) => fault.about(&id),
    }
}

/// The client's version if it is spoken here, else the newest that is.
fn initialize(params: &Json) -> Json {
    let asked = params["protocolVersion"].as_str();
    let version = VERSIONS.into_iter().find(|version| Some(*version) == asked).unwrap_or(VERSIONS[0]);
    json!({
        "protocolVersion": version,
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "spanstone", "version": env!("CARGO_PKG_VERSION")},
        "instructions": INSTRUCTIONS,
    })
}

fn accepts_json(header: Option<&str>) -> bool {
    let known = ["application/json", "text/event-stream", "*/*", "application/*"];
    header.is_none_or(|header| known.iter().any(|media| header.contains(media)))
}

/// A browser says where a page comes from. Only pages of this very host may ask: others might have found it by a name
/// that they point here themselves.
fn check_origin(call: &Call) -> Result<(), Failure> {
    let Some(origin) = call.header(ORIGIN.as_str()) else { return Ok(()) };
    let host = host_of(origin);
    // A proxy may have named another host to us than browsers know.
    if call.header(HOST.as_str()) == Some(host) || host_of(&call.base_url()) == host {
        return Ok(());
    }
    Err(Failure::new(Code::Forbidden, format!("pages of `{origin}` may not use this endpoint")))
}

/// Host and port of an address.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

fn answer(status: StatusCode, body: &Json) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .body(body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_version_is_spoken_if_it_is_known() {
        let version = |asked: &str| initialize(&json!({"protocolVersion": asked}))["protocolVersion"].clone();
        assert_eq!(version("2025-03-26"), "2025-03-26");
        assert_eq!(version("1999-01-01"), VERSIONS[0]);
        assert_eq!(initialize(&Json::Null)["protocolVersion"], VERSIONS[0]);
    }

    #[test]
    fn the_host_of_an_address_is_between_scheme_and_path() {
        assert_eq!(host_of("https://traces.example:8443/spanstone"), "traces.example:8443");
        assert_eq!(host_of("null"), "null");
    }

    #[test]
    fn a_client_that_takes_neither_json_nor_events_is_refused() {
        assert!(accepts_json(None));
        assert!(accepts_json(Some("application/json, text/event-stream")));
        assert!(accepts_json(Some("*/*")));
        assert!(!accepts_json(Some("text/html")));
    }
}
