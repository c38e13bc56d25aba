//! Query strings: reading parameters as Langfuse's validator reads them.
//!
//! Owns the rules that every endpoint shares (repeated keys, lists, times, pages) and collects every issue before
//! it refuses a request. Parameters that nobody asks for are ignored, unless an endpoint is strict. What an endpoint
//! asks for can be recorded, which is how the API describes itself.

pub(crate) mod asked;
pub(crate) mod cursor;
pub(crate) mod experiments;
pub(crate) mod fields;
pub(crate) mod issue;
pub(crate) mod members;
pub(crate) mod metrics;

use serde_json::Value as Json;
use spanstone_engine::query::{Column, Comparison, Direction, Filter, PageRequest, Table, Test, TextMatch};
use spanstone_model::{Limits, Timestamp};

use self::asked::{Asked, Shape};
use self::issue::Issues;
use crate::error::Failure;

/// How many rows a page has unless the client says otherwise.
pub(crate) const ROWS_DEFAULT: u32 = 50;

/// The parameters of a query string, and what was found wrong with them so far.
#[derive(Debug)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
    issues: Issues,
    asked: Option<Asked>,
}

impl Params {
    /// Reads a query string; percent-encoding that is not UTF-8 is read with replacement characters.
    pub(crate) fn parse(query: &str) -> Self {
        Self { pairs: form_urlencoded::parse(query.as_bytes()).into_owned().collect(), ..Self::empty() }
    }

    fn empty() -> Self {
        Self { pairs: Vec::new(), issues: Issues::default(), asked: None }
    }

    /// No parameters, and a record of all that will be asked for.
    pub(crate) fn recording() -> (Self, Asked) {
        let asked = Asked::default();
        (Self { asked: Some(asked.clone()), ..Self::empty() }, asked)
    }

    /// Says what a parameter looks like, for the record.
    pub(crate) fn note(&self, name: &str, shape: impl FnOnce() -> Shape) {
        if let Some(asked) = &self.asked {
            asked.note(name, shape());
        }
    }

    /// Says that a parameter that was asked for must be given, for the record.
    pub(crate) fn require(&self, name: &str) {
        if let Some(asked) = &self.asked {
            asked.require(name);
        }
    }

