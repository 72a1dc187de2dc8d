//! Qdrant Edge: the engine in this process. A folder an index in it, and in that one shard a collection; the file
//! `current` names the index that is searched.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use qdrant_edge::{
    AnyVariants, Condition as EdgeCondition, CreateIndex, Distance, EdgeConfig, EdgeConfigBuilder, EdgeShard,
    EdgeSparseVectorParamsBuilder, EdgeVectorParamsBuilder, FieldCondition, FieldIndexOperations, Filter as EdgeFilter,
    Match, MatchAny, Modifier, NamedQuery, Payload, PayloadFieldSchema, PayloadSchemaType, PayloadSelector,
    PayloadSelectorInclude, PointId, PointInsertOperations, PointOperations, PointStruct, PointStructPersisted,
    QueryEnum, QueryRequest, ScoringQuery, ScrollRequest, SparseVector, UpdateOperation, Vector, VectorInternal,
    Vectors, WithPayloadInterface, WithVector,
};

use super::{
    BM25, Collection, Condition, DENSE, Found, Generation, Held, Owner, Passage, Point, Query, SELECTED_BY, Scored,
    Sparse, VectorError,
};

/// Names the index that is searched.
const CURRENT: &str = "current";
/// Held by the process that has the folder.
const LOCK: &str = "lock";
/// What versions before this one left in the folder.
const LEGACY: [&str; 2] = ["templates", "articles"];
/// Points written in one operation.
const BATCH: usize = 256;
/// Points looked at in one step of a listing.
const PAGE: usize = 4096;

/// A folder with indexes, and the right to use it: one process has it at a time.
#[derive(Debug)]
pub struct EdgeEngine {
    folder: PathBuf,
    /// Held as long as the engine lives; the system gives it back when the process dies.
    _lock: File,
}

/// Runs what blocks where it may.
pub(super) async fn off_the_async_threads<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VectorError> + Send + 'static,
) -> Result<T, VectorError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => Err(VectorError::Engine("the engine broke off".into())),
    }
}

