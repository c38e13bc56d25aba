//! Questions about traces, observations, scores and sessions, answered over a view of the store.
//!
//! Owns the filter language, orders, pages and cursors, and the sums over a trace. Refuses payloads (whoever asks
//! reads those afterwards, for the rows of the page only), HTTP, and the clock.

pub mod filter;
pub mod observations;
pub mod page;
pub mod scores;
pub mod sessions;
pub mod traces;

pub use filter::{Column, Comparison, Condition, Filter, FilterError, Table, Test, TextMatch};
pub use observations::{ObservationCursor, ObservationQuery, ObservationRow};
pub use page::{CursorPage, Direction, Page, PageRequest};
pub use scores::{ScoreCursor, ScoreQuery, ScoreRow};
pub use sessions::SessionQuery;
pub use traces::{TraceCursor, TraceOrder, TraceQuery, TraceRow, TraceStats};
