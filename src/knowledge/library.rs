//! A dealership's own documents: files in, passages in the database, and the index kept in line with those.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::extract::{self, Extracted, Unreadable};
use super::index::numbered;
use super::opening::Opened;
use super::service::{IndexStanding, IndexState, Service};
use super::vector::{Collection, EVERYWHERE, Owner, Passage, VectorError};
use super::{chunk, content};
use crate::model::knowledge::{DocumentPassage, KnowledgeDocument, Origin};
use crate::model::{DocumentId, TenantId, UserId};
use crate::store::{AuditEntry, StoreError};

/// How files are read; part of what a file's hash covers, so that a better reader reads them again.
const READING: &str = "1";
/// Passages of one document at most.
const MAX_PASSAGES: usize = 5000;
/// Documents of one dealership at most.
const MAX_DOCUMENTS: i64 = 10_000;
/// How long a file may take to be read.
const READ_WITHIN: Duration = Duration::from_secs(20);
/// Files read at the same time.
const READERS: usize = 2;

/// What is said about a file; what is not said is found in it or taken to be general.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct About {
    /// Its title.
    pub title: Option<String>,
    /// Departments that need it.
    pub departments: Vec<String>,
    /// Where it applies.
    pub jurisdictions: Vec<String>,
    /// The language it is written in: `en` or `es`.
    pub language: Option<String>,
    /// When a person last checked it (`YYYY-MM-DD`).
    pub reviewed: Option<String>,
}

/// A file on its way in.
#[derive(Debug)]
pub struct NewFile {
    /// How it comes in.
    pub origin: Origin,
    /// Its name; within a folder, its path.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What is said about it.
    pub about: About,
    /// Who sends it.
    pub by: Option<UserId>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There was none of its name.
    Added,
    /// It replaced the one of its name.
    Changed,
    /// It is the one that was there.
    Unchanged,
}

/// Why a file did not come in.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It is larger than a file may be.
    #[error("the file has {bytes} bytes; {most} are the most")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// What it may have.
        most: usize,
    },
    /// It has more text than one document may have.
    #[error("the file makes {0} passages, {MAX_PASSAGES} are the most; send it in parts")]
    TooLong(usize),
    /// Something said about it, or in its front matter, is not what may stand there.
    #[error("{field}: {problem}")]
    About {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The dealership has as many documents as it may have.
    #[error("the dealership has {MAX_DOCUMENTS} documents, which is the most")]
    Full,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LibraryError {
    /// Stable code, as clients see it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(why) => why.code(),
            Self::TooLarge { .. } => "file_too_large",
            Self::TooLong(_) => "file_too_long",
            Self::About { .. } => "file_described_wrongly",
            Self::Full => "knowledge_full",
            Self::Store(_) => "store_failed",
        }
    }
}

/// The workflows that an index has by their hashes, and which index.
type Standing = (String, BTreeMap<String, String>);

/// What a service remembers between two files and two searches.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    readers: Arc<Semaphore>,
    /// The version of each tenant's documents that the index has, and in which index.
    seen: Arc<Mutex<HashMap<TenantId, (String, i64)>>>,
    /// One brings the index in line at a time.
    writing: Arc<tokio::sync::Mutex<()>>,
    /// Tenants whose passages are being written anew.
    anew: Arc<Mutex<HashSet<TenantId>>>,
    /// The workflows of each tenant that the index has, by their hashes, and in which index.
    workflows: Arc<Mutex<HashMap<TenantId, Standing>>>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            readers: Arc::new(Semaphore::new(READERS)),
            seen: Arc::default(),
            writing: Arc::default(),
            anew: Arc::default(),
            workflows: Arc::default(),
        }
    }
}

impl Memory {
    /// False when that is under way already.
    fn begin_anew(&self, tenant: &TenantId) -> bool {
        self.anew.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant.clone())
    }

    fn end_anew(&self, tenant: &TenantId) {
        self.anew.lock().unwrap_or_else(PoisonError::into_inner).remove(tenant);
    }

    fn anew(&self, tenant: &TenantId) -> bool {
        self.anew.lock().unwrap_or_else(PoisonError::into_inner).contains(tenant)
    }

    /// The right to bring the index in line; one has it at a time.
    pub(super) async fn writing(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.writing.lock().await
    }

    /// Whether the index was seen to hold just these workflows.
    pub(super) fn has_workflows(&self, tenant: &TenantId, opened: &Opened, wanted: &BTreeMap<String, String>) -> bool {
        let known = self.workflows.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(tenant).filter(|(generation, _)| *generation == opened.generation.to_string());
        found.map_or(wanted.is_empty(), |(_, held)| held == wanted)
    }

    pub(super) fn note_workflows(&self, tenant: &TenantId, opened: &Opened, held: BTreeMap<String, String>) {
        let mut known = self.workflows.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(tenant.clone(), (opened.generation.to_string(), held));
    }

    fn seen(&self, tenant: &TenantId, opened: &Opened) -> i64 {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let known = seen.get(tenant).filter(|(generation, _)| *generation == opened.generation.to_string());
        known.map_or(0, |(_, version)| *version)
    }

    fn note(&self, tenant: &TenantId, opened: &Opened, version: i64) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(tenant.clone(), (opened.generation.to_string(), version));
    }
}

