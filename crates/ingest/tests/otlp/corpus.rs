//! The corpora of the fuzz targets, replayed.

use std::path::Path;

use spanstone_model::BodyKind;

use crate::laws;

fn replay(target: &str, kind: BodyKind) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut replayed = 0;
    for file in std::fs::read_dir(corpus).expect("the corpus is checked in") {
        let body = std::fs::read(file.expect("a directory lists its files").path()).expect("a file");
        laws::check(kind, &body);
        replayed += 1;
    }
    assert!(replayed > 0, "the corpus of {target} is empty");
}

#[test]
fn nothing_in_the_corpus_of_json_exports_breaks_a_law() {
    replay("otlp_json", BodyKind::OtlpJson);
}

#[test]
fn nothing_in_the_corpus_of_protobuf_exports_breaks_a_law() {
    replay("otlp_protobuf", BodyKind::OtlpProtobuf);
}
