//! Searching the system of record: a narrow lookup where the filter allows one, else a scan in pages; always bounded.

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
    let fits = |record: &mut Record| {
        live::refresh(query.entity, &mut record.data, &query.moment);
        query.store.is_none_or(|store| record.store_id == store) && filter.lets_through(&record.data)
    };
    if let Some(narrow) = narrow(query.filter) {
        let records = match narrow {
            Narrow::Id(id) => db.find_record(query.tenant, query.entity, id).await?.into_iter().collect(),
            Narrow::Field(lookup, value) => {
                db.list_records_by(query.tenant, query.entity, (lookup, value), 5000).await?
            }
        };
        found.extend(records.into_iter().filter_map(|mut r| fits(&mut r).then_some(r.data)).take(enough));
    } else {
        let mut after = String::new();
        loop {
            let page = db.list_records(query.tenant, query.entity, query.store, &after, PAGE).await?;
            let last = page.last().map(|record| record.id.clone());
            let full = page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
            found.extend(page.into_iter().filter_map(|mut r| fits(&mut r).then_some(r.data)));
            match last {
                Some(last) if full && found.len() < enough => after = last,
                Some(_) | None => break,
            }
        }
    }
    if let Some(order) = query.sort {
        filter::sort(&mut found, order);
    }
    found.truncate(query.limit);
    Ok(found)
}

enum Narrow<'a> {
    Id(&'a str),
    Field(Lookup, &'a str),
}

/// A plain text condition on a field that can be looked up.
fn narrow(filter: &Value) -> Option<Narrow<'_>> {
    let conditions = filter.as_object()?;
    if let Some(id) = conditions.get("id").and_then(Value::as_str) {
        return Some(Narrow::Id(id));
    }
    conditions.iter().find_map(|(field, value)| Some(Narrow::Field(Lookup::of(field)?, value.as_str()?)))
}
