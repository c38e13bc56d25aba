//! What is kept, and for how long: the section `[retention]`, with rules for single projects in the file alone.
//!
//! Owns the rules as the operator writes them. A project without its own rule follows the general one. Refuses to drop
//! anything: that is the store's.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use spanstone_engine::ProjectRetention;
use spanstone_model::ProjectId;

use super::resolve::{OrDefault as _, Origin, Setting, Sources};
use super::{ConfigError, Days, DiskSize};

/// The section `[retention]`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetentionSection {
    days: Option<Days>,
    bytes: Option<DiskSize>,
    projects: Option<BTreeMap<String, Rule>>,
}

/// What holds for one project: a section `[retention.projects."<id>"]`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) days: Option<Days>,
    pub(crate) bytes: Option<DiskSize>,
}

/// What is kept.
#[derive(Debug, Clone)]
pub(crate) struct Retention {
    /// For how many days, where a project has no rule of its own; for ever without.
    pub(crate) days: Setting<Option<Days>>,
    /// How many bytes on disk all projects together may have.
    pub(crate) bytes: Setting<Option<DiskSize>>,
    /// The rules of single projects, by their ids.
    pub(crate) projects: Setting<BTreeMap<String, Rule>>,
}

impl Retention {
    pub(super) fn resolve(
        sources: Sources<'_>,
        days: Option<Days>,
        bytes: Option<DiskSize>,
        section: RetentionSection,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            days: sources
                .first(days.map(|days| ("--retention-days", days)), &["SPANSTONE_RETENTION_DAYS"], section.days)?
                .optional(),
            bytes: sources
                .first(bytes.map(|bytes| ("--retention-bytes", bytes)), &["SPANSTONE_RETENTION_BYTES"], section.bytes)?
                .optional(),
            projects: sources.of_file(section.projects).or_default(BTreeMap::new()),
        })
    }

    /// The rules as the store takes them. Those of the provisioned project count where the file has none for it.
    pub(super) fn rules(&self, provisioned: Option<(&str, Days)>) -> spanstone_engine::Retention {
        let rule = |days: Option<Days>, bytes: Option<DiskSize>| ProjectRetention {
            days: days.map(|days| days.0),
            bytes: bytes.map(|bytes| bytes.0),
        };
        let provisioned = provisioned.map(|(id, days)| (ProjectId::from_wire(id), rule(Some(days), None)));
        let mut projects: HashMap<ProjectId, ProjectRetention> = provisioned.into_iter().collect();
        for (id, own) in &self.projects.value {
            let project = projects.entry(ProjectId::from_wire(id)).or_default();
            let own = rule(own.days, own.bytes);
            *project = ProjectRetention { days: own.days.or(project.days), bytes: own.bytes };
        }
        let all = rule(self.days.value, self.bytes.value);
        spanstone_engine::Retention { days: all.days, bytes: all.bytes, projects }
    }

    /// Every option as text, by its name in the file.
    pub(super) fn rows(&self) -> [(&'static str, String, &Origin); 3] {
        let Self { days, bytes, projects } = self;
        [
            (
                "retention.days",
                days.value.map_or_else(|| "(for ever)".to_owned(), |days| days.to_string()),
                &days.origin,
            ),
            (
                "retention.bytes",
                bytes.value.map_or_else(|| "(unbounded)".to_owned(), |bytes| bytes.to_string()),
                &bytes.origin,
            ),
            ("retention.projects", shown(&projects.value), &projects.origin),
        ]
    }
}

fn shown(projects: &BTreeMap<String, Rule>) -> String {
    if projects.is_empty() {
        return "(none)".to_owned();
    }
    let rule = |(id, Rule { days, bytes }): (&String, &Rule)| {
        let days = days.map(|days| format!("{days} days"));
        let bytes = bytes.map(|bytes| bytes.to_string());
        let parts: Vec<String> = days.into_iter().chain(bytes).collect();
        format!("{id}: {}", if parts.is_empty() { "as all".to_owned() } else { parts.join(" and ") })
    };
    projects.iter().map(rule).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::{Config, Environment, File, Options, resolve};

    use super::*;

    fn config(text: &str) -> Result<Config, String> {
        let file = File::parse(text).map_err(|error| error.to_string())?;
        let environment = Environment::from([
            ("LANGFUSE_INIT_ORG_ID", "acme"),
            ("LANGFUSE_INIT_PROJECT_ID", "bots"),
            ("LANGFUSE_INIT_PROJECT_RETENTION", "30"),
        ]);
        let resolved = resolve(&Options::default(), &environment, Some((&file, Path::new("s.toml"))));
        resolved.map_err(|error| error.to_string())
    }

    fn retention(text: &str) -> Result<Retention, String> {
        config(text).map(|config| config.retention)
    }

    #[test]
    fn the_provisioned_project_has_its_own_days_unless_the_file_says_otherwise() {
        let rule = |text: &str| {
            let kept = config(text).expect("it fits").kept();
            (kept.days, kept.projects.get(&ProjectId::from_wire("bots")).copied())
        };
        let days = |days| Some(ProjectRetention { days: Some(days), bytes: None });
        assert_eq!(rule("[retention]\ndays = 90"), (Some(90), days(30)));
        assert_eq!(rule("[retention.projects.bots]\ndays = 7"), (None, days(7)));
        let bytes = Some(ProjectRetention { days: Some(30), bytes: Some(16 << 20) });
        assert_eq!(rule("[retention.projects.bots]\nbytes = '16 MiB'"), (None, bytes));
    }

    #[test]
    fn projects_have_rules_of_their_own() {
        let text = "[retention]\ndays = 90\n[retention.projects.\"my project\"]\ndays = 7\nbytes = '20 GiB'\n\
                    [retention.projects.other]\n";
        let retention = retention(text).expect("it fits");
        let rule = Rule { days: Some(Days(7)), bytes: Some(DiskSize(20 << 30)) };
        assert_eq!(retention.projects.value.get("my project"), Some(&rule));
        let rows = retention.rows();
        assert_eq!(rows[0].1, "90");
        assert_eq!(rows[2].1, "my project: 7 days and 20 GiB, other: as all");
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_value() {
        for (text, parts) in [
            ("[retention]\ndays = 0", ["line 2", "`0` is not a number of days from 1"]),
            ("[retention]\n\nbytes = '1 kB'", ["line 3", "`1 kB` is not a size from 16 MiB"]),
            ("[retention.projects.p]\ndays = 99999", ["line 2", "`99999` is not a number of days"]),
            ("[retention.projects.p]\nweeks = 1", ["line 2", "unknown field `weeks`"]),
        ] {
            let error = retention(text).expect_err(text);
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        }
    }
}
