//! Projects, API keys and users.
//!
//! Owns their documents in the ledger and a copy of them in memory, by which every request is authenticated.
//! A secret key is kept as a hash only, so it can be shown once, when it is made.

use std::collections::{HashMap, HashSet};

use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use spanstone_model::{ProjectId, Timestamp};
use spanstone_store::{DocumentChange, DocumentKind, Store};

use crate::documents::{delete, put_bytes, read_all, write};
use crate::{Engine, EngineError, random};

/// Whom a project belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A project: what traces belong to and keys give access to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// Whom it belongs to.
    pub organization: Organization,
    /// When it was created.
    pub created_at: Timestamp,
}

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// The public half.
    pub public: String,
    /// The first and last characters of the secret half, for people to tell keys apart.
    pub secret_hint: String,
    /// The project it gives access to.
    pub project: ProjectId,
    /// What its maker noted.
    pub note: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// The SHA-256 of the secret half, in hexadecimal.
    secret_hash: String,
}

/// A key that was just made, with its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// The public half.
    pub public: String,
    /// The secret half; it cannot be had again.
    pub secret: String,
}

/// What a client shows to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential<'a> {
    /// Both halves of a key. The secret decides; the public half is not compared, as in Langfuse.
    Secret {
        /// The public half.
        public: &'a str,
        /// The secret half.
        secret: &'a str,
    },
    /// The public half alone, as a browser may show it.
    Public(&'a str),
}

/// What a client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everything within the project.
    Project,
    /// Write scores, nothing else.
    ScoresOnly,
}

/// A client that was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The project of its key.
    pub project: ProjectId,
    /// What it may do there.
    pub access: Access,
    /// The public half of its key.
    pub public_key: String,
}

/// Why a client was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// No key has this secret.
    #[error("no API key has this secret")]
    WrongSecret,
    /// No key has this public half.
    #[error("no API key has this public key")]
    UnknownPublicKey,
}

/// A user as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct UserDocument {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) password: String,
    pub(crate) created_at: Timestamp,
}

/// The accounts in memory.
#[derive(Debug)]
pub(crate) struct Accounts {
    tables: RwLock<Tables>,
    /// Signs the tokens of signed-in users.
    pub(crate) session_key: Vec<u8>,
}

#[derive(Debug, Default)]
struct Tables {
    projects: Vec<Project>,
    keys: Vec<ApiKey>,
    by_secret: HashMap<String, usize>,
    by_public: HashMap<String, usize>,
    users: HashMap<String, UserDocument>,
    /// Projects that are being deleted, or have been since the start.
    deleted: HashSet<ProjectId>,
}

const SESSION_KEY: &str = "session-key";

