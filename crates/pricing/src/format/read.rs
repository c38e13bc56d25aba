//! Text to models.

use spanstone_model::{Text, Timestamp};

use super::settings;
use super::word::words;
use crate::condition::{Condition, Operator, SettingCondition, Source, UsageCondition};
use crate::model::{Model, Tier};
use crate::pattern::Pattern;
use crate::unit_price::UnitPrice;

/// Why a text is no price table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct FormatError {
    /// The line, the first is 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

/// Reads models.
///
/// # Errors
/// Fails at the first line that is not understood, and when a model lacks its id, pattern or default tier.
pub fn read(text: &str) -> Result<Vec<Model>, FormatError> {
    Reader { check_patterns: true, ..Reader::default() }.read(text)
}

/// Reads models whose patterns were checked before.
pub(crate) fn read_trusted(text: &str) -> Result<Vec<Model>, FormatError> {
    Reader::default().read(text)
}

#[derive(Default)]
struct Reader {
    check_patterns: bool,
    models: Vec<Model>,
    /// The model that is being read.
    draft: Option<Draft>,
}

struct Draft {
    name: Text,
    id: Option<Text>,
    pattern: Option<Pattern>,
    start_date: Option<Timestamp>,
    unit: Option<Text>,
    tokenizer: Option<Text>,
    tokenizer_config: Option<Text>,
    created_at: Timestamp,
    tiers: Vec<Tier>,
}

/// What went wrong in a line.
type What = String;

impl Reader {
    fn read(mut self, text: &str) -> Result<Vec<Model>, FormatError> {
        let mut last = 0;
        for (place, line) in text.lines().enumerate() {
            last = place + 1;
            if !line.trim_start().starts_with('#') {
                self.line(line).map_err(|what| FormatError { line: last, what })?;
            }
        }
        self.end_of_model().map_err(|what| FormatError { line: last, what })?;
        Ok(self.models)
    }

    fn line(&mut self, line: &str) -> Result<(), What> {
        let words = words(line).ok_or("a quoted word is not a JSON string")?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let Some((first, rest)) = words.split_first() else {
            return Ok(());
        };
        if *first == "model" {
            self.end_of_model()?;
            self.draft = Some(Draft::new(one(rest)?));
            return Ok(());
        }
        let check_patterns = self.check_patterns;
        let draft = self.draft.as_mut().ok_or("the first line of a model is `model NAME`")?;
        match *first {
            "id" => draft.id = Some(one(rest)?.into()),
            "match" => draft.pattern = Some(pattern(one(rest)?, check_patterns)?),
            "from" => draft.start_date = Some(timestamp(one(rest)?)?),
            "created" => draft.created_at = timestamp(one(rest)?)?,
            "unit" => draft.unit = Some(one(rest)?.into()),
            "count" => draft.count(rest)?,
            "count/json" => draft.count_as(rest)?,
            "tier" => draft.tier(rest)?,
            "when" => {
                let condition = condition(rest, check_patterns)?;
                draft.last_tier()?.conditions.push(condition);
            }
            price => draft.price(price, rest)?,
        }
        Ok(())
    }

    fn end_of_model(&mut self) -> Result<(), What> {
        if let Some(draft) = self.draft.take() {
            let model = draft.finish()?;
            self.models.push(model);
        }
        Ok(())
    }
}

