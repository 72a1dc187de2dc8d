//! Beginning a turn: the message is kept, the first frames are stored, and a driver goes on by itself.

use std::collections::hash_map::Entry;

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::conversations::own_or_new;
use super::session::Dealer;
use super::{HISTORY, Service, StartTurn, title};
use crate::auth::Principal;
use crate::chat::ChatError;
use crate::chat::budget::{self, Whose};
use crate::chat::driver::{Begun, Driver};
use crate::chat::requests::Requests;
use crate::chat::state;
use crate::chat::turn::{Names, Turn};
use crate::model::conversation::{Message, Role};
use crate::model::run::{Frame, Run, RunStatus, RunUsage};
use crate::model::spending::{Day, DaySpending};
use crate::model::{ConversationId, MessageId, RunId, TenantId};
use crate::planner;
use crate::store::StoreError;
use crate::store::openings::OpeningKey;
use crate::store::runs::Place;
use crate::telemetry::boundary;

/// A turn that began.
#[derive(Debug)]
pub struct Started {
    /// Its run.
    pub run: RunId,
    /// Its first frames; none when the run was there before.
    pub frames: Vec<Frame>,
}

impl Service {
    /// Begins a turn. When it returns, the message is kept and the first frames are stored; the turn then runs by
    /// itself, whoever listens. A run id that is known already is not run twice.
    ///
    /// # Errors
    /// See [`ChatError`].
    pub async fn start_turn(&self, principal: &Principal, start: StartTurn) -> Result<Started, ChatError> {
        let parts = &self.parts;
        let now = parts.clock.now();
        let conversation_id = Self::conversation_id(principal, &start.thread);
        let run_id = Self::run_id(principal, &start.run);
        let key = OpeningKey {
            tenant: &principal.tenant,
            user: &principal.user,
            conversation: &conversation_id,
            run: &run_id,
            message: start.message.as_ref(),
            day: Day::of(now),
        };
        let nobody = StoreError::Inconsistent { table: "users", column: "tenant_id" };
        let opening = parts.db.find_opening(key).await?.ok_or(nobody)?;
        if opening.known
            && let Some(known) = parts.db.find_run(&principal.tenant, &run_id).await?
        {
            return self.join(principal, known, (&conversation_id, &start.text)).await;
        }
        let today = self.today(opening.today, now)?;
        let begins = opening.conversation.is_none();
        let conversation = own_or_new(principal, conversation_id, opening.conversation, (&start.text, now))?;
        if opening.busy {
            return Err(ChatError::Busy);
        }
        let mut history = match begins {
            true => Vec::new(),
            false => parts.db.list_messages(&principal.tenant, &conversation.id, HISTORY).await?,
        };
        // the client's id of its message, or ours when it gave none or one that is taken
        let wished = start.message.filter(|_| !opening.taken);
        let message = Message {
            id: wished.unwrap_or_else(|| MessageId::derive(&format!("{run_id}/user"))),
            run_id: Some(run_id.clone()),
            role: Role::User,
            content: start.text.clone(),
            tool_calls: Vec::new(),
            tool_call_id: None,
            created_at: now,
            prompts: None,
        };
        history.push(message.clone());
        let dealer = Dealer { namespace: opening.slug, name: opening.name, stores: opening.stores, begins };
        let session = self.session(principal, dealer, &conversation, &history).await?;

        let writing = !planner::is_pure_question(&start.text, session.desk.draft.is_some());
        let names = Names {
            thread: start.thread,
            wire_run: start.run,
            run: run_id.clone(),
            model: parts.model.name().into(),
            language: session.language,
        };
        let requests = Requests::open(self.clone(), &session, &history, !writing)?;
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
        let driver = Driver::new(self.clone(), run.clone(), Begun { session, requests, sent: frames.len(), today });
        let stop = CancellationToken::new();
        let begun = self.begin_driving(driver, machine, stop.clone());
        let title = title(&start.text);
        let place = match conversation.title.is_empty() {
            _ if begins => Place::New(&conversation),
            true => Place::Untitled(&title),
            false => Place::Known,
        };
        // before its row is there: who looks for runs that nobody drives finds it in one place or in neither
        let mut driven = Driven { service: self.clone(), run: run_id.clone(), ours: false };
        driven.note(&stop);
        boundary::reached("run: before it is stored");
        if let Err(error) = parts.db.insert_run(&run, &self.lease(), place, (&message, &frames)).await {
            drop(begun);
            return self.not_begun(principal, &run, &start.text, error).await;
        }
        boundary::reached("run: after it is stored");
        driven.note(&stop);
        drop(begun.send(driven));
        Ok(Started { run: run_id, frames })
    }