impl Service {
    /// Takes a file in: reads it, splits it, stores it in place of the one of its name, and lets the index follow. The
    /// same file again changes nothing. When the index is away the document is stored all the same, and found as soon as
    /// the index is there.
    ///
    /// # Errors
    /// [`LibraryError`]; nothing has changed then.
    pub async fn add(&self, tenant: &TenantId, file: NewFile) -> Result<(KnowledgeDocument, Outcome), LibraryError> {
        let most = self.parts.max_file_bytes;
        if file.bytes.len() > most {
            return Err(LibraryError::TooLarge { bytes: file.bytes.len(), most });
        }
        let before = self.parts.db.find_knowledge_document_by_name(tenant, file.origin, &file.name).await?;
        let file_hash = file_hash(&file);
        if let Some(same) = before.as_ref().filter(|document| document.file_hash == file_hash) {
            self.follow(tenant).await;
            return Ok((same.clone(), Outcome::Unchanged));
        }
        if before.is_none() && self.parts.db.count_knowledge(tenant).await?.0 >= MAX_DOCUMENTS {
            return Err(LibraryError::Full);
        }
        let outcome = if before.is_some() { Outcome::Changed } else { Outcome::Added };
        let bytes = i64::try_from(file.bytes.len()).unwrap_or(i64::MAX);
        let (origin, name, by) = (file.origin, file.name.clone(), file.by.clone());
        let (extracted, about, passages) = self.read(file).await?;
        let now = self.parts.clock.now();
        let (id, created_by, created_at) = match before {
            Some(before) => (before.id, before.created_by, before.created_at),
            None => (DocumentId::generate(), by.clone(), now),
        };
        let mut document = KnowledgeDocument {
            id,
            tenant_id: tenant.clone(),
            origin,
            title: title(&about, &extracted, &name),
            name,
            kind: extracted.kind,
            departments: or_everywhere(about.departments),
            jurisdictions: or_everywhere(about.jurisdictions),
            language: about.language.unwrap_or_else(|| "en".to_owned()),
            reviewed: about.reviewed.unwrap_or_default(),
            file_hash,
            hash: String::new(),
            bytes,
            passages: i64::try_from(passages.len()).unwrap_or(i64::MAX),
            created_by,
            created_at,
            updated_at: now,
        };
        document.hash = content::hash(&indexed(&document, &passages));
        let action = if outcome == Outcome::Added { "knowledge.added" } else { "knowledge.changed" };
        let audit = audit(tenant, now, by.as_ref(), action, document.id.as_str())
            .with(serde_json::json!({"origin": origin, "kind": document.kind, "file_hash": document.file_hash}));
        document.id = self.parts.db.put_knowledge_document(&document, &passages, &audit).await?;
        self.follow(tenant).await;
        Ok((document, outcome))
    }

