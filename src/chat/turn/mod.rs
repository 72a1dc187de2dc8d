//! One turn as a pure machine: an input in, a list of effects out. No I/O, no clock, no randomness.
//!
//! ```text
//! start ─► Asking ──finish without calls──► Settling ─► Over
//!            ▲ │                               ▲
//!            │ └─finish with calls─► Working ──┤ repairs or patience or a limit spent
//!            └────────── last tool answered ───┘
//! ```
//! The driver does what the effects say and feeds back what happened. Settling writes the best of the drafts that were
//! refused, when none stands; a turn in which nothing was refused passes it by.

mod answer;
mod patience;
mod terms;

use std::collections::VecDeque;

use serde_json::{Value, json};

use self::answer::{Answer, Ids};
use self::patience::Patience;
use super::budget;
use super::ending;
use super::event::{Event, Outcome, PROTOCOL_VERSION, TokenUsage};
use super::honesty;
use super::patch;
use crate::llm::{Delta, FinishReason};
use crate::model::MessageId;
use crate::model::conversation::{Role, ToolCall};
use crate::model::run::{RunStatus, RunUsage};
use crate::workflow::Language;

pub use terms::{Effect, Input, Limits, Names, NewMessage, Offer, Settlement, ToolReport};

#[derive(Debug, Clone, PartialEq)]
enum State {
    Asking,
    Working(VecDeque<ToolCall>),
    Settling(Ending),
    Over,
}

/// Why a turn comes to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The model said its last word.
    Said(FinishReason),
    /// Its draft was handed back as often as it may be.
    RepairsSpent,
    /// It gets nowhere.
    Stuck,
    /// A limit was reached; its code.
    Limit(&'static str),
}

/// A turn.
#[derive(Debug, Clone)]
pub struct Turn {
    limits: Limits,
    writing: bool,
    thread: String,
    wire_run: String,
    language: Language,
    shared: Value,
    state: State,
    offer: Offer,
    answer: Answer,
    ids: Ids,
    usage: RunUsage,
    patience: Patience,
    repairs: u32,
    /// A call of the present round is to be repaired.
    faulty: bool,
    wrote: bool,
    said: Vec<(MessageId, String)>,
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
            language: names.language,
            shared,
            state: State::Asking,
            offer: Offer::Nothing,
            answer: Answer::default(),
            ids: Ids::of(names.run),
            usage: RunUsage { model: names.model, ..RunUsage::default() },
            patience: Patience::default(),
            repairs: 0,
            faulty: false,
            wrote: false,
            said: Vec::new(),
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
            (State::Settling(ending), Input::Settled(settlement)) => self.conclude(ending, settlement, &mut out),
            (state @ State::Asking, Input::Tool(_) | Input::Settled(_))
            | (state @ State::Working(_), Input::Model(_) | Input::Settled(_))
            | (state @ State::Settling(_), Input::Model(_) | Input::Tool(_) | Input::Spent { .. }) => {
                self.state = state
            }
            (state, Input::Spent { code }) => {
                self.abandon(&state, &mut out);
                self.settle(Ending::Limit(code), &mut out);
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
        if let Some(code) = self.limits.reached(&self.usage) {
            return self.settle(Ending::Limit(code), out);
        }
        self.usage.rounds += 1;
        let exhausted = self.usage.rounds > i64::from(self.limits.max_rounds)
            || self.usage.tool_calls >= i64::from(self.limits.max_tool_calls);
        self.offer = match (exhausted, self.writing) {
            (true, _) => Offer::Nothing,
            (false, true) => Offer::All,
            (false, false) => Offer::Reading,
        };
        self.state = State::Asking;
        self.answer = Answer::default();
        out.push(Effect::Ask(self.offer));
    }