impl Draft {
    fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            id: None,
            pattern: None,
            start_date: None,
            unit: None,
            tokenizer: None,
            tokenizer_config: None,
            created_at: Timestamp::from_micros(0),
            tiers: Vec::new(),
        }
    }

    fn count(&mut self, words: &[&str]) -> Result<(), What> {
        let (tokenizer, settings) = words.split_first().ok_or("`count` is followed by the name of a tokenizer")?;
        self.tokenizer = Some(Text::from(*tokenizer));
        self.tokenizer_config = match settings {
            [] => None,
            [model] => Some(Text::from(settings::of_model(model))),
            [model, per_message, per_name] => {
                let number = |text: &str| text.parse::<i64>().map_err(|_| format!("`{text}` is no whole number"));
                Some(Text::from(settings::of_chat(model, number(per_message)?, number(per_name)?)))
            }
            _ => return Err("a tokenizer has a model, and with it tokens per message and per name".to_owned()),
        };
        Ok(())
    }

    /// Settings of a tokenizer in another form than ours.
    fn count_as(&mut self, words: &[&str]) -> Result<(), What> {
        let [tokenizer, settings] = words else {
            return Err("`count/json` has the name of a tokenizer and its settings".to_owned());
        };
        self.tokenizer = Some(*tokenizer).filter(|name| !name.is_empty()).map(Text::from);
        self.tokenizer_config = Some(Text::from(*settings));
        Ok(())
    }

    fn tier(&mut self, words: &[&str]) -> Result<(), What> {
        let [priority, name, id] = words else {
            return Err("`tier` has a priority, a name and an id".to_owned());
        };
        let priority = priority.parse().map_err(|_| format!("`{priority}` is no priority: a whole number"))?;
        if self.tiers.iter().any(|tier| tier.priority >= priority) {
            return Err(format!("the priority {priority} does not rise: tiers are sorted by it, the first is 0"));
        }
        let (conditions, prices) = (Vec::new(), Vec::new());
        self.tiers.push(Tier { id: (*id).into(), name: (*name).into(), priority, conditions, prices });
        Ok(())
    }

    fn last_tier(&mut self) -> Result<&mut Tier, What> {
        self.tiers.last_mut().ok_or_else(|| "conditions and prices come after a `tier`".to_owned())
    }

    fn price(&mut self, price: &str, names: &[&str]) -> Result<(), What> {
        let price = UnitPrice::parse_per_million(price).map_err(|error| format!("`{price}` {error}"))?;
        if names.is_empty() {
            return Err("a price is followed by the types of usage that have it".to_owned());
        }
        let tier = self.last_tier()?;
        for name in names {
            if tier.price(name).is_some() {
                return Err(format!("`{name}` has two prices"));
            }
            tier.prices.push(((*name).into(), price));
        }
        Ok(())
    }

    fn finish(self) -> Result<Model, What> {
        let Self { name, id, pattern, start_date, unit, tokenizer, tokenizer_config, created_at, tiers } = self;
        let lacks = |what: &str| format!("the model `{name}` has no {what}");
        let id = id.ok_or_else(|| lacks("`id`"))?;
        let pattern = pattern.ok_or_else(|| lacks("`match`"))?;
        match tiers.first() {
            Some(tier) if tier.is_default() && tier.conditions.is_empty() => {}
            _ => return Err(lacks("`tier 0` without conditions")),
        }
        if tiers.iter().skip(1).any(|tier| tier.conditions.is_empty()) {
            return Err(format!("a tier of the model `{name}` besides the first has no condition"));
        }
        Ok(Model { id, name, pattern, start_date, unit, tokenizer, tokenizer_config, created_at, tiers })
    }
}

fn one<'w>(words: &[&'w str]) -> Result<&'w str, What> {
    match words {
        [word] => Ok(word),
        _ => Err("one word is expected; one with blanks is put in quotes".to_owned()),
    }
}

fn timestamp(text: &str) -> Result<Timestamp, What> {
    Timestamp::parse(text).map_err(|_| format!("`{text}` is no time such as 2026-01-31T00:00:00Z"))
}

fn pattern(text: &str, check: bool) -> Result<Pattern, What> {
    if check {
        Pattern::parse(text).map_err(|error| format!("the pattern `{text}` {error}"))
    } else {
        Ok(Pattern::trusted(text))
    }
}

fn condition(words: &[&str], check: bool) -> Result<Condition, What> {
    match words {
        [kind @ ("usage" | "usage/case"), text, sign, value] => {
            let case_sensitive = *kind == "usage/case";
            let operator = Operator::ALL.into_iter().find(|(.., known)| known == sign);
            let (operator, ..) = operator.ok_or_else(|| format!("`{sign}` is no comparison: > >= < <= = !="))?;
            let value = value.parse().map_err(|_| format!("`{value}` is no whole number"))?;
            let pattern = if case_sensitive {
                pattern(text, check)?
            } else {
                Pattern::parse_case_insensitive(text).map_err(|error| format!("the pattern `{text}` {error}"))?
            };
            Ok(Condition::Usage(UsageCondition { pattern, case_sensitive, operator, value }))
        }
        [source, key, values @ ..] if !values.is_empty() => {
            let known = [Source::ModelParameters, Source::Metadata].into_iter().find(|known| known.name() == *source);
            let source = known.ok_or_else(|| format!("`{source}` is no source: usage, model_parameters, metadata"))?;
            let values = values.iter().map(|value| Text::from(*value)).collect();
            Ok(Condition::Setting(SettingCondition { source, key: (*key).into(), values }))
        }
        _ => Err("a condition is `when usage PATTERN > NUMBER` or `when model_parameters KEY VALUE…`".to_owned()),
    }
}
