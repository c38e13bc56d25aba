//! What a restart keeps.

use std::sync::mpsc::channel;

use spanstone_engine::query::PageRequest;
use spanstone_engine::{
    AuthError, CommentQuery, CommentedObject, ConfigDataType, Credential, Engine, EngineError, NewComment,
    ScoreConfigChange, ScoreRule, Setup,
};
use spanstone_model::Deletion;

use super::{event, observations, open, project, sample, send, traces};

fn delete(engine: &Engine, deletions: Vec<Deletion>) -> Result<(), EngineError> {
    let (sender, receiver) = channel();
    engine.delete(&project(), deletions, move |result| sender.send(result).expect("the test waits for it"));
    receiver.recv().expect("`done` is called")
}

#[test]
fn a_restart_changes_nothing_that_can_be_read() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    send(&engine, &sample()).expect("the batch is good");
    let before = (traces(&engine), observations(&engine));
    engine.close();
    let engine = open(dir.path());
    assert_eq!((traces(&engine), observations(&engine)), before);
    engine.ready().expect("the store is ready");
}

#[test]
fn what_was_deleted_stays_away_and_what_was_written_since_stays() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    send(&engine, &sample()).expect("the batch is good");
    let trace = traces(&engine).remove(0).row.trace.id.clone();
    delete(&engine, vec![Deletion::Trace(trace)]).expect("it is written");
    assert!(traces(&engine).is_empty() && observations(&engine).is_empty());
    let later = event("e9", "trace-create", "2026-08-21T11:00:00Z", serde_json::json!({"id": "later"}));
    send(&engine, &serde_json::json!([later])).expect("the batch is good");
    engine.close();
    let engine = open(dir.path());
    let ids: Vec<_> = traces(&engine).iter().map(|item| item.row.trace.id.as_str().to_owned()).collect();
    assert_eq!(ids, ["later"]);
    assert!(observations(&engine).is_empty());
}

#[test]
fn comments_and_score_configurations_survive_a_restart_and_go_with_their_project() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    let setup = Setup { project_id: Some(project().as_str().to_owned()), ..Setup::default() };
    engine.set_up(setup).expect("it is new");
    send(&engine, &sample()).expect("the batch is good");
    let new = |content: &str| NewComment {
        object_type: CommentedObject::Trace,
        object_id: "t1".to_owned(),
        content: content.to_owned(),
        author: None,
    };
    for content in ["first", "second"] {
        engine.create_comment(&project(), new(content)).expect("it is written").expect("the trace is there");
    }
    let rule = ScoreRule {
        name: "tone".to_owned(),
        data_type: ConfigDataType::Boolean,
        description: None,
        min_value: None,
        max_value: None,
        categories: None,
    };
    let config = engine.create_score_config(&project(), rule).expect("it is written");
    let change = ScoreConfigChange { name: Some("mood".to_owned()), ..ScoreConfigChange::default() };
    engine.change_score_config(&project(), &config.id, change).expect("it is written").expect("it is there");
    let page = PageRequest { page: 1, limit: 10 };
    let query = CommentQuery { object_type: None, object_id: Some("t1".to_owned()), author: None, page };
    let all = |engine: &Engine| {
        (engine.comments(&project(), &query).expect("they read").rows, engine.score_configs(&project()))
    };
    let before = all(&engine);
    assert_eq!((before.0.len(), before.1[0].rule.name.as_str()), (2, "mood"));
    engine.close();
    let engine = open(dir.path());
    assert_eq!(all(&engine), before);
    engine.delete_project(&project()).expect("it is written");
    assert_eq!(all(&engine), (Vec::new(), Vec::new()));
    engine.close();
    assert_eq!(all(&open(dir.path())), (Vec::new(), Vec::new()));
}

#[test]
fn a_deleted_project_is_gone_with_its_keys_and_takes_nothing_more() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    let setup = || Setup { project_id: Some(project().as_str().to_owned()), ..Setup::default() };
    let secret = engine.set_up(setup()).expect("it is new").created_key.expect("it has a key").secret;
    send(&engine, &sample()).expect("the batch is good");
    assert!(engine.delete_project(&project()).expect("it is written"));
    assert!(!engine.delete_project(&project()).expect("there is nothing to write"));
    let too_late = send(&engine, &sample()).expect_err("its sender was let in before");
    assert!(too_late.to_string().contains("`project-1` has been deleted"), "{too_late}");
    engine.close();
    let engine = open(dir.path());
    assert!(engine.projects().is_empty() && engine.keys().is_empty());
    let shown = Credential::Secret { public: "any", secret: &secret };
    assert_eq!(engine.authenticate(shown), Err(AuthError::WrongSecret));
    // A project of the same name begins with nothing.
    engine.set_up(setup()).expect("it is new again");
    assert!(traces(&engine).is_empty());
}

#[test]
fn a_second_engine_on_the_same_directory_is_refused() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    let options = spanstone_engine::Options::new(dir.path(), super::clock);
    let error = Engine::open(options).expect_err("the directory is taken");
    assert_eq!(error.kind(), spanstone_engine::ErrorKind::Locked);
    let text = error.to_string();
    assert!(
        text.contains(&std::process::id().to_string()) && text.contains(&dir.path().display().to_string()),
        "{text}"
    );
    drop(engine);
}

#[test]
fn a_ledger_that_vanished_is_missed_and_not_made_anew() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    open(dir.path()).close();
    std::fs::write(dir.path().join("ledger.redb"), "").expect("it can be emptied");
    for _ in 0..2 {
        let options = spanstone_engine::Options::new(dir.path(), super::clock);
        let error = Engine::open(options).expect_err("something is missing").to_string();
        assert!(error.contains("ledger.redb") && error.contains("backup"), "{error}");
        let _ = std::fs::remove_file(dir.path().join("ledger.redb"));
    }
}
