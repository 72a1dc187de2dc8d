//! For whom: the records a calendar run works on, the people an event without a customer is about, repeated reminders.

use serde_json::{Map, Value, json};

use super::steps::Steps;
use super::{Act, Ask, Clause, Group, Parser, Source, Span, Step, Trigger};
use crate::planner::slots::compare::{self, Bound};
use crate::planner::slots::duration::{Length, Unit};

/// Puts loops and searches where acts need them.
pub(super) fn place(parser: &Parser<'_>, trigger: &Trigger, list: &mut Vec<Step>, asks: &mut Vec<Ask>) {
    match trigger {
        Trigger::Unknown => {}
        Trigger::Time { .. } => {
            let group = group(parser);
            on_calendar(parser, group.as_ref(), list, asks);
        }
        Trigger::Event { name, .. } => {
            let Some(event) = parser.catalog.event(name) else { return };
            if event.data.get("lead_id").is_none() {
                leads_of(parser, event, list);
            }
            if event.data.get("customer_id").is_some() {
                return;
            }
            let source = if event.data.get("inventory_stocks").is_some() {
                Some(Source::List { field: "customer_vehicles".to_owned(), each: "affected".to_owned() })
            } else if event.data.get("stock").is_some() {
                let mut filter = Map::new();
                filter.insert("vehicle.stock".to_owned(), json!("{stock}"));
                let said = Span::default();
                Some(Source::Find {
                    entity: "lead".to_owned(),
                    filter,
                    name: "leads".to_owned(),
                    exclude_opted_out: true,
                    said,
                })
            } else {
                None
            };
            if event.data.get("inventory_stocks").is_some() {
                let vehicles = Source::List { field: "inventory_stocks".to_owned(), each: "stock_number".to_owned() };
                wrap(list, &vehicles, &|act| {
                    matches!(act.action.as_str(), "update_inventory" | "update_listing" | "change_price")
                });
            }
            let needs = |act: &Act| needs_customer(parser, act);
            match source {
                Some(source) => {
                    wrap(list, &source, &needs);
                    if matches!(source, Source::Find { .. }) {
                        approve_bulk(parser, list);
                    }
                }
                None if any(list, &needs) => asks.push(Ask { code: "audience" }),
                None => {}
            }
        }
    }
}

/// "Reassign their open leads": the leads of the person the event is about.
fn leads_of(parser: &Parser<'_>, event: &crate::workflow::catalog::EventType, list: &mut Vec<Step>) {
    let Some(group) = group(parser).filter(|g| g.entity == "lead") else { return };
    let mut filter = group.filter;
    for (field, from) in [("assignee_id", "employee_id"), ("customer_id", "customer_id")] {
        if event.data.get(from).is_some() {
            filter.insert(field.to_owned(), json!(format!("{{{from}}}")));
        }
    }
    let source = Source::Find {
        entity: group.entity,
        filter,
        name: "leads".to_owned(),
        exclude_opted_out: false,
        said: group.said,
    };
    wrap(list, &source, &|act| matches!(act.action.as_str(), "assign_lead" | "update_lead"));
}

fn needs_customer(parser: &Parser<'_>, act: &Act) -> bool {
    parser
        .catalog
        .action(&act.action)
        .is_some_and(|a| a.inputs.get("customer_id").is_some_and(|f| f.required) || a.name == "send_email")
        && act.to.is_none()
}

fn any(list: &[Step], wanted: &dyn Fn(&Act) -> bool) -> bool {
    list.iter().any(|step| matches!(step, Step::Act(act) if wanted(act)))
}

