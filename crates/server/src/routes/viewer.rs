//! Our own API, which the viewer speaks.

pub(crate) mod observations;
pub(crate) mod session;
pub(crate) mod skeletons;
pub(crate) mod traces;
