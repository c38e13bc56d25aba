//! The models that a project has and had.
//!
//! Owns from which block of the journal on each of them counts, so that what is replayed after a start costs what it cost
//! when it arrived. A model that is no more stays known until the journal has no entries from before. Refuses to write.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use spanstone_model::{ProjectId, Text};
use spanstone_pricing::{Model, PriceTable, builtin};
use spanstone_store::{DocumentChange, DocumentKind};

use super::book::ProjectPrices;
use crate::EngineError;
use crate::documents::{delete, put};

/// A model, and the entries that it prices.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) model: Arc<Model>,
    /// The first block of the journal whose entries it prices.
    pub(crate) from: u64,
    /// The first one whose entries it prices no more; nothing while it counts.
    pub(crate) until: Option<u64>,
}

/// A version as stored.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct VersionDocument {
    pub(super) project: ProjectId,
    /// One block of the price table's format.
    pub(super) model: String,
    /// See [`Version`]; those who wrote none had a model count for the whole journal.
    #[serde(default)]
    pub(super) from: u64,
    #[serde(default)]
    pub(super) until: Option<u64>,
}

impl Version {
    fn counts_at(&self, block: u64) -> bool {
        self.from <= block && self.until.is_none_or(|until| block < until)
    }

    /// Which document it is. A model has several versions of the past, each until another block.
    fn document(&self) -> (DocumentKind, String) {
        match self.until {
            None => (DocumentKind::Model, self.model.id.to_string()),
            Some(until) => (DocumentKind::PastModel, format!("{}\n{until}", self.model.id)),
        }
    }

    fn put(&self, project: &ProjectId) -> Result<DocumentChange, EngineError> {
        let model = spanstone_pricing::write([&*self.model]);
        let document = VersionDocument { project: project.clone(), model, from: self.from, until: self.until };
        let (kind, id) = self.document();
        put(kind, &id, &document)
    }

    fn delete(&self) -> DocumentChange {
        let (kind, id) = self.document();
        delete(kind, &id)
    }
}

/// What a change of a project's models comes to.
#[derive(Debug)]
pub(super) struct Changed {
    /// The versions that are known after it.
    pub(super) versions: Vec<Version>,
    /// What has to be written for it.
    pub(super) documents: Vec<DocumentChange>,
}

/// The models of one project, which go before the operator's and those that are compiled in.
#[derive(Debug)]
pub(crate) struct OwnModels {
    versions: Vec<Version>,
    operators: Arc<[Arc<Model>]>,
    /// Ascending; the first from the beginning on.
    states: Vec<State>,
    /// The keys of the metadata that conditions of any version ask for. What is compiled in asks for none.
    hint_keys: Arc<[Text]>,
}

/// The table from a block on; made when it is first asked for.
#[derive(Debug)]
struct State {
    from: u64,
    prices: OnceLock<Arc<ProjectPrices>>,
}

impl OwnModels {
    pub(super) fn new(mut versions: Vec<Version>, operators: Arc<[Arc<Model>]>) -> Self {
        versions
            .sort_by(|a, b| (a.model.created_at, &a.model.id, a.from).cmp(&(b.model.created_at, &b.model.id, b.from)));
        let changes = versions.iter().flat_map(|version| [Some(version.from), version.until]).flatten();
        let mut changes: Vec<u64> = changes.chain([0]).collect();
        changes.sort_unstable();
        changes.dedup();
        let states = changes.into_iter().map(|from| State { from, prices: OnceLock::new() }).collect();
        let models = versions.iter().map(|version| version.model.clone());
        let hint_keys = PriceTable::new(models, operators.iter().cloned()).hint_keys().into();
        Self { versions, operators, states, hint_keys }
    }

    /// The models that it has.
    pub(crate) fn today(&self) -> impl Iterator<Item = &Arc<Model>> {
        self.versions.iter().filter(|version| version.until.is_none()).map(|version| &version.model)
    }

    pub(super) fn hint_keys(&self) -> Arc<[Text]> {
        self.hint_keys.clone()
    }

    /// The prices for the entries of a block.
    pub(super) fn at(&self, block: u64) -> &Arc<ProjectPrices> {
        let past = self.states.partition_point(|state| state.from <= block);
        let State { from, prices } = &self.states[past.saturating_sub(1)];
        prices.get_or_init(|| {
            let own = self.versions.iter().filter(|version| version.counts_at(*from));
            let others = self.operators.iter().chain(builtin::models()).cloned();
            Arc::new(ProjectPrices::new(PriceTable::new(own.map(|version| version.model.clone()), others)))
        })
    }

