//! Score configurations: what a score of a certain kind may say.
//!
//! Owns their documents in the ledger, a copy of them in memory, the rules that each must keep, and what a score that
//! follows one becomes. A configuration never goes away, it is archived: scores refer to it.

mod apply;

pub(crate) use apply::Applied;
use std::collections::HashMap;

use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use spanstone_model::{ProjectId, Timestamp};
use spanstone_store::{DocumentChange, DocumentKind, Store};

use crate::documents::{delete, read_all, write};
use crate::{Engine, EngineError};

/// What kind of value the scores of a configuration have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ConfigDataType {
    /// A number, between bounds if there are any.
    Numeric,
    /// One of several labels, each with a number.
    Categorical,
    /// True or false.
    Boolean,
    /// A text.
    Text,
}

impl ConfigDataType {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Numeric, Self::Categorical, Self::Boolean, Self::Text];

    /// The name on the wire: `NUMERIC`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Numeric => "NUMERIC",
            Self::Categorical => "CATEGORICAL",
            Self::Boolean => "BOOLEAN",
            Self::Text => "TEXT",
        }
    }
}

/// A label, and the number that stands for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// The label.
    pub label: String,
    /// Its number.
    pub value: f64,
}

/// What a score configuration says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreRule {
    /// The name that scores take from it.
    pub name: String,
    /// What kind of value they have.
    pub data_type: ConfigDataType,
    /// What it is for.
    pub description: Option<String>,
    /// The least number.
    pub min_value: Option<f64>,
    /// The largest number.
    pub max_value: Option<f64>,
    /// The labels; none where there are no labels.
    pub categories: Option<Vec<Category>>,
}

/// A score configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreConfig {
    /// Its id.
    pub id: String,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// What it says.
    pub rule: ScoreRule,
    /// Whether new scores may no longer follow it.
    pub is_archived: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What is to be changed in a configuration. Each field is left as it is where there is nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScoreConfigChange {
    /// Another name.
    pub name: Option<String>,
    /// Another description, or none any more.
    pub description: Option<Option<String>>,
    /// Another least number, or none any more.
    pub min_value: Option<Option<f64>>,
    /// Another largest number, or none any more.
    pub max_value: Option<Option<f64>>,
    /// Other labels, or none any more.
    pub categories: Option<Option<Vec<Category>>>,
    /// Whether new scores may no longer follow it.
    pub is_archived: Option<bool>,
}

/// The configurations in memory.
#[derive(Debug)]
pub(crate) struct ScoreConfigs(RwLock<HashMap<ProjectId, Vec<ScoreConfig>>>);

impl ScoreConfigs {
    pub(crate) fn load(store: &Store) -> Result<Self, EngineError> {
        let mut by_project: HashMap<ProjectId, Vec<ScoreConfig>> = HashMap::new();
        for config in read_all::<ScoreConfig>(store, DocumentKind::ScoreConfig)? {
            by_project.entry(config.project.clone()).or_default().push(config);
        }
        by_project.values_mut().for_each(|configs| configs.sort_by(newest_first));
        Ok(Self(RwLock::new(by_project)))
    }

    /// What removes the documents of a project.
    pub(crate) fn removal(&self, project: &ProjectId) -> Vec<DocumentChange> {
        let delete = |config: &ScoreConfig| delete(DocumentKind::ScoreConfig, &config.id);
        self.0.read().get(project).map_or_else(Vec::new, |configs| configs.iter().map(delete).collect())
    }

    pub(crate) fn forget(&self, project: &ProjectId) {
        self.0.write().remove(project);
    }
}

/// Langfuse's order: the newest first, of the same moment by id.
fn newest_first(a: &ScoreConfig, b: &ScoreConfig) -> std::cmp::Ordering {
    (b.created_at, &a.id).cmp(&(a.created_at, &b.id))
}

impl Engine {
    /// The score configurations of a project, archived ones too, the newest first.
    #[must_use]
    pub fn score_configs(&self, project: &ProjectId) -> Vec<ScoreConfig> {
        self.score_configs.0.read().get(project).cloned().unwrap_or_default()
    }

    /// One score configuration.
    #[must_use]
    pub fn score_config(&self, project: &ProjectId, id: &str) -> Option<ScoreConfig> {
        let configs = self.score_configs.0.read();
        configs.get(project)?.iter().find(|config| config.id == id).cloned()
    }

    /// Creates a score configuration; on disk when it returns.
    ///
    /// # Errors
    /// Fails when the rule is not sound, when the project has too many, and when it cannot be written.
    pub fn create_score_config(&self, project: &ProjectId, rule: ScoreRule) -> Result<ScoreConfig, EngineError> {
        let now = self.now();
        let config = ScoreConfig {
            id: self.new_id(),
            project: project.clone(),
            rule: sound(rule)?,
            is_archived: false,
            created_at: now,
            updated_at: now,
        };
        let mut tables = self.score_configs.0.write();
        let configs = tables.entry(project.clone()).or_default();
        let most = self.limits.score_configs_max;
        if configs.len() >= most {
            return Err(EngineError::Invalid(format!("the project has {most} score configurations, and no more fit")));
        }
        write(&self.store, DocumentKind::ScoreConfig, &config.id, &config)?;
        configs.push(config.clone());
        configs.sort_by(newest_first);
        Ok(config)
    }

