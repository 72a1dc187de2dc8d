//! Messages, tasks and questions for staff; notes on records.

use serde_json::{Value, json};

use super::act::{Act, timestamp};
use super::merge::for_staff;
use super::refused;
use crate::approvals::RuntimeQuestion;
use crate::execution::connectors::CallError;
use crate::store::Record;
use crate::workflow::question::may_default;

pub(super) async fn notify_user(act: &mut Act<'_>) -> Result<Value, CallError> {
    let people = act.people(act.required("to")?).await?;
    let message = for_staff(act, act.required("message")?).await?;
    let channel = act.text("channel").unwrap_or("app");
    let mut first = None;
    for person in &people {
        let address = match channel {
            "email" => person.text("email"),
            "sms" => person.text("phone"),
            _ => person.id.as_str(),
        };
        let address = if address.is_empty() { person.id.as_str() } else { address };
        // staff channels have names of their own: what goes to customers is counted by channel
        let mut row = act.outbox_row(&format!("staff_{channel}"), address, message.clone());
        row.subject = Some(person.text("name").to_owned());
        row.purpose = act.text("urgency").map(str::to_owned);
        first.get_or_insert_with(|| row.id.to_string());
        act.outbox.push(row);
    }
    Ok(json!({ "notification_id": first }))
}

pub(super) async fn create_task(act: &mut Act<'_>) -> Result<Value, CallError> {
    let assignee = least_busy(act.people(act.required("assignee")?).await?)?;
    let title = for_staff(act, act.required("title")?).await?;
    let notes = match act.text("notes") {
        Some(notes) => Some(for_staff(act, notes).await?),
        None => None,
    };
    let due = act.moment("due_at")?.or(act.after("due_in")?);
    let related = act.input("related_to").cloned();
    let fields = json!({
        "title": title, "assignee_id": assignee.id, "status": "open",
        "priority": act.text("priority").unwrap_or("normal"), "due_at": due.map(timestamp), "related": related,
        "notes": notes, "created_at": act.now_text(),
    });
    let task = act.add("task", "task", fields)?;
    if let Some(related) = related.filter(|related| related["entity"] == "lead")
        && let Some(lead) = act.find("lead", related["id"].as_str().unwrap_or_default()).await?
    {
        let open = lead.data["open_task_count"].as_i64().unwrap_or(0) + 1;
        act.change(&lead, json!({ "open_task_count": open }))?;
    }
    announce_task(act, &task, &assignee);
    Ok(json!({ "task_id": task.id }))
}

/// A task the sandbox opens by itself, because something it should have done needs a person.
pub(super) async fn open_task(
    act: &mut Act<'_>,
    assignee: &str,
    title: &str,
    related: Option<(&str, &str)>,
) -> Result<(), CallError> {
    let assignee = least_busy(act.people(assignee).await?)?;
    let title: String = title.chars().take(200).collect();
    let fields = json!({
        "title": title, "assignee_id": assignee.id, "status": "open", "priority": "high",
        "related": related.map(|(entity, id)| json!({ "entity": entity, "id": id })), "created_at": act.now_text(),
    });
    let task = act.add("task", "task", fields)?;
    announce_task(act, &task, &assignee);
    Ok(())
}

fn announce_task(act: &mut Act<'_>, task: &Record, assignee: &Record) {
    let mut row = act.outbox_row("task", &assignee.id, task.text("title").to_owned());
    row.subject = Some(assignee.text("name").to_owned());
    act.outbox.push(row);
}

fn least_busy(people: Vec<Record>) -> Result<Record, CallError> {
    let busy = |person: &Record| person.data["open_lead_count"].as_i64().unwrap_or(0);
    let free = people.into_iter().min_by_key(|person| (busy(person), person.id.clone()));
    free.ok_or_else(|| refused(422, "Nobody to reach", "no assignee"))
}

/// The question itself is idempotent by the same key, so asking before the commit asks once.
pub(super) async fn request_approval(act: &mut Act<'_>) -> Result<Value, CallError> {
    let approver = act.required("approver")?;
    let people = act.people(approver).await?;
    // the queue knows roles, teams and people; what only this call can resolve is named here
    let approver = match approver.split_once(':') {
        Some(("role" | "team", _)) => approver.to_owned(),
        Some(_) | None => people.first().map(|p| format!("user:{}", p.id)).unwrap_or_default(),
    };
    let details = match act.text("details") {
        Some(details) => Some(for_staff(act, details).await?),
        None => None,
    };
    let options = act.list("options");
    let default = act.text("default");
    if default.is_some_and(|default| !may_default(&options, default)) {
        return Err(refused(422, "Input not valid", "default is none of the options"));
    }
    let question = RuntimeQuestion {
        tenant: act.call.tenant.clone(),
        store: act.call.store.id.clone(),
        execution: act.call.execution.clone(),
        idempotency_key: act.call.idempotency_key.clone(),
        approver,
        subject: for_staff(act, act.required("subject")?).await?,
        details,
        options: options.into_iter().map(str::to_owned).collect(),
        default: default.map(str::to_owned),
        expires_at: act.after("expires_in")?,
        now: act.call.now,
    };
    let id = act.sandbox.approvals.ask(question).await?;
    Ok(json!({ "approval_id": id }))
}

pub(super) async fn add_note(act: &mut Act<'_>) -> Result<Value, CallError> {
    let (entity, id) = (act.required("entity")?, act.required("id")?);
    let record = act.record(entity, id).await?;
    let text = for_staff(act, act.required("text")?).await?;
    if entity == "task" {
        let before = record.text("notes");
        let notes = if before.is_empty() { text.clone() } else { format!("{before}\n{text}") };
        act.change(&record, json!({ "notes": notes }))?;
    }
    let mut row = act.outbox_row("note", &format!("{entity}/{id}"), text);
    row.subject = Some(entity.to_owned());
    let note = row.id.to_string();
    act.outbox.push(row);
    Ok(json!({ "note_id": note }))
}
