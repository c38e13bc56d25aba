//! Trying a name against the tables.

use std::collections::BTreeMap;
use std::io::Write;

use spanstone_engine::pricing::{Explanation, PriceTable, Reason, Settings};
use spanstone_model::{Text, UsageDetails};

use super::super::Failure;
use super::{Test, models};
use crate::config::Environment;

pub(super) fn run(arguments: Test, environment: &Environment, out: &mut dyn Write) -> Result<(), Failure> {
    let Test { model: name, usage, parameters, tables } = arguments;
    let usage = usage.as_deref().map(read_usage).transpose()?.unwrap_or_default();
    if let Some(parameters) = &parameters {
        let read: Result<BTreeMap<String, serde_json::Value>, _> = serde_json::from_str(parameters);
        read.map_err(|error| Failure::Said(format!("--parameters is not a JSON object: {error}")))?;
    }
    let found = models(tables, environment)?;
    let is_own = |origin: &str| origin == "project";
    let own = found.iter().filter(|found| is_own(found.origin)).map(|found| found.model.clone());
    let others = found.iter().filter(|found| !is_own(found.origin)).map(|found| found.model.clone());
    let table = PriceTable::new(own, others);
    let settings = Settings { parameters: parameters.as_deref(), metadata: &[] };
    let Some(explanation) = table.explain(&name, &usage.with_total(), &settings) else {
        return Err(Failure::Said(format!("no model has a pattern that `{name}` matches; its cost would be unknown")));
    };
    let model = &explanation.model;
    let same = |found: &&super::Found| std::sync::Arc::ptr_eq(&found.model, model);
    let origin = found.iter().find(same).map_or("", |found| found.origin);
    writeln!(out, "{name} is {} ({origin}, id {})", model.name, model.id)?;
    writeln!(out, "  by the pattern {}", model.pattern.as_str())?;
    explain(&explanation, out)
}

fn read_usage(text: &str) -> Result<UsageDetails, Failure> {
    let read: Result<BTreeMap<String, u64>, _> = serde_json::from_str(text);
    let read =
        read.map_err(|error| Failure::Said(format!("--usage is not a JSON object of whole numbers: {error}")))?;
    Ok(UsageDetails::new(read.into_iter().map(|(name, units)| (Text::from(name), units))))
}

fn explain(explanation: &Explanation, out: &mut dyn Write) -> Result<(), Failure> {
    let Some(tier) = &explanation.tier else {
        for tier in &explanation.model.tiers {
            let when: Vec<String> = tier.conditions.iter().map(ToString::to_string).collect();
            let when = if when.is_empty() { String::new() } else { format!(" when {}", when.join(" and ")) };
            writeln!(out, "  {}{when}", tier.name)?;
            for (usage, price) in &tier.prices {
                writeln!(out, "    {usage}: ${} a million", price.per_million())?;
            }
        }
        return Ok(());
    };
    write!(out, "  at the prices {}", tier.name)?;
    for decision in &tier.decided_by {
        write!(out, ", because {} ({})", decision.condition, decision.found)?;
    }
    writeln!(out)?;
    for part in &explanation.parts {
        let of = if part.price_of == part.usage { String::new() } else { format!(" (the price of {})", part.price_of) };
        let (units, price) = (part.units, part.price);
        writeln!(out, "    {}: {units} × ${price}{of} = ${}", part.usage, dollars(part.cost))?;
    }
    for uncharged in &explanation.uncharged {
        let why = match &uncharged.reason {
            Reason::NoPrice => "has no price".to_owned(),
            Reason::CountedAs(name) => format!("counted as {name}"),
            Reason::PartOfTotal => "part of the total".to_owned(),
        };
        writeln!(out, "    {}: {} {why}", uncharged.usage, uncharged.units)?;
    }
    let total = explanation.total.map_or_else(|| "unknown".to_owned(), |total| format!("${}", dollars(total)));
    writeln!(out, "  cost: {total}")?;
    Ok(())
}

/// Every digit of an amount, without zeros at its end.
fn dollars(cost: spanstone_model::Cost) -> String {
    let pico = cost.picodollars();
    let (whole, fraction) = (pico / 1_000_000_000_000, pico % 1_000_000_000_000);
    let text = format!("{whole}.{fraction:012}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(model: &str, usage: Option<&str>, parameters: Option<&str>) -> Result<String, String> {
        let tables = super::super::Tables { data_dir: None, project: None };
        let [usage, parameters] = [usage, parameters].map(|text| text.map(str::to_owned));
        let test = Test { model: model.to_owned(), usage, parameters, tables };
        let mut out = Vec::new();
        let ran = run(test, &Environment::default(), &mut out);
        ran.map(|()| String::from_utf8(out).expect("text")).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_call_is_priced_and_every_part_of_it_is_shown() {
        let text = tried(
            "openai/o3",
            Some(r#"{"input":75,"reasoning_tokens":1024,"pages":2}"#),
            Some(r#"{"service_tier":"flex"}"#),
        );
        let text = text.expect("a model of the table");
        for line in [
            "openai/o3 is o3 (built in, id cm7wmny967124dhjtb95w8f81)",
            "at the prices Flex, because model_parameters service_tier in flex (flex)",
            "input: 75 × $0.000001 = $0.000075",
            "reasoning_tokens: 1024 × $0.000004 = $0.004096",
            "pages: 2 has no price",
            "cost: $0.004171",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        let text = tried("gpt-4o", None, None).expect("a model of the table");
        assert!(text.contains("Fast mode when model_parameters service_tier in fast, priority"), "{text}");
    }

    #[test]
    fn what_cannot_be_tried_is_said() {
        for (model, usage, parameters, words) in [
            ("nobody", None, None, "no model has a pattern that `nobody` matches"),
            ("gpt-4o", Some("[]"), None, "--usage is not a JSON object of whole numbers"),
            ("gpt-4o", Some(r#"{"input":-1}"#), None, "--usage is not a JSON object of whole numbers"),
            ("gpt-4o", None, Some("1"), "--parameters is not a JSON object"),
        ] {
            let error = tried(model, usage, parameters).expect_err("it cannot be tried");
            assert!(error.contains(words), "{error}");
        }
    }
}
