//! Media that come as base64 in payloads: taken out, kept once, and referred to wherever the payload is read.

use std::path::Path;

use serde_json::json;
use spanstone_engine::{Engine, MediumState, Options};
use spanstone_model::{Limits, MediaKey};

use super::{clock, event, observations, project, send};

/// `hello` in base64, and its id: the beginning of its SHA-256.
const HELLO: &str = "aGVsbG8=";
const KEY: &str = "LPJNul-wow4m6Dsqxbninh";

fn open(dir: &Path, extract_media: bool) -> Engine {
    let options = Options {
        data_dir: dir.to_owned(),
        limits: Limits::default(),
        retention: Default::default(),
        extract_media,
        clock,
    };
    Engine::open(options).expect("the directory is ours alone")
}

/// An observation whose input is a picture, and whose output is none.
fn sent(engine: &Engine, id: &str) {
    let uri = format!("data:image/png;base64,{HELLO}");
    let body = json!({"id": id, "traceId": "t", "input": {"image": uri}, "output": "a dog"});
    let receipt = send(engine, &json!([event(id, "span-create", "2026-08-21T11:00:00.000Z", body)]));
    assert_eq!(receipt.expect("it is stored").stored, 1);
}

fn inputs(engine: &Engine) -> Vec<String> {
    let mut inputs: Vec<_> = observations(engine)
        .into_iter()
        .map(|item| (item.row.observation.id.to_string(), item.payloads.input.map(|text| text.to_string())))
        .collect();
    inputs.sort();
    inputs.into_iter().filter_map(|(_, input)| input).collect()
}

fn content(engine: &Engine) -> Option<Vec<u8>> {
    let key = MediaKey::parse(KEY).expect("an id");
    let medium = engine.medium(&project(), &key).expect("it is looked for")?;
    assert_eq!((medium.content_type.as_str(), medium.content_length), ("image/png", 5));
    assert_eq!(medium.state, MediumState::Uploaded(clock()));
    let content = engine.medium_content(&medium).expect("it is read")?;
    Some(content.piece(0, 100).expect("it is read"))
}

#[test]
fn a_picture_is_referred_to_before_and_after_a_restart_and_whether_or_not_the_option_is_still_on() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let reference = format!(r#"{{"image":"@@@langfuseMedia:type=image/png|id={KEY}|source=base64_data_uri@@@"}}"#);
    let as_sent = format!(r#"{{"image":"data:image/png;base64,{HELLO}"}}"#);

    let engine = open(dir.path(), false);
    sent(&engine, "1 as it came");
    assert_eq!((inputs(&engine), content(&engine)), (vec![as_sent.clone()], None));
    engine.close();

    let engine = open(dir.path(), true);
    sent(&engine, "2 taken out");
    sent(&engine, "3 again");
    let expected = vec![as_sent, reference.clone(), reference];
    assert_eq!((inputs(&engine), content(&engine)), (expected.clone(), Some(b"hello".to_vec())));
    engine.close();

    let engine = open(dir.path(), false);
    assert_eq!((inputs(&engine), content(&engine)), (expected, Some(b"hello".to_vec())));
    assert!(engine.delete_project(&project()).is_ok());
    engine.close();
}
