//! Traces as rows of their table.

use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch, UInt64Array};
use spanstone_model::{
    Cost, ObservationId, PayloadRef, Root, RootRank, SessionId, Summary, Text, Trace, TraceId, TraceStats,
};

use super::build::BatchBuilder;
use super::cells::{decode_by_environment, encode_by_environment, encode_metadata, encode_stamps};
use super::columns::traces as column;
use super::payloads::PayloadColumns;
use super::read::{Cells, Columns, Ids, Integers, Smalls, TextLists, Texts};
use crate::SealedTrace;

const ROOT_HAS_INPUT: u32 = 1;
const ROOT_HAS_OUTPUT: u32 = 2;

/// Appends a trace with its observations in this segment: the row of the first, and how many.
pub(crate) fn push(batch: &mut BatchBuilder, sealed: &SealedTrace, first_observation: u32, observations_here: u32) {
    let SealedTrace { trace, explicit, known, summary, fold, payloads } = sealed;
    let root = summary.root();
    // What stands in for what a trace has not: see `columns::traces`.
    let complete =
        trace.name.is_some() && trace.input.is_some() && trace.output.is_some() && !trace.metadata.is_empty();
    let root_name = root.filter(|_| !explicit).and_then(|root| root.name.as_ref());
    let root_version = root.filter(|_| !explicit && !complete).and_then(|root| root.version.as_ref());

    batch.text(column::ID, trace.id.as_str());
    batch.integer(column::TIMESTAMP, trace.timestamp.micros());
    batch.text(column::ENVIRONMENT, &*trace.environment);
    batch.text(column::NAME, trace.name.as_ref().or(root_name).map(|name| &**name));
    batch.flag(column::OWN_NAME, trace.name.is_some());
    batch.text(column::USER_ID, trace.user_id.as_deref());
    batch.text(column::SESSION_ID, trace.session_id.as_ref().map(SessionId::as_str));
    batch.text(column::RELEASE, trace.release.as_deref());
    batch.text(column::VERSION, trace.version.as_ref().or(root_version).map(|version| &**version));
    batch.flag(column::OWN_VERSION, trace.version.is_some());
    batch.flag(column::PUBLIC, trace.public);
    batch.texts(column::TAGS, trace.tags.iter().map(|tag| &**tag));
    batch.flag(column::EXPLICIT, *explicit);
    batch.flag(column::KNOWN, *known);
    batch.flag(column::HAS_INPUT, trace.input.is_some());
    batch.flag(column::HAS_OUTPUT, trace.output.is_some());
    batch.integer(column::CREATED_AT, trace.created_at.micros());
    batch.integer(column::UPDATED_AT, trace.updated_at.micros());
    push_summary(batch, summary);
    push_root(batch, root);
    batch.small(column::FIRST_OBSERVATION, first_observation);
    batch.small(column::OBSERVATIONS_HERE, observations_here);
    batch.bytes_of(column::FOLD, (!fold.is_empty()).then_some(&**fold));
    batch.bytes_of(column::METADATA_STAMPS, encode_stamps(&trace.metadata, trace.timestamp).as_deref());
    batch.bytes_of(column::METADATA, encode_metadata(&payloads.metadata).as_deref());
    batch.payload(column::PAYLOAD, payloads.input.as_deref(), payloads.output.as_deref());
}

