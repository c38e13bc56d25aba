//! How fast the journal takes chat traffic, and what it costs: `cargo run --release -p spanstone-store --example
//! journal_speed -- DIR`. Prints the cost of encoding, rate and latency of durable appends, recovery and reading back; CPU
//! time as Linux counts it, so that a busy machine does not spoil it.

use std::path::Path;
use std::time::{Duration, Instant};

use spanstone_guard::{Access, FileDisk, Guard, Options as GuardOptions};
use spanstone_model::{BodyKind, EntryHeader, ProjectId, Timestamp};
use spanstone_store::ledger::{EncodedBody, Ledger, NewEntry, Options};
use spanstone_testkit::Seed;

const BODY_BYTES: usize = 300_000;
const BODIES: usize = 64;
const BLOCKS: usize = 1_500;

#[expect(clippy::print_stdout, reason = "figures are what this program is for")]
fn main() {
    let dir = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let path = Path::new(&dir).join("journal-speed.redb");
    let mut seed = Seed::new(42);
    let words: Vec<String> = (0..3_000).map(|_| word(&mut seed)).collect();
    let bodies: Vec<String> = (0..BODIES).map(|_| batch(&mut seed, &words)).collect();
    let raw: usize = bodies.iter().map(String::len).sum();

    let begun = cpu();
    let encoded: Vec<_> = bodies.iter().map(|body| EncodedBody::encode(body.as_bytes()).expect("short")).collect();
    let elapsed = cpu() - begun;
    let stored: usize = encoded.iter().map(EncodedBody::stored_len).sum();
    println!(
        "encode and check: {:.2} ms of CPU per MB, {:.1} % left",
        millis(elapsed) / (raw as f64 / 1e6),
        100.0 * stored as f64 / raw as f64
    );

    for instant_recovery in [false, true] {
        let options = Options { instant_recovery, ..Options::default() };
        let _ = std::fs::remove_file(&path);
        let ledger = open(&path, &options);
        let mut latencies = Vec::with_capacity(BLOCKS);
        let (begun, cpu_begun) = (Instant::now(), cpu());
        for block in 0..BLOCKS {
            let body = encoded[block % BODIES].clone();
            let header = EntryHeader::new(ProjectId::from_wire("p"), BodyKind::LangfuseBatch, Timestamp::default());
            let one = Instant::now();
            ledger.append_block(&[NewEntry { header, body }]).expect("appended");
            latencies.push(one.elapsed());
        }
        let (elapsed, cpu_elapsed) = (begun.elapsed(), cpu() - cpu_begun);
        latencies.sort();
        println!(
            "append (instant recovery {instant_recovery}): {:.0} blocks/s, {:.0} MB/s of bodies, p50 {:.2} ms, p99 {:.2} ms, CPU {:.2} ms a block",
            BLOCKS as f64 / elapsed.as_secs_f64(),
            (BLOCKS * BODY_BYTES) as f64 / 1e6 / elapsed.as_secs_f64(),
            millis(latencies[BLOCKS / 2]),
            millis(latencies[BLOCKS * 99 / 100]),
            millis(cpu_elapsed) / BLOCKS as f64,
        );

        // A file as a killed process leaves it.
        let copy = path.with_extension("killed");
        std::fs::copy(&path, &copy).expect("copied");
        std::fs::File::open(&copy).and_then(|file| file.sync_all()).expect("synced");
        ledger.close().expect("closed");
        let begun = cpu();
        let recovered = open(&copy, &options);
        let opened = cpu() - begun;
        let begun = cpu();
        let bytes: usize = recovered
            .blocks(0)
            .flat_map(|block| block.expect("readable").entries)
            .map(|entry| entry.body().expect("intact").len())
            .sum();
        let read = cpu() - begun;
        println!(
            "  {:.0} MB stored: recovery {:.1} ms of CPU, reading all back {:.2} ms of CPU per MB of bodies",
            recovered.stats().stored_bytes as f64 / 1e6,
            millis(opened),
            millis(read) / (bytes as f64 / 1e6)
        );
        drop(recovered);
        for file in [&path, &copy] {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// The CPU time that this thread has used.
fn cpu() -> Duration {
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts CPU time");
    let nanos = counted.split(' ').next().and_then(|nanos| nanos.parse().ok()).expect("nanoseconds come first");
    Duration::from_nanos(nanos)
}

fn open(path: &Path, options: &Options) -> Ledger {
    let disk = FileDisk::open(path, Access::ReadWrite).expect("the file opens");
    let guard = Guard::open(disk, GuardOptions::read_write("journal-speed.redb")).expect("the guard opens");
    Ledger::open(guard, options).expect("the ledger opens")
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn pick(seed: &mut Seed, count: usize) -> usize {
    usize::try_from(seed.below(count as u64)).expect("below a usize")
}

fn word(seed: &mut Seed) -> String {
    (0..2 + seed.below(4))
        .map(|_| ["er", "in", "tra", "ce", "mo", "del", "an", "st", "ion", "qu"][pick(seed, 10)])
        .collect()
}

/// Words of a vocabulary in which few are frequent.
fn text(seed: &mut Seed, words: &[String], count: u64) -> String {
    let mut text = String::new();
    for _ in 0..count {
        let rank = pick(seed, words.len()).min(pick(seed, words.len())).min(pick(seed, words.len()));
        text.push_str(&words[rank]);
        text.push(' ');
    }
    text
}

/// A batch of agent turns, each of which repeats the conversation so far.
fn batch(seed: &mut Seed, words: &[String]) -> String {
    let mut batch = "{\"batch\":[".to_owned();
    while batch.len() < BODY_BYTES {
        let mut history = format!("{{\"role\":\"system\",\"content\":\"{}\"}}", text(seed, words, 60));
        let trace = format!("{:016x}{:016x}", seed.next_u64(), seed.next_u64());
        for step in 0..6 {
            let turn = text(seed, words, 60);
            history.push_str(&format!(",{{\"role\":\"user\",\"content\":\"{turn}\"}}"));
            batch.push_str(&format!(
                "{{\"id\":\"{:016x}\",\"type\":\"generation-create\",\"timestamp\":\"2026-11-22T10:00:00.{:03}Z\",\
                 \"body\":{{\"id\":\"{:016x}\",\"traceId\":\"{trace}\",\"name\":\"step {step}\",\"model\":\"m-1\",\
                 \"input\":[{history}],\"output\":\"{}\",\"usage\":{{\"input\":{},\"output\":{}}}}}}},",
                seed.next_u64(),
                seed.below(1_000),
                seed.next_u64(),
                text(seed, words, 50),
                seed.below(5_000),
                seed.below(900),
            ));
        }
    }
    batch.push_str("{}]}");
    batch
}
