//! The operator's prices in a data directory.

use std::fs;
use std::io::Write;
use std::path::Path;

use spanstone_engine::Engine;
use spanstone_engine::pricing::{litellm, read};
use spanstone_model::Timestamp;

use super::super::Failure;
use super::super::keys::with_engine;
use crate::config::{DataDirOptions, Environment};

/// The largest file that is read: ten times LiteLLM's.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Acts on the accounts and prices of a data directory.
pub(super) fn with_accounts(
    directory: DataDirOptions,
    environment: &Environment,
    act: impl FnOnce(&Engine) -> Result<(), Failure>,
) -> Result<(), Failure> {
    with_engine(directory, environment, act).map(|_| ())
}

pub(super) fn import(engine: &Engine, file: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let wrong = |error: String| Failure::Said(format!("{}: {error}", file.display()));
    let size = fs::metadata(file).map_err(|error| wrong(error.to_string()))?.len();
    if size > FILE_BYTES_MAX {
        return Err(wrong(format!("the file has {size} bytes, more than {FILE_BYTES_MAX}")));
    }
    let text = fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let (models, left_out) = if text.trim_start().starts_with('{') {
        let now: Timestamp = spanstone_engine::system_clock();
        let imported = litellm::read(&text, now).map_err(|error| wrong(error.to_string()))?;
        (imported.models, imported.left_out)
    } else {
        (read(&text).map_err(|error| wrong(error.to_string()))?, Vec::new())
    };
    if models.is_empty() {
        return Err(wrong("there is no model with a price in it".to_owned()));
    }
    engine.set_operators_models(&models)?;
    writeln!(out, "{} models go before those that are compiled in, from the next start on.", models.len())?;
    if !left_out.is_empty() {
        let some = left_out.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
        writeln!(out, "{} entries have no price for tokens and were left out: {some}, …", left_out.len())?;
    }
    writeln!(out, "What is stored keeps its cost; `spanstone prices reprice` asks for prices again.")?;
    Ok(())
}

pub(super) fn reset(engine: &Engine, out: &mut dyn Write) -> Result<(), Failure> {
    let count = engine.operators_models().len();
    engine.set_operators_models(&[])?;
    writeln!(out, "{count} models were taken out; those that are compiled in count from the next start on.")?;
    Ok(())
}
