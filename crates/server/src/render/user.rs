//! A user of the list of users.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::query::UserRow;
use spanstone_model::Timestamp;

use super::{Number, dollars};

/// A user, and what their traces come to.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserView<'a> {
    id: &'a str,
    first_seen: Timestamp,
    last_seen: Timestamp,
    traces: u64,
    observations: u64,
    input_tokens: u64,
    output_tokens: u64,
    total_tokens: u64,
    total_cost: Number,
}

impl<'a> UserView<'a> {
    /// A user as JSON.
    pub(crate) fn new(row: &'a UserRow) -> Self {
        let UserRow { id, sums } = row;
        Self {
            id,
            first_seen: sums.first_seen,
            last_seen: sums.last_seen,
            traces: sums.traces,
            observations: sums.observations,
            input_tokens: sums.input_tokens,
            output_tokens: sums.output_tokens,
            total_tokens: sums.total_tokens,
            total_cost: dollars(sums.cost),
        }
    }
}
