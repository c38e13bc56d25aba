//! Files of segments that no transaction has named, or names any more: a crash left them.
//!
//! Owns the walk through the archive's folders. Refuses to call anything a left-over that is not named like a segment:
//! what somebody else put there is not ours to remove.

use std::collections::HashSet;
use std::io;

use spanstone_guard::Folder;

use super::file::{ARCHIVE_FOLDER, file_name};
use crate::ledger::Manifest;

/// The names of the files that are left over.
pub(super) fn leftovers(folder: &dyn Folder, manifest: &Manifest) -> io::Result<Vec<String>> {
    let named = manifest.segments.iter().map(|record| file_name(record.header.week, record.header.id));
    let named: HashSet<String> = named.collect();
    let mut found = Vec::new();
    for week in folder.list(ARCHIVE_FOLDER)? {
        let parent = format!("{ARCHIVE_FOLDER}/{week}");
        let files = match folder.list(&parent) {
            // Somebody's file among the weeks.
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => continue,
            files => files?,
        };
        let files = files.into_iter().filter(|file| file.ends_with(".segment"));
        found.extend(files.map(|file| format!("{parent}/{file}")).filter(|name| !named.contains(name)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use spanstone_guard::FileFolder;

    use super::super::fixtures::write_scores;
    use super::*;

    #[test]
    fn only_segments_that_nothing_names_are_left_over_whatever_else_is_there() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let folder = FileFolder::new(dir.path());
        let week = spanstone_model::Week::of(spanstone_model::Timestamp::from_micros(0));
        let write = |id| write_scores(&folder, &file_name(week, id), id, &["s"]);
        let manifest = Manifest { segments: vec![write(1), write(3)], ..Manifest::default() };
        write(2);
        std::fs::write(dir.path().join("archive/notes.txt"), "mine").expect("it is written");
        std::fs::write(dir.path().join(format!("archive/{week}/notes.txt")), "mine").expect("it is written");
        assert_eq!(leftovers(&folder, &manifest).expect("it is walked through"), [file_name(week, 2)]);
        let nothing = tempfile::tempdir().expect("a temporary directory");
        assert_eq!(leftovers(&FileFolder::new(nothing.path()), &manifest).expect("nothing is there"), [""; 0]);
    }
}
