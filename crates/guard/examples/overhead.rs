//! What the guard costs: the same bytes written and read with and without it, in turns, on a file in the given directory.
//!
//! `cargo run --release -p spanstone-guard --example overhead -- DIR`

#![expect(clippy::print_stdout, reason = "its result is what it prints")]

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use redb::{Builder, StorageBackend, TableDefinition, backends::FileBackend};
use spanstone_guard::{Access, FileDisk, Guard, Options};

type Outcome<T> = Result<T, Box<dyn Error>>;

const TOTAL_BYTES: usize = 128 << 20;
const ROUNDS: usize = 5;
const COMMITS: u64 = 100;
const COMMIT_BYTES: usize = 300_000;
const BLOCKS: TableDefinition<'static, u64, &'static [u8]> = TableDefinition::new("blocks");

fn main() -> Outcome<()> {
    let directory = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let directory = tempfile::tempdir_in(directory)?;
    let path = directory.path().join("device");
    for block_bytes in [4096, 65_536] {
        let mut times = [const { Vec::new() }; 4];
        for _ in 0..ROUNDS {
            let [raw_write, raw_read] = write_and_read(&raw(&path)?, block_bytes)?;
            let [write, read] = write_and_read(&guarded(&path)?, block_bytes)?;
            for (times, time) in times.iter_mut().zip([raw_write, raw_read, write, read]) {
                times.push(time);
            }
        }
        let [raw_write, raw_read, write, read] = times.map(median);
        report(&format!("write, blocks of {block_bytes}"), TOTAL_BYTES, raw_write, write);
        report(&format!("read, blocks of {block_bytes}"), TOTAL_BYTES, raw_read, read);
    }
    let (mut raw_times, mut times) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw_times.push(commits(raw(&path)?)?);
        times.push(commits(guarded(&path)?)?);
    }
    let (raw_time, time) = (median(raw_times), median(times));
    let total = usize::try_from(COMMITS)? * COMMIT_BYTES;
    report(&format!("redb, two-phase commits of {COMMIT_BYTES}"), total, raw_time, time);
    Ok(())
}

fn raw(path: &Path) -> Outcome<FileBackend> {
    let file = std::fs::File::options().read(true).write(true).create(true).truncate(true).open(path)?;
    Ok(FileBackend::new(file)?)
}

fn guarded(path: &Path) -> Outcome<Guard<FileDisk>> {
    std::fs::remove_file(path)?;
    Ok(Guard::open(FileDisk::open(path, Access::ReadWrite)?, Options::read_write("device"))?)
}

/// Returns how long writing everything with one sync takes, and how long reading it back from the page cache does.
fn write_and_read(backend: &impl StorageBackend, block_bytes: usize) -> Outcome<[Duration; 2]> {
    let mut block: Vec<u8> = (0..=255).cycle().take(block_bytes).collect();
    backend.set_len((TOTAL_BYTES + block_bytes) as u64)?;
    let offsets = (block_bytes..TOTAL_BYTES + block_bytes).step_by(block_bytes);
    let start = Instant::now();
    for offset in offsets.clone() {
        backend.write(offset as u64, &block)?;
    }
    backend.sync_data()?;
    let written = start.elapsed();
    let start = Instant::now();
    for offset in offsets {
        backend.read(offset as u64, &mut block)?;
    }
    let read = start.elapsed();
    backend.close()?;
    Ok([written, read])
}

/// Returns how long a series of commits of one block each takes.
fn commits(backend: impl StorageBackend) -> Outcome<Duration> {
    let database = Builder::new().set_cache_size(16 << 20).create_with_backend(backend)?;
    let block: Vec<u8> = (0..=255).cycle().take(COMMIT_BYTES).collect();
    let start = Instant::now();
    for number in 0..COMMITS {
        let mut write = database.begin_write()?;
        write.set_two_phase_commit(true);
        write.open_table(BLOCKS)?.insert(number, block.as_slice())?;
        write.commit()?;
    }
    Ok(start.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn report(what: &str, bytes: usize, raw: Duration, guarded: Duration) {
    let rate = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
    println!(
        "{what}: raw {:.0} MB/s, guard {:.0} MB/s, {:.2} of raw",
        rate(raw),
        rate(guarded),
        raw.as_secs_f64() / guarded.as_secs_f64()
    );
}