/// Puts runs of acts that need it into a loop, wherever they stand.
fn wrap(list: &mut Vec<Step>, source: &Source, wanted: &dyn Fn(&Act) -> bool) {
    let mut out: Vec<Step> = Vec::new();
    for mut step in std::mem::take(list) {
        match &mut step {
            Step::Act(act) if wanted(act) => {
                let act = Step::Act(act.clone());
                match out.last_mut() {
                    Some(Step::Each { source: last, steps }) if last == source => steps.push(act),
                    _ => out.push(Step::Each { source: source.clone(), steps: vec![act] }),
                }
                continue;
            }
            Step::Approve { then, otherwise, .. } => {
                wrap(then, source, wanted);
                wrap(otherwise, source, wanted);
            }
            Step::Check { then: steps, .. }
            | Step::Parallel { steps, .. }
            | Step::Timely { steps, .. }
            | Step::Race { steps, .. } => wrap(steps, source, wanted),
            Step::Await(wait) => {
                wrap(&mut wait.silent, source, wanted);
                wrap(&mut wait.answered, source, wanted);
                wait.ways.iter_mut().for_each(|(_, steps)| wrap(steps, source, wanted));
            }
            Step::Act(_) | Step::Wait(_) | Step::Find(_) | Step::Each { .. } | Step::Reach { .. } => {}
        }
        out.push(step);
    }
    *list = out;
}

/// A message to everybody a search finds is looked at by a person first.
fn approve_bulk(parser: &Parser<'_>, list: &mut [Step]) {
    for step in list.iter_mut() {
        let bulk = matches!(step, Step::Each { source: Source::Find { .. }, steps } if steps.iter().any(|s| matches!(s, Step::Act(a) if a.action.starts_with("send_"))));
        if bulk && let Some(act) = approval(parser) {
            let inner = step.clone();
            *step = Step::Approve { act, then: vec![inner], otherwise: Vec::new(), limit: None, above: None };
        }
    }
}

fn approval(parser: &Parser<'_>) -> Option<Act> {
    let frame = parser.lexicon.actions.iter().position(|a| a.frame == "approve")?;
    let to = Some(("role:marketing_manager".to_owned(), None));
    Some(Act { frame, name: "approve".to_owned(), to, ..Act::plain("request_approval") })
}

fn on_calendar(parser: &Parser<'_>, group: Option<&Group>, list: &mut Vec<Step>, asks: &mut Vec<Ask>) {
    let wants_list = |act: &Act| act.action == "notify_user" || act.action == "generate_report";
    let Some(group) = group else {
        if any(list, &|act| needs_customer(parser, act)) {
            asks.push(Ask { code: "audience" });
        }
        if any(list, &wants_list) && !any(list, &|a| a.action == "generate_report") {
            report(parser, "daily_operations", list);
        }
        return;
    };
    let words = &parser.lexicon.audiences[group.audience];
    let marketing = words.purpose.as_deref() == Some("marketing");
    let source = Source::Find {
        entity: group.entity.clone(),
        filter: group.filter.clone(),
        name: words.name.clone(),
        exclude_opted_out: marketing,
        said: group.said,
    };
    let per_record = |act: &Act| {
        needs_customer(parser, act)
            || act.action == "create_task"
            || act.action == "assign_lead"
            || act.action == "notify_user" && act.to.as_ref().is_some_and(|(to, _)| to == "record_owner")
    };
    let listed = any(list, &|act| wants_list(act) && !per_record(act));
    if any(list, &per_record)
        || list.iter().any(|s| matches!(s, Step::Approve { .. } | Step::Check { .. } | Step::Await(_)))
    {
        wrap(list, &source, &per_record);
    }
    let looped = format!("{list:?}").contains("Each {");
    if listed {
        if let Some(name) = words.report.as_deref()
            && !looped
        {
            report(parser, name, list);
        }
        if !looped {
            list.insert(0, Step::Find(source));
        }
    } else if !looped {
        list.insert(0, Step::Find(source));
    }
}

/// A report before the first message to staff.
fn report(parser: &Parser<'_>, name: &str, list: &mut Vec<Step>) {
    let Some(frame) = parser.lexicon.actions.iter().position(|a| a.frame == "report") else { return };
    let tokens = parser.tokens();
    let period = ["yesterday", "ayer"].iter().find_map(|w| tokens.iter().position(|t| t.stem.starts_with(w)));
    let mut with = Map::new();
    with.insert("report".to_owned(), json!(name));
    with.insert("period".to_owned(), json!(if period.is_some() { "yesterday" } else { "today" }));
    let said = period.map(|at| ("period".to_owned(), Span { from: at, to: at + 1 })).into_iter().collect();
    let act = Act {
        frame,
        name: "report".to_owned(),
        action: "generate_report".to_owned(),
        to: None,
        with,
        said,
        due: None,
        urgent: false,
        verb: Span::default(),
        span: Span::default(),
        spanish: false,
    };
    let at = list.iter().position(|s| matches!(s, Step::Act(a) if a.action == "notify_user")).unwrap_or(list.len());
    list.insert(at, Step::Act(act));
}

