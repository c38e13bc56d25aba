//! Printing prices.

use std::io::Write;

use spanstone_engine::pricing::{Model, UnitPrice, write};

use super::super::Failure;
use super::{Found, List, models};
use crate::config::Environment;

/// The prices that most models have, and the names of types of usage that they go by.
const COLUMNS: [(&str, &[&str]); 4] = [
    ("input", &["input", "input_text_tokens", "input_text", "total"]),
    ("output", &["output", "output_text_tokens", "output_text"]),
    ("cache read", &["input_cached_tokens", "input_cache_read", "cache_read_input_tokens"]),
    ("cache write", &["input_cache_creation", "cache_creation_input_tokens"]),
];

pub(super) fn run(arguments: List, environment: &Environment, out: &mut dyn Write) -> Result<(), Failure> {
    let List { text, table, tables } = arguments;
    let wanted = text.unwrap_or_default().to_lowercase();
    let mut found = models(tables, environment)?;
    found.retain(|found| found.model.name.to_lowercase().contains(&wanted));
    if found.is_empty() {
        return Err(Failure::Said(format!("no model has `{wanted}` in its name")));
    }
    if table {
        write!(out, "{}", write(found.iter().map(|found| &*found.model)))?;
        return Ok(());
    }
    found.sort_by(|a, b| a.model.name.cmp(&b.model.name));
    let width = found.iter().map(|found| found.model.name.chars().count()).max().unwrap_or(0);
    write!(out, "{:width$}", "dollars for a million")?;
    for (title, _) in COLUMNS {
        write!(out, "  {title:>11}")?;
    }
    writeln!(out, "  tiers  from")?;
    for Found { model, origin } in &found {
        write!(out, "{:width$}", model.name)?;
        for (_, names) in COLUMNS {
            write!(out, "  {:>11}", price(model, names))?;
        }
        writeln!(out, "  {:>5}  {origin}", model.tiers.len())?;
    }
    Ok(())
}

fn price(model: &Model, names: &[&str]) -> String {
    let tier = model.default_tier();
    let price = tier.and_then(|tier| names.iter().find_map(|name| tier.price(name)));
    price.map_or_else(|| "–".to_owned(), UnitPrice::per_million)
}
