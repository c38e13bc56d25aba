//! The experiment that a span is a part of: attributes that start with `langfuse.experiment.`.

use spanstone_model::{Experiment, ObservationId, Text, Timestamp};

use super::attributes::Attributes;
use super::value::{Value, list_into};
use crate::lenient_json::{Json, quote_into};

const PREFIX: &str = "langfuse.experiment.";
const ID: &str = "langfuse.experiment.id";
const NAME: &str = "langfuse.experiment.name";
const DESCRIPTION: &str = "langfuse.experiment.description";
const METADATA: &str = "langfuse.experiment.metadata";
const DATASET_ID: &str = "langfuse.experiment.dataset.id";
const ITEM_ID: &str = "langfuse.experiment.item.id";
const ITEM_VERSION: &str = "langfuse.experiment.item.version";
const ITEM_METADATA: &str = "langfuse.experiment.item.metadata";
const EXPECTED_OUTPUT: &str = "langfuse.experiment.item.expected_output";
const ROOT: &str = "langfuse.experiment.item.root_observation_id";

/// Returns the experiment, which has an id.
pub(super) fn experiment(attributes: &Attributes<'_>) -> Option<Box<Experiment>> {
    let text = |key| attributes.truthy(key).map(|value| Text::from(value.text()));
    let id = text(ID)?;
    Some(Box::new(Experiment {
        id,
        name: text(NAME),
        dataset_id: text(DATASET_ID),
        item_id: text(ITEM_ID),
        item_version: text(ITEM_VERSION).filter(|version| is_date(version)),
        root_observation_id: text(ROOT).map(|id| ObservationId::from_wire(&id)),
        details: details(attributes),
    }))
}

/// Whether an attribute is one of those above: they say nothing as metadata of the span that they do not say here.
pub(super) fn is_of_experiment(key: &str) -> bool {
    key.starts_with(PREFIX)
}

fn is_date(text: &str) -> bool {
    Timestamp::parse(text).is_ok() || Timestamp::parse(&format!("{text}T00:00:00Z")).is_ok()
}

fn details(attributes: &Attributes<'_>) -> Option<Text> {
    let quoted = |key| {
        let mut out = String::new();
        quote_into(&attributes.truthy(key)?.text(), &mut out);
        Some(out)
    };
    let members = [
        ("description", quoted(DESCRIPTION)),
        ("metadata", metadata(attributes, METADATA)),
        ("itemMetadata", metadata(attributes, ITEM_METADATA)),
        ("expectedOutput", quoted(EXPECTED_OUTPUT)),
    ];
    let members: Vec<_> = members.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    (!members.is_empty()).then(|| Text::from(object(members)))
}

/// Metadata comes as one object, or key by key, or as both.
fn metadata(attributes: &Attributes<'_>, key: &str) -> Option<String> {
    let mut members: Vec<(String, String)> = Vec::new();
    let mut set = |name: &str, value: String| match members.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = value,
        None => members.push((name.to_owned(), value)),
    };
    match attributes.truthy(key) {
        Some(Value::String(text)) => {
            let object = Json::parse(text).ok().and_then(Json::object).unwrap_or_default();
            object.iter().for_each(|(name, value)| set(name, value.compact()));
        }
        Some(Value::Object(entries)) => entries.iter().for_each(|(name, value)| set(name, value.json())),
        Some(Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Array(_)) | None => {}
    }
    for (rest, value) in attributes.under(key) {
        if let Some(name) = rest.strip_prefix('.') {
            set(name, value.json());
        }
    }
    (!members.is_empty()).then(|| object(members))
}

fn object<K: AsRef<str>>(members: Vec<(K, String)>) -> String {
    let mut out = String::new();
    list_into(&mut out, ['{', '}'], members, |(key, value), out| {
        quote_into(key.as_ref(), out);
        out.push(':');
        out.push_str(&value);
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::sample::texts;

    #[test]
    fn an_experiment_is_read_whole() {
        let sample = texts(&[
            (ID, "run"),
            (NAME, "nightly"),
            (DESCRIPTION, "all of it"),
            (METADATA, r#"{"a": 1, "b": "x"}"#),
            ("langfuse.experiment.metadata.a", "2"),
            (DATASET_ID, "set"),
            (ITEM_ID, "item"),
            (ITEM_VERSION, "2026-08-21T07:00:00.000Z"),
            ("langfuse.experiment.item.metadata.k", "v"),
            (EXPECTED_OUTPUT, r#"{"answer":42}"#),
            (ROOT, "root"),
        ]);
        let found = experiment(sample.view().attributes()).expect("it has an id");
        let details = r#"{"description":"all of it","metadata":{"a":"2","b":"x"},"itemMetadata":{"k":"v"},"expectedOutput":"{\"answer\":42}"}"#;
        let expected = Experiment {
            id: "run".into(),
            name: Some("nightly".into()),
            dataset_id: Some("set".into()),
            item_id: Some("item".into()),
            item_version: Some("2026-08-21T07:00:00.000Z".into()),
            root_observation_id: Some(ObservationId::from_wire("root")),
            details: Some(details.into()),
        };
        assert_eq!(*found, expected);
    }

    #[test]
    fn without_an_id_there_is_none_and_a_version_that_is_no_date_is_dropped() {
        assert_eq!(experiment(texts(&[(NAME, "nightly")]).view().attributes()), None);
        for (version, expected) in [("2026-08-21", true), ("2026-08-21T07:00:00Z", true), ("7", false), ("", false)] {
            let sample = texts(&[(ID, "run"), (ITEM_VERSION, version)]);
            let found = experiment(sample.view().attributes()).expect("it has an id");
            assert_eq!(found.item_version.is_some(), expected, "{version}");
            assert_eq!(found.details, None);
        }
    }
}