/// The records a message speaks of, with its bounds.
#[must_use]
pub fn group(parser: &Parser<'_>) -> Option<Group> {
    let tokens = parser.tokens();
    let (_, at, said) = parser
        .lexicon
        .audiences
        .iter()
        .enumerate()
        .filter_map(|(at, words)| {
            let hit = parser.lexicon.best(&words.compiled, tokens, 0, tokens.len())?;
            Some((hit.weight, at, Span { from: hit.from, to: hit.to }))
        })
        .max_by_key(|(weight, at, _)| (*weight, std::cmp::Reverse(*at)))?;
    let words = &parser.lexicon.audiences[at];
    let mut filter = words.filter.clone();
    for found in compare::find(tokens, 0, tokens.len(), parser.lexicon) {
        let Some(unit) = found.value.unit else { continue };
        if let Some(measure) = &words.measure {
            let bound = found.value.bound.map(|n| scaled(measure, n, unit));
            filter.insert(
                measure.clone(),
                match bound {
                    Bound::Equal(n) => Bound::Over(n).filter(),
                    bound => bound.filter(),
                },
            );
        } else if let Some(dated) = &words.dated {
            filter.insert(dated.clone(), dated_filter(found.value.bound, unit));
        }
        break;
    }
    if words.filter.get("vehicle_status").is_none()
        && words.entity == "vehicle"
        && let Some(used) = tokens.iter().position(|t| t.is(&["used"]))
        && used < tokens.len()
    {
        filter.insert("vehicle_status".to_owned(), json!("used"));
    }
    Some(Group { audience: at, entity: words.entity.clone(), filter, said })
}

fn scaled(measure: &str, count: f64, unit: Unit) -> f64 {
    let minutes = Length { count, unit }.minutes();
    if measure.contains("minutes") {
        minutes
    } else if measure.contains("hours") {
        minutes / 60.0
    } else {
        minutes / 1440.0
    }
}

fn dated_filter(bound: Bound, unit: Unit) -> Value {
    let back = |n: f64| format!("-{}", Length { count: n, unit }.iso());
    match bound {
        Bound::Over(n) | Bound::AtLeast(n) => json!({ "lt": back(n) }),
        Bound::Under(n) | Bound::AtMost(n) => json!({ "gt": back(n) }),
        Bound::Between(a, b) => json!({ "between": [back(a.max(b)), back(a.min(b))] }),
        Bound::Equal(n) => json!({ "between": [back(n * 1.5), back(n)] }),
    }
}

/// "Ping them daily, at most five times": a bounded loop, and what follows it.
pub(super) fn repeated(steps: &mut Steps<'_, '_>, clause: Clause) -> Option<(Vec<Step>, Vec<Step>)> {
    steps.event?;
    let (count, said) = steps.limit_count()?;
    let tokens = steps.parser.tokens();
    let span = clause.span;
    let daily = (span.from..span.to).any(|i| tokens[i].is(&["daily", "diario", "diariamente"]))
        || (span.from + 1..span.to)
            .any(|i| tokens[i].is(&["day", "dia"]) && tokens[i - 1].is(&["every", "each", "cada", "a"]));
    if !daily || steps.verbs_in(span).is_empty() {
        return None;
    }
    let mut inner = steps.acts_in(span);
    inner.push(Step::Wait(crate::planner::parse::Limit {
        moment: crate::planner::parse::Moment::After(Length::days(1.0)),
        said: Some(Span { from: span.from, to: span.to }),
    }));
    if let Some((check, at)) = steps.check(clause) {
        inner.push(Step::Check { check, then: Vec::new(), said: at });
    }
    Some((vec![Step::Each { source: Source::Times { count, said }, steps: inner }], Vec::new()))
}
