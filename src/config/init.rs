//! What the first start creates: Langfuse's `LANGFUSE_INIT_*` variables, with the meaning they have there.
//!
//! Owns the rules of which of them count together. The organisation's id is the switch for all of them; pairs
//! count only when complete; whatever does not count is said in a warning, and the server starts all the same.

use std::fmt::Display;
use std::str::FromStr;

use super::file::InitSection;
use super::resolve::{OrDefault, Origin, Setting, Sources};
use super::{ConfigError, Days};

/// The fewest characters of a user's password (Langfuse's own rule).
const PASSWORD_CHARACTERS_MIN: usize = 8;

/// The variables, each with its origin.
#[derive(Debug, Clone)]
pub(crate) struct Init {
    org_id: Setting<Option<String>>,
    org_name: Setting<Option<String>>,
    project_id: Setting<Option<String>>,
    project_name: Setting<Option<String>>,
    project_retention: Setting<Option<u32>>,
    project_public_key: Setting<Option<String>>,
    project_secret_key: Setting<Option<String>>,
    user_email: Setting<Option<String>>,
    user_name: Setting<Option<String>>,
    user_password: Setting<Option<String>>,
}

/// An id and a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// A pair of keys that the operator chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) public: String,
    pub(crate) secret: String,
}

/// A user that the operator named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedUser {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) password: String,
}

/// What to create, where it does not exist yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Provision {
    pub(crate) organization: Option<Named>,
    pub(crate) project: Option<Named>,
    pub(crate) keys: Option<Keys>,
    pub(crate) user: Option<NamedUser>,
}

macro_rules! setting {
    ($sources:expr, $section:expr, $field:ident, $suffix:literal) => {
        text($sources, &[concat!("SPANSTONE_INIT_", $suffix), concat!("LANGFUSE_INIT_", $suffix)], $section.$field)?
    };
}

fn text<T>(sources: Sources<'_>, variables: &[&'static str], file: Option<T>) -> Result<Setting<Option<T>>, ConfigError>
where
    T: FromStr,
    T::Err: Display,
{
    Ok(sources.first(None, variables, file)?.optional())
}

impl Init {
    pub(super) fn resolve(sources: Sources<'_>, section: InitSection) -> Result<Self, ConfigError> {
        Ok(Self {
            org_id: setting!(sources, section, org_id, "ORG_ID"),
            org_name: setting!(sources, section, org_name, "ORG_NAME"),
            project_id: setting!(sources, section, project_id, "PROJECT_ID"),
            project_name: setting!(sources, section, project_name, "PROJECT_NAME"),
            project_retention: setting!(sources, section, project_retention, "PROJECT_RETENTION"),
            project_public_key: setting!(sources, section, project_public_key, "PROJECT_PUBLIC_KEY"),
            project_secret_key: setting!(sources, section, project_secret_key, "PROJECT_SECRET_KEY"),
            user_email: setting!(sources, section, user_email, "USER_EMAIL"),
            user_name: setting!(sources, section, user_name, "USER_NAME"),
            user_password: setting!(sources, section, user_password, "USER_PASSWORD"),
        })
    }

    /// Every variable as text, by its name in the file, with secrets redacted.
    pub(super) fn rows(&self) -> Vec<(&'static str, String, &Origin)> {
        let Self {
            org_id,
            org_name,
            project_id,
            project_name,
            project_retention,
            project_public_key,
            project_secret_key,
            user_email,
            user_name,
            user_password,
        } = self;
        let unset = || "(not set)".to_owned();
        let plain = |setting: &Setting<Option<String>>| setting.value.clone().unwrap_or_else(unset);
        let secret =
            |setting: &Setting<Option<String>>| setting.value.as_ref().map_or_else(unset, |_| "(redacted)".to_owned());
        let days = project_retention.value.map_or_else(unset, |days| days.to_string());
        vec![
            ("init.org_id", plain(org_id), &org_id.origin),
            ("init.org_name", plain(org_name), &org_name.origin),
            ("init.project_id", plain(project_id), &project_id.origin),
            ("init.project_name", plain(project_name), &project_name.origin),
            ("init.project_retention", days, &project_retention.origin),
            ("init.project_public_key", plain(project_public_key), &project_public_key.origin),
            ("init.project_secret_key", secret(project_secret_key), &project_secret_key.origin),
            ("init.user_email", plain(user_email), &user_email.origin),
            ("init.user_name", plain(user_name), &user_name.origin),
            ("init.user_password", secret(user_password), &user_password.origin),
        ]
    }

