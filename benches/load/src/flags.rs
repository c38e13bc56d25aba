//! `--name value` pairs.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use crate::Failure;

/// The flags that were given and not yet taken.
#[derive(Debug)]
pub(crate) struct Flags(BTreeMap<String, String>);

impl Flags {
    /// Reads pairs.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut arguments = arguments;
        let mut flags = BTreeMap::new();
        while let Some(argument) = arguments.next() {
            let name = argument.strip_prefix("--").ok_or(format!("`{argument}` is no --flag"))?;
            let value = arguments.next().ok_or(format!("--{name} needs a value"))?;
            flags.insert(name.to_owned(), value);
        }
        Ok(Self(flags))
    }

    /// Takes a flag that may be absent.
    pub(crate) fn take<T>(&mut self, name: &str) -> Result<Option<T>, Failure>
    where
        T: FromStr,
        T::Err: Display,
    {
        let Some(text) = self.0.remove(name) else {
            return Ok(None);
        };
        let value = text.parse().map_err(|error| format!("--{name} `{text}`: {error}"))?;
        Ok(Some(value))
    }

    /// Whether a flag was given and not yet taken.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Takes a flag that must be there.
    pub(crate) fn require<T>(&mut self, name: &str) -> Result<T, Failure>
    where
        T: FromStr,
        T::Err: Display,
    {
        Ok(self.take(name)?.ok_or(format!("--{name} is needed"))?)
    }

    /// Fails when flags are left that no one took.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        match self.0.keys().next() {
            Some(name) => Err(format!("this mode does not know --{name}").into()),
            None => Ok(()),
        }
    }
}
