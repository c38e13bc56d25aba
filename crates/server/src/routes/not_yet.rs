//! What Langfuse has and Spanstone does not have yet, at paths that exist.

use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Code, Failure};

const DELETION: &str = "deleting is not possible yet; nothing was deleted";

/// `DELETE /api/public/traces` and `/api/public/traces/{id}`
pub(crate) async fn delete_traces(call: Call) -> Answer {
    auth::project(&call)?;
    Err(Failure::new(Code::NotImplemented, DELETION))
}

/// `DELETE /api/public/scores/{id}`
pub(crate) async fn delete_score(call: Call) -> Answer {
    auth::project(&call)?;
    Err(Failure::new(Code::NotImplemented, DELETION))
}
