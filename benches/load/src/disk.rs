//! What a data directory takes on disk, and what of it.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::Failure;

/// What a data directory takes: blocks that are allocated, not how long the files are, since a store has holes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// All files, in bytes.
    pub(crate) bytes: u64,
    /// Sealed segments among them.
    pub(crate) segment_bytes: u64,
    /// How many sealed segments there are.
    pub(crate) segments: u64,
}

impl Taken {
    /// Looks at every file below `dir`. Files that vanish meanwhile do not count.
    pub(crate) fn of(dir: &Path) -> Result<Self, Failure> {
        let mut taken = Self::default();
        let mut directories = vec![dir.to_owned()];
        while let Some(dir) = directories.pop() {
            let entries = match std::fs::read_dir(&dir) {
                Ok(entries) => entries,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(format!("{}: {error}", dir.display()).into()),
            };
            for entry in entries {
                let path = entry?.path();
                match path.symlink_metadata() {
                    Ok(metadata) if metadata.is_dir() => directories.push(path),
                    Ok(metadata) => taken.add(&path, metadata.blocks() * 512),
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(format!("{}: {error}", path.display()).into()),
                }
            }
        }
        Ok(taken)
    }

    /// Adds a file that takes `bytes`; a block of stat(2) is 512 bytes whatever the file system's are.
    fn add(&mut self, path: &Path, bytes: u64) {
        self.bytes += bytes;
        if path.extension().is_some_and(|extension| extension == "segment") {
            self.segment_bytes += bytes;
            self.segments += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_directories_count_and_segments_count_apart() {
        let dir = std::env::temp_dir().join(format!("spanstone-bench-disk-{}", std::process::id()));
        let week = dir.join("archive/2026-W47");
        std::fs::create_dir_all(&week).expect("a directory");
        std::fs::write(dir.join("ledger.redb"), [1; 10_000]).expect("a file");
        std::fs::write(week.join("0000000000000001.segment"), [1; 100]).expect("a file");
        let taken = Taken::of(&dir);
        std::fs::remove_dir_all(&dir).expect("it is ours");
        let taken = taken.expect("it can be read");
        assert_eq!(taken.segments, 1);
        assert!(taken.segment_bytes <= taken.bytes, "{taken:?}");
        assert_eq!(Taken::of(&dir).expect("nothing is there"), Taken::default());
    }
}
