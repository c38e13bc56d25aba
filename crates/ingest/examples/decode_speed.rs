//! How fast does decoding go? `cargo run --release -p spanstone-ingest --example decode_speed -- batch.json`
//!
//! Prints, for a file with one ingestion batch, the time per event and the bytes per second of both ways of
//! decoding it, the best of 31 rounds: what the code costs when nobody disturbs it.

use std::io::Write as _;
use std::time::Instant;

use spanstone_ingest::{Keep, decode};
use spanstone_model::{BodyKind, EntryHeader, Limits, ProjectId, Timestamp};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name a file with a batch")?;
    let body = std::fs::read(path)?;
    let header = EntryHeader::new(
        ProjectId::from_wire("project"),
        BodyKind::LangfuseBatch,
        Timestamp::from_millis(1_800_000_000_000),
    );
    let limits = Limits { batch_events_max: usize::MAX, ..Limits::default() };
    for keep in [Keep::Skeleton, Keep::Payloads] {
        let mut best = f64::INFINITY;
        let mut events = 0;
        for _ in 0..31 {
            let start = Instant::now();
            events = std::hint::black_box(decode(&header, &body, keep, &limits)?).events.len();
            best = best.min(start.elapsed().as_secs_f64());
        }
        #[expect(clippy::cast_precision_loss, reason = "for display")]
        let (bytes, count) = (body.len() as f64, events as f64);
        writeln!(
            std::io::stdout(),
            "{keep:?}: {events} events of {:.0} bytes, {:.2} µs per event, {:.0} MB/s",
            bytes / count,
            best * 1e6 / count,
            bytes / best / 1e6
        )?;
    }
    Ok(())
}
