//! `find_records`.

use serde_json::{Value, json};

use super::act::Act;
use super::{gate, refused};
use crate::contact::{Channel, OnFile};
use crate::execution::connectors::CallError;
use crate::execution::connectors::filter::FilterMoment;
use crate::execution::connectors::query::{self, Query, QueryError};
use crate::store::Record;
use crate::workflow::Catalog;

/// Results when no limit is written.
const DEFAULT_LIMIT: i64 = 100;
/// Results at most.
const MAX_LIMIT: i64 = 500;

impl From<QueryError> for CallError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Filter(error) => refused(422, "Filter not valid", error.to_string()),
            QueryError::Store(error) => error.into(),
        }
    }
}

pub(super) async fn find_records(act: &mut Act<'_>) -> Result<Value, CallError> {
    let entity = act.required("entity")?;
    if Catalog::embedded().entity(entity).is_none() {
        return Err(refused(422, "Input not valid", format!("there is no entity {entity}")));
    }
    let limit = act.input("limit").and_then(Value::as_i64).unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    let limit = usize::try_from(limit).unwrap_or(1);
    let audience = act.input("exclude_opted_out").and_then(Value::as_bool).unwrap_or(false);
    let nothing = json!({});
    // staff may be shared by the stores of a group; everything else belongs to the store the workflow runs for
    let store = (entity != "employee").then(|| act.store_id());
    let query = Query {
        tenant: &act.call.tenant,
        entity,
        store,
        filter: act.input("filter").unwrap_or(&nothing),
        sort: act.text("sort"),
        limit: if audience { limit * 4 } else { limit },
        moment: FilterMoment { now: act.call.now, zone: act.call.store.timezone },
    };
    let mut items = query::find(act.db(), &query).await?;
    if audience {
        items = without_opted_out(act, entity, items, limit).await?;
    }
    Ok(json!({ "count": items.len(), "items": items }))
}

/// Drops who may not be sent marketing on any written channel because they revoked it.
async fn without_opted_out(
    act: &mut Act<'_>,
    entity: &str,
    items: Vec<Value>,
    limit: usize,
) -> Result<Vec<Value>, CallError> {
    let mut kept = Vec::new();
    for item in items {
        let field = if entity == "customer" { "id" } else { "customer_id" };
        let customer = item.get(field).and_then(Value::as_str);
        let opted_out = match customer {
            Some(id) => match act.find("customer", id).await? {
                Some(customer) => opted_out(act, &customer).await?,
                None => false,
            },
            None => false,
        };
        if !opted_out {
            kept.push(item);
        }
        if kept.len() == limit {
            break;
        }
    }
    Ok(kept)
}

async fn opted_out(act: &mut Act<'_>, customer: &Record) -> Result<bool, CallError> {
    for channel in [Channel::Sms, Channel::Email] {
        let file = gate::file(act, customer, channel).await?;
        if !matches!(file, OnFile::RevokedAll | OnFile::RevokedMarketing) {
            return Ok(false);
        }
    }
    Ok(true)
}