/// The index of a folder that is searched; none before the first. Needs no right to the folder.
///
/// # Errors
/// [`VectorError::Io`].
pub fn current_in(folder: &Path) -> Result<Option<Generation>, VectorError> {
    match std::fs::read_to_string(folder.join(CURRENT)) {
        Ok(name) => Ok(name.trim().parse().ok()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl EdgeEngine {
    /// Takes the folder.
    ///
    /// # Errors
    /// [`VectorError::Elsewhere`] when another process has it.
    pub fn new(folder: &Path) -> Result<Self, VectorError> {
        std::fs::create_dir_all(folder)?;
        let lock = File::create(folder.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(VectorError::Elsewhere(folder.to_owned())),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    pub(super) fn current(&self) -> Result<Option<Generation>, VectorError> {
        current_in(&self.folder)
    }

    pub(super) fn switch(&self, to: &Generation) -> Result<(), VectorError> {
        let new = self.folder.join("current.new");
        let mut file = File::create(&new)?;
        writeln!(file, "{to}")?;
        file.sync_all()?;
        Ok(std::fs::rename(new, self.folder.join(CURRENT))?)
    }

    pub(super) fn remove_others(&self, keep: &Generation) -> Result<(), VectorError> {
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let other = name.parse::<Generation>().is_ok_and(|generation| generation != *keep);
            if entry.file_type()?.is_dir() && (other || LEGACY.contains(&name.as_str())) {
                std::fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    pub(super) fn open(&self, generation: &Generation) -> Result<std::sync::Arc<Edge>, VectorError> {
        let folder = self.folder.join(generation.to_string());
        let mut shards = BTreeMap::new();
        for collection in Collection::ALL {
            shards.insert(collection, open_shard(&folder.join(collection.name()), generation)?);
        }
        Ok(std::sync::Arc::new(Edge { shards }))
    }
}

/// An index in this process.
pub struct Edge {
    shards: BTreeMap<Collection, EdgeShard>,
}

impl Drop for Edge {
    fn drop(&mut self) {
        for (_, shard) in std::mem::take(&mut self.shards) {
            // the engine writes what is open to disk, and breaks off when its folder is gone: that of an old index is
            let end = std::panic::AssertUnwindSafe(|| drop(shard));
            if std::panic::catch_unwind(end).is_err() {
                tracing::debug!("a collection was closed after its folder was removed");
            }
        }
    }
}

impl std::fmt::Debug for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edge").finish_non_exhaustive()
    }
}

fn engine(error: impl std::fmt::Display) -> VectorError {
    VectorError::Engine(error.to_string())
}

fn config(generation: &Generation) -> EdgeConfig {
    let bm25 = EdgeSparseVectorParamsBuilder::new().modifier(Modifier::Idf).build();
    let config = EdgeConfigBuilder::new().sparse_vector(BM25, bm25);
    match generation.dimension() {
        Some(size) => config.vector(DENSE, EdgeVectorParamsBuilder::new(size, Distance::Cosine).build()).build(),
        None => config.build(),
    }
}

/// Opens a shard. One that cannot be read (a crash left it half written) is thrown away: whoever fills it finds it empty.
fn open_shard(folder: &Path, generation: &Generation) -> Result<EdgeShard, VectorError> {
    if folder.join("edge_config.json").exists() {
        // the engine asserts what it reads: a broken file may be a panic of its own
        let load = || EdgeShard::load(folder, Some(config(generation)));
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(load)) {
            Ok(Ok(shard)) => return Ok(shard),
            Ok(Err(error)) => tracing::warn!(%error, "a collection cannot be read and is made anew"),
            Err(_) => tracing::warn!("a collection cannot be read and is made anew"),
        }
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    let shard = EdgeShard::new(folder, config(generation)).map_err(engine)?;
    for field in SELECTED_BY {
        let index = CreateIndex {
            field_name: path(field)?,
            field_schema: Some(PayloadFieldSchema::FieldType(PayloadSchemaType::Keyword)),
        };
        let create = FieldIndexOperations::CreateIndex(index);
        shard.update(UpdateOperation::FieldIndexOperation(create)).map_err(engine)?;
    }
    Ok(shard)
}

fn path(field: &str) -> Result<qdrant_edge::JsonPath, VectorError> {
    field.parse().map_err(|()| engine("the field name is not a path"))
}

fn matches(condition: &Condition) -> Result<EdgeCondition, VectorError> {
    let any = AnyVariants::Strings(condition.any.iter().cloned().collect());
    Ok(EdgeCondition::Field(FieldCondition::new_match(path(condition.field)?, Match::Any(MatchAny { any }))))
}

fn one(field: &'static str, value: &str) -> Condition {
    Condition { field, any: vec![value.to_owned()] }
}

fn all(conditions: &[Condition]) -> Result<EdgeFilter, VectorError> {
    let must = conditions.iter().map(matches).collect::<Result<_, _>>()?;
    Ok(EdgeFilter { should: None, min_should: None, must: Some(must), must_not: None })
}

impl From<Sparse> for SparseVector {
    fn from(words: Sparse) -> Self {
        Self { indices: words.indices, values: words.values }
    }
}

impl Edge {
    fn shard(&self, collection: Collection) -> Result<&EdgeShard, VectorError> {
        self.shards.get(&collection).ok_or_else(|| engine("no such collection"))
    }

    fn delete(&self, collection: Collection, filter: EdgeFilter) -> Result<(), VectorError> {
        let delete = PointOperations::DeletePointsByFilter(filter);
        self.shard(collection)?.update(UpdateOperation::PointOperation(delete)).map_err(engine)
    }

    pub(super) fn replace(&self, collection: Collection, points: &[Point]) -> Result<(), VectorError> {
        let Some(Point { passage: first, .. }) = points.first() else { return Ok(()) };
        let shard = self.shard(collection)?;
        for batch in points.chunks(BATCH) {
            let batch = batch.iter().map(|point| persisted(collection, point)).collect::<Result<_, _>>()?;
            let insert = PointOperations::UpsertPoints(PointInsertOperations::PointsList(batch));
            shard.update(UpdateOperation::PointOperation(insert)).map_err(engine)?;
        }
        let mut before = all(&[one("owner", &first.owner), one("document", &first.document)])?;
        before.must_not = Some(vec![matches(&one("hash", &first.hash))?]);
        self.delete(collection, before)
    }

    pub(super) fn remove(&self, collection: Collection, owner: &Owner, document: &str) -> Result<(), VectorError> {
        self.delete(collection, all(&[one("owner", owner.as_str()), one("document", document)])?)
    }

    pub(super) fn held(&self, collection: Collection, owner: &Owner) -> Result<BTreeMap<String, Held>, VectorError> {
        let fields = ["document", "hash", "parts"].map(path).into_iter().collect::<Result<Vec<_>, _>>()?;
        let fields = WithPayloadInterface::Selector(PayloadSelector::Include(PayloadSelectorInclude::new(fields)));
        let filter = all(&[one("owner", owner.as_str())])?;
        let (mut held, mut offset) = (BTreeMap::new(), None);
        loop {
            let request = ScrollRequest {
                offset,
                limit: Some(PAGE),
                filter: Some(filter.clone()),
                with_payload: Some(fields.clone()),
                with_vector: WithVector::Bool(false),
                order_by: None,
            };
            let (records, next) = self.shard(collection)?.scroll(request).map_err(engine)?;
            for record in records {
                let passage = passage(record.payload);
                Held::add(&mut held, passage.document, &passage.hash, passage.parts);
            }
            match next {
                Some(next) => offset = Some(next),
                None => return Ok(held),
            }
        }
    }

    pub(super) fn flush(&self) {
        self.shards.values().for_each(EdgeShard::flush);
    }

    pub(super) fn search(&self, collection: Collection, query: &Query) -> Result<Found, VectorError> {
        let filter = all(&query.filter.conditions())?;
        let nearest = |using: &str, vector: VectorInternal| {
            let request = QueryRequest {
                prefetches: Vec::new(),
                query: Some(ScoringQuery::Vector(QueryEnum::Nearest(NamedQuery {
                    query: vector,
                    using: Some(using.to_owned()),
                }))),
                filter: Some(filter.clone()),
                score_threshold: None,
                limit: query.limit,
                offset: 0,
                params: None,
                with_vector: WithVector::Bool(false),
                with_payload: WithPayloadInterface::Bool(true),
            };
            let found = self.shard(collection)?.query(request).map_err(engine)?;
            let scored = found.into_iter().map(|point| Scored { score: point.score, passage: passage(point.payload) });
            Ok::<Vec<Scored>, VectorError>(scored.collect())
        };
        let words = match query.words.indices.is_empty() {
            true => Vec::new(),
            false => nearest(BM25, VectorInternal::Sparse(query.words.clone().into()))?,
        };
        let meaning = match &query.meaning {
            Some(vector) => nearest(DENSE, VectorInternal::Dense(vector.clone()))?,
            None => Vec::new(),
        };
        Ok(Found { words, meaning })
    }
}

fn persisted(collection: Collection, point: &Point) -> Result<PointStructPersisted, VectorError> {
    let mut vectors = vec![(BM25, Vector::from(SparseVector::from(point.words.clone())))];
    if let Some(meaning) = &point.meaning {
        vectors.push((DENSE, Vector::new_dense(meaning.clone())));
    }
    let payload = serde_json::to_value(&point.passage).map_err(engine)?;
    let id = PointId::Uuid(point.passage.id(collection));
    Ok(PointStruct::new(id, Vectors::new_named(vectors), payload).into())
}

fn passage(payload: Option<Payload>) -> Passage {
    let fields = payload.map(|payload| serde_json::Value::Object(payload.0)).unwrap_or_default();
    serde_json::from_value(fields).unwrap_or_default()
}
