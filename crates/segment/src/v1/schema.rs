//! The columns of each table: in which order they are, of which kind, and how each kind is encoded.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use super::columns::{observations, scores, traces};
use crate::{Table, With};

/// What a column holds; decides its Arrow type and its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The entity's own id: hardly any twice.
    Id,
    /// A text of which many rows have the same.
    Text,
    /// A text that is one of a few.
    Label,
    /// Microseconds since 1970.
    Time,
    /// Picodollars.
    Money,
    /// Tokens and numbers of observations.
    Count,
    /// A small number or a row.
    Small,
    /// True or false.
    Flag,
    /// A score's number.
    Number,
    /// A list of texts.
    Texts,
    /// A list of counts.
    Counts,
    /// A list of amounts of money.
    Amounts,
    /// A few bytes.
    Bytes,
    /// Text of any length, compressed by large pages.
    Payload,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    part: Part,
    is_rare: bool,
}

/// What a column is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// To name a row in a list.
    Named,
    /// To show all of what a list may show of a row.
    Shown,
    /// To show a row by itself.
    Own,
    /// To fold further events into a row.
    Fold,
    /// For the texts of a row.
    Texts,
    /// For scans and look-ups only: it follows from others, or says where rows are.
    Scans,
}

impl Column {
    /// Whether most files have nothing in it, so that it is worth to find that out once for a file.
    pub(crate) fn is_rare(self) -> bool {
        self.is_rare
    }

    /// Whether rows of a file that does not have the column can be read as if it held nothing.
    pub(crate) fn may_be_absent(self) -> bool {
        self.nullable || matches!(self.kind, Kind::Texts | Kind::Counts | Kind::Amounts)
    }

    /// Whether reading so much of a row needs it.
    pub(crate) fn is_read(self, with: With) -> bool {
        match self.part {
            Part::Named => true,
            Part::Shown => with != With::Named,
            Part::Own => !matches!(with, With::Named | With::Shown),
            Part::Fold => matches!(with, With::Row | With::Payloads),
            Part::Texts => matches!(with, With::Texts | With::Payloads),
            Part::Scans => false,
        }
    }
}

const fn must(name: &'static str, kind: Kind) -> Column {
    let part = match kind {
        Kind::Payload => Part::Texts,
        _ => Part::Named,
    };
    Column { name, kind, nullable: false, part, is_rare: false }
}

const fn may(name: &'static str, kind: Kind) -> Column {
    Column { nullable: true, ..must(name, kind) }
}

const fn rare(column: Column) -> Column {
    Column { is_rare: true, ..column }
}

const fn of(part: Part, column: Column) -> Column {
    Column { part, ..column }
}

const TRACES: [Column; 45] = [
    must(traces::ID, Kind::Id),
    must(traces::TIMESTAMP, Kind::Time),
    must(traces::ENVIRONMENT, Kind::Label),
    may(traces::NAME, Kind::Text),
    of(Part::Own, must(traces::OWN_NAME, Kind::Flag)),
    may(traces::USER_ID, Kind::Text),
    may(traces::SESSION_ID, Kind::Text),
    may(traces::RELEASE, Kind::Text),
    may(traces::VERSION, Kind::Text),
    of(Part::Own, must(traces::OWN_VERSION, Kind::Flag)),
    must(traces::PUBLIC, Kind::Flag),
    must(traces::TAGS, Kind::Texts),
    of(Part::Own, must(traces::EXPLICIT, Kind::Flag)),
    of(Part::Own, must(traces::KNOWN, Kind::Flag)),
    of(Part::Own, must(traces::HAS_INPUT, Kind::Flag)),
    of(Part::Own, must(traces::HAS_OUTPUT, Kind::Flag)),
    must(traces::CREATED_AT, Kind::Time),
    must(traces::UPDATED_AT, Kind::Time),
    may(traces::FIRST_START, Kind::Time),
    may(traces::LAST_END, Kind::Time),
    may(traces::TOTAL_COST, Kind::Money),
    of(Part::Shown, may(traces::INPUT_COST, Kind::Money)),
    of(Part::Shown, may(traces::OUTPUT_COST, Kind::Money)),
    of(Part::Shown, must(traces::WITH_COST, Kind::Count)),
    of(Part::Shown, must(traces::INPUT_TOKENS, Kind::Count)),
    of(Part::Shown, must(traces::OUTPUT_TOKENS, Kind::Count)),
    of(Part::Shown, must(traces::TOTAL_TOKENS, Kind::Count)),
    of(Part::Shown, must(traces::COUNT_DEBUG, Kind::Count)),
    of(Part::Shown, must(traces::COUNT_DEFAULT, Kind::Count)),
    of(Part::Shown, must(traces::COUNT_WARNING, Kind::Count)),
    of(Part::Shown, must(traces::COUNT_ERROR, Kind::Count)),
    of(Part::Shown, may(traces::OBSERVED_ENVIRONMENT, Kind::Label)),
    of(Part::Shown, may(traces::BY_ENVIRONMENT, Kind::Bytes)),
    of(Part::Own, may(traces::ROOT_ID, Kind::Id)),
    of(Part::Own, may(traces::ROOT_RANK, Kind::Small)),
    of(Part::Own, may(traces::ROOT_START, Kind::Time)),
    of(Part::Own, may(traces::ROOT_NAME, Kind::Text)),
    of(Part::Own, may(traces::ROOT_VERSION, Kind::Text)),
    of(Part::Own, must(traces::ROOT_FLAGS, Kind::Small)),
    of(Part::Scans, must(traces::FIRST_OBSERVATION, Kind::Small)),
    of(Part::Scans, must(traces::OBSERVATIONS_HERE, Kind::Small)),
    of(Part::Fold, may(traces::FOLD, Kind::Bytes)),
    of(Part::Own, may(traces::METADATA_STAMPS, Kind::Bytes)),
    may(traces::METADATA, Kind::Payload),
    may(traces::PAYLOAD, Kind::Payload),
];

