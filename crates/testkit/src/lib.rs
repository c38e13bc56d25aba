//! What the tests of Spanstone share: a disk and a folder that can crash, tear, flip and fail, and seeds that reproduce a failure.
//!
//! For tests only; nothing of the product may depend on it.

mod disk;
mod file;
mod folder;
mod image;
mod schedule;
mod seed;

pub use disk::SimulatedDisk;
pub use folder::{Images, SimulatedFolder};
pub use image::Image;
pub use schedule::Fault;
pub use seed::{Seed, for_each_seed};
