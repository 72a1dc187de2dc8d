//! Who gets a lead.

use serde_json::{Value, json};

use super::act::Act;
use super::refused;
use crate::execution::connectors::CallError;
use crate::execution::recipients::contains;
use crate::store::Record;
use crate::store::rotations::Turn;

pub(super) async fn assign_lead(act: &mut Act<'_>) -> Result<Value, CallError> {
    let lead = act.record("lead", act.id("lead_id")?).await?;
    let before = Some(lead.text("assignee_id").to_owned()).filter(|id| !id.is_empty());
    let (chosen, method) = match act.text("assignee") {
        Some(recipient) => {
            let people = act.people(recipient).await?;
            (people.into_iter().next(), if before.is_some() { "reassign" } else { "manual" })
        }
        None => {
            let strategy = act.required("strategy")?;
            (by_strategy(act, &lead, strategy).await?, strategy)
        }
    };
    let chosen = chosen.ok_or_else(|| refused(422, "Nobody to reach", "nobody is in the pool"))?;
    if before.as_deref() != Some(chosen.id.as_str()) {
        act.change(&lead, json!({ "assignee_id": chosen.id }))?;
        count_lead(act, &chosen.id, 1).await?;
        if let Some(before) = &before {
            count_lead(act, before, -1).await?;
        }
        let data = json!({
            "lead_id": lead.id, "customer_id": lead.text("customer_id"), "assignee_id": chosen.id,
            "previous_assignee_id": before, "method": method,
        });
        act.emit("lead.assigned", &format!("lead/{}", lead.id), data);
        act.outbox.push({
            let mut row = act.outbox_row("staff_app", &chosen.id, format!("Lead {} is yours", lead.id));
            row.subject = Some(chosen.text("name").to_owned());
            row
        });
    }
    Ok(json!({ "assignee_id": chosen.id }))
}

async fn by_strategy(act: &mut Act<'_>, lead: &Record, strategy: &str) -> Result<Option<Record>, CallError> {
    let mut pool = candidates(act).await?;
    let only_on_shift = act.input("only_on_shift").and_then(Value::as_bool).unwrap_or(false);
    if only_on_shift || strategy == "on_shift" {
        let there: Vec<Record> = pool.iter().filter(|e| e.data["on_shift"] == true).cloned().collect();
        // nobody on shift: a lead without an owner is worse than one whose owner comes in later
        if !there.is_empty() {
            pool = there;
        }
    }
    pool.sort_by(|a, b| a.id.cmp(&b.id));
    let list = list_name(act);
    match strategy {
        "least_loaded" => Ok(pool.into_iter().min_by_key(|e| e.data["open_lead_count"].as_i64().unwrap_or(0))),
        "owner" => {
            let customer = act.find("customer", lead.text("customer_id")).await?;
            let owner = customer.map(|c| c.text("salesperson_id").to_owned()).filter(|id| !id.is_empty());
            let directory = act.directory().await?;
            match owner.and_then(|id| directory.person(&id).cloned()).filter(|e| e.text("status") == "active") {
                Some(owner) => Ok(Some(owner)),
                None => next_in_turn(act, pool, &list).await,
            }
        }
        "skill" => {
            let language = lead.text("language");
            let skilled: Vec<Record> = pool.iter().filter(|e| contains(e, "languages", language)).cloned().collect();
            if skilled.is_empty() {
                next_in_turn(act, pool, &list).await
            } else {
                next_in_turn(act, skilled, &format!("{list}/{language}")).await
            }
        }
        _ => next_in_turn(act, pool, &list).await,
    }
}

/// The people named, else the pool's members, else everybody who sells in this store.
async fn candidates(act: &mut Act<'_>) -> Result<Vec<Record>, CallError> {
    let mut named = Vec::new();
    for recipient in act.list("candidates") {
        named.extend(act.people(recipient).await?);
    }
    if !named.is_empty() {
        return Ok(named);
    }
    let directory = act.directory().await?;
    Ok(directory.pool(pool_name(act), act.store_id()).into_iter().cloned().collect())
}

/// The one after whoever had the last turn on this list; each list of each store goes round by itself.
async fn next_in_turn(act: &mut Act<'_>, pool: Vec<Record>, of: &str) -> Result<Option<Record>, CallError> {
    let list = format!("{}/{of}", act.store_id());
    let (last, taken) = act.db().find_last_turn(&act.call.tenant, &list).await?.unwrap_or_default();
    let place = pool.iter().position(|person| person.id > last).unwrap_or(0);
    let chosen = pool.into_iter().nth(place);
    act.turn = chosen.as_ref().map(|person| Turn { list, taken, chosen: person.id.clone() });
    Ok(chosen)
}

/// What the list of people is called: the pool, or the people named.
fn list_name(act: &Act<'_>) -> String {
    let named = act.list("candidates");
    if named.is_empty() { pool_name(act).to_owned() } else { named.join(",") }
}

fn pool_name<'a>(act: &Act<'a>) -> &'a str {
    let pool = act.text("pool").unwrap_or("sales");
    pool.strip_prefix("team:").or_else(|| pool.strip_prefix("role:")).unwrap_or(pool)
}

async fn count_lead(act: &mut Act<'_>, employee: &str, by: i64) -> Result<(), CallError> {
    if let Some(employee) = act.find("employee", employee).await? {
        let count = employee.data["open_lead_count"].as_i64().unwrap_or(0);
        act.change(&employee, json!({ "open_lead_count": (count + by).max(0) }))?;
    }
    Ok(())
}
