//! What goes wrong below a segment, before anyone has said in which file.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::errors::ParquetError;

use crate::{SegmentError, Table};

/// A [`SegmentError`] that lacks the name of the file.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The disk failed, a page could not be healed, or a section is not as it says.
    Io(io::Error),
    /// Parquet data of a table cannot be read or written.
    Parquet(Table, ParquetError),
    /// Something is not as it was written.
    Damaged { place: String, what: String },
}

impl Fault {
    pub(crate) fn damaged(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Damaged { place: place.into(), what: what.into() }
    }

    /// The error for a file, met while doing something.
    pub(crate) fn in_file(self, file: &str, action: &'static str) -> SegmentError {
        let file = file.to_owned();
        match self {
            Self::Io(source) => SegmentError::Io { file, action, source },
            Self::Parquet(table, source) => SegmentError::Parquet { file, table: table.as_str(), source },
            Self::Damaged { place, what } => SegmentError::Damaged { file, place, what },
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Runs code that decodes Parquet data and makes a panic in it an error.
///
/// The Parquet reader panics on some damaged input. The guard lets no damaged page through, so this takes more than
/// the guard can tell from what was written; one table is then damaged, and everything else is served.
pub(crate) fn fenced<T>(table: Table, decode: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|panic| {
        Err(Fault::damaged(
            format!("table {table}"),
            format!("its Parquet data cannot be decoded: {}", words_of(&*panic)),
        ))
    })
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_while_decoding_is_an_error_that_says_which_table() {
        let wrong = "an index out of bounds";
        let fault = fenced::<()>(Table::Scores, || panic!("{wrong}")).expect_err("it panicked");
        let error = fault.in_file("a.segment", "reading it");
        assert_eq!(error.kind(), crate::SegmentErrorKind::Damaged);
        assert!(error.to_string().contains(wrong) && error.to_string().contains("table scores"), "{error}");
        assert_eq!(fenced(Table::Scores, || Ok(1)).expect("no panic"), 1);
    }
}
