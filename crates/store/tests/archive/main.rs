//! The archive behind the hot layers, as readers see it, beside an oracle that folds every event anew.

mod events;
mod fixtures;
mod model;
mod oracle;
mod reading;
mod wire;
