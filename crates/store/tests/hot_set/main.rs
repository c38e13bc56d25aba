//! The hot set: how events fold into one layer, and how layers over layers read like one.

mod archive;
mod changes;
mod deletions;
mod folding;
mod layers;
mod said;
mod snapshot;
mod stack;
#[path = "../tariff/mod.rs"]
mod tariff;
mod thawing;
