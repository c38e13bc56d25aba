//! What takes how much space in sealed files: the bytes of every section, summed over all segments below a directory.
//!
//! `cargo run -p spanstone-segment --example sections -- <data directory>/archive`

#![expect(clippy::print_stdout, reason = "it is a report")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use spanstone_guard::{Access, FileDisk};
use spanstone_segment::Segment;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args().nth(1).ok_or("name the archive of a data directory")?;
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    add(Path::new(&directory), &mut sums)?;
    let all: u64 = sums.values().sum();
    for (name, bytes) in &sums {
        println!("{bytes:>14} {:>5.1} %  {name}", percent(*bytes, all));
    }
    let words: u64 = sums.iter().filter(|(name, _)| name.starts_with("words")).map(|(_, bytes)| bytes).sum();
    println!("{words:>14} {:>5.1} %  all indexes of words, of {all}", percent(words, all));
    Ok(())
}

fn add(path: &Path, sums: &mut BTreeMap<&'static str, u64>) -> Result<(), Box<dyn Error>> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            add(&entry?.path(), sums)?;
        }
        return Ok(());
    }
    if path.extension().is_some_and(|extension| extension == "segment") {
        let disk = FileDisk::open(path, Access::ReadOnly)?;
        for (name, bytes) in Segment::open_read_only(disk, &path.display().to_string())?.sections()? {
            *sums.entry(name).or_default() += bytes;
        }
    }
    Ok(())
}

fn percent(part: u64, whole: u64) -> f64 {
    let thousandths = part.saturating_mul(1_000) / whole.max(1);
    f64::from(u32::try_from(thousandths).unwrap_or(u32::MAX)) / 10.0
}
