//! Every limit on what comes from outside, with its name, its unit and its default.

/// The limits on requests, on the store and on answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The largest body of `POST /api/public/ingestion`, in bytes. Langfuse's own limit is 4.5 MB; SDKs stop at 2.5.
    pub batch_body_bytes_max: usize,
    /// The largest body of an OTLP request, in bytes, after inflating it. Langfuse has none; the largest exporter
    /// (Python SDK 5) sends up to 64 MiB.
    pub otlp_body_bytes_max: usize,
    /// The most attributes and other values in one OTLP request, where a span counts for twenty: each costs memory,
    /// however few bytes it takes on the wire.
    pub otlp_values_max: usize,
    /// The largest body of every other request, in bytes.
    pub other_body_bytes_max: usize,
    /// How many bytes of request bodies may be in memory at once; more waits, then gets 503 with Retry-After.
    pub inflight_body_bytes_max: usize,
    /// The most events in one batch.
    pub batch_events_max: usize,
    /// The most bytes of request bodies in one journal block.
    pub journal_block_bytes_max: usize,
    /// How many bytes of memory the folded rows may take, by estimate: half of them for what is being written, half for
    /// what is being sealed meanwhile. When sealing cannot keep up, writes are refused with 503 and Retry-After.
    pub hot_bytes_max: usize,
    /// How many bytes of the disk are set aside, so that deleting works when it is full.
    pub reserve_bytes: u64,
    /// The most rows of a page (Langfuse's own limit).
    pub page_rows_max: u32,
    /// The most rows of a page of `GET /api/public/v2/observations` (Langfuse's own limit).
    pub observations_v2_rows_max: u32,
    /// The most observations that `GET /api/public/traces/{id}` gives with their payloads.
    pub trace_observations_max: usize,
    /// How many bytes of decoded requests are kept to answer reads of payloads.
    pub payload_cache_bytes_max: usize,
    /// The most traces that one request may name to be deleted (Langfuse's own limit).
    pub deleted_traces_max: usize,
    /// The most traces of a session that can be deleted at once.
    pub deleted_session_traces_max: usize,
    /// The largest medium that may be uploaded, in bytes (Langfuse's own limit).
    pub media_bytes_max: u64,
    /// The most comments of a project: what finds each is in memory.
    pub comments_max: usize,
    /// The most score configurations of a project: all of them are in memory.
    pub score_configs_max: usize,
    /// How long a query may take, in seconds.
    pub query_seconds_max: u64,
    /// How many conditions a filter may have.
    pub filter_conditions_max: usize,
    /// How many models a project may bring itself.
    pub project_models_max: usize,
    /// How many bytes of an input or an output tokens are counted of; in a longer one they are not counted at all.
    pub counted_bytes_max: usize,
    /// How many dimensions and metrics together a question about metrics may have.
    pub metrics_columns_max: usize,
    /// The most rows of a page of what a search finds.
    pub search_rows_max: u32,
    /// The longest text to search for, in bytes.
    pub search_bytes_max: usize,
}

const MIB: usize = 1024 * 1024;

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch_body_bytes_max: 4_500_000,
            otlp_body_bytes_max: 64 * MIB,
            otlp_values_max: 4_000_000,
            other_body_bytes_max: MIB,
            inflight_body_bytes_max: 128 * MIB,
            batch_events_max: 50_000,
            journal_block_bytes_max: 8 * MIB,
            hot_bytes_max: 64 * MIB,
            reserve_bytes: 8 * 1024 * 1024,
            page_rows_max: 100,
            observations_v2_rows_max: 1_000,
            trace_observations_max: 100_000,
            payload_cache_bytes_max: 16 * MIB,
            deleted_traces_max: 1_000,
            deleted_session_traces_max: 100_000,
            media_bytes_max: 1_000_000_000,
            comments_max: 100_000,
            score_configs_max: 1_000,
            query_seconds_max: 30,
            filter_conditions_max: 100,
            project_models_max: 1_000,
            counted_bytes_max: 4 * MIB,
            metrics_columns_max: 50,
            search_rows_max: 1_000,
            search_bytes_max: 1_000,
        }
    }
}