    /// Every value of a parameter, in order.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.note(name, || Shape::Repeated);
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that may be given once. The empty string is a value.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.note(name, || Shape::Text);
        let mut values = self.values(name);
        let (first, repeated) = (values.next().map(str::to_owned), values.next().is_some());
        drop(values);
        if repeated {
            self.refuse(issue::repeated(name));
        }
        first
    }

    /// A parameter that may be given once; the empty string stands for none.
    pub(crate) fn filled(&mut self, name: &str) -> Option<String> {
        self.text(name).filter(|value| !value.is_empty())
    }

    /// A parameter that is a list: a repeated key gives its elements, a single value is cut at commas.
    pub(crate) fn list(&mut self, name: &str) -> Vec<String> {
        self.note(name, || Shape::List);
        let values: Vec<&str> = self.values(name).collect();
        match values.as_slice() {
            [] | [""] => Vec::new(),
            [single] => single.split(',').map(str::to_owned).collect(),
            many => many.iter().map(|value| (*value).to_owned()).collect(),
        }
    }

    /// A parameter that is one comma-separated text; blanks around its parts and empty parts do not count.
    pub(crate) fn csv(&mut self, name: &str) -> Vec<String> {
        self.note(name, || Shape::Csv);
        let text = self.text(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// A date and time with a zone.
    pub(crate) fn time(&mut self, name: &str) -> Option<Timestamp> {
        self.note(name, || Shape::Time);
        let parsed = Timestamp::parse(&self.text(name)?);
        if parsed.is_err() {
            self.refuse(issue::not_a_time(name));
        }
        parsed.ok()
    }

    /// A time in any form that JavaScript's `Date` reads and that has one meaning: with a zone, without one (UTC),
    /// a date alone, milliseconds since 1970. The empty string stands for none.
    pub(crate) fn loose_time(&mut self, name: &str) -> Option<Timestamp> {
        self.note(name, || Shape::LooseTime);
        let text = self.filled(name)?;
        let parsed = read_loose_time(&text);
        if parsed.is_none() {
            self.refuse(issue::custom(name, "Invalid input: expected date, received Date"));
        }
        parsed
    }

    /// One of `all`, by its name on the wire and in exactly this case.
    pub(crate) fn choice<T: Copy>(&mut self, name: &str, all: &[T], as_str: fn(T) -> &'static str) -> Option<T> {
        self.note(name, || Shape::OneOf(all.iter().map(|option| as_str(*option)).collect()));
        let text = self.text(name)?;
        let found = all.iter().copied().find(|option| as_str(*option) == text);
        if found.is_none() {
            let names: Vec<&str> = all.iter().map(|option| as_str(*option)).collect();
            self.refuse(issue::not_one_of(name, &names));
        }
        found
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        self.note(name, || Shape::Flag);
        self.choice(name, &[true, false], |flag| if flag { "true" } else { "false" })
    }

    /// An integer between bounds; the empty string stands for none. JavaScript's reading of numbers: `1e2` is 100.
    pub(crate) fn integer(&mut self, name: &str, least: Least, max: u32) -> Option<u32> {
        self.note(name, || Shape::Integer { least, max });
        let text = self.filled(name)?;
        match read_integer(name, &text, least, max) {
            Ok(number) => Some(number),
            Err(issue) => {
                self.refuse(issue);
                None
            }
        }
    }

    /// A finite or infinite number; the empty string stands for none.
    pub(crate) fn number(&mut self, name: &str) -> Option<f64> {
        self.note(name, || Shape::Number);
        let text = self.filled(name)?;
        let number = javascript_number(&text);
        if number.is_none() {
            self.refuse(issue::not_a_number(name));
        }
        number
    }

    /// `page` and `limit`.
    pub(crate) fn page(&mut self, limits: &Limits) -> PageRequest {
        let page = self.integer("page", Least::Above(0), u32::MAX).unwrap_or(1);
        let limit = self.integer("limit", Least::AtLeast(1), limits.page_rows_max).unwrap_or(ROWS_DEFAULT);
        PageRequest { page, limit }
    }

    /// `<column>.<asc|desc>`, of some columns by their names.
    pub(crate) fn order<T: Copy>(&mut self, name: &str, columns: &[(&str, T)]) -> Option<(T, Direction)> {
        let text = self.filled(name)?;
        let (column, direction) = text.split_once('.').unwrap_or((&text, ""));
        let direction = match direction.to_ascii_lowercase().as_str() {
            "asc" => Some(Direction::Ascending),
            "desc" => Some(Direction::Descending),
            _ => None,
        };
        let found = columns.iter().find(|(known, _)| *known == column).map(|(_, column)| *column);
        if let (Some(column), Some(direction)) = (found, direction) {
            return Some((column, direction));
        }
        let known = columns.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", ");
        let message = format!("expected `<column>.asc` or `<column>.desc`, with a column out of {known}");
        self.refuse(issue::custom(name, &message));
        None
    }

    /// Takes note of something wrong.
    pub(crate) fn refuse(&mut self, issue: Json) {
        self.issues.refuse(issue);
    }

    /// Refuses every parameter that is not in `known`.
    pub(crate) fn only(&mut self, known: &[&str]) {
        if let Some(asked) = &self.asked {
            asked.only(known);
        }
        let mut names: Vec<String> = Vec::new();
        for (name, _) in &self.pairs {
            if !known.contains(&name.as_str()) && !names.contains(name) {
                names.push(name.clone());
            }
        }
        if !names.is_empty() {
            self.refuse(issue::unknown(&names));
        }
    }

    /// Adds the conditions of the `filter` parameter, which take over the columns they name.
    ///
    /// # Errors
    /// Fails with every issue noted so far, or when the filter cannot be used.
    pub(crate) fn finish(mut self, simple: Filter, table: Table, limits: &Limits) -> Result<Filter, Failure> {
        self.note("filter", || Shape::Filter(table));
        let json = self.filled("filter").unwrap_or_default();
        self.done()?;
        let advanced = Filter::parse(&json, table, limits.filter_conditions_max)
            .map_err(|error| Failure::invalid(error.to_string()))?;
        Ok(simple.overridden_by(advanced))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Fails with every issue noted so far.
    pub(crate) fn done(self) -> Result<(), Failure> {
        self.issues.done()
    }
}

/// Conditions that simple parameters set.
pub(crate) trait SimpleConditions {
    /// The column equals the text, if there is one.
    fn equals(&mut self, column: Column, text: Option<String>);
    /// The column is one of these, if there are any.
    fn any_of(&mut self, column: Column, texts: Vec<String>);
    /// The list has all of these, if there are any.
    fn all_of(&mut self, column: Column, texts: Vec<String>);
    /// The time is at or after `from` and before `to`.
    fn between(&mut self, column: Column, from: Option<Timestamp>, to: Option<Timestamp>);
}

impl SimpleConditions for Filter {
    fn equals(&mut self, column: Column, text: Option<String>) {
        if let Some(text) = text {
            self.and(column, Test::Text(TextMatch::Equals, text));
        }
    }

    fn any_of(&mut self, column: Column, texts: Vec<String>) {
        if !texts.is_empty() {
            self.and(column, Test::AnyOf(texts));
        }
    }

    fn all_of(&mut self, column: Column, texts: Vec<String>) {
        if !texts.is_empty() {
            self.and(column, Test::AllOf(texts));
        }
    }

    fn between(&mut self, column: Column, from: Option<Timestamp>, to: Option<Timestamp>) {
        if let Some(from) = from {
            self.and(column, Test::Time(Comparison::GreaterOrEqual, from));
        }
        if let Some(to) = to {
            self.and(column, Test::Time(Comparison::Less, to));
        }
    }
}

/// The lower bound of a number.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Least {
    /// The bound itself is allowed.
    AtLeast(u32),
    /// The bound itself is not.
    Above(u32),
}

