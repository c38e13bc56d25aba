//! The ledger as its users see it, on guarded simulated disks.

mod crash;
mod damage;
mod fixtures;
mod model;
