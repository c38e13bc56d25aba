//! A model and what it costs.
//!
//! Owns an entry of the price table: how a name is recognised, and its tiers of prices.

use spanstone_model::{Text, Timestamp};

use crate::condition::{Condition, Settings};
use crate::pattern::Pattern;
use crate::quantity::Quantities;
use crate::unit_price::UnitPrice;

/// An entry of the price table.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its id, unique within a table.
    pub id: Text,
    /// Its name, for people.
    pub name: Text,
    /// What names of models it stands for.
    pub pattern: Pattern,
    /// From when on: of several entries that match, the latest counts.
    pub start_date: Option<Timestamp>,
    /// What one unit of usage is: `TOKENS`.
    pub unit: Option<Text>,
    /// Which tokenizer counts for it: `openai` or `claude`.
    pub tokenizer: Option<Text>,
    /// How it counts: a JSON value in compact form.
    pub tokenizer_config: Option<Text>,
    /// When the entry was made.
    pub created_at: Timestamp,
    /// Its tiers, the default one among them, sorted by priority.
    pub tiers: Vec<Tier>,
}

/// Prices that apply under conditions.
#[derive(Debug, Clone, PartialEq)]
pub struct Tier {
    /// Its id.
    pub id: Text,
    /// Its name.
    pub name: Text,
    /// Of several that apply the lowest counts; 0 is the default tier, which applies when no other does.
    pub priority: u32,
    /// What must hold, all of it.
    pub conditions: Vec<Condition>,
    /// What one unit costs, by type of usage.
    pub prices: Vec<(Text, UnitPrice)>,
}

impl Tier {
    /// Whether it applies when no other does.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.priority == 0
    }

    /// What one unit of exactly this type costs.
    #[must_use]
    pub fn price(&self, usage: &str) -> Option<UnitPrice> {
        self.prices.iter().find(|(key, _)| &**key == usage).map(|(_, price)| *price)
    }

    /// What was found for each condition, when all of them hold.
    fn holds(&self, quantities: &Quantities<'_>, settings: &Settings<'_>) -> Option<Vec<Decision>> {
        let decide = |condition: &Condition| {
            let found = condition.holds(quantities, settings)?;
            Some(Decision { condition: condition.to_string(), found })
        };
        self.conditions.iter().map(decide).collect()
    }
}

/// A condition that held, and what it was compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The condition, for people.
    pub condition: String,
    /// What was found.
    pub found: String,
}

impl Model {
    /// The tier that applies when no other does.
    #[must_use]
    pub fn default_tier(&self) -> Option<&Tier> {
        self.tiers.iter().find(|tier| tier.is_default())
    }

    /// The tier that applies, with what decided.
    pub(crate) fn tier(&self, quantities: &Quantities<'_>, settings: &Settings<'_>) -> Option<(&Tier, Vec<Decision>)> {
        let special = self.tiers.iter().filter(|tier| !tier.is_default());
        let mut holding = special.filter_map(|tier| Some((tier, tier.holds(quantities, settings)?)));
        holding.next().or_else(|| Some((self.default_tier()?, Vec::new())))
    }
}
