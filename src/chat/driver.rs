//! Does what the turn machine says: asks the model, runs tools, keeps messages, records frames. Owns the turn from
//! its start to its last frame, whether anybody listens or not.

use std::collections::VecDeque;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::context::{self, Frame as ContextFrame};
use super::recorder::Recorder;
use super::service::Service;
use super::state;
use super::turn::{Effect, Input, NewMessage, Offer, ToolReport, Turn};
use crate::llm::{ChatRequest, ChatStream, LlmError, Setting};
use crate::model::conversation::{Message, ToolCall};
use crate::model::run::{Run, RunStatus};
use crate::prompts::{DraftPrompt, SystemPrompt};
use crate::store::StoreError;
use crate::store::runs::{Driving, RunEnd};
use crate::telemetry::boundary;
use crate::tools::Session;

/// Drives one turn.
pub struct Driver {
    service: Service,
    run: Run,
    session: Option<Session>,
    history: Vec<Message>,
    recorder: Recorder,
    repairs_left: u32,
    writing: bool,
}

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
}

impl Driver {
    /// A driver for a run whose first `sent` frames are stored.
    #[must_use]
    pub fn new(service: Service, run: Run, session: Session, history: Vec<Message>, sent: usize) -> Self {
        let parts = &service.parts;
        let next = i64::try_from(sent).unwrap_or(i64::MAX - 1) + 1;
        let recorder = Recorder::new(
            parts.db.clone(),
            parts.events.clone(),
            parts.clock.clone(),
            (run.tenant_id.clone(), run.id.clone()),
            next,
        );
        let repairs_left = parts.config.max_repairs;
        Self { service, run, session: Some(session), history, recorder, repairs_left, writing: true }
    }

    /// Drives to the end.
    pub async fn drive(mut self, mut machine: Turn, stop: CancellationToken) {
        match self.run_to_end(&mut machine, &stop).await {
            Ok(()) => {}
            Err(Abort::Lost) => tracing::warn!(run.id = %self.run.id, "the run was taken over by another process"),
            // the lease runs out, and the sweep ends the run with what is stored
            Err(Abort::Store(error)) => {
                tracing::error!(run.id = %self.run.id, error = &error as &dyn std::error::Error, "a turn cannot be stored");
            }
        }
    }

    async fn run_to_end(&mut self, machine: &mut Turn, stop: &CancellationToken) -> Result<(), Abort> {
        let mut effects = VecDeque::from(machine.start());
        let mut work = Work::Nothing;
        let deadline = Instant::now() + Duration::from_secs(self.service.parts.config.total_s * 2);
        let mut heartbeat = tokio::time::interval(self.service.heartbeat());
        heartbeat.reset();
        loop {
            while let Some(effect) = effects.pop_front() {
                match effect {
                    Effect::Send(event) => self.recorder.send(&event).await?,
                    Effect::Keep(message) => self.keep(message).await?,
                    Effect::Ask(offer) => work = self.ask(offer),
                    Effect::Run(call) => work = self.start_tool(call),
                    Effect::End { status, error_code } => return self.end(machine, status, error_code).await,
                }
            }
            if self.recorder.has_staged() {
                self.recorder.commit().await?;
            }
            let input = loop {
                let due = self.recorder.due();
                tokio::select! {
                    biased;
                    () = stop.cancelled(), if !matches!(work, Work::Tool(_)) => break Input::Cancel,
                    () = self.service.parts.shutdown.cancelled(), if !matches!(work, Work::Tool(_)) => {
                        break Input::Broken { code: "interrupted" };
                    }
                    () = sleep_until(due) => self.recorder.commit().await?,
                    _ = heartbeat.tick() => {
                        if self.renew().await? == Driving::Stopping {
                            stop.cancel();
                        }
                    }
                    () = tokio::time::sleep_until(deadline) => break Input::Broken { code: "turn_too_long" },
                    input = next(&mut work, &mut self.session) => {
                        if let Some(input) = input { break input }
                    }
                }
            };
            let input = self.enrich(input);
            effects.extend(machine.step(input));
        }
    }

    /// A tool's answer gets the state that follows from it.
    fn enrich(&mut self, input: Input) -> Input {
        let Input::Tool(mut report) = input else { return input };
        if report.repairable {
            self.repairs_left = self.repairs_left.saturating_sub(1);
        }
        if let Some(session) = &mut self.session {
            session.insists = session.insists && self.repairs_left > 0;
            report.wrote = session.desk.wrote;
            report.state = Some(state::shared(&session.desk, &self.service.model_view(), session.language));
        }
        Input::Tool(report)
    }

