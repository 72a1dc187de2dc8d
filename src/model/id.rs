//! Prefixed text ids (`conv_0190…`), the same in JSON, logs and both databases.
//!
//! The body is a `UUIDv7`, so ids made later sort later. A [`StoreId`] is different: it is the slug a dealer chose
//! (`lakeside-main`), because definitions and events name stores by it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id that begins with `{prefix}_`")]
pub struct IdError {
    prefix: &'static str,
}

macro_rules! id_type {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, sqlx::Type, utoipa::ToSchema)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        #[schema(value_type = String)]
        pub struct $name(String);

        impl $name {
            /// What every id of this kind begins with, without the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id; later ids sort after earlier ones.
            #[must_use]
            #[expect(clippy::disallowed_methods, reason = "the one place where ids are made")]
            pub fn generate() -> Self {
                Self(format!("{}_{}", $prefix, uuid::Uuid::now_v7().simple()))
            }

            /// An id derived from a name: the same name always gives the same id (demo data, repeatable imports).
            #[must_use]
            pub fn derive(name: &str) -> Self {
                let uuid = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes());
                Self(format!("{}_{}", $prefix, uuid.simple()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let error = IdError { prefix: $prefix };
                let body = text.strip_prefix(concat!($prefix, "_")).ok_or(error.clone())?;
                let hex = body.len() == 32 && body.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                if hex { Ok(Self(text.to_owned())) } else { Err(error) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id_type!(/** A dealer group. */ TenantId, "tnt");
id_type!(/** A person who signs in. */ UserId, "usr");
id_type!(/** A conversation (AG-UI: thread). */ ConversationId, "conv");
id_type!(/** One message of a conversation. */ MessageId, "msg");
id_type!(/** One turn of the agent on the wire (AG-UI: run). */ RunId, "run");
id_type!(/** A draft under work. */ DraftId, "draft");
id_type!(/** An approved workflow. */ WorkflowId, "wf");
id_type!(/** One execution of a workflow version. */ ExecutionId, "exe");
id_type!(/** A request in the approval queue. */ ApprovalId, "apr");
id_type!(/** A system that sends events under a signature. */ EventSenderId, "snd");
id_type!(/** A document that a dealership added to what is searched. */ DocumentId, "doc");
id_type!(/** A message, note or notice that connectors put out. */ OutboxId, "out");

/// A store (rooftop): the slug the dealer chose, unique within its tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, sqlx::Type, utoipa::ToSchema)]
#[serde(transparent)]
#[sqlx(transparent)]
#[schema(value_type = String)]
pub struct StoreId(String);

impl StoreId {
    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StoreId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let ok = !text.is_empty()
            && text.len() <= 64
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if ok { Ok(Self(text.to_owned())) } else { Err(IdError { prefix: "store" }) }
    }
}

impl<'de> Deserialize<'de> for StoreId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_their_kind_and_sort_by_time() {
        let first = DraftId::generate();
        let second = DraftId::generate();
        assert!(first < second);
        assert_eq!(first.as_str().parse::<DraftId>(), Ok(first.clone()));
        assert!(first.as_str().parse::<WorkflowId>().is_err());
        assert!("draft_'; drop table drafts".parse::<DraftId>().is_err());
    }

    #[test]
    fn derived_ids_repeat() {
        assert_eq!(UserId::derive("dana"), UserId::derive("dana"));
        assert_ne!(UserId::derive("dana"), UserId::derive("sam"));
    }
}
