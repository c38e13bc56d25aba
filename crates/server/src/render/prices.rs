//! The prices of models, as they stand beside observations.

use std::cell::OnceCell;
use std::collections::HashMap;

use spanstone_engine::Engine;
use spanstone_engine::pricing::UnitPrice;
use spanstone_model::{Observation, ProjectId, Text};

/// What one unit of input, of output and of both together costs, as far as a model has such prices.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Prices {
    pub(crate) input: Option<UnitPrice>,
    pub(crate) output: Option<UnitPrice>,
    pub(crate) total: Option<UnitPrice>,
}

/// The prices of a project's models, read when the first of them is asked for.
pub(crate) struct ModelPrices<'e> {
    engine: &'e Engine,
    project: &'e ProjectId,
    by_id: OnceCell<HashMap<Text, Prices>>,
}

impl<'e> ModelPrices<'e> {
    /// The prices of a project's models.
    pub(crate) fn new(engine: &'e Engine, project: &'e ProjectId) -> Self {
        Self { engine, project, by_id: OnceCell::new() }
    }

    /// The default prices of the model that an observation matched. None when it matched none, or one that is gone.
    pub(crate) fn of(&self, observation: &Observation) -> Prices {
        let Some(link) = &observation.price else { return Prices::default() };
        self.by_id.get_or_init(|| self.read()).get(&link.model_id).copied().unwrap_or_default()
    }

    fn read(&self) -> HashMap<Text, Prices> {
        let models = self.engine.models(self.project).into_iter();
        let prices = models.filter_map(|listed| {
            let tier = listed.model.default_tier()?;
            let [input, output, total] = ["input", "output", "total"].map(|usage| tier.price(usage));
            Some((listed.model.id.clone(), Prices { input, output, total }))
        });
        prices.collect()
    }
}
