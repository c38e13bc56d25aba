//! Media of projects: what is known of each, its content, and links to it that need no key.
//!
//! Owns the documents, the agreement of announced and real content, and the signatures of links. A medium belongs to one
//! project and is named after its content, which the store keeps once however many projects have it. Media go with their
//! project; they stay when a trace that refers to them is deleted, because nobody counts references.

use std::collections::HashSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use spanstone_ingest::media::Medium;
use spanstone_model::{ContentType, MediaKey, ProjectId, Timestamp};
use spanstone_store::DocumentKind;
use spanstone_store::media::{Content, Incoming, MediaId};

use crate::documents::{delete, read_one, write};
use crate::{Engine, EngineError};

/// How long a link to a medium works, in seconds: as long as Langfuse's.
const LINK_SECONDS: i64 = 3_600;

/// What is known of a medium, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct MediumDocument {
    /// The SHA-256 of the content, in hexadecimal.
    sha256: String,
    content_type: String,
    content_length: u64,
    created_at: Timestamp,
    /// When the content was on disk.
    uploaded_at: Option<Timestamp>,
    /// What the client said about its upload, when that failed.
    failure: Option<UploadFailure>,
}

/// What a client said about an upload that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadFailure {
    /// The HTTP status that it got.
    pub status: i64,
    /// The error that it got.
    pub error: String,
}

/// A medium that a client announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncedMedium {
    /// The SHA-256 of the content.
    pub digest: [u8; 32],
    /// What it is.
    pub content_type: ContentType,
    /// How long it is, in bytes.
    pub content_length: u64,
}

/// A medium of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectMedium {
    /// Its id.
    pub key: MediaKey,
    /// What it is.
    pub content_type: ContentType,
    /// How long it is, in bytes.
    pub content_length: u64,
    /// Whether its content is there, and since when.
    pub state: MediumState,
    id: MediaId,
}

/// Whether the content of a medium is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediumState {
    /// It has been announced.
    Announced,
    /// Its client said that the upload failed.
    Failed(UploadFailure),
    /// It is there.
    Uploaded(Timestamp),
}

/// What a link lets its bearer do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkUse {
    /// Give the content.
    Upload,
    /// Get the content.
    Download,
}

impl LinkUse {
    fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Download => "download",
        }
    }
}

/// A signature under a link, and until when it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSignature {
    /// Until when.
    pub expires: Timestamp,
    /// The signature, in characters that need no escape.
    pub signature: String,
}

/// Media whose content is arriving: two uploads of the same content must not write one file.
#[derive(Debug, Default)]
pub(crate) struct Arriving(Mutex<HashSet<MediaId>>);

/// The content of a medium while it arrives.
#[derive(Debug)]
pub struct MediumUpload {
    engine: Arc<Engine>,
    project: ProjectId,
    medium: ProjectMedium,
    incoming: Option<Incoming>,
    bytes: u64,
}

/// Why the content of a medium was not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The engine could not.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The same content is arriving from somebody else.
    #[error("the same content is being uploaded already; try again in a moment")]
    Arriving,
    /// It is not as long as it was announced.
    #[error("{sent} bytes arrived of a medium that was announced with {announced}; announce it anew")]
    OtherLength {
        /// How many bytes arrived, at least.
        sent: u64,
        /// How many were announced.
        announced: u64,
    },
    /// It is something else than was announced.
    #[error("the content does not have the SHA-256 that was announced; announce it anew")]
    OtherContent,
}

impl Engine {
    /// Takes note of a medium that is going to be uploaded; one that was announced before stays as it is, unless its type is
    /// another now.
    ///
    /// # Errors
    /// Fails when the store does.
    pub fn announce_medium(
        &self,
        project: &ProjectId,
        announced: &AnnouncedMedium,
    ) -> Result<ProjectMedium, EngineError> {
        let key = MediaKey::of_base64(&URL_SAFE_NO_PAD.encode(announced.digest));
        let key = key.expect("the base64 of 32 bytes has 43 characters");
        if let Some(known) = self.medium(project, &key)?
            && (known.content_type, known.content_length) == (announced.content_type, announced.content_length)
            && !self.is_lost(&known)
        {
            return Ok(known);
        }
        let document = MediumDocument {
            sha256: MediaId::of_digest(announced.digest).to_string(),
            content_type: announced.content_type.to_string(),
            content_length: announced.content_length,
            created_at: self.now(),
            uploaded_at: None,
            failure: None,
        };
        self.write_medium(project, &key, &document)?;
        document.read(key).ok_or_else(|| EngineError::Invalid("a medium must have a type".to_owned()))
    }

