//! Texts of others that come into a conversation beside its messages. They are told to the model as material and give
//! no powers.

use super::{Service, StartTurn};
use crate::approvals::DraftView;
use crate::auth::Principal;
use crate::chat::ChatError;
use crate::model::span::{Origin, Span};
use crate::model::{ConversationId, TenantId};

impl Service {
    /// Keeps texts of others that come with a message: what the page around the widget shows. They are told to the
    /// model as material and give no powers, in this turn and every later one.
    ///
    /// # Errors
    /// See [`ChatError`].
    pub async fn bring_in(&self, principal: &Principal, start: &StartTurn, spans: &[Span]) -> Result<(), ChatError> {
        if spans.is_empty() {
            return Ok(());
        }
        let id = Self::conversation_id(principal, &start.thread);
        let conversation = self.open(principal, id, &start.text).await?;
        let parts = &self.parts;
        parts.db.insert_spans(&principal.tenant, &conversation.id, spans, parts.clock.now()).await?;
        Ok(())
    }

    /// What came into a conversation beside its messages: what was brought in, and what was said of its draft in review.
    pub(super) async fn beside(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        draft: Option<&DraftView>,
    ) -> Result<Vec<Span>, ChatError> {
        let db = &self.parts.db;
        let mut spans = Vec::new();
        let request = match draft {
            Some(view) => db.find_newest_request(tenant, &view.draft.id).await?,
            None => None,
        };
        if let Some(request) = request {
            let decisions = db.list_decisions(tenant, std::slice::from_ref(&request.id)).await?;
            let comments = decisions.into_values().flatten().filter_map(|decision| decision.comment);
            spans.extend(comments.map(|text| Span { origin: Origin::Comment, label: String::new(), text }));
        }
        spans.extend(db.list_spans(tenant, conversation).await?);
        Ok(spans)
    }
}
