//! A folder of files, brought in line with what a dealership has: new and different ones come in, what vanished goes,
//! what cannot be read is reported and left as it was. Breaking off loses nothing: what came in is known the next time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::library::{About, LibraryError, NewFile, Outcome};
use super::service::Service;
use crate::model::TenantId;
use crate::model::knowledge::Origin;
use crate::store::StoreError;

/// Files of one folder at most.
const MAX_FILES: usize = 10_000;
/// Folders within folders.
const MAX_DEPTH: usize = 12;

/// What became of a folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FolderReport {
    /// Files that were new.
    pub added: Vec<String>,
    /// Files that replaced one of their name.
    pub changed: Vec<String>,
    /// Files that were there already.
    pub unchanged: usize,
    /// Files that are no longer in the folder.
    pub removed: Vec<String>,
    /// Files that did not come in, and why.
    pub skipped: Vec<(String, String)>,
}

/// Why a folder was not gone through to its end.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be read.
    #[error("{} cannot be read", .0.display())]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// It has more than one can mean.
    #[error("the folder has more than {MAX_FILES} files, or folders nested deeper than {MAX_DEPTH}")]
    TooMuch,
    /// There is nothing in it, though there was.
    #[error("the folder is empty, though {0} documents came from one; to remove them all, ask for it")]
    Empty(usize),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Goes through `folder`. `progress` is told of each file: how many are done, of how many, and its name. An empty
    /// folder removes everything only when `may_empty`.
    ///
    /// # Errors
    /// [`FolderError`]; files that came in until then stay.
    pub async fn ingest_folder(
        &self,
        tenant: &TenantId,
        folder: &Path,
        may_empty: bool,
        progress: impl Fn(usize, usize, &str),
    ) -> Result<FolderReport, FolderError> {
        let root = folder.to_owned();
        let walked = tokio::task::spawn_blocking(move || walk(&root)).await;
        let files = walked.map_err(|_| FolderError::TooMuch)??;
        let known = self.parts.db.list_knowledge_names(tenant, Origin::Folder).await?;
        if files.is_empty() && !known.is_empty() && !may_empty {
            return Err(FolderError::Empty(known.len()));
        }
        let mut report = FolderReport::default();
        for (done, name) in files.iter().enumerate() {
            progress(done, files.len(), name);
            match self.ingest_file(tenant, folder, name).await {
                Ok(Outcome::Added) => report.added.push(name.clone()),
                Ok(Outcome::Changed) => report.changed.push(name.clone()),
                Ok(Outcome::Unchanged) => report.unchanged += 1,
                Err(LibraryError::Store(error)) => return Err(error.into()),
                Err(error) => report.skipped.push((name.clone(), error.to_string())),
            }
        }
        progress(files.len(), files.len(), "");
        // only now: a folder that was not read to its end says nothing about what is missing in it
        for (id, name) in known.into_iter().filter(|(_, name)| !files.contains(name)) {
            if self.delete(tenant, &id, None).await? {
                report.removed.push(name);
            }
        }
        Ok(report)
    }

    async fn ingest_file(&self, tenant: &TenantId, folder: &Path, name: &str) -> Result<Outcome, LibraryError> {
        let (path, most) = (folder.join(name), self.parts.max_file_bytes);
        let read = tokio::task::spawn_blocking(move || -> std::io::Result<Vec<u8>> {
            use std::io::Read as _;
            let mut bytes = Vec::new();
            // one byte more tells that there is more
            std::fs::File::open(path)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        });
        let damaged = |error: String| LibraryError::from(super::extract::Unreadable::Damaged(error));
        let bytes = read.await.map_err(|error| damaged(error.to_string()))?;
        let bytes = bytes.map_err(|error| damaged(error.to_string()))?;
        let file = NewFile { origin: Origin::Folder, name: name.to_owned(), bytes, about: About::default(), by: None };
        self.add(tenant, file).await.map(|(_, outcome)| outcome)
    }
}

/// The files of a folder by their paths within it, `/` between the parts, in order. Hidden ones and links are left out.
fn walk(root: &Path) -> Result<BTreeSet<String>, FolderError> {
    let mut files = BTreeSet::new();
    let mut open = vec![(root.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = open.pop() {
        let unreadable = |error| FolderError::Unreadable(folder.clone(), error);
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().map_err(unreadable)?;
            if name.starts_with('.') || name.contains('\u{FFFD}') {
                continue;
            }
            let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            if kind.is_dir() {
                open.push((entry.path(), path, depth + 1));
            } else if kind.is_file() {
                files.insert(path);
            }
            if files.len() > MAX_FILES || depth > MAX_DEPTH {
                return Err(FolderError::TooMuch);
            }
        }
    }
    Ok(files)
}
