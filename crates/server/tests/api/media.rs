//! Media: announced, uploaded over a link, described, downloaded over another.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use spanstone_model::Limits;

use crate::harness::{Answer, PROJECT, Request, Server};
use crate::viewer::cookie;

/// The SHA-256 of `abc`.
const ABC_DIGEST: &str = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
const ABC_KEY: &str = "ungWv48Bz-pBQUDeXa4iI7";

fn announcement(content_type: &str, content_length: usize, digest: &str) -> Json {
    json!({
        "traceId": "t", "observationId": null, "field": "input",
        "contentType": content_type, "contentLength": content_length, "sha256Hash": digest,
    })
}

fn announce(server: &Server, content_type: &str) -> Json {
    let answer = server.post("/api/public/media", &announcement(content_type, 3, ABC_DIGEST));
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// The path and query of a link.
fn path_of(url: &Json) -> String {
    let url = url.as_str().expect("a link");
    let path = url.strip_prefix("http://test").expect("it leads to where the request went");
    path.to_owned()
}

fn upload(server: &Server, path: &str, content: &[u8]) -> Answer {
    server.send(Request::new("PUT", path).body("image/png", content.to_vec()))
}

fn note(server: &Server, key: &str, outcome: &Json) -> Answer {
    server.send(Request::new("PATCH", &format!("/api/public/media/{key}")).key().json(outcome))
}

fn outcome(status: u16, error: &str) -> Json {
    json!({
        "uploadedAt": "2026-08-21T08:00:00.000Z", "uploadHttpStatus": status, "uploadHttpError": error, "uploadTimeMs": 5,
    })
}

#[test]
fn a_medium_is_announced_uploaded_and_downloaded_over_links_that_need_no_key() {
    let server = Server::start();
    let announced = announce(&server, "image/png");
    assert_eq!(announced["mediaId"], ABC_KEY);
    let missing = server.get(&format!("/api/public/media/{ABC_KEY}"));
    assert_eq!((missing.status, &missing.json()["message"]), (404, &json!("Media not yet uploaded")));

    let link = path_of(&announced["uploadUrl"]);
    assert_eq!(upload(&server, &link, b"abc").status, 200);
    let noted = note(&server, ABC_KEY, &outcome(200, ""));
    assert_eq!((noted.status, noted.json()), (200, json!({"message": "OK"})));

    let medium = server.json(&format!("/api/public/media/{ABC_KEY}"));
    let expected = json!({
        "mediaId": ABC_KEY, "contentType": "image/png", "contentLength": 3,
        "uploadedAt": "2026-08-21T08:00:00.000Z", "url": medium["url"], "urlExpiry": "2026-08-21T09:00:00.000Z",
    });
    assert_eq!(medium, expected);
    let content = server.send(Request::new("GET", &path_of(&medium["url"])));
    assert_eq!((content.status, content.body.as_slice()), (200, b"abc".as_slice()));
    assert_eq!(content.header("content-type"), Some("image/png"));
    assert_eq!(content.header("content-disposition"), None);
    assert_eq!(announce(&server, "image/png"), json!({"mediaId": ABC_KEY, "uploadUrl": null}), "it is there already");
}

#[test]
fn a_part_of_a_medium_can_be_downloaded() {
    let server = Server::start();
    upload(&server, &path_of(&announce(&server, "video/mp4")["uploadUrl"]), b"abc");
    let link = path_of(&server.json(&format!("/api/public/media/{ABC_KEY}"))["url"]);
    let part = server.send(Request::new("GET", &link).header("range", "bytes=1-"));
    assert_eq!((part.status, part.body.as_slice()), (206, b"bc".as_slice()));
    assert_eq!(part.header("content-range"), Some("bytes 1-2/3"));
}

#[test]
fn what_a_browser_could_run_is_offered_for_saving() {
    let server = Server::start();
    upload(&server, &path_of(&announce(&server, "image/svg+xml")["uploadUrl"]), b"abc");
    let path = format!("/api/spanstone/v1/projects/{PROJECT}/media/{ABC_KEY}");
    let content = server.send(Request::new("GET", &path).header("cookie", &cookie(&server)));
    assert_eq!((content.status, content.body.as_slice()), (200, b"abc".as_slice()));
    assert_eq!(content.header("content-disposition"), Some(&*format!("attachment; filename=\"{ABC_KEY}.svg\"")));
    assert_eq!(content.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    assert_eq!(server.send(Request::new("GET", &path)).status, 401);
}

#[test]
fn what_is_not_what_was_announced_is_refused_and_forgotten() {
    let server = Server::start();
    let link = path_of(&announce(&server, "image/png")["uploadUrl"]);
    for (content, word) in [(&b"abd"[..], "SHA-256"), (b"ab", "2 bytes"), (b"abcd", "4 bytes"), (b"", "0 bytes")] {
        let answer = upload(&server, &link, content);
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert!(answer.text().contains(word), "{}", answer.text());
    }
    assert_eq!(server.get(&format!("/api/public/media/{ABC_KEY}")).status, 404);
    assert_eq!(upload(&server, &link, b"abc").status, 200, "another try is fine");
}

#[test]
fn a_link_works_only_as_it_was_signed() {
    let server = Server::start();
    let link = path_of(&announce(&server, "image/png")["uploadUrl"]);
    for forged in [
        link.replace("signature=", "signature=A"),
        link.replace("project=project-1", "project=project-2"),
        link.replace("expires=1", "expires=2"),
        link.replace(ABC_KEY, "AAAAAAAAAAAAAAAAAAAAAA"),
        link.split('?').next().unwrap_or_default().to_owned(),
    ] {
        assert_eq!(upload(&server, &forged, b"abc").status, 403, "{forged}");
    }
    assert_eq!(server.send(Request::new("GET", &link)).status, 403, "a link to upload does not download");
}

#[test]
fn an_upload_that_failed_is_told_as_its_client_told_it() {
    let server = Server::start();
    announce(&server, "image/png");
    assert_eq!(note(&server, ABC_KEY, &outcome(503, "busy")).status, 200);
    let failed = server.get(&format!("/api/public/media/{ABC_KEY}"));
    let message = json!("Media upload failed with status 503: busy");
    assert_eq!((failed.status, &failed.json()["message"]), (404, &message));
    assert_eq!(note(&server, "AAAAAAAAAAAAAAAAAAAAAA", &outcome(200, "")).status, 404);
    assert_eq!(note(&server, "no-id", &outcome(200, "")).status, 404);
    let wrong = note(&server, ABC_KEY, &json!({"uploadHttpStatus": "200"}));
    assert!(wrong.status == 400 && wrong.text().contains("uploadHttpStatus"), "{}", wrong.text());
}

#[test]
fn an_announcement_of_more_than_the_limit_is_refused() {
    let server = Server::with_limits(Limits { media_bytes_max: 2, ..Limits::default() });
    let answer = server.post("/api/public/media", &announcement("image/png", 3, ABC_DIGEST));
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("2 bytes"), "{}", answer.text());
}

#[test]
fn a_medium_of_many_pieces_arrives_whole() {
    let server = Server::start();
    let content: Vec<u8> = (0..3_000_000_u32).map(|number| number.to_le_bytes()[1]).collect();
    let digest = STANDARD.encode(Sha256::digest(&content));
    let answer = server.post("/api/public/media", &announcement("audio/wav", content.len(), &digest));
    assert_eq!(upload(&server, &path_of(&answer.json()["uploadUrl"]), &content).status, 200);
    let key = answer.json()["mediaId"].as_str().expect("an id").to_owned();
    let link = path_of(&server.json(&format!("/api/public/media/{key}"))["url"]);
    assert!(server.send(Request::new("GET", &link)).body == content);
}
