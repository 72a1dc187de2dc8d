//! Await blocks, moments and the schedule.

use serde_json::{Map, Value, json};

use super::Composer;
use crate::planner::parse::{Limit, Moment, Plan, Span, Trigger};
use crate::planner::slots::cadence::Rhythm;
use crate::workflow::document::TIMEOUT_ERROR;

/// A listen and what belongs to it.
pub struct Sign<'s> {
    /// The event.
    pub event: &'s str,
    /// Condition on its payload.
    pub filter: Option<&'s str>,
    /// Correlation: name, `from`, `expect`.
    pub correlate: (&'s str, String, String),
    /// Name of the result in `$context`.
    pub kept: &'s str,
    /// How long.
    pub limit: &'s Limit,
}

impl Composer<'_, '_> {
    /// `try` around one `listen` with its timeout; `silent` goes into the catch.
    pub fn await_block(&mut self, sign: &Sign<'_>, listen: &str, pointer: &str) -> Map<String, Value> {
        let (name, from, expect) = &sign.correlate;
        let mut with = Map::new();
        with.insert("type".to_owned(), json!(sign.event));
        if let Some(filter) = sign.filter {
            with.insert("data".to_owned(), json!(format!("${{ {filter} }}")));
        }
        let after = self.moment(sign.limit);
        let at = format!("{pointer}/try/0/{listen}/timeout/after");
        self.said_or_default(&at, sign.limit.said, "how long to wait was not said");
        let body = json!({
            "listen": { "to": { "one": {
                "with": with,
                "correlate": { *name: { "from": format!("${{ {from} }}"), "expect": format!("${{ {expect} }}") } }
            } } },
            "timeout": { "after": after },
            "output": { "as": "${ .[0] }" },
            "export": { "as": format!("${{ $context + {{ {}: . }} }}", sign.kept) }
        });
        let mut block = Map::new();
        block.insert("try".to_owned(), json!([{ listen: body }]));
        block.insert("catch".to_owned(), json!({ "errors": { "with": { "type": TIMEOUT_ERROR } } }));
        block
    }

    /// A duration, or a `duration_until` expression.
    #[must_use]
    pub fn moment(&self, limit: &Limit) -> String {
        match &limit.moment {
            Moment::After(length) | Moment::Since(length) => length.iso(),
            moment => match self.instant(moment) {
                Some(instant) => format!("${{ duration_until({instant}) }}"),
                None => "P1D".to_owned(),
            },
        }
    }

    /// The instant of a moment, as jq.
    #[must_use]
    pub fn instant(&self, moment: &Moment) -> Option<String> {
        Some(match moment {
            Moment::After(_) | Moment::Since(_) => return None,
            Moment::Field { name, before, at } => {
                let mut out = self.path(name)?;
                if let Some(length) = before {
                    out.push_str(&format!(" | shift(\"-{}\")", length.iso()));
                }
                if let Some(clock) = at {
                    out.push_str(&format!(" | at_time(\"{}\")", clock.text()));
                }
                out
            }
            Moment::NextTime(clock) => format!("next_time(\"{}\")", clock.text()),
            Moment::NextOpen(shift) => {
                let department = self.opening_department();
                match shift {
                    Some(length) => format!("next_open(\"{department}\") | shift(\"{}\")", length.iso()),
                    None => format!("next_open(\"{department}\")"),
                }
            }
        })
    }

    fn opening_department(&self) -> &'static str {
        let department = self.event.map(|e| e.department.to_lowercase()).unwrap_or_default();
        if department.starts_with("service") {
            "service"
        } else if department.starts_with("parts") {
            "parts"
        } else {
            "sales"
        }
    }

    /// `schedule`, with the sources of its values.
    pub fn schedule(&mut self, plan: &Plan) -> Option<Value> {
        match &plan.trigger {
            Trigger::Unknown => None,
            Trigger::Time { cadence, said } => {
                let (key, value) = match &cadence.rhythm {
                    Rhythm::Cron(cron) => ("cron", cron),
                    Rhythm::Every(every) => ("every", every),
                };
                self.stated(&format!("/schedule/{key}"), *said);
                Some(json!({ key: value }))
            }
            Trigger::Event { name, also, conditions, said, .. } => {
                let mut with = Map::new();
                with.insert("type".to_owned(), json!(name));
                let place = if also.is_empty() { "/schedule/on/one/with" } else { "/schedule/on/any/0/with" };
                self.stated(&format!("{place}/type"), *said);
                let mut parts: Vec<String> = conditions.iter().map(|c| c.jq.clone()).collect();
                let nullable = self.event.and_then(|e| e.data.get("customer_id")).is_some_and(|f| f.nullable);
                let used = nullable && plan_uses_customer(plan, self);
                if used && conditions.iter().all(|c| c.field != "customer_id") {
                    parts.push(".customer_id != null".to_owned());
                }
                if !parts.is_empty() {
                    with.insert("data".to_owned(), json!(format!("${{ {} }}", parts.join(" and "))));
                    let first = conditions
                        .iter()
                        .filter_map(|c| c.said)
                        .reduce(|a, b| Span { from: a.from.min(b.from), to: a.to.max(b.to) });
                    self.said_or_default(&format!("{place}/data"), first, "only records that name a customer");
                }
                if also.is_empty() {
                    return Some(json!({ "on": { "one": { "with": with } } }));
                }
                let filters: Vec<Value> = std::iter::once(name)
                    .chain(also)
                    .map(|name| {
                        let mut with = with.clone();
                        with.insert("type".to_owned(), json!(name));
                        json!({ "with": with })
                    })
                    .collect();
                Some(json!({ "on": { "any": filters } }))
            }
        }
    }
}

/// Whether anything in the plan needs the customer of the trigger.
fn plan_uses_customer(plan: &Plan, composer: &Composer<'_, '_>) -> bool {
    let debug = format!("{:?}", plan.steps);
    let addressed = composer
        .parser
        .catalog
        .actions()
        .any(|a| a.inputs.get("customer_id").is_some() && debug.contains(&format!("action: \"{}\"", a.name)));
    addressed || debug.contains("Await(") || debug.contains("name: \"call\"")
}
