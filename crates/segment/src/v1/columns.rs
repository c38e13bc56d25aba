//! The names of the columns, by table. How each is encoded is in docs/ON_DISK_FORMAT.md, section "Segment".
//!
//! What a scan gives for a column follows from its group:
//!
//! | group | Arrow type |
//! |---|---|
//! | ids: `id`, `root_id` | `Utf8` |
//! | text, and ids of something else (`parent_id`, `user_id`, `trace_id` of a score, …) | `Dictionary(Int32, Utf8)` |
//! | times | `Int64`, microseconds since 1970 |
//! | money | `Int64`, picodollars |
//! | tokens and counts | `UInt64` |
//! | rows | `UInt32` |
//! | flags | `Boolean` |
//! | a score's number | `Float64` |
//! | lists: `tags`, `usage_types`, `cost_types` | `List(Dictionary(Int32, Utf8))` |
//! | lists: `usage_amounts`; `cost_amounts` | `List(UInt64)`; `List(Int64)` |
//! | bytes | `LargeBinary` |

/// Columns that every table has.
pub mod any {
    /// The entity's id.
    pub const ID: &str = "id";
    /// The environment. Text.
    pub const ENVIRONMENT: &str = "environment";
    /// When it was first stored. Time.
    pub const CREATED_AT: &str = "created_at";
    /// When it was last changed. Time.
    pub const UPDATED_AT: &str = "updated_at";
    /// What folding needs. Bytes; null when empty.
    pub const FOLD: &str = "fold";
    /// The stamps of the pieces of metadata. Bytes; null without metadata.
    pub const METADATA_STAMPS: &str = "metadata_stamps";
    /// The pieces of metadata. Bytes; null without metadata.
    pub const METADATA: &str = "metadata";
}

/// Columns of the table of traces.
pub mod traces {
    pub use super::any::{CREATED_AT, ENVIRONMENT, FOLD, ID, METADATA, METADATA_STAMPS, UPDATED_AT};

    /// When it began. Time; the table is in the order of this column and then of `id`.
    pub const TIMESTAMP: &str = "timestamp";
    /// The name that lists show: its own, else its root's unless it is explicit. Text, nullable.
    pub const NAME: &str = "name";
    /// Whether `name` is the trace's own. Flag.
    pub const OWN_NAME: &str = "own_name";
    /// Whom it served. Text, nullable.
    pub const USER_ID: &str = "user_id";
    /// Its conversation. Text, nullable.
    pub const SESSION_ID: &str = "session_id";
    /// The application's release. Text, nullable.
    pub const RELEASE: &str = "release";
    /// The version that lists show: its own, else its root's, unless it is explicit or has name, input, output and
    /// metadata of its own. Text, nullable.
    pub const VERSION: &str = "version";
    /// Whether `version` is the trace's own. Flag.
    pub const OWN_VERSION: &str = "own_version";
    /// Whether anyone may look at it. Flag.
    pub const PUBLIC: &str = "public";
    /// Its tags. List of texts.
    pub const TAGS: &str = "tags";
    /// Whether a client spoke of the trace itself. Flag.
    pub const EXPLICIT: &str = "explicit";
    /// Whether any event spoke of it. Flag.
    pub const KNOWN: &str = "known";
    /// Whether it has an input of its own. Flag.
    pub const HAS_INPUT: &str = "has_input";
    /// Whether it has an output of its own. Flag.
    pub const HAS_OUTPUT: &str = "has_output";
    /// The first start of its observations. Time; null without any.
    pub const FIRST_START: &str = "first_start";
    /// The last end of its observations. Time; null without any.
    pub const LAST_END: &str = "last_end";
    /// The sum of the known total costs. Money; null when no cost is known.
    pub const TOTAL_COST: &str = "total_cost";
    /// The sum of the known input costs. Money; null when no cost is known.
    pub const INPUT_COST: &str = "input_cost";
    /// The sum of the known output costs. Money; null when no cost is known.
    pub const OUTPUT_COST: &str = "output_cost";
    /// How many observations have a known cost. Count.
    pub const WITH_COST: &str = "with_cost";
    /// The sum of all usage whose type contains "input". Count.
    pub const INPUT_TOKENS: &str = "input_tokens";
    /// The sum of all usage whose type contains "output". Count.
    pub const OUTPUT_TOKENS: &str = "output_tokens";
    /// The sum of the total usages. Count.
    pub const TOTAL_TOKENS: &str = "total_tokens";
    /// Observations at level DEBUG. Count.
    pub const COUNT_DEBUG: &str = "count_debug";
    /// Observations at level DEFAULT. Count.
    pub const COUNT_DEFAULT: &str = "count_default";
    /// Observations at level WARNING. Count.
    pub const COUNT_WARNING: &str = "count_warning";
    /// Observations at level ERROR. Count.
    pub const COUNT_ERROR: &str = "count_error";
    /// The environment of all its observations, when they have one in common. Text, nullable.
    pub const OBSERVED_ENVIRONMENT: &str = "observed_environment";
    /// The sums by environment, when `observed_environment` and the columns do not say it all. Bytes, nullable.
    pub const BY_ENVIRONMENT: &str = "by_environment";
    /// The observation that stands for it. Id; null without observations.
    pub const ROOT_ID: &str = "root_id";
    /// Its claim: the index in [`spanstone_model::RootRank::ALL`]. `UInt32`, nullable.
    pub const ROOT_RANK: &str = "root_rank";
    /// When the root began. Time, nullable.
    pub const ROOT_START: &str = "root_start";
    /// The root's name. Text, nullable.
    pub const ROOT_NAME: &str = "root_name";
    /// The root's version. Text, nullable.
    pub const ROOT_VERSION: &str = "root_version";
    /// What the root has: 1 for an input, 2 for an output, 4 for metadata. `UInt32`; 0 without a root.
    pub const ROOT_FLAGS: &str = "root_flags";
    /// The bit of [`ROOT_FLAGS`] that says that the root has metadata.
    pub const ROOT_HAS_METADATA: u32 = 4;
    /// The row of its first observation in this segment. Row.
    pub const FIRST_OBSERVATION: &str = "first_observation";
    /// How many of its observations are in this segment: the rows from `first_observation` on. Row.
    pub const OBSERVATIONS_HERE: &str = "observations_here";
    /// Input and output. Bytes; null when there is neither.
    pub const PAYLOAD: &str = "payload";
}

