//! One turn as a pure machine: an input in, a list of effects out. No I/O, no clock, no randomness.
//!
//! ```text
//! start ─► Asking ──finish without calls──► Over
//!            ▲ │
//!            │ └─finish with calls─► Working ─┐
//!            └────────── last tool answered ──┘
//! ```
//! The driver does what the effects say and feeds back what happened.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::event::{Event, Outcome, PROTOCOL_VERSION, TokenUsage};
use super::honesty;
use super::patch;
use crate::llm::{Delta, FinishReason};
use crate::model::conversation::{Role, ToolCall};
use crate::model::run::{RunStatus, RunUsage};
use crate::model::{MessageId, RunId};

/// What a turn may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Rounds of model calls with tools; one more, without tools, may follow to sum up.
    pub max_rounds: u32,
    /// Invalid drafts handed back to the model.
    pub max_repairs: u32,
    /// Tool calls in all.
    pub max_tool_calls: u32,
}

/// What the driver tells the machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A piece of the model's answer.
    Model(Delta),
    /// The model failed.
    ModelFailed {
        /// Stable.
        code: &'static str,
    },
    /// A tool answered.
    Tool(ToolReport),
    /// A part of ours failed.
    Broken {
        /// Stable.
        code: &'static str,
    },
    /// The user said stop.
    Cancel,
}

/// What a tool did.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolReport {
    /// JSON text for the model.
    pub content: String,
    /// The state afterwards, when it changed.
    pub state: Option<Value>,
    /// The draft has a new revision.
    pub wrote: bool,
    /// The model should try again.
    pub repairable: bool,
}

/// Which tools a model call offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Every tool.
    All,
    /// Only tools that change nothing.
    Reading,
    /// None: the model must come to an end.
    Nothing,
}

impl Offer {
    /// The name prompts use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Reading => "reading",
            Self::Nothing => "nothing",
        }
    }
}

/// What the driver must do, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send this.
    Send(Event),
    /// Keep this message of the conversation.
    Keep(NewMessage),
    /// Ask the model; its answer comes back as [`Input::Model`].
    Ask(Offer),
    /// Run this tool; its answer comes back as [`Input::Tool`].
    Run(ToolCall),
    /// The turn is over. The last effect.
    End {
        /// How it ended.
        status: RunStatus,
        /// Stable code of a failure.
        error_code: Option<&'static str>,
    },
}

/// A message to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Its id.
    pub id: MessageId,
    /// Who said it.
    pub role: Role,
    /// What was said.
    pub content: String,
    /// Calls, for the assistant.
    pub tool_calls: Vec<ToolCall>,
    /// The call answered, for a tool.
    pub tool_call_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    Asking,
    Working(VecDeque<ToolCall>),
    Over,
}

/// The answer being received.
#[derive(Debug, Clone, Default, PartialEq)]
struct Answer {
    message: Option<MessageId>,
    text: String,
    text_open: bool,
    calls: Vec<(usize, ToolCall)>,
}

/// A turn.
#[derive(Debug, Clone)]
pub struct Turn {
    limits: Limits,
    writing: bool,
    thread: String,
    wire_run: String,
    run: RunId,
    shared: Value,
    state: State,
    answer: Answer,
    usage: RunUsage,
    made: u32,
    repairs: u32,
    wrote: bool,
    said: String,
}

/// What names a turn on the wire and in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The client's name for the conversation.
    pub thread: String,
    /// The client's name for the run.
    pub wire_run: String,
    /// Our id of the run.
    pub run: RunId,
    /// The model asked.
    pub model: String,
}

impl Turn {
    /// A turn that begins with this shared state. `writing` is false for a message that only asks.
    #[must_use]
    pub fn new(names: Names, limits: Limits, writing: bool, shared: Value) -> Self {
        Self {
            limits,
            writing,
            thread: names.thread,
            wire_run: names.wire_run,
            run: names.run,
            shared,
            state: State::Asking,
            answer: Answer::default(),
            usage: RunUsage { model: names.model, ..RunUsage::default() },
            made: 0,
            repairs: 0,
            wrote: false,
            said: String::new(),
        }
    }

    /// The first frames, stored together with the run itself.
    #[must_use]
    pub fn opening(&self) -> Vec<Event> {
        vec![
            Event::RunStarted {
                thread_id: self.thread.clone(),
                run_id: self.wire_run.clone(),
                protocol_version: PROTOCOL_VERSION,
            },
            Event::StateSnapshot { snapshot: self.shared.clone() },
        ]
    }

    /// Begins: asks the model.
    pub fn start(&mut self) -> Vec<Effect> {
        let mut out = Vec::new();
        self.ask(&mut out);
        out
    }

    /// What was spent so far.
    #[must_use]
    pub const fn usage(&self) -> &RunUsage {
        &self.usage
    }