const OBSERVATIONS: [Column; 53] = [
    must(observations::ID, Kind::Id),
    must(observations::TRACE_ROW, Kind::Small),
    may(observations::PARENT_ID, Kind::Text),
    must(observations::TYPE, Kind::Label),
    must(observations::START, Kind::Time),
    may(observations::END, Kind::Time),
    may(observations::COMPLETION_START, Kind::Time),
    must(observations::ENVIRONMENT, Kind::Label),
    may(observations::NAME, Kind::Text),
    must(observations::LEVEL, Kind::Label),
    may(observations::STATUS_MESSAGE, Kind::Text),
    may(observations::VERSION, Kind::Text),
    may(observations::MODEL, Kind::Text),
    may(observations::MODEL_PARAMETERS, Kind::Text),
    of(Part::Scans, must(observations::INPUT_TOKENS, Kind::Count)),
    of(Part::Scans, must(observations::OUTPUT_TOKENS, Kind::Count)),
    of(Part::Scans, must(observations::TOTAL_TOKENS, Kind::Count)),
    must(observations::USAGE_TYPES, Kind::Texts),
    must(observations::USAGE_AMOUNTS, Kind::Counts),
    of(Part::Scans, may(observations::INPUT_COST, Kind::Money)),
    of(Part::Scans, may(observations::OUTPUT_COST, Kind::Money)),
    of(Part::Scans, may(observations::TOTAL_COST, Kind::Money)),
    must(observations::COST_TYPES, Kind::Texts),
    must(observations::COST_AMOUNTS, Kind::Amounts),
    may(observations::PROMPT_NAME, Kind::Text),
    may(observations::PROMPT_VERSION, Kind::Small),
    must(observations::IS_APP_ROOT, Kind::Flag),
    must(observations::HAS_INPUT, Kind::Flag),
    must(observations::HAS_OUTPUT, Kind::Flag),
    must(observations::CREATED_AT, Kind::Time),
    must(observations::UPDATED_AT, Kind::Time),
    of(Part::Fold, may(observations::FOLD, Kind::Bytes)),
    of(Part::Fold, may(observations::METADATA_STAMPS, Kind::Bytes)),
    may(observations::METADATA, Kind::Payload),
    may(observations::PAYLOAD, Kind::Payload),
    // New columns go last: see docs/ON_DISK_FORMAT.md.
    rare(may(observations::MODEL_ID, Kind::Text)),
    rare(may(observations::PRICE_TIER_ID, Kind::Label)),
    rare(may(observations::PRICE_TIER_NAME, Kind::Label)),
    rare(may(observations::COST_COMPUTED, Kind::Flag)),
    rare(may(observations::USAGE_COUNTED, Kind::Flag)),
    rare(must(observations::TOOL_NAMES, Kind::Texts)),
    rare(must(observations::CALLED_TOOL_NAMES, Kind::Texts)),
    rare(may(observations::EXPERIMENT_ID, Kind::Text)),
    rare(may(observations::EXPERIMENT_NAME, Kind::Text)),
    rare(may(observations::EXPERIMENT_DATASET_ID, Kind::Text)),
    rare(may(observations::EXPERIMENT_ITEM_ID, Kind::Text)),
    rare(may(observations::EXPERIMENT_ITEM_VERSION, Kind::Text)),
    rare(may(observations::EXPERIMENT_ROOT_ID, Kind::Text)),
    rare(may(observations::EXPERIMENT_DETAILS, Kind::Text)),
    rare(may(observations::INGESTION_SOURCE, Kind::Label)),
    rare(may(observations::SDK_NAME, Kind::Label)),
    rare(may(observations::SDK_VERSION, Kind::Label)),
    rare(may(observations::API_KEY, Kind::Label)),
];