/// Columns of the table of observations.
pub mod observations {
    pub use super::any::{CREATED_AT, ENVIRONMENT, FOLD, ID, METADATA, METADATA_STAMPS, UPDATED_AT};

    /// The row of its trace in this segment. Row; the table is in the order of this column, `start` and `id`.
    pub const TRACE_ROW: &str = "trace_row";
    /// What it is nested in. Text, nullable.
    pub const PARENT_ID: &str = "parent_id";
    /// What it is: `GENERATION`. Text.
    pub const TYPE: &str = "type";
    /// When it began. Time.
    pub const START: &str = "start";
    /// When it ended. Time, nullable.
    pub const END: &str = "end";
    /// When its first token came. Time, nullable.
    pub const COMPLETION_START: &str = "completion_start";
    /// Its name. Text, nullable.
    pub const NAME: &str = "name";
    /// Its level: `DEFAULT`. Text.
    pub const LEVEL: &str = "level";
    /// Why. Text, nullable.
    pub const STATUS_MESSAGE: &str = "status_message";
    /// Its version. Text, nullable.
    pub const VERSION: &str = "version";
    /// Its model. Text, nullable.
    pub const MODEL: &str = "model";
    /// The parameters of the model call. Text, nullable.
    pub const MODEL_PARAMETERS: &str = "model_parameters";
    /// The sum of all usage whose type contains "input". Count.
    pub const INPUT_TOKENS: &str = "input_tokens";
    /// The sum of all usage whose type contains "output". Count.
    pub const OUTPUT_TOKENS: &str = "output_tokens";
    /// The total usage, 0 when unknown. Count.
    pub const TOTAL_TOKENS: &str = "total_tokens";
    /// The types of its usage. List of texts.
    pub const USAGE_TYPES: &str = "usage_types";
    /// The amount of each type of `usage_types`. List of counts.
    pub const USAGE_AMOUNTS: &str = "usage_amounts";
    /// The sum of all cost whose type contains "input". Money; null when there is none.
    pub const INPUT_COST: &str = "input_cost";
    /// The sum of all cost whose type contains "output". Money; null when there is none.
    pub const OUTPUT_COST: &str = "output_cost";
    /// The total cost. Money; null when unknown.
    pub const TOTAL_COST: &str = "total_cost";
    /// The types of its cost. List of texts.
    pub const COST_TYPES: &str = "cost_types";
    /// The amount of each type of `cost_types`. List of money.
    pub const COST_AMOUNTS: &str = "cost_amounts";
    /// The name of its prompt. Text, nullable.
    pub const PROMPT_NAME: &str = "prompt_name";
    /// The version of its prompt. `UInt32`; null without a prompt.
    pub const PROMPT_VERSION: &str = "prompt_version";
    /// Whether its client marked it as its application's root. Flag.
    pub const IS_APP_ROOT: &str = "is_app_root";
    /// Whether it has an input. Flag.
    pub const HAS_INPUT: &str = "has_input";
    /// Whether it has an output. Flag.
    pub const HAS_OUTPUT: &str = "has_output";
    /// Input and output. Bytes; null when there is neither.
    pub const PAYLOAD: &str = "payload";
    /// The entry of the price table that its model matched. Text, nullable.
    pub const MODEL_ID: &str = "model_id";
    /// The prices of that entry that applied. Text, nullable.
    pub const PRICE_TIER_ID: &str = "price_tier_id";
    /// Their name. Text, nullable.
    pub const PRICE_TIER_NAME: &str = "price_tier_name";
    /// Whether its cost was computed. Flag; null is false.
    pub const COST_COMPUTED: &str = "cost_computed";
    /// Whether a tokenizer counted its usage. Flag; null is false.
    pub const USAGE_COUNTED: &str = "usage_counted";
    /// The names of the tools that its input offers. List of texts.
    pub const TOOL_NAMES: &str = "tool_names";
    /// The names of the tools that its output calls, one for each call. List of texts.
    pub const CALLED_TOOL_NAMES: &str = "called_tool_names";
    /// The experiment that it is a part of. Text, nullable.
    pub const EXPERIMENT_ID: &str = "experiment_id";
    /// The name of the experiment. Text, nullable.
    pub const EXPERIMENT_NAME: &str = "experiment_name";
    /// The dataset of the experiment. Text, nullable.
    pub const EXPERIMENT_DATASET_ID: &str = "experiment_dataset_id";
    /// The item of the dataset. Text, nullable.
    pub const EXPERIMENT_ITEM_ID: &str = "experiment_item_id";
    /// The version of the item. Text, nullable.
    pub const EXPERIMENT_ITEM_VERSION: &str = "experiment_item_version";
    /// The observation that stands for the run of the item. Text, nullable.
    pub const EXPERIMENT_ROOT_ID: &str = "experiment_root_id";
    /// What else is known of the experiment, a JSON object. Text, nullable.
    pub const EXPERIMENT_DETAILS: &str = "experiment_details";
    /// Over which door it came: `otel`. Text, nullable.
    pub const INGESTION_SOURCE: &str = "ingestion_source";
    /// The client library that sent it. Text, nullable.
    pub const SDK_NAME: &str = "sdk_name";
    /// The version of that library. Text, nullable.
    pub const SDK_VERSION: &str = "sdk_version";
    /// The public part of the key that it came with. Text, nullable.
    pub const API_KEY: &str = "api_key";
}

