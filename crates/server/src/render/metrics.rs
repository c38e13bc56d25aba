//! Answers about metrics: rows as objects, with the columns of the question as keys.

use schemars::JsonSchema;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use spanstone_engine::query::metrics::{Cell, MetricsAnswer};

use super::Number;

/// The rows of an answer, each with the dimensions and measures of the question as keys.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Metrics")]
pub(crate) struct MetricsView<'a> {
    #[schemars(with = "Vec<serde_json::Map<String, serde_json::Value>>")]
    data: Vec<Row<'a>>,
}

struct Row<'a> {
    columns: &'a [String],
    cells: &'a [Cell],
}

struct Value<'a>(&'a Cell);

impl<'a> MetricsView<'a> {
    /// An answer with its rows.
    pub(crate) fn new(answer: &'a MetricsAnswer) -> Self {
        let row = |cells: &'a Vec<Cell>| Row { columns: &answer.columns, cells };
        Self { data: answer.rows.iter().map(row).collect() }
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for (column, cell) in self.columns.iter().zip(self.cells) {
            map.serialize_entry(column, &Value(cell))?;
        }
        map.end()
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Cell::Null => serializer.serialize_unit(),
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Texts(texts) => texts.serialize(serializer),
            Cell::Flag(flag) => serializer.serialize_bool(*flag),
            Cell::Whole(whole) => match i64::try_from(*whole) {
                Ok(whole) => serializer.serialize_i64(whole),
                Err(_) => {
                    #[expect(clippy::cast_precision_loss, reason = "beyond what JavaScript reads exactly anyway")]
                    let float = *whole as f64;
                    serializer.serialize_f64(float)
                }
            },
            Cell::Real(real) => Number(*real).serialize(serializer),
            Cell::Bars(bars) => {
                let bars: Vec<_> = bars.iter().map(|bar| bar.map(Number)).collect();
                bars.serialize(serializer)
            }
        }
    }
}