fn push_summary(batch: &mut BatchBuilder, summary: &Summary) {
    let stats = summary.stats(None);
    let has_cost = stats.has_cost();
    let money = |cost: Cost| has_cost.then_some(cost.picodollars());
    batch.integer(column::FIRST_START, stats.span.map(|(first, _)| first.micros()));
    batch.integer(column::LAST_END, stats.span.map(|(_, last)| last.micros()));
    batch.integer(column::TOTAL_COST, money(stats.total_cost));
    batch.integer(column::INPUT_COST, money(stats.input_cost));
    batch.integer(column::OUTPUT_COST, money(stats.output_cost));
    batch.count(column::WITH_COST, stats.with_cost);
    batch.count(column::INPUT_TOKENS, stats.input_tokens);
    batch.count(column::OUTPUT_TOKENS, stats.output_tokens);
    batch.count(column::TOTAL_TOKENS, stats.total_tokens);
    let [debug, default, warning, error] = stats.level_counts;
    batch.count(column::COUNT_DEBUG, debug);
    batch.count(column::COUNT_DEFAULT, default);
    batch.count(column::COUNT_WARNING, warning);
    batch.count(column::COUNT_ERROR, error);
    let common = match summary.by_environment() {
        [(environment, stats)] => Some(&**environment).filter(|_| has_cost || is_free(stats)),
        _ => None,
    };
    batch.text(column::OBSERVED_ENVIRONMENT, common);
    let apart = common.is_none() && !summary.is_empty();
    batch.bytes_of(column::BY_ENVIRONMENT, apart.then(|| encode_by_environment(summary)).as_deref());
}

/// Whether null stands for the costs of these sums, of which none is known.
fn is_free(stats: &TraceStats) -> bool {
    [stats.total_cost, stats.input_cost, stats.output_cost] == [Cost::ZERO; 3]
}

fn push_root(batch: &mut BatchBuilder, root: Option<&Root>) {
    batch.text(column::ROOT_ID, root.map(|root| root.id.as_str()));
    batch.small(column::ROOT_RANK, root.map(|root| number_of(root.rank)));
    batch.integer(column::ROOT_START, root.map(|root| root.start.micros()));
    batch.text(column::ROOT_NAME, root.and_then(|root| root.name.as_deref()));
    batch.text(column::ROOT_VERSION, root.and_then(|root| root.version.as_deref()));
    let flags = root.map_or(0, |root| {
        u32::from(root.has_input) * ROOT_HAS_INPUT
            + u32::from(root.has_output) * ROOT_HAS_OUTPUT
            + u32::from(root.has_metadata) * column::ROOT_HAS_METADATA
    });
    batch.small(column::ROOT_FLAGS, flags);
}

fn number_of(rank: RootRank) -> u32 {
    match rank {
        RootRank::NoParent => 0,
        RootRank::AppRoot => 1,
        RootRank::Other => 2,
    }
}

/// The columns of a batch from which traces are read.
pub(crate) struct TraceColumns<'a> {
    id: Ids<'a>,
    timestamp: Integers<'a>,
    environment: Texts<'a>,
    name: Texts<'a>,
    user_id: Texts<'a>,
    session_id: Texts<'a>,
    release: Texts<'a>,
    version: Texts<'a>,
    public: &'a BooleanArray,
    tags: TextLists<'a>,
    created_at: Integers<'a>,
    updated_at: Integers<'a>,
    summary: SummaryColumns<'a>,
    own: Option<OwnColumns<'a>>,
    payloads: PayloadColumns<'a>,
}

impl<'a> TraceColumns<'a> {
    pub(crate) fn new(batch: &'a RecordBatch) -> Result<Self, String> {
        let columns = Columns(batch);
        Ok(Self {
            id: columns.ids(column::ID)?,
            timestamp: columns.integers(column::TIMESTAMP)?,
            environment: columns.texts(column::ENVIRONMENT)?,
            name: columns.texts(column::NAME)?,
            user_id: columns.texts(column::USER_ID)?,
            session_id: columns.texts(column::SESSION_ID)?,
            release: columns.texts(column::RELEASE)?,
            version: columns.texts(column::VERSION)?,
            public: columns.flags(column::PUBLIC)?,
            tags: columns.text_lists(column::TAGS)?,
            created_at: columns.integers(column::CREATED_AT)?,
            updated_at: columns.integers(column::UPDATED_AT)?,
            summary: SummaryColumns::new(&columns)?,
            own: if columns.has(column::OWN_NAME) { Some(OwnColumns::new(&columns)?) } else { None },
            payloads: PayloadColumns::new(&columns)?,
        })
    }

