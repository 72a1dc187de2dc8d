//! Reports: counted rows and where to read them.

use serde_json::{Value, json};

use super::act::Act;
use crate::execution::connectors::CallError;
use crate::execution::connectors::filter::FilterMoment;
use crate::execution::connectors::query::{self, Query};

/// Rows counted at most.
const MOST: usize = 10_000;

pub(super) async fn generate_report(act: &mut Act<'_>) -> Result<Value, CallError> {
    let report = act.required("report")?;
    let (entity, date) = subject(report);
    let mut filter = act.input("filters").filter(|filters| filters.is_object()).cloned().unwrap_or_else(|| json!({}));
    if let Some(period) = period(act.required("period")?) {
        filter[date] = period;
    }
    let query = Query {
        tenant: &act.call.tenant,
        entity,
        store: Some(act.store_id()),
        filter: &filter,
        sort: None,
        limit: MOST,
        moment: FilterMoment { now: act.call.now, zone: act.call.store.timezone },
    };
    let rows = query::find(act.db(), &query).await?.len();
    let id = act.new_id("report");
    Ok(json!({ "report_id": id, "rows": rows, "url": format!("{}/reports/{id}", act.call.store.website) }))
}

/// Which records a report counts, by its name, and the date that puts them into a period.
fn subject(report: &str) -> (&'static str, &'static str) {
    let report = report.to_lowercase();
    [
        (&["appointment", "show", "cita"][..], ("appointment", "starts_at")),
        (&["repair", "ro_", "service", "servicio"], ("repair_order", "opened_at")),
        (&["deal", "funding", "cit", "delivery"], ("deal", "created_at")),
        (&["task", "tarea"], ("task", "created_at")),
        (&["review", "reputation"], ("review", "posted_at")),
        (&["part"], ("part_order", "ordered_at")),
        (&["document", "title", "stip"], ("document", "due_on")),
        (&["customer", "cliente"], ("customer", "created_at")),
        (&["consent", "opt"], ("consent", "recorded_at")),
        (&["inventory", "stock", "aging", "aged", "price"], ("vehicle", "floorplan_due")),
    ]
    .into_iter()
    .find(|(words, _)| words.iter().any(|word| report.contains(word)))
    .map_or(("lead", "created_at"), |(_, subject)| subject)
}

fn period(name: &str) -> Option<Value> {
    Some(match name {
        "today" => json!("today"),
        "yesterday" => json!("yesterday"),
        "week" => json!({ "gte": "-P7D" }),
        "last_week" => json!({ "between": ["-P14D", "-P7D"] }),
        "month" => json!({ "gte": "-P1M" }),
        "last_month" => json!({ "between": ["-P2M", "-P1M"] }),
        _ => return None,
    })
}
