//! The endpoint for agents, message by message.

use serde_json::{Value as Json, json};

use crate::fixtures::filled;
use crate::harness::{Answer, Request, Server};

fn send(server: &Server, body: &Json) -> Answer {
    let accept = "application/json, text/event-stream";
    server.send(Request::new("POST", "/api/public/mcp").key().header("accept", accept).json(body))
}

fn ask(server: &Server, method: &str, params: &Json) -> Json {
    let answer = send(server, &json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// What a tool says, and whether it says that something was wrong.
fn tool(server: &Server, name: &str, arguments: &Json) -> (Json, bool) {
    let answer = ask(server, "tools/call", &json!({"name": name, "arguments": arguments}));
    let text = answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer:#}"));
    let said = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
    (said, answer["result"]["isError"] == true)
}

fn code(answer: &Json) -> i64 {
    answer["error"]["code"].as_i64().unwrap_or_default()
}

#[test]
fn an_agent_says_hello_and_learns_of_the_tools() {
    let server = filled();
    let hello = ask(&server, "initialize", &json!({"protocolVersion": "2025-03-26", "capabilities": {}}));
    assert_eq!(hello["result"]["protocolVersion"], "2025-03-26");
    assert!(hello["result"]["capabilities"]["tools"].is_object());
    let noted = send(&server, &json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    assert_eq!((noted.status, noted.body.len()), (202, 0));
    let list = ask(&server, "tools/list", &json!({}));
    let tools = list["result"]["tools"].as_array().expect("a list");
    let trace = tools.iter().find(|tool| tool["name"] == "getTrace").expect("the tool");
    assert_eq!(trace["inputSchema"]["required"], json!(["traceId"]));
    assert!(tools.iter().all(|tool| tool["annotations"]["readOnlyHint"] == true && tool["description"] != ""));
}

#[test]
fn tools_answer_what_the_rest_of_the_api_answers() {
    let server = filled();
    let (list, _) = tool(&server, "listTraces", &json!({"userId": "ada"}));
    assert_eq!(list["data"][0]["id"], "chat/1");
    assert_eq!(list["data"][0]["input"], Json::Null, "without being asked for");
    let (tree, _) = tool(&server, "getTrace", &json!({"traceId": "chat/1"}));
    assert_eq!(tree["observations"].as_array().map(Vec::len), Some(3));
    let (one, _) = tool(&server, "getObservation", &json!({"observationId": "generation"}));
    assert_eq!(one, server.json("/api/public/observations/generation"));
    let arguments = json!({"traceId": "chat/1", "fields": ["core", "usage"], "limit": 1});
    let (page, _) = tool(&server, "listObservations", &arguments);
    assert_eq!(page, server.json("/api/public/v2/observations?traceId=chat%2F1&fields=core,usage&limit=1"));
    let (scores, _) = tool(&server, "listScores", &json!({"dataType": "BOOLEAN"}));
    assert_eq!(scores["data"][0]["id"], "boolean");
    assert_eq!(tool(&server, "getScore", &json!({"scoreId": "text"})).0["dataType"], "TEXT");
    assert_eq!(tool(&server, "getHealth", &json!({})).0["status"], "OK");
    let (fields, _) = tool(&server, "getObservationFieldSchema", &json!({}));
    assert!(fields["fields"]["startTime"].is_object());
}

#[test]
fn what_a_tool_cannot_do_is_told_to_the_agent() {
    let server = filled();
    let (said, is_error) = tool(&server, "getTrace", &json!({"traceId": "nothing"}));
    assert_eq!((said, is_error), (json!("there is no trace `nothing`"), true));
    let (said, is_error) = tool(&server, "listTraces", &json!({"limit": 1_000, "fromTimestamp": "yesterday"}));
    assert!(is_error && said.as_str().is_some_and(|text| text.contains("limit") && text.contains("fromTimestamp")));
    for (name, arguments) in [
        ("noSuchTool", json!({})),
        ("getTrace", json!({})),
        ("getTrace", json!({"traceId": 1})),
        ("listTraces", json!({"colour": "red"})),
        ("listTraces", json!([])),
    ] {
        let answer = ask(&server, "tools/call", &json!({"name": name, "arguments": arguments}));
        assert_eq!(code(&answer), -32_602, "{name} {arguments}: {answer}");
    }
}

#[test]
fn what_is_no_message_is_refused_as_json_rpc_says() {
    let server = filled();
    let post = || Request::new("POST", "/api/public/mcp").key();
    let broken = server.send(post().body("application/json", b"{".to_vec()));
    assert_eq!((broken.status, code(&broken.json())), (400, -32_700));
    for message in [json!([]), json!("ping"), json!({"id": 1, "method": "ping"}), json!(vec![json!({}); 21])] {
        let answer = send(&server, &message);
        assert_eq!((answer.status, code(&answer.json())), (400, -32_600), "{message}");
    }
    assert_eq!(code(&ask(&server, "resources/list", &json!({}))), -32_601);
    let ping = |id: &str| json!({"jsonrpc": "2.0", "id": id, "method": "ping"});
    let both = send(&server, &json!([ping("a"), {"jsonrpc": "2.0", "method": "notifications/x"}, ping("b"), 7]));
    let ids: Vec<Json> = both.json().as_array().expect("a list").iter().map(|one| one["id"].clone()).collect();
    assert_eq!((both.status, ids), (200, vec![json!("a"), json!("b"), Json::Null]));
}

#[test]
fn who_may_not_ask_is_told_before_anything_is_read() {
    let server = filled();
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    let post = || Request::new("POST", "/api/public/mcp").json(&ping);
    assert_eq!(server.send(post()).status, 401);
    assert_eq!(server.send(post().header("authorization", "Bearer pk-lf-test")).status, 403);
    assert_eq!(server.send(post().key().header("origin", "http://evil.example")).status, 403);
    assert_eq!(server.send(post().key().header("origin", "http://test")).status, 200);
    assert_eq!(server.send(post().key().header("accept", "text/html")).status, 406);
    let text = Request::new("POST", "/api/public/mcp").key().body("text/plain", ping.to_string().into_bytes());
    assert_eq!(server.send(text).status, 415);
    let large = Request::new("POST", "/api/public/mcp").key().body("application/json", vec![b' '; 5_000_000]);
    assert_eq!(server.send(large).status, 413);
    assert_eq!(server.get("/api/public/mcp").status, 405, "there is no stream to open");
}
