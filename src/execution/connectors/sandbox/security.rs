//! Access of staff to systems. Granting is a person's work; revoking is done at once.

use serde_json::{Value, json};

use super::act::Act;
use super::internal;
use crate::execution::connectors::CallError;
use crate::store::AuditEntry;

pub(super) async fn update_user_access(act: &mut Act<'_>) -> Result<Value, CallError> {
    let employee = act.record("employee", act.required("user_id")?).await?;
    let change = act.required("change")?;
    let systems = act.list("systems").join(", ");
    let done = change == "revoke";
    if !done {
        let title = format!("Grant {} access to {systems}", employee.text("name"));
        internal::open_task(act, "role:it", &title, Some(("employee", &employee.id))).await?;
    }
    let mut row = act.outbox_row("access", &employee.id, format!("{change}: {systems}"));
    row.subject = Some(employee.text("name").to_owned());
    act.outbox.push(row);
    let subject = format!("employee/{}", employee.id);
    let action = format!("access.{change}");
    let entry = AuditEntry::new(&act.call.tenant, act.call.now, act.call.execution.as_str(), &action, &subject);
    act.audit.push(entry.with(json!({ "systems": systems })));
    Ok(json!({ "status": if done { "done" } else { "pending" } }))
}