    /// Takes one input. Inputs that make no sense in the present state are ignored: they come from a race that is
    /// already decided (a delta after a stop, a second stop).
    pub fn step(&mut self, input: Input) -> Vec<Effect> {
        let mut out = Vec::new();
        match (std::mem::replace(&mut self.state, State::Over), input) {
            (State::Over, _) => {}
            (State::Asking, Input::Model(delta)) => {
                self.state = State::Asking;
                self.hear(delta, &mut out);
            }
            (State::Working(calls), Input::Tool(report)) => self.tool_answered(calls, report, &mut out),
            (state @ State::Asking, Input::Tool(_)) | (state @ State::Working(_), Input::Model(_)) => {
                self.state = state;
            }
            (state, Input::ModelFailed { code } | Input::Broken { code }) => {
                self.abandon(&state, &mut out);
                self.fail(code, &mut out);
            }
            (state, Input::Cancel) => {
                self.abandon(&state, &mut out);
                self.end(Outcome::Cancelled, &mut out);
            }
        }
        out
    }

    fn ask(&mut self, out: &mut Vec<Effect>) {
        self.usage.rounds += 1;
        let exhausted = self.usage.rounds > i64::from(self.limits.max_rounds)
            || self.usage.tool_calls >= i64::from(self.limits.max_tool_calls);
        let may_write = self.writing && self.repairs <= self.limits.max_repairs;
        let offer = match (exhausted, may_write) {
            (true, _) => Offer::Nothing,
            (false, true) => Offer::All,
            (false, false) => Offer::Reading,
        };
        self.state = State::Asking;
        self.answer = Answer::default();
        out.push(Effect::Ask(offer));
    }

    fn hear(&mut self, delta: Delta, out: &mut Vec<Effect>) {
        match delta {
            Delta::Answering { provider: _, model } => self.usage.model = model.to_string(),
            Delta::Text(text) | Delta::Refusal(text) => self.hear_text(text, out),
            Delta::ToolCallStart { index, id: _, name } => {
                self.close_text(out);
                let id = self.next_call_id();
                let parent = self.answer_id();
                out.push(Effect::Send(Event::ToolCallStart {
                    tool_call_id: id.clone(),
                    tool_call_name: name.clone(),
                    parent_message_id: parent.to_string(),
                }));
                self.answer.calls.push((index, ToolCall { id, name, arguments: String::new() }));
            }
            Delta::ToolCallArguments { index, delta } => {
                if let Some((_, call)) = self.answer.calls.iter_mut().find(|(at, _)| *at == index) {
                    call.arguments.push_str(&delta);
                    out.push(Effect::Send(Event::ToolCallArgs { tool_call_id: call.id.clone(), delta }));
                }
            }
            Delta::Usage(usage) => {
                self.usage.input_tokens += usage.input_tokens;
                self.usage.output_tokens += usage.output_tokens;
            }
            Delta::Finish(reason) => self.answered(reason, out),
        }
    }

    fn hear_text(&mut self, text: String, out: &mut Vec<Effect>) {
        let id = self.answer_id().to_string();
        if !self.answer.text_open {
            self.answer.text_open = true;
            out.push(Effect::Send(Event::TextMessageStart { message_id: id.clone(), role: Role::Assistant }));
        }
        self.answer.text.push_str(&text);
        out.push(Effect::Send(Event::TextMessageContent { message_id: id, delta: text }));
    }

    fn close_text(&mut self, out: &mut Vec<Effect>) {
        if self.answer.text_open {
            self.answer.text_open = false;
            let id = self.answer_id().to_string();
            out.push(Effect::Send(Event::TextMessageEnd { message_id: id }));
        }
    }

    /// Keeps the answer as one message, text and calls, before its end is sent.
    fn close_answer(&mut self, tool_calls: Vec<ToolCall>, out: &mut Vec<Effect>) {
        let id = self.answer_id();
        let answer = std::mem::take(&mut self.answer);
        self.said.push_str(&answer.text);
        self.said.push('\n');
        if !answer.text.is_empty() || !tool_calls.is_empty() {
            out.push(Effect::Keep(NewMessage {
                id: id.clone(),
                role: Role::Assistant,
                content: answer.text,
                tool_calls,
                tool_call_id: None,
            }));
        }
        if answer.text_open {
            out.push(Effect::Send(Event::TextMessageEnd { message_id: id.to_string() }));
        }
        for (_, call) in &answer.calls {
            out.push(Effect::Send(Event::ToolCallEnd { tool_call_id: call.id.clone() }));
        }
    }

    fn answered(&mut self, reason: FinishReason, out: &mut Vec<Effect>) {
        let calls: Vec<ToolCall> = self.answer.calls.iter().map(|(_, call)| call.clone()).collect();
        if reason == FinishReason::ContentFilter {
            self.close_answer(Vec::new(), out);
            return self.fail("model_answer_withheld", out);
        }
        self.close_answer(calls.clone(), out);
        if calls.is_empty() {
            return self.finish(reason, out);
        }
        self.usage.tool_calls += i64::try_from(calls.len()).unwrap_or(i64::MAX);
        let mut queue = VecDeque::from(calls);
        if reason == FinishReason::Length {
            let cut = json!({
                "error": "call_cut_off",
                "hint": "The call was cut off at the length limit and did not run. Send it again, shorter.",
            });
            self.answer_all(&mut queue, &cut, out);
            self.repairs += 1;
        }
        self.run_next(queue, out);
    }