const SCORES: [Column; 21] = [
    must(scores::ID, Kind::Id),
    must(scores::TIMESTAMP, Kind::Time),
    must(scores::ENVIRONMENT, Kind::Label),
    may(scores::TRACE_ID, Kind::Text),
    may(scores::OBSERVATION_ID, Kind::Text),
    may(scores::SESSION_ID, Kind::Text),
    may(scores::DATASET_RUN_ID, Kind::Text),
    must(scores::NAME, Kind::Text),
    must(scores::DATA_TYPE, Kind::Label),
    may(scores::NUMBER, Kind::Number),
    may(scores::TEXT, Kind::Text),
    must(scores::SOURCE, Kind::Label),
    may(scores::COMMENT, Kind::Text),
    may(scores::CONFIG_ID, Kind::Text),
    may(scores::QUEUE_ID, Kind::Text),
    may(scores::EXECUTION_TRACE_ID, Kind::Text),
    must(scores::CREATED_AT, Kind::Time),
    must(scores::UPDATED_AT, Kind::Time),
    of(Part::Fold, may(scores::FOLD, Kind::Bytes)),
    of(Part::Fold, may(scores::METADATA_STAMPS, Kind::Bytes)),
    may(scores::METADATA, Kind::Payload),
];

/// The columns of a table, in order.
pub(crate) fn columns_of(table: Table) -> &'static [Column] {
    match table {
        Table::Traces => &TRACES,
        Table::Observations => &OBSERVATIONS,
        Table::Scores => &SCORES,
    }
}

/// The column by whose values the table's rows can be bounded in time.
pub(crate) fn time_column(table: Table) -> &'static str {
    match table {
        Table::Traces => traces::TIMESTAMP,
        Table::Observations => observations::START,
        Table::Scores => scores::TIMESTAMP,
    }
}

/// Whether rows are written or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Texts are plain; Parquet makes the dictionaries.
    Write,
    /// Texts stay dictionaries.
    Read,
}

