//! The first start: a project, a key and a user, as asked for or made up.
//!
//! Langfuse's `LANGFUSE_INIT_*` variables work as they do there: what they name is created when it is missing, at
//! any start; nothing that exists is changed.

use spanstone_model::{ProjectId, Timestamp};

use crate::accounts::{UserDocument, new_key};
use crate::{Engine, EngineError, NewKey, Organization, Project, password, random};

/// What should be there after a start. Everything may be left open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setup {
    /// The organisation's id.
    pub organization_id: Option<String>,
    /// The organisation's name.
    pub organization_name: Option<String>,
    /// The project's id.
    pub project_id: Option<String>,
    /// The project's name.
    pub project_name: Option<String>,
    /// The public half of a key of the project.
    pub public_key: Option<String>,
    /// The secret half.
    pub secret_key: Option<String>,
    /// The address of a user.
    pub user_email: Option<String>,
    /// The user's name.
    pub user_name: Option<String>,
    /// The user's password.
    pub user_password: Option<String>,
}

/// A user that was just made, with the password if it was made up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// The address to sign in with.
    pub email: String,
    /// The password, when nobody chose one; it cannot be had again.
    pub generated_password: Option<String>,
}

/// What a start created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupReport {
    /// The project that the setup speaks of, or the oldest.
    pub project: Project,
    /// The key, if one was created.
    pub created_key: Option<NewKey>,
    /// The user, if one was created.
    pub created_user: Option<NewUser>,
}

const USER_EMAIL: &str = "admin@localhost";

impl Engine {
    /// Creates what the setup names and is missing; on an empty store also what it leaves open.
    ///
    /// # Errors
    /// Fails when one half of a key comes without the other, and when something cannot be written.
    pub fn set_up(&self, setup: Setup) -> Result<SetupReport, EngineError> {
        let (project, is_new) = self.set_up_project(&setup)?;
        let created_key = self.set_up_key(&setup, &project, is_new)?;
        let created_user = self.set_up_user(setup)?;
        Ok(SetupReport { project, created_key, created_user })
    }

    /// The project that a setup speaks of, and whether it is new.
    fn set_up_project(&self, setup: &Setup) -> Result<(Project, bool), EngineError> {
        let projects = self.projects();
        let known = match &setup.project_id {
            Some(id) => projects.into_iter().find(|project| project.id.as_str() == id),
            None => projects.into_iter().next(),
        };
        if let Some(project) = known {
            return Ok((project, false));
        }
        let id = setup.project_id.clone().unwrap_or_else(random::uuid);
        let id = ProjectId::parse(&id).map_err(|error| EngineError::Invalid(format!("project id `{id}`: {error}")))?;
        let organization = Organization {
            id: setup.organization_id.clone().unwrap_or_else(random::uuid),
            name: setup.organization_name.clone().unwrap_or_else(|| "Home".to_owned()),
        };
        let name = setup.project_name.clone().unwrap_or_else(|| "Default".to_owned());
        let project = Project { id, name, organization, created_at: self.now() };
        self.accounts.add_project(&self.store, project.clone())?;
        Ok((project, true))
    }

    /// A project whose last key was revoked stays without one: only a new project gets a key unasked.
    fn set_up_key(&self, setup: &Setup, project: &Project, is_new: bool) -> Result<Option<NewKey>, EngineError> {
        let key = match (&setup.public_key, &setup.secret_key) {
            (Some(public), Some(_)) if self.accounts.has_key(public) => return Ok(None),
            (Some(public), Some(secret)) => NewKey { public: public.clone(), secret: secret.clone() },
            (None, None) if !is_new => return Ok(None),
            (None, None) => new_key(),
            (Some(_), None) | (None, Some(_)) => {
                let message = "an API key needs both halves: set the public and the secret key, or neither";
                return Err(EngineError::Invalid(message.to_owned()));
            }
        };
        self.accounts.add_key(&self.store, &key, &project.id, Some("created at start".to_owned()), self.now())?;
        Ok(Some(key))
    }

    fn set_up_user(&self, setup: Setup) -> Result<Option<NewUser>, EngineError> {
        let Setup { user_email, user_name, user_password, .. } = setup;
        let known = match &user_email {
            Some(email) => self.accounts.user(email).is_some(),
            None => self.accounts.has_users(),
        };
        if known {
            return Ok(None);
        }
        let email = user_email.unwrap_or_else(|| USER_EMAIL.to_owned());
        let generated_password = user_password.is_none().then(random_password);
        let password = user_password.as_ref().or(generated_password.as_ref()).map_or("", String::as_str);
        let user = document(&email, user_name, password, self.now());
        self.accounts.add_user(&self.store, user)?;
        Ok(Some(NewUser { email, generated_password }))
    }
}

fn document(email: &str, name: Option<String>, password: &str, now: Timestamp) -> UserDocument {
    UserDocument {
        email: email.to_owned(),
        name: name.unwrap_or_else(|| email.to_owned()),
        password: password::hash(password),
        created_at: now,
    }
}

/// A password of 20 characters that are easy to tell apart: about 100 bits.
fn random_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    random::bytes::<20>().iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}
