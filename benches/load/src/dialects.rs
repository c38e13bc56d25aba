//! Mode `dialects`: what each dialect costs, decoded and mapped alone, and end to end.
//!
//! The first calls the decoder in this process, on one thread, and drops what comes out; the second starts a server over a fresh
//! directory for each dialect. The conversation is the same in all of them, so the rates compare.

use std::io::Write;
use std::time::{Duration, Instant};

use spanstone_ingest::Keep;
use spanstone_model::{BodyKind, EntryHeader, Limits, ProjectId, Timestamp};

use crate::Failure;
use crate::body::Request;
use crate::dialect::DIALECTS;
use crate::figures::{Figures, float};
use crate::flags::Flags;
use crate::ingest::{Load, Wire, templates};
use crate::launch::Launch;
use crate::target::Target;

/// Observations in a request.
const OBSERVATIONS: usize = 50;

pub(crate) fn run(flags: &mut Flags, out: &mut dyn Write) -> Result<Figures, Failure> {
    let seconds = Duration::from_secs(flags.take("seconds")?.unwrap_or(5));
    let launch = if flags.has("binary") { Some(Launch::take(flags)?) } else { None };
    flags.finish()?;
    let mut figures = Figures::default();
    for wire in std::iter::once(Wire::Batch).chain(DIALECTS.iter().map(Wire::Otlp)) {
        let name = wire.name();
        writeln!(out, "\n## {name}\n")?;
        figures.add_all(&format!("{name}_"), &decode_alone(wire, seconds, out)?);
        if let Some(launch) = &launch {
            figures.add_all(&format!("{name}_"), &end_to_end(&launch.within(name), wire, seconds, out)?);
        }
    }
    Ok(figures)
}

/// Decodes and maps as the server does it before it stores: payloads are only noticed.
fn decode_alone(wire: Wire, seconds: Duration, out: &mut dyn Write) -> Result<Figures, Failure> {
    let nobody = Target::new(String::new(), "", "");
    let requests = templates(wire, &nobody, 1, 0, OBSERVATIONS);
    let limits = Limits::default();
    let kind = match wire {
        Wire::Batch => BodyKind::LangfuseBatch,
        Wire::Otlp(_) => BodyKind::OtlpProtobuf,
    };
    let header = EntryHeader::new(ProjectId::from_wire("bench"), kind, Timestamp::from_millis(1_790_000_000_000));
    let decode = |request: &Request| -> Result<usize, Failure> {
        let decoded = spanstone_ingest::decode(&header, request.body(), Keep::Skeleton, &limits)?;
        if decoded.events.len() < request.observations {
            return Err(format!("{}: {} events of {}", wire.name(), decoded.events.len(), request.observations).into());
        }
        Ok(request.observations)
    };
    for request in &requests {
        decode(request)?;
    }
    let (begin, mut observations, mut bytes) = (Instant::now(), 0, 0);
    while begin.elapsed() < seconds {
        for request in &requests {
            observations += decode(request)? as u64;
            bytes += request.body_bytes as u64;
        }
    }
    let took = begin.elapsed().as_secs_f64();
    let (rate, each) = (float(observations) / took, took / float(observations) * 1e6);
    let (megabytes, body) = (float(bytes) / took / 1e6, float(bytes) / float(observations));
    writeln!(out, "{rate:>10.0} observations decoded per second on one thread, {each:.2} µs and {body:.0} bytes each")?;
    writeln!(out, "{megabytes:>10.0} MB/s")?;
    let mut figures = Figures::default();
    figures.add("decoded_per_second", rate);
    figures.add("decode_us_each", each);
    figures.add("decoded_mb_per_second", megabytes);
    Ok(figures)
}

fn end_to_end(launch: &Launch, wire: Wire, seconds: Duration, out: &mut dyn Write) -> Result<Figures, Failure> {
    std::fs::create_dir_all(&launch.data_dir)?;
    let (mut running, ..) = launch.start_and_wait()?;
    let load = Load {
        target: launch.target.clone(),
        wire,
        connections: 4,
        observations: OBSERVATIONS,
        seconds,
        warmup: Duration::from_secs(1),
        seed: 1,
        pid: Some(running.pid()),
    };
    let figures = load.measure(out)?;
    running.stop()?;
    std::fs::remove_dir_all(&launch.data_dir)?;
    Ok(figures)
}
