//! Media: files that are named after what they hold.
//!
//! Owns the directory `media` of the data directory. The name of a file is the SHA-256 of its content, so the name is the
//! checksum: what is read is compared with it, the same content is stored once, and a file that a crash cut short is
//! written again by whoever stores that content next. Refuses to know who refers to a file.

use std::fmt;
use std::io;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use spanstone_guard::{Access, Disk, Folder};

use crate::StoreError;

/// The directory of all media, in the data directory.
const MEDIA_FOLDER: &str = "media";

/// How much is read at once.
const PIECE_BYTES: usize = 64 * 1024;

/// The name of a medium: the SHA-256 of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MediaId([u8; 32]);

impl MediaId {
    /// The name of content with this SHA-256.
    #[must_use]
    pub fn of_digest(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The name of this content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// Reads a name: 64 hexadecimal digits in lower case; nothing for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if text.len() != 64 || text.bytes().any(|digit| digit.is_ascii_uppercase()) {
            return None;
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// Its directory: one of 256, so that none of them becomes long.
    fn parent(self) -> String {
        format!("{MEDIA_FOLDER}/{:02x}", self.0[0])
    }

    fn path(self) -> String {
        format!("{}/{self}", self.parent())
    }
}

impl fmt::Display for MediaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The media of one store.
#[derive(Debug, Clone)]
pub struct Media {
    folder: Arc<dyn Folder>,
}

impl Media {
    pub(crate) fn new(folder: Arc<dyn Folder>) -> Self {
        Self { folder }
    }

    /// Stores content under its name. On stable storage when it returns; what is there already is left as it is.
    ///
    /// # Errors
    /// Fails when the disk does.
    pub fn put(&self, content: &[u8]) -> Result<MediaId, StoreError> {
        let id = MediaId::of(content);
        if self.is_sound(id)? {
            return Ok(id);
        }
        let write = || {
            let disk = self.folder.open(&id.path(), Access::ReadWrite)?;
            disk.set_len(0)?;
            disk.write_all_at(0, content)?;
            disk.sync_data()?;
            self.folder.sync_names(&id.parent())
        };
        write().map_err(failed(id))?;
        Ok(id)
    }

    /// The content with this name; nothing when it was never stored.
    ///
    /// # Errors
    /// Fails when the disk does, and when the file is not what its name says.
    pub fn get(&self, id: MediaId) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(disk) = self.open(id)? else { return Ok(None) };
        let read = || {
            let mut content = vec![0; usize::try_from(disk.len()?).unwrap_or(usize::MAX)];
            disk.read_exact_at(0, &mut content)?;
            Ok(content)
        };
        let content = read().map_err(failed(id))?;
        if MediaId::of(&content) == id {
            return Ok(Some(content));
        }
        Err(failed(id)(not_what_was_stored()))
    }

    /// Begins to store content that comes in pieces and whose name is known beforehand. Only one may be under way for a
    /// name: whoever begins a second spoils the first, which then fails.
    ///
    /// # Errors
    /// Fails when the disk does.
    pub fn begin(&self, id: MediaId) -> Result<Incoming, StoreError> {
        let open = || {
            let disk = self.folder.open(&id.path(), Access::ReadWrite)?;
            disk.set_len(0)?;
            Ok(disk)
        };
        let disk = open().map_err(failed(id))?;
        Ok(Incoming { folder: self.folder.clone(), id, disk, hash: Sha256::new(), bytes: 0 })
    }

    /// The content with this name to be read in pieces, after it has been compared with its name; nothing when it was never
    /// stored.
    ///
    /// # Errors
    /// Fails when the disk does, and when the file is not what its name says.
    pub fn open_sound(&self, id: MediaId) -> Result<Option<Content>, StoreError> {
        let Some(disk) = self.open(id)? else { return Ok(None) };
        if digest(&*disk).map_err(failed(id))? == id {
            let bytes = disk.len().map_err(failed(id))?;
            return Ok(Some(Content { id, disk, bytes }));
        }
        Err(failed(id)(not_what_was_stored()))
    }

    /// Removes a medium that nobody refers to any more.
    ///
    /// # Errors
    /// Fails when the disk does.
    pub fn remove(&self, id: MediaId) -> Result<(), StoreError> {
        self.folder.remove(&id.path()).map_err(failed(id))
    }

    /// The names of the media whose content is not what the name says, and how many media there are.
    ///
    /// # Errors
    /// Fails when the directory cannot be read.
    pub fn verify(&self) -> Result<(u64, Vec<String>), StoreError> {
        let listed = |parent: &str| {
            let failed = |source| StoreError::Directory { path: parent.into(), source };
            self.folder.list(parent).map_err(failed)
        };
        let (mut count, mut damaged) = (0, Vec::new());
        for part in listed(MEDIA_FOLDER)? {
            let parent = format!("{MEDIA_FOLDER}/{part}");
            for name in listed(&parent)? {
                count += 1;
                let is_sound = MediaId::parse(&name).is_some_and(|id| self.is_sound(id).unwrap_or(false));
                if !is_sound {
                    damaged.push(format!("{parent}/{name}"));
                }
            }
        }
        Ok((count, damaged))
    }

    /// Whether a medium is there, and is what its name says.
    fn is_sound(&self, id: MediaId) -> Result<bool, StoreError> {
        let Some(disk) = self.open(id)? else { return Ok(false) };
        Ok(digest(&*disk).map_err(failed(id))? == id)
    }

    fn open(&self, id: MediaId) -> Result<Option<Arc<dyn Disk>>, StoreError> {
        match self.folder.open(&id.path(), Access::ReadOnly) {
            Ok(disk) => Ok(Some(disk)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(id)(error)),
        }
    }
}

