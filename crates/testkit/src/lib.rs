//! What the tests of Spanstone share: a disk that can crash, tear, flip and fail, and seeds that reproduce a failure.
//!
//! For tests only; nothing of the product may depend on it.

mod disk;
mod image;
mod seed;

pub use disk::{Fault, SimulatedDisk};
pub use image::Image;
pub use seed::{Seed, for_each_seed};
