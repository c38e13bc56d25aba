//! The `query` parameter of the metrics endpoints: a JSON object, checked as Langfuse's validator does.
//!
//! Owns the shape of the object and the issues about it. What its names mean is the query's: see
//! [`spanstone_engine::query::metrics`].

use serde_json::{Map, Value as Json, json};
use spanstone_engine::query::metrics::{
    Aggregation, Generation, Granularity, MetricsCondition, MetricsRequest, TimeDimension, View,
};
use spanstone_engine::query::{Comparison, Direction, Test, TextMatch};
use spanstone_model::{Limits, Timestamp};

use super::asked::Shape;
use super::issue::{self, Issues};
use super::{Params, read_loose_time};
use crate::error::Failure;
use crate::openapi::question;

/// The most bars of a histogram.
const BINS_MAX: u32 = 100;
/// The most rows that may be asked for (Langfuse's own limit).
const ROWS_MAX: u32 = 1_000;

/// Types of conditions, and the operators that each takes.
pub(crate) const TYPES: [(&str, &[&str]); 12] = [
    ("datetime", &[">", "<", ">=", "<="]),
    ("string", &["=", "contains", "does not contain", "starts with", "ends with"]),
    ("number", &["=", ">", "<", ">=", "<="]),
    ("stringOptions", &["any of", "none of"]),
    ("categoryOptions", &["any of", "none of"]),
    ("arrayOptions", &["any of", "none of", "all of"]),
    ("stringObject", &["=", "contains", "does not contain", "starts with", "ends with"]),
    ("numberObject", &["=", ">", "<", ">=", "<="]),
    ("booleanObject", &["=", "<>"]),
    ("boolean", &["=", "<>"]),
    ("null", &["is null", "is not null"]),
    ("positionInTrace", &["="]),
];

/// Reads the parameter.
///
/// # Errors
/// Fails when it is missing, not JSON, or of another shape.
pub(crate) fn read(mut params: Params, generation: Generation, limits: &Limits) -> Result<MetricsRequest, Failure> {
    params.note("query", || Shape::Question(question::schema(generation)));
    let text = params.text("query");
    params.require("query");
    if text.is_none() {
        params.refuse(issue::wrong_or_missing(&[json!("query")], "string", None));
    }
    params.done()?;
    let json: Json = serde_json::from_str(&text.unwrap_or_default())
        .map_err(|error| Failure::invalid(format!("Invalid JSON in the parameter `query`: {error}")))?;
    let mut reader = Reader { issues: Issues::default() };
    let request = reader.request(&json, generation, limits);
    reader.issues.done()?;
    request.ok_or_else(|| Failure::internal("a question of metrics without issues cannot be read"))
}

/// Reads JSON and takes note of what is wrong with it.
struct Reader {
    issues: Issues,
}

impl Reader {
    fn request(&mut self, json: &Json, generation: Generation, limits: &Limits) -> Option<MetricsRequest> {
        let path = [json!("query")];
        let object = self.object(Some(json), &path)?;
        let at = |key: &str| [path.as_slice(), &[json!(key)]].concat();
        let view = self.choice(object.get("view"), View::of(generation), View::as_str, &at("view"));
        let dimensions = self.each(object.get("dimensions"), &at("dimensions"), Self::dimension);
        let metrics = match object.get("metrics") {
            Some(metrics) => self.each(Some(metrics), &at("metrics"), Self::metric),
            None => self.refuse(issue::wrong_or_missing(&at("metrics"), "array", None)),
        };
        let filters = self.each(object.get("filters"), &at("filters"), Self::condition);
        let time = self.time_dimension(present(object, "timeDimension"), &at("timeDimension"));
        let from = self.time(object.get("fromTimestamp"), &at("fromTimestamp"));
        let to = self.time(object.get("toTimestamp"), &at("toTimestamp"));
        if from.zip(to).is_some_and(|(from, to)| from >= to) {
            let message = "toTimestamp must be after fromTimestamp";
            self.refuse::<()>(json!({"code": "custom", "path": at("toTimestamp"), "message": message}));
        }
        let order = self.each(present(object, "orderBy"), &at("orderBy"), Self::order);
        let (bins, row_limit) = self.config(present(object, "config"), &at("config"));
        self.bound(limits.metrics_columns_max, dimensions.as_ref()?.len() + metrics.as_ref()?.len(), &at("metrics"));
        self.bound(limits.filter_conditions_max, filters.as_ref()?.len(), &at("filters"));
        self.bound(limits.metrics_columns_max, order.as_ref()?.len(), &at("orderBy"));
        Some(MetricsRequest {
            view: view?,
            dimensions: dimensions?,
            metrics: metrics?,
            filters: filters?,
            time: time?,
            from: from?,
            to: to?,
            order: order?,
            bins: bins?,
            row_limit: row_limit?,
        })
    }

