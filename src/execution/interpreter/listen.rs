//! `listen`: waits for events, each tied to the execution by a correlation.
//!
//! `one` and `any` take the first event, `all` one for each filter, `any` with `until` every event until an expression
//! over what was taken holds, or until an event of another strategy comes. With `foreach` each event is worked on as it
//! is taken; items are isolated as those of a loop ([`super::isolation`]).

use serde_json::{Value, json};

use super::isolation::Items;
use super::{Interpreter, Site};
use crate::execution::context::{Flow, Listening, State, Wanted};
use crate::execution::error::{Fault, Halt};
use crate::workflow::document::{EventFilter, EventStrategy, Foreach, Listen, StrategyMode, Until};

/// Events one `listen` may take.
const MAX_EVENTS: usize = 1_000;

/// Filters that wait for an event, each with its place in the document.
struct Open {
    filters: Vec<(usize, Wanted)>,
    /// Whether each of them must have one; else one is enough.
    all: bool,
}

impl Open {
    /// Takes note that the filter at `place` had its event; true when nothing more is waited for.
    fn had(&mut self, place: usize) -> bool {
        if self.all {
            self.filters.remove(place);
        }
        !self.all || self.filters.is_empty()
    }
}

/// What ends it.
enum End<'a> {
    /// When its own filters are satisfied.
    Satisfied,
    /// Once this holds on the list of the events taken.
    Condition(&'a str),
    /// Once events of this strategy came, which are not taken.
    Events(Open),
}

/// A `listen` under way.
struct Hearing<'a> {
    to: Open,
    end: End<'a>,
    /// Place in the log after which it listens; what `foreach` does meanwhile does not move it.
    after_seq: i64,
    /// Events had so far, those that end it included: the number of the next one's path.
    had: usize,
    /// The events taken, as they are read, with the place of their filter.
    taken: Vec<(usize, Value)>,
}