    /// Whether a medium was uploaded and cannot be read any more: whoever has its content may upload it again.
    fn is_lost(&self, medium: &ProjectMedium) -> bool {
        matches!(medium.state, MediumState::Uploaded(_)) && !matches!(self.medium_content(medium), Ok(Some(_)))
    }

    /// A medium of a project; nothing when it was never announced.
    ///
    /// # Errors
    /// Fails when the store does.
    pub fn medium(&self, project: &ProjectId, key: &MediaKey) -> Result<Option<ProjectMedium>, EngineError> {
        Ok(self.medium_document(project, key)?.and_then(|document| document.read(key.clone())))
    }

    /// Takes note of what a client says about its upload; false when there is no such medium. What has arrived counts as
    /// uploaded whatever the client says.
    ///
    /// # Errors
    /// Fails when the store does.
    pub fn note_upload(
        &self,
        project: &ProjectId,
        key: &MediaKey,
        failure: Option<UploadFailure>,
    ) -> Result<bool, EngineError> {
        let Some(mut document) = self.medium_document(project, key)? else { return Ok(false) };
        if document.uploaded_at.is_none() && document.failure != failure {
            document.failure = failure;
            self.write_medium(project, key, &document)?;
        }
        Ok(true)
    }

    /// Begins to take the content of a medium that was announced.
    ///
    /// # Errors
    /// Fails when the same content is arriving already, and when the store does.
    pub fn begin_upload(
        self: &Arc<Self>,
        project: &ProjectId,
        medium: ProjectMedium,
    ) -> Result<MediumUpload, UploadError> {
        if !self.arriving.0.lock().insert(medium.id) {
            return Err(UploadError::Arriving);
        }
        let mut upload =
            MediumUpload { engine: self.clone(), project: project.clone(), medium, incoming: None, bytes: 0 };
        // From here on dropping the upload makes way for others.
        let incoming = self.store.media().begin(upload.medium.id).map_err(EngineError::from)?;
        upload.incoming = Some(incoming);
        Ok(upload)
    }

    /// The content of a medium, after it has been compared with its name; nothing when it never arrived.
    ///
    /// # Errors
    /// Fails when the store does, and when the content is damaged.
    pub fn medium_content(&self, medium: &ProjectMedium) -> Result<Option<Content>, EngineError> {
        Ok(self.store.media().open_sound(medium.id)?)
    }

    /// Stores media that were taken out of payloads. On disk when it returns.
    ///
    /// # Errors
    /// Fails when the store does.
    pub(crate) fn keep_media(&self, project: &ProjectId, media: &[Medium]) -> Result<(), EngineError> {
        let mut kept = HashSet::new();
        for medium in media.iter().filter(|medium| kept.insert(medium.key.clone())) {
            let known = self.medium(project, &medium.key)?;
            if known.is_some_and(|known| matches!(known.state, MediumState::Uploaded(_))) {
                continue;
            }
            let id = self.store.media().put(&medium.content)?;
            let document = MediumDocument {
                sha256: id.to_string(),
                content_type: medium.content_type.to_string(),
                content_length: medium.content.len() as u64,
                created_at: self.now(),
                uploaded_at: Some(self.now()),
                failure: None,
            };
            self.write_medium(project, &medium.key, &document)?;
        }
        Ok(())
    }

    /// Forgets the media of a project, and removes the content that no other project has.
    ///
    /// # Errors
    /// Fails when the store does.
    pub(crate) fn remove_media(&self, project: &ProjectId) -> Result<(), EngineError> {
        let prefix = document_id(project, "");
        let (mut gone, mut needed, mut changes) = (HashSet::new(), HashSet::new(), Vec::new());
        for (id, bytes) in self.store.documents(DocumentKind::Medium)?.intact {
            let content = serde_json::from_slice(&bytes).ok();
            let content = content.and_then(|document: MediumDocument| MediaId::parse(&document.sha256));
            let is_own = id.strip_prefix(&prefix).is_some_and(|key| !key.contains('/'));
            if is_own {
                gone.extend(content);
                changes.push(delete(DocumentKind::Medium, &id));
            } else {
                needed.extend(content);
            }
        }
        self.store.write_documents(&changes)?;
        for id in gone.difference(&needed) {
            self.store.media().remove(*id)?;
        }
        Ok(())
    }

