//! Canonical JSON (RFC 8785) and the digest a decision is bound to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::document::Definition;

/// SHA-256 over the RFC 8785 form of a definition: `sha256:` and 64 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first eight hex digits, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(7..15).unwrap_or(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a digest: `sha256:` and 64 lower-case hex digits")]
pub struct DigestError;

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let hex = text.strip_prefix("sha256:").ok_or(DigestError)?;
        let ok = hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if ok { Ok(Self(text.to_owned())) } else { Err(DigestError) }
    }
}

/// The document has no canonical form (a number RFC 8785 cannot write).
#[derive(Debug, thiserror::Error)]
#[error("the document has no canonical JSON form")]
pub struct CanonicalError(#[source] serde_json::Error);

impl Definition {
    /// RFC 8785 JSON of the whole document.
    ///
    /// # Errors
    /// [`CanonicalError`] for a number that is not finite.
    pub fn canonical_json(&self) -> Result<String, CanonicalError> {
        serde_json_canonicalizer::to_string(self.raw()).map_err(CanonicalError)
    }

    /// What approval is bound to: any change of content changes it, key order and spacing do not.
    ///
    /// # Errors
    /// See [`Definition::canonical_json`].
    pub fn digest(&self) -> Result<Digest, CanonicalError> {
        Ok(Digest(format!("sha256:{}", hex::encode(Sha256::digest(self.canonical_json()?)))))
    }
}
