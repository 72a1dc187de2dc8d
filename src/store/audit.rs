//! The audit log: one hash chain per tenant. Each row's hash covers its content and the hash of the row before it, so
//! that a changed, removed or inserted row breaks the chain at that row.
//!
//! Rows name people and records by id; names, numbers and texts are not copied, so that they can be erased elsewhere.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::types::Json;

use super::{Database, StoreError};
use crate::model::{Page, PageRequest, TenantId};

/// The hash before the first row of a chain.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Something that happened, to be appended to its tenant's chain.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Whose chain.
    pub tenant: TenantId,
    /// When, by the real clock.
    pub at: DateTime<Utc>,
    /// Who: a user id, or `system`.
    pub actor: String,
    /// What: past tense with dots, `draft.submitted`.
    pub action: String,
    /// To what: an id.
    pub subject: String,
    /// Ids, digests, numbers and codes; never personal data.
    pub details: Value,
}

impl AuditEntry {
    /// An entry without details.
    #[must_use]
    pub fn new(tenant: &TenantId, at: DateTime<Utc>, actor: &str, action: &str, subject: &str) -> Self {
        Self {
            tenant: tenant.clone(),
            at,
            actor: actor.to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            details: json!({}),
        }
    }

    /// Adds details: ids, digests, numbers and codes.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    /// The next link of the chain that ends with `head`.
    pub(crate) fn link(&self, head: Option<(i64, String)>) -> Result<AuditRow, StoreError> {
        let (last, previous_hash) = head.unwrap_or_else(|| (0, GENESIS.to_owned()));
        let mut row = AuditRow {
            seq: last + 1,
            at: self.at,
            actor: self.actor.clone(),
            action: self.action.clone(),
            subject: self.subject.clone(),
            details: self.details.clone(),
            previous_hash,
            hash: String::new(),
        };
        row.hash = row.expected_hash(&self.tenant)?;
        Ok(row)
    }
}

/// One link of a chain as it is stored.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct AuditRow {
    /// Place in the chain, from 1.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Ids, digests, numbers and codes.
    #[schema(value_type = Object)]
    pub details: Value,
    /// Hash of the row before.
    pub previous_hash: String,
    /// SHA-256 over the RFC 8785 form of everything above and the tenant.
    pub hash: String,
}

impl AuditRow {
    /// The hash this row must have.
    ///
    /// # Errors
    /// [`StoreError::Json`] when the details have no canonical form.
    pub fn expected_hash(&self, tenant: &TenantId) -> Result<String, StoreError> {
        let content = json!({
            "tenant": tenant,
            "seq": self.seq,
            "at": self.at.to_rfc3339_opts(SecondsFormat::Micros, true),
            "actor": self.actor,
            "action": self.action,
            "subject": self.subject,
            "details": self.details,
            "previous_hash": self.previous_hash,
        });
        Ok(hex::encode(Sha256::digest(serde_json_canonicalizer::to_string(&content)?)))
    }
}

/// The state of one tenant's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainState {
    /// Every link holds.
    Whole {
        /// How many rows there are.
        rows: i64,
        /// Hash of the last row; noted elsewhere, it also shows that the end was not cut off.
        head: String,
    },
    /// The first row that does not hold.
    Broken {
        /// Its place.
        seq: i64,
        /// What is wrong with it.
        reason: &'static str,
    },
}

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    at: DateTime<Utc>,
    actor: String,
    action: String,
    subject: String,
    details: Json<Value>,
    previous_hash: String,
    hash: String,
}

impl From<Row> for AuditRow {
    fn from(row: Row) -> Self {
        Self {
            seq: row.seq,
            at: row.at,
            actor: row.actor,
            action: row.action,
            subject: row.subject,
            details: row.details.0,
            previous_hash: row.previous_hash,
            hash: row.hash,
        }
    }
}

/// Holds the chain until the transaction ends, so that two writers do not continue the same head.
pub(crate) const LOCK_CHAIN: &str = "update tenants set name = name where id = $1";
/// The last link.
pub(crate) const CHAIN_HEAD: &str =
    "select seq, hash from audit_entries where tenant_id = $1 order by seq desc limit 1";
/// One more link.
pub(crate) const INSERT_LINK: &str =
    "insert into audit_entries (tenant_id, seq, at, actor, action, subject, details, previous_hash, hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// `append_audit_on!(tx, &entry)` inside `with_tx!`: the entry is stored in the transaction of what it tells of.
/// Append last: the chain of the tenant stays locked until the commit.
macro_rules! append_audit_on {
    ($tx:ident, $entry:expr) => {{
        let entry: &$crate::store::audit::AuditEntry = $entry;
        sqlx::query($crate::store::audit::LOCK_CHAIN).bind(&entry.tenant).execute(&mut *$tx).await?;
        let head: Option<(i64, String)> =
            sqlx::query_as($crate::store::audit::CHAIN_HEAD).bind(&entry.tenant).fetch_optional(&mut *$tx).await?;
        let link = entry.link(head)?;
        sqlx::query($crate::store::audit::INSERT_LINK)
            .bind(&entry.tenant)
            .bind(link.seq)
            .bind(link.at)
            .bind(&link.actor)
            .bind(&link.action)
            .bind(&link.subject)
            .bind(sqlx::types::Json(&link.details))
            .bind(&link.previous_hash)
            .bind(&link.hash)
            .execute(&mut *$tx)
            .await?;
    }};
}
pub(crate) use append_audit_on;

impl Database {
    /// Appends one entry in a transaction of its own. Where something else is written as well, use
    /// `append_audit_on!` in that transaction.
    ///
    /// # Errors
    /// As any statement.
    pub async fn append_audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        with_tx!(self, tx => {
            append_audit_on!(tx, entry);
            Ok::<_, StoreError>(())
        })
    }

    /// The chain of a tenant from its beginning, a page at a time.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_audit(&self, tenant: &TenantId, page: &PageRequest) -> Result<Page<AuditRow>, StoreError> {
        let sql = "select seq, at, actor, action, subject, details, previous_hash, hash from audit_entries
                   where tenant_id = $1 and seq > $2 order by seq limit $3";
        let after: i64 = page.ascending().parse().unwrap_or(0);
        let rows: Vec<Row> = with_pool!(self, pool => sqlx::query_as(sql)
            .bind(tenant).bind(after).bind(page.limit + 1).fetch_all(pool).await)?;
        let rows = rows.into_iter().map(AuditRow::from).collect();
        Ok(Page::from_rows(rows, page.limit, |row: &AuditRow| row.seq.to_string()))
    }

    /// Walks the chain of a tenant.
    ///
    /// # Errors
    /// As any statement; a broken chain is a result, not an error.
    pub async fn verify_audit(&self, tenant: &TenantId) -> Result<ChainState, StoreError> {
        let mut page = PageRequest::largest();
        let (mut rows, mut head) = (0, GENESIS.to_owned());
        loop {
            let found = self.list_audit(tenant, &page).await?;
            for row in found.items {
                let broken = |reason| Ok(ChainState::Broken { seq: row.seq, reason });
                if row.seq != rows + 1 {
                    return broken("a row before it is missing");
                }
                if row.previous_hash != head {
                    return broken("it does not continue the row before it");
                }
                if row.expected_hash(tenant)? != row.hash {
                    return broken("its content was changed");
                }
                (rows, head) = (row.seq, row.hash);
            }
            match found.next {
                Some(next) => page.after = Some(next),
                None => return Ok(ChainState::Whole { rows, head }),
            }
        }
    }
}
