//! `for`: a bounded loop over the items of a list. Each iteration has its own path.

use serde_json::{Value, json};

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
        let before = state.locals.clone();
        let mut result = Flow::Continue;
        for (index, item) in items.into_iter().enumerate() {
            state.locals.insert(spec.each.to_owned(), item);
            state.locals.insert(spec.at.to_owned(), json!(index));
            if let Some(condition) = spec.while_
                && !self.condition(site, &format!("#while/{index}"), condition, state).await?
            {
                break;
            }
            match self.run_list(spec.body.clone(), format!("{}/do[{index}]", site.path), state).await? {
                Flow::Continue | Flow::To(_) => {}
                Flow::Exit => break,
                Flow::End => {
                    result = Flow::End;
                    break;
                }
            }
        }
        state.locals = before;
        Ok(result)
    }
}

/// `in` may be written bare; our documents wrap it.
fn wrapped(items: &Value) -> Value {
    match items.as_str() {
        Some(text) if !crate::workflow::expression::is_expression(text) => Value::String(format!("${{ {text} }}")),
        _ => items.clone(),
    }
}
