//! Searching the system of record: by an index where the filter allows it, else a scan; in pages, and always bounded.

use serde_json::Value;

use super::filter::{self, Filter, FilterError, FilterMoment};
use super::live;
use crate::model::TenantId;
use crate::store::{Database, Lookup, Record, StoreError};

/// Records read in one go.
const PAGE: i64 = 500;
/// Matches kept at most while sorting.
const KEPT: usize = 10_000;

/// A search.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// Whose records.
    pub tenant: &'a TenantId,
    /// Which entity.
    pub entity: &'a str,
    /// Of one store, or of all.
    pub store: Option<&'a str>,
    /// The filter map.
    pub filter: &'a Value,
    /// `field`, `field desc`.
    pub sort: Option<&'a str>,
    /// Results at most.
    pub limit: usize,
    /// When and where it is read.
    pub moment: FilterMoment,
}

/// Records among which those that a filter lets through are found, in the order of their ids: by an index where a
/// condition names a field that has one, else all of the entity.
#[derive(Debug, Clone, Copy)]
pub struct Candidates<'a> {
    /// Whose records.
    pub tenant: &'a TenantId,
    /// Which entity.
    pub entity: &'a str,
    /// Of one store, or of all.
    pub store: Option<&'a str>,
    /// The filter map.
    pub filter: &'a Value,
}

/// A search failed.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The filter cannot be read.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The rows cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The data of the records found.
///
/// # Errors
/// See [`QueryError`].
pub async fn find(db: &Database, query: &Query<'_>) -> Result<Vec<Value>, QueryError> {
    let filter = Filter::read(query.filter, &query.moment)?;
    let mut found: Vec<Value> = Vec::new();
    let enough = if query.sort.is_some() { KEPT } else { query.limit };
    let candidates =
        Candidates { tenant: query.tenant, entity: query.entity, store: query.store, filter: query.filter };
    let mut after = String::new();
    loop {
        let page = candidates.after(db, &after, PAGE).await?;
        let last = page.last().map(|record| record.id.clone());
        let full = page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
        found.extend(page.into_iter().filter_map(|mut record| {
            live::refresh(query.entity, &mut record.data, &query.moment);
            filter.lets_through(&record.data).then_some(record.data)
        }));
        match last {
            Some(last) if full && found.len() < enough => after = last,
            Some(_) | None => break,
        }
    }
    if let Some(order) = query.sort {
        filter::sort(&mut found, order);
    }
    found.truncate(query.limit);
    Ok(found)
}

impl Candidates<'_> {
    /// Those behind `after`, `limit` at most; fewer means that there are no more.
    ///
    /// # Errors
    /// As any statement.
    pub async fn after(&self, db: &Database, after: &str, limit: i64) -> Result<Vec<Record>, StoreError> {
        match narrow(self.filter) {
            Some(Narrow::Id(id)) => {
                let found = db.find_record(self.tenant, self.entity, id).await?;
                let here = |record: &Record| id > after && self.store.is_none_or(|store| record.store_id == store);
                Ok(found.filter(here).into_iter().collect())
            }
            Some(Narrow::Field(lookup, value)) => {
                let by = (lookup, value);
                db.list_records_by_after(self.tenant, self.entity, self.store, by, (after, limit)).await
            }
            None => db.list_records(self.tenant, self.entity, self.store, after, limit).await,
        }
    }
}

enum Narrow<'a> {
    Id(&'a str),
    Field(Lookup, &'a str),
}

/// Text that can be looked up: PostgreSQL takes none with a zero byte, and stores none.
fn plain(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.contains('\0'))
}

/// A plain text condition on a field that can be looked up.
fn narrow(filter: &Value) -> Option<Narrow<'_>> {
    let conditions = filter.as_object()?;
    if let Some(id) = conditions.get("id").and_then(plain) {
        return Some(Narrow::Id(id));
    }
    conditions.iter().find_map(|(field, value)| Some(Narrow::Field(Lookup::of(field)?, plain(value)?)))
}
