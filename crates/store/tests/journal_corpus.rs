//! The corpus of the fuzz target `journal_block`, replayed.

use std::path::Path;

#[path = "../../../fuzz/fuzz_targets/journal/mod.rs"]
mod journal;

#[test]
fn nothing_in_the_corpus_of_journal_blocks_breaks_a_law() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/journal_block");
    let mut replayed = 0;
    for file in std::fs::read_dir(corpus).expect("the corpus is checked in") {
        journal::check(&std::fs::read(file.expect("a directory lists its files").path()).expect("a file"));
        replayed += 1;
    }
    assert!(replayed > 0, "the corpus is empty");
}
