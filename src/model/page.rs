//! Pages of a list, by cursor: stable while rows are added.
//!
//! A cursor is the sort key of the last row seen, so the next page begins where an index leads, however deep. Clients see
//! it in base64url and are to make nothing of it; what they make up is refused when the query is read.

use std::marker::PhantomData;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest cursor that is looked at, in characters.
const MAX_CURSOR: usize = 512;

/// Where the next page begins: the sort key of the last row seen. Opaque to clients.
#[derive(Debug, Clone, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = String)]
pub struct Cursor(String);

impl Cursor {
    /// The cursor behind the row with this key.
    #[must_use]
    pub fn behind(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.0
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

/// A cursor that a client sent, for a list whose keys are of type `K`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After<K> {
    cursor: Cursor,
    key: PhantomData<K>,
}

impl<'de, K: FromStr> Deserialize<'de> for After<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = if text.len() > MAX_CURSOR { None } else { URL_SAFE_NO_PAD.decode(text).ok() };
        let key = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).filter(|key| key.parse::<K>().is_ok());
        let key = key.ok_or_else(|| serde::de::Error::custom("is not the `next` of a page of this list"))?;
        Ok(Self { cursor: Cursor(key), key: PhantomData })
    }
}

/// Rows a client asks for: 1 to [`PageRequest::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(i64);

impl<'de> Deserialize<'de> for PageLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let limit = i64::deserialize(deserializer)?;
        let most = PageRequest::MAX;
        let fits = (1..=most).contains(&limit);
        if fits { Ok(Self(limit)) } else { Err(serde::de::Error::custom(format!("must be between 1 and {most}"))) }
    }
}

/// A key that is any text without control characters: an id that another system chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextKey(());

impl FromStr for TextKey {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text.is_empty() || text.chars().any(char::is_control) { Err(()) } else { Ok(Self(())) }
    }
}

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows at most, 1 to [`PageRequest::MAX`].
    pub limit: i64,
    /// Begin after this row; from the start when absent.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// Rows a client may ask for at most.
    pub const MAX: i64 = 200;
    /// Rows when a client does not say.
    pub const USUAL: i64 = 50;
    /// Sorts after every id, in whatever collation: a list from the newest row on begins after it.
    pub const NEWEST: &'static str = "zzzz";

    /// What a client asked for.
    #[must_use]
    pub fn new<K>(limit: Option<PageLimit>, after: Option<After<K>>) -> Self {
        Self { limit: limit.map_or(Self::USUAL, |limit| limit.0), after: after.map(|after| after.cursor) }
    }

    /// A first page of as many rows as there may be.
    #[must_use]
    pub const fn largest() -> Self {
        Self { limit: Self::MAX, after: None }
    }

    /// The key to begin after in a list by ascending ids: sorts before every id when there is none.
    #[must_use]
    pub fn ascending(&self) -> &str {
        self.after.as_ref().map_or("", Cursor::key)
    }

    /// The key to begin after in a list by descending ids.
    #[must_use]
    pub fn descending(&self) -> &str {
        self.after.as_ref().map_or(Self::NEWEST, Cursor::key)
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: Self::USUAL, after: None }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DraftId, WorkflowId};
    use serde_json::json;

    #[test]
    fn a_cursor_comes_back_as_it_went_out_and_only_to_its_own_list() {
        let id = DraftId::generate();
        let page = Page::from_rows(vec![id.clone(), DraftId::generate()], 1, ToString::to_string);
        let next = serde_json::to_value(&page).unwrap()["next"].clone();
        assert!(!next.as_str().unwrap().contains("draft"), "opaque: {next}");
        let after: After<DraftId> = serde_json::from_value(next.clone()).unwrap();
        assert_eq!(PageRequest::new(None, Some(after)).descending(), id.as_str());
        assert!(serde_json::from_value::<After<WorkflowId>>(next).is_err());
    }

    #[test]
    fn what_is_made_up_is_refused() {
        for garbage in ["", "x", "'; drop table drafts", "ZHJhZnRfMQ", "\u{0}", &"A".repeat(600)] {
            assert!(serde_json::from_value::<After<DraftId>>(json!(garbage)).is_err(), "{garbage}");
        }
        let nul = URL_SAFE_NO_PAD.encode("a\u{0}b");
        assert!(serde_json::from_value::<After<TextKey>>(json!(nul)).is_err(), "PostgreSQL knows no NUL");
        for limit in [json!(0), json!(-1), json!(201), json!(i64::MIN), json!("ten")] {
            assert!(serde_json::from_value::<PageLimit>(limit.clone()).is_err(), "{limit}");
        }
    }

    #[test]
    fn the_newest_sorts_after_every_id() {
        let largest = "f".repeat(32);
        for prefix in ["draft", "wf", "exe", "apr", "out", "usr", "conv"] {
            assert!(PageRequest::NEWEST > format!("{prefix}_{largest}").as_str());
        }
    }
}
