//! `listen`: waits for events, each tied to the execution by a correlation.

use serde_json::{Value, json};

use super::{Interpreter, Site, unsupported};
use crate::execution::context::{Flow, Listening, State, Wanted};
use crate::execution::error::{Fault, Halt};
use crate::workflow::document::{EventFilter, Listen, StrategyMode};

impl Interpreter<'_> {
    pub(super) async fn listen(&self, site: Site<'_>, listen: &Listen<'_>, state: &mut State) -> Result<Flow, Halt> {
        if listen.to.until.is_some() || listen.foreach.is_some() {
            return Err(unsupported("listen with until or foreach", "take one event at a time in a loop"));
        }
        let mut wanted = Vec::with_capacity(listen.to.filters.len());
        for (index, filter) in listen.to.filters.iter().enumerate() {
            wanted.push(self.wanted(site, index, filter, state).await?);
        }
        if wanted.is_empty() {
            return Err(Fault::configuration("A listen needs an event", "`to` names none").into());
        }
        let types: Vec<&str> = wanted.iter().map(|wanted| wanted.event_type.as_str()).collect();
        let status = json!({ "path": site.path, "doing": "listening", "for": types, "until": state.deadline });
        self.context.set_status(status);
        let (after_seq, deadline) = (state.listen_after, state.deadline);
        let mut taken = Vec::new();
        match listen.to.mode {
            StrategyMode::One | StrategyMode::Any => {
                let listening = Listening { wanted, after_seq, deadline };
                taken.push(self.context.event(&format!("{}/listen", site.path), &listening).await?.1);
            }
            StrategyMode::All => {
                // One after the other: events are stored, so the second may well be older than the first.
                for (index, wanted) in wanted.into_iter().enumerate() {
                    let listening = Listening { wanted: vec![wanted], after_seq, deadline };
                    let path = format!("{}/listen/all/{index}", site.path);
                    taken.push(self.context.event(&path, &listening).await?.1);
                }
            }
        }
        let read = |mut envelope: Value| if listen.read == "data" { envelope["data"].take() } else { envelope };
        state.input = Value::Array(taken.into_iter().map(read).collect());
        Ok(Flow::Continue)
    }

    async fn wanted(
        &self,
        site: Site<'_>,
        index: usize,
        filter: &EventFilter<'_>,
        state: &State,
    ) -> Result<Wanted, Halt> {
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
            let tag = format!("#expect/{index}/{name}");
            correlate.push((from.to_owned(), self.resolve(site, &tag, &expect, state).await?));
        }
        if correlate.is_empty() {
            let detail = "`correlate` says which execution an event is meant for";
            return Err(Fault::configuration("A listen needs a correlation", detail).at(&filter.pointer).into());
        }
        let condition = filter.data_condition().map(str::to_owned);
        Ok(Wanted { event_type: event_type.to_owned(), condition, correlate })
    }
}