impl Accounts {
    pub(crate) fn load(store: &Store) -> Result<Self, EngineError> {
        let mut tables = Tables {
            projects: read_all(store, DocumentKind::Project)?,
            keys: read_all(store, DocumentKind::ApiKey)?,
            ..Tables::default()
        };
        tables.projects.sort_by(|a: &Project, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        tables.keys.sort_by(|a: &ApiKey, b| (a.created_at, &a.public).cmp(&(b.created_at, &b.public)));
        tables.index();
        let users: Vec<UserDocument> = read_all(store, DocumentKind::User)?;
        tables.users = users.into_iter().map(|user| (user.email.clone(), user)).collect();
        let session_key = match store.document(DocumentKind::Setting, SESSION_KEY)? {
            Some(key) => key,
            None => {
                let key = random::bytes::<32>().to_vec();
                store.write_documents(&[put_bytes(DocumentKind::Setting, SESSION_KEY, key.clone())])?;
                key
            }
        };
        Ok(Self { tables: RwLock::new(tables), session_key })
    }

    pub(crate) fn user(&self, email: &str) -> Option<UserDocument> {
        self.tables.read().users.get(&normal_email(email)).cloned()
    }

    pub(crate) fn has_users(&self) -> bool {
        !self.tables.read().users.is_empty()
    }

    pub(crate) fn add_project(&self, store: &Store, project: Project) -> Result<(), EngineError> {
        write(store, DocumentKind::Project, project.id.as_str(), &project)?;
        self.tables.write().projects.push(project);
        Ok(())
    }

    pub(crate) fn add_user(&self, store: &Store, mut user: UserDocument) -> Result<(), EngineError> {
        user.email = normal_email(&user.email);
        write(store, DocumentKind::User, &user.email, &user)?;
        self.tables.write().users.insert(user.email.clone(), user);
        Ok(())
    }

    pub(crate) fn add_key(
        &self,
        store: &Store,
        key: &NewKey,
        project: &ProjectId,
        note: Option<String>,
        now: Timestamp,
    ) -> Result<(), EngineError> {
        let document = ApiKey {
            public: key.public.clone(),
            secret_hint: hint(&key.secret),
            project: project.clone(),
            note,
            created_at: now,
            secret_hash: hash(&key.secret),
        };
        let mut tables = self.tables.write();
        if tables.by_public.contains_key(&document.public) || tables.by_secret.contains_key(&document.secret_hash) {
            return Err(EngineError::Invalid(format!(
                "an API key `{}` or one with its secret exists already",
                key.public
            )));
        }
        write(store, DocumentKind::ApiKey, &document.public, &document)?;
        tables.keys.push(document);
        tables.index();
        Ok(())
    }

    /// Begins to delete a project: takes its keys out of use, for now in memory only, and returns them. Nothing when
    /// there is no such project.
    pub(crate) fn suspend_keys(&self, project: &ProjectId) -> Option<Vec<ApiKey>> {
        let mut tables = self.tables.write();
        tables.projects.iter().find(|known| known.id == *project)?;
        let (suspended, kept) = std::mem::take(&mut tables.keys).into_iter().partition(|key| key.project == *project);
        tables.keys = kept;
        tables.index();
        tables.deleted.insert(project.clone());
        Some(suspended)
    }

    /// Takes suspended keys into use again: their project could not be deleted.
    pub(crate) fn resume_keys(&self, project: &ProjectId, keys: Vec<ApiKey>) {
        let mut tables = self.tables.write();
        tables.deleted.remove(project);
        tables.keys.extend(keys);
        tables.keys.sort_by(|a, b| (a.created_at, &a.public).cmp(&(b.created_at, &b.public)));
        tables.index();
    }

    /// Forgets a project whose keys are suspended, and with it what else `documents` removes.
    pub(crate) fn remove_project(
        &self,
        store: &Store,
        id: &ProjectId,
        keys: &[ApiKey],
        documents: Vec<DocumentChange>,
    ) -> Result<(), EngineError> {
        let mut changes = vec![delete(DocumentKind::Project, id.as_str())];
        changes.extend(documents);
        changes.extend(keys.iter().map(|key| delete(DocumentKind::ApiKey, &key.public)));
        let mut tables = self.tables.write();
        store.write_documents(&changes)?;
        tables.projects.retain(|project| project.id != *id);
        Ok(())
    }

    /// Whether a project is being deleted or was: what a client sent before its key was taken out of use is too late.
    pub(crate) fn is_deleted(&self, project: &ProjectId) -> bool {
        self.tables.read().deleted.contains(project)
    }

    pub(crate) fn has_key(&self, public: &str) -> bool {
        self.tables.read().by_public.contains_key(public)
    }
}

impl Tables {
    fn index(&mut self) {
        let by = |name: fn(&ApiKey) -> &String| {
            self.keys.iter().enumerate().map(|(index, key)| (name(key).clone(), index)).collect::<HashMap<_, _>>()
        };
        (self.by_secret, self.by_public) = (by(|key| &key.secret_hash), by(|key| &key.public));
    }
}

impl Engine {
    /// Finds out who a client is.
    ///
    /// # Errors
    /// Says whether it was the secret or the public key that no API key has.
    pub fn authenticate(&self, credential: Credential<'_>) -> Result<Principal, AuthError> {
        let tables = self.accounts.tables.read();
        let (found, access, error) = match credential {
            Credential::Secret { public: _, secret } => {
                (tables.by_secret.get(&hash(secret)), Access::Project, AuthError::WrongSecret)
            }
            Credential::Public(public) => {
                (tables.by_public.get(public), Access::ScoresOnly, AuthError::UnknownPublicKey)
            }
        };
        let key = found.map(|index| &tables.keys[*index]).ok_or(error)?;
        Ok(Principal { project: key.project.clone(), access, public_key: key.public.clone() })
    }

    /// Every project, the oldest first.
    #[must_use]
    pub fn projects(&self) -> Vec<Project> {
        self.accounts.tables.read().projects.clone()
    }

    /// One project.
    #[must_use]
    pub fn project(&self, id: &ProjectId) -> Option<Project> {
        self.accounts.tables.read().projects.iter().find(|project| project.id == *id).cloned()
    }

    /// Every API key, the oldest first.
    #[must_use]
    pub fn keys(&self) -> Vec<ApiKey> {
        self.accounts.tables.read().keys.clone()
    }

    /// Makes a key for a project.
    ///
    /// # Errors
    /// Fails when there is no such project, or when the key cannot be written.
    pub fn create_key(&self, project: &ProjectId, note: Option<String>) -> Result<NewKey, EngineError> {
        if self.project(project).is_none() {
            return Err(EngineError::Invalid(format!("there is no project `{project}`")));
        }
        let key = new_key();
        self.accounts.add_key(&self.store, &key, project, note, self.now())?;
        Ok(key)
    }

    /// Takes a key out of use; false when there is none with this public half.
    ///
    /// # Errors
    /// Fails when that cannot be written.
    pub fn revoke_key(&self, public: &str) -> Result<bool, EngineError> {
        let mut tables = self.accounts.tables.write();
        let Some(index) = tables.by_public.get(public).copied() else {
            return Ok(false);
        };
        self.store.write_documents(&[delete(DocumentKind::ApiKey, public)])?;
        tables.keys.remove(index);
        tables.index();
        Ok(true)
    }
}

/// A fresh key in Langfuse's form.
pub(crate) fn new_key() -> NewKey {
    NewKey { public: format!("pk-lf-{}", random::uuid()), secret: format!("sk-lf-{}", random::uuid()) }
}

/// E-mail addresses are compared without regard to case, as Langfuse does.
fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Secrets we make have 122 random bits, so a fast hash protects them; it is computed on every request.
fn hash(secret: &str) -> String {
    random::hex(&Sha256::digest(secret.as_bytes()))
}

fn hint(secret: &str) -> String {
    let count = secret.chars().count();
    let tail: String = secret.chars().skip(count.saturating_sub(4)).collect();
    let head: String = secret.chars().take(6).collect();
    if count >= 16 { format!("{head}…{tail}") } else { "…".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_never_gives_a_short_secret_away() {
        assert_eq!(hint("sk-lf-12345678-1234"), "sk-lf-…1234");
        assert_eq!(hint("secret"), "…");
    }
}
