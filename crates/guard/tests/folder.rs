//! A folder of real files: names, directories that come and go, and files that outlive their names.

use std::io::ErrorKind;
use std::sync::Arc;

use spanstone_guard::{Access, Disk, FileFolder, Folder, Guard, Options};

#[test]
fn files_are_created_with_their_directories_listed_and_removed_with_them() {
    let root = tempfile::tempdir().unwrap();
    let folder = FileFolder::new(root.path());
    assert_eq!(folder.list("archive").unwrap(), [""; 0]);
    assert_eq!(folder.open("archive/2026-W47/a", Access::ReadOnly).unwrap_err().kind(), ErrorKind::NotFound);

    for name in ["archive/2026-W47/b", "archive/2026-W47/a", "archive/2026-W48/c", "ledger.redb"] {
        let disk = folder.open(name, Access::ReadWrite).unwrap();
        disk.write_all_at(0, name.as_bytes()).unwrap();
        disk.sync_data().unwrap();
    }
    folder.sync_names("archive/2026-W47").unwrap();
    assert_eq!(folder.list("").unwrap(), ["archive", "ledger.redb"]);
    assert_eq!(folder.list("archive").unwrap(), ["2026-W47", "2026-W48"]);
    assert_eq!(folder.list("archive/2026-W47").unwrap(), ["a", "b"]);
    let again = folder.open("archive/2026-W47/a", Access::ReadWrite).unwrap();
    assert_eq!(again.len().unwrap(), 18);

    folder.remove("archive/2026-W47/a").unwrap();
    assert_eq!(folder.list("archive/2026-W47").unwrap(), ["b"]);
    folder.remove("archive/2026-W47/b").unwrap();
    assert_eq!(folder.list("archive").unwrap(), ["2026-W48"]);
    folder.sync_names("archive/2026-W47").unwrap();
    folder.remove("archive/2026-W47/b").unwrap();
    folder.remove("archive/2026-W48/c").unwrap();
    assert_eq!(folder.list("").unwrap(), ["ledger.redb"]);

    // Whoever had it open keeps it.
    let mut bytes = [0; 18];
    again.read_exact_at(0, &mut bytes).unwrap();
    assert_eq!(&bytes, b"archive/2026-W47/a");
}

#[test]
fn a_name_that_leads_elsewhere_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let folder = FileFolder::new(&root.path().join("store"));
    for name in ["", "/etc/passwd", "../secret", "archive/../../secret", "archive//a", "archive/", "./a", "a\\b", "a\0"]
    {
        assert_eq!(folder.open(name, Access::ReadWrite).unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
        assert_eq!(folder.remove(name).unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
        if !name.is_empty() {
            assert_eq!(folder.list(name).unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
            assert_eq!(folder.sync_names(name).unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
        }
    }
    assert!(!root.path().join("store").exists());
}

#[cfg(unix)]
#[test]
fn directories_are_created_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = tempfile::tempdir().unwrap();
    FileFolder::new(root.path()).open("archive/2026-W47/a", Access::ReadWrite).unwrap();
    for directory in ["archive", "archive/2026-W47"] {
        let mode = std::fs::metadata(root.path().join(directory)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{directory}");
    }
}

#[test]
fn a_directory_that_another_thread_keeps_removing_does_not_keep_a_file_from_being_created() {
    let root = tempfile::tempdir().unwrap();
    let folder = FileFolder::new(root.path());
    std::thread::scope(|scope| {
        for name in ["week/a", "week/b"] {
            let folder = &folder;
            scope.spawn(move || {
                for _ in 0..200 {
                    folder.open(name, Access::ReadWrite).unwrap();
                    folder.remove(name).unwrap();
                }
            });
        }
    });
    assert_eq!(folder.list("").unwrap(), [""; 0]);
}

#[test]
fn a_guard_runs_on_a_file_of_a_folder() {
    let root = tempfile::tempdir().unwrap();
    let folder: Arc<dyn Folder> = Arc::new(FileFolder::new(root.path()));
    let guard = |access, options| Guard::open(folder.open("archive/a", access).unwrap(), options).unwrap();
    let database =
        redb::Builder::new().create_with_backend(guard(Access::ReadWrite, Options::read_write("archive/a"))).unwrap();
    drop(database);
    let reader = guard(Access::ReadOnly, Options::read_only("archive/a"));
    redb::Builder::new().open_read_only_with_backend(reader).unwrap();
}
