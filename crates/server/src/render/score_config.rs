//! A score configuration.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::{Category, ScoreConfig, ScoreRule};
use spanstone_model::Timestamp;

use super::Number;

/// A score configuration as Langfuse's API shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ScoreConfig")]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScoreConfigView<'a> {
    id: &'a str,
    name: &'a str,
    #[schemars(with = "Timestamp")]
    created_at: String,
    #[schemars(with = "Timestamp")]
    updated_at: String,
    project_id: &'a str,
    data_type: &'a str,
    is_archived: bool,
    min_value: Option<Number>,
    max_value: Option<Number>,
    categories: Option<Vec<CategoryView<'a>>>,
    description: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ScoreCategory")]
struct CategoryView<'a> {
    label: &'a str,
    value: Number,
}

impl<'a> ScoreConfigView<'a> {
    /// A score configuration as JSON.
    pub(crate) fn new(config: &'a ScoreConfig) -> Self {
        let ScoreConfig { id, project, rule, is_archived, created_at, updated_at } = config;
        let ScoreRule { name, data_type, description, min_value, max_value, categories } = rule;
        let category = |Category { label, value }: &'a Category| CategoryView { label, value: Number(*value) };
        Self {
            id,
            name,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
            project_id: project.as_str(),
            data_type: data_type.as_str(),
            is_archived: *is_archived,
            min_value: min_value.map(Number),
            max_value: max_value.map(Number),
            categories: categories.as_ref().map(|categories| categories.iter().map(category).collect()),
            description: description.as_deref(),
        }
    }
}