/// Content that can be read in pieces.
#[derive(Debug)]
pub struct Content {
    id: MediaId,
    disk: Arc<dyn Disk>,
    bytes: u64,
}

impl Content {
    /// How long it is, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The piece from `offset` on, at most `bytes_max` long; empty at the end.
    ///
    /// # Errors
    /// Fails when the disk does.
    pub fn piece(&self, offset: u64, bytes_max: usize) -> Result<Vec<u8>, StoreError> {
        let left = usize::try_from(self.bytes.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut piece = vec![0; left.min(bytes_max)];
        self.disk.read_exact_at(offset, &mut piece).map_err(failed(self.id))?;
        Ok(piece)
    }
}

/// Content that comes in pieces.
#[derive(Debug)]
pub struct Incoming {
    folder: Arc<dyn Folder>,
    id: MediaId,
    disk: Arc<dyn Disk>,
    hash: Sha256,
    bytes: u64,
}

impl Incoming {
    /// Appends a piece.
    ///
    /// # Errors
    /// Fails when the disk does.
    pub fn append(&mut self, piece: &[u8]) -> Result<(), StoreError> {
        self.disk.write_all_at(self.bytes, piece).map_err(failed(self.id))?;
        self.hash.update(piece);
        self.bytes += piece.len() as u64;
        Ok(())
    }

    /// Puts the content on stable storage under its name. False when it is not what its name says; then it is removed.
    ///
    /// # Errors
    /// Fails when the disk does.
    pub fn finish(self) -> Result<bool, StoreError> {
        let Self { folder, id, disk, hash, .. } = self;
        if MediaId(hash.finalize().into()) != id {
            folder.remove(&id.path()).map_err(failed(id))?;
            return Ok(false);
        }
        let settle = || {
            disk.sync_data()?;
            folder.sync_names(&id.parent())
        };
        settle().map_err(failed(id))?;
        Ok(true)
    }

    /// Gives the content up and removes what there is of it.
    ///
    /// # Errors
    /// Fails when the disk does.
    pub fn abandon(self) -> Result<(), StoreError> {
        self.folder.remove(&self.id.path()).map_err(failed(self.id))
    }
}

fn not_what_was_stored() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the content is not what was stored under this name")
}

fn digest(disk: &dyn Disk) -> io::Result<MediaId> {
    let (mut hash, mut at, end) = (Sha256::new(), 0, disk.len()?);
    let mut piece = vec![0; PIECE_BYTES];
    while at < end {
        let length = usize::try_from(end - at).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
        disk.read_exact_at(at, &mut piece[..length])?;
        hash.update(&piece[..length]);
        at += length as u64;
    }
    Ok(MediaId(hash.finalize().into()))
}

fn failed(id: MediaId) -> impl Fn(io::Error) -> StoreError {
    move |source| StoreError::Directory { path: id.path().into(), source }
}

#[cfg(test)]
mod tests {
    use spanstone_guard::FileFolder;

    use super::*;

    fn media(dir: &tempfile::TempDir) -> Media {
        Media::new(Arc::new(FileFolder::new(dir.path())))
    }

    #[test]
    fn content_is_found_under_its_digest_and_stored_once() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let media = media(&dir);
        let id = media.put(b"abc").expect("it is stored");
        assert_eq!(id.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(MediaId::parse(&id.to_string()), Some(id));
        assert_eq!(media.put(b"abc").expect("it is there"), id);
        assert_eq!(media.get(id).expect("it is read").as_deref(), Some(&b"abc"[..]));
        assert_eq!(media.verify().expect("it is listed"), (1, vec![]));
        media.remove(id).expect("it is removed");
        assert_eq!(media.get(id).expect("it is gone"), None);
        for text in ["", "abc", &"G".repeat(64), &"A".repeat(64), &"é".repeat(32)] {
            assert_eq!(MediaId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn content_in_pieces_is_there_when_it_is_what_its_name_says_and_gone_otherwise() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let media = media(&dir);
        let id = MediaId::of(b"abc");
        let arrive = |pieces: &[&[u8]]| {
            let mut incoming = media.begin(id).expect("it begins");
            pieces.iter().for_each(|piece| incoming.append(piece).expect("it is written"));
            incoming
        };
        assert!(!arrive(&[b"abd"]).finish().expect("it is compared"));
        assert_eq!(media.get(id).expect("it is looked for"), None);
        arrive(&[b"ab"]).abandon().expect("it is removed");
        assert_eq!(media.get(id).expect("it is looked for"), None);
        assert!(arrive(&[b"a", b"", b"bc"]).finish().expect("it is compared"));
        let content = media.open_sound(id).expect("it is sound").expect("it is there");
        assert_eq!(content.bytes(), 3);
        let pieces = [(0, 2), (2, 2), (3, 2), (9, 1)].map(|(at, most)| content.piece(at, most).expect("it is read"));
        assert_eq!(pieces, [b"ab".to_vec(), b"c".to_vec(), vec![], vec![]]);
        std::fs::write(dir.path().join(id.path()), b"abd").expect("it can be spoiled");
        assert!(media.open_sound(id).is_err());
    }

    #[test]
    fn content_that_is_not_what_its_name_says_is_never_given_and_is_put_right_by_storing_it_again() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let media = media(&dir);
        let content = vec![7; 200_000];
        let id = media.put(&content).expect("it is stored");
        std::fs::write(dir.path().join(id.path()), &content[..100_000]).expect("it can be cut");
        assert!(media.get(id).is_err());
        assert_eq!(media.verify().expect("it is listed"), (1, vec![id.path()]));
        media.put(&content).expect("it is stored again");
        assert_eq!(media.get(id).expect("it is read"), Some(content));
    }
}