fn read_integer(name: &str, text: &str, least: Least, max: u32) -> Result<u32, Json> {
    let number = javascript_number(text).ok_or_else(|| issue::not_a_number(name))?;
    if number.fract() != 0.0 {
        return Err(issue::not_an_integer(name));
    }
    let (minimum, inclusive) = match least {
        Least::AtLeast(minimum) => (minimum, true),
        Least::Above(minimum) => (minimum, false),
    };
    let minimum_float = f64::from(minimum);
    if number < minimum_float || (!inclusive && number <= minimum_float) {
        return Err(issue::too_small(name, minimum, inclusive));
    }
    if number > f64::from(max) {
        return Err(issue::too_big(name, max));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an integer between two values of u32")]
    Ok(number as u32)
}

/// A time in the forms of [`Params::loose_time`].
fn read_loose_time(text: &str) -> Option<Timestamp> {
    Timestamp::parse_loosely(text).ok().or_else(|| text.parse().ok().map(Timestamp::from_millis))
}

/// JavaScript's `Number(text)`, without the forms that nobody sends (hexadecimal, octal, binary).
fn javascript_number(text: &str) -> Option<f64> {
    let text = text.trim();
    match text {
        "" => Some(0.0),
        "Infinity" | "+Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // Rust also reads `inf` and `nan`, which JavaScript does not.
        _ if text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) => {
            text.parse().ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn issues_of(params: Params) -> Json {
        match params.done() {
            Ok(()) => json!([]),
            Err(failure) => {
                let answer = failure.render(crate::error::Dialect::Public, String::new);
                let body = actix_web::body::MessageBody::try_into_bytes(answer.into_body()).expect("in memory");
                let mut body: Json = serde_json::from_slice(&body).expect("JSON");
                body["error"].take()
            }
        }
    }

    fn page_of(query: &str) -> (PageRequest, Json) {
        let mut params = Params::parse(query);
        let page = params.page(&Limits::default());
        (page, issues_of(params))
    }

    #[test]
    fn pages_are_counted_from_one_and_have_at_most_a_hundred_rows() {
        let page = |page, limit| PageRequest { page, limit };
        assert_eq!(page_of(""), (page(1, 50), json!([])));
        assert_eq!(page_of("page=&limit="), (page(1, 50), json!([])));
        assert_eq!(page_of("page=1e2&limit=100"), (page(100, 100), json!([])));
        assert_eq!(page_of("page= 7 &limit=1.0"), (page(7, 1), json!([])));
        for (query, code) in [
            ("limit=101", "too_big"),
            ("limit=0", "too_small"),
            ("page=0", "too_small"),
            ("page=-1", "too_small"),
            ("page=abc", "invalid_type"),
            ("page=1.5", "invalid_type"),
            ("page=nan", "invalid_type"),
            ("page=Infinity", "invalid_type"),
            ("page=1&page=2", "invalid_type"),
        ] {
            assert_eq!(page_of(query).1[0]["code"], code, "{query}");
        }
    }

    #[test]
    fn the_issues_of_numbers_have_zods_form() {
        assert_eq!(
            page_of("limit=101&page=0").1,
            json!([
                {"origin": "number", "code": "too_small", "minimum": 0, "inclusive": false, "path": ["page"],
                 "message": "Too small: expected number to be >0"},
                {"origin": "number", "code": "too_big", "maximum": 100, "inclusive": true, "path": ["limit"],
                 "message": "Too big: expected number to be <=100"}
            ])
        );
    }

    #[test]
    fn a_list_is_a_repeated_key_or_cut_at_commas() {
        let list = |query| Params::parse(query).list("tags");
        assert_eq!(list("tags=a,b"), ["a", "b"]);
        assert_eq!(list("tags=a,b&tags=c"), ["a,b", "c"]);
        assert_eq!(list("tags=%C3%BC%2Cb+c"), ["ü", "b c"]);
        assert_eq!(list("tags="), Vec::<String>::new());
        assert_eq!(Params::parse("x=+a+,,b").csv("x"), ["a", "b"]);
    }

    #[test]
    fn times_need_a_zone_except_where_javascript_reads_them() {
        let strict = |text: &str| Params::parse(&format!("t={text}")).time("t").map(|time| time.to_string());
        let loose = |text: &str| Params::parse(&format!("t={text}")).loose_time("t").map(|time| time.to_string());
        let noon = Some("2026-08-21T12:00:00.000Z".to_owned());
        assert_eq!(strict("2026-08-21T12:00Z"), noon);
        assert_eq!(strict("2026-08-21T14:00:00.000000%2B02:00"), noon);
        assert_eq!(strict("2026-08-21"), None);
        assert_eq!(strict(""), None);
        assert_eq!(loose("2026-08-21T12:00:00"), noon);
        assert_eq!(loose("2026-08-21"), Some("2026-08-21T00:00:00.000Z".to_owned()));
        assert_eq!(loose("1000"), Some("1970-01-01T00:00:01.000Z".to_owned()));
        assert_eq!(loose("yesterday"), None);
    }

    #[test]
    fn a_strict_endpoint_names_what_it_does_not_know() {
        let mut params = Params::parse("a=1&b=2&b=3&c=4");
        params.only(&["a"]);
        assert_eq!(
            issues_of(params),
            json!([{"code": "unrecognized_keys", "keys": ["b", "c"], "path": [],
                    "message": "Unrecognized keys: \"b\", \"c\""}])
        );
    }

    #[test]
    fn a_filter_takes_over_the_columns_it_names() {
        let mut params = Params::parse(
            "name=n&filter=%5B%7B%22type%22%3A%22string%22%2C%22column%22%3A%22name%22%2C%22operator%22%3A%22%3D%22%2C%22value%22%3A%22m%22%7D%5D",
        );
        let mut simple = Filter::all();
        simple.equals(Column::Name, params.text("name"));
        let filter = params.finish(simple, Table::Traces, &Limits::default()).expect("a valid filter");
        let mut expected = Filter::all();
        expected.equals(Column::Name, Some("m".into()));
        assert_eq!(filter, expected);
    }

    proptest! {
        #[test]
        fn no_query_string_makes_the_reader_panic(query in ".{0,60}") {
            let mut params = Params::parse(&query);
            params.page(&Limits::default());
            params.time("a");
            params.loose_time("a");
            let _ = params.done();
        }

        #[test]
        fn no_number_makes_the_reader_panic(text in "[-+0-9.eE]{0,12}") {
            let _ = page_of(&format!("page={text}&limit={text}"));
        }
    }
}
