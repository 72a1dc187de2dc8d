//! Does what the turn machine says: asks the model, runs tools, keeps messages, records frames. Owns the turn from
//! its start to its last frame, whether anybody listens or not.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::budget::{self, Whose};
use super::event::Event;
use super::recorder::Recorder;
use super::requests::Requests;
use super::service::{Driven, Service};
use super::state;
use super::turn::{Effect, Input, NewMessage, Offer, Settlement, ToolReport, Turn};
use super::unresolved;
use crate::llm::{ChatStream, Delta, LlmError, Usage};
use crate::model::conversation::{Message, Role, ToolCall};
use crate::model::run::{Run, RunStatus};
use crate::model::spending::{Day, DaySpending, Spent};
use crate::model::{MessageId, RunId};
use crate::store::StoreError;
use crate::store::runs::RunEnd;
use crate::store::spending::Charge;
use crate::store::turn_parts::TurnKey;
use crate::telemetry::boundary;
use crate::tools::{Drafting, Session};

/// Drives one turn.
pub struct Driver {
    service: Service,
    run: Run,
    session: Option<Session>,
    requests: Requests,
    recorder: Recorder,
    writing: bool,
    begun: Instant,
    /// What was spent today, this turn included.
    today: DaySpending,
    /// The call that is under way and that nobody has counted yet.
    uncounted: Option<Uncounted>,
    /// The revision the model knows: the one it was shown, or wrote itself.
    known: Option<i64>,
    /// The tool at work.
    tool: String,
}

/// A turn that is stored and has not been driven yet.
pub struct Begun {
    /// What its tools know.
    pub session: Session,
    /// What its model is asked.
    pub requests: Requests,
    /// Frames that are stored.
    pub sent: usize,
    /// What was spent today before it.
    pub today: DaySpending,
}

/// A model call by our own count, for when it is dropped before the provider counts it.
#[derive(Debug, Clone, Copy)]
struct Uncounted {
    sent_tokens: usize,
    heard_bytes: usize,
}

/// Tools whose arguments and answer tell the model what the draft is now.
const SHOWS_ITSELF: [&str; 2] = ["write_workflow", "edit_workflow"];
/// Bytes of a token, about.
const BYTES_PER_TOKEN: usize = 4;

/// Why driving ends early.
enum Abort {
    /// Somebody else ended or took over the run.
    Lost,
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for Abort {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotUnique(_) => Self::Lost,
            error @ (StoreError::Inconsistent { .. }
            | StoreError::Stale
            | StoreError::Json(_)
            | StoreError::Unavailable(_)
            | StoreError::Migration(_)
            | StoreError::Sql(_)) => Self::Store(error),
        }
    }
}

