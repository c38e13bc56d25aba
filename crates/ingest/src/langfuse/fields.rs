//! The fields of one object of an event, each read as what it must be.
//!
//! Owns the shared validation rules: a field may be absent or null unless it is asked for as required; what is
//! wrong becomes an issue and reads as absent. Refuses to stop at the first issue: clients get them all.

use std::borrow::Cow;

use spanstone_model::{ObservationId, Patch, Payload, Text, Timestamp, Tools, id};

use super::issue::{Issue, Step, wrong_type};
use crate::Keep;
use crate::environment;
use crate::lenient_json::{Json, Kind, Object, quote_into};
use crate::tools;

/// Reads the fields of one object and collects what is wrong with them.
pub(super) struct Fields<'r, 'a> {
    object: &'r Object<'a>,
    /// Where the object is in the event.
    path: &'static [&'static str],
    keep: Keep,
    issues: &'r mut Vec<Issue>,
}

impl<'r, 'a> Fields<'r, 'a> {
    pub(super) fn new(
        object: &'r Object<'a>,
        path: &'static [&'static str],
        keep: Keep,
        issues: &'r mut Vec<Issue>,
    ) -> Self {
        Self { object, path, keep, issues }
    }

    /// Returns a field's value unless it is absent or null.
    pub(super) fn value(&self, key: &str) -> Option<Json<'a>> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// Returns a field's value unless it is absent.
    pub(super) fn value_or_null(&self, key: &str) -> Option<Json<'a>> {
        self.object.get(key)
    }

    pub(super) fn has_null(&self, key: &str) -> bool {
        self.value_or_null(key).is_some_and(Json::is_null)
    }

    pub(super) fn string(&mut self, key: &'static str) -> Option<Cow<'a, str>> {
        let value = self.value(key)?;
        let string = value.string();
        if string.is_none() {
            self.wrong_type(key, "string", Some(value));
        }
        string
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<Text> {
        self.string(key).map(Text::from)
    }

    /// Reads a string that an explicit null clears.
    pub(super) fn patch(&mut self, key: &'static str) -> Patch<Text> {
        if self.has_null(key) {
            return Patch::Clear;
        }
        Patch::set(self.text(key))
    }

    /// Reads a string that must follow the id rule.
    pub(super) fn id(&mut self, key: &'static str) -> Option<Cow<'a, str>> {
        let text = self.string(key)?;
        match id::check_id(&text) {
            Ok(()) => Some(text),
            Err(error) => {
                let code = match error {
                    id::IdError::Empty => "too_small",
                    id::IdError::TooLong { .. } => "too_big",
                    id::IdError::CarriageReturn => "invalid_format",
                };
                self.issue(code, key, error.to_string());
                None
            }
        }
    }

    /// Reads an id that must be there.
    pub(super) fn required_id(&mut self, key: &'static str) -> Option<Cow<'a, str>> {
        self.require(key, "string")?;
        self.id(key)
    }

    pub(super) fn time(&mut self, key: &'static str) -> Option<Timestamp> {
        let text = self.string(key)?;
        let time = Timestamp::parse(&text).ok();
        if time.is_none() {
            self.issue("invalid_format", key, "Invalid ISO datetime");
        }
        time
    }

    /// Reads a time that must be there.
    pub(super) fn required_time(&mut self, key: &'static str) -> Option<Timestamp> {
        self.require(key, "string")?;
        self.time(key)
    }

    pub(super) fn boolean(&mut self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let boolean = value.boolean();
        if boolean.is_none() {
            self.wrong_type(key, "boolean", Some(value));
        }
        boolean
    }

    /// Reads a finite number.
    pub(super) fn number(&mut self, key: &'static str) -> Option<f64> {
        let value = self.value(key)?;
        let number = value.number().filter(|number| number.is_finite());
        if number.is_none() {
            self.wrong_type(key, "number", Some(value));
        }
        number
    }

    pub(super) fn integer(&mut self, key: &'static str) -> Option<i64> {
        let value = self.value(key)?;
        let integer = value.safe_integer();
        if integer.is_none() {
            let expected = if value.kind() == Kind::Number { "int" } else { "number" };
            self.wrong_type(key, expected, Some(value));
        }
        integer
    }

    pub(super) fn object(&mut self, key: &'static str) -> Option<Object<'a>> {
        let value = self.value(key)?;
        let object = value.object();
        if object.is_none() {
            self.wrong_type(key, "object", Some(value));
        }
        object
    }

    /// Reads one of a few names; `read` knows them, `names` lists them for the message.
    pub(super) fn name<T>(
        &mut self,
        key: &'static str,
        names: impl IntoIterator<Item = &'static str>,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(key)?;
        let known = value.string().and_then(|name| read(&name));
        if known.is_none() {
            let names: Vec<_> = names.into_iter().map(|name| format!("\"{name}\"")).collect();
            let message = format!("Invalid option: expected one of {}", names.join("|"));
            self.issue("invalid_value", key, message);
        }
        known
    }

    /// Reads a list of strings, empty when there is none.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<Text> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let Some(elements) = value.array() else {
            self.wrong_type(key, "array", Some(value));
            return Vec::new();
        };
        let mut texts = Vec::with_capacity(elements.len());
        for (index, element) in elements.into_iter().enumerate() {
            match element.string() {
                Some(text) => texts.push(Text::from(text)),
                None => {
                    let path = self.path_to(key).chain([Step::Index(index)]);
                    let message = wrong_type("string", element.kind().as_str());
                    self.issues.push(Issue::new("invalid_type", path, message));
                }
            }
        }
        texts
    }

    /// Reads the environment, which is never wrong.
    pub(super) fn environment(&self) -> Text {
        let name = self.value("environment").and_then(Json::string);
        environment::normalise(name.as_deref().unwrap_or_default())
    }

    /// Reads the environment, if one is stated.
    pub(super) fn stated_environment(&self) -> Option<Text> {
        self.value("environment").map(|_| self.environment())
    }

    /// Reads a parent; the empty string is none.
    pub(super) fn parent(&mut self, key: &'static str) -> Option<ObservationId> {
        let text = self.string(key).filter(|text| !text.is_empty());
        text.map(|text| ObservationId::from_wire(&text))
    }

    /// Reads an input or an output. What JavaScript takes for false never overwrites one, so it is none.
    pub(super) fn payload(&self, key: &str) -> Option<Payload> {
        let value = self.value(key).filter(|value| value.is_truthy())?;
        Some(match self.keep {
            Keep::Skeleton => Payload::Elided,
            Keep::Payloads => Payload::Text(value.stored_text().into()),
        })
    }

    /// Reads the names of the tools that an input and an output speak of.
    pub(super) fn tools(&self, input: &str, output: &str) -> Option<Box<Tools>> {
        let payload = |key| self.value(key).filter(|value| value.is_truthy());
        tools::tools_in(payload(input), payload(output)).names()
    }

    /// Reads metadata as an object. What is none becomes the member `metadata` of one; an empty object says
    /// nothing.
    pub(super) fn metadata(&self) -> Option<Payload> {
        let value = self.value("metadata")?;
        if value.is_empty_object() {
            return None;
        }
        Some(match self.keep {
            Keep::Skeleton => Payload::Elided,
            Keep::Payloads => Payload::Text(metadata_text(value).into()),
        })
    }

    pub(super) fn issue(&mut self, code: &'static str, key: &'static str, message: impl Into<Cow<'static, str>>) {
        let path = self.path_to(key);
        self.issues.push(Issue::new(code, path, message));
    }

    /// Notes an issue of the object as a whole.
    pub(super) fn object_issue(&mut self, message: &'static str) {
        let path = self.path.iter().copied().map(Step::from);
        self.issues.push(Issue::new("custom", path, message));
    }

    /// Notes an issue of a member of the object in the field `key`.
    pub(super) fn member_issue(&mut self, key: &'static str, member: &str, message: &'static str) {
        let step = Step::Key(Cow::Owned(member.to_owned()));
        let path = self.path_to(key).chain([step]);
        self.issues.push(Issue::new("invalid_union", path, message));
    }

    /// Reads the fields of an object that is a field's value.
    pub(super) fn within<'s>(&'s mut self, object: &'s Object<'a>, path: &'static [&'static str]) -> Fields<'s, 'a> {
        Fields::new(object, path, self.keep, self.issues)
    }

    fn require(&mut self, key: &'static str, expected: &'static str) -> Option<()> {
        let value = self.object.get(key);
        if value.is_none_or(Json::is_null) {
            self.wrong_type(key, expected, value);
            return None;
        }
        Some(())
    }

    pub(super) fn wrong_type(&mut self, key: &'static str, expected: &str, received: Option<Json<'_>>) {
        let received = received.map_or("undefined", |value| value.kind().as_str());
        self.issue("invalid_type", key, wrong_type(expected, received));
    }

    fn path_to(&self, key: &'static str) -> impl Iterator<Item = Step> + use<> {
        self.path.iter().copied().chain([key]).map(Step::from)
    }
}

/// Returns metadata as the text of a JSON object. Numbers, booleans and arrays that stand alone become strings,
/// as they do in Langfuse, so that two of them replace rather than merge into each other.
fn metadata_text(value: Json<'_>) -> String {
    if value.kind() == Kind::Object {
        return value.compact();
    }
    let mut text = String::from("{\"metadata\":");
    quote_into(&value.stored_text(), &mut text);
    text.push('}');
    text
}