    fn run_next(&mut self, calls: VecDeque<ToolCall>, out: &mut Vec<Effect>) {
        match calls.front() {
            Some(call) => {
                out.push(Effect::Run(call.clone()));
                self.state = State::Working(calls);
            }
            None if self.usage.rounds > i64::from(self.limits.max_rounds) => self.fail("turn_too_long", out),
            None => self.ask(out),
        }
    }

    fn tool_answered(&mut self, mut calls: VecDeque<ToolCall>, report: ToolReport, out: &mut Vec<Effect>) {
        let Some(call) = calls.pop_front() else { return self.ask(out) };
        self.give_result(&call, report.content, out);
        if let Some(state) = report.state {
            let delta = patch::between(&self.shared, &state);
            if !delta.is_empty() {
                out.push(Effect::Send(Event::StateDelta { delta }));
            }
            self.shared = state;
        }
        self.wrote |= report.wrote;
        self.repairs += u32::from(report.repairable);
        self.run_next(calls, out);
    }

    fn give_result(&mut self, call: &ToolCall, content: String, out: &mut Vec<Effect>) {
        let id = self.next_id();
        out.push(Effect::Keep(NewMessage {
            id: id.clone(),
            role: Role::Tool,
            content: content.clone(),
            tool_calls: Vec::new(),
            tool_call_id: Some(call.id.clone()),
        }));
        out.push(Effect::Send(Event::ToolCallResult {
            message_id: id.to_string(),
            tool_call_id: call.id.clone(),
            content,
            role: Role::Tool,
        }));
    }

    fn answer_all(&mut self, calls: &mut VecDeque<ToolCall>, content: &Value, out: &mut Vec<Effect>) {
        while let Some(call) = calls.pop_front() {
            self.give_result(&call, content.to_string(), out);
        }
    }

    fn finish(&mut self, reason: FinishReason, out: &mut Vec<Effect>) {
        if self.said.trim().is_empty() && !self.wrote {
            return self.fail("model_answer_empty", out);
        }
        if reason == FinishReason::Length {
            self.say(honesty::cut_notice(), out);
        }
        if !self.wrote
            && let Some(correction) = honesty::correction(&self.said, &self.shared)
        {
            self.say(&correction, out);
        }
        self.end(Outcome::Success, out);
    }

    /// Says something of our own, as a message of its own.
    fn say(&mut self, text: &str, out: &mut Vec<Effect>) {
        self.hear_text(text.to_owned(), out);
        self.close_answer(Vec::new(), out);
    }

    /// Closes whatever is open, and keeps what was said.
    fn abandon(&mut self, state: &State, out: &mut Vec<Effect>) {
        // calls that never ran are not kept: every kept call has its answer
        self.close_answer(Vec::new(), out);
        if let State::Working(queue) = state {
            let stopped = json!({"error": "stopped", "hint": "The turn was stopped before this call was done."});
            self.answer_all(&mut queue.clone(), &stopped, out);
        }
    }

    fn fail(&mut self, code: &'static str, out: &mut Vec<Effect>) {
        self.state = State::Over;
        out.push(Effect::Send(Event::RunError { message: honesty::failure(code).to_owned(), code: code.to_owned() }));
        out.push(Effect::End { status: RunStatus::Failed, error_code: Some(code) });
    }

    fn end(&mut self, outcome: Outcome, out: &mut Vec<Effect>) {
        self.state = State::Over;
        out.push(Effect::Send(Event::RunFinished {
            thread_id: self.thread.clone(),
            run_id: self.wire_run.clone(),
            outcome,
            usage: TokenUsage::of(&self.usage),
        }));
        let status = match outcome {
            Outcome::Success => RunStatus::Finished,
            Outcome::Cancelled => RunStatus::Cancelled,
        };
        out.push(Effect::End { status, error_code: None });
    }

    fn answer_id(&mut self) -> MessageId {
        if let Some(id) = &self.answer.message {
            return id.clone();
        }
        let id = self.next_id();
        self.answer.message = Some(id.clone());
        id
    }

    fn next_id(&mut self) -> MessageId {
        self.made += 1;
        MessageId::derive(&format!("{}/{}", self.run, self.made))
    }

    /// Providers give short ids, repeat them, or give none; ours are unique within the conversation and below the
    /// 40 characters that endpoints accept.
    fn next_call_id(&mut self) -> String {
        let id = self.next_id();
        let digits: String = id.as_str().chars().skip_while(|c| *c != '_').skip(1).take(24).collect();
        format!("call_{digits}")
    }
}

#[cfg(test)]
#[path = "turn_tests.rs"]
mod tests;
