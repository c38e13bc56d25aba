//! Where observations come from, and which experiments they are parts of, as columns.

use std::cell::RefCell;
use std::sync::Arc;

use spanstone_model::{Experiment, IngestionSource, ObservationId, Origin, Sender, Text};

use super::build::BatchBuilder;
use super::columns::observations as column;
use super::read::{Columns, Texts};

pub(super) fn push_experiment(batch: &mut BatchBuilder, experiment: Option<&Experiment>) {
    let text = |of: fn(&Experiment) -> Option<&Text>| experiment.and_then(of).map(|text| &**text);
    let root = experiment.and_then(|it| it.root_observation_id.as_ref());
    batch.text(column::EXPERIMENT_ID, text(|it| Some(&it.id)));
    batch.text(column::EXPERIMENT_NAME, text(|it| it.name.as_ref()));
    batch.text(column::EXPERIMENT_DATASET_ID, text(|it| it.dataset_id.as_ref()));
    batch.text(column::EXPERIMENT_ITEM_ID, text(|it| it.item_id.as_ref()));
    batch.text(column::EXPERIMENT_ITEM_VERSION, text(|it| it.item_version.as_ref()));
    batch.text(column::EXPERIMENT_ROOT_ID, root.map(ObservationId::as_str));
    batch.text(column::EXPERIMENT_DETAILS, text(|it| it.details.as_ref()));
}

pub(super) fn push_origin(batch: &mut BatchBuilder, origin: Option<&Origin>) {
    let text = |of: fn(&Sender) -> Option<&Text>| origin.and_then(|origin| of(&origin.sender)).map(|text| &**text);
    batch.text(column::INGESTION_SOURCE, origin.map(|origin| origin.source.as_str()));
    batch.text(column::SDK_NAME, text(Sender::sdk_name));
    batch.text(column::SDK_VERSION, text(Sender::sdk_version));
    batch.text(column::API_KEY, text(Sender::api_key));
}

/// The columns of experiments.
pub(super) struct ExperimentColumns<'a> {
    id: Texts<'a>,
    name: Texts<'a>,
    dataset_id: Texts<'a>,
    item_id: Texts<'a>,
    item_version: Texts<'a>,
    root_id: Texts<'a>,
    details: Texts<'a>,
}

impl<'a> ExperimentColumns<'a> {
    pub(super) fn new(columns: &Columns<'a>) -> Result<Self, String> {
        Ok(Self {
            id: columns.texts(column::EXPERIMENT_ID)?,
            name: columns.texts(column::EXPERIMENT_NAME)?,
            dataset_id: columns.texts(column::EXPERIMENT_DATASET_ID)?,
            item_id: columns.texts(column::EXPERIMENT_ITEM_ID)?,
            item_version: columns.texts(column::EXPERIMENT_ITEM_VERSION)?,
            root_id: columns.texts(column::EXPERIMENT_ROOT_ID)?,
            details: columns.texts(column::EXPERIMENT_DETAILS)?,
        })
    }

    pub(super) fn get(&self, row: usize) -> Option<Box<Experiment>> {
        let id = self.id.get(row)?;
        Some(Box::new(Experiment {
            id,
            name: self.name.get(row),
            dataset_id: self.dataset_id.get(row),
            item_id: self.item_id.get(row),
            item_version: self.item_version.get(row),
            root_observation_id: self.root_id.str(row).map(ObservationId::from_wire),
            details: self.details.get(row),
        }))
    }
}

/// The columns of origins.
pub(super) struct OriginColumns<'a> {
    source: Texts<'a>,
    sdk_name: Texts<'a>,
    sdk_version: Texts<'a>,
    api_key: Texts<'a>,
    /// What was read last: the next row mostly has the same.
    last: RefCell<Option<Arc<Origin>>>,
}

impl<'a> OriginColumns<'a> {
    pub(super) fn new(columns: &Columns<'a>) -> Result<Self, String> {
        Ok(Self {
            source: columns.texts(column::INGESTION_SOURCE)?,
            sdk_name: columns.texts(column::SDK_NAME)?,
            sdk_version: columns.texts(column::SDK_VERSION)?,
            api_key: columns.texts(column::API_KEY)?,
            last: RefCell::default(),
        })
    }

    pub(super) fn get(&self, row: usize) -> Result<Option<Arc<Origin>>, String> {
        let Some(source) = self.source.str(row) else { return Ok(None) };
        let texts = [&self.api_key, &self.sdk_name, &self.sdk_version].map(|column| column.str(row));
        let mut last = self.last.borrow_mut();
        let is_same = |origin: &&Arc<Origin>| {
            let sender = &origin.sender;
            let known = [sender.api_key(), sender.sdk_name(), sender.sdk_version()];
            origin.source.as_str() == source && known.map(|text| text.map(|text| &**text)) == texts
        };
        if let Some(known) = last.as_ref().filter(is_same) {
            return Ok(Some(Arc::clone(known)));
        }
        let source = IngestionSource::from_wire(source).ok_or_else(|| format!("there is no source `{source}`"))?;
        let [api_key, sdk_name, sdk_version] = texts;
        let origin = Arc::new(Origin { source, sender: Sender::new(api_key, sdk_name, sdk_version) });
        *last = Some(Arc::clone(&origin));
        Ok(Some(origin))
    }
}
