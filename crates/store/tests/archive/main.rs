//! The archive behind the hot layers, as readers see it, beside an oracle that folds every event anew.

mod aging;
mod closing;
mod crash;
mod events;
mod fixtures;
mod flips;
mod input;
mod model;
mod offline;
mod oracle;
mod quiet;
mod reading;
mod retention;
#[path = "../tariff/mod.rs"]
mod tariff;
mod wire;