    /// Changes a score configuration; nothing when there is none with this id.
    ///
    /// # Errors
    /// Fails when what it would say is not sound, and when it cannot be written.
    pub fn change_score_config(
        &self,
        project: &ProjectId,
        id: &str,
        change: ScoreConfigChange,
    ) -> Result<Option<ScoreConfig>, EngineError> {
        let mut tables = self.score_configs.0.write();
        let found = tables.get_mut(project).and_then(|configs| configs.iter_mut().find(|config| config.id == id));
        let Some(known) = found else { return Ok(None) };
        let ScoreConfigChange { name, description, min_value, max_value, categories, is_archived } = change;
        let old = known.rule.clone();
        let changed = ScoreConfig {
            rule: sound(ScoreRule {
                name: name.unwrap_or(old.name),
                data_type: old.data_type,
                description: description.unwrap_or(old.description),
                min_value: min_value.unwrap_or(old.min_value),
                max_value: max_value.unwrap_or(old.max_value),
                categories: match (categories, old.data_type) {
                    // They were made up for it, and would be refused if they came from a client.
                    (None, ConfigDataType::Boolean) => None,
                    (categories, _) => categories.unwrap_or(old.categories),
                },
            })?,
            is_archived: is_archived.unwrap_or(known.is_archived),
            updated_at: self.now(),
            ..known.clone()
        };
        write(&self.store, DocumentKind::ScoreConfig, id, &changed)?;
        *known = changed.clone();
        Ok(Some(changed))
    }
}

const NAME_CHARS_MAX: usize = 35;

/// Checks a rule, and adds what follows from it.
fn sound(mut rule: ScoreRule) -> Result<ScoreRule, EngineError> {
    let refused = |text: String| Err(EngineError::Invalid(text));
    let name = &rule.name;
    let is_letter = |c: char| c.is_alphanumeric() || "_ .()-".contains(c);
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || !name.chars().all(is_letter) {
        return refused(format!(
            "name: `{name}` does not fit; a name has 1 to {NAME_CHARS_MAX} letters, digits, blanks and `_.()-`"
        ));
    }
    let kind = rule.data_type.as_str();
    let is_numeric = rule.data_type == ConfigDataType::Numeric;
    if !is_numeric && (rule.min_value.is_some() || rule.max_value.is_some()) {
        return refused(format!("minValue, maxValue: a {kind} configuration has no bounds; leave them out"));
    }
    if let (Some(min), Some(max)) = (rule.min_value, rule.max_value)
        && max <= min
    {
        return refused(format!("maxValue: {max} is not larger than minValue, {min}"));
    }
    match (&rule.categories, rule.data_type) {
        (Some(categories), ConfigDataType::Categorical) => distinct(categories)?,
        (None, ConfigDataType::Categorical) => {
            return refused("categories: a CATEGORICAL configuration needs at least one, {label, value}".to_owned());
        }
        (None, _) => {}
        (Some(_), _) => return refused(format!("categories: a {kind} configuration takes none; leave them out")),
    }
    if rule.data_type == ConfigDataType::Boolean {
        let category = |label: &str, value| Category { label: label.to_owned(), value };
        rule.categories = Some(vec![category("True", 1.0), category("False", 0.0)]);
    }
    Ok(rule)
}

/// The most labels of a configuration: more than anybody can choose from.
const CATEGORIES_MAX: usize = 1_000;

fn distinct(categories: &[Category]) -> Result<(), EngineError> {
    if categories.is_empty() || categories.len() > CATEGORIES_MAX {
        let count = categories.len();
        return Err(EngineError::Invalid(format!("categories: there are {count}; send 1 to {CATEGORIES_MAX}")));
    }
    for (index, category) in categories.iter().enumerate() {
        let Category { label, value } = category;
        if categories[..index].iter().any(|earlier| earlier.label == *label || earlier.value == *value) {
            return Err(EngineError::Invalid(format!(
                "categories: `{label}` = {value} is there twice, by label or value"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn rule(data_type: ConfigDataType) -> ScoreRule {
        ScoreRule {
            name: "quality (v1.0)".into(),
            data_type,
            description: None,
            min_value: None,
            max_value: None,
            categories: None,
        }
    }

    fn labels(labels: &[(&str, f64)]) -> Option<Vec<Category>> {
        Some(labels.iter().map(|(label, value)| Category { label: (*label).to_owned(), value: *value }).collect())
    }

    #[test]
    fn a_rule_that_contradicts_itself_is_refused_by_field() {
        let numeric = || rule(ConfigDataType::Numeric);
        let categorical = || rule(ConfigDataType::Categorical);
        for (rule, field) in [
            (ScoreRule { name: String::new(), ..numeric() }, "name:"),
            (ScoreRule { name: "x".repeat(36), ..numeric() }, "name:"),
            (ScoreRule { name: "a/b".into(), ..numeric() }, "name:"),
            (ScoreRule { min_value: Some(1.0), max_value: Some(1.0), ..numeric() }, "maxValue:"),
            (ScoreRule { min_value: Some(1.0), ..rule(ConfigDataType::Text) }, "minValue, maxValue:"),
            (ScoreRule { categories: labels(&[("a", 1.0)]), ..numeric() }, "categories:"),
            (ScoreRule { categories: labels(&[("True", 1.0)]), ..rule(ConfigDataType::Boolean) }, "categories:"),
            (categorical(), "categories:"),
            (ScoreRule { categories: labels(&[]), ..categorical() }, "categories:"),
            (ScoreRule { categories: labels(&[("a", 1.0), ("a", 2.0)]), ..categorical() }, "categories:"),
            (ScoreRule { categories: labels(&[("a", 1.0), ("b", 1.0)]), ..categorical() }, "categories:"),
        ] {
            let error = sound(rule.clone()).expect_err("refused").to_string();
            assert!(error.starts_with(field), "{rule:?}: {error}");
        }
        assert_eq!(
            sound(rule(ConfigDataType::Boolean)).map(|rule| rule.categories).ok(),
            Some(labels(&[("True", 1.0), ("False", 0.0)]))
        );
        assert!(sound(ScoreRule { name: "größe_2".into(), min_value: Some(-1.0), ..numeric() }).is_ok());
    }
}