    /// What to create, and a warning for everything that was said in vain.
    pub(crate) fn provision(&self) -> (Provision, Vec<String>) {
        let mut warnings = Vec::new();
        let Some(org_id) = self.org_id.value.clone() else {
            let ignored = self.said();
            if !ignored.is_empty() {
                warnings.push(format!("without LANGFUSE_INIT_ORG_ID these count for nothing: {}", ignored.join(", ")));
            }
            return (Provision::default(), warnings);
        };
        let name = |setting: &Setting<Option<String>>, default: &str| {
            setting.value.clone().unwrap_or_else(|| default.to_owned())
        };
        if let Some(days) = self.project_retention.value
            && self.retention().is_none()
            && days > 0
        {
            warnings.push(format!(
                "LANGFUSE_INIT_PROJECT_RETENTION=`{days}` is not applied: it counts only with \
                 LANGFUSE_INIT_PROJECT_ID, and up to {} days",
                Days::MAX
            ));
        }
        let project =
            self.project_id.value.clone().map(|id| Named { id, name: name(&self.project_name, "Provisioned Project") });
        let provision = Provision {
            keys: self.keys(project.is_some(), &mut warnings),
            user: self.user(name(&self.user_name, "Provisioned User"), &mut warnings),
            organization: Some(Named { id: org_id, name: name(&self.org_name, "Provisioned Org") }),
            project,
        };
        (provision, warnings)
    }

    /// The project that is provisioned, and for how many days its data is kept; 0 is for ever, as in Langfuse.
    pub(super) fn retention(&self) -> Option<(&str, Days)> {
        self.org_id.value.as_ref()?;
        let project = self.project_id.value.as_deref()?;
        Some((project, Days::try_from(self.project_retention.value?).ok()?))
    }

    fn keys(&self, has_project: bool, warnings: &mut Vec<String>) -> Option<Keys> {
        match (self.project_public_key.value.clone(), self.project_secret_key.value.clone()) {
            (Some(public), Some(secret)) if has_project => return Some(Keys { public, secret }),
            (None, None) => {}
            _ => warnings.push(
                "LANGFUSE_INIT_PROJECT_PUBLIC_KEY and LANGFUSE_INIT_PROJECT_SECRET_KEY count only together, \
                 and with LANGFUSE_INIT_PROJECT_ID: no such key was created"
                    .to_owned(),
            ),
        }
        None
    }

    fn user(&self, name: String, warnings: &mut Vec<String>) -> Option<NamedUser> {
        match (self.user_email.value.clone(), self.user_password.value.clone()) {
            (Some(email), Some(password)) if password.chars().count() >= PASSWORD_CHARACTERS_MIN => {
                return Some(NamedUser { email: email.to_lowercase(), name, password });
            }
            (Some(_), Some(_)) => warnings.push(format!(
                "LANGFUSE_INIT_USER_PASSWORD has fewer than {PASSWORD_CHARACTERS_MIN} characters: \
                 no such user was created"
            )),
            (None, None) => {}
            _ => warnings.push(
                "LANGFUSE_INIT_USER_EMAIL and LANGFUSE_INIT_USER_PASSWORD count only together: \
                 no such user was created"
                    .to_owned(),
            ),
        }
        None
    }

