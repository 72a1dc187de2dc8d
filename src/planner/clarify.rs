//! What must be asked before a draft can be written.

use serde_json::{Value, json};

use super::language::Lexicon;
use super::parse::{Parser, Plan, Step, Trigger};

/// Codes to ask, at most three; empty when a draft can be written.
pub fn codes(parser: &Parser<'_>, plan: &Plan) -> Vec<&'static str> {
    let count = parser.tokens().len();
    let said = |name: &str| parser.intent(name, 0, count).is_some();
    let mut out: Vec<&'static str> = Vec::new();
    let unknown = plan.trigger == Trigger::Unknown;
    let idle = !acts(&plan.steps);
    if !unknown && !idle && !said("vague_event") {
        return out;
    }
    let messages =
        plan.steps.iter().any(|s| matches!(s, Step::Act(a) if matches!(a.action.as_str(), "send_sms" | "send_email")));
    if said("reference") {
        out.push("reference");
    }
    if said("offer") {
        out.extend(["audience", "offer_terms"]);
        if !messages || parser.intent("channel", 0, count).is_none() {
            out.push("channel");
        }
    } else if messages {
        out.extend(["audience", "message_content"]);
    } else if unknown {
        out.push("trigger_event");
    }
    if said("vague_event") {
        if unknown && !out.contains(&"trigger_event") {
            out.push("trigger_event");
        }
        out.push("threshold");
    }
    if plan.steps.iter().any(|s| matches!(s, Step::Approve { .. })) {
        out.push("approver");
    }
    if idle && !out.contains(&"offer_terms") && !said("vague_event") {
        out.push("message_content");
    }
    out.dedup();
    out.truncate(3);
    out
}

fn acts(steps: &[Step]) -> bool {
    steps.iter().any(|step| match step {
        Step::Act(_)
        | Step::Approve { .. }
        | Step::Each { .. }
        | Step::Find(_)
        | Step::Reach { .. }
        | Step::Parallel { .. }
        | Step::Timely { .. }
        | Step::Race { .. } => true,
        Step::Wait(_) => false,
        Step::Check { then, .. } => acts(then),
        Step::Await(wait) => acts(&wait.silent) || acts(&wait.answered),
    })
}

/// `{code, text, choices?}`.
pub fn question(lexicon: &Lexicon, code: &str, language: &str) -> Value {
    let mut out = json!({ "code": code, "text": lexicon.phrase(&format!("ask.{code}"), language) });
    let choices = lexicon.phrase(&format!("choices.{code}"), language);
    if !choices.is_empty() {
        out["choices"] = json!(choices.split('|').collect::<Vec<_>>());
    }
    out
}
