//! `wait`: until a moment that is computed once.

use serde_json::{Value, json};

use super::{Interpreter, Site};
use crate::execution::context::{Flow, State};
use crate::execution::error::Halt;

impl Interpreter<'_> {
    pub(super) async fn wait(&self, site: Site<'_>, duration: &Value, state: &State) -> Result<Flow, Halt> {
        let key = format!("{}#until", site.path);
        let until = self.moment_after(site, &key, "timer", duration, state).await?;
        self.context.set_status(json!({ "path": site.path, "doing": "waiting", "until": until.timestamp_millis() }));
        self.context.sleep_until(&key, until).await?;
        Ok(Flow::Continue)
    }
}
