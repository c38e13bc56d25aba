//! Payload references after the layer beneath was sealed.
//!
//! Owns how a row that was taken over from that layer finds the payloads that went to the archive meanwhile: the sealed
//! row numbers its pieces of metadata from 0, in the order in which this layer has them, too.

use std::sync::Arc;

use spanstone_model::{PayloadRef, Stamp};

use super::Layer;
use super::project::LayerProject;

impl Layer {
    /// Says that the journal is sealed up to and including this block: references into it become references to the
    /// sealed row.
    pub fn rebase(&mut self, through_block: u64) {
        for project in self.projects.values_mut() {
            project.change();
            project.rebase(through_block);
        }
    }
}

impl LayerProject {
    fn rebase(&mut self, through: u64) {
        for slot in self.traces.iter_mut().filter(|slot| slot.older.is_some()) {
            let row = &slot.row;
            if points_before(through, [row.input, row.output], &row.metadata) {
                let row = Arc::make_mut(&mut slot.row);
                seal(through, [&mut row.input, &mut row.output], &mut row.metadata);
            }
        }
        for slot in self.observations.iter_mut().filter(|slot| slot.is_thawed) {
            let row = &slot.row;
            if points_before(through, [row.input, row.output], &row.metadata) {
                let row = Arc::make_mut(&mut slot.row);
                seal(through, [&mut row.input, &mut row.output], &mut row.metadata);
            }
        }
        for slot in self.scores.iter_mut().filter(|slot| slot.is_thawed) {
            if points_before(through, [], &slot.row.metadata) {
                seal(through, [], &mut Arc::make_mut(&mut slot.row).metadata);
            }
        }
    }
}

fn points_before<const N: usize>(
    through: u64,
    single: [Option<PayloadRef>; N],
    pieces: &[(Stamp, PayloadRef)],
) -> bool {
    let mut all = single.into_iter().flatten().chain(pieces.iter().map(|(_, piece)| *piece));
    all.any(|payload| matches!(payload, PayloadRef::Journal(place) if place.block <= through))
}

fn seal<const N: usize>(through: u64, single: [&mut Option<PayloadRef>; N], pieces: &mut [(Stamp, PayloadRef)]) {
    let is_older = |payload: &PayloadRef| match payload {
        PayloadRef::Sealed(_) => true,
        PayloadRef::Journal(place) => place.block <= through,
    };
    for payload in single.into_iter().flatten().filter(|payload| is_older(payload)) {
        *payload = PayloadRef::Sealed(0);
    }
    let older = pieces.iter_mut().map(|(_, piece)| piece).filter(|piece| is_older(piece));
    for (number, piece) in (0..).zip(older) {
        *piece = PayloadRef::Sealed(number);
    }
}
