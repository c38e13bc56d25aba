//! The observations of some traces, by id.
//!
//! Owns the look-up of a page of traces at once: their observations lie side by side, so that one scan has them all.

use std::ops::Range;

use roaring::RoaringBitmap;
use spanstone_model::{ObservationId, Text};
use spanstone_store::Sealed;
use spanstone_store::segment::{Table, columns};

use super::scan::{Scanner, wanted_of};
use super::with_segment;
use crate::error::Fault;
use crate::{QueryError, Watch};

/// An observation of one of the traces.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Which of the traces.
    pub(crate) trace: usize,
    pub(crate) id: ObservationId,
    /// Its environment, if that was asked for.
    pub(crate) environment: Option<Text>,
    pub(crate) segment: usize,
    pub(crate) row: u32,
}

/// The sealed observations of these traces; with their environments, if those matter.
pub(crate) fn members(
    sealed: &Sealed,
    traces: &[&str],
    with_environments: bool,
    watch: &Watch,
) -> Result<Vec<Member>, QueryError> {
    let mut members = Vec::new();
    for (segment, live) in sealed.segments().iter().enumerate() {
        let found = with_segment(sealed, live, watch, |scanner| {
            let places = places(scanner, traces)?;
            in_segment(scanner, segment, &live.hidden().observations, &places, with_environments)
        })?;
        members.extend(found.unwrap_or_default());
    }
    Ok(members)
}

/// The rows of each trace's observations, in order of the rows.
pub(crate) fn places(scanner: Scanner<'_>, traces: &[&str]) -> Result<Vec<(Range<u32>, usize)>, Fault> {
    let found = scanner.segment.find_traces(traces)?.into_iter().map(|(trace, place)| (place.observations, trace));
    let mut places: Vec<_> = found.filter(|(rows, _)| !rows.is_empty()).collect();
    places.sort_by_key(|(rows, _)| rows.start);
    Ok(places)
}

fn in_segment(
    scanner: Scanner<'_>,
    segment: usize,
    hidden: &RoaringBitmap,
    places: &[(Range<u32>, usize)],
    with_environments: bool,
) -> Result<Vec<Member>, Fault> {
    let mut rows = RoaringBitmap::new();
    for (range, _) in places {
        rows.insert_range(range.clone());
    }
    rows -= hidden;
    let mut members = Vec::new();
    let columns = [columns::observations::ID, columns::observations::ENVIRONMENT];
    let columns = if with_environments { &columns[..] } else { &columns[..1] };
    scanner.batches(Table::Observations, columns, &rows, |first, batch| {
        let ids = batch.ids(0)?;
        let environments = if with_environments { Some(batch.texts(1)?) } else { None };
        for row in wanted_of(&rows, first, batch.len()) {
            let place = (row - first) as usize;
            let environment = environments.and_then(|names| names.get(place)).map(Text::from);
            let id = ObservationId::from_wire(ids.value(place));
            members.extend(trace_of(places, row).map(|trace| Member { trace, id, environment, segment, row }));
        }
        Ok(())
    })?;
    Ok(members)
}

pub(crate) fn trace_of(places: &[(Range<u32>, usize)], row: u32) -> Option<usize> {
    let index = places.partition_point(|(rows, _)| rows.start <= row).checked_sub(1)?;
    let (rows, trace) = &places[index];
    rows.contains(&row).then_some(*trace)
}
