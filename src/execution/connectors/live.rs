//! Fields that grow with time (`days_in_stock`, `minutes_in_status`, `hours_overdue` …): read off dates whenever a
//! record is read, at engine time. What is stored is only the last reading.

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::filter::FilterMoment;

/// Brings the fields that grow with time up to `moment`.
pub fn refresh(entity: &str, data: &mut Value, moment: &FilterMoment) {
    let since = |field: &str| instant(&data[field]).map(|at| moment.now - at);
    let days_since = |field: &str| {
        let day: NaiveDate = data[field].as_str()?.parse().ok()?;
        Some((moment.now.with_timezone(&moment.zone).date_naive() - day).num_days())
    };
    let status = data["status"].as_str().unwrap_or_default();
    let readings: Vec<(&str, Option<i64>)> = match entity {
        "vehicle" => vec![
            // a vehicle that is gone grows no older in stock
            ("days_in_stock", days_since("stocked_in_on").filter(|_| !["sold", "wholesale"].contains(&status))),
            ("days_in_status", since("status_since").map(|span| span.num_days())),
        ],
        "repair_order" => vec![("minutes_in_status", since("status_since").map(|span| span.num_minutes()))],
        "account" => vec![("days_overdue", days_since("due_on").filter(|_| status == "open"))],
        "task" => {
            let overdue = since("due_at").filter(|span| *span > TimeDelta::zero() && status == "open");
            data["hours_overdue"] = json!(overdue.map(|span| span.num_hours()));
            return;
        }
        _ => return,
    };
    for (field, reading) in readings {
        if let Some(reading) = reading {
            data[field] = json!(reading.max(0));
        }
    }
}

/// Gives a record that only has readings the dates they were read off.
pub fn anchor(entity: &str, data: &mut Value, moment: &FilterMoment) {
    let reading = |field: &str| data[field].as_i64().unwrap_or(0);
    let today = moment.now.with_timezone(&moment.zone).date_naive();
    let dates = match entity {
        "vehicle" => vec![
            ("stocked_in_on", (today - TimeDelta::days(reading("days_in_stock"))).to_string()),
            ("status_since", stamp(moment.now - TimeDelta::days(reading("days_in_status")))),
        ],
        "repair_order" => {
            vec![("status_since", stamp(moment.now - TimeDelta::minutes(reading("minutes_in_status"))))]
        }
        _ => return,
    };
    for (field, date) in dates {
        if data[field].is_null() {
            data[field] = json!(date);
        }
    }
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str()?.parse().ok()
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
