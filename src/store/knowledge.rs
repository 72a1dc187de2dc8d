//! What dealerships added to what is searched. The index is derived from these rows: each change counts a tenant's
//! version up, in the same transaction, so that an index knows whether it has seen everything.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::audit::{AuditEntry, append_audit_on};
use super::{Database, StoreError};
use crate::model::knowledge::{DocumentPassage, KnowledgeDocument, Origin};
use crate::model::{DocumentId, Page, PageRequest, TenantId, UserId};

#[derive(sqlx::FromRow)]
struct Row {
    id: DocumentId,
    tenant_id: TenantId,
    origin: String,
    name: String,
    title: String,
    kind: String,
    departments: Json<Vec<String>>,
    jurisdictions: Json<Vec<String>>,
    language: String,
    reviewed: String,
    file_hash: String,
    hash: String,
    bytes: i64,
    passages: i64,
    created_by: Option<UserId>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<Row> for KnowledgeDocument {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let wrong = |column| StoreError::Inconsistent { table: "knowledge_documents", column };
        Ok(Self {
            id: row.id,
            tenant_id: row.tenant_id,
            origin: row.origin.parse().map_err(|_| wrong("origin"))?,
            name: row.name,
            title: row.title,
            kind: row.kind.parse().map_err(|_| wrong("kind"))?,
            departments: row.departments.0,
            jurisdictions: row.jurisdictions.0,
            language: row.language,
            reviewed: row.reviewed,
            file_hash: row.file_hash,
            hash: row.hash,
            bytes: row.bytes,
            passages: row.passages,
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[derive(sqlx::FromRow)]
struct PassageRow {
    heading: String,
    text: String,
}

const UPSERT: &str = "insert into knowledge_documents (id, tenant_id, origin, name, title, kind, departments,
        jurisdictions, language, reviewed, file_hash, hash, bytes, passages, created_by, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
    on conflict (tenant_id, origin, name) do update set title = excluded.title, kind = excluded.kind,
        departments = excluded.departments, jurisdictions = excluded.jurisdictions, language = excluded.language,
        reviewed = excluded.reviewed, file_hash = excluded.file_hash, hash = excluded.hash, bytes = excluded.bytes,
        passages = excluded.passages, updated_at = excluded.updated_at
    returning id";
const COUNT_UP: &str = "insert into knowledge_versions (tenant_id, version) values ($1, 1)
    on conflict (tenant_id) do update set version = knowledge_versions.version + 1";

impl Database {
    /// Stores a document with its passages, in place of the one with its origin and name where there is one, and gives
    /// the id it has. The audit entry's subject becomes that id.
    ///
    /// # Errors
    /// As any statement.
    pub async fn put_knowledge_document(
        &self,
        document: &KnowledgeDocument,
        passages: &[DocumentPassage],
        audit: &AuditEntry,
    ) -> Result<DocumentId, StoreError> {
        with_tx!(self, tx => { async {
            let id: DocumentId = sqlx::query_scalar(UPSERT)
                .bind(&document.id).bind(&document.tenant_id).bind(document.origin.as_str()).bind(&document.name)
                .bind(&document.title).bind(document.kind.as_str()).bind(Json(&document.departments))
                .bind(Json(&document.jurisdictions)).bind(&document.language).bind(&document.reviewed)
                .bind(&document.file_hash).bind(&document.hash).bind(document.bytes).bind(document.passages)
                .bind(&document.created_by).bind(document.created_at).bind(document.updated_at)
                .fetch_one(&mut *tx).await?;
            sqlx::query("delete from knowledge_passages where document_id = $1").bind(&id).execute(&mut *tx).await?;
            for (place, passage) in (0_i64..).zip(passages) {
                sqlx::query("insert into knowledge_passages (document_id, place, tenant_id, heading, text)
                             values ($1, $2, $3, $4, $5)")
                    .bind(&id).bind(place).bind(&document.tenant_id).bind(&passage.heading).bind(&passage.text)
                    .execute(&mut *tx).await?;
            }
            sqlx::query(COUNT_UP).bind(&document.tenant_id).execute(&mut *tx).await?;
            let audit = AuditEntry { subject: id.to_string(), ..audit.clone() };
            append_audit_on!(tx, &audit);
            Ok::<_, StoreError>(id)
        }.await })
    }

    /// Removes a document; false when there is none in the tenant.
    ///
    /// # Errors
    /// As any statement.
    pub async fn delete_knowledge_document(
        &self,
        tenant: &TenantId,
        id: &DocumentId,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        with_tx!(self, tx => { async {
            let gone = sqlx::query("delete from knowledge_documents where tenant_id = $1 and id = $2")
                .bind(tenant).bind(id).execute(&mut *tx).await?.rows_affected() == 1;
            if gone {
                sqlx::query(COUNT_UP).bind(tenant).execute(&mut *tx).await?;
                append_audit_on!(tx, audit);
            }
            Ok::<_, StoreError>(gone)
        }.await })
    }

    /// A document of the tenant.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_knowledge_document(
        &self,
        tenant: &TenantId,
        id: &DocumentId,
    ) -> Result<Option<KnowledgeDocument>, StoreError> {
        let sql = "select * from knowledge_documents where tenant_id = $1 and id = $2";
        let row: Option<Row> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(id).fetch_optional(pool).await)?;
        row.map(TryInto::try_into).transpose()
    }

    /// The document that came in this way under this name.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_knowledge_document_by_name(
        &self,
        tenant: &TenantId,
        origin: Origin,
        name: &str,
    ) -> Result<Option<KnowledgeDocument>, StoreError> {
        let sql = "select * from knowledge_documents where tenant_id = $1 and origin = $2 and name = $3";
        let row: Option<Row> = with_pool!(self, pool => sqlx::query_as(sql)
            .bind(tenant).bind(origin.as_str()).bind(name).fetch_optional(pool).await)?;
        row.map(TryInto::try_into).transpose()
    }

    /// The documents of a tenant, the oldest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_knowledge_documents(
        &self,
        tenant: &TenantId,
        page: &PageRequest,
    ) -> Result<Page<KnowledgeDocument>, StoreError> {
        let sql = "select * from knowledge_documents where tenant_id = $1 and id > $2 order by id limit $3";
        let rows: Vec<Row> = with_pool!(self, pool => sqlx::query_as(sql)
            .bind(tenant).bind(page.ascending()).bind(page.limit + 1).fetch_all(pool).await)?;
        let rows = rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<KnowledgeDocument>, _>>()?;
        Ok(Page::from_rows(rows, page.limit, |document| document.id.to_string()))
    }

    /// Ids and names of what came in this way.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_knowledge_names(
        &self,
        tenant: &TenantId,
        origin: Origin,
    ) -> Result<Vec<(DocumentId, String)>, StoreError> {
        let sql = "select id, name from knowledge_documents where tenant_id = $1 and origin = $2 order by name";
        Ok(with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(origin.as_str()).fetch_all(pool).await)?)
    }

    /// What an index has to hold of a tenant: document → hash.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_knowledge_hashes(&self, tenant: &TenantId) -> Result<BTreeMap<String, String>, StoreError> {
        let sql = "select id, hash from knowledge_documents where tenant_id = $1";
        let rows: Vec<(String, String)> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).fetch_all(pool).await)?;
        Ok(rows.into_iter().collect())
    }

    /// The passages of a document, in order.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_knowledge_passages(
        &self,
        tenant: &TenantId,
        id: &DocumentId,
    ) -> Result<Vec<DocumentPassage>, StoreError> {
        let sql =
            "select heading, text from knowledge_passages where document_id = $2 and tenant_id = $1 order by place";
        let rows: Vec<PassageRow> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(id).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(|row| DocumentPassage { heading: row.heading, text: row.text }).collect())
    }

    /// How many documents and passages a tenant has.
    ///
    /// # Errors
    /// As any statement.
    pub async fn count_knowledge(&self, tenant: &TenantId) -> Result<(i64, i64), StoreError> {
        let sql = "select count(*), cast(coalesce(sum(passages), 0) as bigint) from knowledge_documents
                   where tenant_id = $1";
        Ok(with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).fetch_one(pool).await)?)
    }

    /// The number of the last change to a tenant's documents; 0 before the first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn knowledge_version(&self, tenant: &TenantId) -> Result<i64, StoreError> {
        let sql = "select version from knowledge_versions where tenant_id = $1";
        let found: Option<i64> =
            with_pool!(self, pool => sqlx::query_scalar(sql).bind(tenant).fetch_optional(pool).await)?;
        Ok(found.unwrap_or(0))
    }

    /// Tenants that have documents.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_knowledge_tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        let sql = "select tenant_id from knowledge_versions order by tenant_id";
        Ok(with_pool!(self, pool => sqlx::query_scalar(sql).fetch_all(pool).await)?)
    }
}
