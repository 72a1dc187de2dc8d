//! `switch`: the first case whose condition holds says where the flow goes.

use super::{Interpreter, Site, read_then};
use crate::execution::context::{Flow, State};
use crate::execution::error::Halt;
use crate::workflow::document::Case;

impl Interpreter<'_> {
    pub(super) async fn switch(&self, site: Site<'_>, cases: &[Case<'_>], state: &State) -> Result<Flow, Halt> {
        for (index, case) in cases.iter().enumerate() {
            let holds = match case.when {
                None => true,
                Some(when) => self.condition(site, &format!("#case/{index}"), when, state).await?,
            };
            if holds {
                return Ok(read_then(case.then));
            }
        }
        Ok(Flow::Continue)
    }
}
