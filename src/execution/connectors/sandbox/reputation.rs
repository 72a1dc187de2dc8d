//! Public replies to reviews.

use serde_json::{Value, json};

use super::act::Act;
use super::internal;
use super::merge::{self, Rendered};
use crate::execution::connectors::CallError;
use crate::workflow::Language;

pub(super) async fn reply_review(act: &mut Act<'_>) -> Result<Value, CallError> {
    let review = act.record("review", act.id("review_id")?).await?;
    let body = act.required("body")?;
    let roots = merge::roots(act, None, Language::En).await?;
    let mut row = match merge::render(act, body, &roots, Language::En)? {
        Rendered::Text(text) => {
            act.change(&review, json!({ "replied": true, "reply_text": text }))?;
            act.outbox_row("review", review.text("platform"), text)
        }
        Rendered::Missing(field) => {
            let title = format!("Reply to review {} not posted: {field} is empty", review.id);
            internal::open_task(act, "role:marketing_manager", &title, Some(("review", &review.id))).await?;
            act.nothing_sent = true;
            let mut row = act.outbox_row("review", review.text("platform"), body.to_owned());
            row.status = "blocked".to_owned();
            row.reason = Some("merge_field_empty".to_owned());
            row
        }
    };
    row.subject = Some(review.id.clone());
    let id = row.id.to_string();
    act.outbox.push(row);
    Ok(json!({ "reply_id": id }))
}