    fn dimension(&mut self, json: &Json, path: &[Json]) -> Option<String> {
        let object = self.object(Some(json), path)?;
        self.text(object.get("field"), &under(path, "field"))
    }

    fn metric(&mut self, json: &Json, path: &[Json]) -> Option<(String, Aggregation)> {
        let object = self.object(Some(json), path)?;
        let measure = self.text(object.get("measure"), &under(path, "measure"));
        let path = under(path, "aggregation");
        let aggregation = self.choice(object.get("aggregation"), &Aggregation::ALL, Aggregation::as_str, &path);
        Some((measure?, aggregation?))
    }

    fn order(&mut self, json: &Json, path: &[Json]) -> Option<(String, Direction)> {
        let object = self.object(Some(json), path)?;
        let field = self.text(object.get("field"), &under(path, "field"));
        let name = |direction| if direction == Direction::Ascending { "asc" } else { "desc" };
        let all = [Direction::Ascending, Direction::Descending];
        let direction = self.choice(object.get("direction"), &all, name, &under(path, "direction"));
        Some((field?, direction?))
    }

    /// What it says of time, if anything.
    fn time_dimension(&mut self, json: Option<&Json>, path: &[Json]) -> Option<Option<TimeDimension>> {
        let Some(json) = json else { return Some(None) };
        let object = self.object(Some(json), path)?;
        let all = [
            TimeDimension::Auto,
            TimeDimension::Every(Granularity::Minute),
            TimeDimension::Every(Granularity::Hour),
            TimeDimension::Every(Granularity::Day),
            TimeDimension::Every(Granularity::Week),
            TimeDimension::Every(Granularity::Month),
        ];
        let name = |time: TimeDimension| match time {
            TimeDimension::Auto => "auto",
            TimeDimension::Every(Granularity::Minute) => "minute",
            TimeDimension::Every(Granularity::Hour) => "hour",
            TimeDimension::Every(Granularity::Day) => "day",
            TimeDimension::Every(Granularity::Week) => "week",
            TimeDimension::Every(Granularity::Month) => "month",
        };
        self.choice(object.get("granularity"), &all, name, &under(path, "granularity")).map(Some)
    }

    /// The most bars and the most rows, as far as they are given.
    fn config(&mut self, json: Option<&Json>, path: &[Json]) -> (Option<Option<usize>>, Option<Option<usize>>) {
        let Some(json) = json else { return (Some(None), Some(None)) };
        let Some(object) = self.object(Some(json), path) else { return (None, None) };
        let mut count = |key: &str, max: u32| match object.get(key) {
            Some(json) => self.count(json, max, &under(path, key)).map(Some),
            None => Some(None),
        };
        (count("bins", BINS_MAX), count("row_limit", ROWS_MAX))
    }

    fn condition(&mut self, json: &Json, path: &[Json]) -> Option<MetricsCondition> {
        let object = self.object(Some(json), path)?;
        let kind = object.get("type").and_then(Json::as_str);
        let Some((kind, operators)) = TYPES.iter().find(|(name, _)| Some(*name) == kind) else {
            return self.refuse(json!({
                "code": "invalid_union", "errors": [], "note": "No matching discriminator", "discriminator": "type",
                "path": under(path, "type"), "message": "Invalid input",
            }));
        };
        let column = self.text(object.get("column"), &under(path, "column"));
        let operator = self.choice(object.get("operator"), operators, |name| name, &under(path, "operator"));
        let has_key = kind.ends_with("Object") || *kind == "categoryOptions";
        let key = if has_key { self.text(object.get("key"), &under(path, "key")) } else { None };
        let test = match operator {
            Some(operator) => self.test(kind, operator, object.get("value"), &under(path, "value")),
            None => None,
        };
        let test = match key {
            Some(key) => test.map(|test| Test::At(key, Box::new(test))),
            None => test,
        };
        Some(MetricsCondition { column: column?, kind: (*kind).to_owned(), test })
    }

    /// What a condition asks; nothing for types that no column of metrics takes.
    fn test(&mut self, kind: &str, operator: &str, value: Option<&Json>, path: &[Json]) -> Option<Test> {
        match kind {
            "datetime" => {
                let time = value.and_then(Json::as_str).and_then(read_loose_time);
                let refusal = issue::wrong_or_missing(path, "date", value);
                let Some(time) = time else { return self.refuse(refusal) };
                Some(Test::Time(Comparison::from_operator(operator)?, time))
            }
            "string" | "stringObject" => Some(Test::Text(TextMatch::from_operator(operator)?, self.text(value, path)?)),
            "number" => match value.and_then(Json::as_f64) {
                Some(number) => Some(Test::Number(Comparison::from_operator(operator)?, number)),
                None => self.refuse(issue::wrong_or_missing(path, "number", value)),
            },
            "boolean" => match value.and_then(Json::as_bool) {
                Some(flag) => Some(Test::Flag(flag == (operator == "="))),
                None => self.refuse(issue::wrong_or_missing(path, "boolean", value)),
            },
            "null" => match (value.and_then(Json::as_str), operator) {
                (Some(""), "is null") => Some(Test::IsNull),
                (Some(""), _) => Some(Test::IsNotNull),
                _ => self.refuse(json!({
                    "code": "invalid_value", "values": [""], "path": path, "message": "Invalid input: expected \"\"",
                })),
            },
            "stringOptions" | "arrayOptions" => self.options(kind, operator, value?, path),
            _ => None,
        }
    }