    /// Signs a link to a medium.
    #[must_use]
    pub fn sign_link(&self, to: LinkUse, project: &ProjectId, key: &MediaKey) -> LinkSignature {
        let expires = Timestamp::from_micros(self.now().micros().saturating_add(LINK_SECONDS * 1_000_000));
        let signature = self.link_mac(to, project, key, expires).finalize().into_bytes();
        LinkSignature { expires, signature: URL_SAFE_NO_PAD.encode(signature) }
    }

    /// Whether a link to a medium was signed here and still counts.
    #[must_use]
    pub fn accepts_link(&self, to: LinkUse, project: &ProjectId, key: &MediaKey, link: &LinkSignature) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(&link.signature) else { return false };
        let is_signed = self.link_mac(to, project, key, link.expires).verify_slice(&signature).is_ok();
        is_signed && self.now() < link.expires
    }

    fn link_mac(&self, to: LinkUse, project: &ProjectId, key: &MediaKey, expires: Timestamp) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.accounts.session_key).expect("HMAC takes a key of any length");
        // The project comes last, because it alone may have any characters.
        mac.chain_update(format!("media {} {key} {} {project}", to.as_str(), expires.micros()))
    }

    fn medium_document(&self, project: &ProjectId, key: &MediaKey) -> Result<Option<MediumDocument>, EngineError> {
        read_one(&self.store, DocumentKind::Medium, &document_id(project, key.as_str()))
    }

    fn write_medium(&self, project: &ProjectId, key: &MediaKey, document: &MediumDocument) -> Result<(), EngineError> {
        write(&self.store, DocumentKind::Medium, &document_id(project, key.as_str()), document)
    }
}

/// Ids of media have no slash, ids of projects may.
fn document_id(project: &ProjectId, key: &str) -> String {
    format!("{project}/{key}")
}

impl MediumDocument {
    fn read(&self, key: MediaKey) -> Option<ProjectMedium> {
        let state = match (self.uploaded_at, &self.failure) {
            (Some(at), _) => MediumState::Uploaded(at),
            (None, Some(failure)) => MediumState::Failed(failure.clone()),
            (None, None) => MediumState::Announced,
        };
        Some(ProjectMedium {
            key,
            content_type: ContentType::parse(&self.content_type)?,
            content_length: self.content_length,
            state,
            id: MediaId::parse(&self.sha256)?,
        })
    }
}

impl MediumUpload {
    /// Takes a piece of the content.
    ///
    /// # Errors
    /// Fails when more arrives than was announced, and when the store does.
    pub fn append(&mut self, piece: &[u8]) -> Result<(), UploadError> {
        self.bytes += piece.len() as u64;
        let announced = self.medium.content_length;
        if self.bytes > announced {
            return Err(UploadError::OtherLength { sent: self.bytes, announced });
        }
        if let Some(incoming) = &mut self.incoming {
            incoming.append(piece).map_err(EngineError::from)?;
        }
        Ok(())
    }

    /// Takes note that all of the content is there, when it is what was announced. On disk when it returns.
    ///
    /// # Errors
    /// Fails when it is not, and when the store does.
    pub fn finish(mut self) -> Result<(), UploadError> {
        let announced = self.medium.content_length;
        if self.bytes != announced {
            return Err(UploadError::OtherLength { sent: self.bytes, announced });
        }
        let Some(incoming) = self.incoming.take() else { return Ok(()) };
        if !incoming.finish().map_err(EngineError::from)? {
            return Err(UploadError::OtherContent);
        }
        let Some(mut document) = self.engine.medium_document(&self.project, &self.medium.key)? else { return Ok(()) };
        document.uploaded_at = Some(self.engine.now());
        document.failure = None;
        Ok(self.engine.write_medium(&self.project, &self.medium.key, &document)?)
    }
}

impl Drop for MediumUpload {
    fn drop(&mut self) {
        if let Some(incoming) = self.incoming.take()
            && let Err(error) = incoming.abandon()
        {
            tracing::warn!(medium = %self.medium.key, %error, "what had arrived of an upload that failed is still there");
        }
        self.engine.arriving.0.lock().remove(&self.medium.id);
    }
}
