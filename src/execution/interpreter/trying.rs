//! `try`: runs tasks; `catch` says which errors it takes, whether the tasks are tried again, and what to do then.

use serde_json::Value;

use super::limit::Work;
use super::outreach::{awaits_answer, tries_again};
use super::retry::Policy;
use super::{Interpreter, Site, leave};
use crate::execution::context::{Flow, State};
use crate::execution::error::{Fault, Halt};
use crate::workflow::TaskList;
use crate::workflow::document::Catch;

impl Interpreter<'_> {
    pub(super) async fn run_try(
        &self,
        site: Site<'_>,
        body: TaskList<'_>,
        catch: &Catch<'_>,
        state: &mut State,
    ) -> Result<Flow, Halt> {
        let input = state.input.clone();
        let awaits = awaits_answer(&body);
        let unreached = awaits && self.unreached(site, state).await?;
        let policy = Policy::read(catch.raw.get("retry"), &self.setting.definition)?;
        let name = catch.raw.get("as").and_then(Value::as_str).unwrap_or("error");
        let mut failures = 0;
        let fault = loop {
            let again = if failures == 0 { String::new() } else { format!("[{failures}]") };
            let path = format!("{}/try{again}", site.path);
            let limit = policy.as_ref().and_then(Policy::attempt_limit);
            let work = Work::List(body.clone(), path.clone());
            let fault = match self.limited(site, &path, limit, state, work).await {
                Ok(flow) => {
                    if awaits {
                        state.answer_awaited();
                    }
                    return Ok(leave(flow));
                }
                Err(Halt::Fault(fault)) => fault,
                Err(halt) => return Err(halt),
            };
            if awaits {
                state.answer_awaited();
            }
            state.input.clone_from(&input);
            state.locals.insert(name.to_owned(), serde_json::to_value(&fault).unwrap_or_default());
            if !self.catches(site, failures, catch, &fault, state).await? {
                state.locals.remove(name);
                return Err(Halt::Fault(fault));
            }
            if unreached && fault.is_timeout() && !tries_again(&catch.body) {
                state.locals.remove(name);
                return Ok(Flow::Continue); // nobody was silent
            }
            let Some(policy) = &policy else { break fault };
            if !self.retries(site, policy, failures, state).await? {
                break fault;
            }
            state.locals.remove(name);
            failures += 1;
        };
        if catch.body.is_empty() && policy.is_some() {
            state.locals.remove(name);
            return Err(Halt::Fault(fault)); // tried again in vain, and nobody says what to do then
        }
        let flow = self.run_list(catch.body.clone(), format!("{}/catch/do", site.path), state).await?;
        state.locals.remove(name);
        Ok(leave(flow))
    }

    /// Whether the `catch` takes this error: `errors.with`, `when`, `exceptWhen`.
    async fn catches(
        &self,
        site: Site<'_>,
        failures: u64,
        catch: &Catch<'_>,
        fault: &Fault,
        state: &State,
    ) -> Result<bool, Halt> {
        if let Some(filter) = catch.raw.get("errors").and_then(|errors| errors.get("with")) {
            let filter = self.resolve(site, &format!("#catch/{failures}"), filter, state).await?;
            let actual = serde_json::to_value(fault).unwrap_or_default();
            let named = filter.as_object().into_iter().flatten();
            let fits = named.into_iter().all(|(field, wanted)| {
                let field = if field == "details" { "detail" } else { field };
                actual.get(field).is_some_and(|value| same(value, wanted))
            });
            if !fits {
                return Ok(false);
            }
        }
        for (field, wanted) in [("when", true), ("exceptWhen", false)] {
            if let Some(text) = catch.raw.get(field).and_then(Value::as_str)
                && self.condition(site, &format!("#{field}/{failures}"), text, state).await? != wanted
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Equal, numbers by value (`404` and `404.0`).
fn same(left: &Value, right: &Value) -> bool {
    left == right || matches!((left.as_f64(), right.as_f64()), (Some(a), Some(b)) if (a - b).abs() < f64::EPSILON)
}
