//! An experiment: an application run over the items of a dataset.

use crate::{ObservationId, Text};

/// The part of an experiment that an observation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Experiment {
    /// The experiment's id.
    pub id: Text,
    /// Its name.
    pub name: Option<Text>,
    /// The dataset over which it ran.
    pub dataset_id: Option<Text>,
    /// The item of the dataset.
    pub item_id: Option<Text>,
    /// The version of the item, a date.
    pub item_version: Option<Text>,
    /// The observation that stands for the run of the item.
    pub root_observation_id: Option<ObservationId>,
    /// What else is known, a compact JSON object: `description`, `metadata` and `itemMetadata` (objects), `expectedOutput`
    /// (a string).
    pub details: Option<Text>,
}