    fn options(&mut self, kind: &str, operator: &str, value: &Json, path: &[Json]) -> Option<Test> {
        let options = self.each(Some(value), path, |reader, json, path| reader.text(Some(json), path))?;
        let may_be_empty = kind == "arrayOptions" && operator != "any of";
        if options.is_empty() && !may_be_empty {
            return self.refuse(json!({
                "origin": "array", "code": "too_small", "minimum": 1, "inclusive": true, "path": path,
                "message": "Too small: expected array to have >=1 items",
            }));
        }
        Test::of_options(operator, options)
    }

    /// Takes note of something wrong.
    fn refuse<T>(&mut self, issue: Json) -> Option<T> {
        self.issues.refuse(issue);
        None
    }

    fn object<'j>(&mut self, json: Option<&'j Json>, path: &[Json]) -> Option<&'j Map<String, Json>> {
        let object = json.and_then(Json::as_object);
        if object.is_none() {
            self.refuse::<()>(issue::wrong_or_missing(path, "object", json));
        }
        object
    }

    fn text(&mut self, json: Option<&Json>, path: &[Json]) -> Option<String> {
        match json.and_then(Json::as_str) {
            Some(text) => Some(text.to_owned()),
            None => self.refuse(issue::wrong_or_missing(path, "string", json)),
        }
    }

    /// The elements of a list; none when there is no list.
    fn each<T>(
        &mut self,
        json: Option<&Json>,
        path: &[Json],
        mut read: impl FnMut(&mut Self, &Json, &[Json]) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(json) = json else { return Some(Vec::new()) };
        let Some(list) = json.as_array() else {
            return self.refuse(issue::wrong_or_missing(path, "array", Some(json)));
        };
        let read: Vec<_> = list.iter().enumerate().map(|(index, json)| read(self, json, &under(path, index))).collect();
        read.into_iter().collect()
    }

    fn choice<T: Copy>(
        &mut self,
        json: Option<&Json>,
        all: &[T],
        name: impl Fn(T) -> &'static str,
        path: &[Json],
    ) -> Option<T> {
        let text = json.and_then(Json::as_str);
        let found = all.iter().copied().find(|option| Some(name(*option)) == text);
        if found.is_none() {
            let names: Vec<_> = all.iter().map(|option| name(*option)).collect();
            self.refuse::<()>(at(issue::not_one_of("", &names), path));
        }
        found
    }

    fn time(&mut self, json: Option<&Json>, path: &[Json]) -> Option<Timestamp> {
        let text = self.text(json, path)?;
        match Timestamp::parse(&text) {
            Ok(time) => Some(time),
            Err(_) => self.refuse(at(issue::not_a_time(""), path)),
        }
    }

    /// A whole number from 1 on.
    fn count(&mut self, json: &Json, max: u32, path: &[Json]) -> Option<usize> {
        let Some(number) = json.as_f64() else {
            return self.refuse(issue::wrong_or_missing(path, "number", Some(json)));
        };
        if number.fract() != 0.0 {
            return self.refuse(at(issue::not_an_integer(""), path));
        }
        if number < 1.0 {
            return self.refuse(at(issue::too_small("", 1, true), path));
        }
        if number > f64::from(max) {
            return self.refuse(at(issue::too_big("", max), path));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number, see above")]
        Some(number as usize)
    }

    fn bound(&mut self, max: usize, count: usize, path: &[Json]) {
        if count > max {
            self.refuse::<()>(json!({
                "origin": "array", "code": "too_big", "maximum": max, "inclusive": true, "path": path,
                "message": format!("Too big: expected array to have <={max} items, this one has {count}"),
            }));
        }
    }
}

/// What is given under a key, unless it is null.
fn present<'j>(object: &'j Map<String, Json>, key: &str) -> Option<&'j Json> {
    object.get(key).filter(|json| !json.is_null())
}

fn under(path: &[Json], step: impl Into<Json>) -> Vec<Json> {
    [path, &[step.into()]].concat()
}

fn at(mut issue: Json, path: &[Json]) -> Json {
    issue["path"] = path.into();
    issue
}