/// Columns of the table of scores.
pub mod scores {
    pub use super::any::{CREATED_AT, ENVIRONMENT, FOLD, ID, METADATA, METADATA_STAMPS, UPDATED_AT};

    /// When it was given. Time; the table is in the order of this column and then of `id`.
    pub const TIMESTAMP: &str = "timestamp";
    /// The trace it judges. Text, nullable.
    pub const TRACE_ID: &str = "trace_id";
    /// The observation it judges. Text, nullable.
    pub const OBSERVATION_ID: &str = "observation_id";
    /// The session it judges. Text, nullable.
    pub const SESSION_ID: &str = "session_id";
    /// The dataset run it judges. Text, nullable.
    pub const DATASET_RUN_ID: &str = "dataset_run_id";
    /// Its name. Text.
    pub const NAME: &str = "name";
    /// Its data type: `NUMERIC`. Text.
    pub const DATA_TYPE: &str = "data_type";
    /// Its number, as [`spanstone_model::ScoreValue::number`] gives it. `Float64`; null for a text.
    pub const NUMBER: &str = "number";
    /// Its text, as [`spanstone_model::ScoreValue::text`] gives it. Text; null for a number.
    pub const TEXT: &str = "text";
    /// Where it comes from: `API`. Text.
    pub const SOURCE: &str = "source";
    /// A comment. Text, nullable.
    pub const COMMENT: &str = "comment";
    /// The configuration it follows. Text, nullable.
    pub const CONFIG_ID: &str = "config_id";
    /// The annotation queue. Text, nullable.
    pub const QUEUE_ID: &str = "queue_id";
    /// The trace of its evaluator. Text, nullable.
    pub const EXECUTION_TRACE_ID: &str = "execution_trace_id";
}
