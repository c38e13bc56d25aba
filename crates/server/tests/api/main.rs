//! The API over a real engine, a real socket and a fixed clock.

mod access;
mod deleting;
mod described;
mod documents;
mod experiments;
mod fixtures;
mod grpc;
mod harness;
mod hostile;
mod mcp;
mod media;
mod metrics;
mod models;
mod own;
mod reading;
mod refusing;
mod viewer;
mod writing;
