//! The price table: which entry a model's name stands for.
//!
//! Owns the order of precedence and a memory of names that were asked for. Refuses prices themselves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use spanstone_model::{Text, UsageDetails};

use crate::condition::{Condition, Settings, Source};
use crate::explain::Explanation;
use crate::model::Model;

/// The longest name of a model that is looked for, in bytes; a longer one matches nothing.
pub const MODEL_NAME_BYTES_MAX: usize = 512;
/// How many names are remembered; then all are forgotten.
const REMEMBERED_MAX: usize = 4_096;

/// The models of a project, then those that everybody has.
#[derive(Debug, Default)]
pub struct PriceTable {
    models: Vec<Arc<Model>>,
    own: usize,
    hint_keys: Vec<Text>,
    remembered: Mutex<HashMap<Text, Option<Arc<Model>>>>,
}

impl PriceTable {
    /// A table in which `own` models go before the others. Within each, a later start goes before an earlier one and
    /// one without a start comes last; otherwise the given order stays.
    #[must_use]
    pub fn new(own: impl IntoIterator<Item = Arc<Model>>, others: impl IntoIterator<Item = Arc<Model>>) -> Self {
        let sorted = |models: &mut Vec<Arc<Model>>| models.sort_by_key(|model| std::cmp::Reverse(model.start_date));
        let mut models: Vec<_> = own.into_iter().collect();
        sorted(&mut models);
        let own = models.len();
        let mut others: Vec<_> = others.into_iter().collect();
        sorted(&mut others);
        models.extend(others);
        let hint_keys = hint_keys(&models);
        Self { models, own, hint_keys, remembered: Mutex::default() }
    }

    /// Every model, in the order in which they are tried.
    #[must_use]
    pub fn models(&self) -> &[Arc<Model>] {
        &self.models
    }

    /// The models that go before the others.
    #[must_use]
    pub fn own(&self) -> &[Arc<Model>] {
        &self.models[..self.own]
    }

    /// The keys of the metadata that conditions ask for.
    #[must_use]
    pub fn hint_keys(&self) -> &[Text] {
        &self.hint_keys
    }

    /// The entry that a model's name stands for.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Arc<Model>> {
        if name.is_empty() || name.len() > MODEL_NAME_BYTES_MAX {
            return None;
        }
        // The map is whole after every step, so one that a panic left behind can be used.
        if let Some(found) = self.remembered.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            return found.clone();
        }
        let lower = name.to_ascii_lowercase();
        let found = self.models.iter().find(|model| model.pattern.is_in(name, &lower)).cloned();
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(Text::from(name), found.clone());
        found
    }

    /// What a model call cost, and why; `None` when no entry stands for the model's name.
    #[must_use]
    pub fn explain(&self, name: &str, usage: &UsageDetails, settings: &Settings<'_>) -> Option<Explanation> {
        Some(Explanation::of(&self.find(name)?, usage, settings))
    }
}

fn hint_keys(models: &[Arc<Model>]) -> Vec<Text> {
    let conditions = models.iter().flat_map(|model| &model.tiers).flat_map(|tier| &tier.conditions);
    let keys = conditions.filter_map(|condition| match condition {
        Condition::Setting(setting) if setting.source == Source::Metadata => Some(setting.key.clone()),
        Condition::Setting(_) | Condition::Usage(_) => None,
    });
    let mut keys: Vec<Text> = keys.collect();
    keys.sort();
    keys.dedup();
    keys
}
