//! `once`: of several calls with one key, the first is carried out and the others get its answer.

use serde_json::Value;

use super::act::Act;
use super::{merge, refused};
use crate::execution::connectors::CallError;
use crate::store::OnceClaim;
use crate::workflow::RiskClass;
use crate::workflow::duration::IsoDuration;

/// The answer of the call that holds this call's key, if any; without one, this call claims the key.
pub(super) async fn answer_of_holder(act: &mut Act<'_>) -> Result<Option<Value>, CallError> {
    let Some(claim) = claim(act).await? else { return Ok(None) };
    let tenant = &act.call.tenant;
    let holder = act.db().find_once_holder(tenant, &claim.workflow, &claim.key, act.call.now).await?;
    act.claim = Some(claim);
    match holder {
        Some(holder) => Ok(act.db().find_call(tenant, &holder).await?),
        None => Ok(None),
    }
}

/// What the call claims; reading needs no claim.
async fn claim(act: &mut Act<'_>) -> Result<Option<OnceClaim>, CallError> {
    let Some(once) = act.input("once").filter(|_| act.action.risk != RiskClass::ReadOnly) else {
        return Ok(None);
    };
    let wrong = || refused(422, "Input not valid", "once needs a key and a duration");
    let key = match once.get("key") {
        Some(Value::String(key)) => merge::key(act, key).await?,
        Some(key @ (Value::Number(_) | Value::Bool(_))) => key.to_string(),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => return Err(wrong()),
    };
    let within = once.get("within").and_then(|value| IsoDuration::from_value(value).ok()).ok_or_else(wrong)?;
    let expires_at = within.add_to(act.call.now, act.call.store.timezone);
    Ok(Some(OnceClaim { workflow: act.call.workflow.clone(), key, expires_at }))
}