/// What the driver waits for.
enum Work {
    Nothing,
    Asking(BoxFuture<'static, Result<ChatStream, LlmError>>),
    Hearing(ChatStream),
    Tool(BoxFuture<'static, (Session, Result<ToolReport, anyhow::Error>)>),
    Settling(BoxFuture<'static, (Session, Result<Settlement, anyhow::Error>)>),
}

impl Work {
    /// Whether it may be dropped half-way: what changes the draft is let finish, it is bounded in time.
    const fn can_be_dropped(&self) -> bool {
        match self {
            Self::Nothing | Self::Asking(_) | Self::Hearing(_) => true,
            Self::Tool(_) | Self::Settling(_) => false,
        }
    }
}

impl Driver {
    /// A driver for a turn that was begun.
    #[must_use]
    pub fn new(service: Service, run: Run, begun: Begun) -> Self {
        let Begun { session, requests, sent, today } = begun;
        let next = i64::try_from(sent).unwrap_or(i64::MAX - 1) + 1;
        let key =
            TurnKey { tenant: run.tenant_id.clone(), conversation: run.conversation_id.clone(), run: run.id.clone() };
        let recorder = Recorder::new(service.outlets(), key, next);
        let known = revision(&session);
        Self {
            service,
            run,
            session: Some(session),
            requests,
            recorder,
            writing: true,
            begun: Instant::now(),
            today,
            uncounted: None,
            known,
            tool: String::new(),
        }
    }

    /// The run it drives.
    #[must_use]
    pub const fn run_id(&self) -> &RunId {
        &self.run.id
    }

    /// Drives to the end. The model is asked at once, but nothing of its answer is used before `begun` says that the
    /// run is stored; without that, the turn never was.
    pub(super) async fn drive(mut self, mut machine: Turn, stop: CancellationToken, begun: oneshot::Receiver<Driven>) {
        match self.run_to_end(&mut machine, &stop, begun).await {
            Ok(()) => {}
            Err(Abort::Lost) => tracing::warn!(run.id = %self.run.id, "the run was taken over by another process"),
            // the lease runs out, and the sweep ends the run with what is stored
            Err(Abort::Store(error)) => {
                tracing::error!(run.id = %self.run.id, error = &error as &dyn std::error::Error, "a turn cannot be stored");
            }
        }
    }

    async fn run_to_end(
        &mut self,
        machine: &mut Turn,
        stop: &CancellationToken,
        mut begun: oneshot::Receiver<Driven>,
    ) -> Result<(), Abort> {
        let mut effects = VecDeque::from(machine.start());
        let mut work = Work::Nothing;
        if let Some(Effect::Ask(offer)) = effects.front().cloned()
            && self.day_spent(machine).await?.is_none()
        {
            effects.pop_front();
            work = self.ask(offer);
        }
        let Some(_driven) = ask_meanwhile(&mut work, &mut begun).await else { return Ok(()) };
        let lost = CancellationToken::new();
        let (service, run) = (self.service.clone(), self.run.clone());
        let alive = service.keep_alive(&run, stop, &lost);
        tokio::select! {
            biased;
            ended = self.go_on(machine, (stop, &lost), effects, work) => ended,
            never = alive => match never {},
        }
    }

    /// Does what the machine says, and tells it what comes of that, until the turn ends.
    async fn go_on(
        &mut self,
        machine: &mut Turn,
        (stop, lost): (&CancellationToken, &CancellationToken),
        mut effects: VecDeque<Effect>,
        mut work: Work,
    ) -> Result<(), Abort> {
        // made once for the turn, not once for each piece
        let shutdown = self.service.parts.shutdown.clone();
        let deadline =
            tokio::time::sleep_until(self.begun + Duration::from_secs(self.service.parts.budget.turn_seconds));
        let beat = tokio::time::sleep_until(self.begun);
        let (stopped, ending, gone) = (stop.cancelled(), shutdown.cancelled(), lost.cancelled());
        tokio::pin!(stopped, ending, gone, deadline, beat);
        self.tell_of_compaction().await?;
        loop {
            while let Some(effect) = effects.pop_front() {
                match effect {
                    Effect::Send(event) => self.recorder.send(&event).await?,
                    Effect::Keep(message) => self.keep(message),
                    Effect::Correct { id, content } => self.correct(&id, &content).await?,
                    Effect::Ask(offer) => match self.day_spent(machine).await? {
                        Some(whose) => effects.extend(machine.step(Input::Spent { code: whose.code() })),
                        None => work = self.ask(offer),
                    },
                    Effect::Run(call) => work = self.start_tool(call),
                    Effect::Charge(spent) => self.charge(spent, machine),
                    Effect::Settle => work = self.settle(),
                    Effect::Account => self.account(machine).await?,
                    Effect::End { status, error_code } => return self.end(machine, status, error_code).await,
                }
            }
            if self.recorder.has_staged() {
                self.recorder.commit().await?;
            }
            let input = loop {
                let due = self.recorder.due();
                if let Some(due) = due.filter(|due| *due != beat.deadline()) {
                    beat.as_mut().reset(due);
                }
                tokio::select! {
                    biased;
                    () = &mut stopped, if work.can_be_dropped() => break Input::Cancel,
                    () = &mut ending, if work.can_be_dropped() => break Input::Broken { code: "interrupted" },
                    () = &mut beat, if due.is_some() => self.recorder.hand_over().await?,
                    () = &mut gone => return Err(Abort::Lost),
                    () = &mut deadline, if work.can_be_dropped() => {
                        work = Work::Nothing;
                        break Input::Spent { code: "turn_time_spent" };
                    }
                    input = next(&mut work, &mut self.session) => {
                        if let Some(input) = input { break input }
                    }
                }
            };
            for input in self.counted(input) {
                let input = self.enrich(input);
                effects.extend(machine.step(input));
            }
        }
    }

    /// The user is told what the model no longer gets to read.
    async fn tell_of_compaction(&mut self) -> Result<(), Abort> {
        let left_out = self.requests.left_out();
        if left_out > 0 {
            let event = Event::Custom { name: "compaction", value: json!({"turns_left_out": left_out}) };
            self.recorder.send(&event).await?;
        }
        Ok(())
    }

    /// Puts our own count before an input that ends a model call which nobody else counted: text that was paid for is
    /// counted although its answer was stopped or broke off.
    fn counted(&mut self, input: Input) -> Vec<Input> {
        match &input {
            Input::Model(Delta::Usage(_)) => self.uncounted = None,
            Input::Model(Delta::Text(text) | Delta::Refusal(text) | Delta::ToolCallArguments { delta: text, .. }) => {
                if let Some(call) = &mut self.uncounted {
                    call.heard_bytes += text.len();
                }
            }
            Input::Model(Delta::Finish(_))
            | Input::ModelFailed { .. }
            | Input::Cancel
            | Input::Spent { .. }
            | Input::Broken { .. } => {
                let heard = self.uncounted.take().filter(|call| call.heard_bytes > 0);
                if let Some(Uncounted { sent_tokens, heard_bytes }) = heard {
                    let tokens = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
                    let usage = Usage {
                        input_tokens: tokens(sent_tokens),
                        output_tokens: tokens(heard_bytes.div_ceil(BYTES_PER_TOKEN)),
                        estimated: true,
                        ..Usage::default()
                    };
                    return vec![Input::Model(Delta::Usage(usage)), input];
                }
            }
            Input::Model(Delta::Answering { .. } | Delta::ToolCallStart { .. })
            | Input::Tool(_)
            | Input::Settled(_) => {}
        }
        vec![input]
    }

    /// A tool's answer gets the state that follows from it.
    fn enrich(&mut self, input: Input) -> Input {
        let state = |session: &Session| state::shared(&session.desk, &self.service.model_view(), session.language);
        match (input, &self.session) {
            (Input::Tool(report), Some(session)) => {
                // what the model wrote whole it knows; what another brought, or a step back, it does not
                if SHOWS_ITSELF.contains(&self.tool.as_str()) && !report.content.starts_with("{\"error\"") {
                    self.known = revision(session);
                }
                Input::Tool(ToolReport { wrote: session.desk.wrote, state: Some(state(session)), ..report })
            }
            (Input::Settled(settlement), Some(session)) => {
                Input::Settled(Settlement { wrote: session.desk.wrote, state: Some(state(session)), ..settlement })
            }
            (input, _) => input,
        }
    }

    fn keep(&mut self, new: NewMessage) {
        let by_model = new.role == Role::Assistant && !self.service.parts.model.offline();
        let message = Message {
            id: new.id,
            run_id: Some(self.run.id.clone()),
            role: new.role,
            content: new.content,
            tool_calls: new.tool_calls,
            tool_call_id: new.tool_call_id,
            created_at: self.service.parts.clock.now(),
            prompts: by_model.then(|| self.service.parts.prompts.label().to_owned()),
        };
        self.requests.push(&message);
        self.recorder.keep(message);
    }

    /// Puts the truth in the place of a claim: in the store first, then on every screen.
    async fn correct(&mut self, id: &MessageId, content: &str) -> Result<(), Abort> {
        self.recorder.commit().await?;
        let db = &self.service.parts.db;
        boundary::reached("correction: before it is stored");
        db.update_message_content(&self.run.tenant_id, &self.run.conversation_id, id, content).await?;
        boundary::reached("correction: after it is stored");
        let messages = self.service.wire_messages(&self.run).await?;
        self.recorder.send(&Event::MessagesSnapshot { messages }).await?;
        Ok(())
    }

    fn ask(&mut self, offer: Offer) -> Work {
        self.writing = offer == Offer::All;
        let Some(session) = &self.session else { return Work::Nothing };
        if revision(session) != self.known {
            self.known = revision(session);
            if let Err(error) = self.requests.show_draft(session) {
                tracing::error!(error = &error as &dyn std::error::Error, "the draft cannot be shown to the model");
            }
        }
        let (request, sent_tokens) = self.requests.next(session, offer);
        // the built-in planner takes no tokens that anybody pays for
        let counts = !self.service.parts.model.offline();
        self.uncounted = counts.then_some(Uncounted { sent_tokens, heard_bytes: 0 });
        boundary::reached("model: before it is asked");
        Work::Asking(self.service.parts.model.stream(request))
    }

    fn start_tool(&mut self, call: ToolCall) -> Work {
        let Some(mut session) = self.session.take() else { return Work::Nothing };
        let (parts, writing) = (Arc::clone(&self.service.parts), self.writing);
        self.tool.clone_from(&call.name);
        Work::Tool(Box::pin(async move {
            boundary::reached("tool: before its call");
            let reply = parts.registry.call(&mut session, &call.name, &call.arguments, writing).await;
            boundary::reached("tool: after its call");
            let report = reply.map(|reply| ToolReport {
                content: reply.content,
                state: None,
                wrote: false,
                repairable: reply.repairable,
            });
            (session, report)
        }))
    }

    /// Writes the best of what was refused, if it must be.
    fn settle(&mut self) -> Work {
        let Some(mut session) = self.session.take() else { return Work::Nothing };
        let drafting = Drafting { drafts: self.service.parts.drafts.clone() };
        Work::Settling(Box::pin(async move {
            boundary::reached("draft: before the best attempt is settled");
            let settled = drafting.settle(&mut session).await;
            boundary::reached("draft: after the best attempt is settled");
            let settlement = settled.map(|settled| Settlement {
                unresolved: unresolved::words(&settled, session.language),
                ..Settlement::default()
            });
            (session, settlement.map_err(anyhow::Error::from))
        }))
    }

    /// Counts what a model call took, to be stored with the answer it bought.
    fn charge(&mut self, spent: Spent, machine: &Turn) {
        self.today += spent;
        let day = Day::of(self.service.parts.clock.now());
        self.recorder.charge(Charge { user: self.run.user_id.clone(), day, spent }, machine.usage());
    }

    /// Whose share of the day is used up, looked at before each call but the first, which [`Service::start_turn`]
    /// looked at. Other turns of the same day count as they are stored.
    async fn day_spent(&mut self, machine: &Turn) -> Result<Option<Whose>, Abort> {
        let parts = &self.service.parts;
        if machine.usage().rounds <= 1 || parts.model.offline() || !parts.budget.limits_days() {
            return Ok(None);
        }
        self.recorder.commit().await?;
        let day = Day::of(parts.clock.now());
        self.today = parts.db.find_spending(&self.run.tenant_id, &self.run.user_id, day).await?;
        Ok(budget::day_spent(&parts.budget, &self.today))
    }

    /// Says what the turn spent and what is left.
    async fn account(&mut self, machine: &Turn) -> Result<(), Abort> {
        let parts = &self.service.parts;
        let day = (Day::of(parts.clock.now()), &self.today);
        let value = budget::account(&parts.budget, machine.usage(), day, self.begun.elapsed());
        self.recorder.send(&Event::Custom { name: "usage", value }).await?;
        Ok(())
    }

    async fn end(&mut self, machine: &Turn, status: RunStatus, code: Option<&'static str>) -> Result<(), Abort> {
        let end = RunEnd {
            status,
            error_code: code.map(ToOwned::to_owned),
            usage: machine.usage().clone(),
            at: self.service.parts.clock.now(),
        };
        let usage = &end.usage;
        tracing::info!(
            run.id = %self.run.id, run.status = status.as_str(), llm.model = %usage.model, llm.rounds = usage.rounds,
            llm.input_tokens = usage.input_tokens, llm.cached_tokens = usage.cached_tokens,
            llm.output_tokens = usage.output_tokens, llm.cost_microdollars = usage.cost_microdollars,
            llm.tool_calls = usage.tool_calls, "a turn ended"
        );
        if self.recorder.finish(&end).await? { Ok(()) } else { Err(Abort::Lost) }
    }
}

fn revision(session: &Session) -> Option<i64> {
    session.desk.draft.as_ref().map(|view| view.draft.revision)
}

/// Lets the model begin while the run is being stored; `None` when it cannot be.
async fn ask_meanwhile(work: &mut Work, begun: &mut oneshot::Receiver<Driven>) -> Option<Driven> {
    if let Work::Asking(answer) = work {
        tokio::select! {
            biased;
            stored = &mut *begun => return stored.ok(),
            answer = answer => *work = match answer {
                Ok(stream) => Work::Hearing(stream),
                Err(error) => Work::Asking(Box::pin(async { Err(error) })),
            },
        }
    }
    begun.await.ok()
}

/// The next thing that happens; `None` when it only moved the work on. Cancel-safe: nothing is taken out of `work`
/// before it is ready.
async fn next(work: &mut Work, session: &mut Option<Session>) -> Option<Input> {
    match work {
        Work::Nothing => std::future::pending().await,
        Work::Asking(answer) => match answer.await {
            Ok(stream) => {
                *work = Work::Hearing(stream);
                None
            }
            Err(error) => Some(failed(work, &error)),
        },
        Work::Hearing(stream) => match stream.next().await {
            Some(Ok(delta)) => {
                boundary::reached("model: after a piece of its answer");
                Some(Input::Model(delta))
            }
            Some(Err(error)) => Some(failed(work, &error)),
            None => {
                *work = Work::Nothing;
                Some(Input::ModelFailed { code: LlmError::Cut.code() })
            }
        },
        Work::Tool(tool) => {
            let (returned, report) = tool.await;
            *session = Some(returned);
            *work = Work::Nothing;
            Some(report.map_or_else(|error| broken(&error), Input::Tool))
        }
        Work::Settling(settling) => {
            let (returned, settlement) = settling.await;
            *session = Some(returned);
            *work = Work::Nothing;
            Some(settlement.map_or_else(|error| broken(&error), Input::Settled))
        }
    }
}

fn broken(error: &anyhow::Error) -> Input {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    tracing::error!(error.causes = ?causes, "a tool failed on our side");
    Input::Broken { code: "tool_failed" }
}

fn failed(work: &mut Work, error: &LlmError) -> Input {
    *work = Work::Nothing;
    tracing::warn!(error = error as &dyn std::error::Error, llm.error = error.code(), "a model call failed");
    Input::ModelFailed { code: error.code() }
}