    fn hear(&mut self, delta: Delta, out: &mut Vec<Effect>) {
        match delta {
            Delta::Answering { provider: _, model } => self.usage.model = model.to_string(),
            Delta::Text(text) | Delta::Refusal(text) => {
                let events = self.answer.hear_text(text, &mut self.ids);
                out.extend(events.into_iter().map(Effect::Send));
            }
            Delta::ToolCallStart { index, id: _, name } => {
                let events = self.answer.hear_call(index, name, &mut self.ids);
                out.extend(events.into_iter().map(Effect::Send));
            }
            Delta::ToolCallArguments { index, delta } => {
                out.extend(self.answer.hear_arguments(index, delta).map(Effect::Send));
            }
            Delta::Usage(usage) => {
                let spent = budget::spent(&usage);
                self.usage.add(spent);
                out.push(Effect::Charge(spent));
            }
            Delta::Finish(reason) => self.answered(reason, out),
        }
    }

    /// Keeps the answer as one message, text and calls, before its end is sent.
    fn close_answer(&mut self, tool_calls: Vec<ToolCall>, out: &mut Vec<Effect>) {
        let mut answer = std::mem::take(&mut self.answer);
        let id = answer.id(&mut self.ids);
        if !answer.text.trim().is_empty() {
            self.said.push((id.clone(), answer.text.clone()));
        }
        let calls = answer.calls();
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
        out.extend(calls.into_iter().map(|call| Effect::Send(Event::ToolCallEnd { tool_call_id: call.id })));
    }

    fn answered(&mut self, reason: FinishReason, out: &mut Vec<Effect>) {
        if reason == FinishReason::ContentFilter {
            self.close_answer(Vec::new(), out);
            return self.fail("model_answer_withheld", out);
        }
        let calls = self.answer.calls();
        self.close_answer(calls.clone(), out);
        if calls.is_empty() {
            return self.settle(Ending::Said(reason), out);
        }
        let mut queue = VecDeque::from(calls);
        if reason == FinishReason::Length {
            let cut = refused(
                "call_cut_off",
                "The call was cut off at the length limit and did not run. Send it again, shorter.",
            );
            self.answer_all(&mut queue, &cut, out);
            self.faulty = true;
        }
        self.run_next(queue, out);
    }

    fn run_next(&mut self, mut calls: VecDeque<ToolCall>, out: &mut Vec<Effect>) {
        while let Some(call) = calls.pop_front() {
            let Some(refusal) = self.refusal(&call) else {
                self.usage.tool_calls += 1;
                out.push(Effect::Run(call.clone()));
                calls.push_front(call);
                self.state = State::Working(calls);
                return;
            };
            self.patience.repeated();
            self.give_result(&call, refusal.to_string(), out);
        }
        self.round_over(out);
    }

    /// Why a call is answered without being run, if so.
    fn refusal(&self, call: &ToolCall) -> Option<Value> {
        if self.offer == Offer::Nothing {
            return Some(refused("tool_not_offered", "No tools are on offer any more. Answer in words."));
        }
        if self.usage.tool_calls >= i64::from(self.limits.max_tool_calls) {
            return Some(refused("tool_limit", "The turn has used all its tool calls. Answer in words."));
        }
        let again = "This very call was answered above, and nothing changed since. Use that answer, send another call, or \
                     answer in words.";
        (!self.patience.allows(call)).then(|| refused("repeated_call", again))
    }

    /// All calls of an answer are answered: what next?
    fn round_over(&mut self, out: &mut Vec<Effect>) {
        self.repairs += u32::from(std::mem::take(&mut self.faulty));
        let stuck = self.patience.ends_with_this_round();
        if self.repairs > self.limits.max_repairs {
            self.settle(Ending::RepairsSpent, out);
        } else if stuck {
            self.settle(Ending::Stuck, out);
        } else if self.usage.rounds > i64::from(self.limits.max_rounds) {
            self.settle(Ending::Limit("turn_too_long"), out);
        } else {
            self.ask(out);
        }
    }

    fn tool_answered(&mut self, mut calls: VecDeque<ToolCall>, report: ToolReport, out: &mut Vec<Effect>) {
        let Some(call) = calls.pop_front() else { return self.ask(out) };
        let wrote = report.wrote && !self.wrote;
        self.patience.answered(&call, &report.content, wrote || self.changed_draft(report.state.as_ref()));
        self.give_result(&call, report.content, out);
        self.take_state(report.state, out);
        self.wrote |= report.wrote;
        self.faulty |= report.repairable;
        self.run_next(calls, out);
    }

