//! Keeps an index in line with what it is derived from: writes what is new or different, removes what vanished. What is
//! in the index is read from the index itself, so a lost, half written or foreign state is seen for what it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::embed::{EmbedError, Embedder};
use super::vector::{Collection, Held, Owner, Passage, Point, VectorError, VectorStore, Words};

/// What bringing an index in line changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// Documents that were new or different.
    pub indexed: usize,
    /// Documents that were as before.
    pub unchanged: usize,
    /// Documents that are gone.
    pub removed: usize,
}

/// What has to be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Documents to write.
    pub write: Vec<String>,
    /// Documents to remove.
    pub remove: Vec<String>,
    /// Documents that are there already.
    pub unchanged: usize,
}

impl Plan {
    /// The way from what is `held` to what is `wanted` (document → hash).
    #[must_use]
    pub fn new(held: &BTreeMap<String, Held>, wanted: &BTreeMap<String, String>) -> Self {
        let mut plan = Self::default();
        for (document, hash) in wanted {
            if held.get(document).is_some_and(|held| held.is(hash)) {
                plan.unchanged += 1;
            } else {
                plan.write.push(document.clone());
            }
        }
        plan.remove = held.keys().filter(|document| !wanted.contains_key(*document)).cloned().collect();
        plan
    }

    /// What it comes to when it is carried out.
    #[must_use]
    pub const fn report(&self) -> Report {
        Report { indexed: self.write.len(), unchanged: self.unchanged, removed: self.remove.len() }
    }
}

/// An open index with what turns text into vectors. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Index {
    /// The engine's part.
    pub store: VectorStore,
    words: Arc<Words>,
    embedder: Option<Embedder>,
}

impl Index {
    /// An index of words, and of meaning with an embedder.
    #[must_use]
    pub const fn new(store: VectorStore, words: Arc<Words>, embedder: Option<Embedder>) -> Self {
        Self { store, words, embedder }
    }

    /// The vector of a question's meaning; none without a model.
    ///
    /// # Errors
    /// [`EmbedError`].
    pub async fn meaning(&self, question: &str) -> Result<Option<Vec<f32>>, EmbedError> {
        let Some(embedder) = &self.embedder else { return Ok(None) };
        Ok(embedder.embed(&[question]).await?.pop())
    }

    /// The analyser.
    #[must_use]
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// What has to be done for `wanted` to be all that `owner` has in `collection`.
    ///
    /// # Errors
    /// [`VectorError`].
    pub async fn plan(
        &self,
        collection: Collection,
        owner: &Owner,
        wanted: &BTreeMap<String, String>,
    ) -> Result<Plan, VectorError> {
        Ok(Plan::new(&self.store.held(collection, owner).await?, wanted))
    }

    /// Writes a document: all of its passages.
    ///
    /// # Errors
    /// [`VectorError`].
    pub async fn write(&self, collection: Collection, passages: Vec<Passage>) -> Result<(), VectorError> {
        let meanings = self.meanings(&passages).await?;
        let words = Arc::clone(&self.words);
        let embed = move || {
            let point = |(passage, meaning): (Passage, Option<Vec<f32>>)| Point {
                words: words.document(&passage.indexed()),
                meaning,
                passage,
            };
            passages.into_iter().zip(meanings).map(point).collect::<Vec<_>>()
        };
        let points = tokio::task::spawn_blocking(embed).await;
        let points = points.map_err(|_| VectorError::Engine("a text could not be analysed".into()))?;
        self.store.replace(collection, points).await
    }

    async fn meanings(&self, passages: &[Passage]) -> Result<Vec<Option<Vec<f32>>>, VectorError> {
        let Some(embedder) = &self.embedder else { return Ok(vec![None; passages.len()]) };
        let texts: Vec<String> = passages.iter().map(Passage::indexed).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let vectors = embedder.embed(&texts).await.map_err(|error| VectorError::Unavailable(error.to_string()))?;
        Ok(vectors.into_iter().map(Some).collect())
    }

    /// Brings what ships in line.
    ///
    /// # Errors
    /// [`VectorError`]; what was written before stays and is recognised next time.
    pub async fn ship(&self, sources: Vec<Source>) -> Result<Report, VectorError> {
        let mut report = Report::default();
        for collection in [Collection::Templates, Collection::Knowledge] {
            let of_it = || sources.iter().filter(|source| source.collection == collection);
            let wanted = of_it().map(|source| (source.id.clone(), source.hash.clone())).collect();
            let plan = self.plan(collection, &Owner::Shared, &wanted).await?;
            let new: Vec<&Source> = of_it().filter(|source| plan.write.contains(&source.id)).collect();
            // all of them at once, so that the model is asked in full batches; it remembers what it said
            let texts: Vec<Passage> = new.iter().flat_map(|source| source.drafts.clone()).collect();
            self.meanings(&texts).await?;
            for source in new {
                self.write(collection, source.passages()).await?;
            }
            for document in &plan.remove {
                self.store.remove(collection, &Owner::Shared, document).await?;
            }
            let done = plan.report();
            report.indexed += done.indexed;
            report.unchanged += done.unchanged;
            report.removed += done.removed;
        }
        if report.indexed + report.removed > 0 {
            self.store.flush().await?;
        }
        Ok(report)
    }
}

/// A document that ships, on its way into the index.
#[derive(Debug)]
pub struct Source {
    /// Its id.
    pub id: String,
    /// Which collection it belongs to.
    pub collection: Collection,
    /// SHA-256 of what is indexed; unchanged content is not indexed again.
    pub hash: String,
    /// What is indexed; without hash, place and number of parts.
    pub drafts: Vec<Passage>,
}

impl Source {
    /// Its passages, numbered and marked.
    #[must_use]
    pub fn passages(&self) -> Vec<Passage> {
        numbered(&self.drafts, &self.hash)
    }
}

/// Passages of one document with their places and its hash.
#[must_use]
pub fn numbered(passages: &[Passage], hash: &str) -> Vec<Passage> {
    let parts = passages.len();
    let number =
        |(place, passage): (usize, &Passage)| Passage { hash: hash.to_owned(), place, parts, ..passage.clone() };
    passages.iter().enumerate().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_writes_what_differs_and_removes_what_is_not_wanted() {
        let held = |hash: Option<&str>, points| Held { hash: hash.map(Into::into), points, parts: 3 };
        let index = BTreeMap::from([
            ("same".to_owned(), held(Some("1"), 3)),
            ("changed".to_owned(), held(Some("1"), 3)),
            ("half written".to_owned(), held(Some("1"), 2)),
            ("mixed".to_owned(), held(None, 3)),
            ("gone".to_owned(), held(Some("1"), 3)),
        ]);
        let hashes = [("same", "1"), ("changed", "2"), ("half written", "1"), ("mixed", "1"), ("new", "1")];
        let wanted = hashes.map(|(document, hash)| (document.to_owned(), hash.to_owned())).into();
        let plan = Plan::new(&index, &wanted);
        assert_eq!(plan.write, ["changed", "half written", "mixed", "new"]);
        assert_eq!(plan.remove, ["gone"]);
        assert_eq!(plan.report(), Report { indexed: 4, unchanged: 1, removed: 1 });
    }
}
