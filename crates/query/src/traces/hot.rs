//! Traces in memory: what they answer to a filter, and as rows.

use std::cell::OnceCell;
use std::sync::Arc;

use spanstone_model::{Cost, Level, SessionId, Summary, Text, Trace, TraceStats};
use spanstone_store::hot::TraceView;

use super::{Texts, TraceParts, TraceRow, effective, lender};
use crate::filter::{Column, Filter, Value, float, seconds};
use crate::top::Key;

/// A trace in memory, of which no more is worked out than is asked for.
pub(crate) struct Asked<'a> {
    view: TraceView<'a>,
    summary: OnceCell<Summary>,
    effective: OnceCell<Arc<Trace>>,
    stats: OnceCell<TraceStats>,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(view: TraceView<'a>) -> Self {
        Self { view, summary: OnceCell::new(), effective: OnceCell::new(), stats: OnceCell::new() }
    }

    pub(crate) fn trace(&self) -> &'a Arc<Trace> {
        self.view.trace()
    }

    /// Whether it passes a filter, and `search` is found in its texts.
    pub(crate) fn matches(&self, filter: &Filter, search: Option<&str>) -> bool {
        filter.matches(|column| self.value(column)) && search.is_none_or(|text| self.is_found(text))
    }

    /// What it is ordered by. A trace without a name has an empty one, as in Langfuse, where it comes before the others.
    pub(super) fn key(&self, by: Column) -> Key {
        let trace = self.trace();
        match by {
            Column::Name => Key::Text(Some(self.effective().name.clone().unwrap_or_default())),
            Column::UserId => Key::Text(trace.user_id.clone()),
            Column::SessionId => Key::Text(trace.session_id.as_ref().map(|id| Text::from(id.as_str()))),
            Column::Release => Key::Text(trace.release.clone()),
            Column::Version => Key::Text(self.effective().version.clone()),
            Column::Public => Key::Flag(trace.public),
            Column::Timestamp => Key::Time(trace.timestamp),
            // Nothing else orders traces; the id at least makes the order total.
            _ => Key::Id,
        }
    }

    /// The trace with the name and the version of its root, where it has none of its own.
    pub(super) fn effective(&self) -> &Arc<Trace> {
        self.effective.get_or_init(|| {
            let trace = self.trace();
            // Most traces have a name, and what takes the work is to find out who stands in for one.
            if self.view.is_explicit() || (trace.name.is_some() && trace.version.is_some()) {
                return trace.clone();
            }
            effective(trace, false, self.summary().root())
        })
    }

    /// What its observations come to.
    pub(crate) fn stats(&self) -> &TraceStats {
        self.stats.get_or_init(|| self.summary().stats(None))
    }

    fn summary(&self) -> &Summary {
        self.summary.get_or_init(|| self.view.summary())
    }

    fn is_found(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let trace = self.effective();
        let session = trace.session_id.as_ref().map(SessionId::as_str);
        let places = [Some(trace.id.as_str()), trace.name.as_deref(), trace.user_id.as_deref(), session];
        places.into_iter().flatten().any(|place| place.to_lowercase().contains(&text))
    }

    /// The value of a column.
    pub(crate) fn value(&self, column: Column) -> Value<'_> {
        let trace = self.trace();
        match column {
            Column::Id => Value::Text(Some(trace.id.as_str())),
            Column::Timestamp => Value::Time(Some(trace.timestamp)),
            Column::Name => Value::Text(self.effective().name.as_deref()),
            Column::UserId => Value::Text(trace.user_id.as_deref()),
            Column::SessionId => Value::Text(trace.session_id.as_ref().map(SessionId::as_str)),
            Column::Release => Value::Text(trace.release.as_deref()),
            Column::Version => Value::Text(self.effective().version.as_deref()),
            Column::Environment => Value::Text(Some(&trace.environment)),
            Column::Tags => Value::List(&trace.tags),
            Column::Public => Value::Flag(trace.public),
            Column::Bookmarked => Value::Flag(false),
            _ => stats_value(self.stats(), column),
        }
    }

    /// It as a row, as far as memory has it.
    pub(super) fn row(&self, environments: Option<&[String]>, parts: TraceParts) -> TraceRow {
        let counted = |name: &str| environments.is_none_or(|wanted| wanted.iter().any(|wanted| wanted == name));
        let mut row = TraceRow {
            trace: self.effective().clone(),
            stats: self.summary().stats(environments),
            observation_ids: Vec::new(),
            scores: Vec::new(),
            texts: Texts::Referred,
            lender: lender(self.trace(), self.view.is_explicit(), self.summary().root()).filter(|_| parts.texts),
        };
        if parts.observation_ids {
            let wanted = self.view.observations().filter(|it| counted(&it.environment));
            row.observation_ids = wanted.map(|it| it.id.clone()).collect();
        }
        if parts.scores {
            let wanted = self.view.scores().filter(|score| counted(&score.environment) && score.is_listed());
            row.scores = wanted.cloned().collect();
        }
        if let Some(lender) = &mut row.lender {
            lender.observation = self.view.observations().find(|it| it.id == lender.id).cloned();
        }
        row
    }
}

fn stats_value(stats: &TraceStats, column: Column) -> Value<'static> {
    let worst = Level::ALL.into_iter().rev().find(|level| stats.count_at(*level) > 0);
    Value::Number(Some(match column {
        Column::Level => return Value::Text(worst.map(Level::as_str)),
        Column::Latency => seconds(stats.latency_millis()),
        Column::TotalCost if stats.with_cost == 0 => return Value::Number(None),
        Column::TotalTokens if stats.total_tokens == 0 => return Value::Number(None),
        Column::TotalCost => Cost::dollars(stats.total_cost),
        Column::InputCost => Cost::dollars(stats.input_cost),
        Column::OutputCost => Cost::dollars(stats.output_cost),
        Column::TotalTokens => float(stats.total_tokens),
        Column::InputTokens => float(stats.input_tokens),
        Column::OutputTokens => float(stats.output_tokens),
        Column::ErrorCount => float(stats.count_at(Level::Error)),
        Column::WarningCount => float(stats.count_at(Level::Warning)),
        Column::DefaultCount => float(stats.count_at(Level::Default)),
        Column::DebugCount => float(stats.count_at(Level::Debug)),
        _ => return Value::Number(None),
    }))
}
