//! What belongs together in time: steps done at once, and steps that end when a sign makes them pointless.

use super::{Act, Limit, Moment, Parser, Span, Step};
use crate::workflow::RiskClass;
use crate::workflow::catalog::EventType;

/// A wait from here on needs a brake, in minutes.
const LONG: f64 = 1440.0;

/// "At the same time": the acts of that sentence become branches.
pub fn parallel(parser: &Parser<'_>, list: &mut Vec<Step>) {
    let Some(said) = parser.intent("parallel", 0, parser.tokens().len()) else { return };
    let Some(sentence) = parser.clauses().into_iter().find(|c| c.span.holds(said.from)).map(|c| c.sentence) else {
        return;
    };
    let spans: Vec<Span> = parser.clauses().iter().filter(|c| c.sentence == sentence).map(|c| c.span).collect();
    let inside = |step: &Step| matches!(step, Step::Act(a) if spans.iter().any(|s| s.holds(a.verb.from)));
    let Some(from) = list.iter().position(inside) else { return };
    let count = list[from..].iter().take_while(|s| inside(s)).count();
    if count > 1 {
        let steps: Vec<Step> = list.drain(from..from + count).collect();
        list.insert(from, Step::Parallel { steps, said });
    }
}

/// Reminders race against the appointment being cancelled or moved; messages after a long wait against the signs that
/// make them pointless.
pub fn brakes(parser: &Parser<'_>, event: Option<&EventType>, list: &mut Vec<Step>, stop: Option<Vec<Step>>) {
    let Some(event) = event else { return };
    let visit = event.data.get("appointment_id").is_some() && event.data.get("starts_at").is_some();
    let visit = visit && matches!(event.name.as_str(), "appointment.booked" | "appointment.changed");
    if !visit && event.data.get("customer_id").is_none() {
        return;
    }
    let facing = |act: &Act| parser.catalog.action(&act.action).is_some_and(|a| a.risk == RiskClass::CustomerFacing);
    let Some(from) = list.iter().position(|s| waits(s, visit)) else { return };
    let needed = list[from..].iter().any(|s| matches!(s, Step::Act(a) if facing(a)));
    if !needed && stop.is_none() {
        return;
    }
    let opinion = list[from..].iter().find_map(|s| match s {
        Step::Act(act) if facing(act) => Some(matches!(act.action.as_str(), "send_survey" | "request_review")),
        _ => None,
    });
    let steps: Vec<Step> = list.drain(from..).collect();
    let steps = if visit { timely(steps) } else { steps };
    let signs = if visit { vec!["cancelled", "moved"] } else { signs(event, opinion.unwrap_or(false), stop.is_some()) };
    list.push(Step::Race { steps, signs, then: stop.unwrap_or_default() });
}

fn waits(step: &Step, visit: bool) -> bool {
    let Step::Wait(limit) = step else { return visit && matches!(step, Step::Await(_)) };
    match &limit.moment {
        Moment::After(length) | Moment::Since(length) => length.minutes() >= LONG,
        Moment::Field { before, .. } => visit && before.is_some(),
        Moment::NextTime(_) | Moment::NextOpen(_) => false,
    }
}

/// What makes a later message pointless, by what started it.
fn signs(event: &EventType, opinion: bool, said: bool) -> Vec<&'static str> {
    let family = event.name.split('.').next().unwrap_or_default();
    if opinion && !said || matches!(family, "deal" | "payment") {
        return vec!["opt_out"];
    }
    let mut out = vec!["reply", "opt_out", "booking"];
    if !matches!(family, "repair_order" | "part" | "service" | "warranty") {
        out.push("purchase");
    }
    if event.data.get("lead_id").is_some_and(|f| !f.nullable) {
        out.push("closed");
    }
    out
}

/// A reminder whose moment is past is skipped with what belongs to it.
fn timely(steps: Vec<Step>) -> Vec<Step> {
    let mut out: Vec<Step> = Vec::new();
    let mut open = false;
    for step in steps {
        match step {
            Step::Wait(limit) if matches!(limit.moment, Moment::Field { before: Some(_), .. }) => {
                // an answer nobody set a time for is waited for until the next reminder
                if let Some(Step::Await(wait)) = out.last_mut()
                    && wait.limit.said.is_none()
                {
                    wait.limit = Limit { moment: limit.moment.clone(), said: None };
                }
                out.push(Step::Timely { limit, steps: Vec::new() });
                open = true;
            }
            Step::Act(act) if open => {
                if let Some(Step::Timely { steps, .. }) = out.last_mut() {
                    steps.push(Step::Act(act));
                }
            }
            other => {
                open = false;
                out.push(other);
            }
        }
    }
    out
}
