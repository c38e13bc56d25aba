//! Mode `skeleton`: one giant trace, and how long its skeleton takes while it is in memory and once it is sealed.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::connection::Connection;
use crate::figures::{Figures, Samples, float};
use crate::fill::{Fill, last_days};
use crate::flags::Flags;
use crate::launch::Launch;
use crate::scale::await_rest;
use crate::workload::{Cast, Shape, Workload};

pub(crate) fn run(flags: &mut Flags, out: &mut dyn Write) -> Result<Figures, Failure> {
    let launch = Launch::take(flags)?;
    let observations: u64 = flags.take("observations")?.unwrap_or(20_000);
    let times: u32 = flags.take("times")?.unwrap_or(50);
    flags.finish()?;
    std::fs::create_dir_all(&launch.data_dir)?;
    let cast = Cast::new();
    let workload = Workload::new(1, Shape::Giant, observations, last_days(3));
    let (mut running, ..) = launch.start_and_wait()?;
    Fill::new(&workload, &cast, &launch.target, 1).run()?;
    let path = format!("/api/spanstone/v1/skeletons/{}", workload.facts(&cast, 0).id);

    let mut connection = Connection::open(&launch.target.address)?;
    let mut figures = Figures::default();
    for kept in ["memory", "sealed"] {
        if kept == "sealed" && await_rest(&launch, &running, Duration::from_secs(60))?.is_none() {
            return Err("the server does not come to rest".into());
        }
        let mut samples = Samples::default();
        for _ in 0..times {
            let asked = Instant::now();
            let status = connection.get(&launch.target, &path)?;
            if status != 200 {
                return Err(format!("{path}: {status} {}", connection.excerpt()).into());
            }
            samples.add(asked.elapsed());
        }
        let [p50, p95] = [samples.quantile_ms(500), samples.quantile_ms(950)];
        let bytes = float(connection.body.len() as u64);
        writeln!(out, "{observations} observations, {kept}: p50 {p50:.1} ms, p95 {p95:.1} ms, {:.2} MB", bytes / 1e6)?;
        figures.add(format!("{kept}_p50_ms"), p50);
        figures.add(format!("{kept}_p95_ms"), p95);
        figures.add(format!("{kept}_bytes"), bytes);
    }
    running.stop()?;
    Ok(figures)
}
