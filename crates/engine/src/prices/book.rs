//! The tables of prices in memory.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use parking_lot::{Mutex, RwLock};
use spanstone_model::{PriceLink, PriceQuestion, PriceTier, Priced, ProjectId, Text};
use spanstone_pricing::{AppliedTier, Model, PriceTable, Settings, builtin};
use spanstone_store::Price;

/// The models of one project, then everybody's.
#[derive(Debug)]
pub(crate) struct ProjectPrices {
    pub(crate) table: PriceTable,
    /// One for each entry and tier that applied, shared by all rows.
    links: Mutex<HashMap<EntryAndTier, Arc<PriceLink>>>,
}

/// The ids of an entry of the table and of the tier that applied.
type EntryAndTier = (Text, Option<Text>);

impl ProjectPrices {
    fn new(own: &[Arc<Model>], operators: &[Arc<Model>]) -> Self {
        let others = operators.iter().chain(builtin::models()).cloned();
        Self { table: PriceTable::new(own.iter().cloned(), others), links: Mutex::default() }
    }

    fn price(&self, question: &PriceQuestion<'_>) -> Option<Priced> {
        let PriceQuestion { model, usage, parameters, hints } = *question;
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
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// The operator's, which go before those that are compiled in.
    pub(crate) operators: Vec<Arc<Model>>,
    /// Those of projects that have some, by name.
    pub(crate) own: HashMap<ProjectId, Vec<Arc<Model>>>,
    /// The table of projects that have none; made when it is first asked for.
    general: Option<Arc<ProjectPrices>>,
    /// The tables of the others; made when they are first asked for.
    made: HashMap<ProjectId, Arc<ProjectPrices>>,
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

    /// Changes what a project has of its own.
    pub(crate) fn change<T, E>(
        &self,
        project: &ProjectId,
        change: impl FnOnce(&mut Vec<Arc<Model>>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut tables = self.tables().write();
        let mut own = tables.own.get(project).cloned().unwrap_or_default();
        let changed = change(&mut own)?;
        tables.made.remove(project);
        if own.is_empty() {
            tables.own.remove(project);
        } else {
            tables.own.insert(project.clone(), own);
        }
        Ok(changed)
    }

    /// The table of a project.
    pub(crate) fn of(&self, project: &ProjectId) -> Arc<ProjectPrices> {
        let tables = self.tables().read();
        let own = tables.own.get(project);
        let made = if own.is_some() { tables.made.get(project) } else { tables.general.as_ref() };
        if let Some(made) = made {
            return made.clone();
        }
        drop(tables);
        self.tables().write().make(project)
    }

    /// The table of a project, if conditions of it may ask the metadata. What is compiled in asks nothing.
    pub(crate) fn hinting(&self, project: &ProjectId) -> Option<Arc<ProjectPrices>> {
        let tables = self.tables().read();
        let plain = tables.own.is_empty() && tables.operators.is_empty();
        drop(tables);
        (!plain).then(|| self.of(project)).filter(|prices| !prices.table.hint_keys().is_empty())
    }
}

impl Tables {
    fn make(&mut self, project: &ProjectId) -> Arc<ProjectPrices> {
        match self.own.get(project) {
            Some(own) => {
                let make = || Arc::new(ProjectPrices::new(own, &self.operators));
                self.made.entry(project.clone()).or_insert_with(make).clone()
            }
            None => self.general.get_or_insert_with(|| Arc::new(ProjectPrices::new(&[], &self.operators))).clone(),
        }
    }
}

impl Price for PriceBook {
    fn price(&self, project: &ProjectId, question: &PriceQuestion<'_>) -> Option<Priced> {
        self.of(project).price(question)
    }
}
