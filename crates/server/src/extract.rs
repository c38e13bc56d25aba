//! Bodies of requests: read whole, under limits of size, of time, and of memory for all of them together.

mod body;
mod budget;
mod inflate;

pub(crate) use body::{Body, BodyLimit, ENCODINGS, Encoding, pieces};
pub(crate) use budget::Budget;