    /// Removes a document; false when there is none in the tenant.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete(&self, tenant: &TenantId, id: &DocumentId, by: Option<&UserId>) -> Result<bool, StoreError> {
        let audit = audit(tenant, self.parts.clock.now(), by, "knowledge.removed", id.as_str());
        let gone = self.parts.db.delete_knowledge_document(tenant, id, &audit).await?;
        if gone {
            self.follow(tenant).await;
        }
        Ok(gone)
    }

    /// Reads and splits a file, off the async threads.
    async fn read(&self, file: NewFile) -> Result<(Extracted, About, Vec<DocumentPassage>), LibraryError> {
        let turn = Arc::clone(&self.memory.readers).acquire_owned().await;
        let reading = tokio::task::spawn_blocking(move || -> Result<_, LibraryError> {
            // held until the file is read, also when nobody waits for it any more
            let _turn = turn;
            let mut extracted = extract::extract(&file.name, &file.bytes)?;
            let about = described(file.about, &mut extracted)?;
            let chunks = chunk::split(&extracted.markdown);
            if chunks.len() > MAX_PASSAGES {
                return Err(LibraryError::TooLong(chunks.len()));
            }
            if chunks.is_empty() {
                return Err(Unreadable::NoText.into());
            }
            let passage = |chunk: chunk::Chunk| DocumentPassage { heading: chunk.heading, text: chunk.text };
            Ok((extracted, about, chunks.into_iter().map(passage).collect()))
        });
        match tokio::time::timeout(READ_WITHIN, reading).await {
            Ok(Ok(read)) => read,
            // a reader that panics has met a file it was not made for
            Ok(Err(_)) => Err(Unreadable::Damaged("it cannot be made sense of".into()).into()),
            Err(_elapsed) => Err(Unreadable::Damaged("it takes too long to read".into()).into()),
        }
    }

    /// Brings the index in line with a tenant's documents, waiting no longer than `patience`; what takes longer goes on.
    /// Whether it is in line now.
    pub(super) async fn in_line(&self, tenant: &TenantId, patience: Duration) -> bool {
        let Some(opened) = self.door.opened() else { return false };
        let known = match self.parts.db.knowledge_version(tenant).await {
            Ok(version) => version == self.memory.seen(tenant, &opened),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the version of documents cannot be read");
                true
            }
        };
        if known {
            return true;
        }
        // in a task of its own: a search may give up, the index must not be left halfway
        let (service, tenant) = (self.clone(), tenant.clone());
        let work = self.parts.tasks.spawn(async move { service.bring_in_line(&opened, &tenant, false).await });
        match tokio::time::timeout(patience, work).await {
            Ok(Ok(done)) => done.is_ok(),
            Ok(Err(_)) | Err(_) => false,
        }
    }

    /// After a change: the index follows, if it can.
    async fn follow(&self, tenant: &TenantId) {
        if self.door.wait().await.is_some() {
            self.in_line(tenant, Duration::from_secs(10)).await;
        }
    }

    /// Makes the index hold exactly what the database has of a tenant; `anew` writes also what is there already.
    ///
    /// # Errors
    /// [`super::KnowledgeError`]; what was written stays.
    pub(super) async fn bring_in_line(
        &self,
        opened: &Opened,
        tenant: &TenantId,
        anew: bool,
    ) -> Result<(), super::KnowledgeError> {
        let _turn = self.memory.writing().await;
        let owner = Owner::Tenant(tenant.clone());
        let mut anew = anew;
        loop {
            let version = self.parts.db.knowledge_version(tenant).await.map_err(away)?;
            if !anew && self.memory.seen(tenant, opened) == version {
                return Ok(());
            }
            let wanted = self.parts.db.list_knowledge_hashes(tenant).await.map_err(away)?;
            let done = async {
                let mut plan = opened.index.plan(Collection::Knowledge, &owner, &wanted).await?;
                if anew {
                    plan.write = wanted.keys().cloned().collect();
                }
                for document in &plan.write {
                    self.write(opened, tenant, document).await?;
                }
                for document in &plan.remove {
                    opened.index.store.remove(Collection::Knowledge, &owner, document).await?;
                }
                opened.index.store.flush().await
            };
            if let Err(error) = done.await {
                self.count_failure(opened, "index", &error);
                return Err(error.into());
            }
            self.memory.note(tenant, opened, version);
            anew = false;
            // changes that came meanwhile are seen in the next round
        }
    }

    async fn write(&self, opened: &Opened, tenant: &TenantId, document: &str) -> Result<(), VectorError> {
        let gone = |error: StoreError| VectorError::Unavailable(error.to_string());
        let Ok(id) = document.parse::<DocumentId>() else { return Ok(()) };
        // one that was removed meanwhile is dealt with in the next round
        let Some(row) = self.parts.db.find_knowledge_document(tenant, &id).await.map_err(gone)? else { return Ok(()) };
        let passages = self.parts.db.list_knowledge_passages(tenant, &id).await.map_err(gone)?;
        let passages = numbered(&indexed(&row, &passages), &row.hash);
        opened.index.write(Collection::Knowledge, passages).await
    }

    /// Writes everything a tenant has into the index again, in the background. One at a time: while that is going on,
    /// asking again has no effect.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be put down in the audit log.
    pub async fn reindex(&self, tenant: &TenantId, by: &UserId) -> Result<(), StoreError> {
        let audit = audit(tenant, self.parts.clock.now(), Some(by), "knowledge.reindexed", tenant.as_str());
        self.parts.db.append_audit(&audit).await?;
        if !self.memory.begin_anew(tenant) {
            return Ok(());
        }
        let (service, tenant) = (self.clone(), tenant.clone());
        self.parts.tasks.spawn(async move {
            if let Some(opened) = service.door.wait().await {
                drop(service.bring_in_line(&opened, &tenant, true).await);
            }
            service.memory.end_anew(&tenant);
        });
        Ok(())
    }

    /// How searching stands for a tenant.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn index_state(&self, tenant: &TenantId) -> Result<IndexState, StoreError> {
        let (documents, passages) = self.parts.db.count_knowledge(tenant).await?;
        let version = self.parts.db.knowledge_version(tenant).await?;
        let opened = self.door.opened();
        let whole = opened.as_ref().is_some_and(|opened| self.memory.seen(tenant, opened) == version);
        let standing = match &opened {
            None if self.door.opening() => IndexStanding::Opening,
            None => IndexStanding::Away,
            Some(_) if self.memory.anew(tenant) || !whole => IndexStanding::Following,
            Some(_) => IndexStanding::Ready,
        };
        let model = opened.and_then(|opened| opened.generation.model);
        Ok(IndexState {
            engine: self.parts.kept.kind(),
            standing,
            model: model.as_ref().map(ToString::to_string),
            documents,
            passages,
        })
    }
}