    fn changed_draft(&self, state: Option<&Value>) -> bool {
        state.is_some_and(|state| state.pointer("/draft/revision") != self.shared.pointer("/draft/revision"))
    }

    fn take_state(&mut self, state: Option<Value>, out: &mut Vec<Effect>) {
        let Some(state) = state else { return };
        let delta = patch::between(&self.shared, &state);
        if !delta.is_empty() {
            out.push(Effect::Send(Event::StateDelta { delta }));
        }
        self.shared = state;
    }

    fn give_result(&mut self, call: &ToolCall, content: String, out: &mut Vec<Effect>) {
        let id = self.ids.message();
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

    /// On the way to the end: what was refused may have to be written after all.
    fn settle(&mut self, ending: Ending, out: &mut Vec<Effect>) {
        if self.repairs == 0 && !self.faulty {
            return self.conclude(ending, Settlement::default(), out);
        }
        self.state = State::Settling(ending);
        out.push(Effect::Settle);
    }

    fn conclude(&mut self, ending: Ending, settlement: Settlement, out: &mut Vec<Effect>) {
        let Settlement { state, wrote, unresolved } = settlement;
        self.take_state(state, out);
        self.wrote |= wrote;
        let open = !unresolved.is_empty();
        let silent = self.said.is_empty() && !self.wrote && !open;
        let told = self.be_honest(out);
        if let Ending::Said(reason) = ending {
            if silent && !told {
                return self.fail("model_answer_empty", out);
            }
            if reason == FinishReason::Length {
                self.say(honesty::cut_notice(), out);
            }
        }
        if open {
            self.say(&unresolved, out);
        }
        match ending {
            Ending::Said(_) => self.end(Outcome::Success, out),
            Ending::RepairsSpent if open || told => self.end(Outcome::Success, out),
            Ending::RepairsSpent | Ending::Stuck => self.fail("model_stuck", out),
            Ending::Limit(code) => self.fail(code, out),
        }
    }

    /// Takes back what the model claimed and did not do, and says what was refused; whether anything was.
    fn be_honest(&mut self, out: &mut Vec<Effect>) -> bool {
        let deeds = honesty::Deeds { wrote: self.wrote, state: &self.shared };
        for (id, text) in std::mem::take(&mut self.said) {
            if let Some(content) = honesty::corrected(&text, &deeds) {
                out.push(Effect::Correct { id, content });
            }
        }
        let report = honesty::left_out(&self.shared);
        if let Some(report) = &report {
            self.say(report, out);
        }
        report.is_some()
    }

    /// Says something of our own, as a message of its own.
    fn say(&mut self, text: &str, out: &mut Vec<Effect>) {
        let events = self.answer.hear_text(text.to_owned(), &mut self.ids);
        out.extend(events.into_iter().map(Effect::Send));
        self.close_answer(Vec::new(), out);
    }

    /// Closes whatever is open, and keeps what was said.
    fn abandon(&mut self, state: &State, out: &mut Vec<Effect>) {
        // calls that never ran are not kept: every kept call has its answer
        self.close_answer(Vec::new(), out);
        if let State::Working(queue) = state {
            let stopped = refused("stopped", "The turn was stopped before this call was done.");
            self.answer_all(&mut queue.clone(), &stopped, out);
        }
    }

    fn fail(&mut self, code: &'static str, out: &mut Vec<Effect>) {
        self.state = State::Over;
        self.account(out);
        let message = ending::words(code, self.language).to_owned();
        out.push(Effect::Send(Event::RunError { message, code: code.to_owned() }));
        out.push(Effect::End { status: RunStatus::Failed, error_code: Some(code) });
    }

    fn end(&mut self, outcome: Outcome, out: &mut Vec<Effect>) {
        self.state = State::Over;
        self.account(out);
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

    /// A turn that spent nothing (the built-in planner's) has nothing to account for.
    fn account(&self, out: &mut Vec<Effect>) {
        if self.usage.tokens() > 0 {
            out.push(Effect::Account);
        }
    }
}

/// An answer to a call that was not run.
fn refused(code: &str, hint: &str) -> Value {
    json!({"error": code, "hint": hint})
}

#[cfg(test)]
#[path = "turn_tests.rs"]
mod tests;
