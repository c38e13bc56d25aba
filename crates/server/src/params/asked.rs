//! A record of what an endpoint asks of a query string: the source of the API's own description.
//!
//! An endpoint's reading of parameters is run once over an empty query string, and what it asks for is written down
//! here. So the description cannot say anything else than what is read.

use std::cell::RefCell;
use std::rc::Rc;

use spanstone_engine::query::Table;

use super::Least;

/// What was asked for so far. A clone is the same record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked(Rc<RefCell<Record>>);

#[derive(Debug, Default)]
struct Record {
    parameters: Vec<Parameter>,
    only: Option<Vec<String>>,
}

/// A parameter of a query string.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    /// Its name.
    pub(crate) name: String,
    /// How it is read.
    pub(crate) shape: Shape,
    /// Whether it must be given.
    pub(crate) is_required: bool,
}

/// How a parameter is read. Each is a method of [`super::Params`].
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// Every value of a key that may be repeated.
    Repeated,
    /// Any text, once.
    Text,
    /// A repeated key, or one value that is cut at commas.
    List,
    /// One value that is cut at commas.
    Csv,
    /// The same of known names.
    Names(Vec<&'static str>),
    /// A time with a zone.
    Time,
    /// A time as JavaScript reads it.
    LooseTime,
    /// One of some names.
    OneOf(Vec<&'static str>),
    /// `true` or `false`.
    Flag,
    /// An integer between bounds.
    Integer {
        /// The lower one.
        least: Least,
        /// The upper one.
        max: u32,
    },
    /// Any number.
    Number,
    /// Conditions on the columns of a table, as JSON.
    Filter(Table),
    /// A question as JSON: its schema.
    Question(serde_json::Value),
}

impl Asked {
    /// Adds a parameter. Of several readings of one name the most special counts.
    pub(super) fn note(&self, name: &str, shape: Shape) {
        let parameters = &mut self.0.borrow_mut().parameters;
        match parameters.iter_mut().find(|parameter| parameter.name == name) {
            None => parameters.push(Parameter { name: name.to_owned(), shape, is_required: false }),
            Some(known) if shape.rank() > known.shape.rank() => known.shape = shape,
            Some(_) => {}
        }
    }

    /// Notes that a parameter that was asked for must be given.
    pub(super) fn require(&self, name: &str) {
        let parameters = &mut self.0.borrow_mut().parameters;
        if let Some(parameter) = parameters.iter_mut().find(|parameter| parameter.name == name) {
            parameter.is_required = true;
        }
    }

    /// Notes that all other parameters are refused.
    pub(super) fn only(&self, known: &[&str]) {
        self.0.borrow_mut().only = Some(known.iter().map(|name| (*name).to_owned()).collect());
    }

    /// The parameters, in the order in which they were asked for.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        self.0.borrow().parameters.clone()
    }

    /// The parameters that a strict endpoint knows.
    pub(crate) fn only_known(&self) -> Option<Vec<String>> {
        self.0.borrow().only.clone()
    }
}

impl Shape {
    fn rank(&self) -> u8 {
        match self {
            Self::Repeated => 0,
            Self::Text => 1,
            Self::List | Self::Csv => 2,
            Self::OneOf(_) | Self::Number => 3,
            Self::Names(_)
            | Self::Time
            | Self::LooseTime
            | Self::Flag
            | Self::Integer { .. }
            | Self::Filter(_)
            | Self::Question(_) => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use spanstone_model::Limits;

    use super::*;
    use crate::params::Params;

    #[test]
    fn what_is_asked_for_is_recorded_once_in_its_most_special_form() {
        let (mut params, asked) = Params::recording();
        params.values("limit").next();
        params.page(&Limits::default());
        params.flag("deep");
        params.csv("ids");
        params.trace_fields();
        assert!(params.done().is_ok());
        let names: Vec<String> = asked.parameters().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["limit", "page", "deep", "ids", "fields"]);
        assert!(matches!(asked.parameters()[0].shape, Shape::Integer { max: 100, .. }));
        assert!(matches!(asked.parameters()[2].shape, Shape::Flag));
        assert!(matches!(&asked.parameters()[4].shape, Shape::Names(names) if names[0] == "core"));
    }
}
