//! `emit`: an event of our own, one step deeper than what started the execution.

use serde_json::{Value, json};

use super::{Interpreter, Site};
use crate::execution::context::{Flow, State};
use crate::execution::error::{Fault, Halt};
use crate::store::NewEvent;
use crate::workflow::catalog::Catalog;

impl Interpreter<'_> {
    pub(super) async fn emit(&self, site: Site<'_>, event: &Value, state: &mut State) -> Result<Flow, Halt> {
        let with = event.pointer("/event/with").cloned().unwrap_or_default();
        let mut envelope = self.resolve(site, "#event", &with, state).await?;
        let setting = self.setting;
        let store = setting.place.store.id.as_str();
        let Some(fields) = envelope.as_object_mut() else {
            return Err(Fault::validation("`emit.event.with` must be an object").into());
        };
        let Some(event_type) = fields.get("type").and_then(Value::as_str).map(str::to_owned) else {
            return Err(Fault::validation("an event needs a type").into());
        };
        let id = self.context.uuid(site.path).to_string();
        let source = format!("/dealers/{}/stores/{store}/auterity", setting.place.tenant_slug);
        let text = |fields: &serde_json::Map<String, Value>, key: &str, otherwise: &str| {
            fields.get(key).and_then(Value::as_str).unwrap_or(otherwise).to_owned()
        };
        let (id, source) = (text(fields, "id", &id), text(fields, "source", &source));
        let now = json!(self.context.now());
        for (key, value) in [
            ("specversion", json!("1.0")),
            ("id", json!(id)),
            ("source", json!(source)),
            ("time", now.clone()),
            ("datacontenttype", json!("application/json")),
        ] {
            fields.entry(key).or_insert(value);
        }
        // An event of the catalog says whose it is and when it happened; one of another vocabulary stays as written.
        if Catalog::embedded().event(&event_type).is_some()
            && let Some(data) = fields.get_mut("data").and_then(Value::as_object_mut)
        {
            data.entry("dealer_id").or_insert_with(|| json!(setting.place.tenant_slug));
            data.entry("store_id").or_insert_with(|| json!(store));
            data.entry("occurred_at").or_insert(now);
        }
        let event = NewEvent {
            tenant: setting.tenant.clone(),
            source,
            id,
            event_type,
            store_id: store.to_owned(),
            envelope,
            depth: setting.depth + 1,
            caused_by: Some(setting.execution.to_string()),
        };
        state.input = self.context.emit(site.path, event).await?;
        Ok(Flow::Continue)
    }
}