    /// Lets a driver ask the model while its run is being stored. It goes on when it is told that the run is, and gives
    /// up when the sender is dropped.
    fn begin_driving(&self, driver: Driver, machine: Turn, stop: CancellationToken) -> oneshot::Sender<Driven> {
        let (begun, stored) = oneshot::channel();
        let service = self.clone();
        self.parts.tasks.spawn(async move {
            let run = driver.run_id().clone();
            let turn = Box::pin(driver.drive(machine, stop.clone(), stored));
            tokio::select! {
                () = turn => {}
                () = service.heed_word_to_stop(&run, &stop) => {}
            }
        });
        begun
    }

    /// The run that a repeated request means: the same person's, in the same conversation, with the same words.
    async fn join(
        &self,
        principal: &Principal,
        known: Run,
        (conversation, text): (&ConversationId, &str),
    ) -> Result<Started, ChatError> {
        let ours = known.user_id == principal.user && known.conversation_id == *conversation;
        match ours && self.asked(&principal.tenant, &known, text).await? {
            true => Ok(Started { run: known.id, frames: Vec::new() }),
            false => Err(ChatError::RunTaken),
        }
    }

    /// What a run comes to that could not be stored. The same request may have come twice at the same moment: then this
    /// is the one that came second, and it follows the run of the first.
    async fn not_begun(
        &self,
        principal: &Principal,
        run: &Run,
        text: &str,
        error: StoreError,
    ) -> Result<Started, ChatError> {
        let db = &self.parts.db;
        match error {
            // for the same conversation, or with the same run id
            StoreError::Stale | StoreError::NotUnique(_) => {
                if let Some(known) = db.find_run(&run.tenant_id, &run.id).await? {
                    return self.join(principal, known, (&run.conversation_id, text)).await;
                }
                // a conversation of another tenant has this id, which the caller cannot tell from one that is not there
                let ours = db.find_conversation(&run.tenant_id, &run.conversation_id).await?;
                Err(ours.map_or(ChatError::NoConversation, |_| ChatError::Busy))
            }
            error @ (StoreError::Inconsistent { .. }
            | StoreError::Json(_)
            | StoreError::Unavailable(_)
            | StoreError::Migration(_)
            | StoreError::Sql(_)) => Err(ChatError::Store(error)),
        }
    }

    /// What was spent today, if that matters: the built-in planner costs nothing.
    ///
    /// # Errors
    /// [`ChatError::DaySpent`] when nothing is left of it.
    fn today(&self, today: DaySpending, now: DateTime<Utc>) -> Result<DaySpending, ChatError> {
        if self.parts.model.offline() {
            return Ok(DaySpending::default());
        }
        match budget::day_spent(&self.parts.budget, &today) {
            Some(whose @ (Whose::User | Whose::Tenant)) => {
                Err(ChatError::DaySpent { whose, left: Day::of(now).left(now) })
            }
            None => Ok(today),
        }
    }

    /// Whether `run` was begun with these words; the same id with other words is another request.
    async fn asked(&self, tenant: &TenantId, run: &Run, text: &str) -> Result<bool, ChatError> {
        let messages = self.parts.db.list_messages(tenant, &run.conversation_id, 500).await?;
        let mut words = messages.iter().filter(|m| m.role == Role::User && m.run_id.as_ref() == Some(&run.id));
        Ok(words.next_back().is_none_or(|message| message.content == text))
    }
}

/// A run while this process drives it; dropped when the driver ends, however it ends.
#[derive(Debug)]
pub(in crate::chat) struct Driven {
    service: Service,
    run: RunId,
    /// Its entry is there and ours; that of the same request, come twice, is not.
    ours: bool,
}

impl Driven {
    fn note(&mut self, stop: &CancellationToken) {
        if let Entry::Vacant(free) = self.service.running().entry(self.run.clone()) {
            free.insert(stop.clone());
            self.ours = true;
        }
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        if self.ours {
            self.service.running().remove(&self.run);
        }
    }
}

fn numbered(machine: &Turn) -> Result<Vec<Frame>, StoreError> {
    let events = machine.opening();
    let frames = events.iter().zip(1..).map(|(event, seq)| Ok(Frame { seq, body: serde_json::to_string(event)? }));
    frames.collect()
}
