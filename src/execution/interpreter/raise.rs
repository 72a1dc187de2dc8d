//! `raise`: ends the flow with an error, inline or named under `use.errors`.

use serde_json::Value;

use super::{Interpreter, Site};
use crate::execution::context::{Flow, State};
use crate::execution::error::{Fault, Halt};

impl Interpreter<'_> {
    pub(super) async fn raise(&self, site: Site<'_>, raise: &Value, state: &State) -> Result<Flow, Halt> {
        let spec =
            match raise.get("error") {
                Some(Value::String(name)) => self.setting.definition.reusable("errors", name).ok_or_else(|| {
                    Fault::configuration("`raise` names no error", format!("`use.errors` has no {name}"))
                })?,
                Some(inline) => inline,
                None => return Err(Fault::configuration("`raise` names no error", "`error` is missing").into()),
            };
        let error = self.resolve(site, "#error", spec, state).await?;
        let text = |field: &str| error.get(field).and_then(Value::as_str).map(str::to_owned);
        let status = error.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
        let fault = Fault {
            kind: text("type").unwrap_or_else(|| "about:blank".to_owned()),
            status: status.unwrap_or(500),
            title: text("title").unwrap_or_else(|| "An error was raised".to_owned()),
            detail: text("detail").or_else(|| text("details")),
            instance: text("instance"),
            raised: true,
        };
        Err(fault.into())
    }
}
