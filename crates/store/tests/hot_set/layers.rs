//! Whatever is frozen and sealed meanwhile, what is read is what one layer that never ends would say.

use proptest::prelude::*;
use spanstone_model::{Change, Deletion, Event, ScoreId, Stamp, TraceId};
use spanstone_store::hot::{HotCounts, Layer, LayeredView};

use crate::changes::{at, header, project};
use crate::said::{SCORES, Step, TRACES, steps};
use crate::snapshot::Snapshot;
use crate::stack::Stack;
use crate::tariff::Tariff;

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn layers_over_an_archive_read_like_one_layer(steps in steps()) {
        let (mut single, mut stack) = (Layer::default(), Stack::default());
        for (block, step) in (0..).zip(steps) {
            match step {
                Step::Request(received, events) => {
                    single.apply(&header(at(received)), (block, 0), events.clone(), &Tariff);
                    stack.apply(at(received), block, events);
                }
                Step::Freeze => stack.freeze(block),
                Step::Seal => stack.seal(),
            }
            let expected = Snapshot::of_layer(LayeredView::new(single.project(&project()), None));
            expected.assert_consistent();
            let actual = Snapshot::of_stack(&stack);
            actual.assert_consistent();
            prop_assert_eq!(actual, expected, "after step {}", block);
        }
        assert_weighed(stack.active);
        assert_weighed(single);
    }
}

/// Whatever happened before, a layer in which everything is deleted weighs what its tombstones weigh.
fn assert_weighed(mut layer: Layer) {
    let traces = (0..TRACES).map(|id| format!("t{id}")).chain((0..2).map(|id| format!("x{id}")));
    let traces = traces.map(|id| Deletion::Trace(TraceId::from_wire(&id)));
    let scores = (0..SCORES).map(|id| Deletion::Score(ScoreId::from_wire(&format!("s{id}"))));
    let delete = |deletion| Event { stamp: Stamp::FIRST, change: Change::Deletion(deletion) };
    layer.apply(&header(at(0)), (u64::MAX, 0), traces.chain(scores).map(delete).collect(), &Tariff);
    let tombstones = layer.project(&project()).expect("it has tombstones").tombstones();
    let ids = tombstones.traces.iter().map(|id| id.as_str().len());
    let ids = ids.chain(tombstones.observations.iter().map(|id| id.as_str().len()));
    let ids = ids.chain(tombstones.scores.iter().map(|id| id.as_str().len()));
    let bytes: usize = ids.map(|length| length + 64).sum::<usize>() + if tombstones.project { 64 } else { 0 };
    assert_eq!(layer.counts(), HotCounts { bytes, ..HotCounts::default() });
}
