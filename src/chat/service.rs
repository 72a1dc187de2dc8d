//! What the edge calls: begin a turn, stop it, read what was said.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::driver::Driver;
use super::event::WireMessage;
use super::language;
use super::state::{self, ModelView};
use super::turn::{Limits, Names, Turn};
use super::{ChatError, basis};
use crate::approvals::history::Steps;
use crate::approvals::{DraftView, Drafts};
use crate::auth::Principal;
use crate::config::LlmConfig;
use crate::events::Events;
use crate::llm::ChatModel;
use crate::model::conversation::{Conversation, Message, Role};
use crate::model::run::{Frame, Run, RunStatus, RunUsage};
use crate::model::{Clock, ConversationId, DraftId, MessageId, RunId, TenantId};
use crate::planner;
use crate::prompts::Prompts;
use crate::store::runs::Lease;
use crate::store::{Database, StoreError};
use crate::telemetry::boundary;
use crate::tools::{Desk, Registry, Session};

/// Messages of a conversation that are read at most.
pub const HISTORY: i64 = 400;
const TITLE_LENGTH: usize = 80;

/// What the conversation needs from the rest of the house.
#[derive(Debug)]
pub struct Parts {
    /// Rows.
    pub db: Database,
    /// Live notices.
    pub events: Events,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where turns run.
    pub tasks: TaskTracker,
    /// Fires when the server stops.
    pub shutdown: CancellationToken,
    /// Who answers.
    pub model: Arc<dyn ChatModel>,
    /// What the model can do.
    pub registry: Registry,
    /// Drafts.
    pub drafts: Drafts,
    /// What the model is told.
    pub prompts: Prompts,
    /// Limits of a turn.
    pub config: LlmConfig,
}

/// The conversation service.
#[derive(Debug, Clone)]
pub struct Service {
    pub(super) parts: Arc<Parts>,
    owner: String,
    running: Arc<Mutex<HashMap<RunId, CancellationToken>>>,
}

