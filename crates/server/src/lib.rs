//! Spanstone over HTTP: Langfuse's public API, OTLP (also over gRPC), the viewer and the API it speaks.
//!
//! Owns everything that is HTTP: routes, authentication of requests, limits on bodies, shapes of answers, status
//! codes. Refuses decisions about data: those are the engine's. The only crate that knows actix, h2 and tokio; work that
//! may wait runs on threads of its own, so that connections never do.

mod app;
mod auth;
mod call;
mod compress;
mod context;
mod error;
mod extract;
mod grpc;
mod headers;
mod mcp;
mod openapi;
mod params;
mod path;
mod render;
mod routes;
mod serve;
mod static_files;
mod traffic;

pub use openapi::document as openapi_document;
pub use serve::{Listening, ServeError, Settings, run, run_until};
