//! Free appointment times: opening hours minus what is booked.

use chrono::{DateTime, Datelike, Days, NaiveTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::act::{Act, timestamp};
use super::appointments::usual_minutes;
use super::refused;
use crate::execution::connectors::CallError;
use crate::execution::connectors::filter::FilterMoment;
use crate::execution::connectors::query::{self, Query};
use crate::workflow::duration::from_local;

/// Slots answered at most.
const MOST: usize = 50;
/// Appointments that fit side by side when nobody is named.
const SIDE_BY_SIDE: usize = 3;
/// Days looked through at most.
const HORIZON: u64 = 60;

pub(super) async fn find_open_slots(act: &mut Act<'_>) -> Result<Value, CallError> {
    let kind = act.required("kind")?;
    let missing = |field: &str| refused(422, "Input missing", field);
    let from = act.moment("from")?.ok_or_else(|| missing("from"))?.max(act.call.now);
    let to = act.moment("to")?.ok_or_else(|| missing("to"))?;
    let minutes = act.input("duration_min").and_then(Value::as_i64).unwrap_or_else(|| usual_minutes(kind));
    let minutes = minutes.clamp(15, 480);
    let assigned = match act.text("assigned_to") {
        Some(recipient) => act.people(recipient).await?.into_iter().next().map(|e| e.id),
        None => None,
    };
    let booked = booked(act, from, to, assigned.as_deref()).await?;
    let room = if assigned.is_some() { 1 } else { SIDE_BY_SIDE };
    let length = TimeDelta::minutes(minutes);
    let free = starts(act, kind, (from, to), length).into_iter().filter(|start| {
        let overlapping = booked.iter().filter(|(a, b)| *a < *start + length && *start < *b).count();
        overlapping < room
    });
    let slots: Vec<Value> = free
        .take(MOST)
        .map(|start| json!({ "starts_at": timestamp(start), "duration_min": minutes, "assigned_to": assigned }))
        .collect();
    Ok(json!({ "count": slots.len(), "slots": slots }))
}

/// Every start within opening hours of the department, on the half hour.
fn starts(
    act: &Act<'_>,
    kind: &str,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    length: TimeDelta,
) -> Vec<DateTime<Utc>> {
    let store = &act.call.store;
    let department = match kind {
        "service" => "service",
        "finance" => "finance",
        _ => "sales",
    };
    let Some(week) = store.hours.departments.get(department) else { return Vec::new() };
    let first = from.with_timezone(&store.timezone).date_naive();
    let mut found = Vec::new();
    for ahead in 0..HORIZON {
        let Some(day) = first.checked_add_days(Days::new(ahead)) else { break };
        let Some(hours) = week[day.weekday().num_days_from_sunday() as usize] else { continue };
        if store.hours.closed_on.contains(&day) {
            continue;
        }
        let at = |time: NaiveTime| from_local(day.and_time(time), store.timezone);
        let (Some(opens), Some(closes)) = (at(hours.opens), at(hours.closes)) else { continue };
        if opens >= to || found.len() > MOST * 20 {
            break;
        }
        let mut start = opens;
        while start + length <= closes {
            if start >= from && start < to {
                found.push(start);
            }
            start += TimeDelta::minutes(30);
        }
    }
    found
}

async fn booked(
    act: &Act<'_>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    assigned: Option<&str>,
) -> Result<Vec<(DateTime<Utc>, DateTime<Utc>)>, CallError> {
    let mut filter = json!({
        "status": { "in": ["booked", "confirmed"] },
        "starts_at": { "between": [timestamp(from - TimeDelta::hours(8)), timestamp(to)] },
    });
    if let Some(assigned) = assigned {
        filter["assigned_to"] = json!(assigned);
    }
    let query = Query {
        tenant: &act.call.tenant,
        entity: "appointment",
        store: Some(act.store_id()),
        filter: &filter,
        sort: None,
        limit: 5000,
        moment: FilterMoment { now: act.call.now, zone: act.call.store.timezone },
    };
    let found = query::find(act.db(), &query).await?;
    let span = |a: &Value| {
        let start: DateTime<Utc> = a["starts_at"].as_str()?.parse().ok()?;
        Some((start, start + TimeDelta::minutes(a["duration_min"].as_i64()?)))
    };
    Ok(found.iter().filter_map(span).collect())
}