/// The Arrow schema of a table.
pub(crate) fn arrow_schema(table: Table, direction: Direction) -> SchemaRef {
    let fields = columns_of(table)
        .iter()
        .map(|column| Field::new(column.name, data_type(column.kind, direction), column.nullable));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The Arrow type of a column.
pub(crate) fn data_type(kind: Kind, direction: Direction) -> DataType {
    let text = match direction {
        Direction::Write => DataType::Utf8,
        Direction::Read => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
    };
    match kind {
        Kind::Id => DataType::Utf8,
        Kind::Text | Kind::Label => text,
        Kind::Time | Kind::Money => DataType::Int64,
        Kind::Count => DataType::UInt64,
        Kind::Small => DataType::UInt32,
        Kind::Flag => DataType::Boolean,
        Kind::Number => DataType::Float64,
        Kind::Texts => list_of(text),
        Kind::Counts => list_of(DataType::UInt64),
        Kind::Amounts => list_of(DataType::Int64),
        Kind::Bytes | Kind::Payload => DataType::LargeBinary,
    }
}

fn list_of(item: DataType) -> DataType {
    DataType::List(item_field(item))
}

/// The field of a list's items.
pub(crate) fn item_field(item: DataType) -> Arc<Field> {
    Arc::new(Field::new("item", item, false))
}

/// Payloads are compressed in pages of this size: the chat history that every turn of an agent repeats is then in the
/// same page as the turn before. Twice as much takes 2 % less on disk and twice as long to read one trace.
pub(super) const PAYLOAD_PAGE_BYTES: usize = 512 * 1024;
/// A page of any other column.
const PAGE_BYTES: usize = 64 * 1024;
/// Rows of a page: what has to be decoded to read one row.
const PAGE_ROWS: usize = 4_096;
/// Rows of a page of ids, which do not compress: few, for looking up one of them.
const ID_PAGE_ROWS: usize = 1_024;
/// A dictionary that grows beyond this is given up for the rest of the row group.
const DICTIONARY_BYTES: usize = 1024 * 1024;
/// Measured on chats: level 1 takes 4 % more on disk for 7 % less CPU, level 3 takes 0.5 % less for 20 % more.
const ZSTD_LEVEL: i32 = 2;

/// How the columns of a table are written.
///
/// Only what gains much by it is compressed: to read one row means to open every column, and a decompressor costs more
/// than what it decompresses.
pub(crate) fn writer_properties(table: Table) -> WriterProperties {
    let zstd = Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL).expect("a level that zstd has"));
    let mut properties = WriterProperties::builder()
        .set_created_by("spanstone".to_owned())
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_max_row_group_row_count(None)
        .set_max_row_group_bytes(None)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for column in columns_of(table) {
        let path = path_of(column);
        let is_compressed = match column.kind {
            Kind::Id | Kind::Text | Kind::Texts | Kind::Counts | Kind::Amounts | Kind::Bytes | Kind::Payload => true,
            Kind::Label | Kind::Time | Kind::Money | Kind::Count | Kind::Small | Kind::Flag | Kind::Number => false,
        };
        if is_compressed {
            properties = properties.set_column_compression(path.clone(), zstd);
        }
        // Where there is no dictionary; the others fall back to what Parquet takes for their type.
        let encoding = match column.kind {
            Kind::Id | Kind::Payload => Some(Encoding::PLAIN),
            Kind::Time | Kind::Small => Some(Encoding::DELTA_BINARY_PACKED),
            Kind::Bytes => Some(Encoding::DELTA_LENGTH_BYTE_ARRAY),
            Kind::Text | Kind::Label | Kind::Texts | Kind::Flag | Kind::Number => None,
            Kind::Money | Kind::Count | Kind::Counts | Kind::Amounts => None,
        };
        if let Some(encoding) = encoding {
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path.clone(), encoding);
        }
        properties = match column.kind {
            Kind::Id => properties
                .set_column_statistics_enabled(path.clone(), EnabledStatistics::None)
                .set_column_data_page_row_count_limit(path, ID_PAGE_ROWS),
            Kind::Bytes => properties.set_column_statistics_enabled(path, EnabledStatistics::None),
            Kind::Payload => properties
                .set_column_statistics_enabled(path.clone(), EnabledStatistics::None)
                .set_column_data_page_size_limit(path, PAYLOAD_PAGE_BYTES),
            _ => properties,
        };
    }
    properties.build()
}

/// The Parquet path of a column: that of its items, for a list.
fn path_of(column: &Column) -> ColumnPath {
    let parts = match column.kind {
        Kind::Texts | Kind::Counts | Kind::Amounts => vec![column.name, "list", "item"],
        _ => vec![column.name],
    };
    ColumnPath::new(parts.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lists of columns in the description of the format, in order.
    #[test]
    fn the_columns_are_those_that_are_described() {
        let format = include_str!("../../../../docs/ON_DISK_FORMAT.md");
        for (table, title) in
            [(Table::Traces, "Traces"), (Table::Observations, "Observations"), (Table::Scores, "Scores")]
        {
            let (_, section) = format.split_once(&format!("\n#### {title}\n")).expect("a section for each table");
            let section = section.split("\n#### ").next().unwrap_or_default();
            let described: Vec<_> = section
                .lines()
                .filter(|line| line.starts_with("| `"))
                .map(|line| line.split(" | ").take(2).collect::<Vec<_>>().join(" | "))
                .collect();
            let columns: Vec<_> = columns_of(table)
                .iter()
                .map(|column| {
                    let null = if column.nullable { ", null" } else { "" };
                    format!("| `{}` | {:?}{null}", column.name, column.kind).to_lowercase()
                })
                .collect();
            assert_eq!(described, columns);
        }
    }

    #[test]
    fn no_column_is_there_twice() {
        for table in Table::ALL {
            let names: Vec<_> = columns_of(table).iter().map(|column| column.name).collect();
            let unique: std::collections::BTreeSet<_> = names.iter().collect();
            assert_eq!(unique.len(), names.len());
        }
    }
}
