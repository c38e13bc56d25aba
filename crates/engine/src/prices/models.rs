//! The models of projects, as documents.

use std::cmp::Ordering;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use spanstone_model::ProjectId;
use spanstone_pricing::{Model, builtin};
use spanstone_store::{DocumentChange, DocumentKind, Store};

use super::book::Tables;
use crate::accounts::{put, read_all};
use crate::{Engine, EngineError};

/// The setting that holds the operator's prices.
const OPERATORS: &str = "prices";

/// A model of a project as stored.
#[derive(Debug, Serialize, Deserialize)]
struct ModelDocument {
    project: ProjectId,
    /// One block of the price table's format.
    model: String,
}

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
        let mut tables = Self::default();
        for document in read_all::<ModelDocument>(store, DocumentKind::Model)? {
            // A block that no longer reads costs its model alone.
            match spanstone_pricing::read(&document.model) {
                Ok(models) => tables.own.entry(document.project).or_default().extend(models.into_iter().map(Arc::new)),
                Err(error) => {
                    tracing::error!(project = %document.project, %error, "a model does not read and is left out");
                }
            }
        }
        for own in tables.own.values_mut() {
            own.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        }
        tables.operators = operators(store)?;
        Ok(tables)
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
            let own = tables.own.get(project).into_iter().flatten();
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
            let own = tables.own.get(project).and_then(|own| own.iter().find(has_id));
            let others = tables.operators.iter().chain(builtin::models()).chain(tables.own.values().flatten());
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
        self.prices.change(project, |own| {
            let (id, name) = (&model.id, &model.name);
            if own.iter().any(|known| known.name == *name && known.id != *id) {
                return Err(EngineError::Invalid(format!("Model name '{name}' already exists in project")));
            }
            let place = own.iter().position(|known| known.id == *id);
            let most = self.limits.project_models_max;
            if place.is_none() && own.len() >= most {
                return Err(EngineError::Invalid(format!(
                    "the project has {most} models, the most it may have; delete one of them first"
                )));
            }
            let document = ModelDocument { project: project.clone(), model: spanstone_pricing::write([&**model]) };
            crate::accounts::write(&self.store, DocumentKind::Model, id, &document)?;
            match place {
                Some(place) => own[place] = model.clone(),
                None => own.push(model.clone()),
            }
            Ok(model.clone())
        })
    }

    /// Takes a model from a project; false when it has none with this id.
    ///
    /// # Errors
    /// Fails when that cannot be written.
    pub fn delete_model(&self, project: &ProjectId, id: &str) -> Result<bool, EngineError> {
        self.prices.change(project, |own| {
            let Some(place) = own.iter().position(|model| &*model.id == id) else { return Ok(false) };
            self.store.write_documents(&[delete(id)])?;
            own.remove(place);
            Ok(true)
        })
    }

    /// Takes all its models from a project.
    pub(crate) fn delete_models(&self, project: &ProjectId) -> Result<(), EngineError> {
        self.prices.change(project, |own| {
            let changes: Vec<_> = own.iter().map(|model| delete(&model.id)).collect();
            if !changes.is_empty() {
                self.store.write_documents(&changes)?;
            }
            own.clear();
            Ok(())
        })
    }

    /// The operator's prices, which go before those that are compiled in.
    #[must_use]
    pub fn operators_models(&self) -> Vec<Arc<Model>> {
        self.prices.read(|tables| tables.operators.clone())
    }

    /// Replaces the operator's prices. They count from the next start on.
    ///
    /// # Errors
    /// Fails when they cannot be written.
    pub fn set_operators_models(&self, models: &[Model]) -> Result<(), EngineError> {
        let change = if models.is_empty() {
            DocumentChange::Delete { kind: DocumentKind::Setting, id: OPERATORS.to_owned() }
        } else {
            put(DocumentKind::Setting, OPERATORS, spanstone_pricing::write(models).into_bytes())
        };
        Ok(self.store.write_documents(&[change])?)
    }
}

fn delete(id: &str) -> DocumentChange {
    DocumentChange::Delete { kind: DocumentKind::Model, id: id.to_owned() }
}

/// By name, then unit, then the latest start; what has none comes last.
fn listing_order(a: &Model, b: &Model) -> Ordering {
    let unit = |model: &Model| (model.unit.is_none(), model.unit.clone());
    let by_start = b.start_date.cmp(&a.start_date);
    a.name.cmp(&b.name).then_with(|| unit(a).cmp(&unit(b))).then(by_start).then_with(|| a.id.cmp(&b.id))
}
