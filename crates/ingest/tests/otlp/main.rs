//! OTLP requests as real clients sent them, and what becomes of them.

mod captures;
mod render;