    /// The trace in a row of the batch.
    pub(crate) fn row(&self, row: usize) -> Result<SealedTrace, String> {
        let timestamp = self.timestamp.must_time(row);
        let sealed = |flags: &BooleanArray| flags.value(row).then_some(PayloadRef::Sealed(0));
        let own = self.own.as_ref();
        let is_own = |flag: fn(&OwnColumns<'a>) -> &'a BooleanArray| own.is_none_or(|own| flag(own).value(row));
        let trace = Trace {
            id: TraceId::from_wire(self.id.must(row)?),
            timestamp,
            environment: self.environment.must(row)?,
            name: self.name.get(row).filter(|_| is_own(|own| own.name)),
            user_id: self.user_id.get(row),
            session_id: self.session_id.str(row).map(SessionId::from_wire),
            release: self.release.get(row),
            version: self.version.get(row).filter(|_| is_own(|own| own.version)),
            public: self.public.value(row),
            tags: self.tags.get(row)?,
            input: own.and_then(|own| sealed(own.has_input)),
            output: own.and_then(|own| sealed(own.has_output)),
            metadata: self.payloads.stamped(row, timestamp)?,
            created_at: self.created_at.must_time(row),
            updated_at: self.updated_at.must_time(row),
        };
        Ok(SealedTrace {
            trace: Arc::new(trace),
            explicit: is_own(|own| own.explicit),
            known: is_own(|own| own.known),
            summary: Summary::new(self.summary.parts(row)?, own.map_or(Ok(None), |own| own.root.row(row))?),
            fold: self.payloads.fold(row),
            payloads: self.payloads.row(row)?,
        })
    }
}

/// The columns that tell what is a trace's own from what it has of its root; lists do not need them.
struct OwnColumns<'a> {
    name: &'a BooleanArray,
    version: &'a BooleanArray,
    explicit: &'a BooleanArray,
    known: &'a BooleanArray,
    has_input: &'a BooleanArray,
    has_output: &'a BooleanArray,
    root: RootColumns<'a>,
}

impl<'a> OwnColumns<'a> {
    fn new(columns: &Columns<'a>) -> Result<Self, String> {
        Ok(Self {
            name: columns.flags(column::OWN_NAME)?,
            version: columns.flags(column::OWN_VERSION)?,
            explicit: columns.flags(column::EXPLICIT)?,
            known: columns.flags(column::KNOWN)?,
            has_input: columns.flags(column::HAS_INPUT)?,
            has_output: columns.flags(column::HAS_OUTPUT)?,
            root: RootColumns::new(columns)?,
        })
    }
}

/// The columns from which sums are read.
struct SummaryColumns<'a> {
    span: [Integers<'a>; 2],
    total_cost: Integers<'a>,
    further: Option<FurtherSums<'a>>,
}

/// The columns of the sums that not every list shows.
struct FurtherSums<'a> {
    input_cost: Integers<'a>,
    output_cost: Integers<'a>,
    /// With cost; input, output and total tokens; levels.
    counts: [&'a UInt64Array; 8],
    environment: Texts<'a>,
    by_environment: Cells<'a>,
}

impl<'a> SummaryColumns<'a> {
    fn new(columns: &Columns<'a>) -> Result<Self, String> {
        Ok(Self {
            span: [columns.integers(column::FIRST_START)?, columns.integers(column::LAST_END)?],
            total_cost: columns.integers(column::TOTAL_COST)?,
            further: if columns.has(column::WITH_COST) { Some(FurtherSums::new(columns)?) } else { None },
        })
    }

