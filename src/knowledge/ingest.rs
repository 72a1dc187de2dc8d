//! Brings the vector store in line with what ships. Idempotent by content hash; what vanished is removed.
//!
//! What was indexed is remembered in a manifest beside the vectors, not in the database: each process has its own
//! embedded engine, and a lost folder must be indexed again whatever the database says.

use std::collections::BTreeMap;
use std::path::Path;

use super::content::Source;
use super::vector::{Collection, VectorError, VectorStore};

const MANIFEST: &str = "manifest.json";

/// What an ingestion changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// Documents that were new or different.
    pub indexed: usize,
    /// Documents that were as before.
    pub unchanged: usize,
    /// Documents that are gone.
    pub removed: usize,
}

/// Indexes what is new or different, removes what vanished, and remembers it.
///
/// # Errors
/// [`VectorError`]; what was indexed before the failure stays and is recognised next time.
pub fn ingest(store: &VectorStore, folder: &Path, sources: &[Source]) -> Result<Report, VectorError> {
    let path = folder.join(MANIFEST);
    let before: BTreeMap<String, String> =
        std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let mut after = BTreeMap::new();
    let mut report = Report::default();
    for source in sources {
        let key = format!("{}/{}", source.collection.name(), source.id);
        if before.get(&key) == Some(&source.hash) {
            report.unchanged += 1;
        } else {
            store.replace(source.collection, &source.id, &source.points)?;
            report.indexed += 1;
        }
        after.insert(key, source.hash.clone());
    }
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        let Some((collection, document)) = key.split_once('/') else { continue };
        if let Some(collection) = Collection::ALL.into_iter().find(|c| c.name() == collection) {
            store.replace(collection, document, &[])?;
            report.removed += 1;
        }
    }
    if after != before {
        store.flush();
        std::fs::write(&path, serde_json::to_vec(&after).unwrap_or_default())?;
    }
    Ok(report)
}