    /// The versions after a model was put in the place of the one of its id, or taken away when there is none to put; and
    /// what has to be written for it. `journal` are the blocks that hold entries which were not sealed yet: the next one
    /// is the first that knows the change.
    pub(super) fn changed(
        &self,
        project: &ProjectId,
        id: &str,
        model: Option<Arc<Model>>,
        journal: Range<u64>,
    ) -> Result<Changed, EngineError> {
        let Range { start: first, end: next } = journal;
        let (mut versions, mut documents) = (Vec::new(), Vec::new());
        for version in &self.versions {
            let is_replaced = version.until.is_none() && &*version.model.id == id;
            let mut version = version.clone();
            if is_replaced {
                documents.push(version.delete());
                version.until = Some(next);
            }
            // It is still asked for when it priced entries that are in the journal.
            let is_asked_for = version.until.is_none_or(|until| until > version.from.max(first));
            match (is_replaced, is_asked_for) {
                (true, true) => documents.push(version.put(project)?),
                (false, false) => documents.push(version.delete()),
                (true, false) | (false, true) => {}
            }
            if is_asked_for {
                versions.push(version);
            }
        }
        if let Some(model) = model {
            let version = Version { model, from: next, until: None };
            documents.push(version.put(project)?);
            versions.push(version);
        }
        Ok(Changed { versions, documents })
    }

    /// The same after all of them went, those that are no more among them.
    pub(super) fn removed(&self) -> Changed {
        Changed { versions: Vec::new(), documents: self.versions.iter().map(Version::delete).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is known and stored after `changed` was asked with `model` and the journal, one after the other.
    fn after(changes: &[(Option<&str>, Range<u64>)]) -> (Vec<(u64, Option<u64>)>, Vec<String>) {
        let project = ProjectId::from_wire("p");
        let (mut versions, mut stored) = (Vec::new(), std::collections::BTreeSet::new());
        for (price, journal) in changes {
            let own = OwnModels::new(versions, Arc::default());
            let model = price.map(|price| {
                let text = format!("model m\nid m\nmatch ^m$\ntier 0 Standard t\n{price} input\n");
                Arc::new(spanstone_pricing::read(&text).expect("a model").remove(0))
            });
            let changed = own.changed(&project, "m", model, journal.clone()).expect("it can be written");
            for change in changed.documents {
                match change {
                    DocumentChange::Delete { kind, id } => {
                        assert!(stored.remove(&(kind, id.clone())), "{id:?} is not there");
                    }
                    DocumentChange::Put { kind, id, .. } => {
                        assert!(stored.insert((kind, id.clone())), "{id:?} is there already");
                    }
                    DocumentChange::Create { .. } => unreachable!("versions are put"),
                }
            }
            versions = changed.versions;
        }
        let known = versions.iter().map(|version| (version.from, version.until)).collect();
        (known, stored.into_iter().map(|(_, id)| id).collect())
    }

    #[test]
    fn a_model_that_is_replaced_stays_known_for_the_blocks_that_it_priced() {
        let (known, stored) = after(&[(Some("1"), 1..5), (Some("2"), 1..8)]);
        assert_eq!(known, [(5, Some(8)), (8, None)]);
        assert_eq!(stored, ["m", "m\n8"]);
    }

    #[test]
    fn a_model_that_priced_nothing_is_not_kept() {
        let (known, stored) = after(&[(Some("1"), 1..5), (Some("2"), 1..5), (Some("3"), 1..5)]);
        assert_eq!(known, [(5, None)]);
        assert_eq!(stored, ["m"]);
        assert_eq!(after(&[(Some("1"), 1..5), (None, 5..5)]), (vec![], vec![]));
    }

    #[test]
    fn what_priced_only_what_is_sealed_by_now_is_forgotten_with_the_next_change() {
        let changes = [(Some("1"), 1..5), (Some("2"), 1..8), (Some("3"), 8..9), (None, 20..20)];
        assert_eq!(after(&changes[..3]).0, [(8, Some(9)), (9, None)]);
        assert_eq!(after(&changes), (vec![], vec![]));
    }
}
