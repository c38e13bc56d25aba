//! What a restart keeps.

use super::{observations, open, sample, send, traces};

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
fn a_second_engine_on_the_same_directory_is_refused() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let engine = open(dir.path());
    let options = spanstone_engine::Options {
        data_dir: dir.path().to_owned(),
        limits: spanstone_model::Limits::default(),
        retention: Default::default(),
        clock: super::clock,
    };
    let error = spanstone_engine::Engine::open(options).expect_err("the directory is taken");
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
        let options = spanstone_engine::Options {
            data_dir: dir.path().to_owned(),
            limits: spanstone_model::Limits::default(),
            retention: Default::default(),
            clock: super::clock,
        };
        let error = spanstone_engine::Engine::open(options).expect_err("something is missing").to_string();
        assert!(error.contains("ledger.redb") && error.contains("backup"), "{error}");
        let _ = std::fs::remove_file(dir.path().join("ledger.redb"));
    }
}
