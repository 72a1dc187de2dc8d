//! Qdrant Edge: the engine in this process, one shard a collection.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use qdrant_edge::bm25_embed::{EdgeBm25, EdgeBm25Config};
use qdrant_edge::{
    Condition, EdgeConfig, EdgeConfigBuilder, EdgeShard, EdgeSparseVectorParamsBuilder, FieldCondition, Filter, Match,
    Modifier, NamedQuery, PointId, PointInsertOperations, PointOperations, PointStruct, PointStructPersisted,
    QueryEnum, QueryRequest, ScoredPoint, ScoringQuery, UpdateOperation, ValueVariants, Vector, VectorInternal,
    Vectors, WithPayloadInterface, WithVector,
};
use serde_json::json;

use super::{BM25, Collection, Point, Scored, VectorError};

/// The embedded engine.
pub struct Edge {
    shards: BTreeMap<Collection, EdgeShard>,
    bm25: EdgeBm25,
}

impl std::fmt::Debug for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edge").finish_non_exhaustive()
    }
}

fn engine(error: impl std::fmt::Display) -> VectorError {
    VectorError::Engine(error.to_string())
}

fn config() -> EdgeConfig {
    let bm25 = EdgeSparseVectorParamsBuilder::new().modifier(Modifier::Idf).build();
    EdgeConfigBuilder::new().sparse_vector(BM25, bm25).build()
}

/// The engine's `new` fails on an existing shard and its `load` on a missing one.
fn open_shard(folder: &PathBuf) -> Result<EdgeShard, VectorError> {
    std::fs::create_dir_all(folder)?;
    if folder.join("edge_config.json").exists() {
        EdgeShard::load(folder, Some(config())).map_err(engine)
    } else {
        EdgeShard::new(folder, config()).map_err(engine)
    }
}

impl Edge {
    pub(super) fn open(folder: &Path) -> Result<Self, VectorError> {
        let mut shards = BTreeMap::new();
        for collection in Collection::ALL {
            shards.insert(collection, open_shard(&folder.join(collection.name()))?);
        }
        // Folded, because people type Spanish without its accents. A change here is a change of `ANALYSIS`.
        let words =
            EdgeBm25Config { language: Some("english".into()), ascii_folding: Some(true), ..Default::default() };
        let bm25 = EdgeBm25::new(words).map_err(engine)?;
        Ok(Self { shards, bm25 })
    }

    fn shard(&self, collection: Collection) -> Result<&EdgeShard, VectorError> {
        self.shards.get(&collection).ok_or_else(|| engine("no such collection"))
    }

    pub(super) fn replace(&self, collection: Collection, document: &str, points: &[Point]) -> Result<(), VectorError> {
        let shard = self.shard(collection)?;
        let field = "document".parse().map_err(|()| engine("the field name is not a path"))?;
        let same = Match::new_value(ValueVariants::String(document.to_owned()));
        let filter = Filter::new_must(Condition::Field(FieldCondition::new_match(field, same)));
        let delete = PointOperations::DeletePointsByFilter(filter);
        shard.update(UpdateOperation::PointOperation(delete)).map_err(engine)?;
        if points.is_empty() {
            return Ok(());
        }
        let points: Vec<PointStructPersisted> =
            points.iter().enumerate().map(|(i, point)| self.persisted(collection, i, point)).collect();
        let insert = PointOperations::UpsertPoints(PointInsertOperations::PointsList(points));
        shard.update(UpdateOperation::PointOperation(insert)).map_err(engine)
    }

    fn persisted(&self, collection: Collection, index: usize, point: &Point) -> PointStructPersisted {
        let name = format!("{}/{}/{index}", collection.name(), point.document);
        let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes());
        let vectors = Vectors::new_named([(BM25, Vector::from(self.bm25.embed_document(&point.indexed)))]);
        let payload = json!({
            "document": point.document, "title": point.title, "heading": point.heading, "text": point.text,
        });
        PointStruct::new(PointId::Uuid(id), vectors, payload).into()
    }

    pub(super) fn flush(&self) {
        self.shards.values().for_each(EdgeShard::flush);
    }

    pub(super) fn search(&self, collection: Collection, query: &str, limit: usize) -> Result<Vec<Scored>, VectorError> {
        let vector = VectorInternal::from(self.bm25.embed_query(query));
        let nearest = QueryEnum::Nearest(NamedQuery { query: vector, using: Some(BM25.to_owned()) });
        let request = QueryRequest {
            prefetches: Vec::new(),
            query: Some(ScoringQuery::Vector(nearest)),
            filter: None,
            score_threshold: None,
            limit,
            offset: 0,
            params: None,
            with_vector: WithVector::Bool(false),
            with_payload: WithPayloadInterface::Bool(true),
        };
        let found = self.shard(collection)?.query(request).map_err(engine)?;
        Ok(found.into_iter().map(scored).collect())
    }
}

fn scored(point: ScoredPoint) -> Scored {
    let payload = serde_json::to_value(point.payload).unwrap_or_default();
    let text = |field: &str| payload.get(field).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    Scored {
        score: point.score,
        document: text("document"),
        title: text("title"),
        heading: text("heading"),
        text: text("text"),
    }
}
