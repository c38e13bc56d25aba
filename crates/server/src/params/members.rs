//! The members of a JSON body, read as Langfuse's validator reads them.
//!
//! Owns the rules that every such body shares, and collects every issue before it refuses a request. Members that nobody
//! asks for are ignored, unless an endpoint is strict. JSON's null stands for an absent member where one may be absent.

use serde_json::{Map, Value as Json};

use super::issue::{self, Issues};
use crate::error::{Code, Failure};

/// The path of a whole body.
pub(crate) const WHOLE: &[&str] = &[];

/// The members of a body, and what was found wrong with them so far.
#[derive(Debug)]
pub(crate) struct Members {
    members: Map<String, Json>,
    issues: Issues,
}

impl Members {
    /// Reads a body.
    ///
    /// # Errors
    /// Fails when it is not the JSON of an object.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Failure> {
        let json = serde_json::from_slice(body).map_err(|_| Failure::new(Code::InvalidJson, "Invalid JSON"))?;
        match json {
            Json::Object(members) => Ok(Self { members, issues: Issues::default() }),
            other => Err(Failure::issues(vec![issue::wrong_type(WHOLE, "object", &other)])),
        }
    }

    /// Whether there is a member of this name, be it null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, name: &str) -> String {
        match self.members.remove(name) {
            Some(Json::String(text)) => text,
            other => {
                self.refuse(issue::wrong_or_missing(&[name], "string", other.as_ref()));
                String::new()
            }
        }
    }

    /// A text that may be there.
    pub(crate) fn optional_text(&mut self, name: &str) -> Option<String> {
        match self.members.remove(name)? {
            Json::Null => None,
            Json::String(text) => Some(text),
            other => {
                self.refuse(issue::wrong_type(&[name], "string", &other));
                None
            }
        }
    }

    /// A finite number that may be there.
    pub(crate) fn optional_number(&mut self, name: &str) -> Option<f64> {
        let value = self.members.remove(name).filter(|value| !value.is_null())?;
        let number = value.as_f64().filter(|number| number.is_finite());
        if number.is_none() {
            self.refuse(issue::wrong_type(&[name], "number", &value));
        }
        number
    }

    /// True or false, if it is there.
    pub(crate) fn optional_flag(&mut self, name: &str) -> Option<bool> {
        let value = self.members.remove(name).filter(|value| !value.is_null())?;
        let flag = value.as_bool();
        if flag.is_none() {
            self.refuse(issue::wrong_type(&[name], "boolean", &value));
        }
        flag
    }

    /// A list that may be there, each element read by `read`, which says what is wrong with one.
    pub(crate) fn optional_list<T>(
        &mut self,
        name: &str,
        mut read: impl FnMut(usize, &Json) -> Result<T, Json>,
    ) -> Option<Vec<T>> {
        match self.members.remove(name)? {
            Json::Null => None,
            Json::Array(elements) => {
                let mut list = Vec::with_capacity(elements.len());
                for (index, element) in elements.iter().enumerate() {
                    match read(index, element) {
                        Ok(element) => list.push(element),
                        Err(issue) => self.refuse(issue),
                    }
                }
                Some(list)
            }
            other => {
                self.refuse(issue::wrong_type(&[name], "array", &other));
                None
            }
        }
    }

    /// One of `all`, by its name on the wire and in exactly this case; it must be there.
    pub(crate) fn choice<T: Copy>(&mut self, name: &str, all: &[T], as_str: fn(T) -> &'static str) -> Option<T> {
        let value = self.members.remove(name);
        let found = all.iter().copied().find(|option| value.as_ref().and_then(Json::as_str) == Some(as_str(*option)));
        if found.is_none() {
            let names: Vec<&str> = all.iter().map(|option| as_str(*option)).collect();
            self.refuse(issue::not_one_of(name, &names));
        }
        found
    }

    /// Refuses every member that is not in `known`.
    pub(crate) fn only(&mut self, known: &[&str]) {
        let names: Vec<String> = self.members.keys().filter(|name| !known.contains(&name.as_str())).cloned().collect();
        if !names.is_empty() {
            self.refuse(issue::unknown(&names));
        }
    }

    /// Takes note of something wrong.
    pub(crate) fn refuse(&mut self, issue: Json) {
        self.issues.refuse(issue);
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Fails with every issue noted so far.
    pub(crate) fn done(self) -> Result<(), Failure> {
        self.issues.done()
    }
}