    /// The sums by environment.
    fn parts(&self, row: usize) -> Result<Vec<(Text, TraceStats)>, String> {
        let [first, last] = &self.span;
        let stats = TraceStats {
            span: first.time(row).zip(last.time(row)),
            total_cost: Cost::from_picodollars(self.total_cost.get(row).unwrap_or(0)),
            ..TraceStats::default()
        };
        match &self.further {
            Some(further) => further.parts(row, stats),
            // Which environments they are of is not known.
            None => Ok(vec![(Text::default(), stats)]),
        }
    }
}

impl<'a> FurtherSums<'a> {
    fn new(columns: &Columns<'a>) -> Result<Self, String> {
        Ok(Self {
            input_cost: columns.integers(column::INPUT_COST)?,
            output_cost: columns.integers(column::OUTPUT_COST)?,
            counts: [
                columns.counts(column::WITH_COST)?,
                columns.counts(column::INPUT_TOKENS)?,
                columns.counts(column::OUTPUT_TOKENS)?,
                columns.counts(column::TOTAL_TOKENS)?,
                columns.counts(column::COUNT_DEBUG)?,
                columns.counts(column::COUNT_DEFAULT)?,
                columns.counts(column::COUNT_WARNING)?,
                columns.counts(column::COUNT_ERROR)?,
            ],
            environment: columns.texts(column::OBSERVED_ENVIRONMENT)?,
            by_environment: columns.cells(column::BY_ENVIRONMENT)?,
        })
    }

    fn parts(&self, row: usize, stats: TraceStats) -> Result<Vec<(Text, TraceStats)>, String> {
        match (self.environment.get(row), self.by_environment.get(row)) {
            (Some(environment), _) => Ok(vec![(environment, self.added_to(stats, row))]),
            (None, Some(cell)) => decode_by_environment(cell),
            (None, None) => Ok(Vec::new()),
        }
    }

    fn added_to(&self, mut stats: TraceStats, row: usize) -> TraceStats {
        let cost = |column: &Integers<'_>| Cost::from_picodollars(column.get(row).unwrap_or(0));
        (stats.input_cost, stats.output_cost) = (cost(&self.input_cost), cost(&self.output_cost));
        let [with_cost, input_tokens, output_tokens, total_tokens, levels @ ..] =
            self.counts.map(|counts| counts.value(row));
        (stats.with_cost, stats.level_counts) = (with_cost, levels);
        (stats.input_tokens, stats.output_tokens, stats.total_tokens) = (input_tokens, output_tokens, total_tokens);
        stats
    }
}

/// The columns from which roots are read.
struct RootColumns<'a> {
    id: Ids<'a>,
    rank: Smalls<'a>,
    start: Integers<'a>,
    name: Texts<'a>,
    version: Texts<'a>,
    flags: Smalls<'a>,
}

impl<'a> RootColumns<'a> {
    fn new(columns: &Columns<'a>) -> Result<Self, String> {
        Ok(Self {
            id: columns.ids(column::ROOT_ID)?,
            rank: columns.smalls(column::ROOT_RANK)?,
            start: columns.integers(column::ROOT_START)?,
            name: columns.texts(column::ROOT_NAME)?,
            version: columns.texts(column::ROOT_VERSION)?,
            flags: columns.smalls(column::ROOT_FLAGS)?,
        })
    }

    fn row(&self, row: usize) -> Result<Option<Root>, String> {
        let Some(id) = self.id.get(row) else { return Ok(None) };
        let rank = self.rank.get(row).and_then(|rank| RootRank::ALL.get(rank as usize));
        let flags = self.flags.must(row);
        Ok(Some(Root {
            rank: *rank.ok_or("a root without a rank")?,
            start: self.start.time(row).ok_or("a root without a start")?,
            id: ObservationId::from_wire(id),
            name: self.name.get(row),
            version: self.version.get(row),
            has_input: flags & ROOT_HAS_INPUT != 0,
            has_output: flags & ROOT_HAS_OUTPUT != 0,
            has_metadata: flags & column::ROOT_HAS_METADATA != 0,
        }))
    }
}
