//! Every operation, by the part of the API that it belongs to.
//!
//! A route without an operation here, or an operation without a route, fails a test of [`super`].

mod documents;
mod langfuse;
mod media;
mod models;
mod own;
mod writing;

use super::operation::Operation;

/// Every operation.
pub(crate) fn all() -> Vec<Operation> {
    let mut all = langfuse::operations();
    all.extend(documents::operations());
    all.extend(writing::operations());
    all.extend(media::operations());
    all.extend(models::operations());
    all.extend(own::operations());
    all
}
