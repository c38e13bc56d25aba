//! The ledger as its users see it, on guarded simulated disks.

mod archive;
mod archive_crash;
mod archive_damage;
mod crash;
mod damage;
mod fixtures;
mod model;
mod oracle;
mod upgrade;