    /// The variables, other than the switch, that somebody set.
    fn said(&self) -> Vec<String> {
        let rows = self.rows();
        let set = rows.iter().filter(|(_, _, origin)| **origin != Origin::Default);
        set.map(|(name, _, origin)| match origin {
            Origin::Variable(variable) => variable.clone(),
            Origin::Flag(_) | Origin::File(_) | Origin::Default => (*name).to_owned(),
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Environment, Options, resolve};

    use super::*;

    fn provision<const N: usize>(variables: [(&str, &str); N]) -> (Provision, Vec<String>) {
        resolve(&Options::default(), &Environment::from(variables), None).expect("the variables fit").init.provision()
    }

    #[test]
    fn a_complete_set_creates_everything() {
        let expected = Provision {
            organization: Some(Named { id: "acme".to_owned(), name: "Acme".to_owned() }),
            project: Some(Named { id: "bots".to_owned(), name: "Provisioned Project".to_owned() }),
            keys: Some(Keys { public: "pk".to_owned(), secret: "sk".to_owned() }),
            user: Some(NamedUser {
                email: "me@acme.org".to_owned(),
                name: "Provisioned User".to_owned(),
                password: "12345678".to_owned(),
            }),
        };
        let variables = [
            ("LANGFUSE_INIT_ORG_ID", "acme"),
            ("LANGFUSE_INIT_ORG_NAME", "Acme"),
            ("LANGFUSE_INIT_PROJECT_ID", "bots"),
            ("LANGFUSE_INIT_PROJECT_PUBLIC_KEY", "pk"),
            ("LANGFUSE_INIT_PROJECT_SECRET_KEY", "sk"),
            ("LANGFUSE_INIT_USER_EMAIL", "Me@Acme.org"),
            ("LANGFUSE_INIT_USER_PASSWORD", "12345678"),
            ("LANGFUSE_INIT_USER_NAME", ""),
        ];
        assert_eq!(provision(variables), (expected, vec![]));
    }

    #[test]
    fn without_the_organisation_nothing_counts_and_a_warning_lists_it() {
        let (nothing, warnings) = provision([
            ("LANGFUSE_INIT_ORG_ID", ""),
            ("LANGFUSE_INIT_PROJECT_ID", "bots"),
            ("SPANSTONE_INIT_USER_EMAIL", "me@acme.org"),
        ]);
        assert_eq!(nothing, Provision::default());
        assert_eq!(
            warnings,
            ["without LANGFUSE_INIT_ORG_ID these count for nothing: \
              LANGFUSE_INIT_PROJECT_ID, SPANSTONE_INIT_USER_EMAIL"]
        );
        assert_eq!(provision([]), (Provision::default(), vec![]));
    }

    #[test]
    fn half_a_pair_is_a_warning_and_nothing_more() {
        let (half, warnings) = provision([
            ("LANGFUSE_INIT_ORG_ID", "acme"),
            ("LANGFUSE_INIT_PROJECT_ID", "bots"),
            ("LANGFUSE_INIT_PROJECT_PUBLIC_KEY", "pk"),
            ("LANGFUSE_INIT_USER_EMAIL", "me@acme.org"),
            ("LANGFUSE_INIT_USER_PASSWORD", "short"),
        ]);
        assert_eq!((half.keys, half.user), (None, None));
        assert_eq!(warnings.len(), 2, "{warnings:?}");
    }

    #[test]
    fn the_retention_is_that_of_the_provisioned_project_and_zero_is_for_ever() {
        let retention = |project: &str, days: &str| {
            let variables = [
                ("LANGFUSE_INIT_ORG_ID", "acme"),
                ("LANGFUSE_INIT_PROJECT_ID", project),
                ("LANGFUSE_INIT_PROJECT_RETENTION", days),
            ];
            let config = resolve(&Options::default(), &Environment::from(variables), None).expect("the variables fit");
            let days = config.init.retention().map(|(project, days)| (project.to_owned(), days.0));
            (days, config.init.provision().1)
        };
        assert_eq!(retention("bots", "30"), (Some(("bots".to_owned(), 30)), vec![]));
        assert_eq!(retention("bots", "0"), (None, vec![]));
        for (project, days) in [("", "30"), ("bots", "36501")] {
            let (none, warnings) = retention(project, days);
            assert_eq!(none, None);
            assert!(warnings.iter().any(|warning| warning.contains(&format!("RETENTION=`{days}`"))), "{warnings:?}");
        }
    }

    #[test]
    fn keys_without_a_project_have_nowhere_to_go() {
        let (provision, warnings) = provision([
            ("LANGFUSE_INIT_ORG_ID", "acme"),
            ("LANGFUSE_INIT_PROJECT_PUBLIC_KEY", "pk"),
            ("LANGFUSE_INIT_PROJECT_SECRET_KEY", "sk"),
        ]);
        assert_eq!(provision.keys, None);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
    }
}
