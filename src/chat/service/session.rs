//! What the tools of a turn know that the model must not choose.

use super::Service;
use crate::approvals::history::Steps;
use crate::auth::Principal;
use crate::chat::{ChatError, basis, language};
use crate::model::conversation::{Conversation, Message, Role};
use crate::model::{StoreId, TenantId};
use crate::tools::boundary::Material;
use crate::tools::{Desk, Session};

/// The dealer group of a turn.
#[derive(Debug, Default)]
pub(in crate::chat) struct Dealer {
    /// `document.namespace` of its definitions.
    pub(in crate::chat) namespace: String,
    /// Its name.
    pub(in crate::chat) name: String,
    /// Its stores.
    pub(in crate::chat) stores: Vec<StoreId>,
    /// The conversation begins with this turn: nothing came in before.
    pub(in crate::chat) begins: bool,
}

impl Service {
    /// A tenant as a turn sees it.
    pub(super) async fn dealer(&self, id: &TenantId) -> Result<Dealer, ChatError> {
        let db = &self.parts.db;
        let Some(tenant) = db.find_tenant(id).await? else { return Ok(Dealer::default()) };
        let stores = db.list_stores(id).await?.into_iter().map(|store| store.id).collect();
        Ok(Dealer { namespace: tenant.slug, name: tenant.name, stores, begins: false })
    }

    /// The session of a turn that follows `history`.
    pub(in crate::chat) async fn session(
        &self,
        principal: &Principal,
        dealer: Dealer,
        conversation: &Conversation,
        history: &[Message],
    ) -> Result<Session, ChatError> {
        let parts = &self.parts;
        let draft = match &conversation.draft_id {
            Some(id) => parts.drafts.get(&principal.tenant, id).await?,
            None => None,
        };
        let last = history.iter().rev().find(|message| message.role == Role::User);
        let language = last.map_or(crate::workflow::Language::En, |message| language::of(&message.content));
        let before = draft.as_ref().map(|view| view.revision.definition.clone());
        let diagnostics = draft.as_ref().map(|view| view.diagnostics.clone()).unwrap_or_default();
        let beside = match dealer.begins {
            true => Vec::new(),
            false => self.beside(&principal.tenant, &conversation.id, draft.as_ref()).await?,
        };
        Ok(Session {
            principal: principal.clone(),
            conversation: conversation.id.clone(),
            dealership: dealer.name,
            namespace: dealer.namespace,
            stores: dealer.stores.iter().map(ToString::to_string).collect(),
            material: Material::of(history, beside),
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
