//! The tables of prices in memory.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use parking_lot::{Mutex, RwLock};
use spanstone_model::{PriceLink, PriceQuestion, PriceTier, Priced, ProjectId, Text};
use spanstone_pricing::{AppliedTier, Model, PriceTable, Settings};
use spanstone_store::{Price, Store};

use super::own::{Changed, OwnModels, Version};
use crate::EngineError;

/// A price table, and what has been answered of it.
#[derive(Debug)]
pub(crate) struct ProjectPrices {
    pub(crate) table: PriceTable,
    /// One for each entry and tier that applied, shared by all rows.
    links: Mutex<HashMap<EntryAndTier, Arc<PriceLink>>>,
}

/// The ids of an entry of the table and of the tier that applied.
type EntryAndTier = (Text, Option<Text>);

impl ProjectPrices {
    pub(super) fn new(table: PriceTable) -> Self {
        Self { table, links: Mutex::default() }
    }

    fn price(&self, question: &PriceQuestion<'_>) -> Option<Priced> {
        let PriceQuestion { model, usage, parameters, hints, block: _ } = *question;
        let explanation = self.table.explain(model, usage, &Settings { parameters, metadata: hints })?;
        let link = self.link(&explanation.model.id, explanation.tier.as_ref());
        Some(Priced { link, cost: explanation.cost() })
    }

    fn link(&self, model_id: &Text, tier: Option<&AppliedTier>) -> Arc<PriceLink> {
        let key = (model_id.clone(), tier.map(|tier| tier.id.clone()));
        let mut links = self.links.lock();
        let link = links.entry(key).or_insert_with(|| {
            let tier = tier.map(|tier| PriceTier { id: tier.id.clone(), name: tier.name.clone() });
            Arc::new(PriceLink { model_id: model_id.clone(), tier })
        });
        link.clone()
    }
}

/// The tables of all projects.
///
/// The store asks for prices from the moment it is opened, while the models are still being read out of it: whoever asks
/// early waits for them.
#[derive(Debug, Default)]
pub(crate) struct PriceBook(OnceLock<RwLock<Tables>>);

/// What is known of models.
#[derive(Debug)]
pub(crate) struct Tables {
    /// The operator's, which go before those that are compiled in.
    pub(crate) operators: Arc<[Arc<Model>]>,
    /// Those of projects that have or had some.
    own: HashMap<ProjectId, OwnModels>,
    /// Those of the others.
    general: OwnModels,
}

impl PriceBook {
    /// Has the tables, from now on.
    pub(crate) fn open(&self, tables: Tables) {
        // A second one is for nobody.
        drop(self.0.set(RwLock::new(tables)));
    }

    fn tables(&self) -> &RwLock<Tables> {
        self.0.wait()
    }

    /// Looks at what is known.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Tables) -> T) -> T {
        look(&self.tables().read())
    }

    /// Changes what a project has of its own: `change` is given what it has and the blocks of the journal that are not
    /// sealed, and says what becomes of it, if anything does; then that is written. Nothing is priced meanwhile, so the change
    /// counts from the next block on. Returns whether there was one.
    pub(super) fn change(
        &self,
        store: &Store,
        project: &ProjectId,
        change: impl FnOnce(&OwnModels, Range<u64>) -> Result<Option<Changed>, EngineError>,
    ) -> Result<bool, EngineError> {
        let mut tables = self.tables().write();
        let Some(Changed { versions, documents }) = change(tables.of(project), store.unsealed_blocks())? else {
            return Ok(false);
        };
        if !documents.is_empty() {
            store.write_documents(&documents)?;
        }
        tables.replace(project.clone(), versions);
        Ok(true)
    }

    /// Today's prices of a project.
    pub(crate) fn of(&self, project: &ProjectId) -> Arc<ProjectPrices> {
        self.read(|tables| tables.of(project).at(u64::MAX).clone())
    }

    /// The keys of the metadata that conditions of a project's prices ask for.
    pub(crate) fn hint_keys(&self, project: &ProjectId) -> Arc<[Text]> {
        self.read(|tables| tables.of(project).hint_keys())
    }
}

impl Tables {
    /// The tables of the operator's models and those of projects.
    pub(super) fn new(own: HashMap<ProjectId, Vec<Version>>, operators: Arc<[Arc<Model>]>) -> Self {
        let general = OwnModels::new(Vec::new(), operators.clone());
        let mut tables = Self { operators, own: HashMap::new(), general };
        own.into_iter().for_each(|(project, versions)| tables.replace(project, versions));
        tables
    }

    /// Those that are compiled in alone.
    pub(crate) fn none() -> Self {
        Self::new(HashMap::new(), Arc::default())
    }

    fn replace(&mut self, project: ProjectId, versions: Vec<Version>) {
        if versions.is_empty() {
            self.own.remove(&project);
        } else {
            self.own.insert(project, OwnModels::new(versions, self.operators.clone()));
        }
    }

    fn of(&self, project: &ProjectId) -> &OwnModels {
        self.own.get(project).unwrap_or(&self.general)
    }

    /// The models that a project has of its own.
    pub(super) fn today(&self, project: &ProjectId) -> impl Iterator<Item = &Arc<Model>> {
        self.of(project).today()
    }

    /// The models that any project has of its own.
    pub(super) fn every_own(&self) -> impl Iterator<Item = &Arc<Model>> {
        self.own.values().flat_map(OwnModels::today)
    }
}

impl Price for PriceBook {
    fn price(&self, project: &ProjectId, question: &PriceQuestion<'_>) -> Option<Priced> {
        let prices = self.read(|tables| tables.of(project).at(question.block).clone());
        prices.price(question)
    }
}
