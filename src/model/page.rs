//! Pages of a list, by cursor: stable while rows are added.

use serde::{Deserialize, Serialize};

/// Where the next page begins: the sort key of the last row seen. Opaque to clients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows at most, 1 to 200.
    pub limit: i64,
    /// Begin after this row; from the start when absent.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// Rows a client may ask for at most.
    pub const MAX: i64 = 200;

    /// Clamps `limit` to 1..=200 (50 when absent).
    #[must_use]
    pub fn new(limit: Option<i64>, after: Option<String>) -> Self {
        Self { limit: limit.unwrap_or(50).clamp(1, Self::MAX), after: after.map(Cursor) }
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self::new(None, None)
    }
}

/// One page of `T`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The rows, in the order the list states.
    pub items: Vec<T>,
    /// Present when there may be more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// A page from rows fetched with `limit + 1`: the surplus row only tells that there is more.
    pub fn from_rows(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(1);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|row| Cursor(key(row))) } else { None };
        Self { items: rows, next }
    }
}
