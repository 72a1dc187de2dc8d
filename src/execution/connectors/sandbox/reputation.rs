//! Public replies to reviews.

use serde_json::{Value, json};

use super::act::Act;
use super::internal;
use super::merge;
use crate::execution::connectors::CallError;
use crate::workflow::Language;

pub(super) async fn reply_review(act: &mut Act<'_>) -> Result<Value, CallError> {
    let review = act.record("review", act.id("review_id")?).await?;
    let body = act.required("body")?;
    let roots = merge::roots(act, None, Language::En).await?;
    let filled = merge::fill(act, body, &roots, Language::En)?;
    let mut row = act.outbox_row("review", review.text("platform"), filled.text.clone());
    if let Some(field) = filled.empty {
        let title = format!("Reply to review {} not posted: {field} is empty", review.id);
        internal::open_task(act, "role:marketing_manager", &title, Some(("review", &review.id))).await?;
        act.nothing_sent = true;
        row.status = "blocked".to_owned();
        row.reason = Some("merge_field_empty".to_owned());
    } else {
        act.change(&review, json!({ "replied": true, "reply_text": filled.text }))?;
    }
    row.subject = Some(review.id.clone());
    let id = row.id.to_string();
    act.outbox.push(row);
    Ok(json!({ "reply_id": id }))
}
