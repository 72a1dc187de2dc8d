//! Ids of what a request makes: new ones, or for a request with an `Idempotency-Key` the same at every attempt, so that
//! an attempt after a crash meets what the one before it made.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::model::{ConversationId, DraftId, ExecutionId};

/// Where a handler takes the id of what it makes from.
#[derive(Debug, Clone, Default)]
pub struct NewId(Option<String>);

impl NewId {
    /// A seed: the body of a new id. Ids made of a later seed sort later.
    #[must_use]
    pub fn seed() -> String {
        ExecutionId::generate().as_str().trim_start_matches(ExecutionId::PREFIX).trim_start_matches('_').to_owned()
    }

    /// Ids from this seed.
    #[must_use]
    pub fn from_seed(seed: &str) -> Self {
        Self(Some(seed.to_owned()))
    }

    /// The id of a draft.
    #[must_use]
    pub fn draft(&self) -> DraftId {
        self.0.as_ref().and_then(|seed| format!("draft_{seed}").parse().ok()).unwrap_or_else(DraftId::generate)
    }

    /// The id of a conversation.
    #[must_use]
    pub fn conversation(&self) -> ConversationId {
        self.0.as_ref().and_then(|seed| format!("conv_{seed}").parse().ok()).unwrap_or_else(ConversationId::generate)
    }

    /// A name for something whose id is made elsewhere.
    #[must_use]
    pub fn name(&self) -> String {
        self.0.clone().unwrap_or_else(Self::seed)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for NewId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
