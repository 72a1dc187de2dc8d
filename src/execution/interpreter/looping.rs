//! `for`: a bounded loop over the items of a list. Each iteration has its own path, and each item its own luck
//! ([`super::isolation`]).

use serde_json::{Value, json};

use super::data::wrapped;
use super::isolation::Items;
use super::{Interpreter, Site};
use crate::execution::context::{Flow, State};
use crate::execution::error::{Fault, Halt};
use crate::workflow::TaskList;

/// Items one loop may have.
const MAX_ITEMS: usize = 10_000;

/// The parts of a `for` task.
pub(super) struct Loop<'a> {
    pub each: &'a str,
    pub at: &'a str,
    pub items: &'a Value,
    pub while_: Option<&'a str>,
    pub body: TaskList<'a>,
}

impl Interpreter<'_> {
    pub(super) async fn run_for(&self, site: Site<'_>, spec: Loop<'_>, state: &mut State) -> Result<Flow, Halt> {
        let items = match self.resolve(site, "#in", &wrapped(spec.items), state).await? {
            Value::Array(items) => items,
            Value::Null => Vec::new(),
            _ => return Err(Fault::validation("`for.in` must give a list").into()),
        };
        if items.len() > MAX_ITEMS {
            let detail = format!("a loop may have {MAX_ITEMS} items; this one has {}", items.len());
            return Err(Fault::validation(detail).into());
        }
        let outside = state.locals.clone();
        let mut fared = Items::default();
        let mut result = Flow::Continue;
        for (index, item) in items.into_iter().enumerate() {
            state.locals.insert(spec.each.to_owned(), item);
            state.locals.insert(spec.at.to_owned(), json!(index));
            if let Some(condition) = spec.while_
                && !self.condition(site, &format!("#while/{index}"), condition, state).await?
            {
                break;
            }
            let path = format!("{}/do[{index}]", site.path);
            match self.run_item(site, spec.body.clone(), (&path, index), state, &mut fared).await? {
                None | Some(Flow::Continue | Flow::To(_)) => {}
                Some(Flow::Exit) => break,
                Some(Flow::End) => {
                    result = Flow::End;
                    break;
                }
            }
        }
        fared.verdict()?;
        state.locals = outside;
        Ok(result)
    }
}