impl Interpreter<'_> {
    pub(super) async fn listen(&self, site: Site<'_>, listen: &Listen<'_>, state: &mut State) -> Result<Flow, Halt> {
        let to = self.open(site, "#expect", &listen.to, state).await?;
        if to.filters.is_empty() {
            return Err(Fault::configuration("A listen needs an event", "`to` names none").into());
        }
        let end = match &listen.to.until {
            None => End::Satisfied,
            Some(Until::Condition(condition)) => End::Condition(condition),
            Some(Until::Events(strategy)) => End::Events(self.open(site, "#until-expect", strategy, state).await?),
        };
        let types: Vec<&str> = to.filters.iter().map(|(_, wanted)| wanted.event_type.as_str()).collect();
        let status = json!({ "path": site.path, "doing": "listening", "for": types, "until": state.deadline });
        self.context.set_status(status);
        let mut hearing = Hearing { to, end, after_seq: state.listen_after, had: 0, taken: Vec::new() };
        let (mut items, mut outputs) = (Items::default(), Vec::new());
        let mut flow = Flow::Continue;
        while let Some((place, envelope)) = self.next_event(site, &mut hearing, state).await? {
            let filter = hearing.to.filters.get(place).map_or(0, |(filter, _)| *filter);
            let event = if listen.read == "data" { data_of(envelope) } else { envelope };
            if let Some(foreach) = &listen.foreach {
                let item = (hearing.taken.len(), event.clone());
                flow = self.work_on(site, foreach, item, state, (&mut items, &mut outputs)).await?;
            }
            hearing.taken.push((filter, event));
            if flow != Flow::Continue || self.is_over(site, &mut hearing, place, state).await? {
                break;
            }
        }
        items.verdict()?;
        if listen.to.mode == StrategyMode::All {
            hearing.taken.sort_by_key(|(filter, _)| *filter);
        }
        let taken = hearing.taken.into_iter().map(|(_, event)| event);
        state.input = if listen.foreach.is_some() { Value::Array(outputs) } else { taken.collect() };
        Ok(if flow == Flow::End { Flow::End } else { Flow::Continue })
    }

    /// The next event: the place of its filter among the open ones, and its envelope. `None` once what ends it came.
    async fn next_event(
        &self,
        site: Site<'_>,
        hearing: &mut Hearing<'_>,
        state: &State,
    ) -> Result<Option<(usize, Value)>, Halt> {
        let single = !hearing.to.all && matches!(hearing.end, End::Satisfied);
        loop {
            if hearing.had >= MAX_EVENTS {
                let detail = format!("one listen may take {MAX_EVENTS} events");
                return Err(Fault::runtime("Too many events", detail).into());
            }
            // What ends it goes first: an event that fits both is not taken.
            let ends = if let End::Events(open) = &hearing.end { open.filters.as_slice() } else { &[] };
            let ending = ends.len();
            let wanted = ends.iter().chain(&hearing.to.filters).map(|(_, wanted)| wanted.clone()).collect();
            let listening = Listening { wanted, after_seq: hearing.after_seq, deadline: state.deadline };
            let number = if single { String::new() } else { format!("/{}", hearing.had) };
            let path = format!("{}/listen{number}", site.path);
            let (place, envelope) = self.context.event(&path, &listening).await?;
            hearing.had += 1;
            match &mut hearing.end {
                End::Events(open) if place < ending => {
                    if open.had(place) {
                        return Ok(None);
                    }
                }
                End::Satisfied | End::Condition(_) | End::Events(_) => {
                    return Ok(Some((place.saturating_sub(ending), envelope)));
                }
            }
        }
    }

    /// Whether the event that the filter at `place` had was the last.
    async fn is_over(
        &self,
        site: Site<'_>,
        hearing: &mut Hearing<'_>,
        place: usize,
        state: &State,
    ) -> Result<bool, Halt> {
        match &hearing.end {
            End::Satisfied => Ok(hearing.to.had(place)),
            End::Events(_) => Ok(false),
            End::Condition(text) => {
                let taken = hearing.taken.iter().map(|(_, event)| event.clone()).collect();
                let seen = State { input: taken, ..state.clone() };
                self.condition(site, &format!("#until/{}", hearing.had), text, &seen).await
            }
        }
    }

    /// Does what `foreach` says with one event. What it gives and keeps belongs to the item: where that does not fit,
    /// the item fails like anything inside it, and the next event is waited for.
    async fn work_on(
        &self,
        site: Site<'_>,
        foreach: &Foreach<'_>,
        (index, event): (usize, Value),
        state: &mut State,
        (items, outputs): (&mut Items, &mut Vec<Value>),
    ) -> Result<Flow, Halt> {
        let outside = state.locals.clone();
        state.locals.insert(foreach.item.to_owned(), event.clone());
        state.locals.insert(foreach.at.to_owned(), json!(index));
        state.input = event;
        let path = format!("{}/foreach/do[{index}]", site.path);
        let before = state.clone();
        let at = format!("{}/foreach", site.task.pointer);
        let done = self.work_through(site, foreach, (&path, index), state).await.map_err(|halt| halt.at(&at));
        let flow = self.settle(site, (&path, index), (before, done), state, items).await?;
        if flow.as_ref().is_some_and(|flow| *flow != Flow::End) {
            outputs.push(state.input.clone());
        }
        state.locals = outside;
        Ok(flow.unwrap_or(Flow::Continue))
    }

    async fn work_through(
        &self,
        site: Site<'_>,
        foreach: &Foreach<'_>,
        (path, index): (&str, usize),
        state: &mut State,
    ) -> Result<Flow, Halt> {
        let flow = self.run_list(foreach.body.clone(), path.to_owned(), state).await?;
        if flow == Flow::End {
            return Ok(flow);
        }
        if let Some(output) = foreach.raw.pointer("/output/as") {
            let tag = format!("#foreach-output/{index}");
            state.input = self.shaped(site, &tag, output, state, &state.input).await?;
        }
        let at = format!("{}/foreach", site.task.pointer);
        self.must_fit(&at, ("output", foreach.raw.get("output")), &state.input)?;
        if let Some(export) = foreach.raw.pointer("/export/as") {
            let tag = format!("#foreach-export/{index}");
            state.context = self.shaped(site, &tag, export, state, &state.input).await?;
        }
        self.must_fit(&at, ("export", foreach.raw.get("export")), &state.context)?;
        Ok(flow)
    }

    /// The filters of a strategy, with what their correlations must give.
    async fn open(&self, site: Site<'_>, tag: &str, strategy: &EventStrategy<'_>, state: &State) -> Result<Open, Halt> {
        let mut filters = Vec::with_capacity(strategy.filters.len());
        for (index, filter) in strategy.filters.iter().enumerate() {
            filters.push((index, self.wanted(site, &format!("{tag}/{index}"), filter, state).await?));
        }
        Ok(Open { filters, all: strategy.mode == StrategyMode::All })
    }

    async fn wanted(&self, site: Site<'_>, tag: &str, filter: &EventFilter<'_>, state: &State) -> Result<Wanted, Halt> {
        let Some(event_type) = filter.event_type() else {
            return Err(Fault::configuration("A listen needs a type", "`with.type` is missing")
                .at(&filter.pointer)
                .into());
        };
        let mut correlate = Vec::new();
        for (name, from, expect) in filter.correlations() {
            let Some(expect) = expect else {
                let detail = format!("`correlate.{name}.expect` says which execution an event is meant for");
                return Err(Fault::configuration("A correlation needs `expect`", detail).at(&filter.pointer).into());
            };
            let expect = Value::String(expect.to_owned());
            correlate.push((from.to_owned(), self.resolve(site, &format!("{tag}/{name}"), &expect, state).await?));
        }
        if correlate.is_empty() {
            let detail = "`correlate` says which execution an event is meant for";
            return Err(Fault::configuration("A listen needs a correlation", detail).at(&filter.pointer).into());
        }
        let condition = filter.data_condition().map(str::to_owned);
        Ok(Wanted { event_type: event_type.to_owned(), condition, correlate })
    }
}

fn data_of(mut envelope: Value) -> Value {
    envelope["data"].take()
}
