//! Questions about traces, observations, scores and sessions, answered over what is in memory and what is sealed.
//!
//! Owns the filter language, orders, pages and cursors. A question is answered in two steps: `look` collects, under the
//! store's lock, what memory has to say, and `finish` reads the segments without it. Refuses the journal (whoever asks
//! reads payloads from there, for the rows of the page only) and HTTP.

mod contents;
pub mod daily;
mod error;
pub mod experiments;
pub mod facets;
pub mod filter;
pub mod metrics;
pub mod observations;
pub mod page;
pub mod scores;
mod sealed;
pub mod search;
pub mod sessions;
mod top;
pub mod traces;
pub mod users;
mod watch;

pub use contents::Contents;
pub use daily::{DailyQuery, DailyScope, Rollups};
pub use error::QueryError;
pub use filter::{Column, Comparison, Condition, Filter, FilterError, Table, Test, TextMatch};
pub use observations::{ObservationCursor, ObservationQuery, ObservationRow, ObservationSearch};
pub use page::{CursorPage, Direction, Page, PageRequest};
pub use scores::{Placements, ScoreCursor, ScoreQuery, ScoreRow, ScoreSearch};
pub use search::{Field, Hit, HitId, SearchCursor, Snippet, TextSearch};
pub use sessions::SessionQuery;
pub use top::OFFSET_MAX;
pub use traces::{TraceCursor, TraceOrder, TraceParts, TraceQuery, TraceRow, TraceSearch};
pub use users::{UserOrder, UserQuery, UserRow};
pub use watch::{Waiting, Watch};