fn away(error: StoreError) -> super::KnowledgeError {
    super::KnowledgeError::Failed(error.into())
}

fn audit(
    tenant: &TenantId,
    at: chrono::DateTime<chrono::Utc>,
    by: Option<&UserId>,
    action: &str,
    subject: &str,
) -> AuditEntry {
    AuditEntry::new(tenant, at, by.map_or("system", UserId::as_str), action, subject)
}

/// SHA-256 of a file, of what is said about it and of how it is read.
fn file_hash(file: &NewFile) -> String {
    let About { title, departments, jurisdictions, language, reviewed } = &file.about;
    let mut hash = Sha256::new();
    hash.update(format!("{READING}\0{title:?}\0{departments:?}\0{jurisdictions:?}\0{language:?}\0{reviewed:?}\0"));
    hash.update(&file.bytes);
    hex::encode(hash.finalize())
}

/// What is said about a file, and what its front matter says where nobody did; the front matter is taken out.
fn described(mut about: About, extracted: &mut Extracted) -> Result<About, LibraryError> {
    let front = extracted.markdown.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    let front = front.filter(|(front, _)| front.len() <= 4096);
    let own = front.and_then(|(front, body)| Some((serde_saphyr::from_str::<About>(front).ok()?, body.to_owned())));
    if let Some((own, body)) = own {
        about.title = about.title.or(own.title);
        about.language = about.language.or(own.language);
        about.reviewed = about.reviewed.or(own.reviewed);
        if about.departments.is_empty() {
            about.departments = own.departments;
        }
        if about.jurisdictions.is_empty() {
            about.jurisdictions = own.jurisdictions;
        }
        extracted.markdown = body;
    }
    let wrong = |field, problem| Err(LibraryError::About { field, problem });
    let place = |place: &String| {
        place == EVERYWHERE || (place.len() == 2 && place.bytes().all(|letter| letter.is_ascii_uppercase()))
    };
    if about.jurisdictions.len() > 60 || !about.jurisdictions.iter().all(place) {
        return wrong("jurisdictions", "must be two capital letters each, as in `CA`, or `all`");
    }
    let plain =
        |text: &String| (1..=40).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_lowercase() || c == b'_');
    if about.departments.len() > 20 || !about.departments.iter().all(plain) {
        return wrong("departments", "must be small letters each, as in `service`, or `all`");
    }
    if about.language.as_ref().is_some_and(|language| !["en", "es"].contains(&language.as_str())) {
        return wrong("language", "must be `en` or `es`");
    }
    if about.reviewed.as_ref().is_some_and(|day| day.parse::<chrono::NaiveDate>().is_err()) {
        return wrong("reviewed", "must be a date, as in `2026-06-30`");
    }
    Ok(about)
}

fn title(about: &About, extracted: &Extracted, name: &str) -> String {
    let given = about.title.clone().or_else(|| extracted.title.clone());
    let found = given.or_else(|| chunk::title(&extracted.markdown)).filter(|title| !title.trim().is_empty());
    let file = name.rsplit('/').next().unwrap_or(name);
    let plain = file.rsplit_once('.').map_or(file, |(stem, _)| stem).replace(['_', '-'], " ");
    found.unwrap_or(plain).split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

fn or_everywhere(list: Vec<String>) -> Vec<String> {
    if list.is_empty() { vec![EVERYWHERE.to_owned()] } else { list }
}

/// The passages of a document as the index has them, without hash and places.
fn indexed(document: &KnowledgeDocument, passages: &[DocumentPassage]) -> Vec<Passage> {
    let passage = |passage: &DocumentPassage| Passage {
        owner: document.tenant_id.to_string(),
        document: document.id.to_string(),
        title: document.title.clone(),
        heading: passage.heading.clone(),
        text: passage.text.clone(),
        departments: document.departments.clone(),
        jurisdictions: document.jurisdictions.clone(),
        languages: vec![document.language.clone()],
        reviewed: document.reviewed.clone(),
        ..Passage::default()
    };
    passages.iter().map(passage).collect()
}
