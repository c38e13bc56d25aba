//! The hot set: how events fold into one layer, and how layers over layers read like one.

mod changes;
mod folding;
