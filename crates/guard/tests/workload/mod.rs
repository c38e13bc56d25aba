//! A small redb database on a guard, and a model that knows its content after every commit.

use std::collections::BTreeMap;

use redb::{Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition};
use spanstone_guard::{Disk, Guard, Options};

const ROWS: TableDefinition<'static, u64, &'static [u8]> = TableDefinition::new("rows");

/// What the table holds.
pub(crate) type Rows = BTreeMap<u64, Vec<u8>>;

/// Returns the rows after each number of commits, from none on.
pub(crate) fn states(commits: u64) -> Vec<Rows> {
    let mut states = vec![Rows::new()];
    for commit in 0..commits {
        let mut rows = states.last().cloned().unwrap();
        let (insert, remove) = changes(commit);
        rows.extend(insert);
        for key in remove {
            rows.remove(&key);
        }
        states.push(rows);
    }
    states
}

/// The rows that a commit inserts, and the keys it removes.
fn changes(commit: u64) -> (Rows, Vec<u64>) {
    let insert = (0..5).map(|row| {
        let key = commit * 10 + row;
        let size = usize::try_from(key * 997 % 5000 + if key % 7 == 3 { 9000 } else { 0 }).unwrap();
        let fill = u8::try_from(key % 255).unwrap() + 1;
        (key, vec![fill; size])
    });
    let remove = if commit >= 2 { vec![(commit - 2) * 10, (commit - 2) * 10 + 3] } else { Vec::new() };
    (insert.collect(), remove)
}

/// Opens the database, small caches included, so that the guard is really read and written.
pub(crate) fn open(backend: impl StorageBackend) -> Result<Database, DatabaseError> {
    Builder::new().set_cache_size(64 * 1024).create_with_backend(backend)
}

/// Opens the database on a disk.
pub(crate) fn open_on(disk: impl Disk) -> Result<Database, String> {
    let guard = Guard::open(disk, Options::read_write("test.redb")).map_err(|error| error.to_string())?;
    open(guard).map_err(|error| error.to_string())
}

/// Makes the commit with this number durable.
pub(crate) fn commit(database: &Database, commit: u64) -> Result<(), redb::Error> {
    let mut write = database.begin_write()?;
    write.set_two_phase_commit(true);
    {
        let mut table = write.open_table(ROWS)?;
        let (insert, remove) = changes(commit);
        for (key, value) in insert {
            table.insert(key, value.as_slice())?;
        }
        for key in remove {
            table.remove(key)?;
        }
    }
    write.commit()?;
    Ok(())
}

/// Returns all rows.
pub(crate) fn rows(database: &impl ReadableDatabase) -> Result<Rows, redb::Error> {
    let read = database.begin_read()?;
    let table = match read.open_table(ROWS) {
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Rows::new()),
        table => table?,
    };
    let mut rows = Rows::new();
    for row in table.iter()? {
        let (key, value) = row?;
        rows.insert(key.value(), value.value().to_vec());
    }
    Ok(rows)
}

/// Opens the database, makes commits, and closes it. Returns how many commits were acknowledged.
pub(crate) fn run(disk: impl Disk, commits: std::ops::Range<u64>) -> u64 {
    let mut acknowledged = commits.start;
    let Ok(database) = open_on(disk) else { return acknowledged };
    for number in commits {
        if commit(&database, number).is_err() {
            break;
        }
        acknowledged = number + 1;
    }
    acknowledged
}