    async fn keep(&mut self, new: NewMessage) -> Result<(), Abort> {
        self.recorder.commit().await?;
        let message = Message {
            id: new.id,
            run_id: Some(self.run.id.clone()),
            role: new.role,
            content: new.content,
            tool_calls: new.tool_calls,
            tool_call_id: new.tool_call_id,
            created_at: self.service.parts.clock.now(),
        };
        let db = &self.service.parts.db;
        boundary::reached("message: before it is stored");
        db.insert_messages(&self.run.tenant_id, &self.run.conversation_id, std::slice::from_ref(&message)).await?;
        boundary::reached("message: after it is stored");
        self.history.push(message);
        Ok(())
    }

    fn ask(&mut self, offer: Offer) -> Work {
        self.writing = offer == Offer::All;
        match self.request(offer) {
            Ok(request) => Work::Asking(self.service.parts.model.stream(request)),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a prompt cannot be rendered");
                Work::Asking(Box::pin(async { Err(LlmError::Malformed) }))
            }
        }
    }

    fn request(&self, offer: Offer) -> Result<ChatRequest, crate::prompts::PromptError> {
        let parts = &self.service.parts;
        let Some(session) = &self.session else { return Ok(ChatRequest::default()) };
        let draft = session.desk.draft.as_ref();
        let stores: Vec<String> = match session.principal.stores.as_slice() {
            [] => session.stores.clone(),
            own => own.iter().map(ToString::to_string).collect(),
        };
        let system = parts.prompts.system(&SystemPrompt {
            dealership: session.namespace.clone(),
            namespace: session.namespace.clone(),
            stores: stores.clone(),
            author: session.principal.name.clone(),
            job_roles: session.principal.job_roles.clone(),
        })?;
        let draft_text = parts.prompts.draft(&DraftPrompt {
            draft: draft.map(|view| view.revision.definition.raw().to_string()),
            revision: draft.map_or(0, |view| view.draft.revision),
            offer: offer.as_str(),
        })?;
        let tools = match offer {
            Offer::All => parts.registry.specs(true),
            Offer::Reading => parts.registry.specs(false),
            Offer::Nothing => Vec::new(),
        };
        let budget = parts.config.context_tokens.saturating_sub(parts.config.answer_tokens);
        let frame = ContextFrame { system, draft: draft_text, budget };
        Ok(ChatRequest {
            messages: context::window(&frame, &tools, &self.history),
            tools,
            max_tokens: parts.config.answer_tokens,
            setting: Setting {
                namespace: session.namespace.clone(),
                stores,
                job_roles: session.principal.job_roles.clone(),
                draft: draft.map(|view| (view.draft.revision, view.revision.definition.raw().clone())),
            },
        })
    }

    fn start_tool(&mut self, call: ToolCall) -> Work {
        let Some(mut session) = self.session.take() else { return Work::Nothing };
        let (parts, writing) = (std::sync::Arc::clone(&self.service.parts), self.writing);
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

    /// A sign of life; learns in return whether somebody asked another process to stop this run.
    async fn renew(&self) -> Result<Driving, Abort> {
        let lease = self.service.lease();
        match self.service.parts.db.update_run_lease(&self.run.tenant_id, &self.run.id, &lease).await? {
            Driving::Lost => Err(Abort::Lost),
            driving @ (Driving::On | Driving::Stopping) => Ok(driving),
        }
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
            llm.input_tokens = usage.input_tokens, llm.output_tokens = usage.output_tokens,
            llm.tool_calls = usage.tool_calls, "a turn ended"
        );
        if self.recorder.finish(&end).await? { Ok(()) } else { Err(Abort::Lost) }
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
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
            Some(Ok(delta)) => Some(Input::Model(delta)),
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
            Some(match report {
                Ok(report) => Input::Tool(report),
                Err(error) => {
                    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
                    tracing::error!(error.causes = ?causes, "a tool failed on our side");
                    Input::Broken { code: "tool_failed" }
                }
            })
        }
    }
}

fn failed(work: &mut Work, error: &LlmError) -> Input {
    *work = Work::Nothing;
    tracing::warn!(error = error as &dyn std::error::Error, llm.error = error.code(), "a model call failed");
    Input::ModelFailed { code: error.code() }
}