/// A message that begins a turn. Ids are the client's: ours, or any text of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartTurn {
    /// The client's name for the conversation.
    pub thread: String,
    /// The client's name for the run.
    pub run: String,
    /// What the user said.
    pub text: String,
    /// The client's id of the message: kept when it is one of ours in form and free.
    pub message: Option<MessageId>,
}

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
    /// A service over its parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            owner: RunId::generate().as_str().replace(RunId::PREFIX, "proc"),
            running: Arc::default(),
        }
    }

    /// Where this service writes drafts.
    #[must_use]
    pub fn drafts(&self) -> &Drafts {
        &self.parts.drafts
    }

    /// Our id for a client's name of a conversation.
    #[must_use]
    pub fn conversation_id(principal: &Principal, thread: &str) -> ConversationId {
        let derived = || ConversationId::derive(&format!("{}/{}/{thread}", principal.tenant, principal.user));
        thread.parse().unwrap_or_else(|_| derived())
    }

    /// Our id for a client's name of a run.
    #[must_use]
    pub fn run_id(principal: &Principal, run: &str) -> RunId {
        let derived = || RunId::derive(&format!("{}/{}/{run}", principal.tenant, principal.user));
        run.parse().unwrap_or_else(|_| derived())
    }

    /// Begins a turn. When it returns, the message is kept and the first frames are stored; the turn then runs by
    /// itself, whoever listens. A run id that is known already is not run twice.
    ///
    /// # Errors
    /// See [`ChatError`].
    pub async fn start_turn(&self, principal: &Principal, start: StartTurn) -> Result<RunId, ChatError> {
        let conversation_id = Self::conversation_id(principal, &start.thread);
        let run_id = Self::run_id(principal, &start.run);
        let parts = &self.parts;
        if let Some(known) = parts.db.find_run(&principal.tenant, &run_id).await? {
            return self.join(principal, known, (&conversation_id, &start.text)).await;
        }
        let conversation = self.open(principal, conversation_id, &start.text).await?;
        if conversation.title.is_empty() {
            let title = title(&start.text);
            parts.db.update_conversation_title(&principal.tenant, &conversation.id, &title).await?;
        }
        let mut history = parts.db.list_messages(&principal.tenant, &conversation.id, HISTORY).await?;
        let now = parts.clock.now();
        let message = Message {
            id: self.message_id(&run_id, start.message.as_ref()).await?,
            run_id: Some(run_id.clone()),
            role: Role::User,
            content: start.text.clone(),
            tool_calls: Vec::new(),
            tool_call_id: None,
            created_at: now,
        };
        history.push(message.clone());
        let session = self.session(principal, &conversation, &history).await?;

        let writing = !planner::is_pure_question(&start.text, session.desk.draft.is_some());
        let names =
            Names { thread: start.thread, wire_run: start.run, run: run_id.clone(), model: parts.model.name().into() };
        let shared = state::shared(&session.desk, &self.model_view(), session.language);
        let machine = Turn::new(names, self.limits(), writing, shared);
        let frames = numbered(&machine)?;
        let run = Run {
            id: run_id.clone(),
            tenant_id: principal.tenant.clone(),
            conversation_id: conversation.id.clone(),
            user_id: principal.user.clone(),
            status: RunStatus::Running,
            error_code: None,
            usage: RunUsage::default(),
            started_at: now,
            finished_at: None,
        };
        boundary::reached("run: before it is stored");
        if let Err(error) = parts.db.insert_run(&run, &self.lease(), &frames, &message).await {
            return self.not_begun(principal, &run, &start.text, error).await;
        }
        boundary::reached("run: after it is stored");

        let stop = CancellationToken::new();
        self.running().insert(run_id.clone(), stop.clone());
        let driver = Driver::new(self.clone(), run, session, history, frames.len());
        let driven = Driven { service: self.clone(), run: run_id.clone() };
        self.parts.tasks.spawn(async move {
            let turn = Box::pin(driver.drive(machine, stop.clone()));
            tokio::select! {
                () = turn => {}
                () = driven.service.heed_word_to_stop(&driven.run, &stop) => {}
            }
        });
        Ok(run_id)
    }

    /// The run that a repeated request means: the same person's, in the same conversation, with the same words.
    async fn join(
        &self,
        principal: &Principal,
        known: Run,
        (conversation, text): (&ConversationId, &str),
    ) -> Result<RunId, ChatError> {
        let ours = known.user_id == principal.user && known.conversation_id == *conversation;
        if ours && self.asked(&principal.tenant, &known, text).await? { Ok(known.id) } else { Err(ChatError::RunTaken) }
    }

    /// What a run comes to that could not be stored. The same request may have come twice at the same moment: then this
    /// is the one that came second, and it follows the run of the first.
    async fn not_begun(
        &self,
        principal: &Principal,
        run: &Run,
        text: &str,
        error: StoreError,
    ) -> Result<RunId, ChatError> {
        match error {
            // for the same conversation, or with the same run id
            StoreError::Stale | StoreError::NotUnique(_) => {
                match self.parts.db.find_run(&run.tenant_id, &run.id).await? {
                    Some(known) => self.join(principal, known, (&run.conversation_id, text)).await,
                    None => Err(ChatError::Busy),
                }
            }
            error @ (StoreError::Inconsistent { .. }
            | StoreError::Json(_)
            | StoreError::Unavailable(_)
            | StoreError::Migration(_)
            | StoreError::Sql(_)) => Err(ChatError::Store(error)),
        }
    }

    /// Stops a turn. Stopping one that is over does nothing. One that another process drives stops with that process's
    /// next sign of life.
    ///
    /// # Errors
    /// [`ChatError::NoRun`].
    pub async fn cancel(&self, principal: &Principal, run: &str) -> Result<Run, ChatError> {
        let run = self.find_run(principal, run).await?;
        let stop = self.running().get(&run.id).cloned();
        match stop {
            Some(stop) => stop.cancel(),
            None => self.tell_driver_to_stop(&run).await?,
        }
        Ok(run)
    }

    /// A run of this user.
    ///
    /// # Errors
    /// [`ChatError::NoRun`].
    pub async fn find_run(&self, principal: &Principal, run: &str) -> Result<Run, ChatError> {
        let id = Self::run_id(principal, run);
        let found = self.parts.db.find_run(&principal.tenant, &id).await?;
        found.filter(|run| run.user_id == principal.user).ok_or(ChatError::NoRun)
    }

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
        let mut session = self.session(principal, &conversation, &messages).await?;
        session.desk.questions = super::asked::open_questions(&messages);
        if let Some(view) = &session.desk.draft {
            let changes = self.parts.drafts.last_changes(&principal.tenant, view).await?;
            session.desk.changes = changes.into_iter().filter(|c| c.pointer != "/document/summary").collect();
        }
        let state = state::shared(&session.desk, &self.model_view(), session.language);
        Ok(History { conversation, messages, state, draft: session.desk.draft, active_run })
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
    pub(super) async fn wire_messages(&self, run: &Run) -> Result<Vec<WireMessage>, StoreError> {
        let messages = self.parts.db.list_messages(&run.tenant_id, &run.conversation_id, HISTORY).await?;
        Ok(messages.iter().map(WireMessage::from).collect())
    }

    /// The lease this process gives its runs.
    pub(super) fn lease(&self) -> Lease {
        let until = self.parts.clock.now() + TimeDelta::seconds(self.parts.config.turn_lease_s);
        Lease { owner: self.owner.clone(), until }
    }

    /// How long a run may go without a sign of life.
    pub(super) fn lease_time(&self) -> Duration {
        Duration::from_secs(self.parts.config.turn_lease_s.unsigned_abs())
    }

    /// How often a driver gives one.
    pub(super) fn heartbeat(&self) -> Duration {
        self.lease_time() / 3
    }

    pub(super) fn model_view(&self) -> ModelView {
        ModelView { name: self.parts.model.name().to_owned(), offline: self.parts.model.offline() }
    }

    fn limits(&self) -> Limits {
        let config = &self.parts.config;
        Limits { max_rounds: config.max_rounds, max_repairs: config.max_repairs, max_tool_calls: config.max_rounds * 4 }
    }

    /// Whether this process drives a run.
    pub(super) fn drives(&self, run: &RunId) -> bool {
        self.running().contains_key(run)
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, CancellationToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client's id of its message, or ours when it gave none or one that is taken.
    async fn message_id(&self, run: &RunId, wished: Option<&MessageId>) -> Result<MessageId, ChatError> {
        match wished {
            Some(wished) if !self.parts.db.has_message(wished).await? => Ok(wished.clone()),
            Some(_) | None => Ok(MessageId::derive(&format!("{run}/user"))),
        }
    }

    /// Whether `run` was begun with these words; the same id with other words is another request.
    async fn asked(&self, tenant: &TenantId, run: &Run, text: &str) -> Result<bool, ChatError> {
        let messages = self.parts.db.list_messages(tenant, &run.conversation_id, 500).await?;
        let mut words = messages.iter().filter(|m| m.role == Role::User && m.run_id.as_ref() == Some(&run.id));
        Ok(words.next_back().is_none_or(|message| message.content == text))
    }

    /// The conversation with this id, begun when it is new.
    async fn open(&self, principal: &Principal, id: ConversationId, text: &str) -> Result<Conversation, ChatError> {
        let db = &self.parts.db;
        if let Some(found) = db.find_conversation(&principal.tenant, &id).await? {
            return if found.user_id == principal.user { Ok(found) } else { Err(ChatError::NoConversation) };
        }
        let now = self.parts.clock.now();
        let conversation = Conversation {
            id,
            tenant_id: principal.tenant.clone(),
            user_id: principal.user.clone(),
            title: title(text),
            draft_id: None,
            created_at: now,
            updated_at: now,
        };
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

    async fn session(
        &self,
        principal: &Principal,
        conversation: &Conversation,
        history: &[Message],
    ) -> Result<Session, ChatError> {
        let parts = &self.parts;
        let tenant = parts.db.find_tenant(&principal.tenant).await?;
        let namespace = tenant.map(|tenant| tenant.slug).unwrap_or_default();
        let stores: Vec<String> =
            parts.db.list_stores(&principal.tenant).await?.into_iter().map(|store| store.id.to_string()).collect();
        let draft = match &conversation.draft_id {
            Some(id) => parts.drafts.get(&principal.tenant, id).await?,
            None => None,
        };
        let author_texts: Vec<String> =
            history.iter().filter(|m| m.role == Role::User).map(|m| m.content.clone()).collect();
        let language = author_texts.last().map_or(crate::workflow::Language::En, |text| language::of(text));
        let before = draft.as_ref().map(|view| view.revision.definition.clone());
        let diagnostics = match &before {
            Some(definition) => parts.drafts.diagnose(&principal.tenant, definition).await?,
            None => Vec::new(),
        };
        Ok(Session {
            principal: principal.clone(),
            conversation: conversation.id.clone(),
            namespace,
            stores,
            author_texts,
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

/// A run while this process drives it; dropped when the driver ends, however it ends.
struct Driven {
    service: Service,
    run: RunId,
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.service.running().remove(&self.run);
    }
}

fn title(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TITLE_LENGTH).collect()
}

fn numbered(machine: &Turn) -> Result<Vec<Frame>, StoreError> {
    let events = machine.opening();
    let frames = events.iter().zip(1..).map(|(event, seq)| Ok(Frame { seq, body: serde_json::to_string(event)? }));
    frames.collect()
}
