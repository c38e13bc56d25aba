//! Experiments and their items.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use spanstone_engine::query::experiments::ExperimentRow;
use spanstone_engine::{ObservationItem, ScoreItem};
use spanstone_model::{Experiment, Observation, ObservationId, ProjectId, Timestamp, TraceId};

use super::score_v3::ScoreRowV3;
use crate::openapi::schema;
use crate::params::fields::{Groups, experiment as group, experiment_item as item_group, score_v3};

/// An experiment. Keys of groups that were not asked for are absent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Experiment")]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExperimentView<'a> {
    id: &'a str,
    name: &'a str,
    description: Option<String>,
    start_time: Timestamp,
    end_time: Timestamp,
    item_count: usize,
    dataset_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scores: Option<Vec<ScoreRowV3<'a>>>,
}

/// An item of an experiment. Keys of groups that were not asked for are absent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExperimentItem")]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExperimentItemView<'a> {
    id: &'a ObservationId,
    trace_id: &'a TraceId,
    start_time: Timestamp,
    end_time: Option<Timestamp>,
    #[schemars(with = "schema::LevelName")]
    level: &'static str,
    environment: &'a str,
    experiment_id: &'a str,
    experiment_name: &'a str,
    experiment_item_id: &'a str,
    #[serde(flatten)]
    dataset: Option<Dataset<'a>>,
    #[serde(flatten)]
    io: Option<Io<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    experiment_item_metadata: Option<Json>,
    #[serde(flatten)]
    about: Option<About>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scores: Option<Vec<ScoreRowV3<'a>>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExperimentItemDataset")]
#[serde(rename_all = "camelCase")]
struct Dataset<'a> {
    experiment_dataset_id: Option<&'a str>,
    experiment_item_version: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExperimentItemIo")]
#[serde(rename_all = "camelCase")]
struct Io<'a> {
    input: Option<&'a str>,
    output: Option<&'a str>,
    expected_output: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExperimentItemAbout")]
#[serde(rename_all = "camelCase")]
struct About {
    experiment_metadata: Json,
    experiment_description: Option<String>,
}

/// What else an observation says of its experiment.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Details {
    description: Option<String>,
    metadata: Option<Json>,
    item_metadata: Option<Json>,
    expected_output: Option<String>,
}

impl Details {
    /// They were written by us; what is not as it should be is as if it were not there.
    fn of(experiment: &Experiment) -> Self {
        experiment.details.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

impl<'a> ExperimentView<'a> {
    /// An experiment as JSON.
    pub(crate) fn new(project: &'a ProjectId, row: &'a ExperimentRow, scores: &'a [ScoreItem], fields: Groups) -> Self {
        let ExperimentRow { experiment, start, end, items } = row;
        let details = Details::of(experiment);
        Self {
            id: &experiment.id,
            name: experiment.name.as_deref().unwrap_or(&experiment.id),
            description: details.description,
            start_time: *start,
            end_time: *end,
            item_count: *items,
            dataset_id: experiment.dataset_id.as_deref(),
            metadata: fields.has(group::METADATA).then(|| object(details.metadata)),
            scores: fields.has(group::SCORES).then(|| score_rows(project, scores)),
        }
    }
}

impl<'a> ExperimentItemView<'a> {
    /// An item as JSON. `whole` is the same observation with its texts, where these were asked for.
    pub(crate) fn new(
        project: &'a ProjectId,
        observation: &'a Observation,
        whole: Option<&'a ObservationItem>,
        scores: &'a [ScoreItem],
        fields: Groups,
    ) -> Option<Self> {
        let experiment = observation.experiment.as_deref()?;
        let Details { description, metadata, item_metadata, expected_output } = Details::of(experiment);
        let text = |payload: fn(&'a ObservationItem) -> Option<&'a str>| whole.and_then(payload);
        let io = || Io {
            input: text(|item| item.payloads.input.as_deref()),
            output: text(|item| item.payloads.output.as_deref()),
            expected_output,
        };
        let dataset = || Dataset {
            experiment_dataset_id: experiment.dataset_id.as_deref(),
            experiment_item_version: experiment.item_version.as_deref(),
        };
        let about = || About { experiment_metadata: object(metadata), experiment_description: description };
        Some(Self {
            id: &observation.id,
            trace_id: &observation.trace_id,
            start_time: observation.start,
            end_time: observation.end,
            level: observation.level.as_str(),
            environment: &observation.environment,
            experiment_id: &experiment.id,
            experiment_name: experiment.name.as_deref().unwrap_or(&experiment.id),
            experiment_item_id: experiment.item_id.as_deref().unwrap_or_default(),
            dataset: fields.has(item_group::DATASET).then(dataset),
            io: fields.has(item_group::IO).then(io),
            metadata: fields.has(item_group::METADATA).then(|| stored_metadata(whole)),
            experiment_item_metadata: fields.has(item_group::ITEM_METADATA).then(|| object(item_metadata)),
            about: fields.has(item_group::EXPERIMENT_METADATA).then(about),
            scores: fields.has(item_group::SCORES).then(|| score_rows(project, scores)),
        })
    }
}

fn score_rows<'a>(project: &'a ProjectId, scores: &'a [ScoreItem]) -> Vec<ScoreRowV3<'a>> {
    let fields = Groups::only(score_v3::SUBJECT);
    scores.iter().map(|item| ScoreRowV3::new(project, item, fields)).collect()
}

/// Metadata as these endpoints give it: each value a text, JSON where it was none.
fn object(json: Option<Json>) -> Json {
    let Some(Json::Object(members)) = json else { return Json::Object(serde_json::Map::new()) };
    let text = |value: Json| if value.is_string() { value } else { Json::String(value.to_string()) };
    Json::Object(members.into_iter().map(|(key, value)| (key, text(value))).collect())
}

/// The values as they are stored, which these endpoints do not parse.
fn stored_metadata(item: Option<&ObservationItem>) -> Json {
    let pairs = item.into_iter().flat_map(|item| &item.payloads.metadata);
    Json::Object(pairs.map(|(key, value)| (key.to_string(), Json::String(value.to_string()))).collect())
}
