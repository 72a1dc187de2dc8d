//! The system of record, for looking at.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Principal;
use crate::execution::connectors::filter::{Filter, FilterMoment};
use crate::execution::connectors::live;
use crate::execution::connectors::query::Candidates;
use crate::http::AppState;
use crate::http::bounded::Text;
use crate::http::error::ApiError;
use crate::http::extract::{ApiPath, ApiQuery};
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::model::{After, Cursor, Page, PageLimit, PageRequest, TextKey};
use crate::store::Record;
use crate::workflow::Catalog;

/// Rows looked at for one page at most, so that an answer takes some milliseconds however large the dealership: a page
/// may be short, or empty, and still have a next one.
const SCANNED: usize = 500;

/// This resource.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(find))
}

/// Which records, and how many.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Search {
    /// A filter map as in `find_records`, as JSON: `{"status":"new"}`.
    filter: Option<String>,
    /// Words that all stand somewhere in the record, in any case.
    #[param(value_type = Option<String>, max_length = 200)]
    q: Option<Text<1, 200>>,
    /// Only of this store.
    store: Option<String>,
    /// Rows at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<PageLimit>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<After<TextKey>>,
}

/// A record.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct RecordView {
    /// Its id.
    id: String,
    /// The store it belongs to.
    store_id: String,
    /// Its fields, as the catalog's entity has them.
    #[schema(value_type = Object)]
    data: Value,
}

impl From<Record> for RecordView {
    fn from(record: Record) -> Self {
        Self { id: record.id, store_id: record.store_id, data: record.data }
    }
}

/// Records of an entity, in the order of their ids.
#[utoipa::path(get, path = "/records/{entity}", tag = "records", operation_id = "list_records",
    params(("entity" = String, Path), Search),
    responses((status = 200, body = Page<RecordView>), (status = "4XX", body = Problem)))]
async fn list(
    allowed: Allowed<Read>,
    State(state): State<AppState>,
    ApiPath(entity): ApiPath<String>,
    ApiQuery(search): ApiQuery<Search>,
) -> Result<Json<Page<RecordView>>, ApiError> {
    known(&entity)?;
    let moment = moment(&state, &allowed.principal, search.store.as_deref()).await?;
    let map = filter_map(&search)?;
    let filter = Filter::read(&map, &moment).map_err(|error| invalid_filter(error.to_string()))?;
    let words = search.q.as_ref().map(words_of).unwrap_or_default();
    let page = PageRequest::new(search.limit, search.after);
    let wanted = usize::try_from(page.limit).unwrap_or(1);
    let tenant = &allowed.principal.tenant;
    let candidates = Candidates { tenant, entity: &entity, store: search.store.as_deref(), filter: &map };
    let mut after = page.ascending().to_owned();
    let (mut found, mut scanned) = (Vec::new(), 0);
    // a plain page is one read; what a filter leaves out is made up for by larger ones
    let mut asked = page.limit + 1;
    let mut more = true;
    while more && found.len() <= wanted && scanned < SCANNED {
        let rows = candidates.after(&state.db, &after, asked).await?;
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.id);
        scanned += rows.len();
        more = i64::try_from(rows.len()) == Ok(asked);
        asked = 500;
        let shown = |mut record: Record| {
            live::refresh(&entity, &mut record.data, &moment);
            let here = allowed.principal.works_in(&record.store_id);
            let fits = here && filter.lets_through(&record.data) && speaks_of(&record, &words);
            fits.then(|| RecordView::from(record))
        };
        found.extend(rows.into_iter().filter_map(shown));
    }
    let given_up = more && found.len() <= wanted && scanned >= SCANNED;
    let mut found = Page::from_rows(found, page.limit, |record: &RecordView| record.id.clone());
    if given_up {
        found.next = Some(Cursor::behind(after));
    }
    Ok(Json(found))
}

/// One record.
#[utoipa::path(get, path = "/records/{entity}/{id}", tag = "records", operation_id = "find_record",
    params(("entity" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = RecordView), (status = "4XX", body = Problem)))]
async fn find(
    allowed: Allowed<Read>,
    State(state): State<AppState>,
    ApiPath((entity, id)): ApiPath<(String, String)>,
) -> Result<Json<RecordView>, ApiError> {
    known(&entity)?;
    let found = state.db.find_record(&allowed.principal.tenant, &entity, &id).await?;
    let found = found.filter(|record| allowed.principal.works_in(&record.store_id));
    let mut record = found.ok_or_else(|| ApiError::not_found("record"))?;
    let moment = moment(&state, &allowed.principal, Some(&record.store_id)).await?;
    live::refresh(&entity, &mut record.data, &moment);
    Ok(Json(record.into()))
}

/// The words of a search, in lower case.
fn words_of(search: &Text<1, 200>) -> Vec<String> {
    search.as_str().split_whitespace().map(str::to_lowercase).collect()
}

/// Whether each word stands in the id or in some value of the record.
fn speaks_of(record: &Record, words: &[String]) -> bool {
    words.iter().all(|word| record.id.to_lowercase().contains(word) || holds(&record.data, word))
}

fn holds(value: &Value, word: &str) -> bool {
    match value {
        Value::String(text) => text.to_lowercase().contains(word),
        Value::Number(number) => number.to_string().contains(word),
        Value::Array(items) => items.iter().any(|item| holds(item, word)),
        Value::Object(map) => map.values().any(|item| holds(item, word)),
        Value::Null | Value::Bool(_) => false,
    }
}

fn known(entity: &str) -> Result<(), ApiError> {
    Catalog::embedded().entity(entity).map(drop).ok_or_else(|| ApiError::not_found("entity"))
}

/// Engine time in the zone of the store named, or of the tenant's first one.
async fn moment(state: &AppState, caller: &Principal, store: Option<&str>) -> Result<FilterMoment, ApiError> {
    let stores = state.db.list_stores(&caller.tenant).await?;
    let named = stores.iter().find(|s| store == Some(s.id.as_str()));
    let zone = named.or_else(|| stores.first()).map_or(chrono_tz::UTC, |store| store.timezone);
    Ok(FilterMoment { now: state.execution.clock().now(), zone })
}

fn filter_map(search: &Search) -> Result<Value, ApiError> {
    match &search.filter {
        Some(text) => serde_json::from_str(text).map_err(|error| invalid_filter(error.to_string())),
        None => Ok(Value::Object(serde_json::Map::new())),
    }
}

fn invalid_filter(detail: String) -> ApiError {
    ApiError::unprocessable("invalid_filter", "The filter cannot be read").detail(detail)
}
