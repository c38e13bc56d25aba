//! The models of projects, as documents.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use spanstone_model::ProjectId;
use spanstone_pricing::{Model, builtin};
use spanstone_store::{DocumentKind, Store};

use super::book::Tables;
use super::own::{Version, VersionDocument};
use crate::documents::{delete, put_bytes, read_all};
use crate::{Engine, EngineError};

/// The setting that holds the operator's prices.
const OPERATORS: &str = "prices";

/// A model, and whether it is the project's own.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedModel {
    /// The model.
    pub model: Arc<Model>,
    /// Whether the project brought it.
    pub is_own: bool,
}

impl Tables {
    /// Reads the models out of a store.
    pub(crate) fn load(store: &Store) -> Result<Self, EngineError> {
        let mut own: HashMap<ProjectId, Vec<Version>> = HashMap::new();
        // A ledger that was made anew counts its blocks from the beginning.
        let next = store.unsealed_blocks().end;
        let (today, past) = (read_all(store, DocumentKind::Model)?, read_all(store, DocumentKind::PastModel)?);
        for VersionDocument { project, model, from, until } in today.into_iter().chain(past) {
            // A model that no longer reads costs itself alone.
            match spanstone_pricing::read(&model) {
                Ok(models) => {
                    let version = |model| Version { model: Arc::new(model), from: from.min(next), until };
                    own.entry(project).or_default().extend(models.into_iter().map(version));
                }
                Err(error) => tracing::error!(%project, %error, "a model does not read and is left out"),
            }
        }
        Ok(Self::new(own, operators(store)?.into()))
    }
}

fn operators(store: &Store) -> Result<Vec<Arc<Model>>, EngineError> {
    let Some(text) = store.document(DocumentKind::Setting, OPERATORS)? else { return Ok(Vec::new()) };
    match spanstone_pricing::read(&String::from_utf8_lossy(&text)) {
        Ok(models) => Ok(models.into_iter().map(Arc::new).collect()),
        Err(error) => {
            tracing::error!(%error, "the operator's prices do not read and are left out");
            Ok(Vec::new())
        }
    }
}

impl Engine {
    /// Every model that a project can use, its own and everybody's, by name.
    #[must_use]
    pub fn models(&self, project: &ProjectId) -> Vec<ListedModel> {
        let mut models: Vec<ListedModel> = self.prices.read(|tables| {
            let own = tables.today(project);
            let own = own.map(|model| ListedModel { model: model.clone(), is_own: true });
            let others = tables.operators.iter().chain(builtin::models());
            own.chain(others.map(|model| ListedModel { model: model.clone(), is_own: false })).collect()
        });
        models.sort_by(|a, b| listing_order(&a.model, &b.model));
        models
    }

    /// One of them.
    #[must_use]
    pub fn model(&self, project: &ProjectId, id: &str) -> Option<ListedModel> {
        self.models(project).into_iter().find(|listed| &*listed.model.id == id)
    }

    /// Gives a project a model of its own.
    ///
    /// # Errors
    /// Fails when the project has one of this name, or too many, and when it cannot be written.
    pub fn add_model(&self, project: &ProjectId, model: Model) -> Result<Arc<Model>, EngineError> {
        self.keep_model(project, &Arc::new(model))
    }

    /// Gives a project a model of its own, or replaces the one that has its id. What the project has already keeps the
    /// time at which it was made.
    ///
    /// # Errors
    /// Fails when the id is that of a model of somebody else's, when the project has another one of this name, or too
    /// many, and when it cannot be written.
    pub fn put_model(&self, project: &ProjectId, mut model: Model) -> Result<Arc<Model>, EngineError> {
        let (known, is_own) = self.prices.read(|tables| {
            let has_id = |known: &&Arc<Model>| known.id == model.id;
            let own = tables.today(project).find(has_id);
            let others = tables.operators.iter().chain(builtin::models()).chain(tables.every_own());
            (own.or_else(|| others.into_iter().find(has_id)).cloned(), own.is_some())
        });
        match known {
            Some(known) if is_own => model.created_at = known.created_at,
            Some(_) => {
                return Err(EngineError::Invalid(format!(
                    "the model `{}` is built in or another project's and cannot be modified; bring one under another id",
                    model.id
                )));
            }
            None => {}
        }
        self.keep_model(project, &Arc::new(model))
    }

    fn keep_model(&self, project: &ProjectId, model: &Arc<Model>) -> Result<Arc<Model>, EngineError> {
        self.prices.change(&self.store, project, |own, journal| {
            let (id, name) = (&model.id, &model.name);
            if own.today().any(|known| known.name == *name && known.id != *id) {
                return Err(EngineError::Invalid(format!("Model name '{name}' already exists in project")));
            }
            let most = self.limits.project_models_max;
            if own.today().count() >= most && own.today().all(|known| known.id != *id) {
                return Err(EngineError::Invalid(format!(
                    "the project has {most} models, the most it may have; delete one of them first"
                )));
            }
            own.changed(project, id, Some(model.clone()), journal).map(Some)
        })?;
        Ok(model.clone())
    }

    /// Takes a model from a project; false when it has none with this id.
    ///
    /// # Errors
    /// Fails when that cannot be written.
    pub fn delete_model(&self, project: &ProjectId, id: &str) -> Result<bool, EngineError> {
        self.prices.change(&self.store, project, |own, journal| {
            let has_it = own.today().any(|model| &*model.id == id);
            has_it.then(|| own.changed(project, id, None, journal)).transpose()
        })
    }

    /// Takes all its models from a project.
    pub(crate) fn delete_models(&self, project: &ProjectId) -> Result<(), EngineError> {
        self.prices.change(&self.store, project, |own, _| Ok(Some(own.removed())))?;
        Ok(())
    }

    /// The operator's prices, which go before those that are compiled in.
    #[must_use]
    pub fn operators_models(&self) -> Arc<[Arc<Model>]> {
        self.prices.read(|tables| tables.operators.clone())
    }

    /// Replaces the operator's prices. They count from the next start on.
    ///
    /// # Errors
    /// Fails when they cannot be written.
    pub fn set_operators_models(&self, models: &[Model]) -> Result<(), EngineError> {
        let change = if models.is_empty() {
            delete(DocumentKind::Setting, OPERATORS)
        } else {
            put_bytes(DocumentKind::Setting, OPERATORS, spanstone_pricing::write(models).into_bytes())
        };
        Ok(self.store.write_documents(&[change])?)
    }
}

/// By name, then unit, then the latest start; what has none comes last.
fn listing_order(a: &Model, b: &Model) -> Ordering {
    let unit = |model: &Model| (model.unit.is_none(), model.unit.clone());
    let by_start = b.start_date.cmp(&a.start_date);
    a.name.cmp(&b.name).then_with(|| unit(a).cmp(&unit(b))).then(by_start).then_with(|| a.id.cmp(&b.id))
}
