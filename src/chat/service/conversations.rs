//! Conversations as they stand, and beginning one.

use chrono::{DateTime, Utc};

use super::{HISTORY, Service, title};
use crate::approvals::DraftView;
use crate::auth::Principal;
use crate::chat::ChatError;
use crate::chat::event::WireMessage;
use crate::chat::state;
use crate::model::conversation::{Conversation, Message};
use crate::model::run::Run;
use crate::model::{ConversationId, DraftId};
use crate::store::StoreError;
use crate::telemetry::boundary;
use crate::tools::drafting::open_questions;

/// A conversation as it stands.
#[derive(Debug)]
pub struct History {
    /// The conversation.
    pub conversation: Conversation,
    /// What was said, oldest first.
    pub messages: Vec<Message>,
    /// The state a client should show.
    pub state: serde_json::Value,
    /// The draft it works on.
    pub draft: Option<DraftView>,
    /// The turn that is not over.
    pub active_run: Option<Run>,
}

impl Service {
    /// A conversation of this user as it stands.
    ///
    /// # Errors
    /// [`ChatError::NoConversation`].
    pub async fn history(&self, principal: &Principal, thread: &str) -> Result<History, ChatError> {
        let id = Self::conversation_id(principal, thread);
        let db = &self.parts.db;
        let conversation = db.find_conversation(&principal.tenant, &id).await?;
        let conversation =
            conversation.filter(|found| found.user_id == principal.user).ok_or(ChatError::NoConversation)?;
        let messages = db.list_messages(&principal.tenant, &id, HISTORY).await?;
        let active_run = db.find_open_run(&principal.tenant, &id).await?;
        let (state, draft) = self.standing(principal, &conversation, &messages).await?;
        Ok(History { conversation, messages, state, draft, active_run })
    }

    /// The state a client should show between two turns, and the draft in it.
    async fn standing(
        &self,
        principal: &Principal,
        conversation: &Conversation,
        messages: &[Message],
    ) -> Result<(serde_json::Value, Option<DraftView>), ChatError> {
        let dealer = self.dealer(&principal.tenant).await?;
        let mut session = self.session(principal, dealer, conversation, messages).await?;
        session.desk.questions = crate::chat::asked::open_questions(messages);
        if let Some(view) = session.desk.draft.as_ref().filter(|_| session.desk.questions.is_empty()) {
            session.desk.questions = open_questions(view, session.language);
        }
        if let Some(view) = &session.desk.draft {
            let changes = self.parts.drafts.last_changes(&principal.tenant, view).await?;
            session.desk.changes = changes.into_iter().filter(|c| c.pointer != "/document/summary").collect();
        }
        let state = state::shared(&session.desk, &self.model_view(), session.language);
        Ok((state, session.desk.draft))
    }

    /// The state a client should show after a run that nobody drives any more; `None` when its user or its conversation
    /// is gone.
    pub(in crate::chat) async fn state_after(&self, run: &Run) -> Result<Option<serde_json::Value>, ChatError> {
        let db = &self.parts.db;
        let Some(user) = db.find_user(&run.tenant_id, &run.user_id).await? else { return Ok(None) };
        let Some(conversation) = db.find_conversation(&run.tenant_id, &run.conversation_id).await? else {
            return Ok(None);
        };
        let messages = db.list_messages(&run.tenant_id, &conversation.id, HISTORY).await?;
        let (state, _) = self.standing(&Principal::of(&user), &conversation, &messages).await?;
        Ok(Some(state))
    }

    /// Begins the conversation with this id without a message, unless it has begun already; optionally on a draft that exists.
    ///
    /// # Errors
    /// As any statement.
    pub async fn begin(
        &self,
        principal: &Principal,
        id: ConversationId,
        draft: Option<&DraftView>,
    ) -> Result<Conversation, ChatError> {
        let title = draft.map_or_else(String::new, |view| view.draft.title.clone());
        let mut conversation = self.open(principal, id, &title).await?;
        if let Some(view) = draft {
            self.parts.db.update_conversation_draft(&principal.tenant, &conversation.id, &view.draft.id).await?;
            conversation.draft_id = Some(view.draft.id.clone());
        }
        Ok(conversation)
    }

    /// The same by the draft's id.
    ///
    /// # Errors
    /// [`ChatError::NoDraft`].
    pub async fn begin_on(
        &self,
        principal: &Principal,
        id: ConversationId,
        draft: Option<&DraftId>,
    ) -> Result<Conversation, ChatError> {
        let view = match draft {
            Some(id) => {
                let found = self.parts.drafts.get(&principal.tenant, id).await?;
                Some(found.ok_or(ChatError::NoDraft)?)
            }
            None => None,
        };
        self.begin(principal, id, view.as_ref()).await
    }

    /// All messages of a conversation as the wire writes them.
    pub(in crate::chat) async fn wire_messages(&self, run: &Run) -> Result<Vec<WireMessage>, StoreError> {
        let messages = self.parts.db.list_messages(&run.tenant_id, &run.conversation_id, HISTORY).await?;
        Ok(messages.iter().map(WireMessage::from).collect())
    }

    /// The conversation with this id, begun when it is new.
    pub(super) async fn open(
        &self,
        principal: &Principal,
        id: ConversationId,
        text: &str,
    ) -> Result<Conversation, ChatError> {
        let db = &self.parts.db;
        let found = db.find_conversation(&principal.tenant, &id).await?;
        let known = found.is_some();
        let conversation = own_or_new(principal, id, found, (text, self.parts.clock.now()))?;
        if known {
            return Ok(conversation);
        }
        boundary::reached("conversation: before it is stored");
        let stored = db.insert_conversation(&conversation).await;
        boundary::reached("conversation: after it is stored");
        match stored {
            Ok(()) => Ok(conversation),
            // begun by another request at the same moment; or of another tenant, which the caller cannot tell from one
            // that is not there
            Err(StoreError::NotUnique(_)) => {
                let found = db.find_conversation(&principal.tenant, &conversation.id).await?;
                found.filter(|found| found.user_id == principal.user).ok_or(ChatError::NoConversation)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The conversation that is there, if it is this user's, or a new one.
pub(super) fn own_or_new(
    principal: &Principal,
    id: ConversationId,
    found: Option<Conversation>,
    (text, now): (&str, DateTime<Utc>),
) -> Result<Conversation, ChatError> {
    match found {
        Some(found) if found.user_id == principal.user => Ok(found),
        Some(_) => Err(ChatError::NoConversation),
        None => Ok(Conversation {
            id,
            tenant_id: principal.tenant.clone(),
            user_id: principal.user.clone(),
            title: title(text),
            draft_id: None,
            created_at: now,
            updated_at: now,
        }),
    }
}
