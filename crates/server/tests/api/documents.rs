//! Comments and score configurations.

use serde_json::{Value as Json, json};

use crate::fixtures::filled;
use crate::harness::{Answer, Request, Server};

fn patch(server: &Server, path: &str, body: &Json) -> Answer {
    server.send(Request::new("PATCH", path).key().json(body))
}

const CONFIGS: &str = "/api/public/score-configs";
const COMMENTS: &str = "/api/public/comments";

#[test]
fn a_score_configuration_is_created_listed_changed_and_archived() {
    let server = Server::start();
    let body = json!({"name": "tone", "dataType": "CATEGORICAL", "description": "how it sounds",
        "categories": [{"label": "warm", "value": 1}, {"label": "cold", "value": 0.5}], "unknown": true});
    let created = server.post(CONFIGS, &body);
    assert_eq!(created.status, 200, "{}", created.text());
    let config = created.json();
    let id = config["id"].as_str().expect("an id").to_owned();
    assert_eq!(
        config,
        json!({"id": id, "name": "tone", "createdAt": "2026-08-21T08:00:00.000Z", "updatedAt": "2026-08-21T08:00:00.000Z",
            "projectId": "project-1", "dataType": "CATEGORICAL", "isArchived": false, "minValue": null, "maxValue": null,
            "categories": [{"label": "warm", "value": 1}, {"label": "cold", "value": 0.5}], "description": "how it sounds"})
    );
    let path = format!("{CONFIGS}/{id}");
    assert_eq!(server.json(&path), config);
    let changed = patch(&server, &path, &json!({"isArchived": true, "description": null}));
    assert_eq!(
        (changed.json()["isArchived"].clone(), changed.json()["description"].clone()),
        (json!(true), Json::Null)
    );
    let flag = server.post(CONFIGS, &json!({"name": "ok", "dataType": "BOOLEAN"})).json();
    assert_eq!(flag["categories"], json!([{"label": "True", "value": 1}, {"label": "False", "value": 0}]));
    let flag_path = format!("{CONFIGS}/{}", flag["id"].as_str().expect("an id"));
    assert_eq!(patch(&server, &flag_path, &json!({"name": "fine"})).json()["name"], "fine");
    let list = server.json(&format!("{CONFIGS}?limit=1"));
    assert_eq!(list["meta"], json!({"page": 1, "limit": 1, "totalItems": 2, "totalPages": 2}));
    assert_eq!(list["data"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_score_configuration_that_does_not_fit_is_refused_by_member() {
    let server = Server::start();
    let id = server.post(CONFIGS, &json!({"name": "n", "dataType": "NUMERIC", "minValue": 0})).json()["id"].clone();
    let path = format!("{CONFIGS}/{}", id.as_str().expect("an id"));
    for (answer, status, part) in [
        (server.post(CONFIGS, &json!({"dataType": "NUMERIC"})), 400, "expected string, received undefined"),
        (server.post(CONFIGS, &json!({"name": "n", "dataType": "FLOAT"})), 400, "expected one of"),
        (server.post(CONFIGS, &json!({"name": "n", "dataType": "NUMERIC", "maxValue": "1"})), 400, "maxValue"),
        (
            server.post(CONFIGS, &json!({"name": "n", "dataType": "CATEGORICAL", "categories": [{"label": "a"}]})),
            400,
            "\"categories\",\"0\",\"value\"",
        ),
        (server.post(CONFIGS, &json!({"name": "a/b", "dataType": "TEXT"})), 400, "name: `a/b` does not fit"),
        (server.post(CONFIGS, &json!([])), 400, "expected object, received array"),
        (patch(&server, &path, &json!({})), 400, "nothing is to be changed"),
        (patch(&server, &path, &json!({"maxValue": -1})), 400, "maxValue: -1 is not larger"),
        (patch(&server, &format!("{CONFIGS}/nothing"), &json!({"name": "n"})), 404, "Score config not found"),
        (server.get(&format!("{CONFIGS}/nothing")), 404, "Score config not found"),
    ] {
        assert_eq!(answer.status, status, "{part}: {}", answer.text());
        assert!(answer.text().contains(part), "{part}: {}", answer.text());
    }
}

#[test]
fn scores_follow_the_configuration_they_name_by_either_door() {
    let server = Server::start();
    let labels = json!([{"label": "good", "value": 2.5}, {"label": "bad", "value": -1}]);
    let config = server.post(CONFIGS, &json!({"name": "tone", "dataType": "CATEGORICAL", "categories": labels})).json();
    let config = config["id"].as_str().expect("an id");
    let score =
        |id: &str, value: &str| json!({"id": id, "traceId": "t", "name": "mine", "configId": config, "value": value});
    assert_eq!(server.post("/api/public/scores", &score("a", "good")).status, 200);
    let event = |id: &str, value: &str| {
        json!({"id": format!("event {id}"), "type": "score-create",
        "timestamp": "2026-08-21T07:00:00Z", "body": score(id, value)})
    };
    let answer = server.ingest(&json!([event("b", "bad"), event("c", "fair")]));
    assert_eq!(answer["successes"], json!([{"id": "event b", "status": 201}]));
    assert_eq!((&answer["errors"][0]["id"], &answer["errors"][0]["status"]), (&json!("event c"), &json!(400)));
    let refused = server.post("/api/public/scores", &score("d", "fair"));
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("has no `fair`"), "{}", refused.text());
    for (id, label, value) in [("a", "good", json!(2.5)), ("b", "bad", json!(-1))] {
        let found = server.json(&format!("/api/public/scores/{id}"));
        assert_eq!((&found["name"], &found["stringValue"], &found["value"]), (&json!("tone"), &json!(label), &value));
        assert_eq!((&found["dataType"], &found["configId"]), (&json!("CATEGORICAL"), &json!(config)));
    }
    assert_eq!(server.get("/api/public/scores/c").status, 404);
}

#[test]
fn comments_are_kept_with_what_they_are_about() {
    let server = filled();
    let comment = |kind: &str, id: &str| json!({"projectId": "another", "objectType": kind, "objectId": id, "content": " well done "});
    for (kind, id) in [("TRACE", "chat/1"), ("OBSERVATION", "generation"), ("SESSION", "s/1")] {
        let created = server.post(COMMENTS, &comment(kind, id));
        assert_eq!(created.status, 200, "{kind}: {}", created.text());
        let path = format!("{COMMENTS}/{}", created.json()["id"].as_str().expect("an id"));
        let found = server.json(&path);
        assert_eq!(
            found,
            json!({"id": created.json()["id"], "projectId": "project-1", "createdAt": "2026-08-21T08:00:00.000Z",
                "updatedAt": "2026-08-21T08:00:00.000Z", "objectType": kind, "objectId": id, "content": "well done",
                "authorUserId": null})
        );
        assert_eq!(server.get(&format!("{path}?expand=1")).status, 400, "strict");
    }
    let mut by_ada = comment("TRACE", "chat/1");
    by_ada["authorUserId"] = json!("ada@example.org");
    assert_eq!(server.post(COMMENTS, &by_ada).status, 200);
    let total = |query: &str| server.json(&format!("{COMMENTS}?{query}"))["meta"]["totalItems"].clone();
    assert_eq!(total(""), 4);
    assert_eq!(total("objectType=TRACE&objectId=chat%2F1"), 2);
    assert_eq!(total("objectType=SESSION"), 1);
    assert_eq!(total("authorUserId=ada%40example.org"), 1);
    assert_eq!(total("objectType=TRACE&objectId=other"), 0);
}

#[test]
fn a_comment_that_does_not_fit_is_refused_by_member() {
    let server = filled();
    let comment = |change: &[(&str, Json)]| {
        let mut body = json!({"projectId": "p", "objectType": "TRACE", "objectId": "chat/1", "content": "c"});
        for (member, value) in change {
            body[member] = value.clone();
        }
        server.post(COMMENTS, &body)
    };
    for (answer, status, part) in [
        (comment(&[("objectType", json!("trace"))]), 400, "\"path\":[\"objectType\"]"),
        (comment(&[("content", json!("  "))]), 400, "\"path\":[\"content\"]"),
        (comment(&[("content", json!("x".repeat(5_001)))]), 400, "\"path\":[\"content\"]"),
        (comment(&[("projectId", Json::Null)]), 400, "\"path\":[\"projectId\"]"),
        (comment(&[("position", json!(1))]), 400, "unrecognized_keys"),
        (comment(&[("authorUserId", json!("nobody"))]), 400, "authorUserId: `nobody` is no user here"),
        (comment(&[("objectId", json!("gone"))]), 404, "there is no TRACE `gone`"),
        (comment(&[("objectType", json!("PROMPT"))]), 404, "there is no PROMPT"),
        (comment(&[("objectType", json!("SESSION"))]), 404, "there is no SESSION"),
        (server.get(&format!("{COMMENTS}?objectId=chat%2F1")), 400, "objectType is required when objectId is provided"),
        (server.get(&format!("{COMMENTS}?objectType=THING")), 400, "expected one of"),
        (server.get(&format!("{COMMENTS}?sort=up")), 400, "unrecognized_keys"),
        (server.get(&format!("{COMMENTS}/nothing")), 404, "Comment not found within authorized project"),
    ] {
        assert_eq!(answer.status, status, "{part}: {}", answer.text());
        assert!(answer.text().contains(part), "{part}: {}", answer.text());
    }
}
