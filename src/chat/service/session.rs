//! What the tools of a turn know that the model must not choose.

use super::Service;
use crate::approvals::history::Steps;
use crate::auth::Principal;
use crate::chat::{ChatError, basis, language};
use crate::model::conversation::{Conversation, Message, Role};
use crate::tools::boundary::Material;
use crate::tools::{Desk, Session};

impl Service {
    /// The session of a turn that follows `history`.
    pub(in crate::chat) async fn session(
        &self,
        principal: &Principal,
        conversation: &Conversation,
        history: &[Message],
    ) -> Result<Session, ChatError> {
        let parts = &self.parts;
        let tenant = parts.db.find_tenant(&principal.tenant).await?;
        let (namespace, dealership) = tenant.map(|tenant| (tenant.slug, tenant.name)).unwrap_or_default();
        let stores: Vec<String> =
            parts.db.list_stores(&principal.tenant).await?.into_iter().map(|store| store.id.to_string()).collect();
        let draft = match &conversation.draft_id {
            Some(id) => parts.drafts.get(&principal.tenant, id).await?,
            None => None,
        };
        let last = history.iter().rev().find(|message| message.role == Role::User);
        let language = last.map_or(crate::workflow::Language::En, |message| language::of(&message.content));
        let before = draft.as_ref().map(|view| view.revision.definition.clone());
        let diagnostics = match &before {
            Some(definition) => parts.drafts.diagnose(&principal.tenant, definition).await?,
            None => Vec::new(),
        };
        Ok(Session {
            principal: principal.clone(),
            conversation: conversation.id.clone(),
            dealership,
            namespace,
            stores,
            material: Material::of(history, self.beside(&principal.tenant, &conversation.id, draft.as_ref()).await?),
            language,
            insists: !parts.model.offline(),
            desk: Desk {
                steps: match &draft {
                    Some(view) => parts.drafts.steps(&principal.tenant, view).await?,
                    None => Steps::default(),
                },
                citations: if draft.is_some() { basis::citations(history) } else { Vec::new() },
                draft,
                before,
                diagnostics,
                ..Desk::default()
            },
        })
    }
}
